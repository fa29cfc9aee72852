"""Small decisions about words: how long they may be, what stands in a subject, how one quotes."""

import re
import secrets

LONGEST_QUESTION = 5_000
LONGEST_BODY = 20_000
"""Of an answer, a note, or a question that staff enter from a mail."""
LONGEST_NAME = 100
LONGEST_SUBJECT = 200
_SUBJECT = 80
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without what is mistaken for something else when it is read out: 0 O, 1 I L, U V."""
_BREAKS = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")


def new_reference() -> str:
    """Return what people quote, like "7K2M-9QXD": 39 random bits, nothing is found by it alone."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def subject_of(body: str) -> str:
    """Return the first words of a question as one line of at most 80 characters (S9)."""
    line = _BREAKS.sub(" ", body).strip()
    if len(line) <= _SUBJECT:
        return line
    whole, space, _ = line[:_SUBJECT].rpartition(" ")
    return f"{whole if space else line[: _SUBJECT - 1]}…"


def headed(words: str) -> str:
    """Return words with a capital at their head, the rest as it is: "NGO", "Policy-maker"."""
    return words[:1].upper() + words[1:]


def quote(body: str) -> str:
    """Return a text as mail programs quote it, each line behind "> "."""
    return "\n".join(f"> {line}".rstrip() for line in body.splitlines())
