"""Patterns of ``case`` (PEP 634)."""

from __future__ import annotations

from typing import List, Optional, Tuple, Union

from . import nodes, operators
from .expressions import ExpressionParser
from .operators import LOAD
from .tokens import FSTRING_START, NAME, NUMBER, STRING

_SINGLETONS = {"None": None, "True": True, "False": False}


class PatternParser(ExpressionParser):
    """Parses patterns."""

    __slots__ = ()

    def patterns(self) -> nodes.pattern:
        """Parse what is behind ``case``: a sequence without brackets, or one pattern."""
        i = self.i
        first = self._maybe_star_pattern()
        if self.kinds[self.i] != ",":
            if isinstance(first, nodes.MatchStar):
                self.invalid()
            return first
        elements = self._more(first, (":", "if"))
        return nodes.MatchSequence(*self.starts[i], *self.ends[self.i - 1], elements)

    def _more(self, first: nodes.pattern, closing: Tuple[str, ...]) -> List[nodes.pattern]:
        elements = [first]
        while self.kinds[self.i] == ",":
            self.i += 1
            if self.kinds[self.i] in closing:
                break
            elements.append(self._maybe_star_pattern())
        return elements

    def _maybe_star_pattern(self) -> nodes.pattern:
        i = self.i
        if self.kinds[i] != "*":
            return self.pattern()
        self.i = i + 1
        name = self.name()
        captured = None if name == "_" else name
        return nodes.MatchStar(*self.starts[i], *self.ends[i + 1], captured)

    def pattern(self) -> nodes.pattern:
        """Parse ``or_pattern ['as' NAME]``."""
        i = self.i
        kinds = self.kinds
        first = self._closed()
        if kinds[self.i] == "|":
            alternatives = [first]
            while kinds[self.i] == "|":
                self.i += 1
                alternatives.append(self._closed())
            first = nodes.MatchOr(*self.starts[i], *self.ends[self.i - 1], alternatives)
        if kinds[self.i] != "as":
            return first
        self.i += 1
        if kinds[self.i] != NAME or kinds[self.i + 1] in (".", "(", "="):
            self.fail("invalid pattern target")
        name = self.name()
        if name == "_":
            self.fail("cannot use '_' as a target", self.starts[self.i - 1], self.ends[self.i - 1])
        return nodes.MatchAs(*self.starts[i], *self.ends[self.i - 1], first, name)

    def _closed(self) -> nodes.pattern:
        i = self.i
        kind = self.kinds[i]
        start = self.starts[i]
        if kind == NAME:
            return self._name_pattern()
        if kind in (NUMBER, "-", STRING, FSTRING_START):
            value = self._literal()
            return nodes.MatchValue(*start, *self.ends[self.i - 1], value)
        if kind in _SINGLETONS:
            self.i = i + 1
            return nodes.MatchSingleton(*start, *self.ends[i], _SINGLETONS[kind])
        if kind == "(":
            return self._parenthesized_pattern()
        if kind == "[":
            self.i = i + 1
            elements: List[nodes.pattern] = []
            if self.kinds[self.i] != "]":
                elements = self._more(self._maybe_star_pattern(), ("]",))
            self._close("]")
            return nodes.MatchSequence(*start, *self.ends[self.i - 1], elements)
        if kind == "{":
            return self._mapping()
        self.invalid()

    def _parenthesized_pattern(self) -> nodes.pattern:
        i = self.i
        start = self.starts[i]
        self.i = i + 1
        if self.kinds[self.i] == ")":
            self.i += 1
            return nodes.MatchSequence(*start, *self.ends[self.i - 1], [])
        first = self._maybe_star_pattern()
        if self.kinds[self.i] != ",":
            if isinstance(first, nodes.MatchStar):
                self.invalid()
            self._close(")")
            return first
        elements = self._more(first, (")",))
        self._close(")")
        return nodes.MatchSequence(*start, *self.ends[self.i - 1], elements)

    def _name_pattern(self) -> nodes.pattern:
        """Parse a capture, a wildcard, a value or a class."""
        i = self.i
        start = self.starts[i]
        if self.kinds[i + 1] not in (".", "("):
            name = self.name()
            captured = None if name == "_" else name
            return nodes.MatchAs(*start, *self.ends[i], None, captured)
        value = self._dotted()
        if self.kinds[self.i] == "(":
            return self._class(value, i)
        return nodes.MatchValue(*start, *self.ends[self.i - 1], value)

    def _dotted(self) -> Union[nodes.Name, nodes.Attribute]:
        i = self.i
        start = self.starts[i]
        value: Union[nodes.Name, nodes.Attribute]
        value = nodes.Name(*start, *self.ends[i], self.name(), LOAD)
        while self.kinds[self.i] == ".":
            self.i += 1
            name = self.name()
            value = nodes.Attribute(*start, *self.ends[self.i - 1], value, name, LOAD)
        return value

    def _class(self, cls: nodes.expr, i: int) -> nodes.pattern:
        kinds = self.kinds
        self.i += 1
        positional: List[nodes.pattern] = []
        names: List[str] = []
        by_name: List[nodes.pattern] = []
        while kinds[self.i] != ")":
            if kinds[self.i] == NAME and kinds[self.i + 1] == "=":
                names.append(self.name())
                self.i += 1
                by_name.append(self.pattern())
            else:
                at = self.starts[self.i]
                positional.append(self.pattern())
                if names:
                    message = "positional patterns follow keyword patterns"
                    self.fail(message, at, self.ends[self.i - 1])
            if kinds[self.i] != ",":
                break
            self.i += 1
        self._close(")")
        end = self.ends[self.i - 1]
        return nodes.MatchClass(*self.starts[i], *end, cls, positional, names, by_name)

    def _mapping(self) -> nodes.pattern:
        kinds = self.kinds
        i = self.i
        self.i = i + 1
        keys: List[nodes.expr] = []
        patterns: List[nodes.pattern] = []
        rest: Optional[str] = None
        while kinds[self.i] != "}":
            if rest is not None:
                self.invalid()
            if kinds[self.i] == "**":
                self.i += 1
                if self.texts[self.i] == "_":
                    self.invalid()
                rest = self.name()
            else:
                keys.append(self._key())
                if kinds[self.i] != ":":
                    self.invalid()
                self.i += 1
                patterns.append(self.pattern())
            if kinds[self.i] != ",":
                break
            self.i += 1
        self._close("}")
        return nodes.MatchMapping(*self.starts[i], *self.ends[self.i - 1], keys, patterns, rest)

    def _key(self) -> nodes.expr:
        i = self.i
        kind = self.kinds[i]
        if kind == NAME:
            value = self._dotted()
            if isinstance(value, nodes.Name):
                self.invalid()
            return value
        if kind in _SINGLETONS:
            self.i = i + 1
            return nodes.Constant(*self.starts[i], *self.ends[i], _SINGLETONS[kind], None)
        return self._literal()

    def _literal(self) -> nodes.expr:
        """Parse a string, a number with a sign, or a complex number."""
        i = self.i
        kinds = self.kinds
        if kinds[i] in (STRING, FSTRING_START):
            return self.strings()
        left = self._signed()
        sign = kinds[self.i]
        if sign not in ("+", "-"):
            return left
        if isinstance(self._number(left), complex):
            end = self.ends[self.i - 1]
            self.fail("real number required in complex literal", self.starts[i], end)
        self.i += 1
        if kinds[self.i] != NUMBER:
            self.invalid()
        right = self.atom(NUMBER)
        if not isinstance(self._number(right), complex):
            at = self.starts[self.i - 1]
            self.fail("imaginary number required in complex literal", at, self.ends[self.i - 1])
        operator = operators.ADD if sign == "+" else operators.SUB
        return nodes.BinOp(*self.starts[i], *self.ends[self.i - 1], left, operator, right)

    def _number(self, node: nodes.expr) -> object:
        if isinstance(node, nodes.UnaryOp):
            node = node.operand
        assert isinstance(node, nodes.Constant)
        return node.value

    def _signed(self) -> nodes.expr:
        i = self.i
        if self.kinds[i] == "-":
            self.i = i + 1
        if self.kinds[self.i] != NUMBER:
            self.invalid()
        number = self.atom(NUMBER)
        if self.i == i + 1:
            return number
        return nodes.UnaryOp(*self.starts[i], *self.ends[self.i - 1], operators.USUB, number)
