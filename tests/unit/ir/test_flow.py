"""Reachability, depths, liveness and definite assignment."""

from __future__ import annotations

from paddlefx.decode import decode
from paddlefx.ir.flow import (
    State,
    definitely_assigned,
    label_index,
    live_locals,
    parameter_count,
    reachable,
    stack_depths,
    successors,
)
from paddlefx.ir.instr import Handler, Instr, Label, Op
from paddlefx.ir.program import Program
from paddlefx.opcodes import table_for


def program(*items, **fields):
    return Program(list(items), "f", "f", flags=0x3, **fields)


def test_depths_and_scopes():
    caught, end = Label(), Label()
    handler = Handler(caught, 1, 0)
    p = program(
        Instr(Op.LOAD_CONST, 1),  # 0
        Instr(Op.LOAD_GLOBAL, "g", handler),  # 1
        Instr(Op.JUMP, end),  # 2
        caught,  # 3
        Instr(Op.ENTER_HANDLER),  # 4
        Instr(Op.POP_EXCEPT),  # 5
        end,  # 6
        Instr(Op.POP),  # 7
        Instr(Op.RETURN),  # 8
        Instr(Op.RETURN),  # 9, never
    )
    states = stack_depths(p)
    assert states[2] == State(2)
    assert states[4] == State(2)
    assert states[5] == State(2, (None,))
    assert states[8] == State(1)
    assert 9 not in states
    assert reachable(p) == [True] * 9 + [False]
    labels = label_index(p.items)
    assert successors(p.items, 2, labels) == [6]
    assert successors(p.items, 3, labels) == [4]
    assert successors(p.items, 8, labels) == []


def test_for_iter_has_two_depths():
    def f(xs):
        for x in xs:
            g(x)  # noqa: F821

    p = decode(f.__code__, table_for())
    states = stack_depths(p)
    labels = label_index(p.items)
    index = next(i for i, item in enumerate(p.items) if getattr(item, "op", 0) is Op.FOR_ITER)
    inside, end = successors(p.items, index, labels)
    assert states[index].depth == 1
    assert states[inside].depth == 2
    assert states[end].depth == 0


def test_liveness():
    def f(a, b, c):
        d = a + b
        while c:
            a = d
            c = a - 1
        return b

    p = decode(f.__code__, table_for())
    live = live_locals(p)
    assert live[0] == {"a", "b", "c"}
    store = next(i for i, item in enumerate(p.items) if getattr(item, "arg", 0) == "d")
    assert live[store] == {"b", "c"}
    assert live[store + 1] == {"b", "c", "d"}
    last = max(live)
    assert live[last] == frozenset()


def test_a_handler_keeps_locals_alive():
    def f(x, y):
        try:
            x = g()  # noqa: F821
            y = g()  # noqa: F821
        except Exception:
            return x
        return y

    p = decode(f.__code__, table_for())
    live = live_locals(p)
    first_call = next(i for i, item in enumerate(p.items) if getattr(item, "op", 0) is Op.CALL)
    assert live[first_call] == {"x"}


def test_save_local_reads_and_restore_gives_back():
    p = program(
        Instr(Op.LOAD_CONST, None),
        Instr(Op.SAVE_LOCAL, "x"),
        Instr(Op.STORE_LOCAL, "x"),
        Instr(Op.RESTORE_LOCAL, "x"),
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.RETURN),
        argcount=1,
        varnames=("x",),
    )
    live = live_locals(p)
    assert live[0] == live[1] == {"x"}
    assert definitely_assigned(p)[2] == frozenset()
    assert definitely_assigned(p)[3] == {"x"}


def test_save_cell_opens_a_scope_and_takes_the_cell():
    p = program(
        Instr(Op.LOAD_LOCAL, "cell"),
        Instr(Op.SAVE_CELL, "x"),
        Instr(Op.RESTORE_LOCAL, "x"),
        Instr(Op.LOAD_CONST, None),
        Instr(Op.RETURN),
        argcount=1,
        varnames=("cell",),
        freevars=("x",),
    )
    before = stack_depths(p)
    assert before[1] == State(1, ())
    assert before[2] == State(0, ("x",))
    assert before[3] == State(0, ())


def test_definite_assignment():
    def f(a, *rest, k=1, **more):
        if a:
            b = 1
        else:
            b = 2
            c = 3
        del a
        return b, c

    p = decode(f.__code__, table_for())
    assert parameter_count(p) == 4
    bound = definitely_assigned(p)
    assert bound[0] == {"a", "rest", "k", "more"}
    assert "b" in bound[max(bound)] and "a" not in bound[max(bound)]
    load_c = next(
        i
        for i, item in enumerate(p.items)
        if getattr(item, "op", 0) is Op.LOAD_LOCAL and item.arg == "c"
    )
    assert "c" not in bound[load_c]
    assert "c" in bound[load_c + 1]


def test_a_loop_takes_the_meet():
    def f(n):
        while n:
            if n > 1:
                x = 1
            n -= 1
        return x

    p = decode(f.__code__, table_for())
    bound = definitely_assigned(p)
    loads = [
        i
        for i, item in enumerate(p.items)
        if getattr(item, "op", 0) is Op.LOAD_LOCAL and item.arg == "x"
    ]
    assert loads and all("x" not in bound[i] for i in loads)
