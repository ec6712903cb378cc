"""Guards: what holds, what doesn't, and that looking runs nobody's code."""

from __future__ import annotations

import array
import builtins
import gc
import math
import types
from collections import OrderedDict
from typing import Any, Optional

import pytest

from paddlefx import _C
from paddlefx.guards import ABSENT, Guard, GuardKind, compile_guards
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
from tests.support.guarded import (
    NAN,
    USER,
    Dtype,
    MyDict,
    MyInt,
    MyList,
    Place,
    Plain,
    Slots,
    Tensor,
    User,
    X,
    holds,
)

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


def test_the_table_of_a_set():
    shrunk = set(range(100))
    shrunk -= set(range(3, 100))
    assert holds({0, 8}, GuardKind.TABLE, {0, 8}) and holds(set(), GuardKind.TABLE, set())
    assert not holds({0, 8}, GuardKind.TABLE, {8, 0})
    assert not holds({0, 8}, GuardKind.TABLE, frozenset([0, 8]))
    assert not holds({0, 1, 2}, GuardKind.TABLE, shrunk)  # as long, in the same order
    assert not holds({0, True, 2}, GuardKind.TABLE, {0, 1, 2})
    assert not holds([0, 8], GuardKind.TABLE, {0, 8})


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


def test_sets_of_nans() -> None:
    other = float("nan")  # its hash is its own
    assert holds(frozenset({(1, NAN)}), GuardKind.VALUE, frozenset({(1, other)}))
    assert not holds(frozenset({-NAN}), GuardKind.VALUE, frozenset({other}))  # another sign bit


@pytest.mark.parametrize("kind", [set, frozenset])
def test_the_order_of_a_set(kind):
    def of(*items):
        made = set()
        for item in items:
            made.add(item)
        return kind(made)

    first = of(0, 8)
    guards = compile_guards([Guard(LocalSource("x", 0), GuardKind.KEYS, tuple(first))])
    assert guards.check((first,), {})
    for other in (of(0), of(0, 8, 16), of(0, 8.0), {0: 1, 8: 1}.keys(), [0, 8], None):
        assert not guards.check((other,), {})
    swapped = of(8, 0)
    assert guards.check((swapped,), {}) is (tuple(swapped) == tuple(first))
    text = guards.explain((of(0),), {})
    assert text is not None and "[0]" in text


# -- arrays


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (array.array("d", [1.0, 2.0]), True),
        (array.array("d", [1.0, 3.0]), False),
        (array.array("d", [1.0]), False),
        (array.array("f", [1.0, 2.0]), False),
        (memoryview(array.array("d", [1.0, 2.0])), False),
        (bytes(array.array("d", [1.0, 2.0])), False),
        ([1.0, 2.0], False),
        (None, False),
    ],
)
def test_buffer(value: Any, expected: bool) -> None:
    assert holds(value, GuardKind.BUFFER, array.array("d", [1.0, 2.0])) is expected


def test_buffer_layout() -> None:
    rows = memoryview(bytes(range(6)))
    one, two = rows.cast("B", [2, 3]), rows.cast("B", [3, 2])
    assert holds(memoryview(bytes(range(6))).cast("B", [2, 3]), GuardKind.BUFFER, one)
    assert not holds(two, GuardKind.BUFFER, one)
    assert not holds(memoryview(bytearray(range(6))).cast("B", [2, 3]), GuardKind.BUFFER, one)
    assert not holds(memoryview(bytes(range(12)))[::2], GuardKind.BUFFER, one)


def test_buffer_needs_one_to_compare_with() -> None:
    with pytest.raises(TypeError, match="buffer guard"):
        compile_guards([Guard(X, GuardKind.BUFFER, 1)])
