"""A pattern as an expression: the tests in CPython's order, then the names that it binds.

The source of the order is ``compiler_pattern`` in Python/compile.c of 3.10 and later.
"""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

from ...source import Source
from ...syntax import nodes
from ...syntax.patterns import Pattern

#: A name that the pattern binds, and the expression that has its value then.
Store = Tuple[str, str]


class PatternTests:
    """Collects the conditions of one pattern; they hold from left to right.

    ``match`` is the variable with the runtime's ``Match``. Its places are given out as the tests
    run, so that an alternative can begin again where the one before it began.
    """

    def __init__(self, source: Source, match: str, place: int = 1) -> None:
        """``place`` is the first one that is free."""
        self.source = source
        self.match = match
        self.place = place
        self.conditions: List[str] = []
        self.stores: List[Store] = []

    def at(self, place: int) -> str:
        """The value at a place."""
        return f"{self.match}[{place}]"

    def ask(self, method: str, arguments: str, places: int = 0) -> int:
        """Add a test by the runtime that fills ``places``; give the first of them."""
        first = self.place
        start = f"{first}, " if places else ""
        self.conditions.append(f"{self.match}.{method}({start}{arguments})")
        self.place += places
        return first

    def test(self, pattern: Pattern, subject: str) -> None:
        """Add what must hold for ``subject``, an expression without effects."""
        if isinstance(pattern, nodes.MatchAs):
            if pattern.pattern is not None:
                self.test(pattern.pattern, subject)
            if pattern.name is not None:
                self.stores.append((pattern.name, subject))
        elif isinstance(pattern, nodes.MatchValue):
            self.conditions.append(f"{subject} == {self.text(pattern.value)}")
        elif isinstance(pattern, nodes.MatchSingleton):
            self.conditions.append(f"{subject} is {pattern.value!r}")
        elif isinstance(pattern, nodes.MatchSequence):
            self.sequence(pattern.patterns, subject)
        elif isinstance(pattern, nodes.MatchMapping):
            self.mapping(pattern, subject)
        elif isinstance(pattern, nodes.MatchClass):
            self.instance(pattern, subject)
        else:
            assert isinstance(pattern, nodes.MatchOr)
            self.alternatives(pattern.patterns, subject)

    def text(self, value: nodes.expr) -> str:
        """The source of a value on one line."""
        text = self.source.text_of(value)
        if "\n" not in text and "\r" not in text:
            return text
        if isinstance(value, nodes.Constant):
            return repr(value.value)
        if isinstance(value, nodes.Attribute):
            return f"{self.text(value.value)}.{value.attr}"
        if isinstance(value, nodes.UnaryOp):
            return f"-{self.text(value.operand)}"
        if isinstance(value, nodes.BinOp):
            start, end = self.source.end(value.left), self.source.start(value.right)
            sign = "+" if "+" in self.source.text[start:end] else "-"
            return f"{self.text(value.left)} {sign} {self.text(value.right)}"
        assert isinstance(value, nodes.Name)
        return value.id

    def sequence(self, patterns: Sequence[Pattern], subject: str) -> None:
        """``[p, *q, r]``."""
        star = next((i for i, one in enumerate(patterns) if isinstance(one, nodes.MatchStar)), None)
        least = len(patterns) - (star is not None)
        if all(_is_wildcard(one) for one in patterns):
            self.ask("sequence", f"{subject}, {least}, {star is not None}")
            return
        if star is not None and _is_wildcard(patterns[star]):
            self.ask("sequence", f"{subject}, {least}, True")
            for index, pattern in enumerate(patterns):
                if not _is_wildcard(pattern):
                    from_end = index if index < star else index - len(patterns)
                    place = self.ask("item", f"{subject}, {from_end}", 1)
                    self.test(pattern, self.at(place))
            return
        if star is None:
            first = self.ask("items", f"{subject}, {least}", len(patterns))
        else:
            first = self.ask("star_items", f"{subject}, {star}, {least - star}", len(patterns))
        self.test_places(patterns, first)

    def mapping(self, pattern: nodes.MatchMapping, subject: str) -> None:
        """``{k: p, **rest}``."""
        count = len(pattern.keys)
        self.ask("mapping", f"{subject}, {count}")
        keys = "()"
        if count:
            texts = ", ".join(self.text(key) for key in pattern.keys)
            texts += "," if count == 1 else ""
            first = self.ask("values", f"{subject}, ({texts})", count + 1)
            self.test_places(pattern.patterns, first + 1)
            keys = self.at(first)
        if pattern.rest is not None:
            place = self.ask("rest", f"{subject}, {keys}", 1)
            self.stores.append((pattern.rest, self.at(place)))

    def test_places(self, patterns: Sequence[Pattern], first: int) -> None:
        """Test each pattern on the place with its part, the first one at ``first``."""
        for place, pattern in enumerate(patterns, first):
            if isinstance(pattern, nodes.MatchStar):
                assert pattern.name is not None
                self.stores.append((pattern.name, self.at(place)))
            else:
                self.test(pattern, self.at(place))

    def instance(self, pattern: nodes.MatchClass, subject: str) -> None:
        """``C(p, a=q)``."""
        patterns = [*pattern.patterns, *pattern.kwd_patterns]
        names = repr(tuple(pattern.kwd_attrs))
        arguments = f"{subject}, {self.text(pattern.cls)}, {len(pattern.patterns)}, {names}"
        first = self.place
        self.conditions.append(f"{self.match}.instance({first}, {arguments})")
        self.place += len(patterns)
        self.test_places(patterns, first)

    def alternatives(self, patterns: Sequence[Pattern], subject: str) -> None:
        """``p | q``: each binds the same names, and leaves their values at the same places."""
        names: List[str] = []
        texts: List[str] = []
        for pattern in patterns:
            one = PatternTests(self.source, self.match, self.place)
            one.test(pattern, subject)
            names = names or [name for name, _ in one.stores]
            if names:
                values = dict(one.stores)
                one.ask("put", ", ".join([str(self.place), *(values[name] for name in names)]))
            texts.append(" and ".join(one.conditions) or "True")
        self.conditions.append(f"({' or '.join(texts)})")
        for name in names:
            self.stores.append((name, self.at(self.place)))
            self.place += 1


def _is_wildcard(pattern: Pattern) -> bool:
    """``_`` or ``*_``."""
    if isinstance(pattern, nodes.MatchAs):
        return pattern.pattern is None and pattern.name is None
    return isinstance(pattern, nodes.MatchStar) and pattern.name is None


def condition(tests: PatternTests) -> Optional[str]:
    """Everything in one expression, the names bound last; None if it always holds."""
    bound = ", ".join(f"{name} := {value}" for name, value in tests.stores)
    parts = tests.conditions + ([f"[{bound}]"] if bound else [])
    return " and ".join(parts) or None
