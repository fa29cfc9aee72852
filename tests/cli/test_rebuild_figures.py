"""`outreach rebuild-figures` counts from the hits, names what differed and sets it right."""

import json
from datetime import datetime

from flask import Flask
from sqlalchemy import update

from outreach.core.db import transaction
from outreach.tracking.models import GroupFigure
from tests.cli.conftest import Run
from tests.factories import Factory
from tests.tracking.sending import sent_mailing


def test_a_wrong_figure_is_named_and_set_right(
    app: Flask, make: Factory, now: datetime, run: Run
) -> None:
    sent = sent_mailing(app, make, now)
    sent.apply(sent.click(1))
    with transaction(sent.engine) as connection:
        connection.execute(update(GroupFigure).values(clicks=41))

    told = run("rebuild-figures", "--json")
    again = run("rebuild-figures")

    (difference,) = json.loads(told.stdout)[str(sent.mailing_id)]
    assert (difference["table"], difference["was"], difference["is_now"]) == ("group_figure", 41, 1)
    assert "every figure agreed with its hits" in again.stdout
    assert (told.exit_code, again.exit_code) == (0, 0)
