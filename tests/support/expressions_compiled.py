"""Functions made of one expression or a few statements, run plain and compiled."""

from __future__ import annotations

import textwrap
from typing import Any, Callable, Dict, Tuple

import paddle

import paddlefx
from tests.support.versus import versus

__all__ = ["captured", "function_of"]


def function_of(text: str, names: Dict[str, Any]) -> Callable[..., Any]:
    """``def case(x)`` with a tensor operation before and behind ``text``.

    Args:
        text: an expression, or statements that bind ``result``.
        names: the globals it sees.
    """
    try:
        compile(text, "<case>", "eval")
    except SyntaxError:
        body = text
    else:
        body = f"result = {text}"
    source = "def case(x):\n    y = x * 2\n"
    source += textwrap.indent(textwrap.dedent(body), "    ")
    source += "\n    return result, y + 1\n"
    scope = dict(names)
    exec(compile(source, "<case>", "exec"), scope)
    function: Callable[..., Any] = scope["case"]
    return function


def captured(
    text: str, names: Dict[str, Any], shape: Tuple[int, ...] = (3,), finish: Any = None
) -> None:
    """Assert that a case gives what it gives plain, in one graph without a break, twice.

    Args:
        text: see :func:`function_of`.
        names: the globals it sees.
        shape: of the argument.
        finish: applied to the results of both, for values that comparison would not look into.
    """
    paddlefx.reset()
    function = function_of(text, names)
    compiled = paddlefx.optimize(function)

    def argument() -> Tuple[Any, ...]:
        size = 1
        for dimension in shape:
            size *= dimension
        return (paddle.arange(size, dtype="float32").reshape(list(shape)),)

    plain, ours = function, compiled
    if finish is not None:
        plain = lambda x: finish(function(x))  # noqa: E731
        ours = lambda x: finish(compiled(x))  # noqa: E731
    stats = versus(plain, [argument, argument], ours)
    counts = {key: stats[key] for key in ("graph_breaks", "fallbacks", "recompiles")}
    if any(counts.values()):
        told = paddlefx.explain(function_of(text, names))(*argument())
        raise AssertionError(f"{text}: {counts}\n{told}")
    assert stats["translations"] == 1, stats
