"""Breaks inside ``__exit__`` in a loop: the scope of a ``with`` is entered in two ways.

A resume function enters it from its prologue, the loop by an exception in the next iteration.
"""

from __future__ import annotations

import warnings
from typing import Any, List

import paddle

import paddlefx
from paddlefx.opcodes import table_for


class Suppresses:
    """Its ``__exit__`` breaks the graph."""

    def __init__(self, x: Any) -> None:
        self.x = x
        self.total = 0

    def __enter__(self) -> Suppresses:
        return self

    def __exit__(self, *error: Any) -> bool:
        self.total = int(self.x.sum())
        return True


def fails(x: Any, log: List[int]) -> None:
    log.append(int(x.sum()))
    raise KeyError


def over_with(x: Any, log: List[int]) -> Any:
    for _ in range(3):
        with Suppresses(x) as manager:
            if int(x.sum()) != 4:
                fails(x, log)
            x = x * 2
        x = x * manager.total
    return x


def test_exit_breaks_in_a_loop() -> None:
    compiled = paddlefx.optimize(over_with)
    for start in (1.0, 2.0, 1.0):
        x = paddle.full([2], start)
        plain_log: List[int] = []
        log: List[int] = []
        plain = over_with(x, plain_log)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            out = compiled(x, log)
        assert out.tolist() == plain.tolist()
        assert log == plain_log
        faults = [str(one.message) for one in told if "EmitError" in str(one.message)]
        if "WITH_CLEANUP_START" in table_for():
            # 3.8 can't enter the scope behind the call of __exit__: the frame runs as plain.
            faults = [one for one in faults if "the result of __exit__" not in one]
        assert not faults
