"""``get_type_hints`` of the emitted module: on every version what 3.13's ``typing`` gives."""

from __future__ import annotations

import collections.abc
import functools
import sys
import types
import typing
from typing import Any, ClassVar, Dict, List, Optional, Union

import pytest
import typing_extensions
from typing_extensions import Annotated, Literal, TypedDict

from downgrade import downgrade
from downgrade.runtime import generic_types
from downgrade.runtime.type_hints import get_type_hints
from downgrade.targets import OLDEST
from tests.downgrade.generated.server import run


class Node:
    class Inner:
        pass

    inner: Inner
    many: List[Inner]
    quoted: "List['Node']"
    twice: "Dict['str', 'List[\"Inner\"]']"
    shared: ClassVar[int]
    nothing: None
    tagged: Annotated["Node", "tag"]
    written: Literal["Node"]


class Child(Node):
    inner: int  # type: ignore[assignment]
    own: Optional[Node]


def function(node: "Node" = None, *rest: "List['Node']", key: Annotated[int, 1] = 0) -> "None":  # type: ignore[assignment]
    """Give nothing."""


def test_names_of_a_class_and_what_is_in_quotes_twice() -> None:
    inner, node = Node.Inner, Node
    expected = {
        "inner": inner,
        "many": List[inner],  # type: ignore[valid-type]
        "quoted": List[node],  # type: ignore[valid-type]
        "twice": Dict[str, List[inner]],  # type: ignore[valid-type]
        "shared": ClassVar[int],
        "nothing": type(None),
        "tagged": Node,
        "written": Literal["Node"],
    }
    assert get_type_hints(Node) == expected
    assert get_type_hints(Child) == {**expected, "inner": int, "own": Union[Node, None]}


def test_a_default_of_none_makes_nothing_optional() -> None:
    hints = get_type_hints(function)
    assert hints == {"node": Node, "rest": List[Node], "key": int, "return": type(None)}
    assert get_type_hints(function, include_extras=True)["key"] == Annotated[int, 1]
    assert get_type_hints(functools.wraps(function)(lambda: 1))["node"] is Node


def test_given_namespaces() -> None:
    def local(x: "Here", y: "List['Here']") -> "There":  # type: ignore[name-defined]  # noqa: F821
        ...

    with pytest.raises(NameError, match="Here"):
        get_type_hints(local)
    hints = get_type_hints(local, localns={"Here": int, "There": str})
    assert hints == {"x": int, "y": List[int], "return": str}
    assert get_type_hints(local, {"Here": int, "There": str, "List": List})["x"] is int


def test_what_refers_to_itself_is_left_there() -> None:
    space: Dict[str, Any] = {"List": List}
    space["Deep"] = List["Deep"]  # type: ignore[name-defined]  # noqa: F821

    def deep(x: "Deep") -> None: ...  # type: ignore[name-defined]  # noqa: F821

    (inside,) = typing_extensions.get_args(get_type_hints(deep, space)["x"])
    assert inside.__forward_arg__ == "Deep"


def test_modules_and_what_has_no_annotations() -> None:
    module = types.ModuleType("module")
    module.__annotations__ = {"x": "int", "y": "List['int']"}
    vars(module)["List"] = List
    assert get_type_hints(module) == {"x": int, "y": List[int]}
    assert get_type_hints(len) == {}
    with pytest.raises(TypeError):
        get_type_hints(1)
    unchecked = typing_extensions.no_type_check(lambda: 1)
    unchecked.__annotations__ = {"x": "nobody"}
    assert get_type_hints(unchecked) == {}


def test_required_keys() -> None:
    class Keys(TypedDict):
        one: typing_extensions.Required[int]
        two: typing_extensions.NotRequired[Annotated[str, 1]]

    assert get_type_hints(Keys, None, {**globals(), **locals()}) == {"one": int, "two": str}


def test_lowered_code_asks_it() -> None:
    text = (
        "from __future__ import annotations\nfrom typing import get_type_hints\n"
        "def f(x: 'Late', y: list['Late'] = None): ...\nclass Late: pass\n"
        "print(get_type_hints(f)['x'].__name__, get_type_hints(f)['y'].__args__[0].__name__)\n"
    )
    result = downgrade(text, OLDEST)
    assert "get_type_hints" in result.shims
    assert run(result.text, tuple(sorted(result.shims))) == "Late Late\n"


def test_aliases_of_builtin_classes() -> None:
    def f(
        x: "generic_types.List[generic_types.List['Node']]",
        y: "generic_types.List[Annotated[int, 1]]",
        z: "abc.Callable[['Node'], 'Node']",  # type: ignore[name-defined]  # noqa: F821
    ) -> None: ...

    space = {**globals(), "abc": typing if sys.version_info < (3, 9) else collections.abc}
    hints = get_type_hints(f, space)
    for name, expected in (("x", (List, Node)), ("y", (int,)), ("z", ([Node], Node))):
        found = typing_extensions.get_args(hints[name])
        if name == "x":
            found = (List, *typing_extensions.get_args(found[0]))
        assert found == expected
