"""Who may be a robot: told without a captcha, a cookie or a look at the sender's address."""

import re

HASTE = 2.0
"""Seconds in which nobody reads a form and writes a question."""
_LINK = re.compile(r"https?://|www\.|\[url|<a\s", re.IGNORECASE)


def is_suspect(*, trap: str, age: float | None, body: str) -> bool:
    """Say whether a question looks like a robot's.

    `trap` is what stands in the field people cannot see; `age` the seconds since the form was made,
    None for a form that is not ours. A filled trap is enough; haste, or a form of unknown make,
    counts only together with an advertised address: a hurried person must not end among the Spam.
    """
    if trap.strip():
        return True
    is_odd = age is None or age < HASTE
    return is_odd and _LINK.search(body) is not None
