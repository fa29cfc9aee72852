"""What a tracking address answers: a picture of one point, a way on, or a file."""

from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.utils import send_file

from outreach.tracking.links import Edition

PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
"""A transparent GIF of one point (43 bytes)."""
SHOWN_INLINE = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"})
"""Anything else, which a browser might run as a page of ours, is saved and not shown."""
Headers = list[tuple[str, str]]


class Answers:
    """Answers of one installation; `is_https` adds what only makes sense there."""

    def __init__(self, *, is_https: bool) -> None:
        # Letters' addresses are secrets of their readers: kept by nobody, told to nobody (S18).
        common = [
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Robots-Tag", "noindex, nofollow"),
        ]
        if is_https:
            common.append(("Strict-Transport-Security", "max-age=31536000"))
        self._common = common
        self._pixel_headers = [
            ("Content-Type", "image/gif"),
            ("Content-Length", str(len(PIXEL))),
            ("Cross-Origin-Resource-Policy", "cross-origin"),
            *common,
        ]

    def pixel(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the picture, for webmail of any origin to show."""
        start_response("200 OK", list(self._pixel_headers))
        return (b"",) if environ["REQUEST_METHOD"] == "HEAD" else (PIXEL,)

    def redirect(self, address: str, start_response: StartResponse) -> Iterable[bytes]:
        """Lead on to an address that is stored with us."""
        headers = [("Location", address), ("Content-Length", "0"), *self._common]
        start_response("302 Found", headers)
        return (b"",)

    def refusal(
        self, error: RequestedRangeNotSatisfiable, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        """Answer that a file has no such part."""
        response = error.get_response(environ)
        response.headers.extend(self._common)
        return response(environ, start)

    def file(
        self, edition: Edition, path: Path, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer with a file, or the part of it that was asked for.

        Its ETag is the file's own digest, alike for everybody, so that readers of long documents
        can ask for parts. Raises RequestedRangeNotSatisfiable for a part it does not have.
        """
        response = send_file(
            path,
            environ,
            mimetype=edition.content_type,
            as_attachment=edition.content_type not in SHOWN_INLINE,
            download_name=edition.filename or f"document-{edition.version_id}",
            conditional=True,
            etag=edition.sha256,
            last_modified=None,
        )
        for name, value in (*self._common, ("Content-Security-Policy", "frame-ancestors 'none'")):
            response.headers[name] = value
        body = response(environ, start_response)
        if not body:
            # A HEAD or an unchanged file: nobody is going to read and close it.
            response.close()
        return body
