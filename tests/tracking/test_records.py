"""Lines of hits files say what they said, or nothing."""

import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.signing import TokenKind
from outreach.tracking.records import DamagedRecord, Face, HitRecord, decode, encode

RECORDS = st.builds(
    HitRecord,
    at=st.datetimes(
        min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
        max_value=datetime(2090, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
        timezones=st.just(UTC),
    ),
    face=st.sampled_from(Face),
    kind=st.sampled_from(TokenKind),
    mailing_id=st.integers(0, 2**40),
    number=st.integers(0, 2**40),
    nonce=st.sampled_from([b"", b"12345678"]),
    link_number=st.integers(0, 999),
    document_id=st.integers(0, 2**40),
    version_id=st.integers(0, 2**40),
    method=st.sampled_from(["GET", "HEAD"]),
    is_prefetch=st.booleans(),
    is_range=st.booleans(),
    family=st.sampled_from(["chrome", "gmail-proxy"]),
    visit=st.sampled_from([b"", b"abcdefgh"]),
    role=st.sampled_from(["", "policy-maker"]),
    share=st.sampled_from(["", "k7f3qz"]),
)


@given(RECORDS)
def test_a_record_is_read_as_it_was_written(record: HitRecord) -> None:
    line = encode(record)

    assert decode(line.removesuffix(b"\n")) == record


@given(RECORDS, st.data())
def test_a_damaged_line_is_noticed(record: HitRecord, data: st.DataObject) -> None:
    line = bytearray(encode(record).removesuffix(b"\n"))
    place = data.draw(st.integers(0, len(line) - 1))
    line[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(DamagedRecord):
        decode(bytes(line))


@given(RECORDS, st.data())
def test_a_torn_line_is_noticed(record: HitRecord, data: st.DataObject) -> None:
    line = encode(record).removesuffix(b"\n")
    end = data.draw(st.integers(0, len(line) - 1))

    with pytest.raises(DamagedRecord):
        decode(line[:end])


def test_records_of_the_first_edition_are_still_read() -> None:
    body = b"1 1772452800000000 d 6 0 0 - 0 0 3 GET r chrome 6162636465666768"

    record = decode(b"%08x %b" % (zlib.crc32(body), body))

    assert (record.face, record.version_id, record.visit) == (Face.DOWNLOAD, 3, b"abcdefgh")
    assert (record.role, record.share) == ("", "")
