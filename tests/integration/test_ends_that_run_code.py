"""The end of an object may run code: ``__del__``, a generator's ``finally``.

What comes behind, in the same function, sees what that did, as in the plain program.
"""

from __future__ import annotations

import gc

import paddle
import pytest

import paddlefx

LOG = []
KEPT = None


class Mortal:
    def __init__(self, name="m"):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


class Box:
    pass


class Slots:
    __slots__ = ("m",)


def values(name):
    try:
        yield 1
    finally:
        LOG.append(name)


@paddlefx.disable
def started(name="g"):
    made = values(name)
    next(made)
    return made


def told():
    print(end="")
    return list(LOG)


def takes(mortal, x):
    return x + 1


def makes(x):
    held = Mortal()  # noqa: F841
    return x + 1


def deleted(x):
    a = Mortal()
    y = x + 1
    del a
    return y, len(LOG)


def rebound(x):
    a = Mortal()
    y = x + 1
    a = None
    n = len(LOG)
    return y + n, n


def rebound_in_a_loop(x):
    ns = []
    for i in range(3):
        a = Mortal(i)
        x = x + len(LOG)
        ns.append(list(LOG))
    return x, ns


def not_stored(x):
    Mortal("p")
    y = x + 1
    return y, len(LOG)


def argument(x):
    y = takes(Mortal(), x)
    return y, len(LOG)


def local_of_a_callee(x):
    y = makes(x)
    return y, len(LOG)


def locals_of_callees(x):
    y = makes(x)
    n = len(LOG)
    z = makes(y)
    return z, n, len(LOG)


def held_by_a_list(x):
    d = [Mortal("l"), 2]
    y = x + 1
    del d
    return y, len(LOG)


def held_by_a_dict(x):
    d = {"a": Mortal("d")}
    y = x + 1
    d = 3
    return y, len(LOG)


def held_by_an_object(x):
    b = Box()
    b.m = Mortal("b")
    y = x + 1
    del b
    return y, len(LOG)


def held_twice(x):
    a = Mortal("1")
    b = Mortal("2")
    y = x + 1
    d = [a, b]
    del a, b
    n = len(LOG)
    d.pop(0)
    n2 = list(LOG)
    d.clear()
    return y, n, n2, list(LOG)


def attributes(x, box):
    box.m = Mortal("a")
    y = x + 1
    box.m = None
    n = len(LOG)
    box.m = Mortal("c")
    y = y * 2
    del box.m
    return y, n, len(LOG)


def items_of_a_dict(x, d):
    d["k"] = Mortal("i")
    y = x + 1
    d["k"] = 0
    n = len(LOG)
    d["k"] = Mortal("j")
    y = y + 1
    d.pop("k")
    n2 = len(LOG)
    d["k"] = Mortal("k")
    y = y + 1
    d.clear()
    return y, n, n2, len(LOG)


def items_of_a_list(x, l):
    l.append(Mortal("i"))
    y = x + 1
    l[-1] = 0
    n = len(LOG)
    l.append(Mortal("j"))
    y = y + 1
    l.pop()
    n2 = len(LOG)
    l[:] = [Mortal("k")]
    y = y + 1
    del l[:]
    return y, n, n2, len(LOG)


def generator_deleted(x):
    g = started()
    y = x + 1
    del g
    return y, len(LOG)


def generators_rebound(x):
    g = started()
    y = x + 1
    g = None
    n = len(LOG)
    h = [started("h")]
    y = y * 2
    h = 0
    return y, n, len(LOG)


def in_a_try(x):
    try:
        a = Mortal("t")
        y = x + 1
        del a
        n = len(LOG)
        b = Mortal("u")
        y = y * 2
        b = Mortal("v")
        n2 = len(LOG)
        raise ValueError
    except ValueError:
        return y, n, n2, len(LOG)


def in_a_with(x):
    with paddle.no_grad():
        a = Mortal("w")
        y = x + 1
        del a
        n = len(LOG)
        a = Mortal("w2")
        y = y + 1
        a = 5
        return y, n, len(LOG), a


def in_a_callee(x):
    def inner(z):
        b = Mortal("n")
        z = z + 1
        b = 4
        return z, len(LOG), b

    return inner(x) + (len(LOG),)


def taken_from_a_list(x, d):
    m = d.pop()
    y = x + 1
    del m
    return y, len(LOG)


def in_a_cell(x):
    a = Mortal("c")
    y = x + 1

    def see():
        return a

    b = see()
    del b
    n = len(LOG)
    a = None
    return y, n, len(LOG)


def in_a_global(x):
    global KEPT
    KEPT = Mortal("g")
    y = x + 1
    KEPT = 1
    return y, len(LOG)


def held_by_another_name(x):
    a = Mortal("k")
    y = x + 1
    b = a
    del a
    n = len(LOG)
    y = y + 1
    b = 2
    return y, n, len(LOG), b


def held_by_a_traceback(x):
    def boom(m, x):
        x = x + 1
        raise KeyError(m.name)

    try:
        boom(Mortal("e"), x)
    except KeyError:
        n = len(LOG)
    return x * 2, n


def local_of_a_generator(x):
    def g2():
        m = Mortal("q")
        yield x + 1
        yield x + 2

    out = []
    for v in g2():
        out.append((float(v.sum()), len(LOG)))
    return x, out, len(LOG)


def alive_in_the_last_call(x):
    a = Mortal("tail")
    y = x + 1
    paddle.nn.functional.relu(y)
    return told()


def alive_in_the_last_call_of_several(x):
    a = Mortal("tail")
    y = x + 1
    LOG.append(float(y.sum()))
    return told()


def not_read_again(x):
    a = Mortal("u")
    y = x + 1
    n = told()
    z = y + 1
    return [n, z, told()]


def in_a_loop_with_continue(x):
    out = []
    for k in (1, 2):
        m = Mortal(k)
        x = x * k
        if k == 1:
            continue
        out.append(len(LOG))
    else:
        m = 3
        out.append(len(LOG))
    return x, out, m


def in_slots(x):
    s = Slots()
    s.m = Mortal("s")
    y = x + 1
    s.m = 1
    n = len(LOG)
    s.m = Mortal("s2")
    y = y + 1
    del s.m
    return y, n, len(LOG)


def left_by_a_manager(x):
    class C:
        def __enter__(self):
            self.m = Mortal("cm")
            return self

        def __exit__(self, *a):
            self.m = None

    with C() as c:
        y = x + 1
    n = len(LOG)
    return y, n


def entries_of_a_dict(x, d):
    for k in range(2):
        d[k] = Mortal(k)
        x = x + 1
    del d[0]
    n = len(LOG)
    d.update({1: 0})
    return x, n, len(LOG)


def swapped(x):
    a, b = Mortal("1"), Mortal("2")
    x = x + 1
    a, b = b, a
    a = None
    n = list(LOG)
    x = x + 1
    b = None
    return x, n, list(LOG), a, b


def in_a_comprehension(x):
    r = [Mortal(k).name for k in range(3)]
    n = len(LOG)
    return x + 1, r, n


def of_an_operand(x):
    y = x * len(Mortal("o").name)
    n = len(LOG)
    y = y + (Mortal("p").name == "p")
    return y, n, len(LOG), [Mortal("q"), 2][1], len(LOG)


def in_a_comprehension_of_tensors(x):
    held = {k: [Mortal(k), x * k] for k in (2, 3)}
    y = held[2][1] + held[3][1]
    n = len(LOG)
    held[2] = None
    n2 = len(LOG)
    return y, n, n2, len(held), [m[0].name for m in held.values() if m], len(LOG)


FUNCTIONS = [
    of_an_operand,
    in_a_comprehension_of_tensors,
    deleted,
    rebound,
    rebound_in_a_loop,
    not_stored,
    argument,
    local_of_a_callee,
    locals_of_callees,
    held_by_a_list,
    held_by_a_dict,
    held_by_an_object,
    held_twice,
    attributes,
    items_of_a_dict,
    items_of_a_list,
    generator_deleted,
    generators_rebound,
    in_a_try,
    in_a_with,
    in_a_callee,
    taken_from_a_list,
    in_a_cell,
    in_a_global,
    held_by_another_name,
    held_by_a_traceback,
    local_of_a_generator,
    alive_in_the_last_call,
    alive_in_the_last_call_of_several,
    not_read_again,
    in_a_loop_with_continue,
    in_slots,
    left_by_a_manager,
    entries_of_a_dict,
    swapped,
    in_a_comprehension,
]
OPERANDS = {
    attributes: Box,
    items_of_a_dict: dict,
    items_of_a_list: list,
    taken_from_a_list: lambda: [Mortal("o")],
    entries_of_a_dict: dict,
}


def outcome(function, operand):
    """What it gives, and what has ended when it has returned."""
    LOG.clear()
    given = function(paddle.ones([2]), *([] if operand is None else [operand()]))
    found = [v.tolist() if isinstance(v, paddle.Tensor) else v for v in given]
    return found, list(LOG)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_an_end_does_is_seen_behind_it(function):
    compiled = paddlefx.optimize(function)
    operand = OPERANDS.get(function)
    gc.disable()
    try:
        plain = outcome(function, operand)
        for _ in range(3):
            assert outcome(compiled, operand) == plain
    finally:
        gc.enable()
    assert paddlefx.stats()["fallbacks"] == 0
