"""``python -m benchmarks.call.report RESULTS.json ... [--page PAGE.md]``: ``docs/call-path.md``.

What stands between the two marks of the page is replaced, and the plot beside it written anew.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from .cases import CASES

MARKS = ("<!-- figures -->", "<!-- end of figures -->")
CONTENDERS = ("eager", "auto", "SOT")
Report = Dict[str, Any]


def _digits(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _cell(values: Sequence[Optional[float]], goals: Sequence[Optional[float]]) -> str:
    """Figures, those that miss their goal in bold."""
    parts = []
    for value, goal in zip(values, goals):
        if value is None:
            parts.append("-")
        else:
            text = _digits(value)
            # what rounds to the goal reaches it
            missed = goal is not None and round(value, 2) > goal
            parts.append(f"**{text}**" if missed else text)
    return " / ".join(parts)


def _goal(goals: Dict[str, float]) -> str:
    return ", ".join(f"{name} ≤ {goal:g}" for name, goal in goals.items()) or "-"


def _rows(reports: Sequence[Report]) -> Iterator[Tuple[str, str, List[str]]]:
    """A name, its goal, and a cell for each report."""
    for name, case in CASES.items():
        cells = []
        for report in reports:
            row = report["rows"].get(name, {})
            ratios = [row.get(contender, {}).get("ratio") for contender in CONTENDERS]
            cells.append(_cell(ratios, [case.goals.get(contender) for contender in CONTENDERS]))
        yield name, _goal(case.goals), cells
    parts = [report["dispatch"] for report in reports]
    yield (
        "guards and dispatch alone, 2 tensors: µs",
        "≤ 0.5, or 1/20 of plain `(x + y) * x`",
        [
            _cell([part["us"]], [max(0.5, part["plain_us"] / 20)]) + f" (1/{1 / part['part']:.0f})"
            for part in parts
        ],
    )
    fresh = [report.get("fresh", {}) for report in reports]
    if not all(fresh):
        return
    for name, case in CASES.items():
        if case.first:
            cells = []
            for found in fresh:
                times = found[name]
                values = [times[one] / times["SOT"] for one in CONTENDERS[:2]]
                cells.append(
                    _cell(values, [case.first.get(one) for one in CONTENDERS[:2]])
                    + f" of {times['SOT']:.0f} ms"
                )
            yield f"first call, {name}: part of SOT's", _goal(case.first), cells
    yield (
        "`import paddlefx` with `optimize`, beyond `import paddle`: ms",
        "≤ 60",
        [_cell([found["import"]["ms"]], [60]) for found in fresh],
    )
    yield (
        "recursive Python beside compiled functions",
        "≤ 1.02",
        [_cell([f["recursion"]["beside"] / f["recursion"]["alone"]], [1.02]) for f in fresh],
    )


def table(reports: Sequence[Report]) -> List[str]:
    """The lines of the table: a column for each report."""
    heads = [f"{report['python']}, Paddle {report['paddle']}" for report in reports]
    lines = ["| | goal | " + " | ".join(heads) + " |", "|---|---|" + "---|" * len(heads)]
    lines += [
        f"| {name} | {goal} | " + " | ".join(cells) + " |" for name, goal, cells in _rows(reports)
    ]
    return lines


# -- the plot

_COLOURS = {"eager": "#1f77b4", "auto": "#2ca02c", "SOT": "#d62728"}
_LEFT, _WIDTH, _LINE, _TOP = 260, 520, 26, 44
_LOW, _HIGH = 0.05, 64.0


def _at(ratio: float) -> float:
    """Where a ratio is on the logarithmic axis."""
    part = math.log(max(_LOW, min(_HIGH, ratio)) / _LOW) / math.log(_HIGH / _LOW)
    return _LEFT + part * _WIDTH


def plot(reports: Sequence[Report]) -> str:
    """An SVG of the ratios: a line for each case, a dot for each Python version."""
    names = [name for name in CASES if all(name in report["rows"] for report in reports)]
    height = _TOP + _LINE * len(names) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 30}" height="{height}"',
        ' font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    bottom = _TOP + _LINE * len(names)
    for tick in (0.1, 0.3, 1.0, 3.0, 10.0, 30.0):
        x = _at(tick)
        dash = "" if tick == 1.0 else ' stroke-dasharray="2 3"'
        colour = "#333" if tick == 1.0 else "#ccc"
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 8}" y2="{bottom}" stroke="{colour}"{dash}/>'
            f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{tick:g}</text>'
        )
    for number, contender in enumerate(CONTENDERS):
        x = _LEFT + 90 * number
        parts.append(
            f'<circle cx="{x}" cy="16" r="5" fill="{_COLOURS[contender]}"/>'
            f'<text x="{x + 10}" y="20">{contender}</text>'
        )
    for number, name in enumerate(names):
        y = _TOP + _LINE * number + _LINE / 2
        parts.append(f'<text x="{_LEFT - 12}" y="{y + 4:.1f}" text-anchor="end">{name}</text>')
        for contender in CONTENDERS:
            for report in reports:
                figure = report["rows"][name].get(contender)
                if figure is not None:
                    parts.append(
                        f'<circle cx="{_at(figure["ratio"]):.1f}" cy="{y:.1f}" r="5" '
                        f'fill="{_COLOURS[contender]}" fill-opacity="0.6"/>'
                    )
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    """Write the page and its plot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.call.report")
    parser.add_argument("results", nargs="+", type=Path)
    parser.add_argument("--page", type=Path, default=Path("docs/call-path.md"))
    options = parser.parse_args()
    reports = [json.loads(path.read_text("utf-8")) for path in options.results]
    text = options.page.read_text("utf-8")
    before, rest = text.split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    figures = "\n".join([MARKS[0], *table(reports), MARKS[1]])
    options.page.write_text(before + figures + after, "utf-8")
    options.page.with_suffix(".svg").write_text(plot(reports), "utf-8")


if __name__ == "__main__":
    main()
