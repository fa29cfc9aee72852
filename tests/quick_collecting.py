"""Several workers collect the same modules: each begins elsewhere, so that they share the labour.

pytest rewrites the assertions of a module that has no bytecode yet, which takes longer than all
else about collecting. Workers that go through the modules side by side would each rewrite all.
"""

import importlib
import os
from contextlib import suppress
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


def import_in_turn(config: pytest.Config) -> None:
    """Import all test modules, from this worker's own place on; the others' are found compiled."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker or config.args != config.getini("testpaths"):
        return
    names = sorted(
        ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts)
        for path in FOLDER.rglob("test_*.py")
    )
    share = len(names) / int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    begin = round(share * int(worker.removeprefix("gw")))
    for name in names[begin:] + names[:begin]:
        with suppress(Exception, pytest.skip.Exception):  # collecting meets it again and says so
            importlib.import_module(name)
