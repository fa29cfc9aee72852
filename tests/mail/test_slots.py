import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.errors import ProgrammingError
from outreach.mail.slots import Place, SlotKind, slot, split_slots, without_slots


def test_a_source_is_cut_at_its_slots():
    source = f"Dear {slot('name')}, read {slot('brief', SlotKind.URL)}!"

    literals, places = split_slots(source)

    assert literals == ["Dear ", ", read ", "!"]
    assert places == [Place("name", SlotKind.TEXT), Place("brief", SlotKind.URL)]


def test_the_plain_mark_is_the_name_between_two_private_characters():
    assert slot("name") == "\ue000name\ue001"


@given(st.text())
def test_cleaned_user_text_never_holds_a_slot(text):
    literals, places = split_slots(without_slots(text))

    assert places == []
    assert literals == [text.replace("\ue000", "").replace("\ue001", "")]


@pytest.mark.parametrize("source", ["\ue000name", "name\ue001", "\ue000a\ue000b\ue001"])
def test_a_mark_left_open_is_refused(source):
    with pytest.raises(ProgrammingError):
        split_slots(source)


def test_a_slot_has_a_plain_name():
    with pytest.raises(ProgrammingError):
        slot("first name")
