"""The table of Paddle's functions as a page."""

from __future__ import annotations

import platform
from collections import Counter
from typing import Dict, List, Mapping, Sequence, Tuple

import paddle

from .sweep import Verdict

__all__ = ["page", "table"]

_STATES = ("one graph", "breaks", "falls back", "differs", "not called")


def page(found: Mapping[Tuple[str, str], Verdict]) -> str:
    """The verdicts as Markdown: figures first, then what isn't captured, by namespace."""
    return "\n".join([*_head(), *table(found, _STATES)])


def table(found: Mapping[Tuple[str, str], Verdict], states: Sequence[str]) -> List[str]:
    """The counts by namespace and state, then what isn't in the first state, by namespace.

    Args:
        found: by heading and name.
        states: the best first; the last is of what couldn't be tried.
    """
    headings: Dict[str, Dict[str, Verdict]] = {}
    for (heading, name), one in found.items():
        headings.setdefault(heading, {})[name] = one
    lines = ["| | functions | " + " | ".join(states) + " |"]
    lines.append("|---" * (len(states) + 2) + "|")
    total: Counter[str] = Counter()
    for heading, rows in headings.items():
        counts = Counter(one.state for one in rows.values())
        total += counts
        lines.append(_row(f"`{heading}`", counts, states))
    lines += [_row("all", total, states), ""]
    for heading, rows in headings.items():
        lines += _section(heading, rows, states)
    return lines


def _head() -> List[str]:
    python = platform.python_version().rpartition(".")[0]
    return f"""# Paddle's functions in a graph

Each public function is called plain and compiled with small arguments, twice, and its results
and gradients compared. `python -m benchmarks.paddle_api --write docs/paddle-api.md` wrote this
page with Paddle {paddle.__version__} on Python {python}. A function that breaks runs as it is, and
the code around it is compiled. Functions that change the process, need an accelerator or are no
tensor functions are left out; *not called* are those for which the sweep has no arguments, or
whose plain call crashes. Floats are equal to five digits (LAPACK's last bits vary from call to
call); gradients are compared where the plain function gives any for these arguments.
""".split("\n")


def _row(name: str, counts: Counter[str], states: Sequence[str]) -> str:
    figures = [str(counts[state] or "") for state in states]
    return f"| {name} | {sum(counts.values())} | " + " | ".join(figures) + " |"


def _section(heading: str, rows: Mapping[str, Verdict], states: Sequence[str]) -> List[str]:
    lines = [f"## {heading}", ""]
    others = {name: one for name, one in rows.items() if one.state not in (states[0], states[-1])}
    if others:
        lines += ["| function | | why |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {one.state} | {one.why.replace('|', chr(92) + '|')} |"
            for name, one in others.items()
        ]
        lines.append("")
    for state in (states[-1], states[0]):
        names = [f"`{name}`" for name, one in rows.items() if one.state == state]
        if names:
            lines += [f"{state.capitalize()}: {', '.join(names)}.", ""]
    return lines
