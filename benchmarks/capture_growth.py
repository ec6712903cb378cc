"""Whether a captured step costs more as a container grows: ``python benchmarks/capture_growth.py``.

For each kind of turn (``tests/support/container_loops.py``) the processor time of a first call of
500, 1,000, 2,000 and 4,000 turns, each in microseconds for a turn. Even rows are linear.
"""

from __future__ import annotations

import collections
import time
from typing import Any, Dict, List, Tuple

COUNTS = (500, 1000, 2000, 4000)


def seconds(turn: str, count: int) -> float:
    """The processor time of the first call, capture included."""
    import paddle

    import paddlefx
    from tests.support.container_loops import loop

    compiled = paddlefx.optimize(loop(turn), backend="eager")
    given: Tuple[Any, ...] = ([], {}, collections.deque())
    x = paddle.ones([2])
    start = time.process_time()
    compiled(x, count, *given)
    return time.process_time() - start


def main() -> None:
    """Measure and print the table."""
    from tests.support.container_loops import TURNS

    seconds("out.append(i)", 10)
    rows: Dict[str, List[float]] = {}
    for name, turn in TURNS.items():
        rows[name] = [1e6 * seconds(turn, count) / count for count in COUNTS]
    print("| microseconds a turn | " + " | ".join(map(str, COUNTS)) + " |")
    print("|---" * (len(COUNTS) + 1) + "|")
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(f"{one:.0f}" for one in row) + " |")


if __name__ == "__main__":
    main()
