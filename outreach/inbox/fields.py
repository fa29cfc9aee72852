"""The fields of a message's head as words, encoded or broken as they may be."""

from email.header import decode_header, make_header

from outreach.mail.headers import one_line


def words(value: object) -> str:
    """Return a header as words, encoded or broken as it may be."""
    if value is None:
        return ""
    try:
        return one_line(str(make_header(decode_header(str(value)))))
    except (LookupError, ValueError):
        return one_line(str(value))
