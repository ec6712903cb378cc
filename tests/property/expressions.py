"""Expressions as source text, drawn from Hypothesis."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence, TypeVar

from hypothesis import strategies as st

__all__ = ["Expressions", "Scope"]

T = TypeVar("T")

_BELOW: Dict[int, st.SearchStrategy[int]] = {}

_LITERALS = (
    "0", "1", "2", "-1", "None", "True", "False", "'s'", "''", "b'b'", "1.5", "-0.0", "2j", "...",
    "(1, 2)", "(1, (True, 1.0))", "123456789012345678901234567890", "__name__",
)  # fmt: skip
_SIGNS = ("+", "-", "*", "/", "//", "%", "@", "&", "|", "^", "<<", ">>", "**")
_COMPARISONS = ("<", "<=", "==", "!=", ">", ">=", "in", "not in", "is", "is not")
_ATTRIBUTES = ("a", "b", "name", "a", "b", "name", "missing")
_SPECS = ("", ":>4", "!r", "!s:<6", "!a", ":{1}", "!r:{2}")


class Scope:
    """What a function, class or module knows while it is written.

    Args:
        kind: ``function``, ``generator``, ``async``, ``asyncgen``, ``class``, ``lambda``.
        parent: the scope around it.
    """

    def __init__(self, kind: str, parent: Optional[Scope] = None) -> None:
        self.kind = kind
        self.parent = parent
        #: names that are bound here, as far as the text goes
        self.names: List[str] = []
        #: names that may be called without arguments
        self.functions: List[str] = []
        #: names that are declared nonlocal or global
        self.declared: List[str] = []
        self.loops = 0
        #: how many ``except*`` are around, which no jump may leave
        self.starred = 0

    @property
    def awaits(self) -> bool:
        """Whether ``await`` may stand here."""
        return self.kind in ("async", "asyncgen")

    @property
    def yields(self) -> bool:
        """Whether ``yield`` may stand here."""
        return self.kind in ("generator", "asyncgen")

    def visible(self) -> List[str]:
        """Names that are bound here or around."""
        found = list(self.names)
        scope = self.parent
        while scope is not None:
            if scope.kind != "class":
                found += [name for name in scope.names if name not in found]
            scope = scope.parent
        return found


class Expressions:
    """A writer of expressions.

    Nothing it writes grows without bound in a loop: ``*`` and ``+`` have a ``V`` on one side,
    what is formatted is shown first, and keys are values that hash at once.

    Args:
        draw: Hypothesis's.
        level: the minor version of Python whose grammar may be used.
    """

    def __init__(self, draw: Callable[[Any], Any], level: int) -> None:
        self.draw = draw
        self.level = level
        self.scope = Scope("function")
        self.in_string = False
        self.in_comprehension = 0
        self.in_walrus = 0
        self.counter = 0

    # -- drawing

    def below(self, limit: int) -> int:
        """A number from 0 to ``limit - 1``, shrinking to 0."""
        strategy = _BELOW.get(limit)
        if strategy is None:
            strategy = _BELOW[limit] = st.integers(0, limit - 1)
        return int(self.draw(strategy))

    def pick(self, options: Sequence[T]) -> T:
        """One of them, shrinking to the first."""
        return options[self.below(len(options))]

    def one_in(self, count: int) -> bool:
        """Sometimes; shrinks to never."""
        return self.below(count) == count - 1

    def fresh(self, prefix: str) -> str:
        """A name that was not used before."""
        self.counter += 1
        return f"{prefix}{self.counter}"

    # -- atoms

    def name(self) -> str:
        """A name to read, mostly a bound one."""
        names = self.scope.visible()
        if not names or self.one_in(60):
            return self.pick(("a", "b", "c", "unknown"))
        return self.pick(names)

    def value(self) -> str:
        """A ``V``."""
        return f"V({self.below(13)})"

    def literal(self) -> str:
        """A constant."""
        text = self.pick(_LITERALS)
        if self.in_walrus and "-" in text:
            # 3.8 and 3.9 don't fold what stands in one
            return "3"
        return "3" if self.in_string and ("'" in text or "." in text) else text

    def atom(self) -> str:
        """A name, a constant or a call of the environment."""
        kind = self.below(12)
        if kind < 4:
            return self.name()
        if kind < 7:
            return self.value()
        if kind < 9:
            return self.literal()
        if kind == 9:
            return f"log({self.name()})"
        if kind == 10:
            return f"boom({self.below(8) if self.one_in(3) else 0})"
        return self.called() if self.scope.functions else self.value()

    def called(self) -> str:
        """A call of a function of the program, run for a while."""
        name = self.pick(self.scope.functions) if self.scope.functions else "V"
        return f"use({name}())"

    # -- expressions

    def expression(self, depth: int = 2) -> str:
        """Any expression; what is not an atom stands in parentheses where it must."""
        if depth <= 0 or self.one_in(4):
            return self.atom()
        forms = self._forms()
        return forms[self.below(len(forms))](depth - 1)

    def _forms(self) -> List[Callable[[int], str]]:
        forms = [
            self._operation, self._comparison, self._boolean, self._unary, self._conditional,
            self._call, self._attribute, self._subscript, self._display, self._slice,
        ]  # fmt: skip
        if not self.in_string:
            forms += [self._comprehension, self._string, self._lambda, self._dict, self._percent]
        if self.scope.kind != "class" or not self.in_comprehension:
            forms.append(self._walrus)
        if not self.in_comprehension:
            if self.scope.yields:
                forms.append(self._yield)
            if self.scope.awaits:
                forms.append(self._await)
        return forms

    def _operation(self, depth: int) -> str:
        sign = self.pick(_SIGNS)
        left, right = self.value(), self.expression(depth)
        if self.one_in(2):
            left, right = right, left
        return f"({left} {sign} {right})"

    def _comparison(self, depth: int) -> str:
        parts = [self.expression(depth) if self.one_in(3) else self.value()]
        for _ in range(self.pick((1, 1, 2, 3))):
            other = self.name() if self.one_in(5) else self.value()
            parts += [self.pick(_COMPARISONS), other]
        return f"({' '.join(parts)})"

    def _boolean(self, depth: int) -> str:
        sign = self.pick((" and ", " or "))
        count = self.pick((2, 2, 3))
        return f"({sign.join(self.expression(depth) for _ in range(count))})"

    def _unary(self, depth: int) -> str:
        if self.one_in(2):
            return f"(not {self.expression(depth)})"
        return f"({self.pick('-+~')}{self.value()})"

    def _conditional(self, depth: int) -> str:
        value, test = self.expression(depth), self.expression(depth)
        return f"({value} if {test} else {self.expression(depth)})"

    def _call(self, depth: int) -> str:
        function = self.pick((self.value(), "log", f"{self.value()}.method", "log"))
        if self.one_in(20):
            function = self.name()
        arguments = [self.expression(depth) for _ in range(self.below(3))]
        if self.one_in(4):
            arguments.append(f"*{self._starred()}")
            if self.one_in(3):
                arguments.append(self.atom())
        if self.one_in(3):
            arguments.append(f"a={self.expression(depth)}")
        if self.one_in(4):
            arguments.append(f"**keys({self.below(4)})")
            if self.one_in(2):
                arguments.append(f"k={self.atom()}")
        return f"{function}({', '.join(arguments)})"

    def _starred(self) -> str:
        # 3.8 writes ``[x, *(1, 2)]`` as ``[x, 1, 2]``, and nothing brings the star back
        constants = "(1, None)" if self.level > 8 else "it(2)"
        return self.pick((self.value(), "it(3)", constants))

    def _attribute(self, depth: int) -> str:
        return f"{self._owner(depth)}.{self.pick(_ATTRIBUTES)}"

    def _owner(self, depth: int) -> str:
        text = self.expression(depth) if self.one_in(4) else self.value()
        return text if text[-1:] in ")]" else f"({text})"

    def _subscript(self, depth: int) -> str:
        return f"{self._owner(depth)}[{self.expression(depth)}]"

    def _slice(self, depth: int) -> str:
        start, stop = (self.pick(("", self.atom())) for _ in range(2))
        step = self.pick(("", "", f":{self.atom()}"))
        owner = self.name() if self.one_in(5) else self.value()
        return f"{owner}[{start}:{stop}{step}]"

    def _display(self, depth: int) -> str:
        parts = [self.atom(), *(self.value() for _ in range(self.below(4)))]
        if self.one_in(3):
            parts.append(f"*{self._starred()}")
        if self.one_in(5):
            parts += [self.literal(), f"*it({self.below(4)})"]
        kind = self.below(4)
        if kind == 0:
            return f"[{', '.join(parts)}]"
        if kind == 1:
            return f"({', '.join(parts)},)"
        if kind == 2 and not self.in_string:
            return "{" + ", ".join(parts[1:] or [self.value()]) + "}"
        return "[]" if kind == 2 else "()"

    def _dict(self, depth: int) -> str:
        parts = []
        for _ in range(self.below(4)):
            key = self.pick((self.value(), "'k'", "1"))
            parts.append(f"{key}: {self.expression(depth)}")
        if self.one_in(3):
            parts.append(f"**keys({self.below(4)})")
        return "{" + ", ".join(parts) + "}"

    def _comprehension(self, depth: int) -> str:
        asynchronous = self.scope.awaits and not self.in_comprehension and self.one_in(4)
        source = self._source()
        clauses = f"async for i in ait({self.below(4)})" if asynchronous else f"for i in {source}"
        outer, self.scope = self.scope, self._within(["i"])
        self.in_comprehension += 1
        if self.one_in(3):
            clauses += f" if {self.expression(depth)}"
        if self.one_in(4):
            # (not in a list of one: from 3.9 on that is an assignment, bpo-32856)
            self.scope.names.append("j")
            clauses += f" for j in it({self.below(4)})"
        kind = self.below(4)
        value = self.expression(depth)
        if kind == 3:
            key = self.pick((self.value(), "1"))
            text = "{" + f"{key}: {value} {clauses}" + "}"
        elif kind == 2:
            text = "{" + f"{self.value()} {clauses}" + "}"
        elif kind == 1 and not asynchronous:
            text = f"{self.pick(('list', 'use', 'tuple'))}({value} {clauses})"
        else:
            text = f"[{value} {clauses}]"
        self.in_comprehension -= 1
        self.scope = outer
        return text

    def _source(self) -> str:
        sources = (f"it({self.below(5)})", self.value(), "(1, 2)", "range(2)")
        return self.name() if self.one_in(12) else self.pick(sources)

    def _within(self, names: List[str]) -> Scope:
        inner = Scope(self.scope.kind, self.scope)
        inner.names = names + (self.scope.names if self.scope.kind != "class" else [])
        inner.functions = self.scope.functions
        return inner

    def _string(self, depth: int) -> str:
        self.in_string = True
        parts = []
        for _ in range(1 + self.below(3)):
            parts.append(self.pick(("", "t", "{{")))
            value = self.pick((self.value, self.literal, lambda: self._operation(0)))()
            spec = self.pick(_SPECS)
            parts.append("{" + f"({value}){spec}" + "}")
        self.in_string = False
        return 'f"' + "".join(parts) + '"'

    def _percent(self, depth: int) -> str:
        value = self.pick((self.value, self.literal))
        form = self.pick(("%s", "%r", "%s-%s", "%a", "%5s"))
        values = ", ".join(value() for _ in range(form.count("%")))
        return f"({form!r} % ({values},))"

    def _lambda(self, depth: int) -> str:
        outer = self.scope
        default = self.expression(depth)
        self.scope = Scope("lambda", outer)
        self.scope.names = ["p", "q"]
        inside, self.in_comprehension = self.in_comprehension, 0
        body = self.expression(depth)
        self.in_comprehension = inside
        self.scope = outer
        text = f"(lambda p=1, *, q={default}: {body})"
        return text if self.one_in(3) else f"{text}()"

    def _walrus(self, depth: int) -> str:
        self.in_walrus += 1
        value = self.expression(depth)
        self.in_walrus -= 1
        if self.scope.kind == "class" or self.scope.declared:
            return value
        name = self.pick(("w", "z"))
        if not self.in_comprehension and name not in self.scope.names:
            self.scope.names.append(name)
        return f"({name} := {value})"

    def _yield(self, depth: int) -> str:
        if self.scope.kind == "generator" and self.one_in(3):
            inner = self.pick((f"it({self.below(5)})", self.value(), "sub()", "(1, 2)"))
            return f"(yield from {inner})"
        return f"(yield {self.expression(depth)})"

    def _await(self, depth: int) -> str:
        return f"(await {self.pick((f'aw({self.below(8)})', 'co()'))})"
