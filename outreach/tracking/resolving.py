"""From what a web process wrote to what may be stored: the group always, the delivery by consent.

A record that names nothing we know (a foreign mailing, a link that never was) is left out.
"""

import secrets
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from outreach.core.signing import NONCE_BYTES, TokenKind
from outreach.mailings.models import MailingLink
from outreach.results.models import DocumentVersion
from outreach.stakeholders.models import Role
from outreach.tracking.counting import PUBLIC
from outreach.tracking.facts import Fact
from outreach.tracking.following import DeliveryKey, Letter, load_letters
from outreach.tracking.groups import Groups, load_groups
from outreach.tracking.ledger import NewHit
from outreach.tracking.models import HitKind, Reader
from outreach.tracking.records import Face, HitRecord
from outreach.tracking.share_models import ShareLink

Target = tuple[int | None, int | None, int | None]
"""Link number, document and version, each where it applies."""
KIND_OF = {
    Face.OPEN: HitKind.OPEN,
    Face.CLICK: HitKind.CLICK,
    Face.DOWNLOAD: HitKind.DOWNLOAD,
    Face.WEB_VIEW: HitKind.WEB_VIEW,
    Face.LEAVE: HitKind.UNSUBSCRIBE,
    Face.BACK: HitKind.RETURN,
}
_UNFOLLOWED = frozenset({Face.LEAVE, Face.BACK})
OF_DELIVERIES = frozenset({TokenKind.PERSONAL, TokenKind.UNSUBSCRIBE})
"""Tokens whose number is a delivery's."""


class Resolver:
    """Knows what a batch of records refers to, as it stands now."""

    def __init__(self, connection: Connection, records: Sequence[HitRecord]) -> None:
        mailings = {record.mailing_id for record in records} - {PUBLIC}
        personal = {
            (record.mailing_id, record.number) for record in records if record.kind in OF_DELIVERIES
        }
        self._groups = load_groups(connection, mailings)
        self._links = _load_links(connection, mailings)
        self._versions = _load_versions(connection, {r.version_id for r in records} - {0})
        self._letters = load_letters(connection, personal)
        self._keys = load_keys(connection, personal)
        self._roles = _ids(connection, Role.slug, Role.id, {r.role for r in records})
        self._shares = _ids(connection, ShareLink.code, ShareLink.id, {r.share for r in records})

    @property
    def links(self) -> dict[int, int]:
        """How many links each mailing has."""
        return {mailing_id: len(links) for mailing_id, links in self._links.items()}

    def resolve(self, record: HitRecord) -> NewHit | None:
        """Return the hit of a record, or None when it names nothing we know."""
        target = self._target(record)
        if target is None:
            return None
        if record.kind is TokenKind.SITE:
            share_id = self._shares.get(record.share)
            if not record.version_id and share_id is None:
                return None
            fact = _fact(record, target)._replace(
                role_id=self._roles.get(record.role), share_id=share_id
            )
            return NewHit(PUBLIC, PUBLIC, record.visit, is_letter=False, number=None, fact=fact)
        groups = self._groups.get(record.mailing_id)
        if groups is None:
            return None
        if record.kind in OF_DELIVERIES:
            return self._personal(record, target, groups)
        if record.number not in groups.by_no:
            return None
        return NewHit(
            record.mailing_id,
            record.number,
            record.nonce or record.visit,
            is_letter=bool(record.nonce),
            number=None,
            fact=_fact(record, target),
        )

    def _personal(self, record: HitRecord, target: Target, groups: Groups) -> NewHit | None:
        letter = self._letters.get((record.mailing_id, record.number))
        if letter is None or letter.group_no is None:
            return None
        # Who left is followed no more, and the leaving itself never was, nor coming back.
        if not letter.may_follow or record.face in _UNFOLLOWED:
            group_no = groups.without_following(letter.group_no)
            fact = _fact(record, target)
            return NewHit(
                record.mailing_id, group_no, record.visit, is_letter=False, number=None, fact=fact
            )
        fact = _fact(record, target, letter)
        key = self._keys.setdefault((letter.mailing_id, letter.number), new_reader_key())
        return NewHit(
            record.mailing_id,
            letter.group_no,
            key,
            is_letter=True,
            number=letter.number,
            fact=fact,
        )

    def _target(self, record: HitRecord) -> Target | None:
        if record.link_number:
            link = self._links.get(record.mailing_id, {}).get(record.link_number)
            return link and _target_of(record, record.link_number, *link)
        if record.version_id:
            version = self._versions.get(record.version_id)
            return version and _target_of(record, None, *version)
        return None, None, None


def count_links(connection: Connection, mailings: Collection[int]) -> dict[int, int]:
    """Return how many links each mailing has."""
    return {key: len(links) for key, links in _load_links(connection, mailings).items()}


def new_reader_key() -> bytes:
    """Return a key for the reader of a letter that may be followed; it leads to nobody."""
    return secrets.token_bytes(NONCE_BYTES)


def load_keys(
    connection: Connection, deliveries: Collection[DeliveryKey]
) -> dict[DeliveryKey, bytes]:
    """Return the readers' keys of letters that are being followed already."""
    by_mailing: dict[int, list[int]] = {}
    for mailing_id, number in deliveries:
        by_mailing.setdefault(mailing_id, []).append(number)
    return {
        (mailing_id, number): key
        for mailing_id, numbers in by_mailing.items()
        for number, key in connection.execute(
            select(Reader.number, Reader.key).where(
                Reader.mailing_id == mailing_id, Reader.number.in_(numbers)
            )
        )
        if number is not None
    }


def _target_of(
    record: HitRecord,
    number: int | None,
    document_id: int | None,
    version_id: int | None,
    is_elsewhere: bool,
) -> Target:
    """A click names a version only where it leads to the document at another site."""
    is_version = record.face is Face.DOWNLOAD or is_elsewhere
    return number, document_id, version_id if is_version else None


def _fact(record: HitRecord, target: Target, letter: Letter | None = None) -> Fact:
    link_number, document_id, version_id = target
    return Fact(
        record.at,
        KIND_OF[record.face],
        record.method,
        record.family,
        record.is_prefetch,
        record.is_range,
        letter.seconds_until(record.at) if letter else None,
        link_number,
        document_id,
        version_id,
    )


def _ids(connection: Connection, name: Any, key: Any, wanted: Collection[str]) -> dict[str, int]:
    """Return {name: key} for those of `wanted` that are something."""
    named = sorted(word for word in wanted if word)
    if not named:
        return {}
    return dict(connection.execute(select(name, key).where(name.in_(named))).all())


def _load_links(
    connection: Connection, mailings: Collection[int]
) -> dict[int, dict[int, tuple[int | None, int | None, bool]]]:
    found: dict[int, dict[int, tuple[int | None, int | None, bool]]] = {}
    rows = connection.execute(
        select(
            MailingLink.mailing_id,
            MailingLink.number,
            MailingLink.document_id,
            MailingLink.version_id,
            func.coalesce(MailingLink.address == DocumentVersion.address, False),
        )
        .outerjoin(DocumentVersion, DocumentVersion.id == MailingLink.version_id)
        .where(MailingLink.mailing_id.in_(sorted(mailings)))
    )
    for mailing_id, number, document_id, version_id, is_elsewhere in rows:
        link = (document_id, version_id, bool(is_elsewhere))
        found.setdefault(mailing_id, {})[number] = link
    return found


def _load_versions(
    connection: Connection, versions: Collection[int]
) -> dict[int, tuple[int | None, int | None, bool]]:
    rows = connection.execute(
        select(
            DocumentVersion.id, DocumentVersion.document_id, DocumentVersion.address.is_not(None)
        ).where(DocumentVersion.id.in_(sorted(versions)))
    )
    return {key: (document_id, key, bool(elsewhere)) for key, document_id, elsewhere in rows}
