"""What people type into blocks: lines, addresses and merge fields, made fit to travel."""

import pytest

from outreach.mailings import blocks
from outreach.mailings.blocks import merge


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://münchen.example/straße", "https://xn--mnchen-3ya.example/stra%C3%9Fe"),
        (" https://example.org/a(b) ", "https://example.org/a%28b%29"),
        ("http://example.org:8080/?q=a b", "http://example.org:8080/?q=a%20b"),
    ],
)
def test_an_address_is_made_fit_for_mail(typed: str, kept: str) -> None:
    assert blocks.web_address(typed) == kept


@pytest.mark.parametrize(
    "address",
    [
        *(
            "javascript:alert(1)",
            "data:text/html,x",
            "//example.org",
            "https://",
            "ftp://a.example",
        ),
        *("https://bank.example@evil.example/", "https://a.example\\@evil.example/", "example.org"),
        *("https://exa mple.org/", "https://[::1", "https://example.org/" + "x" * 1_500),
    ],
)
def test_an_address_that_leads_elsewhere_than_it_says_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        blocks.web_address(address)


def test_a_line_keeps_no_controls_and_no_disguises() -> None:
    assert blocks.one_line("a\u202eb\x00c \r\n\u2028 d\ue000e\ue001") == "abc de"
    assert blocks.one_line("10\u00a0%") == "10\u00a0%"
    assert blocks.several_lines(" a\r\nb\u2028\x0bc \ud800") == "a\nb\n\nc"


def test_merge_fields_are_found_once_each() -> None:
    fields = merge.find("{name|colleague} {role}", "{name|colleague} {name|you}")

    assert fields == (
        merge.MergeField("name", "colleague"),
        merge.MergeField("role", None),
        merge.MergeField("name", "you"),
    )


def test_a_slot_tells_its_field_and_fallback_again() -> None:
    rendered = merge.to_slots("Dear {first_name|Kollegin & Freund}, {organisation|}")

    fields = merge.in_slots(rendered)

    assert fields == (
        merge.MergeField("first_name", "Kollegin & Freund"),
        merge.MergeField("organisation", ""),
    )


def test_a_field_takes_the_fallback_where_nothing_is_known() -> None:
    known, unknown = merge.MergeField("name", "colleague"), merge.MergeField("role", "reader")

    values = merge.fill([known, unknown], {"name": "Ada", "role": None})

    assert values == {known.slot_name: "Ada", unknown.slot_name: "reader"}


@pytest.mark.parametrize(
    "text",
    ["{{ name }}", "{{name|x}}", "{% if name %}", "{name.__class__|x}", "{ name|x }", "{Name|x}"],
)
def test_template_syntax_is_text(text: str) -> None:
    assert merge.to_slots(text) == text
