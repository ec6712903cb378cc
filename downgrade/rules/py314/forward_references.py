"""Annotations that name what has no value yet (PEP 649)."""

from __future__ import annotations

import builtins
from typing import Dict, List, Union

from ...rule import Change, Context, Example, Rule
from ...scopes import ANNOTATION, CLASS, FUNCTION, MODULE, Scope, Use
from ...syntax import nodes, operators
from ...syntax.code import Code
from ...syntax.node import Node
from ..forward_places import does_refer_forward, may_refer_forward
from ..py39.generic_builtins import TYPING
from ..type_positions import BUILTIN_GENERICS, is_local_annotation

_BUILTINS = frozenset(dir(builtins)) | frozenset(
    ("BaseExceptionGroup", "EncodingWarning", "ExceptionGroup", "PythonFinalizationError")
    + ("aiter", "anext")
)
#: From here on ``X | Y`` and ``list[X]`` mean in quotes what they mean outside.
_QUOTES_WHOLE = (3, 10)


class ForwardReferences(Rule):
    """An annotation is put in quotes where it names a class or variable that comes later.

    Also what is imported for type checkers only (``if TYPE_CHECKING:``), and a class inside of
    itself. Before 3.14 an annotation is evaluated at once; one in quotes is evaluated by those
    who ask, as on 3.14. For 3.8 and 3.9, where ``"X | None"`` means nothing, only the name is
    quoted: ``"X" | None``, which becomes ``typing.Union["X", None]``. A file that imports ``annotations`` from ``__future__``
    is left alone, and so are names that nothing in it binds.
    """

    name = "forward-references"
    version = (3, 14)
    pep = 649
    title = "Annotations that refer forward"
    in_stubs = False
    visits = (nodes.arg, nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.AnnAssign)
    examples = (
        Example(
            "class A:\n    def f(self, x: B | None) -> list[A]: ...\n    y: B.C\nclass B: ...\n",
            'class A:\n    def f(self, x: "B | None") -> "list[A]": ...\n'
            '    y: "B.C"\nclass B: ...\n',
        ),
        Example(
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import B\n"
            "def f(x: B['c'], y: dict[str, 'B']) -> int: ...\n",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import B\n"
            "def f(x: \"B['c']\", y: dict[str, 'B']) -> int: ...\n",
        ),
        Example(
            "def f():\n    def g(x: A, y: B): ...\n    class B: ...\nclass A: ...\n",
            'def f():\n    def g(x: A, y: "B"): ...\n    class B: ...\nclass A: ...\n',
        ),
        Example(
            "from __future__ import annotations\nx: A\nclass A: ...\n",
            "from __future__ import annotations\nx: A\nclass A: ...\n",
        ),
        Example(
            "def f(*args: *B): ...\nB = ()\n",
            error="this names what has no value yet, and can't be put in quotes",
        ),
    )

    def may_apply(self, code: Code, grammar: bool) -> bool:
        """Whether an annotation that is evaluated may name what has no value."""
        if any({"__future__", "annotations"} <= words for words in code.imports):
            return False
        return may_refer_forward(code)

    def may_still_apply(self, code: Code) -> bool:
        """Whether one does, as far as logical lines show it."""
        return does_refer_forward(code)

    def visit(
        self,
        node: Union[nodes.arg, nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.AnnAssign],
        context: Context,
    ) -> None:
        """Quote what has no value where the annotation is evaluated."""
        if isinstance(node, (nodes.FunctionDef, nodes.AsyncFunctionDef)):
            annotation = node.returns
        else:
            annotation = node.annotation
        if annotation is None or _are_texts(context) or is_local_annotation(annotation, context):
            return
        late = [
            use.node
            for use in context.scopes.uses_in(annotation)
            if isinstance(use.node, nodes.Name) and _has_no_value(use, context)
        ]
        if not late:
            return
        whole = context.target >= _QUOTES_WHOLE
        if isinstance(annotation, nodes.Subscript) and _last_name(annotation) == "InitVar":
            annotation = annotation.slice  # 3.10 takes no text for one
        units: Dict[int, nodes.expr] = {}
        for late_name in late:
            unit = annotation if whole else _unit(late_name, annotation, context)
            units[id(unit)] = unit
        outer = [unit for unit in units.values() if not _is_inside(unit, units, context)]
        if any(isinstance(unit, nodes.Starred) or not _quotes_for(unit, context) for unit in outer):
            context.unsupported(
                annotation, "this names what has no value yet, and can't be put in quotes"
            )
            return
        with context.change(annotation) as change:
            if not whole:
                _index_typing(outer, context, change)
            for unit in outer:
                start, end = context.source.span(unit)
                if isinstance(unit, nodes.Subscript) and context.target < (3, 9):
                    if context.scopes.qualified(unit.value) == "typing.Annotated":
                        name = f"{change.module('typing_extensions')}.Annotated"
                        change.replace(*context.source.span(unit.value), name)
                quotes = _quotes_for(unit, context)
                several = len(quotes) == 3
                change.insert(start, quotes + "(" * several)
                change.insert(end, ")" * several + quotes)


def _are_texts(context: Context) -> bool:
    """Whether the module has ``from __future__ import annotations``."""
    return any(
        isinstance(one, nodes.ImportFrom)
        and one.module == "__future__"
        and any(alias.name == "annotations" for alias in one.names)
        for one in context.tree.body
    )


def _has_no_value(use: Use, context: Context) -> bool:
    """Whether a name in an annotation has no value yet when that is evaluated at once."""
    scopes, name = context.scopes, use.name
    place = (use.node.lineno, use.node.col_offset)
    home = scopes.home(use.scope)
    here: Union[Scope, None] = use.scope
    sees_class, later = True, False
    while here is not None:
        if name in here.globals:
            here = scopes.module
        if here.kind != CLASS or sees_class:
            if name in here.bound and name not in here.nonlocals:
                if here.kind not in (MODULE, FUNCTION, CLASS):
                    return False
                bound = here.places.get(name)
                if bound is not None and (scopes.home(here) is not home or bound <= place):
                    return False
                later = True
                if here.kind == FUNCTION:
                    return True
        sees_class = sees_class and here.kind == ANNOTATION
        here = here.parent
    return later and name not in _BUILTINS


def _unit(name: nodes.Name, annotation: nodes.expr, context: Context) -> nodes.expr:
    """The smallest part of the annotation around a name that means the same in quotes."""
    node: Node = name
    while node is not annotation:
        above = context.parent(node)
        assert above is not None
        if isinstance(above, nodes.BinOp) and above.op is operators.BIT_OR:
            break
        if isinstance(above, (nodes.Subscript, nodes.Tuple, nodes.List)):
            indexed = isinstance(above, nodes.Subscript) and above.value is node
            if not (indexed or isinstance(node, (nodes.Tuple, nodes.List))):
                if _takes_types(node, context):
                    break
        node = above
    assert isinstance(node, nodes.expr)
    return node


def _takes_types(node: Node, context: Context) -> bool:
    """Whether ``node`` is a type argument, for which a text can stand."""
    child, above = node, context.parent(node)
    while isinstance(above, (nodes.Tuple, nodes.List)):
        if isinstance(context.parent(above), nodes.Subscript) and above.elts[0] is not child:
            if _last_name(context.parent(above)) == "Annotated":
                return False
        child, above = above, context.parent(above)
    return isinstance(above, nodes.Subscript) and _last_name(above) != "Literal"


def _last_name(node: Union[Node, None]) -> str:
    assert isinstance(node, nodes.Subscript)
    return getattr(node.value, "attr", None) or getattr(node.value, "id", None) or ""


def _is_inside(unit: nodes.expr, units: Dict[int, nodes.expr], context: Context) -> bool:
    return any(id(above) in units for above in context.parents(unit))


def _quotes_for(unit: nodes.expr, context: Context) -> str:
    """The quotes that a part of the text can be put in; "" if there are none."""
    text = context.source.text_of(unit)
    if "\\" in text:
        return ""
    single, triple = ('"', "'"), ('"""', "'''")
    for quotes in triple if "\n" in text or "\r" in text else single:
        if quotes[0] not in text:
            return quotes
    return ""


def _index_typing(units: List[nodes.expr], context: Context, change: Change) -> None:
    """``list["A"]`` -> ``typing.List["A"]``: 3.9 and 3.10 leave the text in the former as it is."""
    values: Dict[int, nodes.expr] = {}
    for unit in units:
        above = context.parent(unit)
        while isinstance(above, (nodes.Tuple, nodes.List)):
            above = context.parent(above)
        if isinstance(above, nodes.Subscript):
            values[id(above)] = above.value
    for value in values.values():
        name = context.scopes.qualified(value) or ""
        known = BUILTIN_GENERICS.get(name) or TYPING.get(name)
        start, end = context.source.span(value)
        if known and not context.source.newlines(start, end):
            change.replace(start, end, f"{change.module('typing')}.{known}")
