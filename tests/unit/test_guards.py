"""Guards: what holds, what doesn't, and that looking runs nobody's code."""

from __future__ import annotations

import builtins
import gc
import math
import resource
import sys
import types
from collections import OrderedDict
from typing import Any, List, NamedTuple, Optional

import pytest
from hypothesis import given, strategies

from paddlefx import _C
from paddlefx.guards import ABSENT, Guard, GuardKind, _typed, compile_guards
from paddlefx.source import (
    AttributeSource,
    CellSource,
    ConstantSource,
    GlobalSource,
    InstanceDictSource,
    ItemSource,
    LocalSource,
    TypeAttributeSource,
    TypeSource,
)
from paddlefx.tensor_meta import TensorMeta

X = LocalSource("x", 0)
NAN = float("nan")
USER = "stands for a User(), which pytest must not touch"


def holds(value: Any, kind: GuardKind, operand: Any, source: Any = X) -> bool:
    """Whether a guard on the one local holds; explain and check must agree."""
    if value is USER:
        value = User()
    program = compile_guards([Guard(source, kind, operand, "user.py", 3)])
    result = program.check((value,), {}, None, None)
    sentence = program.explain((value,), {})
    assert (sentence is None) == result
    assert result or "(user.py:3)" in sentence
    return result


class User:
    """Everything that a careless guard would call raises."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def _refuse(self, *args: Any) -> Any:
        raise AssertionError("a guard ran user code")

    __eq__ = __bool__ = __len__ = __getattr__ = __iter__ = __contains__ = __getitem__ = _refuse
    __repr__ = _refuse
    __hash__ = None  # type: ignore[assignment]


class Plain:
    pass


class MyInt(int):
    pass


class MyList(list):
    __len__ = __getitem__ = __iter__ = User._refuse


class MyDict(dict):
    __len__ = __getitem__ = __iter__ = __contains__ = get = keys = User._refuse


class Slots:
    __slots__ = ("a", "b")


# -- kinds


@pytest.mark.parametrize(
    ("value", "operand", "expected"),
    [
        (1, int, True),
        (True, int, False),
        (MyInt(1), int, False),
        (MyInt(1), MyInt, True),
        (int, type, True),
        (None, type(None), True),
        (USER, User, True),
        (USER, Plain, False),
    ],
)
def test_type(value: Any, operand: type, expected: bool) -> None:
    assert holds(value, GuardKind.TYPE, operand) is expected


def test_is() -> None:
    one, same = User(), [1]
    assert holds(one, GuardKind.IS, one)
    assert not holds(User(), GuardKind.IS, one)
    assert holds(same, GuardKind.IS, same)
    assert not holds([1], GuardKind.IS, same)
    assert holds(None, GuardKind.IS, None)
    assert not holds(0, GuardKind.IS, None)
    assert not holds(1, GuardKind.IS, True)


@pytest.mark.parametrize(
    ("value", "operand", "expected"),
    [
        (1, 1, True),
        (10**30, 10**15 * 10**15, True),
        (1, True, False),
        (True, 1, False),
        (True, True, True),
        (1, 1.0, False),
        (MyInt(1), 1, False),
        (0.0, 0.0, True),
        (0.0, -0.0, False),
        (-0.0, -0.0, True),
        (math.nan, NAN, True),
        (1.5, 2.5, False),
        (1 + 0j, complex(1, -0.0), False),
        (complex(NAN, 0), complex(NAN, 0), True),
        ("a" + "é", "aé", True),
        ("a", "b", False),
        ("a", b"a", False),
        (b"ab", b"ab", True),
        (None, None, True),
        (False, None, False),
        (..., ..., True),
        ((1, (2, "x"), None), (1, (2, "x"), None), True),
        ((1, 2), (1, 2.0), False),
        ((1, 2), (1, 2, 3), False),
        ((0.0,), (-0.0,), False),
        ([1], (1,), False),
        (frozenset({1, 2, "a"}), frozenset({"a", 2, 1}), True),
        (frozenset({1}), frozenset({True}), False),
        (frozenset({1}), frozenset({2}), False),
        (frozenset({1}), {1}, False),
        ({1}, frozenset({1}), False),
        ({1, "a"}, {"a", 1}, True),
        ({1}, {1.0}, False),
        ({1}, {1, 2}, False),
        ([1], [1], None),
        (USER, 1, False),
    ],
)
def test_value(value: Any, operand: Any, expected: Optional[bool]) -> None:
    if expected is None:
        with pytest.raises(TypeError, match="value guard"):
            holds(value, GuardKind.VALUE, operand)
    else:
        assert holds(value, GuardKind.VALUE, operand) is expected


@pytest.mark.parametrize(
    ("value", "length"),
    [
        ([1, 2], 2),
        ((), 0),
        ({1: 2}, 1),
        ({1}, 1),
        (frozenset(), 0),
        ("é", 1),
        (b"ab", 2),
        (bytearray(3), 3),
        (range(4), 4),
        (MyList([1]), 1),
        (MyDict(a=1), 1),
        (OrderedDict(a=1), 1),
    ],
)
def test_length(value: Any, length: int) -> None:
    assert holds(value, GuardKind.LENGTH, length)
    assert not holds(value, GuardKind.LENGTH, length + 1)


def test_length_of_others() -> None:
    assert not holds(User(), GuardKind.LENGTH, 0)
    assert not holds(3, GuardKind.LENGTH, 0)


def test_keys() -> None:
    assert holds({"a": 1, "b": 2}, GuardKind.KEYS, ("a", "b"))
    assert not holds({"b": 1, "a": 2}, GuardKind.KEYS, ("a", "b"))
    assert not holds({"a": 1}, GuardKind.KEYS, ("a", "b"))
    assert not holds({"a": 1, "b": 1, "c": 1}, GuardKind.KEYS, ("a", "b"))
    assert holds({}, GuardKind.KEYS, ())
    assert holds({1: 1, (2, 3): 1}, GuardKind.KEYS, (1, (2, 3)))
    assert not holds({True: 1}, GuardKind.KEYS, (1,))
    assert holds(MyDict(a=1), GuardKind.KEYS, ("a",))
    assert not holds(["a"], GuardKind.KEYS, ("a",))
    assert not holds({User: 1}, GuardKind.KEYS, ("a",))


def test_keys_of_an_ordered_dict() -> None:
    ordered = OrderedDict([("a", 1), ("b", 2), ("c", 3)])
    assert holds(ordered, GuardKind.KEYS, ("a", "b", "c"))
    ordered.move_to_end("a")
    assert holds(ordered, GuardKind.KEYS, ("b", "c", "a"))
    assert not holds(ordered, GuardKind.KEYS, ("a", "b", "c"))
    ordered.move_to_end("c", last=False)
    assert holds(ordered, GuardKind.KEYS, ("c", "b", "a"))
    del ordered["b"]
    ordered["d"] = 1
    assert holds(ordered, GuardKind.KEYS, ("c", "a", "d"))
    assert not holds(ordered, GuardKind.KEYS, ("c", "a"))
    assert holds(OrderedDict(), GuardKind.KEYS, ())


def test_lacks() -> None:
    assert holds({"a": 1}, GuardKind.LACKS, "b")
    assert not holds({"a": 1}, GuardKind.LACKS, "a")
    assert holds({1: 1}, GuardKind.LACKS, 2)
    assert not holds({1: 1}, GuardKind.LACKS, 1)
    assert not holds([], GuardKind.LACKS, "a")
    assert not holds(MyDict(a=1), GuardKind.LACKS, "a")


def test_instance_lacks() -> None:
    source = InstanceDictSource(X)
    inline = Plain()
    inline.a = 1  # type: ignore[attr-defined]
    for value in (inline, User(a=1)):
        assert holds(value, GuardKind.LACKS, "b", source)
        assert not holds(value, GuardKind.LACKS, "a", source)
    assert holds(Plain(), GuardKind.LACKS, "a", source)
    assert holds(3, GuardKind.LACKS, "real", source)  # no dict at all
    assert holds(Slots(), GuardKind.LACKS, "a", source)
    assert not holds(Plain, GuardKind.LACKS, "zz", source)  # types aren't instances here
    del inline.a  # type: ignore[attr-defined]
    assert holds(inline, GuardKind.LACKS, "a", source)
    many = Plain()
    for i in range(100):
        setattr(many, f"n{i}", i)
    assert not holds(many, GuardKind.LACKS, "n77", source)
    assert holds(many, GuardKind.LACKS, "n100", source)


class Meta(type):
    marker = 1


class Base(metaclass=Meta):
    def method(self) -> None: ...


class Derived(Base):
    pass


def test_type_attribute() -> None:
    source = TypeSource(X)
    method = Base.__dict__["method"]
    assert holds(Derived(), GuardKind.TYPE_ATTR, ("method", method), source)
    assert not holds(Plain(), GuardKind.TYPE_ATTR, ("method", method), source)
    assert holds(Plain(), GuardKind.TYPE_ATTR, ("method", ABSENT), source)
    assert not holds(Derived(), GuardKind.TYPE_ATTR, ("method", ABSENT), source)
    assert holds(Derived(), GuardKind.TYPE_ATTR, ("marker", ABSENT), source)
    assert not holds(3, GuardKind.TYPE_ATTR, ("method", method))  # not a type
    assert holds(Derived, GuardKind.IS, method, TypeAttributeSource(X, "method"))
    assert not holds(Plain, GuardKind.IS, method, TypeAttributeSource(X, "method"))

    class Changing(Base):
        pass

    program = compile_guards([Guard(source, GuardKind.TYPE_ATTR, ("method", method))])
    assert program.check((Changing(),), {})
    Changing.method = lambda self: None  # type: ignore[method-assign,assignment]
    assert not program.check((Changing(),), {})
    del Changing.method
    assert program.check((Changing(),), {})


class Dtype:
    """As in pybind: a fresh object at each read, equal by value."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dtype) and other.name == self.name

    __hash__ = None  # type: ignore[assignment]


class Place:
    def __init__(self, name: str) -> None:
        self.name = name

    def _equals(self, other: "Place") -> bool:
        return self.name == other.name


class Tensor:
    def __init__(self, dtype: Any, shape: Any, stop_gradient: Any = True, place: Any = None):
        self.dtype, self.shape, self.stop_gradient, self.place = dtype, shape, stop_gradient, place


def test_tensor() -> None:
    f32 = Dtype("float32")
    meta = TensorMeta((2, 3), f32, True, Place("cpu"))

    def good(**change: Any) -> Tensor:
        fields = {"dtype": Dtype("float32"), "shape": [2, 3], "place": Place("cpu"), **change}
        return Tensor(**fields)

    assert holds(good(), GuardKind.TENSOR, meta)
    assert holds(good(dtype=f32, shape=(2, 3)), GuardKind.TENSOR, meta)
    assert not holds(good(dtype=Dtype("float16")), GuardKind.TENSOR, meta)
    assert not holds(good(dtype="float32"), GuardKind.TENSOR, meta)
    assert not holds(good(shape=[2, 4]), GuardKind.TENSOR, meta)
    assert not holds(good(shape=[2, 3, 1]), GuardKind.TENSOR, meta)
    assert not holds(good(shape=[2, 10**30]), GuardKind.TENSOR, meta)
    assert not holds(good(shape=[2, "3"]), GuardKind.TENSOR, meta)
    assert not holds(good(shape=None), GuardKind.TENSOR, meta)
    assert not holds(good(stop_gradient=False), GuardKind.TENSOR, meta)
    assert not holds(good(place=Place("gpu")), GuardKind.TENSOR, meta)
    assert not holds(Plain(), GuardKind.TENSOR, meta)
    assert holds(good(place=3), GuardKind.TENSOR, meta._replace(place=None))
    assert holds(good(shape=[7, 3]), GuardKind.TENSOR, meta._replace(shape=(-1, 3)))
    assert not holds(good(shape=[3]), GuardKind.TENSOR, meta._replace(shape=(-1, 3)))
    scalar = TensorMeta((), f32, True)
    assert holds(good(shape=[]), GuardKind.TENSOR, scalar)
    assert not holds(good(shape=[1]), GuardKind.TENSOR, scalar)


def test_tensor_sentence() -> None:
    meta = TensorMeta((2, -1), "paddle.float32", False)
    program = compile_guards([Guard(X, GuardKind.TENSOR, meta, "user.py", 7)])
    sentence = program.explain((Tensor("paddle.float16", [2, 3], False, "Place(cpu)"),), {})
    assert sentence == (
        "x has to be a tensor float32[2, ?] with stop_gradient=False, "
        "but it is float16[2, 3] with stop_gradient=False on Place(cpu) (user.py:7)"
    )


# -- sources


class Descriptors:
    plain = "class"
    both = "class"

    def method(self) -> None: ...

    @property
    def prop(self) -> int:
        raise AssertionError("a guard ran a property")

    @staticmethod
    def static() -> None: ...

    class Lazy:
        def __get__(self, instance: Any, owner: Any) -> Any:
            raise AssertionError("a guard ran a descriptor")

    lazy = Lazy()

    def __getattr__(self, name: str) -> Any:
        raise AssertionError("a guard ran __getattr__")


def test_attributes() -> None:
    value = Descriptors()
    value.own = 3  # type: ignore[attr-defined]
    value.both = "own"

    def attribute(name: str, kind: GuardKind, operand: Any, of: Any = value) -> bool:
        return holds(of, kind, operand, AttributeSource(X, name))

    assert attribute("own", GuardKind.VALUE, 3)
    assert attribute("both", GuardKind.VALUE, "own")
    assert attribute("plain", GuardKind.VALUE, "class")
    assert attribute("method", GuardKind.TYPE, types.MethodType)
    assert attribute("static", GuardKind.IS, Descriptors.static)
    assert attribute("__class__", GuardKind.IS, Descriptors)
    assert not attribute("prop", GuardKind.VALUE, 3)
    assert not attribute("missing", GuardKind.VALUE, 3)
    assert not attribute("lazy", GuardKind.TYPE, Descriptors.Lazy)
    value.__dict__["lazy"] = 4  # a descriptor without __set__: the instance comes first
    assert attribute("lazy", GuardKind.VALUE, 4)
    value.__dict__["prop"] = 4
    assert not attribute("prop", GuardKind.VALUE, 4)
    slots = Slots()
    assert not attribute("a", GuardKind.VALUE, 1, slots)
    slots.a = 1
    assert attribute("a", GuardKind.VALUE, 1, slots)
    assert attribute("real", GuardKind.VALUE, 3, 3)  # a getset descriptor of C
    assert attribute("floor", GuardKind.IS, math.floor, math)
    assert not attribute("floors", GuardKind.IS, math.floor, math)


def test_items() -> None:
    def item(value: Any, key: Any, expected: Any) -> bool:
        return holds(value, GuardKind.VALUE, expected, ItemSource(X, key))

    assert item([1, 2], 1, 2) and item((1, 2), -2, 1)
    assert not item([1, 2], 2, 3) and not item([1, 2], -3, 1) and not item((), 0, 0)
    assert item({"a": 1}, "a", 1) and item({1: 2}, 1, 2) and item({(1, 2): 3}, (1, 2), 3)
    assert not item({"a": 1}, "b", 1) and not item({"a": 1}, 0, 1) and not item({1: 2}, "a", 2)
    assert item(MyDict(a=1), "a", 1) and item(MyList([5]), 0, 5)
    assert not item(User(), 0, 1) and not item("ab", 0, "a") and not item([1], "a", 1)
    assert not item([1], 10**30, 1)
    assert item({None: 1, Plain: 2}, None, 1)


def test_keys_that_would_run_python_are_not_touched() -> None:
    class Same:
        def __hash__(self) -> int:
            return hash("a")

        def __eq__(self, other: object) -> bool:
            raise AssertionError("a guard compared a user's key")

    colliding = {Same(): 1, 5: 2}
    assert not holds(colliding, GuardKind.VALUE, 1, ItemSource(X, "a"))
    assert not holds(colliding, GuardKind.VALUE, 2, ItemSource(X, 5))  # a miss, not a crash
    assert holds({(1, Plain): 1, 5: 2}, GuardKind.VALUE, 2, ItemSource(X, 5))
    assert not holds({(1, Same()): 1, 5: 2}, GuardKind.VALUE, 2, ItemSource(X, 5))
    with pytest.raises(TypeError, match="key of type"):
        compile_guards([Guard(ItemSource(X, Same()), GuardKind.VALUE, 1)])
    assert holds({Plain: 3}, GuardKind.VALUE, 3, ItemSource(X, Plain))


def test_globals_builtins_cells_constants() -> None:
    names = {"a": 1}
    cell = types.CellType(5)
    guards = [
        Guard(GlobalSource("a"), GuardKind.VALUE, 1),
        Guard(GlobalSource("len"), GuardKind.IS, len),
        Guard(CellSource("c", 1), GuardKind.VALUE, 5),
        Guard(ItemSource(ConstantSource(names, "names"), "a"), GuardKind.VALUE, 1),
        Guard(TypeSource(X), GuardKind.IS, int),
    ]
    program = compile_guards(guards)
    empty = types.CellType()

    def check(names: Any = names, closure: Any = (empty, cell), value: Any = 3) -> bool:
        return program.check((value,), names, vars(builtins), closure)

    assert check()
    assert program.check((3,), names, None, (empty, cell))
    assert check({"a": 1, "__builtins__": {}})
    assert not program.check((3,), {"a": 1, "__builtins__": {}}, None, (empty, cell))
    assert not check({"a": 2})
    assert not check({})
    assert not check({"a": 1, "len": 3})
    assert not check(closure=(empty, empty))
    assert not check(closure=(cell,))
    assert not check(closure=None)
    assert not check(value=True)
    names["a"] = 2
    assert not check({"a": 1})
    assert "names['a'] has to be 1, but it is 2" in str(
        program.explain((3,), {"a": 1}, None, (empty, cell))
    )


def test_unbound_locals() -> None:
    program = compile_guards([Guard(X, GuardKind.TYPE, int)])
    assert not program.check((_C.UNBOUND,), {})
    assert not program.check((), {})
    assert program.explain((), {}) == "x has to be of type int, but it is not there"


def test_sources_that_look_alike_are_not_the_same() -> None:
    guards = [
        Guard(LocalSource("x", 0), GuardKind.VALUE, 1),
        Guard(CellSource("x", 0), GuardKind.VALUE, 2),
        Guard(ItemSource(LocalSource("y", 1), 1), GuardKind.VALUE, "one"),
        Guard(ItemSource(LocalSource("y", 1), 1.0), GuardKind.VALUE, "one"),
    ]
    program = compile_guards(guards)
    assert program.check((1, {1: "one"}), {}, None, (types.CellType(2),))
    assert not program.check((1, {1: "one"}), {}, None, (types.CellType(1),))
    assert len(program.texts) == 4


def test_an_instance_keeps_its_inline_values() -> None:
    value = Plain()
    value.a = 1  # type: ignore[attr-defined]
    program = compile_guards(
        [
            Guard(InstanceDictSource(X), GuardKind.LACKS, "b"),
            Guard(ItemSource(InstanceDictSource(X), "a"), GuardKind.VALUE, 1),
            Guard(AttributeSource(X, "a"), GuardKind.VALUE, 1),
        ]
    )
    size = _size(value)
    assert program.check((value,), {})
    assert _size(value) == size
    assert holds(value, GuardKind.KEYS, ("a",), InstanceDictSource(X))
    assert not holds(Slots(), GuardKind.KEYS, (), InstanceDictSource(X))


def _size(value: Any) -> int:
    """The number of objects an instance owns, without making its dict."""
    return len(gc.get_referents(value))


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
