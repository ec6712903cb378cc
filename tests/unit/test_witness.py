"""Witnesses: guards that held aren't run again as long as nothing is written to what they saw."""

from __future__ import annotations

import gc
import random
import types
from collections import OrderedDict
from typing import Any, Callable, Dict, Iterator, List, Tuple

import pytest

from paddlefx import _C
from paddlefx.guards import ABSENT, Guard, GuardKind, GuardProgram, compile_guards
from paddlefx.source import (
    AttributeSource,
    CellObjectSource,
    CellSource,
    ConstantSource,
    GlobalSource,
    InstanceDictSource,
    ItemSource,
    LocalSource,
    TypeAttributeSource,
    TypeSource,
)
from tests.support.guarded import Plain

Scope = Tuple[Tuple[Any, ...], Dict[str, Any], Dict[str, Any], Tuple[Any, ...]]


def agree(program: GuardProgram, scope: Scope) -> bool:
    """What ``check`` says, which may ask a witness, and ``failure``, which never does."""
    expected = program.failure(*scope) is None
    for _ in range(6):
        assert program.check(*scope) is expected
    return expected


def witnessed(guards: List[Guard], scope: Scope) -> GuardProgram:
    """A program that has a witness."""
    program = compile_guards(guards)
    assert program.witnessed == 0
    assert agree(program, scope), program.explain(*scope)
    return program


class Base:
    inherited = 1


class Owner(Base):
    shared = 2

    def __init__(self) -> None:
        self.a, self.b = 1.5, 2.5

    def method(self) -> None: ...


class World:
    """Everything that facts are about, new for each test."""

    def __init__(self) -> None:
        def function(x: int = 1, *, y: int = 2) -> Any:
            return self

        def other(x: int = 3, *, y: int = 4) -> Any:
            return self, x

        self.function, self.other = function, other
        self.base = type("Base", (), {"inherited": 1})
        self.type = type("Owner", (self.base,), {"shared": 2, "__init__": Owner.__init__})
        self.object = self.type()
        self.kept = types.SimpleNamespace(value=1)
        self.list = [1, 2.5, self.kept]
        self.tuple = (1, "a", 2.5)
        self.ordered = OrderedDict(a=1, b=2)
        self.globals: Dict[str, Any] = {
            "number": 1000.5,
            "text": "x" * 30,
            "function": function,
            "object": self.object,
            "list": self.list,
            "tuple": self.tuple,
            "dict": {"a": 1, "b": (1, 2)},
            "ordered": self.ordered,
        }
        self.builtins: Dict[str, Any] = {"len": len, "sum": sum}
        self.cell = types.CellType(self.object)
        self.locals: Tuple[Any, ...] = (7,)

    @property
    def scope(self) -> Scope:
        return self.locals, self.globals, self.builtins, (self.cell,)

    def guards(self) -> List[Guard]:
        IS, VALUE, TYPE, LENGTH = (  # noqa: N806
            GuardKind.IS,
            GuardKind.VALUE,
            GuardKind.TYPE,
            GuardKind.LENGTH,
        )
        module = ConstantSource(self.globals, "module")
        function, kind = ConstantSource(self.function, "f"), ConstantSource(self.type, "T")
        instance, cell = GlobalSource("object"), CellSource("cell", 0)
        attributes = InstanceDictSource(instance)
        mapping, ordered = GlobalSource("dict"), GlobalSource("ordered")
        return [
            Guard(LocalSource("x", 0), VALUE, 7),
            Guard(GlobalSource("number"), VALUE, 1000.5),
            Guard(GlobalSource("len"), IS, len),
            Guard(ItemSource(module, "text"), VALUE, "x" * 30),
            Guard(ItemSource(module, "function"), IS, self.function),
            Guard(module, GuardKind.LACKS, "absent"),
            Guard(AttributeSource(function, "__code__"), IS, self.function.__code__),
            Guard(AttributeSource(function, "__defaults__"), LENGTH, 1),
            Guard(ItemSource(AttributeSource(function, "__defaults__"), 0), VALUE, 1),
            Guard(ItemSource(AttributeSource(function, "__kwdefaults__"), "y"), VALUE, 2),
            Guard(
                AttributeSource(
                    ItemSource(AttributeSource(function, "__closure__"), 0), "cell_contents"
                ),
                IS,
                self,
            ),
            Guard(instance, TYPE, self.type),
            Guard(TypeSource(instance), IS, self.type),
            Guard(ItemSource(attributes, "a"), VALUE, 1.5),
            Guard(attributes, GuardKind.LACKS, "shared"),
            Guard(attributes, GuardKind.LACKS, "never"),
            Guard(kind, GuardKind.TYPE_ATTR, ("shared", 2)),
            Guard(kind, GuardKind.TYPE_ATTR, ("inherited", 1)),
            Guard(kind, GuardKind.TYPE_ATTR, ("missing", ABSENT)),
            Guard(TypeAttributeSource(kind, "inherited"), VALUE, 1),
            Guard(CellObjectSource("cell", 0), IS, self.cell),
            Guard(cell, TYPE, self.type),
            Guard(ItemSource(InstanceDictSource(cell), "b"), VALUE, 2.5),
            Guard(GlobalSource("list"), TYPE, list),
            Guard(GlobalSource("list"), LENGTH, 3),
            Guard(ItemSource(GlobalSource("list"), 1), VALUE, 2.5),
            Guard(ItemSource(GlobalSource("list"), -1), IS, self.kept),
            Guard(GlobalSource("tuple"), LENGTH, 3),
            Guard(ItemSource(GlobalSource("tuple"), 2), VALUE, 2.5),
            Guard(mapping, TYPE, dict),
            Guard(mapping, GuardKind.KEYS, ("a", "b")),
            Guard(ItemSource(mapping, "b"), VALUE, (1, 2)),
            Guard(ordered, TYPE, OrderedDict),
            Guard(ordered, LENGTH, 2),
            Guard(ordered, GuardKind.KEYS, ("a", "b")),
            Guard(ItemSource(ordered, "b"), VALUE, 2),
        ]


@pytest.fixture
def world() -> Iterator[World]:
    yield World()


def set_item(name: str, make: Callable[[], Any]) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.globals[name] = None  # so that the old object's memory may be used again
        world.globals[name] = make()

    return change


def _store_global(world: World) -> None:
    exec("def store():\n    global number\n    number = 3.0", world.globals)
    for _ in range(40):
        world.globals["store"]()


def _store_often(world: World) -> None:
    for i in range(40):
        world.object.a = i


def _with_dict(world: World) -> None:
    """With a dict that lies on the instance's values, and the quick way to write to these."""
    attributes = world.object.__dict__
    _store_often(world)
    assert attributes["a"] == 39


def _new_dict(world: World) -> None:
    world.object.__dict__ = dict(world.object.__dict__, a=9)


def _other_cell(world: World) -> None:
    world.cell = types.CellType(world.type())


def _set(path: str, value: Any) -> Callable[[World], None]:
    *way, last = path.split(".")

    def change(world: World) -> None:
        at: Any = world
        for name in way:
            at = getattr(at, name)
        setattr(at, last, value)

    return change


#: By name, what makes a guard fail.
BREAKING: Dict[str, Callable[[World], Any]] = {
    "an argument": _set("locals", (8,)),
    "a number": set_item("number", lambda: float("3.25")),
    "a number of another type": set_item("number", lambda: 1000),
    "a text": set_item("text", lambda: "y" * 30),
    "a name deleted": lambda world: world.globals.pop("text"),
    "a name hidden": lambda world: world.globals.update(len=sum),
    "a name that came": lambda world: world.globals.setdefault("absent", 1),
    "a built-in": lambda world: world.builtins.update(len=sum),
    "other built-ins": _set("builtins", {"len": sum}),
    "other globals": _set("globals", {}),
    "cleared": lambda world: world.globals.clear(),
    "a global stored by bytecode": _store_global,
    "another function": lambda world: world.globals.update(function=world.other),
    "another code": lambda world: _set("function.__code__", world.other.__code__)(world),
    "other defaults": _set("function.__defaults__", (2,)),
    "no defaults": _set("function.__defaults__", None),
    "more defaults": _set("function.__defaults__", (1, 2)),
    "other defaults by name": lambda world: world.function.__kwdefaults__.update(y=3),
    "no defaults by name": _set("function.__kwdefaults__", None),
    "another closed-over value": lambda world: setattr(
        world.function.__closure__[0], "cell_contents", 1
    ),
    "an attribute": _set("object.a", 2.0),
    "an attribute stored often": _store_often,
    "an attribute under a dict": _with_dict,
    "an attribute through the dict": lambda world: world.object.__dict__.update(a=7.0),
    "another dict": _new_dict,
    "an attribute deleted": lambda world: delattr(world.object, "a"),
    "an attribute that came": _set("object.never", 1),
    "an attribute that hides": _set("object.shared", 1),
    "another class": lambda world: _set("object.__class__", type("C", (world.base,), {}))(world),
    "a class attribute": _set("type.shared", 3),
    "a class attribute of the base": _set("base.inherited", 3),
    "a class attribute that came": _set("base.missing", 3),
    "a class attribute that hides": _set("type.inherited", 3),
    "another cell": _other_cell,
    "another value in the cell": lambda world: setattr(world.cell, "cell_contents", 3),
    "an item": lambda world: world.globals["list"].__setitem__(1, 2.0),
    "a longer list": lambda world: world.globals["list"].append(1),
    "a shorter list": lambda world: world.globals["list"].pop(),
    "a list anew": set_item("list", lambda: [1, 3.5, None]),
    "a tuple": set_item("tuple", lambda: (1, "a", 3.5)),
    "a dict's value": lambda world: world.globals["dict"].update(b=(1, 3)),
    "a dict's key": lambda world: world.globals["dict"].update(c=1),
    "a dict's order": lambda world: world.globals["dict"].update(a=world.globals["dict"].pop("a")),
    "an ordered dict's order": lambda world: world.ordered.move_to_end("a"),
    "an ordered dict's value": lambda world: world.ordered.update(b=3),
}

#: By name, what changes nothing that guards ask for.
HARMLESS: Dict[str, Callable[[World], Any]] = {
    "another name": lambda world: world.globals.update(unknown=1),
    "a name come and gone": lambda world: (
        world.globals.update(absent=1),
        world.globals.pop("absent"),
    ),
    "the same number anew": set_item("number", lambda: float("1000.5")),
    "an equal tuple": set_item("tuple", lambda: (1, "a", float("2.5"))),
    "an equal list": lambda world: world.globals.update(list=[1, 2.5, world.kept]),
    "a larger dict": lambda world: world.globals.update({f"n{i}": i for i in range(100)}),
    "another attribute": _set("object.c", 1),
    "another attribute of the class": _set("type.other", 1),
    "a dict made": lambda world: world.object.__dict__,
    "an equal dict": lambda world: _set("object.__dict__", dict(world.object.__dict__))(world),
    "an equal argument": _set("locals", (True + 6,)),
    "keys that are no text": lambda world: world.globals.update({3: 4}),
}


def test_every_step_that_can_be_witnessed_is(world: World) -> None:
    program = witnessed(world.guards(), world.scope)
    # the argument's value and an OrderedDict's order are looked at each time
    assert program.size - 4 <= program.witnessed < program.size


@pytest.mark.parametrize("name", BREAKING)
def test_a_witness_sees_a_change(world: World, name: str) -> None:
    program = witnessed(world.guards(), world.scope)
    BREAKING[name](world)
    assert not agree(program, world.scope)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_witness_outlives_what_nobody_asked_for(world: World, name: str) -> None:
    program = witnessed(world.guards(), world.scope)
    HARMLESS[name](world)
    assert agree(program, world.scope)
    assert program.witnessed


@pytest.mark.parametrize("name", BREAKING)
def test_a_witness_made_after_a_change_back_sees_the_next(world: World, name: str) -> None:
    program = witnessed(world.guards(), world.scope)
    for change in HARMLESS.values():
        change(world)
        agree(program, world.scope)
    BREAKING[name](world)
    assert not agree(program, world.scope)


def test_random_histories_of_a_dict() -> None:
    keys = ("a", "b", "c", "d")
    chance = random.Random(3)
    answers = set()
    for round_ in range(30):
        contents: Dict[Any, Any] = {"a": 1, "b": 2}
        source = ConstantSource(contents, "d")
        guards = [
            Guard(ItemSource(source, "a"), GuardKind.VALUE, 1),
            Guard(ItemSource(source, "b"), GuardKind.VALUE, 2),
            Guard(source, GuardKind.LACKS, "c"),
        ]
        if round_ % 3 == 0:
            guards.append(Guard(source, GuardKind.KEYS, ("a", "b")))
        elif round_ % 3 == 1:
            guards.append(Guard(source, GuardKind.LENGTH, 2))
        scope: Scope = ((), {}, {}, ())
        program = witnessed(guards, scope)
        changes: List[Callable[[str, Any], Any]] = [
            contents.__setitem__,
            lambda key, value: contents.pop(key, None),
            lambda key, value: contents.setdefault(key, value),
            lambda key, value: contents.update({key: value}),
            lambda key, value: contents.popitem() if contents else None,
            lambda key, value: contents.clear() if value == 3 else None,
            lambda key, value: (contents.clear(), contents.update(a=1, b=2)),
            lambda key, value: (contents.clear(), contents.update({"b": 2, "a": 1})),
            lambda key, value: contents.__setitem__(3, 1),
        ]
        for _ in range(100):
            chance.choice(changes)(chance.choice(keys), chance.choice((1, 2, 3, 1.0)))
            answers.add(agree(program, scope))
    assert answers == {True, False}


def test_a_name_that_changes_each_time_costs_no_witness() -> None:
    names: Dict[str, Any] = {"counter": 0, "size": 3}
    program = witnessed([Guard(GlobalSource("size"), GuardKind.VALUE, 3)], ((), names, {}, ()))
    for i in range(100):
        names["counter"] = i
        assert program.check((), names, {}, ())
    assert program.witnessed == program.size


def test_users_objects_are_still_held_weakly() -> None:
    def make() -> Tuple[GuardProgram, Dict[str, Any]]:
        class Mine:
            pass

        owner = Mine()
        owner.value = Plain()  # type: ignore[attr-defined]
        names = {"owner": owner}
        source = GlobalSource("owner")
        held = ItemSource(InstanceDictSource(source), "value")
        program = compile_guards(
            [Guard(source, GuardKind.TYPE, Mine), Guard(held, GuardKind.TYPE, Plain)]
        )
        assert agree(program, ((), names, {}, ()))
        assert program.witnessed == program.size
        return program, names

    program, names = make()
    names.clear()
    gc.collect()
    assert program.dead
    assert not program.check((), names, {}, ())


def test_constants_of_the_same_address_are_told_apart() -> None:
    names: Dict[str, Any] = {"x": float("1.25")}
    program = witnessed([Guard(GlobalSource("x"), GuardKind.VALUE, 1.25)], ((), names, {}, ()))
    for i in range(200):
        names["x"] = None
        names["x"] = float(i)
        assert not program.check((), names, {}, ())
        names["x"] = None
        names["x"] = float("1.25")
        assert program.check((), names, {}, ())


def test_one_cell_in_two_places() -> None:
    cell, other = types.CellType(1), types.CellType(2)
    guards = [Guard(CellSource(name, i), GuardKind.VALUE, 1) for i, name in enumerate("ab")]
    program = witnessed(guards, ((), {}, {}, (cell, cell)))
    assert program.witnessed
    for closure in ((cell, other), (other, cell), (other, other)):
        assert not agree(program, ((), {}, {}, closure))
    assert agree(program, ((), {}, {}, (cell, cell)))


def test_programs_of_arguments_alone_have_none() -> None:
    program = compile_guards([Guard(LocalSource("x", 0), GuardKind.VALUE, 1)])
    for _ in range(10):
        assert program.check((1,), {})
    assert program.witnessed == 0


def test_a_witness_is_made_by_the_second_hit() -> None:
    names = {"x": 1}
    program = _C.GuardProgram((("LOAD_GLOBAL", 0, -1, "x", None), ("CHECK_VALUE", -1, 0, 1, None)))
    seen = []
    for _ in range(3):
        assert program.check((), names)
        seen.append(program.witnessed)
    assert seen == [0, 2, 2]
