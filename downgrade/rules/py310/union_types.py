"""``X | Y`` for types (PEP 604)."""

from __future__ import annotations

from typing import Iterator, List, Optional

from ...rule import Context, Example, Reading, Rule
from ...syntax import nodes, operators
from ...syntax.code import Code
from ...syntax.node import Node
from ..type_positions import is_evaluated_type, is_local_annotation, is_union
from ..union_places import may_have_union

_ASKING = ("isinstance", "issubclass")


class UnionTypes(Rule):
    """``X | None`` -> ``typing.Union[X, None]``, where it is evaluated and types are meant.

    That is so in annotations (local variables' are never evaluated), in bounds, aliases and
    ``cast``, and where a side is None or a type that this file knows. In ``isinstance`` and
    ``issubclass``, in a tuple there too, it becomes a tuple. For annotations in quotes there is
    quoted-unions.
    """

    name = "union-types"
    version = (3, 10)
    pep = 604
    title = "Unions of types"
    in_stubs = False
    visits = (nodes.BinOp, nodes.Call)
    examples = (
        Example(
            "def f(x: int | None = 1 | 2) -> a.B | 'C':\n    y: int | str = 0\n",
            'def f(x: __import__("typing").Union[int, None] = 1 | 2)'
            " -> __import__(\"typing\").Union[a.B, 'C']:\n    y: int | str = 0\n",
        ),
        Example("x = a | b\n", "x = a | b\n"),
        Example(
            "X = (int\n     | list[str]  # some\n     | None)\n",
            "import typing as _typing; X = (_typing.Union[int\n     , list[str]  # some\n     , None])\n",
        ),
        Example("isinstance(x, int | (str) | None)\n", "isinstance(x, (int, (str), type(None)))\n"),
        Example("X = None | None | int\n", "X = None | None | int\n"),
        Example("isinstance(x, (A, B | None))\n", "isinstance(x, (A, (B, type(None))))\n"),
        Example(
            "N = int | str\nissubclass(x, N)\n",
            "import typing as _typing; import _downgrade; N = _typing.Union[int, str]\n"
            "issubclass(x, _downgrade.classes_of(N))\n",
        ),
    )

    def may_apply(self, code: Code, grammar: bool) -> bool:
        """Whether there is a ``|`` that may be a union."""
        return may_have_union(code)

    def candidates(self, reading: Reading) -> Iterator[Node]:
        """The unions, and the calls that ask for classes."""
        for node in super().candidates(reading):
            if isinstance(node, nodes.BinOp):
                if node.op is operators.BIT_OR:
                    yield node
            elif isinstance(node, nodes.Call) and isinstance(node.func, nodes.Name):
                if node.func.id in _ASKING:
                    yield node

    def visit(self, node: nodes.expr, context: Context) -> None:
        """Write a union, or the classes that a call asks for."""
        if isinstance(node, nodes.Call):
            self._call(node, context)
        elif isinstance(node, nodes.BinOp) and node.op is operators.BIT_OR:
            above = context.parent(node)
            if isinstance(above, nodes.BinOp) and above.op is operators.BIT_OR:
                if above.left is node and not context.source.parenthesised(node):
                    return  # part of a longer one
            if _asked_of_call(node, context) is None:
                self._union(node, context)

    def _union(self, node: nodes.BinOp, context: Context) -> None:
        items = _items(node, context)
        if any(_is_number(item) for item in items) or _fails(items):
            return
        certain = is_union(node, context) or any(
            isinstance(item, nodes.BinOp) and is_union(item, context) for item in _chain(node)
        )
        if not certain and not is_evaluated_type(node, context):
            return
        if is_local_annotation(node, context):
            return
        with context.change(node) as change:
            start, end = context.source.span(node)
            change.insert(start, f"{change.module('typing')}.Union[")
            change.insert(end, "]")
            _commas(items, context, change.replace)

    def _call(self, node: nodes.Call, context: Context) -> None:
        if len(node.args) != 2:
            return
        if not any(isinstance(one, (nodes.BinOp, nodes.Name)) for one in _each(node.args[1])):
            return
        if not _asks(node.func, context):
            return
        for classes in _each(node.args[1]):
            if isinstance(classes, nodes.BinOp) and classes.op is operators.BIT_OR:
                items = _items(classes, context)
                if _fails(items):
                    continue
                with context.change(node) as change:
                    start, end = context.source.span(classes)
                    change.insert(start, "(")
                    change.insert(end, ")")
                    _commas(items, context, change.replace)
                    for item in items:
                        if isinstance(item, nodes.Constant) and item.value is None:
                            change.replace(*context.source.span(item), "type(None)")
            elif isinstance(classes, nodes.Name) and _is_alias(classes, context):
                with context.change(node) as change:
                    start, end = context.source.span(classes)
                    change.insert(start, f"{change.runtime('classes_of')}(")
                    change.insert(end, ")")


def _each(classes: nodes.expr) -> Iterator[nodes.expr]:
    """What ``isinstance`` is asked for: one, or those of a tuple, in tuples too."""
    if isinstance(classes, nodes.Tuple):
        for item in classes.elts:
            yield from _each(item)
    else:
        yield classes


def _chain(node: nodes.BinOp) -> List[nodes.expr]:
    """The unions inside a chain: ``a | b | c`` has ``a | b`` in it."""
    found: List[nodes.expr] = []
    left = node.left
    while isinstance(left, nodes.BinOp) and left.op is operators.BIT_OR:
        found.append(left)
        left = left.left
    return found


def _items(node: nodes.BinOp, context: Context) -> List[nodes.expr]:
    """The operands of a chain, from left to right; what is in parentheses is one."""
    items: List[nodes.expr] = [node.right]
    left = node.left
    while (
        isinstance(left, nodes.BinOp)
        and left.op is operators.BIT_OR
        and not context.source.parenthesised(left)
    ):
        items.append(left.right)
        left = left.left
    items.append(left)
    return items[::-1]


def _commas(items: List[nodes.expr], context: Context, replace: object) -> None:
    """Write a comma for each ``|`` between the operands."""
    assert callable(replace)
    source = context.source
    for item, following in zip(items, items[1:]):
        behind = source.end(item)
        offset = source.skip(behind)
        while source.text[offset] == ")":
            behind = offset + 1
            offset = source.skip(behind)
        assert source.text[offset] == "|", following
        blank = source.text[behind:offset]
        replace(behind if blank.strip(" ") == "" else offset, offset + 1, ",")


def _is_number(node: nodes.expr) -> bool:
    return isinstance(node, nodes.Constant) and not (
        node.value is None or isinstance(node.value, str)
    )


def _fails(items: List[nodes.expr]) -> bool:
    """Whether ``None | None`` comes first, a TypeError, which ``typing.Union`` would not be."""
    return all(isinstance(one, nodes.Constant) and one.value is None for one in items[:2])


def _asks(function: nodes.expr, context: Context) -> bool:
    """Whether a function is ``isinstance`` or ``issubclass``."""
    if not isinstance(function, nodes.Name) or function.id not in _ASKING:
        return False
    return context.scopes.qualified(function) == f"builtins.{function.id}"


def _asked_of_call(node: nodes.expr, context: Context) -> Optional[nodes.Call]:
    """The call of ``isinstance`` or ``issubclass`` that has ``node`` as, or in, its second argument."""
    child, above = node, context.parent(node)
    while isinstance(above, nodes.Tuple):
        child, above = above, context.parent(above)
    if isinstance(above, nodes.Call) and len(above.args) == 2 and above.args[1] is child:
        if _asks(above.func, context):
            return above
    return None


def _is_alias(name: nodes.Name, context: Context) -> bool:
    """Whether a module's variable was made of a union in this file."""
    for statement in context.tree.body:
        value = getattr(statement, "value", None)
        targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        if any(isinstance(one, nodes.Name) and one.id == name.id for one in targets):
            if isinstance(value, nodes.BinOp) and value.op is operators.BIT_OR:
                return is_union(value, context)
            if isinstance(value, nodes.Subscript):
                return context.scopes.qualified(value.value) == "typing.Union"
    return False
