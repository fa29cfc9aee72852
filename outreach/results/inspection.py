"""Whether an uploaded file is what it says: a PDF that opens.

Nothing of the sender's name or content type is believed; only the bytes count.
"""

import subprocess
import sys
from pathlib import Path

from outreach.core.errors import Refusal

PROBE = Path(__file__).with_name("pdf_probe.py")
PROBE_SECONDS = 20
HEADER_WITHIN = 1024
"""PDF readers look for "%PDF-" in the first kilobyte (ISO 32000-1, implementation note 13)."""


class UnfitFile(Refusal):
    """An uploaded file cannot be kept; the message says what to send instead."""


def count_pages(path: Path) -> int:
    """Return a PDF's number of pages; raises UnfitFile when it is none or cannot be opened.

    The file is opened by a process of its own with 512 MB of memory and 10 s of time, because its
    parser is the part of us that reads what strangers write.
    """
    if not _begins_like_a_pdf(path):
        raise UnfitFile(
            "This file is not a PDF, whatever its name says.",
            "Save or print the document as PDF and choose that file.",
        )
    answer = _probe(path)
    if answer.isdecimal():
        return int(answer)
    if answer == "password":
        raise UnfitFile(
            "This PDF asks for a password, so readers could not open it.",
            "Save it again without protection and choose that file.",
        )
    raise UnfitFile(
        "This PDF is damaged: it does not open.",
        "Open it on your computer; if it opens there, print it as PDF and choose the new file.",
    )


def _begins_like_a_pdf(path: Path) -> bool:
    with path.open("rb") as file:
        return b"%PDF-" in file.read(HEADER_WITHIN)


def _probe(path: Path) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 - our own script, and a path that we made
            [sys.executable, "-I", str(PROBE), str(path)],
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "damaged"
    # A parser that was killed or ran out of memory says nothing: that file is not for readers.
    return answer.stdout.decode("ascii", "replace").strip() if answer.returncode == 0 else "damaged"
