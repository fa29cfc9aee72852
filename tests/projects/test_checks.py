"""What people type is brought into one shape or refused in words for them."""

from collections.abc import Callable

import pytest

from outreach.core.errors import Refusal
from outreach.projects import checks


@pytest.mark.parametrize(
    ("check", "typed", "kept"),
    [
        (checks.https_address, " https://example.org/a brief ", "https://example.org/a%20brief"),
        (checks.https_address, "https://bücher.example/", "https://xn--bcher-kva.example/"),
        (checks.https_address, "", ""),
        (checks.mail_address, " Info@Example.ORG ", "info@example.org"),
        (checks.mail_address, "", ""),
        (checks.doi, "https://doi.org/10.5281/zenodo.1234", "10.5281/zenodo.1234"),
        (checks.doi, "doi:10.1000/182", "10.1000/182"),
        (checks.doi, "", ""),
        (checks.ror_id, "04b8v1s79", "https://ror.org/04b8v1s79"),
        (checks.ror_id, "https://ror.org/04B8V1S79", "https://ror.org/04b8v1s79"),
        (checks.ror_id, "http://www.ror.org/04b8v1s79/", "https://ror.org/04b8v1s79"),
        (checks.ror_id, "", None),
        (checks.country, "uk", "GB"),
        (checks.country, "EL", "GR"),
        (checks.country, "be", "BE"),
        (checks.country, "", None),
        (checks.list_id, "<Results.Example.org>", "results.example.org"),
        (checks.one_line, "a\r\nBcc: x@example.org\u2028b\u0085c", "a Bcc: x@example.org b c"),
    ],
)
def test_what_is_meant_is_kept(
    check: Callable[[str], str | None], typed: str, kept: str | None
) -> None:
    assert check(typed) == kept


@pytest.mark.parametrize(
    ("check", "typed"),
    [
        (checks.https_address, "http://example.org/"),
        (checks.https_address, "javascript:alert(1)"),
        (checks.https_address, "https://user:secret@example.org/"),
        (checks.https_address, "https://localhost/"),
        (checks.https_address, "https://example.org:0/"),
        (checks.https_address, "https://[broken/"),
        (checks.https_address, "example.org"),
        (checks.https_address, "https://example.org/" + "x" * 2000),
        (checks.https_address, 'https://example.org/"onclick="'),
        (checks.mail_address, "not an address"),
        (checks.mail_address, "a@example.org\nBcc: b@example.org"),
        (checks.doi, "zenodo.1234"),
        (checks.doi, '10.1000/"><script>'),
        (checks.ror_id, "https://example.org/04b8v1s79"),
        (checks.country, "ZZZ"),
        (checks.country, "X1"),
        (checks.list_id, "no dots"),
        (checks.list_id, "a..b"),
        (checks.list_id, "a.b\r\nX: y"),
    ],
)
def test_what_cannot_be_meant_is_refused(check: Callable[[str], str | None], typed: str) -> None:
    if typed.endswith('onclick="'):
        # Escaped, a quotation mark is harmless; no mark may come through as it was.
        assert '"' not in str(check(typed))
        return
    with pytest.raises(Refusal):
        check(typed)
