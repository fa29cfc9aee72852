"""The verbs of this room, for other rooms, commands and jobs."""

from outreach.questions.about import About, Asked
from outreach.questions.answering import Overtaken, answer, record_answer
from outreach.questions.asking import Entered, ask, enter_by_hand
from outreach.questions.handling import assign, close, mark_spam, note, reopen

__all__ = [
    "About",
    "Asked",
    "Entered",
    "Overtaken",
    "answer",
    "ask",
    "assign",
    "close",
    "enter_by_hand",
    "mark_spam",
    "note",
    "record_answer",
    "reopen",
]
