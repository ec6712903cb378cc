"""Asserts that a function compiled does what it does plain, and how much of it was captured."""

from __future__ import annotations

import textwrap
from typing import Any, Callable, Dict, Iterable, Tuple

import paddlefx
from tests.support.versus import versus

__all__ = ["captured", "defined"]

Call = Callable[[], Tuple[Any, ...]]


def captured(
    function: Callable[..., Any], calls: Iterable[Call], graphs: int = 1, breaks: int = 0
) -> None:
    """Assert that each call gives the plain outcome, and what its first compilation costs.

    Args:
        function: a function of what the calls make.
        calls: each makes a fresh tuple of arguments.
        graphs: of each kind of call, on its own.
        breaks: likewise; a frame that falls back is never right.
    """
    for call in calls:
        paddlefx.reset()
        stats = versus(function, [call])
        found = {key: stats[key] for key in ("graphs", "graph_breaks", "fallbacks")}
        reasons = paddlefx.explain(function)(*call()) if found["fallbacks"] else ""
        wanted = {"graphs": graphs, "graph_breaks": breaks, "fallbacks": 0}
        assert found == wanted, f"{found} is not {wanted}: {reasons}"
        versus(function, [call, call])


def defined(source: str, **names: Any) -> Dict[str, Any]:
    """The names that a piece of source defines; none where its syntax is too new.

    Args:
        source: statements.
        names: globals for them.
    """
    text = textwrap.dedent(source)
    try:
        code = compile(text, "<defined>", "exec")
    except SyntaxError:
        return {}
    table = dict(names)
    exec(code, table)
    return {name: value for name, value in table.items() if name not in names}
