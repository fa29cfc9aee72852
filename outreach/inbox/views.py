"""What came back, to be looked at and decided; the do-not-mail list and the way off it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from outreach.accounts.guard import may, signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.core.state import state
from outreach.inbox import bounces, queries
from outreach.inbox.deciding import Decision, decide, is_taken_for_programs
from outreach.inbox.models import InboundKind, InboundMail
from outreach.inbox.outages import outage
from outreach.mailings.models import Mailing
from outreach.stakeholders.models import Stakeholder, Suppression, SuppressionReason
from outreach.stakeholders.suppressions import release
from outreach.web import pagination
from outreach.web.access import requires

blueprint = Blueprint("inbox", __name__, url_prefix="/staff")
SEE, EDIT = "stakeholders.see", "stakeholders.edit"
OPEN = "open"
LABELS = {
    InboundKind.BOUNCE: "Bounces",
    InboundKind.COMPLAINT: "Complaints",
    InboundKind.PERSON: "From people",
    InboundKind.AUTOMATIC: "Automatic",
    InboundKind.NOTICE: "Notices",
    InboundKind.FEEDBACK: "Other reports",
    InboundKind.UNREADABLE: "Quarantine",
}
SINGULAR = {
    InboundKind.BOUNCE: "Bounce",
    InboundKind.COMPLAINT: "Complaint",
    InboundKind.PERSON: "From a person",
    InboundKind.AUTOMATIC: "Automatic",
    InboundKind.NOTICE: "Notice",
    InboundKind.FEEDBACK: "Report of a provider",
    InboundKind.UNREADABLE: "Unreadable",
}
CLASSES = {"hard": "no such address", "soft": "may pass", "blocked": "we are not wanted"}
REASONS = {
    SuppressionReason.UNSUBSCRIBED: "Left all lists",
    SuppressionReason.BOUNCED: "Bounced",
    SuppressionReason.COMPLAINED: "Complained",
    SuppressionReason.ERASED: "Erased",
    SuppressionReason.BY_HAND: "By hand",
}
SHOWN_OCTETS = 64 * 1024


@blueprint.get("/bounces")
@requires(SEE)
def messages() -> str:
    """List what came back, what waits for a decision first."""
    chosen = request.args.get("kind", OPEN)
    kind = InboundKind(chosen) if chosen in set(InboundKind) else None
    only_open = chosen == OPEN
    asked = pagination.parse(request.args.get("page"))
    rows = queries.messages(
        db.session(), kind, only_open=only_open, offset=asked.offset, limit=asked.limit + 1
    )
    return render_template(
        "inbox/messages.html",
        page=pagination.cut(rows, asked),
        kind=kind,
        only_open=only_open,
        counts=queries.counts(db.session()),
        waiting=db.session.scalar(queries.counting_open()),
        labels=LABELS,
        singular=SINGULAR,
        classes=CLASSES,
        is_read=bool(state().settings.inbox_server),
        reading=queries.reading(db.session(), now=now()),
        outage=outage(db.session()),
    )


@blueprint.get("/bounces/domains")
@requires(SEE)
def domains() -> str:
    """Show what was refused or came back in the last months, by domain."""
    rows = bounces.lately(db.session(), now=now())
    return render_template("inbox/domains.html", mailing=None, rows=rows, complaints=None)


@blueprint.get("/mailings/<int:mailing_id>/bounces")
@requires(SEE)
def of_mailing(mailing_id: int) -> str:
    """Show what was refused or came back of one mailing, by domain."""
    mailing = db.session.get(Mailing, mailing_id)
    if mailing is None:
        raise NotFound
    return render_template(
        "inbox/domains.html",
        mailing=mailing,
        rows=bounces.of_mailing(db.session(), mailing_id),
        complaints=bounces.complaints(db.session(), mailing_id),
    )


@blueprint.get("/bounces/<int:mail_id>")
@requires(SEE)
def message(mail_id: int) -> str:
    """Show one message as it came, and what was or can be done about it."""
    mail = _mail(mail_id)
    return render_template(
        "inbox/message.html",
        mail=mail,
        mailing=db.session.get(Mailing, mail.mailing_id) if mail.mailing_id else None,
        person=db.session.get(Stakeholder, mail.stakeholder_id) if mail.stakeholder_id else None,
        raw=mail.raw[:SHOWN_OCTETS].decode("utf-8", "replace"),
        singular=SINGULAR,
        classes=CLASSES,
        may_decide=mail.is_open and may(EDIT),
        may_be_persons=is_taken_for_programs(mail) and may(EDIT),
        decisions=Decision,
    )


@blueprint.post("/bounces/<int:mail_id>/decide")
@requires(EDIT)
def decide_now(mail_id: int) -> Response:
    """Do what was decided."""
    mail = _mail(mail_id)
    chosen = request.form.get("decision", "")
    if chosen not in set(Decision):
        raise Refusal("Choose what the message means.", "Go back and use one of the buttons.")
    with transaction() as session:
        decide(session, mail, Decision(chosen), actor=signed_in_user().shown_name, now=now())
    flash("It is decided.", "success")
    return redirect(url_for(".messages"))


@blueprint.get("/do-not-mail")
@requires(SEE)
def do_not_mail() -> str:
    """List the addresses that get no letter, each with reason, date and evidence."""
    chosen = request.args.get("reason", "")
    reason = SuppressionReason(chosen) if chosen in set(SuppressionReason) else None
    asked = pagination.parse(request.args.get("page"))
    rows = queries.suppressions(db.session(), reason, offset=asked.offset, limit=asked.limit + 1)
    return render_template(
        "inbox/do_not_mail.html",
        page=pagination.cut(rows, asked),
        reason=reason,
        counts=queries.suppression_counts(db.session()),
        labels=REASONS,
        may_release=may(EDIT),
    )


@blueprint.get("/do-not-mail/<int:line_id>")
@requires(EDIT)
def ask_to_release(line_id: int) -> str:
    """Ask why an address may be mailed again."""
    return render_template("inbox/release.html", line=_line(line_id), labels=REASONS, problem="")


@blueprint.post("/do-not-mail/<int:line_id>")
@requires(EDIT)
def release_now(line_id: int) -> Response | tuple[str, int]:
    """Take an address off the list, with a reason."""
    line = _line(line_id)
    reason = request.form.get("reason", "")
    try:
        with transaction() as session:
            actor = signed_in_user().shown_name
            release(session, line.fingerprint, reason=reason[:200], actor=actor, now=now())
    except Refusal as refusal:
        line = _line(line_id)
        page = render_template(
            "inbox/release.html", line=line, labels=REASONS, problem=str(refusal)
        )
        return page, refusal.status
    flash("The address may be mailed again, if its person agreed to letters.", "success")
    return redirect(url_for(".do_not_mail"))


def _mail(mail_id: int) -> InboundMail:
    mail = db.session.get(InboundMail, mail_id)
    if mail is None:
        raise NotFound
    return mail


def _line(line_id: int) -> Suppression:
    line = db.session.get(Suppression, line_id)
    if line is None or line.released_at is not None:
        raise NotFound
    return line
