"""Where an expression is a type, and which expressions are types for certain."""

from __future__ import annotations

from typing import FrozenSet, Optional

from ..rule import Context
from ..scopes import MODULE
from ..syntax import nodes, operators
from ..syntax.node import Node

#: Builtin classes, and what 3.9 lets index of them.
BUILTIN_GENERICS = {
    "builtins.list": "List",
    "builtins.dict": "Dict",
    "builtins.set": "Set",
    "builtins.frozenset": "FrozenSet",
    "builtins.tuple": "Tuple",
    "builtins.type": "Type",
}
BUILTIN_TYPES: FrozenSet[str] = frozenset(
    f"builtins.{name}"
    for name in [
        "int",
        "str",
        "bytes",
        "bool",
        "float",
        "complex",
        "object",
        "bytearray",
        "memoryview",
        "range",
        "slice",
        "BaseException",
        "Exception",
        "OSError",
        "ValueError",
        "TypeError",
        "KeyError",
    ]
) | frozenset(BUILTIN_GENERICS)
_TYPING = ("typing.", "typing_extensions.", "collections.abc.")
#: What is called with types: to make one, or to say what one is.
_MAKERS = (
    "TypeVar",
    "TypeAliasType",
    "ParamSpec",
    "TypeVarTuple",
    "NewType",
    "lazily",
    "alias_value",
)
_INSIDE = (nodes.BinOp, nodes.Subscript, nodes.Tuple, nodes.List, nodes.Starred)


def annotation_around(node: Node, context: Context) -> Optional[Node]:
    """The annotation that ``node`` is part of as a type, or None.

    Annotations of a function's local variables are left out: nothing evaluates them.
    """
    child, above = node, context.parent(node)
    while isinstance(above, _INSIDE):
        if isinstance(above, nodes.Subscript):
            if above.value is child or _is(above.value, "Literal", context):
                return None
        child, above = above, context.parent(above)
    if isinstance(above, nodes.arg):
        return child
    if isinstance(above, (nodes.FunctionDef, nodes.AsyncFunctionDef)) and above.returns is child:
        return child
    if isinstance(above, nodes.AnnAssign) and above.annotation is child:
        return None if is_local_annotation(node, context) else child
    return None


def is_local_annotation(node: Node, context: Context) -> bool:
    """Whether ``node`` is in the annotation of a function's local variable.

    Nothing evaluates those, but ``@typechecked`` of typeguard, which compiles functions anew: in a
    file that names it they count as other annotations.
    """
    if "typeguard" in context.words:
        return False
    child, above = node, context.parent(node)
    while above is not None and not isinstance(above, nodes.stmt):
        child, above = above, context.parent(above)
    if not isinstance(above, nodes.AnnAssign) or above.annotation is not child:
        return False
    if not isinstance(above.target, nodes.Name):
        return False
    for owner in context.parents(above):
        if isinstance(owner, nodes.ClassDef):
            return False
        if isinstance(owner, (nodes.FunctionDef, nodes.AsyncFunctionDef)):
            return True
    return False


def is_evaluated_type(node: Node, context: Context) -> bool:
    """Whether ``node`` stands where only a type can be meant."""
    if annotation_around(node, context) is not None:
        return True
    child, above = node, context.parent(node)
    while isinstance(above, _INSIDE):
        if isinstance(above, nodes.Subscript):
            if above.value is child or _is(above.value, "Literal", context):
                return False
            if is_type(above.value, context):
                return True
        child, above = above, context.parent(above)
    if isinstance(above, nodes.Lambda):
        child, above = above, context.parent(above)
    if isinstance(above, nodes.keyword):
        child, above = above, context.parent(above)
    if isinstance(above, nodes.Call):
        name = getattr(above.func, "attr", None) or getattr(above.func, "id", None)
        if name == "cast":
            return bool(above.args) and above.args[0] is child
        return name in _MAKERS
    if isinstance(above, nodes.AnnAssign) and above.value is child:
        return _is(above.annotation, "TypeAlias", context)
    return False


def _is(node: Node, name: str, context: Context) -> bool:
    found = context.scopes.qualified(node)
    return found is not None and found.rpartition(".")[2] == name


def is_type(node: Node, context: Context) -> bool:
    """Whether an expression is a class or another type, for certain."""
    if isinstance(node, nodes.Subscript):
        return is_type(node.value, context)
    if isinstance(node, nodes.BinOp) and node.op is operators.BIT_OR:
        return is_union(node, context)
    name = context.scopes.qualified(node)
    if name is not None:
        return name in BUILTIN_TYPES or name.startswith(_TYPING)
    if isinstance(node, nodes.Name):
        for statement in context.tree.body:
            if isinstance(statement, nodes.ClassDef) and statement.name == node.id:
                binder = context.scopes.binder(node)
                return binder is not None and binder.kind == MODULE
    return False


def is_union(node: nodes.BinOp, context: Context) -> bool:
    """Whether ``a | b`` is a union of types for certain, wherever it stands."""
    sides = (node.left, node.right)
    for side in sides:
        if isinstance(side, nodes.Constant) and side.value is None:
            return True
        if is_type(side, context) and not isinstance(side, nodes.Attribute):
            return True
    return False
