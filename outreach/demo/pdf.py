"""Small, real PDF files for the demo's brief and report, set with PDFium's own fonts."""

import ctypes
import io
import textwrap
from collections.abc import Iterator, Sequence

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

WIDTH, HEIGHT = 595, 842
"""A4 in points."""
MARGIN = 64
LINE = {"title": (22, 30), "head": (14, 26), "text": (11, 16)}
"""Size and line height in points of each kind of line."""
COLUMNS = {"title": 38, "head": 60, "text": 84}
FONT = {"title": "Times-Bold", "head": "Helvetica-Bold", "text": "Helvetica"}


def make_pdf(
    title: str, sections: Sequence[tuple[str, str]], *, has_page_per_section: bool = False
) -> bytes:
    """Return a PDF with a title and (head, text) sections."""
    document = pdfium.PdfDocument.new()
    fonts = {
        kind: pdfium_c.FPDFText_LoadStandardFont(document.raw, name.encode())
        for kind, name in FONT.items()
    }
    page, top = document.new_page(WIDTH, HEIGHT), HEIGHT - MARGIN
    for number, (kind, text) in enumerate(_lines(title, sections)):
        size, height = LINE[kind]
        wants_page = kind == "head" and number > 1 and has_page_per_section
        if top - height < MARGIN or wants_page:
            page.gen_content()
            page, top = document.new_page(WIDTH, HEIGHT), HEIGHT - MARGIN
        top -= height
        _write(document, page, fonts[kind], text, size, top)
    page.gen_content()
    file = io.BytesIO()
    document.save(file)
    document.close()
    return file.getvalue()


def _lines(title: str, sections: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for line in textwrap.wrap(title, COLUMNS["title"]):
        yield "title", line
    for head, text in sections:
        yield "head", head
        for line in textwrap.wrap(text, COLUMNS["text"]):
            yield "text", line


def _write(
    document: pdfium.PdfDocument,
    page: pdfium.PdfPage,
    font: object,
    text: str,
    size: int,
    top: float,
) -> None:
    encoded = (text + "\0").encode("utf-16-le")
    wide = ctypes.cast(ctypes.create_string_buffer(encoded), ctypes.POINTER(pdfium_c.FPDF_WCHAR))
    line = pdfium_c.FPDFPageObj_CreateTextObj(document.raw, font, size)
    pdfium_c.FPDFText_SetText(line, wide)
    pdfium_c.FPDFPageObj_Transform(line, 1, 0, 0, 1, MARGIN, top)
    pdfium_c.FPDFPage_InsertObject(page.raw, line)
