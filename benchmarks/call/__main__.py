"""Measure, print the table, and keep the figures: see ``--help``."""

from __future__ import annotations

import argparse
import json
import platform
import time
from typing import Any, Dict

from . import __doc__ as about
from .cases import CASES, CONTENDERS, paddle
from .fresh import measured
from .report import table
from .steady import guards_and_dispatch, steady


def main() -> None:
    """Measure all that the options ask for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.call", description=about)
    parser.add_argument("--rounds", type=int, default=60, help="default: %(default)s")
    parser.add_argument(
        "--runs", type=int, default=3, help="of new processes, default: %(default)s"
    )
    parser.add_argument("--cases", help="names of rows, separated by semicolons")
    parser.add_argument("--contenders", default="eager,auto,SOT", help="default: %(default)s")
    parser.add_argument("--json", help="write the figures to this file too")
    options = parser.parse_args()

    import paddlefx

    chosen = options.cases.split(";") if options.cases else list(CASES)
    contenders = options.contenders.split(",")
    with paddle.no_grad():  # what only the first translation of a process pays
        for name in contenders:
            CONTENDERS[name](lambda x: x + 1)(paddle.ones([2]))
    rows: Dict[str, Any] = {}
    for name in chosen:
        rounds = options.rounds if "[" not in name else max(5, options.rounds // 4)
        rows[name] = steady(name, ["plain", *contenders], rounds)
        paddlefx.reset()
    report = {
        "python": platform.python_version(),
        "paddle": paddle.__version__,
        "paddlefx": paddlefx.__version__,
        "date": time.strftime("%Y-%m-%d"),
        "rows": rows,
        "dispatch": guards_and_dispatch(options.rounds),
    }
    if options.runs:
        first = [name for name in chosen if CASES[name].first]
        report["fresh"] = measured(contenders, first, options.runs)
    print("\n".join(table([report])))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
