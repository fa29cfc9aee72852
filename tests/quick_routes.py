"""Thousands of tests make an application each: what werkzeug compiles for a rule is compiled once.

Compiling the rules was 45 of the 50 ms an application took, a quarter of the suite's time. The
compiled function depends on the rule's text and defaults alone; converters are read from the rule.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_compile = Rule._compile_builder
_known: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


def _compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    defaults = tuple(sorted((rule.defaults or {}).items()))
    key: tuple[Any, ...] = (rule.rule, tuple(rule._trace), repr(defaults), append_unknown)
    if key not in _known:
        _known[key] = _compile(rule, append_unknown)
    return _known[key]


def compile_rules_once() -> None:
    """Let all applications of this process share what is compiled for their rules."""
    Rule._compile_builder = _compile_once  # type: ignore[assignment]  # tests only
