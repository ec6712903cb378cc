"""Each handler leaves as many values on the stack as ``ir/effects.py`` says."""

from __future__ import annotations

import contextlib

import paddle
import pytest

import paddlefx
from paddlefx.executor import machine
from paddlefx.ir.effects import effect
from paddlefx.ir.instr import Op
from tests.integration import (
    control_programs,
    test_control_exceptions,
    test_control_match,
    test_control_with,
    test_language,
)

PROGRAMS = [
    *test_language.ONE_GRAPH,
    *test_control_with.ONE_GRAPH,
    *test_control_exceptions.FUNCTIONS,
    *(lambda x, f=f: f(x, []) for f in control_programs.PROGRAMS),
    *(
        lambda x, f=test_control_match.FUNCTIONS.get(name), subject=subject: f and f(x, subject)
        for name, subjects in test_control_match.SUBJECTS.items()
        for subject in subjects
    ),
]

#: What leads elsewhere, or leaves the frame, has other effects there.
APART = {Op.FOR_ITER, Op.YIELD_FROM, Op.RETURN, Op.YIELD}


def counted(op, handler, seen, wrong):
    def handle(executor, frame, arg):
        seen.add(op)
        before = len(frame.stack)
        value = handler(executor, frame, arg)
        change = effect(op, arg)
        if op not in APART and len(frame.stack) - before != change.pushes - change.pops:
            wrong.add(op)
        return value

    return handle


def test_handlers_keep_to_the_effects(monkeypatch: pytest.MonkeyPatch):
    seen, wrong = set(), set()
    table = {op: counted(op, handler, seen, wrong) for op, handler in machine.HANDLERS.items()}
    monkeypatch.setattr(machine, "HANDLERS", table)
    for program in PROGRAMS:
        with contextlib.redirect_stdout(None), contextlib.suppress(BaseException):
            paddlefx.optimize(program)(paddle.arange(16, dtype="float32").reshape([4, 4]) + 1)
    assert not wrong
    assert {Op.CALL, Op.RAISE, Op.WITH_ENTER, Op.WITH_EXCEPT_START, Op.CHECK_EXC_MATCH} <= seen
    if test_control_match.FUNCTIONS:
        assert {Op.MATCH_KEYS, Op.MATCH_CLASS, Op.MATCH_SEQUENCE, Op.GET_LEN} <= seen
