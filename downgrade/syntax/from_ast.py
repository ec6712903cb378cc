"""From the host's ``ast`` to our nodes: what our own parser is compared with.

Host's ``ast.AST`` -> ``nodes.Node`` of the same class name, with the same fields and positions.
A field that the host doesn't have yet (``type_params``, ``default_value``) is empty.

One converter for each class is written as source from the class's annotations and compiled
once. With that, a file takes as long as with our own parser, which is why only tests use it.
"""

from __future__ import annotations

import ast
import warnings
from typing import Any, Callable, Dict, List, Union

from ..host import AST_HAS_SPANS
from . import nodes, operators
from .collection import collection_paused
from .node import POSITIONS, Located, Node

_CONVERT: Dict[type, Callable[[Any], Any]] = {}
_OPERATOR: Dict[type, Node] = {}
_SCOPE: Dict[str, Any] = {"nodes": nodes, "CONVERT": _CONVERT, "OPERATOR": _OPERATOR}


def _field(cls: type, field: str, annotation: str) -> str:
    """The source of the expression that converts the field of the host's node ``n``."""
    if field not in cls._fields:  # type: ignore[attr-defined]
        return "[]" if annotation.startswith("typing.List") else "None"
    if annotation in ("str", "int", "object", "Optional[str]", "typing.List[str]"):
        return f"n.{field}"
    if annotation in ("expr_context", "boolop", "operator", "unaryop", "cmpop"):
        return f"OPERATOR[n.{field}.__class__]"
    if annotation == "typing.List[cmpop]":
        return f"[OPERATOR[c.__class__] for c in n.{field}]"
    if annotation == "typing.List[Optional[expr]]":
        return f"[None if c is None else CONVERT[c.__class__](c) for c in n.{field}]"
    if cls is getattr(ast, "JoinedStr", None):  # 3.12 ends a spec with an empty constant
        return "[CONVERT[c.__class__](c) for c in n.values if getattr(c, 'value', 1) != '']"
    if annotation.startswith("typing.List["):
        return f"[CONVERT[c.__class__](c) for c in n.{field}]"
    if annotation.startswith("Optional["):
        return f"None if n.{field} is None else CONVERT[n.{field}.__class__](n.{field})"
    return f"CONVERT[n.{field}.__class__](n.{field})"


def _write_converters() -> None:
    lines: List[str] = []
    for name, cls in vars(nodes).items():
        theirs = getattr(ast, name, None)
        if not (isinstance(cls, type) and issubclass(cls, Node) and theirs):
            continue
        parts = [f"n.{position}" for position in POSITIONS] if issubclass(cls, Located) else []
        parts += [_field(theirs, field, cls.__annotations__[field]) for field in cls._fields]
        lines.append(f"def _{name}(n):\n    return nodes.{name}({', '.join(parts)})")
        _SCOPE[name] = theirs
        lines.append(f"CONVERT[{name}] = _{name}")
    exec("\n".join(lines), _SCOPE)
    for value in vars(operators).values():
        if isinstance(value, Node):
            _OPERATOR[getattr(ast, type(value).__name__)] = value


_write_converters()


def from_ast(tree: ast.Module) -> nodes.Module:
    """Give our nodes for a module of the host's.

    Spans are as good as the host's: those inside f-strings are right from 3.12 on
    (``host.AST_HAS_SPANS``), those of subscripts from 3.9 on. ``RecursionError`` for an
    expression some hundred levels deep.
    """
    module: nodes.Module = _CONVERT[ast.Module](tree)
    return module


def parse_by_host(source: Union[str, bytes], filename: str = "<unknown>") -> nodes.Module:
    """Parse with the host's own parser, without its warnings.

    Raises the host's ``SyntaxError`` (and ``ValueError`` for null bytes), also for syntax that
    is newer than the host; ``RuntimeError`` on a host older than 3.12, whose spans are wrong.
    """
    if not AST_HAS_SPANS:
        raise RuntimeError("the spans of this Python's ast are wrong inside f-strings")
    with warnings.catch_warnings(), collection_paused():
        warnings.simplefilter("ignore")
        tree = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        assert isinstance(tree, ast.Module)
        return from_ast(tree)
