"""Loops whose turns change containers: what captured code does, and what capturing it costs."""

from __future__ import annotations

from typing import Any, Callable, Dict

__all__ = ["TURNS", "loop"]

#: What a turn does to a container from outside, and to what is made in the frame.
TURNS = {
    "append": "out.append(i)",
    "extend": "out += [i, i]",
    "pop": "out.append(i); out.append(i); out.pop()",
    "replace": "out.append(i); out[i // 2] = -1",
    "delete": "out.append(i); out.append(i); del out[-1]",
    "compare": "made.append(i); held = made == None",
    "length": "made.append(i); held = len(made)",
    "hand on": "made.append(i); held = given(made)",
    "store under a key": "table[i] = i; table[0] = i",
    "delete a key": "table[i] = i; table[-i] = i; del table[-i]",
    "pop a key": "table[i] = i; table[-i] = i; table.pop(-i)",
    "default": "table.setdefault(i, []).append(i)",
    "queue": "queue.append(i); queue.append(i); queue.popleft()",
}
LOOP = """
def given(value):
    return value

def f(x, count, out, table, queue):
    held, made = None, []
    y = x + 1
    for i in range(count):
        {turn}
    return y * count, len(out), held
"""


def loop(turn: str) -> Callable[..., Any]:
    """The function whose loop makes ``turn`` ``count`` times."""
    scope: Dict[str, Any] = {}
    exec(LOOP.format(turn=turn), scope)
    function: Callable[..., Any] = scope["f"]
    return function
