"""Whatever bytes come in, a report comes out and no row is half there."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.db import db
from outreach.core.errors import Refusal
from outreach.stakeholders.eligibility import withheld_reason
from outreach.stakeholders.models import Consent, ConsentEntry, Stakeholder
from tests.stakeholders.factories import People
from tests.stakeholders.importing import bring_in

CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["ada@example.org", "ngo; funder", "EL", "city", "'=1+1", "x" * 300, '"', "\0"]
    ),
    st.integers(0, 40).map(lambda n: f"p{n}@example.org"),
)
ROWS = st.lists(st.lists(CELLS, max_size=8), max_size=6)
PIECES = st.sampled_from(
    [
        b"ada@example.org,",
        b"b@example.org,B,ngo,yes\n",
        b"\0",
        b"\n",
        b"\r\n",
        b'"',
        b";",
        b"left",
        b"perhaps",
        b"\xff\xfe",
        b"\xe2\x80\xa8",
        b"J\xf6rg",
    ]
)
HEADER = "email,name,roles,level,country,language,topics,tags,organisation"


def test_whatever_the_cells_hold_a_report_comes_out(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(ROWS)
    def check(rows: list[list[str]]) -> None:
        text = "\n".join([HEADER, *(",".join(row) for row in rows)])
        _bring_in_whole(people, tmp_path, text.encode("utf-8", "surrogatepass"), list_id)

    check()


def test_whatever_the_bytes_are_a_report_comes_out(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.lists(st.one_of(st.binary(max_size=40), PIECES), max_size=12).map(b"".join))
    def check(data: bytes) -> None:
        _bring_in_whole(people, tmp_path, b"email,name,roles,status\n" + data, list_id)

    check()


def _bring_in_whole(people: People, folder: Path, data: bytes, list_id: int) -> None:
    """Import; whoever came in has a line of the ledger, what stands beside it, and a source."""
    try:
        report = bring_in(people, folder, data, list_id=list_id)
    except Refusal:
        return

    db.session.rollback()
    everybody = db.session.scalar(select(func.count(Stakeholder.id)))
    withheld = db.session.scalar(
        select(func.count(Stakeholder.id)).where(withheld_reason(list_id) == "no_consent")
    )
    assert withheld is not None
    assert everybody is not None
    assert db.session.scalar(select(func.count(ConsentEntry.id))) == everybody - withheld
    assert db.session.scalar(select(func.count()).select_from(Consent)) == everybody - withheld
    assert set(report.counts) <= {"new", "updated", "unchanged", "refused", "stopped"}
    assert all(remark.reason and remark.place for remark in report.refused)
