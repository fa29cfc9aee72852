"""The house keeps its order: rooms import only what stands before them, and one place commits."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from flask import Flask

from outreach.accounts.guard import LIBRARY_ENTRIES, required_entry
from outreach.accounts.permissions import MATRIX
from outreach.core import errors
from outreach.core.contributions import Contributions
from outreach.core.db import Base
from outreach.core.state import state
from outreach.web.access import PUBLIC, SIGNED_IN

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "outreach"

ORDER: tuple[frozenset[str], ...] = tuple(
    frozenset(stage.split())
    for stage in (
        "core",
        "mail web",
        "projects",
        "accounts",
        "stakeholders results",
        "mailings",
        "delivery",
        "tracking",
        "questions",
        "inbox site",
        "dashboards",
        "activities",
        "api",
        "rooms tables worker cli demo migrations serving __init__ __main__ wsgi",
    )
)
STAGE = {room: number for number, stage in enumerate(ORDER) for room in stage}
FILES = sorted(PACKAGE.rglob("*.py"))
COMMITTING = {"core/db.py", "accounts/security.py"}
"""`transaction()` itself, and the one library that commits on its own through our datastore."""
LATE_IMPORTS = {"core/extras.py"}
REFUSALS = {name for name in vars(errors) if not name.startswith("_")}
"""What services raise for pages and commands alike."""


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Give (module, name) of everything imported from this project."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("outreach"):
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((a.name, "") for a in node.names if a.name.startswith("outreach"))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _target_room(module: str, name: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else (name if name in STAGE else "__init__")


def test_a_room_imports_only_rooms_before_it() -> None:
    wrong = []
    for path in FILES:
        room = _room(path)
        assert room in STAGE, f"{room} has no place in the order"
        for module, name in _imports(_tree(path)):
            target = _target_room(module, name)
            is_allowed = (
                target == room or STAGE[target] < STAGE[room] or STAGE[room] == STAGE["cli"]
            )
            if not is_allowed:
                wrong.append(f"{_relative(path)} imports {module}.{name}")

    assert wrong == [], "they stand later or beside"


def test_imports_stand_at_the_top() -> None:
    late = {
        _relative(path)
        for path in FILES
        for function in ast.walk(_tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert late <= LATE_IMPORTS


def test_no_room_takes_another_ones_private_names() -> None:
    taken = [
        f"{_relative(path)} takes {module}.{name}"
        for path in FILES
        for module, name in _imports(_tree(path))
        if name.startswith("_")
        and not name.startswith("__")
        and _target_room(module, name) != _room(path)
    ]

    assert taken == []


def test_only_transaction_commits() -> None:
    committing = {
        _relative(path)
        for path in FILES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
    }

    assert len(FILES) > 500, "the files were not found"
    assert committing <= COMMITTING


def test_no_refusal_sends_the_command_line_to_reload_a_page() -> None:
    asking = [
        f"{_relative(path)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in REFUSALS
        and "reload" in ast.unparse(node).lower()
    ]

    assert asking == []


def test_every_route_says_who_may_enter(app: Flask) -> None:
    for endpoint in app.view_functions:
        entry = required_entry(app, endpoint)

        assert entry.verb in {PUBLIC, SIGNED_IN} or entry.verb in MATRIX


def test_no_library_route_is_open_unnoticed(app: Flask) -> None:
    assert set(LIBRARY_ENTRIES) <= set(app.view_functions) | {"security.static"}


def _tables_holding_people() -> set[str]:
    return {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "stakeholder"
    }


def test_every_table_that_holds_a_person_has_an_erasure_step(app: Flask) -> None:
    contributions: Contributions = state(app).contributions
    covered = {table for erasure in contributions.erasures for table in erasure.tables}

    assert _tables_holding_people() <= covered
