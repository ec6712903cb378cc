"""Calls one public function plain and through a backend, without gradients."""

from __future__ import annotations

import warnings
from typing import Any, Callable, List, Mapping, Tuple

import paddle

import paddlefx

from .report import table
from .sweep import NAMESPACES, UNSETTLED, Verdict, accepted, brief, caller, difference, seeded

__all__ = ["STATES", "backend_page", "backend_verdict"]

#: From best to worst.
STATES = ("compiled", "stays eager", "engine differs", "differs", "no one graph", "not called")


def backend_verdict(heading: str, name: str, backend: str) -> Verdict:
    """How a backend does with a function: one of :data:`STATES`, and why."""
    warnings.simplefilter("ignore")
    called = caller(NAMESPACES[heading], name)
    make = accepted(called, name, heading.rpartition(".")[2])
    if make is None:
        return Verdict("not called")
    with paddle.no_grad():
        try:
            plain = seeded(called, make)
        except Exception as error:  # of arguments that are good where gradients are on
            return Verdict("not called", brief(error))
        settled = name.rstrip("_") not in UNSETTLED
        settled = settled and not difference(plain, seeded(called, make))
        return _compared(called, make, backend, plain, settled)


def _compared(
    called: Callable[..., Any], make: Callable[[], Any], backend: str, plain: Any, settled: bool
) -> Verdict:
    try:
        paddlefx.reset()
        compiled = paddlefx.optimize(called, backend=backend)
        found = [seeded(compiled, make) for _ in range(3)]
        counts = paddlefx.stats()
        told = seeded(paddlefx.explain(called, backend=backend), make)
    except Exception as error:
        return Verdict("differs", f"raises {brief(error)}")
    for one in found:
        different = difference(plain, one, values=settled)
        if different:
            return Verdict("differs", different)
    if counts["graph_breaks"] or counts["fallbacks"]:
        return Verdict("no one graph")
    if not told.graphs:
        return Verdict("compiled", "no tensor operation is left")
    notes = [note for layer in told.graphs for note in layer.notes]
    if not notes:
        return Verdict("compiled")
    if "were not the framework's" in notes[0]:
        return Verdict("engine differs", notes[0].rpartition(": ")[2])
    return Verdict("stays eager", notes[0].partition("runs eagerly: ")[2] or notes[0])


def backend_page(found: Mapping[Tuple[str, str], Verdict], backend: str) -> str:
    """The verdicts as Markdown."""
    head = f"""# Paddle's functions through the `{backend}` backend

Each public function is called plain and compiled with `backend="{backend}"`, without gradients,
with small arguments, and the results are compared: integers and bools exactly, floats to five
digits. `python -m benchmarks.paddle_api --backend {backend} --write docs/{backend}-coverage.md`
wrote this page with Paddle {paddle.__version__}. *Stays eager*: the backend refuses the graph,
which then runs as it was captured. *Engine differs*: the first call showed that the engine's
result isn't Paddle's, and the graph stays eager.
"""
    lines: List[str] = [head, *table(found, STATES)]
    return "\n".join(lines)
