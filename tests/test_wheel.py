"""An installed copy has what a checkout has: code, templates, static files, migrations, texts."""

from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from outreach.core import paths

ROOT = Path(__file__).parent.parent


def _files(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts}


def test_the_wheel_holds_every_file_of_the_program() -> None:
    shipped = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}

    templates = {f"outreach/{name}" for name in _files(ROOT / "templates")}
    assert shipped == _files(ROOT / "outreach") | templates | {"outreach/wsgi.py"}


def test_templates_are_found_inside_the_package_and_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "outreach"
    monkeypatch.setattr(paths, "PACKAGE", package)
    beside = paths.template_folder()
    (package / "templates").mkdir(parents=True)

    assert beside == tmp_path / "templates"
    assert paths.template_folder() == package / "templates"
