"""The verbs of this room, for other rooms, commands and jobs."""

from outreach.questions.about import About, Asked
from outreach.questions.answering import Overtaken, answer, record_answer
from outreach.questions.asking import Entered, ask, enter_by_hand
from outreach.questions.context import context_of_letter
from outreach.questions.handling import assign, close, mark_spam, note, reopen
from outreach.questions.mailed import Mailed, ask_by_mail, go_on_by_mail, letter_came_back

__all__ = [
    "About",
    "Asked",
    "Entered",
    "Mailed",
    "Overtaken",
    "answer",
    "ask",
    "ask_by_mail",
    "assign",
    "close",
    "context_of_letter",
    "enter_by_hand",
    "go_on_by_mail",
    "letter_came_back",
    "mark_spam",
    "note",
    "record_answer",
    "reopen",
]
