"""Whatever bytes come in, a report comes out and no row is half there."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.db import db
from outreach.core.errors import Refusal
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
        try:
            report = bring_in(
                people, tmp_path, text.encode("utf-8", "surrogatepass"), list_id=list_id
            )
        except Refusal:
            return

        db.session.rollback()
        # Everybody new has one line of the ledger, and what stands beside it.
        everybody = session.scalar(select(func.count(Stakeholder.id)))
        assert session.scalar(select(func.count(ConsentEntry.id))) == everybody
        assert session.scalar(select(func.count()).select_from(Consent)) == everybody
        assert set(report.counts) <= {"new", "updated", "unchanged", "refused"}

    check()
