"""``d1 | d2`` of dicts (PEP 584)."""

from __future__ import annotations

from typing import Iterator, Optional, Set, Tuple, Union

from ...rule import Context, Example, Reading, Rule
from ...syntax import nodes, operators
from ...syntax.code import Code
from ...syntax.node import Node
from ..dict_places import bars, do_join_dicts, may_join_dicts
from ..type_positions import is_evaluated_type, is_local_annotation

#: What gives a dict or another mapping that has ``|`` from 3.9 on.
_MAKERS = frozenset(
    {
        "builtins.dict",
        "builtins.globals",
        "builtins.locals",
        "builtins.vars",
        "collections.ChainMap",
        "collections.OrderedDict",
        "collections.UserDict",
        "collections.defaultdict",
        "dataclasses.asdict",
        "os.environ.copy",
        "types.MappingProxyType",
        "weakref.WeakKeyDictionary",
        "weakref.WeakValueDictionary",
    }
)
_ANNOTATIONS = frozenset(
    {
        *("Dict", "DefaultDict", "Mapping", "MutableMapping", "OrderedDict", "ChainMap"),
        *("defaultdict", "dict", "MappingProxyType", "UserDict", "TypedDict"),
    }
)
_MADE = frozenset(name.rpartition(".")[2] for name in _MAKERS)
_ENVIRON = frozenset(["environ"])
#: The words of what gives a dict.
_WORDS = _MADE | {
    "__dict__",
    "_downgrade",
    "environ",
}
Union_ = Union[nodes.BinOp, nodes.AugAssign]


class DictUnions(Rule):
    """``{**a} | b`` -> ``_downgrade.union({**a}, b)``, where a side looks like a dict.

    That is what a display, a call of ``dict`` and the like, an annotation, or an assignment in the
    file says of it. The function does what ``|`` does from 3.9 on for any operands, so a side that
    isn't one does no harm. Where nothing says so, ``all-dict-unions`` is there on request.
    """

    name = "dict-unions"
    version = (3, 9)
    pep = 584
    title = "Unions of dicts"
    in_stubs = False
    visits: Tuple[type, ...] = (nodes.BinOp, nodes.AugAssign)
    examples: Tuple[Example, ...] = (
        Example(
            "\ndef f(a: dict, b, c):\n    x = a | b\n    return x | c\n",
            "import _downgrade\ndef f(a: dict, b, c):\n"
            "    x = _downgrade.union(a, b)\n    return _downgrade.union(x, c)\n",
        ),
        Example(
            "\nd = {}\nd |= e\nprint((d\n      | f))  # both\n",
            "import _downgrade\nd = {}\nd = _downgrade.union_in_place(d, e)\n"
            "print((_downgrade.union(d\n      , f)))  # both\n",
        ),
        Example(
            "\nself.all |= dict(a=1)\n",
            "import _downgrade\nself.all = _downgrade.union_in_place(self.all, dict(a=1))\n",
        ),
        Example("a | b\n{1} | c\nx |= y\n", "a | b\n{1} | c\nx |= y\n"),
    )

    #: of the text that was asked about last
    _dicts: Optional[_Dicts] = None

    def may_apply(self, code: Code, grammar: bool) -> bool:
        """Whether there is a ``|`` that may have a dict beside it."""
        return may_join_dicts(code, _WORDS, _ANNOTATIONS)

    def may_still_apply(self, code: Code) -> bool:
        """Whether there is one, as the host's parser reads the lines."""
        return do_join_dicts(code, _WORDS, _ANNOTATIONS)

    def candidates(self, reading: Reading) -> Iterator[Node]:
        """The nodes with this operator."""
        for node in super().candidates(reading):
            if isinstance(node, (nodes.BinOp, nodes.AugAssign)) and node.op is operators.BIT_OR:
                yield node

    def visit(self, node: Union_, context: Context) -> None:
        """Call the function that stands for the operator."""
        left = node.left if isinstance(node, nodes.BinOp) else node.target
        right = node.right if isinstance(node, nodes.BinOp) else node.value
        if not self.applies(left, right, context):
            return
        if isinstance(node, nodes.BinOp):
            if not is_evaluated_type(node, context) and not is_local_annotation(node, context):
                self.operator(node, context)
        else:
            self.statement(node, context)

    def applies(self, left: nodes.expr, right: nodes.expr, context: Context) -> bool:
        """Whether a side looks like a dict, and no number is next to the operator."""
        if _is_number(left, "right") or _is_number(right, "left"):
            return False
        dicts = self._dicts
        if dicts is None or dicts.context.tree is not context.tree:
            dicts = self._dicts = _Dicts(context)
        return dicts.has(left) or dicts.has(right)

    def operator(self, node: nodes.BinOp, context: Context) -> None:
        """``a | b`` -> ``union(a, b)``."""
        source = context.source
        pairs = source.parenthesised(node.left)
        behind = pairs[-1].end if pairs else source.end(node.left)
        start, end = source.span(node)
        bar = source.expect("|", behind)
        blank = source.text[behind : bar.start]
        with context.change(node) as change:
            change.insert(start, f"{change.runtime('union')}(")
            change.replace(behind if not blank.strip(" ") else bar.start, bar.end, ",")
            change.insert(end, ")")

    def statement(self, node: nodes.AugAssign, context: Context) -> None:
        """``a |= b`` -> ``a = union_in_place(a, b)``."""
        source = context.source
        if not _is_plain(node.target) or source.parenthesised(node.target):
            context.note(node, "|= of dicts came with Python 3.9; this one is left as it is")
            return
        start, end = source.span(node.target)
        target = source.text[start:end]
        bar = source.expect("|=", end)
        first, last = source.span(node.value)
        pairs = source.parenthesised(node.value)
        if pairs:
            first, last = pairs[-1]
        bare = isinstance(node.value, nodes.Tuple) and not source.has_parentheses(node.value)
        with context.change(node) as change:
            opening = "((" if bare else "("
            change.replace(bar.start, bar.end, "=")
            name = change.runtime("union_in_place")
            change.insert(first, f"{name}{opening[0]}{target}, {opening[1:]}")
            change.insert(last, "))" if bare else ")")


class AllDictUnions(DictUnions):
    """``a | b`` -> ``_downgrade.union(a, b)``, whatever the operands are: only on request.

    Types and numbers that are written out are left alone. It costs a call for each ``|``.
    """

    name = "all-dict-unions"
    title = "Unions of dicts, wherever there may be one"
    in_stubs = False
    on_request = True
    examples = (
        Example(
            "\ndef f(a, b): return a | b\nc |= d[0]\n",
            "import _downgrade\ndef f(a, b): return _downgrade.union(a, b)\n"
            "c = _downgrade.union_in_place(c, d[0])\n",
        ),
        Example("a | 1\n{1} | c\n", "a | 1\n{1} | c\n"),
    )

    def may_apply(self, code: Code, grammar: bool) -> bool:
        """Whether there is a ``|`` of something else than flags, numbers and well-known types."""
        return any(True for _ in bars(code.everything, dull=False))

    def may_still_apply(self, code: Code) -> bool:
        """Whether there is: as above."""
        return True

    def applies(self, left: nodes.expr, right: nodes.expr, context: Context) -> bool:
        """Whether both sides could be dicts."""
        other = (nodes.Constant, nodes.Set, nodes.SetComp, nodes.Compare, nodes.JoinedStr)
        return not isinstance(left, other) and not isinstance(right, other)


def _is_plain(target: nodes.expr) -> bool:
    """Whether a target can be read twice: names, and attributes and items of names by names."""
    if isinstance(target, nodes.Name):
        return True
    if isinstance(target, nodes.Attribute):
        return isinstance(target.value, nodes.Name)
    if isinstance(target, nodes.Subscript):
        simple = (nodes.Name, nodes.Constant)
        inside = target.value
        if isinstance(inside, nodes.Attribute):
            inside = inside.value
        return isinstance(inside, nodes.Name) and isinstance(target.slice, simple)
    return False


def _is_number(node: nodes.expr, side: str) -> bool:
    """Whether the operand on a side of arithmetic is a number that is written out."""
    while isinstance(node, nodes.BinOp):
        node = getattr(node, side)
    return isinstance(node, nodes.Constant) and isinstance(node.value, (int, float, complex))


class _Dicts:
    """What looks like a dict in a file."""

    def __init__(self, context: Context) -> None:
        """Read the assignments and annotations, once for a text."""
        self.context = context
        #: names of variables, attributes and parameters; and of functions by what they give
        self.names: Set[str] = set()
        self.functions: Set[str] = set()
        for arg in context.nodes_of(nodes.arg):
            self._annotated(arg.arg, arg.annotation)
        plain = context.nodes_of(nodes.FunctionDef)
        waiting = context.nodes_of(nodes.AsyncFunctionDef)
        self.functions.update(one.name for one in plain if self._says_dict(one.returns))
        self.functions.update(one.name for one in waiting if self._says_dict(one.returns))
        for statement in context.nodes_of(nodes.AnnAssign):
            self._annotated(_name_of(statement.target), statement.annotation)
        given = [(one.targets, one.value) for one in context.nodes_of(nodes.Assign)]
        given += [([one.target], one.value) for one in context.nodes_of(nodes.NamedExpr)]
        named = [({name for name in map(_name_of, many) if name}, value) for many, value in given]
        found = True
        while found:
            found = False
            for names, value in named:
                if names - self.names and self.has(value):
                    self.names |= names
                    found = True

    def _annotated(self, name: Optional[str], annotation: Optional[nodes.expr]) -> None:
        if name and self._says_dict(annotation):
            self.names.add(name)

    def _says_dict(self, annotation: Optional[nodes.expr]) -> bool:
        if isinstance(annotation, nodes.Subscript):
            annotation = annotation.value
        return annotation is not None and _name_of(annotation) in _ANNOTATIONS

    def has(self, node: nodes.expr) -> bool:
        """Whether an expression looks like a dict."""
        scopes = self.context.scopes
        if isinstance(node, (nodes.Dict, nodes.DictComp)):
            return True
        if isinstance(node, (nodes.Name, nodes.Attribute)):
            name = _name_of(node)
            if scopes.may_mean(node, _ENVIRON) and scopes.qualified(node) == "os.environ":
                return True
            return name in self.names or name == "__dict__"
        if isinstance(node, nodes.BinOp):
            is_union = node.op is operators.BIT_OR
            return is_union and (self.has(node.left) or self.has(node.right))
        if isinstance(node, nodes.BoolOp):
            return any(map(self.has, node.values))
        if isinstance(node, nodes.IfExp):
            return self.has(node.body) or self.has(node.orelse)
        if isinstance(node, nodes.NamedExpr):
            return self.has(node.value)
        if isinstance(node, nodes.Call):
            function = node.func
            if scopes.may_mean(function, _MADE) and scopes.qualified(function) in _MAKERS:
                return True
            name = _name_of(function)
            if isinstance(function, nodes.Attribute):
                if name == "copy":
                    return self.has(function.value)
                if name == "union" and _name_of(function.value) == "_downgrade":
                    return True
                if name in ("get", "pop", "setdefault"):
                    return any(map(self.has, node.args[1:]))
            return name in self.functions
        return False


def _name_of(node: nodes.expr) -> Optional[str]:
    """The name of a variable or attribute."""
    if isinstance(node, nodes.Name):
        return node.id
    return node.attr if isinstance(node, nodes.Attribute) else None
