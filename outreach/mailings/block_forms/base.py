"""What the forms of all kinds of block share; what they give is checked by the blocks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from wtforms import FieldList, IntegerField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from outreach.core.contributions import FaqOffer
from outreach.mailings.blocks import BadContent, Block
from outreach.mailings.models import Mailing
from outreach.projects.models import Project
from outreach.results.models import Document, Picture
from outreach.web.forms import Form, choice

MERGE_HINT = "{name|colleague} puts in the reader's name, or “colleague” where we do not know it."


@dataclass(frozen=True, slots=True)
class Offer:
    """What blocks of a mailing can refer to."""

    mailing: Mailing
    documents: Sequence[Document]
    pictures: Sequence[Picture]
    projects: Sequence[Project]
    faq: Sequence[FaqOffer] = ()


_NOT_SHOWN = {"id", "kind", "roles", "instead_of", "texts", "result"}


class BlockForm(Form):
    """The parent of the forms; `kind` is the block's."""

    kind: ClassVar[str]
    lock_version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])

    @classmethod
    def of(cls, block: Block | None, offer: Offer, lock_version: int) -> "BlockForm":
        """Return the form with what was posted, else with what a block says, else empty."""
        values = cls.values_of(block) if block else {}
        form = cls(data={"lock_version": lock_version, **values})
        form.offer(offer, values)
        return form

    @classmethod
    def values_of(cls, block: Block) -> dict[str, Any]:
        """Return what the form's fields show of a block."""
        return block.model_dump(mode="json", exclude=_NOT_SHOWN)

    def offer(self, offer: Offer, values: Mapping[str, Any]) -> None:
        """Fill in what can be chosen; most forms offer nothing."""

    @property
    def can_be_filled(self) -> bool:
        """Whether there is anything to choose, where a choice is all there is."""
        return True

    @property
    def fields(self) -> dict[str, Any]:
        """The block as `blocks.add` and `blocks.replace` take it."""
        names = (name for name in self.data if name not in {"lock_version", "csrf_token"})
        return {"kind": self.kind, **{name: self.data[name] or "" for name in names}}

    @property
    def first_complaint(self) -> str:
        """The first thing to put right, for a line beside the title."""
        return str(next(iter(self.form_errors), "")) or self.first_error

    def complain(self, error: BadContent) -> None:
        """Put each complaint at its field."""
        for complaint in error.complaints:
            name = complaint.field.partition(".")[0]
            message = f"{complaint.remedy[:1].upper()}{complaint.remedy[1:]}."
            if name in self._fields and not isinstance(self[name], FieldList):
                self[name].errors = [*self[name].errors, message]
            else:
                place = complaint.field.split(".")[1:2]
                self.form_errors.append(f"Button {place[0]}: {message}" if place else message)


def options(pairs: Iterable[tuple[str, str]], group: str | None = None) -> list[Any]:
    """Return choices, under the name of a group where there is one."""
    return [replace(choice(value, label), optgroup=group) for value, label in pairs]
