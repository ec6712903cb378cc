"""Annotations in quotes: nothing evaluates them, but for who asks ``typing.get_type_hints``.

That looks names up in the module, so what is written into the quotes is imported there.
"""

from __future__ import annotations

import functools
import keyword
import re
from typing import Iterator, List, NamedTuple, Optional, Tuple

from ..edits import Edit, Edits
from ..rule import Change, Context, Reading, Rule
from ..scopes import Scopes
from ..slots import NoSlot, head
from ..source import Source
from ..syntax import nodes, parse_expression
from ..syntax.around import going_back
from ..syntax.code import Code
from ..syntax.node import Node, children, walk
from .type_positions import annotation_around, is_evaluated_type, is_local_annotation

_PLAIN = re.compile(r"'([^\\'\r\n]+)'|\"([^\\\"\r\n]+)\"")
#: What looks like a type in quotes: something is indexed in it, or joined by ``|``.
_QUOTED = re.compile(
    r"""'[\w.\[\], |*()\"]*[\w.)\"\]][ ]*[\[|][\w.\[\], |*()\"]*'"""
    r"""|\"[\w.\[\], |*()']*[\w.)'\]][ ]*[\[|][\w.\[\], |*()']*\""""
)
_QUOTED_LINE = re.compile(f"^(?:{_QUOTED.pattern})$", re.MULTILINE)
#: What an earlier rule has written: its arguments are in quotes for checkers.
_OURS = re.compile(r"\b_downgrade\.Type(?:Var|AliasType)\(")


@functools.lru_cache(maxsize=1)
def _quoted(code: Code) -> Tuple[str, ...]:
    """The strings of a text that look like types."""
    lines = "\n".join(one for one in code.marked if "\n" not in one)
    return tuple(_QUOTED_LINE.findall(lines))


@functools.lru_cache(maxsize=1)
def _places(code: Code) -> Tuple[Tuple[int, str], ...]:
    """Where they are in the code, and what is in them."""
    return tuple(code.strings_like(_QUOTED))


class QuotedType(NamedTuple):
    """The expression in the quotes, its text, and the scopes of the file around it."""

    tree: nodes.expr
    source: Source
    scopes: Scopes

    def qualified(self, node: nodes.expr) -> Optional[str]:
        """The dotted name of what a name means in the module; ``Scopes.qualified``."""
        if isinstance(node, nodes.Attribute):
            base = self.qualified(node.value)
            return None if base is None else f"{base}.{node.attr}"
        if not isinstance(node, nodes.Name):
            return None
        module = self.scopes.module
        if node.id not in module.bound:
            return f"builtins.{node.id}"
        return None if node.id in module.others else module.imports.get(node.id)

    def types(self) -> Iterator[nodes.expr]:
        """The expressions in it that are types, the outer ones first."""
        stack: List[Node] = [self.tree]
        while stack:
            node = stack.pop()
            assert isinstance(node, nodes.expr)
            yield node
            below = list(children(node))
            if isinstance(node, nodes.Subscript):
                name = getattr(node.value, "attr", None) or getattr(node.value, "id", None)
                if name == "Literal":
                    below = []
                elif name == "Annotated" and isinstance(node.slice, nodes.Tuple):
                    below = [node.slice.elts[0]]
            stack += [one for one in reversed(below) if isinstance(one, nodes.expr)]


class QuotedTypes(Rule):
    """What the rules share: they lower the types in an annotation that is in quotes."""

    in_stubs = False
    visits = (nodes.Constant,)

    def may_apply(self, code: Code, grammar: bool) -> bool:
        """Whether something in quotes looks like a type that may have to be lowered."""
        if not any(self.is_near(one) for one in _quoted(code)):
            return not code.known
        places = [at for at, text in _places(code) if self.is_near(text)]
        if not code.known or (places and _OURS.search(code.text)):
            return True
        return any(_may_be_type(code, at) for at in places)

    def candidates(self, reading: Reading) -> Iterator[Node]:
        """The strings that look so."""
        for node in super().candidates(reading):
            if isinstance(node, nodes.Constant) and isinstance(node.value, str):
                if self.is_near(node.value):
                    yield node

    def is_near(self, text: str) -> bool:
        """Whether there may be something to lower in the text of a type."""
        raise NotImplementedError

    def targets(self, quoted: QuotedType) -> List[nodes.expr]:
        """The types to lower, the outer ones first."""
        raise NotImplementedError

    def edits(self, node: nodes.expr, quoted: QuotedType, change: Change) -> List[Edit]:
        """What to change in the text in quotes for one of them."""
        raise NotImplementedError

    def visit(self, node: nodes.Constant, context: Context) -> None:
        """Lower what is in the quotes of an annotation."""
        start, end = context.source.span(node)
        match = _PLAIN.fullmatch(context.source.text[start:end])
        if match is None or not _is_type(node, context):
            return
        text = match.group(1) or match.group(2)
        try:
            tree = parse_expression(text).body
            head(context.source, context.tree)
        except (SyntaxError, NoSlot):
            return  # no type, or no line for the import that it would need
        quoted = QuotedType(tree, Source(text), context.scopes)
        targets = self.targets(quoted)
        if targets:
            edits = Edits(text)
            with context.change(node) as change:
                for target in targets:
                    edits.accept(self.edits(target, quoted, change))
                change.replace(start + 1, end - 1, edits.apply())


def _may_be_type(code: Code, at: int) -> bool:
    """Whether the string at ``at`` may be a type: no argument of a call, nothing in a set or dict."""
    for index, before in enumerate(going_back(code, at)):
        if before is None:
            return True
        mark = before.mark
        if mark == "(":
            if before.owner and not keyword.iskeyword(before.owner):
                return False
        elif mark == "[":
            if before.owner and not keyword.iskeyword(before.owner):
                return True
        elif mark == "{" or (not index and mark not in (",", ":", "|", ">", "=")):
            return False
        elif mark == ":" or (mark == ">" and before.previous == "-"):
            return not _is_in_braces(code, at)
        elif mark == "=":
            return "TypeAlias" in code.words
    return False


def _is_in_braces(code: Code, at: int) -> bool:
    """Whether the innermost bracket around ``at`` is that of a dict."""
    for before in going_back(code, at):
        if before is None or before.mark in ("(", "["):
            return False
        if before.mark == "{":
            return True
    return False


def _is_type(node: nodes.Constant, context: Context) -> bool:
    """Whether a string is an annotation, or a type inside of one or of an alias."""
    if is_local_annotation(node, context):
        return False
    child: Node = node
    for above in context.parents(node):
        if isinstance(above, nodes.Call):
            return _is_ours(above)  # else the type of a cast, the bound of a variable
        if isinstance(above, nodes.Subscript):
            name = getattr(above.value, "attr", None) or getattr(above.value, "id", None)
            if name == "Literal":
                return False
            if name == "Annotated":
                index = above.slice
                if not isinstance(index, nodes.Tuple) or child is not index:
                    return False
                if not _is_in(node, index.elts[0]):
                    return False
        if isinstance(above, nodes.stmt):
            break
        child = above
    return annotation_around(node, context) is not None or is_evaluated_type(node, context)


def _is_ours(call: nodes.Call) -> bool:
    """Whether it is ``_downgrade.TypeVar("_T_1", bound="B")``: in quotes for checkers."""
    made = call.func
    if not isinstance(made, nodes.Attribute) or made.attr not in ("TypeVar", "TypeAliasType"):
        return False
    return isinstance(made.value, nodes.Name) and made.value.id == "_downgrade"


def _is_in(node: Node, expression: Node) -> bool:
    return any(below is node for below in walk(expression))
