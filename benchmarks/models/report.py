"""``python -m benchmarks.models.report RESULTS.json [PAGE.md]``: the tables of ``docs/models.md``.

What stands between the two marks of the page is replaced.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, Iterable, List, Set

MARKS = ("<!-- figures -->", "<!-- end of figures -->")
Rows = List[Dict[str, Any]]


def mean(values: Iterable[float]) -> float:
    """The geometric mean."""
    logs = [math.log(max(value, 1e-9)) for value in values]
    return math.exp(sum(logs) / len(logs)) if logs else math.nan


def whole(row: Dict[str, Any]) -> bool:
    """Whether all of a model is one graph."""
    return row["graphs"] <= 1 and not row["breaks"] and not row["fallbacks"]


def number(value: float) -> str:
    """Two digits, or a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.2f}"


def by_package(ours: Rows, theirs: Dict[str, Dict[str, Any]]) -> List[str]:
    """One line for each package and one for all."""
    columns = ["package", "models", "right", "one graph", "recompile", "speed", "slowest",
               "first call, s", "SOT right", "SOT speed", "SOT first call, s", "first call / SOT"]  # fmt: skip
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    groups: Dict[str, Rows] = defaultdict(list)
    for row in ours:
        groups[row["key"].partition("/")[0]].append(row)
    groups["all"] = ours
    for name, rows in groups.items():
        good = [row for row in rows if "crash" not in row]
        sot = [theirs[row["key"]] for row in rows if row["key"] in theirs]
        run = [row for row in sot if "crash" not in row and not row["wrong"]]
        firsts = [
            row["first"] / theirs[row["key"]]["first"]
            for row in good if theirs.get(row["key"], {}).get("first")
        ]  # fmt: skip
        cells = [
            name,
            len(rows),
            sum(not row["wrong"] for row in good),
            sum(whole(row) for row in good),
            sum(bool(row["recompiled"]) for row in good),
            number(mean(row["speed"] for row in good)),
            number(min((row["speed"] for row in good), default=math.nan)),
            number(mean(row["first"] for row in good)),
            f"{len(run)} of {len(sot)}",
            number(mean(row["speed"] for row in run)),
            number(mean(row["first"] for row in run)),
            number(mean(firsts)),
        ]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def by_reason(ours: Rows) -> List[str]:
    """Breaks and fallbacks with what they say, by how many models have them."""
    affected: Dict[str, Set[str]] = defaultdict(set)
    places: Dict[str, str] = {}
    for row in ours:
        for item in row.get("breaks", []) + row.get("fallbacks", []):
            text = re.sub(r" of (an? )?[A-Z]\w+ object", " of an object", item["reason"])
            affected[text].add(row["key"])
            places.setdefault(text, item["place"])
    lines = ["| reason | models | for example at |", "|---|---|---|"]
    for text, keys in sorted(affected.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        reason = text.replace("|", "\\|")
        lines.append(f"| {reason} | {len(keys)} | `{places[text]}` |")
    return lines


def by_model(ours: Rows, theirs: Dict[str, Dict[str, Any]]) -> List[str]:
    """One line for each model."""
    columns = ["model", "graphs", "breaks", "fallbacks", "guards", "speed", "first call, s",
               "SOT speed", "SOT first call, s"]  # fmt: skip
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in ours:
        sot = theirs.get(row["key"], {})
        other = [number(sot.get(name, math.nan)) for name in ("speed", "first")]
        if sot.get("wrong"):
            other[0] = "wrong"
        elif "crash" in sot:
            other[0] = "fails"
        if "crash" in row:
            lines.append(f"| {row['key']} | {row['crash'].splitlines()[0][:60]} |||||||")
            continue
        cells = [row["key"], row["graphs"], len(row["breaks"]), len(row["fallbacks"]),
                 row["guards"], number(row["speed"]), number(row["first"]), *other]  # fmt: skip
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def tables(known: Dict[str, Dict[str, Any]]) -> str:
    """All tables, as Markdown."""
    ours = [row for row in known.values() if row["contender"] == "paddlefx"]
    ours.sort(key=lambda row: row["key"])
    theirs = {row["key"]: row for row in known.values() if row["contender"] == "sot"}
    parts = [
        "## By package", *by_package(ours, theirs),
        "## What breaks", *by_reason(ours),
        "## By model", *by_model(ours, theirs),
    ]  # fmt: skip
    return "\n".join(f"\n{part}\n" if part.startswith("##") else part for part in parts)


def main() -> None:
    text = tables(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    if len(sys.argv) < 3:
        print(text)
        return
    page = Path(sys.argv[2])
    before, _, rest = page.read_text("utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    page.write_text(f"{before}{MARKS[0]}\n{text}\n\n{MARKS[1]}{after}", "utf-8")


if __name__ == "__main__":
    main()
