"""Addresses: one spelling each, and nothing a letter cannot be written to."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.core.errors import Refusal
from outreach.mail.addresses import wire_address
from outreach.stakeholders.addresses import is_acceptable, masked, normalise

LETTERS = "abz019.-_+'@ "


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ada@Example.ORG ", "ada@example.org"),
        ("o'brien+brief@example.org", "o'brien+brief@example.org"),
        ("ada@Bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("Jürgen@example.org", "jürgen@example.org"),
    ],
)
def test_an_address_has_one_spelling(typed: str, kept: str) -> None:
    assert normalise(typed) == kept
    assert normalise(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "ada@localhost",
        "ada@foo.test",
        "ada@foo.invalid",
        f"{'a' * 65}@example.org",
        "ada@[127.0.0.1]",
        '"ada b"@example.org',
        "ada@example.org\r\nBcc: ben@example.org",
        "ada\u2028@example.org",
        "ada\x85@example.org",
        "ada@exa\ud800mple.org",
        "ada@" + "x" * 300 + ".org",
        "ada@example.org, ben@example.org",
        ".ada@example.org",
        "ada..b@example.org",
        "ada@-example.org",
    ],
)
def test_what_no_letter_can_be_written_to_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        normalise(typed)

    assert "ada@example.org" in refused.value.remedy


@settings(deadline=None, max_examples=400)
@given(
    st.text(LETTERS, max_size=12),
    st.text("abz09.-", min_size=1, max_size=12),
    st.sampled_from(["org", "eu", "test", "local", "o1", "1o"]),
)
def test_the_quick_check_accepts_only_what_the_full_check_accepts(
    local: str, domain: str, top: str
) -> None:
    email = f"{local}@{domain}.{top}"

    if is_acceptable(email):
        assert validate_email(email, check_deliverability=False).normalized == email
        assert wire_address(email) == email


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=300))
def test_any_text_is_normalised_or_refused(text: str) -> None:
    try:
        kept = normalise(text)
    except Refusal:
        return

    assert normalise(kept) == kept
    assert not set(kept) & set("\r\n\t \u2028\x85")


def test_the_full_check_is_what_we_think_it_is() -> None:
    with pytest.raises(EmailNotValidError):
        validate_email("ada@foo.test", check_deliverability=False)


@pytest.mark.parametrize(
    ("email", "shown"),
    [("ada@example.org", "a•••@e•••.org"), ("a@b.c.eu", "a•••@b•••.eu"), (None, "•••")],
)
def test_a_masked_address_tells_its_owner_and_nobody_else(email: str | None, shown: str) -> None:
    assert masked(email) == shown
