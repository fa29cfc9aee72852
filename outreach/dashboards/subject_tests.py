"""A mailing's subject test: how its lines stand, and choosing one for everybody else."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from outreach.accounts.guard import may, signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.dashboards.arms import lines_report
from outreach.dashboards.blueprint import MAILING, blueprint, mailing_in_reach
from outreach.delivery.deciding import choose_line, running_test
from outreach.mailings.subject_test import Measure
from outreach.web.access import requires


@blueprint.get(f"/mailings/{MAILING}/subject-test")
@requires("reports.see")
def subject_test(mailing_id: int) -> str:
    """Show what came of each line, and let who may send choose."""
    mailing = mailing_in_reach(mailing_id)
    session, moment = db.session(), now()
    report = lines_report(session, mailing)
    return render_template(
        "dashboards/subject_test.html",
        mailing=mailing,
        report=report,
        is_over=report is not None and moment >= report.ends_at,
        may_choose=may("mailings.send") and running_test(session, mailing) is not None,
        measures=Measure,
        zone=signed_in_user().zone,
    )


@blueprint.post(f"/mailings/{MAILING}/subject-test")
@requires("mailings.send")
def choose_subject_line(mailing_id: int) -> Response:
    """Send the rest with the line that was chosen."""
    mailing = mailing_in_reach(mailing_id)
    arm, actor = request.form.get("arm", ""), signed_in_user().shown_name
    with transaction() as session:
        choose_line(session, mailing, arm, actor=actor, now=now())
    flash(f"Everybody else gets line {arm}; these letters leave now.", "success")
    return redirect(url_for("mailings.mailing", mailing_id=mailing_id))
