"""Thousands of tests make an application each: what all of them compile alike is compiled once.

Werkzeug's rules were 45 of the 50 ms an application took, Jinja's templates a third of a page
test's time, SQLAlchemy's statements a fifth. A map of rules depends on what the rules say and on
their order alone, a template on its source, a statement on the kind of database.
"""

import sqlite3
from types import CodeType
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule, RuleFactory
from werkzeug.routing.matcher import StateMachineMatcher

_update = Map.update
_make_engine = SQLAlchemy._make_engine
_maps: dict[tuple[object, ...], tuple[StateMachineMatcher, dict[Any, list[Rule]]]] = {}
_rules: WeakKeyDictionary[Map, list[Rule]] = WeakKeyDictionary()
_dialects: dict[str, tuple[Dialect, LRUCache[Any, Any]]] = {}
MOST_STATEMENTS = 20_000
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
    values = vars(rule)
    said = (repr(values.get(name)) for name in SAID)
    return (frozenset(rule.methods or ()), *said)


class _Templates(BytecodeCache):
    """Compiled templates in memory, by name and a checksum of the source."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._known[bucket.key, bucket.checksum] = bucket.code


def _make_engine_alike(
    self: SQLAlchemy, bind_key: str | None, options: dict[str, Any], app: Flask
) -> Engine:
    """Make an engine that shares what it compiles with all others of its kind of database."""
    engine = _make_engine(self, bind_key, options, app)
    known = _dialects.setdefault(engine.dialect.name, (engine.dialect, LRUCache(MOST_STATEMENTS)))
    engine.dialect, engine._compiled_cache = known
    return engine


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
    SQLAlchemy._make_engine = _make_engine_alike  # type: ignore[method-assign]  # tests only
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
    event.listen(Engine, "connect", _forget_durability)
