"""Where our own files are: inside the package when installed, beside it in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).parent.parent


def template_folder() -> Path:
    """Return the folder of the templates: in the package (wheel) or beside it (checkout)."""
    packaged = PACKAGE / "templates"
    return packaged if packaged.is_dir() else PACKAGE.parent / "templates"
