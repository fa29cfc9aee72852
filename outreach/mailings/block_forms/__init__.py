"""One form per kind of block."""

from collections.abc import Mapping

from outreach.mailings.block_forms.base import BlockForm, Offer
from outreach.mailings.block_forms.links import (
    AcknowledgementForm,
    ActionsForm,
    CardForm,
    FaqForm,
)
from outreach.mailings.block_forms.pictures import ContactForm, FocusForm, PictureForm
from outreach.mailings.block_forms.words import (
    AskForm,
    ColumnsForm,
    DividerForm,
    EventForm,
    FaqLinkForm,
    HeadlineForm,
    QuoteForm,
    RelevanceForm,
    SpacerForm,
    TextForm,
)

__all__ = ["FORMS", "BlockForm", "CardForm", "FocusForm", "Offer", "PictureForm"]
FORMS: Mapping[str, type[BlockForm]] = {
    form.kind: form
    for form in (
        HeadlineForm,
        TextForm,
        RelevanceForm,
        QuoteForm,
        ActionsForm,
        CardForm,
        PictureForm,
        ColumnsForm,
        EventForm,
        ContactForm,
        AcknowledgementForm,
        FaqLinkForm,
        FaqForm,
        AskForm,
        DividerForm,
        SpacerForm,
    )
}
