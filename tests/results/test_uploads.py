"""Names of uploaded files: nothing in them leads elsewhere or ends a header."""

import pytest

from outreach.results.uploads import safe_filename


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("brief.pdf", "brief.pdf"),
        ("Brief.PDF", "Brief.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\Jane\\brief.pdf", "brief.pdf"),
        ("brief\r\nSet-Cookie: a=b.pdf", "brief Set-Cookie a=b.pdf"),
        ("brief\u2028X.pdf", "brief X.pdf"),
        ("invoice\u202efdp.exe", "invoice fdp.exe.pdf"),
        ("Kurzdossier für Städte.pdf", "Kurzdossier für Städte.pdf"),
        ('<img src="x" onerror=alert(1)>.pdf', "img src= x onerror=alert(1).pdf"),
        ("", "document.pdf"),
        ("...", "document.pdf"),
        (".pdf", "document.pdf"),
        ("\ud800.pdf", "document.pdf"),
    ],
)
def test_a_name_keeps_only_what_a_name_needs(name: str, kept: str) -> None:
    assert safe_filename(name) == kept


def test_a_long_name_is_cut() -> None:
    assert len(safe_filename("x" * 1000)) < 200
