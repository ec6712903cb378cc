"""What the writers of constructs share: a place in a program, and the choices of Hypothesis."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Set, TypeVar

from hypothesis import strategies as st

X = TypeVar("X")
_BELOW: Dict[int, st.SearchStrategy[int]] = {}

#: Values that are shown alike everywhere, as source text.
ATOMS = (
    "0", "1", "2", "-3", "True", "None", "'s'", "'a b'", "b'b'", "1.5", "()", "(1, 2)", "[3, 4]",
    "{'a': 1}",
)  # fmt: skip
#: What simple statements begin with.
_SIMPLE = ("log(", "print(", "generic(", "params(", "type ", "raise ", "return ", "t ", "here")


class Scope:
    """The function, class or module whose body is being written."""

    def __init__(self, kind: str, parent: Optional[Scope] = None) -> None:
        """``kind``: module, function, generator, async or class."""
        self.kind = kind
        self.parent = parent
        #: names with a value, for certain
        self.names: List[str] = []
        #: how many loops of this scope are around
        self.loops = 0
        #: how many ``except*`` are around, which nothing may leave
        self.starred = 0

    @property
    def awaits(self) -> bool:
        """Whether ``await`` may stand here."""
        return self.kind == "async"


class Pen:
    """Writes a program, line by line, with its counterpart in the grammar of 3.13.

    The two differ only where 3.14's syntax is used.
    """

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        """``draw`` is Hypothesis's."""
        self.draw = draw
        self.lines: List[str] = []
        self.plain: List[str] = []
        self.indent = 0
        self.depth = 0
        self.scope = Scope("module")
        #: the constructs in it
        self.used: Set[str] = set()
        self._count = 0
        #: after a simple statement: its indentation, and how many lines there are
        self._simple = (0, 0)

    # ---------------------------------------------------------------- choices

    def below(self, number: int) -> int:
        """A number from 0 to ``number - 1``, small ones preferred."""
        if number <= 1:
            return 0
        if number not in _BELOW:
            _BELOW[number] = st.integers(0, number - 1)
        chosen: int = self.draw(_BELOW[number])
        return chosen

    def pick(self, options: Sequence[X]) -> X:
        """One of them."""
        return options[self.below(len(options))]

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases; False is the simpler one."""
        return self.below(100) >= 100 - percent

    def some(self, options: Sequence[X], least: int = 0, most: int = 3) -> List[X]:
        """Several different ones, in any order."""
        rest = list(options)
        count = min(len(rest), least + self.below(most - least + 1))
        return [rest.pop(self.below(len(rest))) for _ in range(count)]

    def fresh(self, prefix: str) -> str:
        """A name that is nowhere else."""
        self._count += 1
        return f"{prefix}{self._count}"

    # ------------------------------------------------------------------ lines

    def write(self, text: str, plain: Optional[str] = None) -> None:
        """Add lines at the current indentation; ``plain`` is what 3.13 is given instead.

        A simple statement is put behind another one at times, with a semicolon.
        """
        space = " " * 4 * self.indent
        before, self._simple = self._simple, (0, 0)
        joins = False
        if text.startswith(_SIMPLE):
            joins = before == (self.indent, len(self.lines)) and self.chance(8)
            self._simple = self.indent, len(self.lines) + text.count("\n") + (not joins)
        for lines, written in ((self.lines, text), (self.plain, text if plain is None else plain)):
            if joins:
                last, *rest = f"{lines.pop()}; {written}".split("\n")
                lines += [last, *rest]
                continue
            first, *rest = written.split("\n")
            lines.append(space + first if first else "")
            lines += rest

    @contextlib.contextmanager
    def block(self, header: str, plain: Optional[str] = None) -> Iterator[None]:
        """A header, and what is written meanwhile as its block."""
        self.write(header, plain)
        self.indent += 1
        start = len(self.lines)
        try:
            yield
        finally:
            if not any(line.strip() for line in self.lines[start:]):
                self.write("pass")
            self.indent -= 1

    @contextlib.contextmanager
    def within(self, kind: str) -> Iterator[Scope]:
        """A scope inside of the current one."""
        around = self.scope
        self.scope = Scope(kind, around)
        try:
            yield self.scope
        finally:
            self.scope = around

    @contextlib.contextmanager
    def function(self, header: str, kind: str = "function") -> Iterator[None]:
        """A function's header, and its block in a scope of its own."""
        with self.block(header), self.within(kind):
            yield

    def gap(self) -> None:
        """What stands above a definition, mostly: blank lines, or a comment."""
        kind = self.below(8)
        self.write("" if kind < 6 else "# a comment")

    # ------------------------------------------------------------ expressions

    def atom(self) -> str:
        """A value."""
        names = self.scope.names
        if names and self.chance(25):
            return self.pick(names)
        return self.pick(ATOMS)

    def value(self) -> str:
        """A value whose evaluation is seen, or a plain one."""
        if self.chance(40):
            return self.atom()
        return f"log({self.atom()})"

    def test(self) -> str:
        """A condition that is seen."""
        return f"log({self.pick(('True', 'False', '1', '0', '[]'))})"

    def space(self) -> str:
        """What may stand between tokens inside of brackets."""
        return self.pick(("", "", "", "", "", " ", "\n", "  # why\n", "\n\n"))

    def atom_plain(self) -> str:
        """A value that can be a default of a data class."""
        return self.pick(("0", "None", "'s'", "(1, 2)", "1.5"))
