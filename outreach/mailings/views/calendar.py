"""What is planned, day by day, and the address under which calendar programs read it."""

from calendar import Calendar
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for

from outreach.accounts.guard import signed_in_user
from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.state import state
from outreach.mailings.planning import by_day, clock_of, digests_due, month_of, planned
from outreach.mailings.views.blueprint import blueprint, reach, zone
from outreach.web.access import requires


@blueprint.get("/calendar")
@requires("mailings.see")
def calendar() -> str:
    """Show a month of mailings."""
    here = ZoneInfo(zone())
    today = now().astimezone(here).date()
    month = month_of(request.args.get("month", ""), today=today)
    weeks = Calendar().monthdatescalendar(month.year, month.month)
    since = datetime.combine(weeks[0][0], time(), tzinfo=here).astimezone(UTC)
    until = datetime.combine(weeks[-1][-1], time(), tzinfo=here).astimezone(UTC)
    # Where readers are it is that day earlier or later than here.
    found = planned(
        db.session(), reach(), since=since - timedelta(days=1), until=until + timedelta(days=2)
    )
    days = by_day(found, here)
    digests = digests_due(db.session(), reach(), since=since, until=until + timedelta(days=1))
    feed = state().signer.plan(signed_in_user().id)
    return render_template(
        "mailings/calendar.html",
        month=month,
        weeks=weeks,
        days={day: days[day] for week in weeks for day in week if day in days},
        digests=[(each, each.due_at.astimezone(here)) for each in digests if each.due_at],
        today=today,
        before=(month - timedelta(days=1)).strftime("%Y-%m"),
        after=(month + timedelta(days=32)).strftime("%Y-%m"),
        clock_of=clock_of,
        zone=here,
        feed_url=f"{state().settings.base_url}{url_for('web_mailings.plan', token=feed)}",
    )
