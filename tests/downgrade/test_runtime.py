"""The parts of the emitted module: each stands alone, and does what newer Pythons do."""

from __future__ import annotations

import ast
import collections
import collections.abc
import dataclasses
import typing
from typing import Any, Dict, List

import pytest

from downgrade import runtime
from downgrade.runtime.matching import Match


def run(names: typing.Iterable[str]) -> Dict[str, Any]:
    """The module with these names, executed."""
    space: Dict[str, Any] = {"__name__": "_downgrade"}
    exec(compile(runtime.assemble(names), "_downgrade.py", "exec"), space)
    return space


def test_every_name_comes_alone_and_all_come_together() -> None:
    for name in runtime.homes():
        assert name in run([name])
    together = run(runtime.homes())
    assert set(runtime.homes()) <= set(together)


def test_no_two_parts_define_the_same_name() -> None:
    seen: Dict[str, str] = {}
    for part in runtime.parts().values():
        space = run(part.names)
        for name, value in space.items():
            if getattr(value, "__module__", None) == "_downgrade" and name not in part.names:
                if not any(name in run(runtime.parts()[one].names) for one in part.needs):
                    assert seen.setdefault(name, part.name) == part.name


def test_no_two_parts_assign_the_same_private_name() -> None:
    """In one module the later one would be the other's too, as ``_MISSING`` once was."""
    seen: Dict[str, str] = {}
    for part in runtime.parts().values():
        blocks: List[Any] = [ast.parse(part.body)]
        while blocks:
            for statement in getattr(blocks.pop(), "body", []):
                if isinstance(statement, (ast.If, ast.Try)):
                    blocks.append(statement)
                elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
                    for node in ast.walk(statement):
                        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                            if node.id.startswith("_"):
                                assert seen.setdefault(node.id, part.name) == part.name


def test_the_default_of_anext_is_none_that_a_data_class_has() -> None:
    space = run(["anext", "dataclass"])

    class Empty:
        def __aiter__(self) -> Any:
            return self

        async def __anext__(self) -> Any:
            raise StopAsyncIteration

    waiting = space["anext"](Empty())
    with pytest.raises(StopAsyncIteration):
        waiting.__await__().send(None)


def test_only_what_is_needed() -> None:
    assert "class Match" in runtime.assemble(["Match"])
    assert runtime.assemble([]).count("\n") < 6
    with pytest.raises(KeyError):
        runtime.assemble(["nothing_like_this"])


class Both(collections.UserDict, collections.abc.Sequence):  # type: ignore[type-arg,misc]
    """A mapping first, a sequence second."""


@dataclasses.dataclass
class Point:
    x: int
    y: int
    hidden: int = dataclasses.field(default=0, init=False)


class Pair(typing.NamedTuple):
    a: int
    b: int


def test_what_is_a_sequence_and_what_a_mapping() -> None:
    match = Match(None)
    for value in ([], (), range(0), collections.deque(), memoryview(b"")):
        assert match.sequence(value, 0, False) and not match.mapping(value, 0)
    for value in ({}, collections.UserDict(), Both()):
        assert match.mapping(value, 0) and not match.sequence(value, 0, False)
    for value in ("", b"", bytearray(), set(), None, 1, iter([])):
        assert not match.mapping(value, 0) and not match.sequence(value, 0, True)


def test_positional_patterns_of_classes_from_before_3_10() -> None:
    match = Match(None)
    assert match.instance(1, Point(1, 2), Point, 2, ()) and match[1:] == [1, 2]
    assert match.instance(1, Pair(3, 4), Pair, 2, ()) and match[1:] == [3, 4]
    assert match.instance(1, True, int, 1, ()) and match[1:] == [True]
    with pytest.raises(TypeError, match="accepts 2 positional sub-patterns"):
        match.instance(1, Point(1, 2), Point, 3, ())
    with pytest.raises(TypeError, match="multiple sub-patterns"):
        match.instance(1, Point(1, 2), Point, 1, ("x",))
    with pytest.raises(TypeError, match="must be a class"):
        match.instance(1, 1, 1, 0, ())
    assert not match.instance(1, Point(1, 2), Point, 0, ("z",))


def test_mappings_and_sequences_that_lie() -> None:
    class Liar(collections.abc.Sequence):  # type: ignore[type-arg]
        def __len__(self) -> int:
            return 2

        def __getitem__(self, index: Any) -> Any:
            if index < 3:
                return index
            raise IndexError

    with pytest.raises(ValueError, match="too many values"):
        Match(None).items(1, Liar(), 2)
    with pytest.raises(ValueError, match="duplicate key"):
        Match(None).values(1, {1: 2}, (1, True))
    counts = collections.Counter()  # type: ignore[var-annotated]
    defaults: Any = collections.defaultdict(list)
    assert not Match(None).values(1, defaults, ("k",)) and not defaults
    assert not Match(None).values(1, counts, ("k",))


def test_requirements() -> None:
    assert runtime.requirements(["ExceptStar"]) == {"exceptiongroup"}
    assert runtime.requirements(["Match"]) == set()


def test_text_of_a_class_of_its_own_is_no_sequence() -> None:
    class Text(str):
        __slots__ = ()

    class Both(str, collections.abc.Sequence):  # type: ignore[type-arg,misc]
        __slots__ = ()

    assert not Match(Text("ab")).sequence(Text("ab"), 1, True)
    assert Match(Both("ab")).sequence(Both("ab"), 1, True)


def test_a_star_takes_the_items_without_asking_for_their_number_again() -> None:
    asked = []

    class Row(collections.abc.Sequence):  # type: ignore[type-arg]
        def __len__(self) -> int:
            asked.append("len")
            return 3

        def __getitem__(self, index: Any) -> Any:
            asked.append(index)
            return "abc"[index]

    match = Match(Row())
    assert match.star_items(1, match[0], 1, 1)
    assert match[1:] == ["a", ["b"], "c"]
    assert asked == ["len", 0, 1, 2, 3]
