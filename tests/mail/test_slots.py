import pytest
from css_inline import CSSInliner
from hypothesis import given
from hypothesis import strategies as st
from mjml import mjml2html

from outreach.core.errors import ProgrammingError
from outreach.mail.letter import Address
from outreach.mail.mime import compile_skeleton
from outreach.mail.slots import (
    Place,
    SlotKind,
    restore_slots,
    slot,
    split_slots,
    without_slots,
)


def test_a_source_is_cut_at_its_slots() -> None:
    source = f"Dear {slot('name')}, read {slot('brief', SlotKind.URL)}!"

    literals, places = split_slots(source)

    assert literals == ["Dear ", ", read ", "!"]
    assert places == [Place("name", SlotKind.TEXT), Place("brief", SlotKind.URL)]


def test_slots_survive_the_compiler_and_the_inliner() -> None:
    link = f"https://outreach.example.org/{slot('token', SlotKind.URL)}/1"
    source = f'<mj-text>{slot("name")}</mj-text><mj-button href="{link}">Read</mj-button>'
    source = (
        f"<mjml><mj-body><mj-section><mj-column>{source}</mj-column></mj-section></mj-body></mjml>"
    )

    html = restore_slots(mjml2html(source, fonts={}))

    html = CSSInliner(load_remote_stylesheets=False).inline(html)
    _, places = split_slots(html)
    assert places == [Place("name", SlotKind.TEXT), Place("token", SlotKind.URL)]
    assert f'href="{link}"' in html


def test_the_plain_mark_is_the_name_between_two_private_characters() -> None:
    assert slot("name") == "\ue000name\ue001"


@given(st.text())
def test_cleaned_user_text_never_holds_a_slot(text: str) -> None:
    literals, places = split_slots(without_slots(text))

    assert places == []
    assert literals == [text.replace("\ue000", "").replace("\ue001", "")]


@pytest.mark.parametrize("source", ["\ue000name", "name\ue001", "\ue000a\ue000b\ue001"])
def test_a_mark_left_open_is_refused(source: str) -> None:
    with pytest.raises(ProgrammingError):
        split_slots(source)


def test_a_slot_has_a_plain_name() -> None:
    with pytest.raises(ProgrammingError):
        slot("first name")


def test_what_many_letters_have_in_common_is_written_once_and_reads_the_same() -> None:
    skeleton = compile_skeleton(
        headers=[("Subject", f"For a {slot('role')}"), ("To", Address(slot("to"), slot("name")))],
        text=f"{slot('role')} {slot('name')} {slot('role')}",
        html=f"<p>{slot('role')} & {slot('name')}</p>",
    )
    values = {"role": "Bürgermeisterin <b>", "name": "Ada", "to": "ada@example.org"}

    settled = skeleton.settled({"role": values["role"]})

    assert "role" not in settled.names
    assert len(settled.slots) == len(skeleton.slots) - 4
    assert settled.fill({"name": "Ada", "to": "ada@example.org"}) == skeleton.fill(values)
