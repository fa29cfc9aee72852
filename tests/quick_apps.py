"""Thousands of tests make an application each: what all of them compile alike is compiled once.

Werkzeug's rules were 45 of the 50 ms an application took, Jinja's templates a third of a page
test's time, SQLAlchemy's statements a fifth. A compiled rule depends on its text and defaults
alone, a template on its source, a statement on the kind of database.
"""

from types import CodeType
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Dialect, Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

_compile = Rule.compile
_make_engine = SQLAlchemy._make_engine
_rules: dict[tuple[object, ...], dict[str, Any]] = {}
_dialects: dict[str, tuple[Dialect, LRUCache[Any, Any]]] = {}
MOST_STATEMENTS = 20_000


def _compile_once(rule: Rule) -> None:
    defaults = repr(sorted((rule.defaults or {}).items()))
    key = (rule.rule, rule.host, rule.subdomain, rule.merge_slashes, defaults)
    if key not in _rules:
        _compile(rule)
        _rules[key] = {
            name: value
            for name, value in vars(rule).items()
            if name in {"_parts", "_trace", "_converters", "arguments"}
        } | {name: getattr(rule, name).__func__ for name in ("_build", "_build_unknown")}
        return
    for name, value in _rules[key].items():
        setattr(rule, name, value.__get__(rule) if callable(value) else value.copy())


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


def make_apps_quickly() -> None:
    """Let all applications of this process share their compiled rules, templates, statements."""
    Rule.compile = _compile_once  # type: ignore[assignment]  # tests only
    SQLAlchemy._make_engine = _make_engine_alike  # type: ignore[method-assign]  # tests only
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
