"""Draws the first page of a PDF in a process of its own: `python pdf_cover.py FILE PICTURE`.

Run by path and not as a module of the package: a parser for hostile files gets little memory,
little time and nothing of ours to reach. It writes a PNG, or ends with an error.
"""

import resource
import sys

import pypdfium2

MEMORY = 768 * 1024 * 1024
SECONDS = 10
WIDTH = 336
"""Pixels: three times what a card shows, for dense screens."""
LARGEST_PAGE = 20_000
"""Points; what is larger is a trap, not a page."""


def main(path: str, picture: str) -> None:
    """Draw the page."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with pypdfium2.PdfDocument(path) as document:
        page = document[0]
        width, height = page.get_size()
        if not 0 < width < LARGEST_PAGE or not 0 < height < min(LARGEST_PAGE, 4 * width):
            sys.exit(1)
        drawn = page.render(scale=WIDTH / width)
        drawn.to_pil().convert("RGB").save(picture, format="PNG", optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
