"""Frames met by the hook deep in the stack, where compiled code doesn't always fit in them."""

from __future__ import annotations

import re
import sys
from typing import Any, Callable, Dict, List

import paddle

import paddlefx

_LINES = "".join(f"        c = x + {i}\n        kept.append(c)\n" for i in range(40))
#: ``inner`` has few locals, and its compiled form one for each tensor that the graph gives.
_SOURCE = f"""
def outer(x):
    def inner(found):
{_LINES}        return "b"
    return PATTERN.sub(inner, "a")
"""


def test_each_frame_has_its_own_cells_at_the_end_of_a_chunk_of_the_stack():
    """3.11+: where the frame has no room, another runs, with the cells of this call's closure."""
    kept: List[Any] = []
    names: Dict[str, Any] = {"PATTERN": re.compile("a"), "kept": kept}
    exec(_SOURCE, names)

    def deep(function: Callable[..., Any], n: int) -> None:
        if n:
            function(paddle.full([], float(n)))
            deep(function, n - 1)

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + 1000)
    try:
        deep(paddlefx.optimize(names["outer"]), 400)
    finally:
        sys.setrecursionlimit(limit)
    first = [float(value) for value in kept[::40]]
    assert first == [float(n) for n in range(400, 0, -1)]


def depth_of_stack() -> int:
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


def test_where_the_stack_has_no_room_for_capture_the_frame_runs_as_plain_python() -> None:
    def inner(x):
        return x + 1

    def function(x):
        try:
            return inner(x) * 2
        except RecursionError:
            return "the stack was too small"

    compiled = paddlefx.optimize(function)
    x = paddle.ones([1])

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth_of_stack() + 25)
    try:
        found = compiled(x)
    finally:
        sys.setrecursionlimit(limit)
    assert found.tolist() == [4.0]
