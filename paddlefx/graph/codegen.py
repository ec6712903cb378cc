"""A graph as Python source.

in: nodes in order. out: one function of straight-line code and the namespace it
runs in. A local is set to ``None`` behind its last use, so that memory is freed
when plain code would free it.
"""

from __future__ import annotations

import keyword
import math
import operator
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from .node import Node, iter_nodes

__all__ = ["OPERATORS", "Call", "Lowering", "PythonCode", "write_python"]


class Call(NamedTuple):
    """A callable and its arguments, nodes among them; keyword arguments as pairs."""

    target: Callable[..., Any]
    args: Tuple[Any, ...]
    kwargs: Tuple[Tuple[str, Any], ...] = ()


#: What to call for a node instead of its target, with the same effect; ``None`` for no change.
Lowering = Callable[[Node], Optional[Call]]


class PythonCode(NamedTuple):
    """What :func:`write_python` makes.

    Args:
        source: the text of one function.
        namespace: what its global names stand for.
        linenos: the line, 1-based, of each call and of the output, by node name.
    """

    source: str
    namespace: Dict[str, Any]
    linenos: Dict[str, int]


def _infix(symbol: str) -> str:
    return "{} " + symbol + " {}"


#: How the functions of the ``operator`` module are written. In-place forms are calls:
#: ``operator.iadd(x, y)`` rebinds nothing.
OPERATORS: Dict[Callable[..., Any], str] = {
    operator.add: _infix("+"),
    operator.sub: _infix("-"),
    operator.mul: _infix("*"),
    operator.truediv: _infix("/"),
    operator.floordiv: _infix("//"),
    operator.mod: _infix("%"),
    operator.pow: _infix("**"),
    operator.matmul: _infix("@"),
    operator.and_: _infix("&"),
    operator.or_: _infix("|"),
    operator.xor: _infix("^"),
    operator.lshift: _infix("<<"),
    operator.rshift: _infix(">>"),
    operator.lt: _infix("<"),
    operator.le: _infix("<="),
    operator.eq: _infix("=="),
    operator.ne: _infix("!="),
    operator.gt: _infix(">"),
    operator.ge: _infix(">="),
    operator.neg: "-{}",
    operator.pos: "+{}",
    operator.invert: "~{}",
    operator.getitem: "{}[{}]",
}

_STATEMENTS: Dict[Callable[..., Any], str] = {operator.setitem: "{}[{}] = {}"}


class _Namespace:
    """Global names for the objects that the source can't spell."""

    def __init__(self, taken: Set[str]) -> None:
        self.values: Dict[str, Any] = {}
        self._taken = taken
        self._names: Dict[int, str] = {}
        #: The last number that a name got, by the wish.
        self._counts: Dict[str, int] = {}

    def unused(self, wish: str) -> str:
        """A name that nothing else has."""
        count = self._counts.get(wish, 0)
        name = f"{wish}_{count}" if count else wish
        while name in self._taken:
            count += 1
            name = f"{wish}_{count}"
        self._counts[wish] = count
        self._taken.add(name)
        return name

    def name_of(self, value: Any, wish: str) -> str:
        known = self._names.get(id(value))
        if known is not None:
            return known
        wish = "".join(c if c.isalnum() or c == "_" else "_" for c in wish) or "value"
        if not wish.isidentifier() or keyword.iskeyword(wish):
            wish = f"value_{wish}"
        name = self._names[id(value)] = self.unused(wish)
        self.values[name] = value
        return name


def _literal(value: Any, namespace: _Namespace) -> str:
    kind = type(value)
    if kind is Node:
        name: str = value.name
        return name
    if value is None or value is Ellipsis or kind in (bool, int, str, bytes):
        return "..." if value is Ellipsis else repr(value)
    if kind is float or kind is complex:
        finite = math.isfinite(value) if kind is float else False
        return repr(value) if finite else namespace.name_of(value, "number")
    if kind is tuple:
        items = [_literal(item, namespace) for item in value]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    if kind is list:
        return f"[{', '.join([_literal(item, namespace) for item in value])}]"
    if kind is dict:
        pairs = [
            f"{_literal(key, namespace)}: {_literal(item, namespace)}"
            for key, item in value.items()
        ]
        return f"{{{', '.join(pairs)}}}"
    if kind is slice:
        parts = [_literal(p, namespace) for p in (value.start, value.stop, value.step)]
        return f"slice({', '.join(parts)})"
    if isinstance(value, tuple) and any(True for _ in iter_nodes(value)):
        items = [_literal(item, namespace) for item in value]
        return f"{namespace.name_of(kind, kind.__name__)}({', '.join(items)})"
    return namespace.name_of(value, getattr(value, "__name__", None) or _wish(value))


def _wish(value: Any) -> str:
    text = str(value)
    text = text.rsplit(".", 1)[-1]
    return text if text.isidentifier() else type(value).__name__.lower()


def _slice_text(key: Any, namespace: _Namespace) -> str:
    """A subscript as people write it: ``1:2, ..., None``."""

    def one(item: Any) -> str:
        if type(item) is slice:
            parts = ["" if p is None else _literal(p, namespace) for p in (item.start, item.stop)]
            text = ":".join(parts)
            return text if item.step is None else f"{text}:{_literal(item.step, namespace)}"
        return _literal(item, namespace)

    if type(key) is tuple and key:
        return ", ".join([one(item) for item in key]) + ("," if len(key) == 1 else "")
    return one(key)


def _operand(value: Any, namespace: _Namespace) -> str:
    """An operand of an operator, in brackets where its text would bind less."""
    text = _literal(value, namespace)
    if type(value) in (int, float, complex) and text.startswith("-"):
        return f"({text})"
    return text


def _expression(node: Node, namespace: _Namespace) -> str:
    template = OPERATORS.get(node.target)
    if template is not None and not node.kwargs and len(node.args) == template.count("{}"):
        if node.target is operator.getitem:
            return template.format(
                _operand(node.args[0], namespace), _slice_text(node.args[1], namespace)
            )
        return template.format(*[_operand(argument, namespace) for argument in node.args])
    parts = [_literal(argument, namespace) for argument in node.args]
    parts += [f"{key}={_literal(value, namespace)}" for key, value in node.kwargs.items()]
    name = getattr(node.target, "__name__", None) or type(node.target).__name__
    label = namespace.name_of(node.target, "op_" + name.lstrip("_"))
    return f"{label}({', '.join(parts)})"


def _lowered(call: Call, namespace: _Namespace) -> str:
    """A call whose constant containers are made once, not at every run."""

    def text(argument: Any) -> str:
        kind = type(argument)
        if kind in (tuple, list, slice, dict) and not any(True for _ in iter_nodes(argument)):
            return namespace.name_of(argument, "constant")
        return _literal(argument, namespace)

    parts = [text(argument) for argument in call.args]
    parts += [f"{key}={text(argument)}" for key, argument in call.kwargs]
    name = getattr(call.target, "__name__", None) or type(call.target).__name__
    label = namespace.name_of(call.target, "op_" + name.strip("_"))
    return f"{label}({', '.join(parts)})"


def _free_points(nodes: List[Node]) -> Dict[Node, List[str]]:
    """By node, the locals whose last use it is. Inputs are the caller's to free."""
    last: Dict[Node, Node] = {}
    for node in nodes:
        for argument in node.all_input_nodes:
            last[argument] = node
    points: Dict[Node, List[str]] = {}
    for argument, node in last.items():
        if argument.op == "call_function" and node.op != "output":
            points.setdefault(node, []).append(argument.name)
    return points


def _restoring(nodes: List[Node], namespace: _Namespace) -> List[Tuple[str, str, str]]:
    """For each state that the graph changes: a local for it, what reads it and what sets it.

    A target that changes state has an attribute ``saved_by``, the function that reads it.
    """
    found: Dict[int, Tuple[str, str, str]] = {}
    for node in nodes:
        read = getattr(node.target, "saved_by", None) if node.op == "call_function" else None
        if read is not None and id(node.target) not in found:
            word = str(node.target.__name__)
            found[id(node.target)] = (
                namespace.unused(f"saved_{word}"),
                namespace.name_of(read, f"read_{word}"),
                namespace.name_of(node.target, "op_" + word),
            )
    return list(found.values())


def write_python(
    nodes: Iterable[Node],
    attributes: Dict[str, Any],
    name: str,
    lower: Optional[Lowering] = None,
) -> PythonCode:
    """Nodes in order as a function of straight-line Python.

    Args:
        nodes: placeholders, then the rest, the output last.
        attributes: values of ``get_attr`` nodes by target; one that is missing stays a
            global name for the caller to fill in.
        name: the function's name.
        lower: a faster call for a node, if there is one.
    """
    nodes = list(nodes)
    taken = {node.name for node in nodes} | {name, "slice"}
    namespace = _Namespace(taken)
    free = _free_points(nodes)
    parameters = [node.name for node in nodes if node.op == "placeholder"]
    lines = [f"def {name}({', '.join(parameters)}):"]
    restore = _restoring(nodes, namespace)
    indent = "    "
    if restore:
        lines += [f"    {saved} = {read}()" for saved, read, _ in restore]
        lines.append("    try:")
        indent *= 2
    linenos: Dict[str, int] = {}
    for node in nodes:
        if node.op == "placeholder":
            continue
        if node.op == "get_attr":
            if node.target in attributes:
                namespace.values[node.name] = attributes[node.target]
            continue
        linenos[node.name] = len(lines) + 1
        if node.op == "output":
            lines.append(f"{indent}return {_literal(node.args[0], namespace)}")
            continue
        dead = [local for local in free.get(node, ()) if local != node.name]
        call = None if lower is None else lower(node)
        statement = None if node.users or node.kwargs else _STATEMENTS.get(node.target)
        if call is not None:
            text = _lowered(call, namespace)
        elif statement is not None:
            text = statement.format(
                _operand(node.args[0], namespace),
                _slice_text(node.args[1], namespace),
                _literal(node.args[2], namespace),
            )
        else:
            text = _expression(node, namespace)
        if node.users:
            text = f"{node.name} = {text}"
        lines.append(f"{indent}{text}")
        if dead:
            lines.append(f"{indent}{' = '.join(dead)} = None")
    if len(lines) == 1:
        lines.append("    return None")
    if restore:
        lines.append("    except BaseException:")
        lines += [f"        {write}({saved})" for saved, _, write in restore]
        lines.append("        raise")
    return PythonCode("\n".join(lines) + "\n", namespace.values, linenos)
