"""Files as people upload them, and as they should not."""

import io
import zlib

import pypdfium2
from PIL import Image

PASSWORD_PDF = b"""%%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>> endobj
4 0 obj <</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>> endobj
trailer <</Root 1 0 R/Size 5/Encrypt 4 0 R/ID[<00><00>]>>
%%%%EOF
""" % (b"11" * 32, b"22" * 32)


def pdf(pages: int = 2, *, width: int = 200) -> bytes:
    """Return a PDF of some empty pages; another width makes other bytes."""
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(width, 300)
    target = io.BytesIO()
    document.save(target)
    document.close()
    return target.getvalue()


def bomb_pdf(megabytes: int) -> bytes:
    """Return a small PDF whose table of contents swells to `megabytes` when it is unpacked."""
    swollen = zlib.compressobj(1)
    packed = b"".join(swollen.compress(bytes(1 << 20)) for _ in range(megabytes)) + swollen.flush()
    head = (
        b"%PDF-1.5\n2 0 obj <</Type/Catalog/Pages 3 0 R>> endobj\n"
        b"3 0 obj <</Type/Pages/Kids[]/Count 1>> endobj\n"
    )
    table = b"1 0 obj <</Type/XRef/Size 4000000/W[1 4 1]/Root 2 0 R/Filter/FlateDecode/Length %d>>"
    stream = b" stream\n%s\nendstream endobj\nstartxref\n%d\n%%%%EOF\n"
    return head + table % len(packed) + stream % (packed, len(head))


def picture(format_: str = "JPEG", size: tuple[int, int] = (1600, 800), **options: object) -> bytes:
    """Return a plain picture."""
    target = io.BytesIO()
    Image.new("RGB", size, (11, 93, 102)).save(target, format_, **options)
    return target.getvalue()


def picture_with_a_place() -> bytes:
    """Return a JPEG whose EXIF names a camera and a place, and which is turned on its side."""
    exif = Image.Exif()
    exif[0x0110] = "Camera of Jane Doe"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    return picture(size=(400, 200), exif=exif, comment=b"taken at home")
