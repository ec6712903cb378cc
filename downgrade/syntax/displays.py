"""What is in brackets: tuples, lists, dicts, sets, comprehensions."""

from __future__ import annotations

from typing import Callable, Dict, List, Optional

from . import nodes
from .arguments import ArgumentParser
from .operators import LOAD
from .precedence import BIT_OR, OR
from .tokens import NAME, Place


class DisplayParser(ArgumentParser):
    """Parses expressions in brackets of their own."""

    __slots__ = ()

    def binary(self, least: int) -> nodes.expr:
        """Parse operators; see ``expressions``."""
        raise NotImplementedError

    def star_named_expression(self) -> nodes.expr:
        """Parse an element; see ``expressions``."""
        raise NotImplementedError

    def star_targets(self) -> nodes.expr:
        """Parse the targets of a ``for``; see ``expressions``."""
        raise NotImplementedError

    def yield_expr(self) -> nodes.expr:
        """Parse a ``yield``; see ``expressions``."""
        raise NotImplementedError

    def _parenthesized(self) -> nodes.expr:
        kinds = self.kinds
        i = self.i
        start = self.starts[i]
        self.i = i + 1
        kind = kinds[i + 1]
        if kind == ")":
            self.i = i + 2
            return nodes.Tuple(*start, *self.ends[i + 1], [], LOAD)
        if kind == "yield":
            value = self.yield_expr()
            if kinds[self.i] != ")":
                self.invalid()
            self.i += 1
            return value
        first = self.star_named_expression()
        kind = kinds[self.i]
        if kind == ")":
            if isinstance(first, nodes.Starred) and kinds[i + 1] == "*":
                self.fail(
                    "cannot use starred expression here", self.starts[i + 1], self.ends[self.i]
                )
            self.i += 1
            return first
        if kind == "for" or kind == "async":
            self._no_unpacking(first, i + 1)
            generators = self.generators()
            self._close(")")
            return nodes.GeneratorExp(*start, *self.ends[self.i - 1], first, generators)
        elements = self._elements(first, ")")
        return nodes.Tuple(*start, *self.ends[self.i - 1], elements, LOAD)

    def _close(self, closing: str) -> None:
        if self.kinds[self.i] != closing:
            self.invalid()
        self.i += 1

    def _no_unpacking(self, element: nodes.expr, at: int) -> None:
        if isinstance(element, nodes.Starred) and self.kinds[at] == "*":
            message = "iterable unpacking cannot be used in comprehension"
            self.fail(message, self.starts[at], self.ends[self.i - 1])

    def _elements(self, first: nodes.expr, closing: str) -> List[nodes.expr]:
        """Parse the elements behind the first, and the closing bracket."""
        kinds = self.kinds
        elements = [first]
        while kinds[self.i] == ",":
            self.i += 1
            if kinds[self.i] == closing:
                break
            elements.append(self.star_named_expression())
        if kinds[self.i] != closing:
            if kinds[self.i] in ("for", "async") and len(elements) > 1:
                message = "did you forget parentheses around the comprehension target?"
                self.fail(message, (first.lineno, first.col_offset), self.ends[self.i - 1])
            self.invalid()
        self.i += 1
        return elements

    def _list(self) -> nodes.expr:
        i = self.i
        start = self.starts[i]
        self.i = i + 1
        if self.kinds[i + 1] == "]":
            self.i = i + 2
            return nodes.List(*start, *self.ends[i + 1], [], LOAD)
        first = self.star_named_expression()
        if self.kinds[self.i] in ("for", "async"):
            self._no_unpacking(first, i + 1)
            generators = self.generators()
            self._close("]")
            return nodes.ListComp(*start, *self.ends[self.i - 1], first, generators)
        elements = self._elements(first, "]")
        return nodes.List(*start, *self.ends[self.i - 1], elements, LOAD)

    def _dict_or_set(self) -> nodes.expr:
        kinds = self.kinds
        i = self.i
        start = self.starts[i]
        self.i = i + 1
        kind = kinds[i + 1]
        if kind == "}":
            self.i = i + 2
            return nodes.Dict(*start, *self.ends[i + 1], [], [])
        if kind == "**":
            return self._dict(start)
        first = self._set_element()
        kind = kinds[self.i]
        if kind == ":":
            self.i = i + 1
            return self._dict(start)
        if kind == "for" or kind == "async":
            self._no_unpacking(first, i + 1)
            generators = self.generators()
            self._close("}")
            return nodes.SetComp(*start, *self.ends[self.i - 1], first, generators)
        elements = [first]
        while kinds[self.i] == ",":
            self.i += 1
            if kinds[self.i] == "}":
                break
            elements.append(self._set_element())
        self._close("}")
        return nodes.Set(*start, *self.ends[self.i - 1], elements)

    def _set_element(self) -> nodes.expr:
        i = self.i
        element = self.star_named_expression()
        if self.kinds[i] == NAME and self.kinds[i + 1] == ":=":
            self.uses("bare-walrus-in-set", self.starts[i], self.ends[self.i - 1])
        return element

    def _dict(self, start: Place) -> nodes.expr:
        kinds = self.kinds
        keys: List[Optional[nodes.expr]] = []
        values: List[nodes.expr] = []
        while kinds[self.i] != "}":
            if kinds[self.i] == "**":
                at = self.starts[self.i]
                self.i += 1
                keys.append(None)
                values.append(self.binary(BIT_OR))
                if kinds[self.i] in ("for", "async"):
                    message = "dict unpacking cannot be used in dict comprehension"
                    self.fail(message, at, self.ends[self.i - 1])
            else:
                key = self.expression()
                if kinds[self.i] != ":":
                    self.fail("':' expected after dictionary key", self.starts[self.i - 1])
                self.i += 1
                if kinds[self.i] in (",", "}"):
                    self.fail("expression expected after dictionary key and ':'")
                value = self.expression()
                if kinds[self.i] in ("for", "async") and not keys:
                    generators = self.generators()
                    self._close("}")
                    end = self.ends[self.i - 1]
                    return nodes.DictComp(*start, *end, key, value, generators)
                keys.append(key)
                values.append(value)
            if kinds[self.i] != ",":
                break
            self.i += 1
        self._close("}")
        return nodes.Dict(*start, *self.ends[self.i - 1], keys, values)

    def generators(self) -> List[nodes.comprehension]:
        """Parse the ``for ... in ... if ...`` of a comprehension."""
        kinds = self.kinds
        found: List[nodes.comprehension] = []
        while kinds[self.i] in ("for", "async"):
            is_async = 0
            if kinds[self.i] == "async":
                is_async = 1
                self.i += 1
            self.expect("for")
            target = self.star_targets()
            if kinds[self.i] != "in":
                self.fail("'in' expected after for-loop variables")
            self.i += 1
            over = self.binary(OR)
            tests: List[nodes.expr] = []
            while kinds[self.i] == "if":
                self.i += 1
                tests.append(self.binary(OR))
            found.append(nodes.comprehension(target, over, tests, is_async))
        return found


#: By the opening bracket.
BRACKETS: Dict[str, Callable[[DisplayParser], nodes.expr]] = {
    "(": DisplayParser._parenthesized,
    "[": DisplayParser._list,
    "{": DisplayParser._dict_or_set,
}
