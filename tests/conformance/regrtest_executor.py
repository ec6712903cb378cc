"""CPython's tests through the executor: the same results as plain?

    python -m tests.conformance.regrtest_executor [MODULE …] [--json FILE]
    nox -s regrtest-executor-3.12 -- test_generators

Each module runs twice on the interpreter that runs this script, both times with Paddle and
paddlefx imported. In the second run every function of the test module is captured as it is
called, and its residual code runs, with or without tensors in it (``executed.py``). What the
executor doesn't take runs as plain Python and is counted.

A module is the same if each test has the same outcome, as in ``regrtest.py``; a crash, a timeout
and every internal fault of a capture make it differ.

Exit status 1 if a module differs.
"""

from __future__ import annotations

import argparse
import collections
import json
import platform
import sys
import time
from typing import Any, Counter, Dict, List, Optional, Tuple

from tests.conformance.regrtest import Server, _print, absent, compare
from tests.conformance.regrtest_modules import EXECUTED

#: What became of the frames of test functions, in the order in which they are told.
ENDS = ("whole", "broken", "plain")


def share(frames: Dict[str, int]) -> str:
    """The frames in words."""
    total = sum(frames.get(end, 0) for end in ENDS) or 1
    return ", ".join(
        f"{end} {frames.get(end, 0)} ({frames.get(end, 0) / total:.0%})" for end in ENDS
    )


def main(arguments: Optional[List[str]] = None) -> int:
    """Compare the modules, print each and a summary; 1 if one differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="default: the whole list")
    parser.add_argument("--json", metavar="FILE", help="write all that was found to this file")
    parser.add_argument("--limit", type=float, default=60.0, help="processor seconds, plain")
    parser.add_argument("--reasons", type=int, default=10, help="how many reasons are printed")
    chosen = parser.parse_args(arguments)
    modules: Tuple[str, ...] = tuple(chosen.modules) or EXECUTED
    missing = absent(modules)
    plain, executed = Server("beside"), Server("executed")
    began = time.perf_counter()
    frames: Counter[str] = collections.Counter()
    verdicts = []
    try:
        for module in modules:
            if module in missing:
                continue
            verdict = compare(module, plain, executed, chosen.limit)
            verdicts.append(verdict)
            frames.update(verdict.frames)
            _print(verdict)
            print(f"{'':8}{share(verdict.frames)}", flush=True)
    finally:
        plain.close()
        executed.close()
    summary: Dict[str, Any] = {
        "python": platform.python_version(),
        "modules": sum(verdict.ran for verdict in verdicts),
        "same": sum(verdict.ran and not verdict.differs for verdict in verdicts),
        "tests": sum(verdict.tests for verdict in verdicts),
        "passed": sum(verdict.passed for verdict in verdicts),
        "frames": share(frames),
        "absent": missing,
        "seconds": round(time.perf_counter() - began, 1),
    }
    for name, value in summary.items():
        print(f"{name:15} {value}")
    reasons = collections.Counter({k: n for k, n in frames.items() if k.startswith("plain: ")})
    for reason, count in reasons.most_common(chosen.reasons):
        print(f"{count:6} {reason}")
    if chosen.json:
        with open(chosen.json, "w", encoding="utf-8") as file:
            table = [{**verdict._asdict(), "frames": dict(verdict.frames)} for verdict in verdicts]
            json.dump({**summary, "counts": dict(frames), "verdicts": table}, file, indent=1)
    return int(any(verdict.differs for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
