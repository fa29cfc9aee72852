"""Forms of blocks with a picture, which can be cut around its focal point."""

from collections.abc import Mapping
from typing import Any

from flask_wtf.file import FileField
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional

from outreach.mailings.block_forms.base import BlockForm, Offer, options
from outreach.mailings.crops import Crop
from outreach.mailings.pictures import picture_address
from outreach.results.storage import Stored
from outreach.web.forms import choice


class FocusForm(BlockForm):
    """The parent of forms with a picture that can be cropped."""

    focus_x = IntegerField(
        "Focal point, from the left",
        [Optional(), NumberRange(0, 100, "Write a number from 0 to 100.")],
        description="Per cent. Click what matters most in the picture, or write it here.",
    )
    focus_y = IntegerField(
        "From the top",
        [Optional(), NumberRange(0, 100, "Write a number from 0 to 100.")],
        description="Per cent.",
    )
    shown = ""
    """Where the present picture can be loaded; empty before one is chosen."""
    digests: Mapping[str, str] = {}
    """Of the pictures on offer, by what a block calls them."""
    parts: Mapping[tuple[str, Crop], Stored] = {}
    """What was cut out of the picture just now."""

    @property
    def chosen(self) -> str:
        """The picture that was chosen of those on offer."""
        raise NotImplementedError

    @property
    def wanted_crop(self) -> Crop | None:
        """Which part of the picture is shown; None for all of it."""
        raise NotImplementedError

    @property
    def fields(self) -> dict[str, Any]:
        """The block; an empty number is the middle."""
        middle = {
            name: 50 if self[name].data is None else self[name].data
            for name in ("focus_x", "focus_y")
        }
        return {**super().fields, **middle}

    def _show(self, offer: Offer, source: str) -> None:
        self.digests = {f"file:{each.id}": each.sha256 for each in offer.pictures}
        known = self.digests.get(source)
        self.shown = picture_address("", known) if known else ""

    def _crop(self, shape: str) -> Crop:
        fields = self.fields
        return Crop("", shape, fields["focus_x"], fields["focus_y"])


class PictureForm(FocusForm):
    """A picture: one that is there, or a new one."""

    kind = "picture"
    shape = RadioField(
        "What is shown",
        choices=[
            choice("whole", "All of it"),
            choice("wide", "A wide part (16:9)"),
            choice("square", "A square part"),
        ],
        default="whole",
        description="A part is cut around the focal point.",
    )
    source = SelectField("Picture", validators=[Optional()])
    file = FileField("Or upload one", description="JPEG, PNG or WebP; it is made smaller for you.")
    alt = StringField(
        "What it shows", description="For people who do not see it, and while it is not loaded."
    )
    caption = StringField("Caption")

    stored: Stored
    """The upload, once it is kept."""

    @property
    def chosen(self) -> str:
        """The picture that was chosen of those on offer."""
        return self.source.data or ""

    @property
    def wanted_crop(self) -> Crop | None:
        """Which part of the picture is shown; None for all of it."""
        shape = self.shape.data or "whole"
        return None if shape == "whole" else self._crop(shape)

    def offer(self, offer: Offer, values: Mapping[str, Any]) -> None:
        """Offer the pictures of the mailing's projects."""
        known = {f"file:{picture.id}": picture.filename for picture in offer.pictures}
        present = values.get("source", "")
        known.setdefault(present, present or "Choose a picture")
        known.setdefault("", "Choose a picture")
        self.source.choices = options(known.items())
        self._show(offer, present)

    def keep(self, source: str, filename: str, shown: str) -> None:
        """Choose an upload that was kept while the block still lacks something."""
        self.source.choices = [*options([(source, filename)]), *(self.source.choices or ())]
        self.source.data, self.shown = source, shown

    @property
    def fields(self) -> dict[str, Any]:
        """The picture that was chosen; an upload takes its place where it was stored."""
        return {name: value for name, value in super().fields.items() if name != "file"}


class ContactForm(FocusForm):
    """Somebody to turn to."""

    kind = "contact"
    name = StringField("Name")
    function = StringField("What they do")
    email = StringField("Mail address")
    phone = StringField("Telephone")
    text = TextAreaField("What to turn to them for")
    picture = SelectField("Portrait", validators=[Optional()])

    @property
    def chosen(self) -> str:
        """The portrait that was chosen of those on offer."""
        return self.picture.data or ""

    @property
    def wanted_crop(self) -> Crop | None:
        """The square around what matters in the portrait; None without one."""
        return self._crop("square") if self.chosen else None

    def offer(self, offer: Offer, values: Mapping[str, Any]) -> None:
        """Offer the pictures of the mailing's projects."""
        known = {"": "None", **{f"file:{each.id}": each.filename for each in offer.pictures}}
        if present := values.get("picture"):
            known.setdefault(present, present)
        self.picture.choices = options(known.items())
        self._show(offer, values.get("picture", ""))
