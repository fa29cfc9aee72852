"""Other rules: first seen, then in force; past hits are judged anew and figures follow."""

from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.tracking.agents import CLASS_OF
from outreach.tracking.editions import Fate, editions
from outreach.tracking.models import GroupFigure, Hit, HitLabel, LabelRules
from outreach.tracking.rebuild import rebuild
from outreach.tracking.relabelling import coverage, preview, put_in_force, rerun_some
from outreach.tracking.rules import DEFAULT, RULES, Rules
from tests.cast import Cast
from tests.tracking.factories import Sent
from tests.web_client import post

STRICT = Rules(burst_links=2)


def read(sent: Sent) -> None:
    """Letter 1 follows two links at once, letter 2 one; letter 7 is of somebody who agreed."""
    sent.apply(
        sent.click(1),
        sent.click(2, after=1),
        sent.click(1, delivery=2),
        sent.click(1, delivery=7, is_personal=True),
    )


def use(sent: Sent, rules: Rules, *, is_rerun: bool) -> None:
    with sent.app.app_context(), transaction() as writing:
        put_in_force(writing, rules, by="Ada", now=sent.now, is_rerun=is_rerun)


def test_a_preview_says_what_would_change_and_changes_nothing(sent: Sent, session: Session) -> None:
    read(sent)
    before = sent.figures()

    shown = preview(session, STRICT)

    (change,) = shown.changes
    assert (shown.hits, change.hits) == (4, 2)
    assert (change.before, change.after) == (HitLabel.HUMAN, HitLabel.MACHINE)
    assert change.reason == "several links at once"
    assert sent.figures() == before
    assert not preview(session, DEFAULT).changes


def test_rules_in_force_judge_new_hits_and_leave_old_ones_alone(
    sent: Sent, session: Session
) -> None:
    read(sent)
    with transaction() as writing:
        put_in_force(writing, STRICT, by="Ada", now=sent.now, is_rerun=False)

    sent.apply(sent.click(1, delivery=3), sent.click(2, after=1, delivery=3))

    assert rerun_some(sent.engine, now=sent.now) == 0
    assert sent.figure(GroupFigure, "clicked", group_no=1) == 2
    assert sent.figure(GroupFigure, "machine_clicks") == 2
    assert {hit["rule_version"] for hit in sent.rows(Hit)} == {1, 2}


def test_past_hits_are_judged_anew_bit_by_bit_and_the_figures_follow(
    sent: Sent, session: Session
) -> None:
    read(sent)
    with transaction() as writing:
        put_in_force(writing, STRICT, by="Ada", now=sent.now, is_rerun=True)

    done = rerun_some(sent.engine, now=sent.now)

    assert done == 3
    assert sent.figure(GroupFigure, "clicked", group_no=1) == 1
    assert sent.figure(GroupFigure, "machine_clicks") == 2
    assert {hit["rule_version"] for hit in sent.rows(Hit)} == {2}
    assert rebuild(sent.engine, sent.mailing_id) == []
    (edition,) = sent.rows(LabelRules)
    assert edition["rerun_mailing_id"] is None
    assert rerun_some(sent.engine, now=sent.now) == 0


def test_the_screen_says_how_much_each_rule_could_judge(sent: Sent, session: Session) -> None:
    read(sent)

    found = coverage(session)

    assert (found.hits, found.by_letter, found.by_person) == (4, 4, 1)


def test_an_operator_changes_the_rules_after_a_preview(sent: Sent, cast: Cast) -> None:
    read(sent)
    page = cast.ada.get("/staff/settings/counting")
    form = {
        "on": ["head", "burst"], "burst_links": "2", "burst_seconds": "2", "soon_seconds": "5",
        "forwarded_hours": "24", **_families(),
    }  # fmt: skip

    shown = post(cast.ada, "/staff/settings/counting", {**form, "act": "preview"})
    wrong = post(cast.ada, "/staff/settings/counting", {**form, "burst_links": "1", "act": "use"})
    used = post(
        cast.ada, "/staff/settings/counting", {**form, "act": "rerun"}, follow_redirects=True
    )

    assert page.status_code == 200
    assert "a person’s before, a machine’s then (several links at once)" in shown.text
    assert wrong.status_code == 422
    assert "from 2 to 20" in wrong.text
    assert "being judged anew" in used.text


def test_an_edition_says_what_it_did_to_past_requests(sent: Sent, session: Session) -> None:
    read(sent)
    use(sent, STRICT, is_rerun=False)
    use(sent, DEFAULT, is_rerun=True)
    under_way = editions(session)
    session.rollback()
    use(sent, STRICT, is_rerun=True)
    rerun_some(sent.engine, now=sent.now)
    found = editions(session)

    assert [(one.version, one.fate) for one in under_way] == [
        (3, Fate.UNDER_WAY), (2, Fate.LEFT), (1, None)
    ]  # fmt: skip
    assert [(one.version, one.fate) for one in found] == [
        (4, Fate.DONE), (3, Fate.CUT_SHORT), (2, Fate.LEFT), (1, None)
    ]  # fmt: skip
    assert found[0].rerun_at == sent.now
    assert [one.version for one in found if one.is_in_force] == [4]


def test_what_an_older_edition_did_is_not_available(sent: Sent, session: Session) -> None:
    with transaction() as writing:
        edition = put_in_force(writing, STRICT, by="Ada", now=sent.now, is_rerun=False)
        edition.is_rerun = None

    assert editions(session)[0].fate is Fate.UNKNOWN


def test_an_earlier_edition_is_put_back_and_past_requests_follow(sent: Sent, cast: Cast) -> None:
    read(sent)
    before = sent.figures()
    use(sent, STRICT, is_rerun=True)
    rerun_some(sent.engine, now=sent.now)
    address = "/staff/settings/counting?edition=1"
    listed = cast.ada.get("/staff/settings/counting")
    shown = cast.ada.get(address)
    form = _form(burst_links=3)

    seen = post(cast.ada, address, {**form, "act": "preview"})
    used = post(cast.ada, address, {**form, "act": "rerun"}, follow_redirects=True)
    rerun_some(sent.engine, now=sent.now)

    assert "Put back" in listed.text
    assert "judged anew, all by" in listed.text
    assert "Edition 1 is not in force yet" in shown.text
    assert 'value="3"' in shown.text
    assert "a machine’s before, a person’s then" in seen.text
    assert "being judged anew" in used.text
    assert sent.figures() == before
    assert cast.ada.get("/staff/settings/counting?edition=9").status_code == 404


def test_the_rules_in_force_may_judge_past_requests_anew(sent: Sent, cast: Cast) -> None:
    """For instance those in force "from now on", once they have proved themselves."""
    read(sent)
    use(sent, STRICT, is_rerun=False)
    form = _form(burst_links=2)

    seen = post(cast.ada, "/staff/settings/counting", {**form, "act": "preview"})
    again = post(cast.ada, "/staff/settings/counting", {**form, "act": "use"})
    post(cast.ada, "/staff/settings/counting", {**form, "act": "rerun"})
    rerun_some(sent.engine, now=sent.now)

    assert "a person’s before, a machine’s then (several links at once)" in seen.text
    assert "Use from now on" not in seen.text
    assert again.status_code == 422
    assert sent.figure(GroupFigure, "machine_clicks") == 2


def test_what_is_measured_is_explained_ready_to_be_copied(cast: Cast) -> None:
    page = cast.ada.get("/staff/settings/measurement")

    assert "nobody, ourselves included, can say whose letter it was" in page.text
    assert "(in force)" in page.text
    assert "Caught letters tell whose they were" in page.text


def _form(burst_links: int) -> dict[str, object]:
    """All rules on, as the page sends them."""
    return {
        "on": list(RULES), "burst_links": str(burst_links), "burst_seconds": "2",
        "soon_seconds": "5", "forwarded_hours": "24", **_families(),
    }  # fmt: skip


def _families() -> dict[str, str]:
    return {f"family_{name.replace('-', '_')}": kind.value for name, kind in CLASS_OF.items()}
