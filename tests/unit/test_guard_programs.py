"""Guard programs: how guards are merged and ordered, what they say, how they end."""

from __future__ import annotations

import gc
import resource
import sys
from typing import Any, List, NamedTuple

import pytest
from hypothesis import example, given, strategies

from paddlefx import _C
from paddlefx.guards import Guard, GuardKind, _typed, compile_guards
from paddlefx.source import (
    AttributeSource,
    ConstantSource,
    InstanceDictSource,
    ItemSource,
    LocalSource,
    TypeSource,
)
from paddlefx.tensor_meta import TensorMeta
from tests.support.guarded import (
    NAN,
    Dtype,
    Place,
    Plain,
    User,
    X,
    holds,
)

# -- programs


def test_guards_are_merged_and_ordered() -> None:
    deep = ItemSource(AttributeSource(X, "a"), 0)
    guards = [
        Guard(deep, GuardKind.VALUE, 1),
        Guard(X, GuardKind.TENSOR, TensorMeta((1,), None, True)),
        Guard(AttributeSource(X, "a"), GuardKind.LENGTH, 1),
        Guard(X, GuardKind.TYPE, Plain),
        Guard(deep, GuardKind.VALUE, 1),
        Guard(deep, GuardKind.VALUE, True),
        Guard(LocalSource("y", 1), GuardKind.TYPE, int),
    ]
    program = compile_guards(guards)
    assert program.size == 2 + 6  # x.a and x.a[0] are loaded once, locals where they are read
    kinds = [(text.source, text.kind) for text in program.texts]
    assert kinds[:2] == [("x", GuardKind.TYPE), ("y", GuardKind.TYPE)]
    assert kinds.index(("x", GuardKind.TENSOR)) < kinds.index(("x.a", GuardKind.LENGTH))
    assert kinds.index(("x.a", GuardKind.LENGTH)) < kinds.index(("x.a[0]", GuardKind.VALUE))
    assert str(program.texts[0]).startswith("x: of type ")


def test_no_guards_hold() -> None:
    assert compile_guards([]).check((), {})


def test_a_lost_path_is_named() -> None:
    source = ItemSource(AttributeSource(X, "a"), "k")
    program = compile_guards([Guard(source, GuardKind.VALUE, 1, "user.py", 9)])
    assert program.explain((Plain(),), {}) == (
        "x.a is not there any more (x.a['k'] has to be 1) (user.py:9)"
    )


def test_many_registers() -> None:
    guards = [Guard(ItemSource(X, i), GuardKind.VALUE, i) for i in range(500)]
    program = compile_guards(guards)
    values = list(range(500))
    assert program.check((values,), {})
    values[499] = 0
    assert not program.check((values,), {})
    assert sys.getrefcount(values) == 2


@pytest.mark.parametrize(
    "step",
    [
        ("NO_SUCH", 0, -1, None, None),
        ("LOAD_LOCAL", 1, -1, 0, None),
        ("LOAD_LOCAL", 0, 0, 0, None),
        ("LOAD_LOCAL", 0, -1, -1, None),
        ("CHECK_TYPE", -1, 0, int, None),
        ("LOAD_LOCAL", 0, -1),
        "CHECK_TYPE",
    ],
)
def test_malformed_programs_are_refused(step: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        _C.GuardProgram((step,))


def test_bad_operands_are_refused() -> None:
    class Loose(NamedTuple):
        shape: Any
        dtype: Any
        stop_gradient: Any
        place: Any = None

    for kind, operand in [
        (GuardKind.TYPE, 3),
        (GuardKind.VALUE, [1]),
        (GuardKind.LENGTH, "a"),
        (GuardKind.LENGTH, -1),
        (GuardKind.KEYS, ["a"]),
        (GuardKind.LACKS, []),
        (GuardKind.TENSOR, Loose(3, None, True)),
        (GuardKind.TENSOR, Loose((1,), None, 1)),
        (GuardKind.TYPE_ATTR, (3, None)),
    ]:
        with pytest.raises((TypeError, ValueError)):
            compile_guards([Guard(X, kind, operand)])
    with pytest.raises(TypeError, match="not a source"):
        compile_guards([Guard(3, GuardKind.VALUE, 1)])  # type: ignore[arg-type]


# -- life


def test_users_objects_are_held_weakly() -> None:
    for kind in (GuardKind.IS, GuardKind.TYPE):

        class Mine:
            pass

        value: Any = Mine() if kind is GuardKind.IS else Mine
        dead: List[Any] = []
        program = compile_guards([Guard(X, kind, value)], dead.append)
        assert program.check((value if kind is GuardKind.IS else value(),), {})
        assert not program.dead
        del value, Mine
        gc.collect()
        assert program.dead and dead == [program]
        assert not program.check((3,), {})
        assert program.explain((3,), {}) == "an object that the guards depend on is gone"


def test_constant_sources_are_held_weakly_where_possible() -> None:
    holder: Any = Plain()
    holder.a = 1
    program = compile_guards(
        [Guard(AttributeSource(ConstantSource(holder, "holder"), "a"), GuardKind.VALUE, 1)]
    )
    assert program.check((), {})
    del holder
    gc.collect()
    assert program.dead and not program.check((), {})


def test_a_program_goes_with_its_cycle() -> None:
    class Mine:
        pass

    value: Any = Mine()
    program = compile_guards([Guard(X, GuardKind.IS, value)], lambda program: None)
    value.program = program
    program.on_dead = lambda program, keep=program: None
    import weakref

    gone = weakref.ref(program), weakref.ref(value)
    del program, value
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


def test_on_dead_may_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: List[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda info: seen.append(info.exc_type))

    def fail(program: Any) -> None:
        raise KeyError

    value: Any = Plain()
    program = compile_guards([Guard(X, GuardKind.IS, value)], fail)
    del value
    assert seen == [KeyError] and program.dead


def test_programs_leave_nothing() -> None:
    meta = TensorMeta((1, 2), Dtype("a"), True, Place("b"))
    guards = [
        Guard(X, GuardKind.TYPE, Plain),
        Guard(X, GuardKind.TENSOR, meta),
        Guard(ItemSource(X, (1, "a")), GuardKind.VALUE, (1, frozenset({2}))),
        Guard(InstanceDictSource(X), GuardKind.LACKS, "zz"),
        Guard(TypeSource(X), GuardKind.TYPE_ATTR, ("a", User)),
    ]

    def run(n: int) -> None:
        for _ in range(n):
            compile_guards(guards, print)
            with pytest.raises(TypeError):
                compile_guards([*guards, Guard(X, GuardKind.VALUE, [])])

    run(500)
    before = [sys.getrefcount(item) for item in (Plain, User, meta, meta.dtype, print)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run(3000)
    assert before == [sys.getrefcount(item) for item in (Plain, User, meta, meta.dtype, print)]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 1000


CONSTANTS = strategies.recursive(
    strategies.sampled_from([None, True, False, ..., 0, 1, 0.0, -0.0, 1.0, NAN, 1j, "", "a", b"a"])
    | strategies.integers()
    | strategies.floats()
    | strategies.text(max_size=2),
    lambda inner: strategies.tuples(inner, inner) | strategies.frozensets(inner, max_size=3),
    max_leaves=6,
)


@example(frozenset([float("nan")]), frozenset([float("nan"), float("nan")]))
@given(CONSTANTS, CONSTANTS)
def test_value_means_same_type_and_bits(one: Any, other: Any) -> None:
    assert holds(one, GuardKind.VALUE, one)
    assert holds(one, GuardKind.VALUE, other) == (_typed(one) == _typed(other))


def test_checking_keeps_no_references() -> None:
    value: Any = Plain()
    value.a = {"k": [object(), object()]}
    source = ItemSource(ItemSource(AttributeSource(X, "a"), "k"), 0)
    program = compile_guards(
        [
            Guard(source, GuardKind.TYPE, object),
            Guard(InstanceDictSource(X), GuardKind.LACKS, "zz"),
            Guard(AttributeSource(X, "__class__"), GuardKind.IS, Plain),
            Guard(ItemSource(InstanceDictSource(X), "a"), GuardKind.LENGTH, 1),
            Guard(AttributeSource(X, "gone"), GuardKind.LENGTH, 1),
        ]
    )
    watched = [value, value.a, value.a["k"], value.a["k"][0], Plain]
    before = [sys.getrefcount(item) for item in watched]
    for _ in range(10_000):
        assert not program.check((value,), {})
    program.explain((value,), {})
    assert before == [sys.getrefcount(item) for item in watched]
