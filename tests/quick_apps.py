"""Thousands of tests make an application each: what all of them compile alike is compiled once.

Werkzeug's rules were 45 of the 50 ms an application took, Jinja's templates a third of a page
test's time. A compiled rule depends on its text and defaults alone, a template on its source.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

_compile = Rule._compile_builder
_builders: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


def _compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    defaults = tuple(sorted((rule.defaults or {}).items()))
    key: tuple[Any, ...] = (rule.rule, tuple(rule._trace), repr(defaults), append_unknown)
    if key not in _builders:
        _builders[key] = _compile(rule, append_unknown)
    return _builders[key]


class _Templates(BytecodeCache):
    """Compiled templates in memory, by name and a checksum of the source."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._known[bucket.key, bucket.checksum] = bucket.code


def make_apps_quickly() -> None:
    """Let all applications of this process share their compiled rules and templates."""
    Rule._compile_builder = _compile_once  # type: ignore[assignment]  # tests only
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
