"""Tracking addresses, answered in front of Flask: keep the hit, then lead on.

Nothing here waits for the database: the hit goes to this process's hits file, links are in memory.
What cannot be answered (a forged token, a link that never was) is handed to Flask, which shows a
helpful page; the reason stands in the environment under `ABSENCE`.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from outreach.core import clock
from outreach.core.errors import NotFound
from outreach.core.signing import Redeemed, Signer, TokenKind
from outreach.core.state import state
from outreach.results.storage import path_of
from outreach.stakeholders.letters import CAME_BACK, LEFT
from outreach.tracking.answers import Answers
from outreach.tracking.hits_file import HitsWriter, hits_folder
from outreach.tracking.keeping import UNCOUNTED, Keeper
from outreach.tracking.links import Absence, Edition, Targets
from outreach.tracking.origin import LETTER_KINDS
from outreach.tracking.records import Face
from outreach.tracking.said import CODE, Said, parts_of

ABSENCE = "outreach.tracking.absence"
VERSION = "outreach.tracking.version"
"""The version whose document was taken back."""
LONGEST_TOKEN = 120
EDITION = re.compile(r"(?:as=[a-z0-9-]{1,80}&?)?(?:lang=[a-z]{2}|line=[A-Z])?")
"""All that may be asked of a letter's page."""
_MEASURE = (*LETTER_KINDS, TokenKind.SITE)
LEAVING = {"/u/": TokenKind.UNSUBSCRIBE, "/preferences/": TokenKind.PREFERENCES}
"""Where leaving is posted to, with the token there: one click (RFC 8058), the page of choices."""
ANYBODY = Redeemed(TokenKind.SITE, 0, 0)
"""Who comes by a share link: a visitor without a letter."""


@dataclass(frozen=True)
class Place:
    """Where and for whom addresses are answered."""

    base_url: str
    documents: Path


class Tracker:
    """Wraps the Flask application of one web process."""

    def __init__(
        self,
        application: WSGIApplication,
        *,
        signer: Signer,
        targets: Targets,
        writer: HitsWriter,
        place: Place,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._application = application
        self._signer = signer
        self.targets = targets
        self.writer = writer
        self._place = place
        self._keep = Keeper(writer, now).keep
        self._answers = Answers(is_https=place.base_url.startswith("https"))
        self._routes = {
            "/t/o/": self._open,
            "/t/c/": self._click,
            "/t/d/": self._download,
            "/t/s/": self._share,
            "/t/w/": self._letter,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] == "POST" and path.startswith(tuple(LEAVING)):
            return self._leave(path, environ, start_response)
        route = self._routes.get(path[:5])
        if route is None or environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return self._application(environ, start_response)
        return route(path[5:], environ, start_response)

    def _open(
        self, rest: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """The picture is the same for everybody, a forged token included."""
        token = self._redeem(rest.removesuffix(".gif"), *LETTER_KINDS)
        if token is not None:
            self._keep(Face.OPEN, token, environ)
        return self._answers.pixel(environ, start_response)

    def _click(
        self, rest: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        text, number = parts_of(rest)
        token = self._redeem(text, *LETTER_KINDS) if number else None
        if token is None:
            return self._hand_on(Absence.UNKNOWN, environ, start_response)
        return self._follow(text, token, number, environ, start_response)

    def _follow(
        self,
        text: str,
        token: Redeemed,
        number: int,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Lead on to a stored link of the token's mailing, and to nothing else (S7)."""
        link = self.targets.link(token.mailing_id, number)
        if link is Absence.AWAY:
            # It may well be a link of this letter: the applier will find out.
            self._keep(Face.CLICK, token, environ, link_number=number)
        if isinstance(link, Absence):
            return self._hand_on(link, environ, start_response)
        self._keep(Face.CLICK, token, environ, link_number=number)
        address = f"{link.before}{text}{link.after}" if link.before else link.address
        return self._answers.redirect(address, start_response)

    def _download(
        self, rest: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        text, number = parts_of(rest)
        token = self._redeem(text, *_MEASURE) if number else None
        if token is None:
            return self._hand_on(Absence.UNKNOWN, environ, start_response)
        if token.kind is TokenKind.SITE:
            return self._site_download(token, number, environ, start_response)
        link = self.targets.link(token.mailing_id, number)
        if isinstance(link, Absence) or not (link.is_download and link.version_id):
            return self._follow(text, token, number, environ, start_response)
        edition = self.targets.edition(link.version_id)
        return self._serve(edition, token, environ, start_response, link_number=number)

    def _site_download(
        self,
        token: Redeemed,
        version_id: int,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """A page's own download, credited to the letter whose token the page carried on."""
        edition = self.targets.edition(version_id)
        if isinstance(edition, Edition) and edition.document_id != token.number:
            edition = Absence.UNKNOWN
        said = Said.of(environ)
        if said.is_tried:
            environ[UNCOUNTED] = True
        origin = self._redeem(said.via, *LETTER_KINDS) if said.via else None
        if origin is not None:
            return self._serve(edition, origin, environ, start_response, version_id=version_id)
        return self._serve(
            edition, token, environ, start_response, version_id=version_id, said=said
        )

    def _letter(
        self, rest: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Lead from "View in browser" to the letter's page, which holds no token."""
        token = self._redeem(rest, *LETTER_KINDS)
        target = self.targets.letter(token.mailing_id) if token else Absence.UNKNOWN
        if token is not None and target is not Absence.UNKNOWN:
            self._keep(Face.WEB_VIEW, token, environ)
        if isinstance(target, Absence):
            return self._hand_on(target, environ, start_response)
        query = environ.get("QUERY_STRING", "")
        page = f"{target}?{query}" if query and EDITION.fullmatch(query) else target
        return self._answers.redirect(page, start_response)

    def _share(
        self, rest: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Lead from a share link to its page; the page's downloads count for it as well."""
        target = self.targets.share(rest) if CODE.fullmatch(rest) else Absence.UNKNOWN
        if target is not Absence.UNKNOWN:
            self._keep(Face.CLICK, ANYBODY, environ, said=Said(share=rest))
        if isinstance(target, Absence):
            return self._hand_on(target, environ, start_response)
        return self._answers.redirect(target, start_response)

    def _leave(
        self, path: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Let the application take somebody off the list, or back on; count it once it is done."""
        answer = self._application(environ, start_response)
        face = Face.LEAVE if environ.get(LEFT) else Face.BACK if environ.get(CAME_BACK) else None
        if face is not None:
            place, _, text = path.rpartition("/")
            token = self._redeem(text, LEAVING[f"{place}/"])
            if token is not None:
                # One letter's two pages are one way out: who left by both left once.
                self._keep(face, replace(token, kind=TokenKind.UNSUBSCRIBE), environ)
        return answer

    def _serve(
        self,
        edition: Edition | Absence,
        token: Redeemed,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        **target: Any,
    ) -> Iterable[bytes]:
        if edition is Absence.AWAY:
            self._keep(Face.CLICK, token, environ, **target)
        if isinstance(edition, Absence):
            return self._hand_on(edition, environ, start_response)
        if edition.address and not edition.is_withdrawn:
            self._keep(Face.CLICK, token, environ, **target)
            return self._answers.redirect(edition.address, start_response)
        path = self._path(edition)
        if path is None:
            self._keep(Face.CLICK, token, environ, **{**target, "version_id": 0})
            environ[VERSION] = edition.version_id
            return self._hand_on(Absence.WITHDRAWN, environ, start_response)
        try:
            answer = self._answers.file(edition, path, environ, start_response)
        except RequestedRangeNotSatisfiable as error:
            # Nothing was served: no download, for only what succeeds is one (COUNTER).
            self._keep(Face.CLICK, token, environ, **{**target, "version_id": 0})
            return self._answers.refusal(error, environ, start_response)
        self._keep(Face.DOWNLOAD, token, environ, **target)
        return answer

    def _path(self, edition: Edition) -> Path | None:
        """Return where a file is, if it may be served and is there."""
        if edition.is_withdrawn or not edition.sha256:
            return None
        try:
            path = path_of(self._place.documents, edition.sha256)
        except NotFound:
            return None
        return path if path.is_file() else None

    def _redeem(self, text: str, *kinds: TokenKind) -> Redeemed | None:
        return self._signer.redeem(text, *kinds) if len(text) <= LONGEST_TOKEN else None

    def _hand_on(
        self, absence: Absence, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        environ[ABSENCE] = absence
        return self._application(environ, start_response)


def init_tracking(app: Flask) -> Tracker:
    """Put a Tracker in front of `app`, inside whatever reads proxies' headers; only once.

    Opens no file and no connection: the first hit does, in the process that serves it.
    """
    tracker: Tracker | None = app.extensions.get("outreach.tracker")
    if tracker is None:
        here = state(app)
        tracker = Tracker(
            app.wsgi_app,
            signer=here.signer,
            targets=Targets(here.settings.database_uri, here.settings.base_url),
            writer=HitsWriter(hits_folder(here.settings.worker_folder)),
            place=Place(here.settings.base_url, here.settings.documents),
        )
        app.extensions["outreach.tracker"] = tracker
        app.wsgi_app = tracker  # type: ignore[method-assign]  # Flask's documented way to wrap
    return tracker
