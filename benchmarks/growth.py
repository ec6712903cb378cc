"""How costs grow: ``python -m benchmarks.growth [--json FILE]``.

The CPU time of a first call by the number of operations in its graph, of a hit by the number of
guards, and of a hit by the number of cached forms, the last of which fits. Even rows are linear.
Backend ``eager``; nothing is drawn from memory, each figure is of a new function.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any, Callable, Dict, List

os.environ["OMP_NUM_THREADS"] = "1"

OPERATIONS = (10, 100, 1000, 10_000)
GUARDS = (1, 10, 100, 1000, 10_000)
FORMS = (1, 4, 16, 64)


def _made(source: str, **space: Any) -> Any:
    exec(source, space)
    return space["function"]


def _seconds(call: Callable[[], Any], count: int = 1) -> float:
    best = float("inf")
    for _ in range(1 if count == 1 else 7):
        start = time.process_time()
        for _ in range(count):
            call()
        best = min(best, (time.process_time() - start) / count)
    return best


def first_call(operations: int) -> float:
    """Microseconds of the first call for each operation, straight-line code."""
    import paddle

    import paddlefx

    lines = ["    x = x + y", "    x = x * y"] * (operations // 2)
    function = _made("\n".join(["def function(x, y):", *lines, "    return x"]))
    optimized = paddlefx.optimize(function, backend="eager")
    x = paddle.full([4, 4], 0.5)
    return _seconds(lambda: optimized(x, x)) * 1e6 / operations


def hit(guards: int) -> float:
    """Nanoseconds of a hit for each guard on a global, beside the call without any."""
    import paddlefx

    names = [f"g{number}" for number in range(guards)]
    adds = [f"    scale = scale + {name}" for name in names]
    source = "\n".join(["def function(x):", "    scale = 0.0", *adds, "    return x * scale"])
    function = _made(source, **dict.fromkeys(names, 0.5))

    import paddle

    x = paddle.ones([2])
    optimized = paddlefx.optimize(function, backend=lambda layer, inputs: lambda *given: (x,))
    optimized(x)
    (entry,) = optimized.cache.entries
    count = max(20, 20_000 // guards)
    through = _seconds(lambda: optimized(x), count)
    return max(0.0, through - _seconds(lambda: entry.function(x), count)) * 1e9 / guards


def forms(count: int) -> float:
    """Nanoseconds of a hit for each form that is tried, when the last of ``count`` fits."""
    import paddle

    from paddlefx import _C
    from paddlefx.guards import Guard, GuardKind, compile_guards
    from paddlefx.source import LocalSource

    def function(x: Any, kind: int) -> int:
        return kind

    def translate(cache: Any, state: Any) -> Any:
        guards = [
            Guard(LocalSource("x", 0), GuardKind.TYPE, type(x)),
            Guard(LocalSource("kind", 1), GuardKind.VALUE, state.locals[1]),
        ]
        cache.insert(_C.Entry(compile_guards(guards), function))
        return function

    x = paddle.ones([2])
    optimized = _C.Dispatcher(function, translate)
    for kind in range(count):
        optimized(x, kind)
    turns = 50_000 // count
    # Two kinds in turn, so that the form that fits doesn't come to the front.
    through = _seconds(lambda: (optimized(x, 0), optimized(x, min(1, count - 1))), turns) / 2
    return (through - _seconds(lambda: (function(x, 0), function(x, 1)), turns) / 2) * 1e9 / count


def main() -> None:
    """Measure and print the three rows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth")
    parser.add_argument("--json", help="write the figures to this file too")
    options = parser.parse_args()
    first_call(10)
    rows: Dict[str, Dict[int, float]] = {
        "first call, µs an operation": {n: first_call(n) for n in OPERATIONS},
        "hit, ns a guard": {n: hit(n) for n in GUARDS},
        "hit, ns a form tried": {n: forms(n) for n in FORMS},
    }
    for name, row in rows.items():
        lines: List[List[str]] = [[name, *map(str, row)], ["---"] * (len(row) + 1)]
        lines.append(["", *(f"{value:.0f}" for value in row.values())])
        print("\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
