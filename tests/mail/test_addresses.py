import pytest

from outreach.mail.addresses import BadAddress, parse_addresses, wire_address
from outreach.mail.letter import Address


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("ada@example.org", "ada@example.org"),
        ("ada+brief@bücher.example", "ada+brief@xn--bcher-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("josé@example.org", "josé@example.org"),
        ("josé@BÜCHER.example", "josé@xn--bcher-kva.example"),
        ("ada@[192.0.2.1]", "ada@[192.0.2.1]"),
    ],
)
def test_a_domain_goes_out_as_a_labels_and_a_local_part_as_it_is(email: str, expected: str) -> None:
    assert wire_address(email) == expected


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@example.org\r\nRCPT TO:<eve@example.org>",
        "ada@example.org\nx",
        "ada\u2028@example.org",
        "a da@example.org",
        "ada@exa mple.org",
        "ada>@example.org",
        "<ada@example.org>",
        "ada..b@example.org",
        '"ada"@example.org',
        "ada@example.org,eve@example.org",
        "ada@\udcff.example",
        "\ue000email\ue001@example.org",
        "a" * 250 + "@example.org",
        "ada@" + "ü" * 80 + ".example",
    ],
)
def test_what_could_break_a_command_is_refused(email: str) -> None:
    with pytest.raises(BadAddress):
        wire_address(email)


def test_a_refusal_quotes_what_was_typed() -> None:
    with pytest.raises(BadAddress, match=r"^'ada' is no address"):
        wire_address("ada")


def test_a_written_header_is_read_as_addresses() -> None:
    found = parse_addresses("Ada Lovelace <ada@example.org>, ben@example.org")

    assert found == [Address("ada@example.org", "Ada Lovelace"), Address("ben@example.org")]


def test_words_without_an_address_are_refused() -> None:
    with pytest.raises(BadAddress):
        parse_addresses("Ada Lovelace")
