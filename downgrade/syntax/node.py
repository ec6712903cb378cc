"""What all nodes have: a constructor made of their annotations, children, a dump."""

from __future__ import annotations

import typing
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

if typing.TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform() -> Any:
        """Say what only a type checker asks."""
        return lambda cls: cls


POSITIONS = ("lineno", "col_offset", "end_lineno", "end_col_offset")
#: Annotations of fields that hold no child.
_LEAVES = {
    *("str", "int", "object", "Optional[str]", "typing.List[str]", "expr_context", "boolop"),
    *("operator", "unaryop", "cmpop", "typing.List[cmpop]"),
}


def _entering(fields: Tuple[str, ...], annotations: Dict[str, Any]) -> Any:
    """A method that tells ``parents`` what is above each child, and gives each to ``push``."""
    lines = ["def _enter(self, parents, push):"]
    for field in fields:
        if annotations[field].startswith("typing.List["):
            lines += [f"    for below in self.{field}:", "        if below is not None:"]
            indent = " " * 12
        else:
            lines += [f"    below = self.{field}", "    if below is not None:"]
            indent = " " * 8
        lines += [f"{indent}parents[id(below)] = self", f"{indent}push(below)"]
    scope: Dict[str, Any] = {}
    exec("\n".join(lines), scope)
    return scope["_enter"]


@dataclass_transform()
class NodeType(type):
    """Makes a class's slots, ``_fields`` and constructor out of its annotations."""

    def __new__(cls, name: str, bases: Tuple[type, ...], namespace: Dict[str, Any]) -> NodeType:
        """Create the class ``name``: every annotation in its body is a slot."""
        annotations = namespace.get("__annotations__", {})
        inherited: Tuple[str, ...] = getattr(bases[0], "_order", ()) if bases else ()
        order = (*inherited, *annotations)
        fields = tuple(field for field in order if field not in POSITIONS)
        below = tuple(field for field in fields if annotations[field] not in _LEAVES)
        namespace.update(
            __slots__=tuple(annotations),
            _order=order,
            _fields=fields,
            _children=below,
            _enter=_entering(below, annotations) if below else None,
            __match_args__=fields,
        )
        if order:
            scope: Dict[str, Any] = {}
            lines = [f"def __init__(self, {', '.join(order)}):"]
            lines += [f"    self.{field} = {field}" for field in order]
            exec("\n".join(lines), scope)
            namespace["__init__"] = scope["__init__"]
        return super().__new__(cls, name, bases, namespace)


class Node(metaclass=NodeType):
    """The base of all nodes."""

    if typing.TYPE_CHECKING:
        _fields: typing.ClassVar[Tuple[str, ...]]
        _children: typing.ClassVar[Tuple[str, ...]]
        _enter: typing.ClassVar[Optional[Callable[..., None]]]

    def __repr__(self) -> str:
        """Show the node with its fields, without positions."""
        return dump(self, positions=False)


class Located(Node):
    """A node with a span in the text."""

    lineno: int
    col_offset: int
    end_lineno: int
    end_col_offset: int


def children(node: Node) -> Iterator[Node]:
    """Give the nodes directly below ``node`` in the order of its fields.

    That is not always the order of the text: a comprehension gives its element first.
    """
    for field in node._children:
        value = getattr(node, field)
        if type(value) is list:
            for item in value:
                if item is not None:
                    yield item
        elif value is not None:
            yield value


def walk(node: Node) -> Iterator[Node]:
    """Give ``node`` and all nodes below it, a parent before its children."""
    stack = [node]
    pop, push = stack.pop, stack.append
    while stack:
        node = pop()
        yield node
        for field in node._children:
            value = getattr(node, field)
            if type(value) is list:
                for item in value:
                    if item is not None:
                        push(item)
            elif value is not None:
                push(value)


def dump(node: object, positions: bool = True) -> str:
    """Write ``node`` down as one line of ASCII, by default with positions."""
    if isinstance(node, Node):
        parts = [f"{field}={dump(getattr(node, field), positions)}" for field in node._fields]
        at = ""
        if positions and isinstance(node, Located):
            at = f"@{node.lineno}:{node.col_offset}-{node.end_lineno}:{node.end_col_offset}"
        return f"{type(node).__name__}{at}({', '.join(parts)})"
    if isinstance(node, list):
        return f"[{', '.join(dump(item, positions) for item in node)}]"
    return ascii(node)  # repr() knows the host's Unicode
