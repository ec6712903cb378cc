"""Expressions as targets of assignments, loops and ``del``."""

from __future__ import annotations

from typing import Optional

from . import nodes
from .operators import STORE, expr_context

_NAMES = {
    nodes.Attribute: "attribute",
    nodes.Subscript: "subscript",
    nodes.Starred: "starred",
    nodes.Name: "name",
    nodes.List: "list",
    nodes.Tuple: "tuple",
    nodes.Lambda: "lambda",
    nodes.Call: "function call",
    nodes.BoolOp: "expression",
    nodes.BinOp: "expression",
    nodes.UnaryOp: "expression",
    nodes.GeneratorExp: "generator expression",
    nodes.Yield: "yield expression",
    nodes.YieldFrom: "yield expression",
    nodes.Await: "await expression",
    nodes.ListComp: "list comprehension",
    nodes.SetComp: "set comprehension",
    nodes.DictComp: "dict comprehension",
    nodes.Dict: "dict literal",
    nodes.Set: "set display",
    nodes.JoinedStr: "f-string expression",
    nodes.TemplateStr: "t-string expression",
    nodes.Compare: "comparison",
    nodes.IfExp: "conditional expression",
    nodes.NamedExpr: "named expression",
}


def expression_name(node: nodes.expr) -> str:
    """What CPython's messages call an expression (``_PyPegen_get_expr_name``)."""
    if isinstance(node, nodes.Constant):
        if node.value is None or node.value is True or node.value is False:
            return str(node.value)
        return "ellipsis" if node.value is ... else "literal"
    return _NAMES[type(node)]


def set_context(node: nodes.expr, context: expr_context) -> Optional[nodes.expr]:
    """Make a target of an expression, in place; gives the node that can't be one, if any."""
    if isinstance(node, (nodes.Name, nodes.Attribute, nodes.Subscript)):
        node.ctx = context
        return None
    if isinstance(node, nodes.Starred) and context is STORE:
        node.ctx = context
        return (
            node.value
            if isinstance(node.value, nodes.Starred)
            else set_context(node.value, context)
        )
    if isinstance(node, (nodes.Tuple, nodes.List)):
        node.ctx = context
        for element in node.elts:
            wrong = set_context(element, context)
            if wrong is not None:
                return wrong
        return None
    return node
