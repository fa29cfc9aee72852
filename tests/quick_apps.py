"""Thousands of tests make an application each: what all of them compile alike is compiled once.

Werkzeug's rules were 45 of the 50 ms an application took, Jinja's templates a third of a page
test's time, SQLAlchemy's statements a fifth. A map of rules depends on what the rules say and on
their order alone, the rules of a blueprint on the blueprint, a template on its source, a statement
on the kind of database.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask
from flask.sansio.app import App
from flask.sansio.blueprints import Blueprint, BlueprintSetupState
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule, RuleFactory
from werkzeug.routing.matcher import StateMachineMatcher

_update = Map.update
_register = Blueprint.register
_maps: dict[tuple[object, ...], tuple[StateMachineMatcher, dict[Any, list[Rule]]]] = {}
_rules: WeakKeyDictionary[Map, list[Rule]] = WeakKeyDictionary()
_registered: WeakKeyDictionary[Blueprint, "_Registered"] = WeakKeyDictionary()
_dialects: dict[str, tuple[Dialect, LRUCache[Any, Any]]] = {}
MOST_STATEMENTS = 20_000
ADDING = "Blueprint.add_url_rule.<locals>.<lambda>"
"""What a blueprint keeps of a route until it is registered."""
SAID = (
    *("rule", "endpoint", "subdomain", "host", "defaults", "build_only", "alias", "websocket"),
    *("redirect_to", "strict_slashes", "merge_slashes", "provide_automatic_options"),
)
"""What a rule is told; its methods are looked at beside these, as a set has no order."""


def _add_later(self: Map, factory: RuleFactory) -> None:
    """Note rules; they are compiled when first asked for, which many tests never do."""
    _rules.setdefault(self, []).extend(factory.get_rules(self))
    self._remap = True


def _update_once(self: Map) -> None:
    """Take over what an application with the same rules, in the same order, has compiled."""
    if not self._remap:
        return
    rules = _rules.get(self, [])
    key = (self.strict_slashes, self.merge_slashes, *map(_key, rules))
    if key not in _maps:
        self._matcher, self._rules_by_endpoint = StateMachineMatcher(self.merge_slashes), {}
        for rule in rules:
            rule.bind(self, rebind=True)  # once more when rules were added to a compiled map
            if not rule.build_only:
                self._matcher.add(rule)
            self._rules_by_endpoint.setdefault(rule.endpoint, []).append(rule)
        _update(self)
        _maps[key] = self._matcher, self._rules_by_endpoint
    self._matcher, self._rules_by_endpoint = _maps[key]
    self._remap = False


def _key(rule: Rule) -> tuple[object, ...]:
    """Return all that makes two rules of two applications the same."""
    known: tuple[object, ...] | None = vars(rule).get("_said")
    if known is None:
        values = vars(rule)
        known = (frozenset(rule.methods or ()), *(repr(values.get(name)) for name in SAID))
        vars(rule)["_said"] = known
    return known


@dataclass(frozen=True)
class _Registered:
    """What a blueprint told the first application that registered it."""

    deferred: int
    others: list[Callable[[BlueprintSetupState], None]]
    rules: list[Rule]
    views: dict[str, Any]


def _register_once(self: Blueprint, app: App, options: dict[str, Any]) -> None:
    """Register a blueprint; its rules and views are those another application made of it."""
    known = _registered.get(self)
    if options or self.cli.commands or known is None or self.name in app.blueprints:
        here = _rules.setdefault(app.url_map, [])
        rules, views = len(here), len(app.view_functions)
        _register(self, app, options)
        others = [one for one in self.deferred_functions if one.__code__.co_qualname != ADDING]
        made = here[rules:]
        if not options and len(others) + len(made) == len(self.deferred_functions):
            new = dict(list(app.view_functions.items())[views:])
            _registered[self] = _Registered(len(self.deferred_functions), others, made, new)
        return
    assert known.deferred == len(self.deferred_functions), f"{self.name} changed meanwhile"
    app.blueprints[self.name] = self
    self._merge_blueprint_funcs(app, self.name)
    for deferred in known.others:
        deferred(self.make_setup_state(app, options, True))
    _rules.setdefault(app.url_map, []).extend(known.rules)
    app.view_functions.update(known.views)


class _Templates(BytecodeCache):
    """Compiled templates in memory, by name and a checksum of the source, and in a run's folder."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}
        self.folder: Path | None = None

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))
        if bucket.code is None and self.folder is not None:
            with suppress(FileNotFoundError), (self.folder / bucket.key).open("rb") as file:
                bucket.load_bytecode(file)
                self._remember(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._remember(bucket)
        if bucket.code is not None and self.folder is not None:
            # Whole at once: another worker may be about to read it.
            own = self.folder / f"{bucket.key}.{os.getpid()}"
            own.write_bytes(bucket.bytecode_to_string())
            own.replace(self.folder / bucket.key)

    def _remember(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._known[bucket.key, bucket.checksum] = bucket.code


_templates = _Templates()


def share_templates(folder: Path) -> None:
    """Let all workers of a run find in `folder` what one of them has compiled.

    Never those of another run: what a filter makes of a constant is compiled, too.
    """
    folder.mkdir(exist_ok=True)
    _templates.folder = folder


def _initialize_once(shared: Dialect, connection: Connection) -> None:
    """Ask the server about itself unless that was done; all are of one kind."""
    if shared.server_version_info is None:
        shared.initialize(connection)


def _share_statements(_class: type[Dialect], engine: Engine) -> None:
    """Let an engine share what it compiles with all others of its kind of database."""
    own = engine.dialect
    if getattr(own, "_on_connect_isolation_level", None):
        return
    shared, statements = _dialects.setdefault(own.name, (own, LRUCache(MOST_STATEMENTS)))
    if own is not shared:  # whose server was asked about itself, or is now
        own.initialize = partial(_initialize_once, shared)  # type: ignore[method-assign]
    engine.dialect, engine._compiled_cache = shared, statements


def _forget_durability(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Let SQLite not wait for the disk, as our PostgreSQL: what is killed here is a process."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


def make_apps_quickly() -> None:
    """Let all applications of this process share their compiled rules, templates, statements.

    Call it once, after the rooms were imported: the last word about a connection is ours.
    """
    Map.add = _add_later  # type: ignore[assignment,method-assign]  # tests only
    Map.update = _update_once  # type: ignore[method-assign]  # tests only
    Blueprint.register = _register_once  # type: ignore[method-assign]  # tests only
    DefaultDialect.engine_created = classmethod(_share_statements)  # type: ignore[assignment]  # tests only
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _templates}
    event.listen(Engine, "connect", _forget_durability)
