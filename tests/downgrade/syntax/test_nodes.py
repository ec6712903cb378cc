"""Nodes: constructors, children, dumps."""

from __future__ import annotations

from downgrade.syntax import nodes, operators
from downgrade.syntax.node import children, dump, walk


def assignment() -> nodes.Module:
    """The tree of ``x = 1``, by hand."""
    target = nodes.Name(1, 0, 1, 1, "x", operators.STORE)
    value = nodes.Constant(1, 4, 1, 5, 1, None)
    return nodes.Module([nodes.Assign(1, 0, 1, 5, [target], value)])


def test_dump() -> None:
    assert dump(assignment()) == (
        "Module(body=[Assign@1:0-1:5(targets=[Name@1:0-1:1(id='x', ctx=Store())], "
        "value=Constant@1:4-1:5(value=1, kind=None))])"
    )
    assert repr(assignment()) == dump(assignment(), positions=False)


def test_children_and_walk() -> None:
    module = assignment()
    assert [type(child).__name__ for child in children(module.body[0])] == ["Name", "Constant"]
    assert {type(node).__name__ for node in walk(module)} == {
        "Module",
        "Assign",
        "Name",
        "Constant",
    }


def test_nodes_have_no_dictionary() -> None:
    assert all(not hasattr(node, "__dict__") for node in walk(assignment()))
