"""Settings → Sending: the mail servers and their pace, and warm-up plans to start and stop."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.accounts.guard import may, signed_in_user
from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.state import state
from outreach.delivery.breaker import (
    MOST_BLOCKED,
    MOST_IN_A_ROW,
    MOST_PUT_OFF,
    MOST_REFUSED,
    WINDOW,
)
from outreach.delivery.heeding import TRY_AGAIN
from outreach.delivery.holds import HOURS
from outreach.delivery.judging import FULL_SECONDS, GIVE_UP, STEPS, TOO_FAST_SECONDS
from outreach.delivery.outlets import smtp_servers
from outreach.delivery.sending_forms import WarmUpForm
from outreach.mail import warming
from outreach.mail.addresses import domain_of
from outreach.mail.models import WarmUp
from outreach.mail.pace import pace_of, rate_words
from outreach.mail.presets import PRESETS
from outreach.mailings.outlet import installation_sender
from outreach.projects.queries import senders
from outreach.web.access import requires
from outreach.web.saving import keep, kept, stored

blueprint = Blueprint("sending", __name__, url_prefix="/staff/settings/sending")


def _in_words(wait: timedelta) -> str:
    minutes = int(wait.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} minutes"
    return "1 hour" if minutes == 60 else f"{minutes // 60} hours"


LIMITS = {
    "minutes": [step // 60 for step in STEPS if step < 3_600],
    "hours": [step // 3_600 for step in STEPS if step >= 3_600],
    "days": GIVE_UP.days,
    "too_fast": TOO_FAST_SECONDS // 60,
    "full": FULL_SECONDS // 60,
    "window": WINDOW,
    "blocked": MOST_BLOCKED,
    "refused": MOST_REFUSED,
    "in_a_row": MOST_IN_A_ROW,
    "held": HOURS,
    "put_off": MOST_PUT_OFF,
    "again": [_in_words(wait) for wait in TRY_AGAIN],
}
"""What sending does by itself, and how often, for people to read."""
Answer = str | Response | tuple[str, int]


@blueprint.route("", methods=["GET", "POST"])
@requires("settings.edit")
def overview() -> Answer:
    """Show by which servers letters leave and how fast; start a warm-up plan."""
    form = WarmUpForm.of(_domains(db.session()), now().date())

    def save(session: Session) -> WarmUp:
        assert form.begins_on.data is not None  # required by the form
        return warming.start(
            session,
            form.domain.data,
            form.begins_on.data,
            form.ceilings,
            actor=signed_in_user().shown_name,
            now=now(),
        )

    if kept(form, f"Started the warm-up of {form.domain.data}", save):
        flash(
            "The plan is started. Letters beyond a day's number wait for the next day.", "success"
        )
        return redirect(url_for(".overview"))
    settings = state().settings
    servers = smtp_servers(settings) if settings.can_send else ()
    plans = warming.plans(db.session())
    page = render_template(
        "delivery/sending.html",
        form=form,
        servers=[(server, pace_of(settings, server)) for server in servers],
        is_caught=settings.catcher,
        pace=pace_of(settings),
        presets=PRESETS,
        plans=[
            (plan, warming.is_running(plan, now()), warming.days_of(db.session(), plan))
            for plan in plans
        ],
        may_see_checks=may("installation.see"),
        limits=LIMITS,
        rate_words=rate_words,
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/warm-up/<int:plan_id>/stop")
@requires("settings.edit")
def stop_warm_up(plan_id: int) -> Response:
    """Stop a plan."""
    plan = stored(WarmUp, plan_id)

    def stop(_session: Session) -> WarmUp:
        warming.stop(plan, actor=signed_in_user().shown_name, now=now())
        return plan

    keep(f"Stopped the warm-up of {plan.domain}", stop, plan)
    flash("The plan is stopped. Letters leave as fast as the pace allows.", "success")
    return redirect(url_for(".overview"))


def _domains(session: Session) -> list[str]:
    """Return the domains letters may come from, the installation's own first."""
    own = installation_sender(state().settings).email
    addresses = [own, *(sender.from_address for sender in senders(session))]
    return list(dict.fromkeys(domain_of(address) for address in addresses if address))
