"""``python -m benchmarks.models.versions PAGE.md FILE.json ...``: one table, a row a Python version.

Each file holds what ``python -m benchmarks.models --json FILE`` found on one version. Models that
fail there in plain Python too (``--contender plain``) don't count. SOT's first call is compared over
the models that were run with it and are right with it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Set

from .report import mean, whole

MARKS = ("<!-- versions -->", "<!-- end of versions -->")
Known = Dict[str, Dict[str, Any]]


def runs(known: Known) -> Known:
    """By key, the rows of models that run in plain Python on this version."""
    ours = {row["key"]: row for row in known.values() if row["contender"] == "paddlefx"}
    plain = {row["key"]: row for row in known.values() if row["contender"] == "plain"}
    return {
        key: row
        for key, row in ours.items()
        if "crash" not in row or (key in plain and "crash" not in plain[key])
    }


def cells(known: Known, reference: Known) -> List[str]:
    """What the table says of one version.

    Args:
        known: the results on it.
        reference: those on the version it is compared with.
    """
    rows = runs(known)
    on = next(row["on"] for row in rows.values() if "on" in row)
    good = [row for row in rows.values() if "crash" not in row]
    fields: Set[str] = {key.partition("/")[0] for key in rows}
    other = [
        row["key"]
        for row in good
        if row["key"] in reference and shape(row) != shape(reference[row["key"]])
    ]
    return [
        on["python"], on["paddle"], on["numpy"], str(len(fields)), str(len(rows)),
        str(sum(not row["wrong"] for row in good)), str(sum(map(whole, good))),
        str(sum(bool(row["recompiled"]) for row in good)), ", ".join(sorted(other)) or "none",
        *speeds(good), *first_calls(good, known),
    ]  # fmt: skip


def speeds(good: List[Dict[str, Any]]) -> List[str]:
    """Plain Paddle's time over that of the compiled form: of all, and the least."""
    found = [row["speed"] for row in good if "speed" in row]
    return [f"{mean(found):.2f}", f"{min(found):.2f}"] if found else ["-", "-"]


def first_calls(good: List[Dict[str, Any]], known: Known) -> List[str]:
    """Seconds of the first call, how many models SOT ran, and the part of its first call."""
    sot = {
        row["key"]: row["first"]
        for row in known.values()
        if row["contender"] == "sot" and "crash" not in row and not row["wrong"]
    }
    parts = [row["first"] / sot[row["key"]] for row in good if row["key"] in sot]
    return [
        f"{mean([row['first'] for row in good]):.2f}",
        str(len(parts)),
        f"{mean(parts):.2f}" if parts else "-",
    ]


def shape(row: Dict[str, Any]) -> List[int]:
    """What has to be the same on every version."""
    return [row["graphs"], len(row["breaks"]), len(row["fallbacks"])]


def table(files: List[Known]) -> str:
    """The table; the first file is what the others are compared with."""
    columns = ["Python", "Paddle", "NumPy", "packages", "models", "right", "one graph",
               "recompile", "graphs or breaks unlike the first row's", "speed", "slowest",
               "first call, s", "SOT ran", "first call / SOT"]  # fmt: skip
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    reference = {key: row for key, row in runs(files[0]).items() if "crash" not in row}
    lines += ["| " + " | ".join(cells(known, reference)) + " |" for known in files]
    return "\n".join(lines)


def main() -> None:
    page = Path(sys.argv[1])
    text = table([json.loads(Path(name).read_text("utf-8")) for name in sys.argv[2:]])
    before, _, rest = page.read_text("utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    page.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", "utf-8")


if __name__ == "__main__":
    main()
