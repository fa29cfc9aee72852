"""Counts the pages of a PDF in a process of its own: `python pdf_probe.py FILE` prints one word.

Run by path and not as a module of the package: a parser for hostile files gets little memory,
little time and nothing of ours to reach. It answers a page count, "password" or "damaged".
"""

import resource
import sys

import pypdfium2

MEMORY = 512 * 1024 * 1024
SECONDS = 10
PASSWORD_NEEDED = 4
"""FPDF_ERR_PASSWORD of PDFium's fpdfview.h."""


def main(path: str) -> None:
    """Print what the file is."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(_look_at(path))


def _look_at(path: str) -> str:
    try:
        with pypdfium2.PdfDocument(path) as document:
            return str(len(document) or "damaged")
    except pypdfium2.PdfiumError as error:
        return "password" if error.err_code == PASSWORD_NEEDED else "damaged"


if __name__ == "__main__":
    main(sys.argv[1])
