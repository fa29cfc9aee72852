"""How a thread reads: what became of each answer, in words staff understand."""

from dataclasses import dataclass

from outreach.mail.models import OutboxLetter, OutboxState
from outreach.questions.models import Question


@dataclass(frozen=True, slots=True)
class Travel:
    """Where a letter is: in a word, its tone on screen, and what the server said."""

    label: str
    tone: str
    detail: str = ""


def travel_of(letter: OutboxLetter | None) -> Travel | None:
    """Say what became of the letter that carries an answer; None when there is none."""
    if letter is None:
        return None
    said = " ".join(filter(None, (str(letter.reply_code or ""), letter.reply)))
    match letter.state:
        case OutboxState.ACCEPTED:
            return Travel("Sent", "good", "The mail server accepted it.")
        case OutboxState.REFUSED:
            return Travel("Refused", "bad", said)
        case OutboxState.FAILED:
            return Travel("Given up", "bad", said)
        case OutboxState.BOUNCED:
            return Travel("Came back", "bad", said)
        case OutboxState.SENDING:
            return Travel("Leaving", "quiet")
        case OutboxState.QUEUED if letter.attempts:
            return Travel("Put off", "caution", said)
        case OutboxState.QUEUED:
            return Travel("Queued", "quiet")


def is_moving(question: Question) -> bool:
    """Say whether a letter of the thread is still on its way."""
    moving = {OutboxState.QUEUED, OutboxState.SENDING}
    return any(message.letter and message.letter.state in moving for message in question.messages)
