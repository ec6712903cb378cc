"""``match`` in all its forms (PEP 634)."""

from __future__ import annotations

from typing import Callable, List

from .pen import Pen

_SUBJECTS = (
    "0", "1", "True", "None", "'ab'", "b'ab'", "1.5", "-1", "3j", "[]", "[1]", "[1, 2]",
    "(1, [2, 3])", "(1, 2, 3)", "{}", "{'a': 1}", "{'a': [1, 2], 'b': None, 1: 'x'}", "Point(1, 2)",
    "Point(0, Point(1, 1))", "Sub(1, 2, 3)", "Loud(1)", "Loud([1, 2])", "range(3)", "deque([1, 2])",
    "Row(1, 2)", "Row(1, 'ab', [3])", "Table(a=1)", "Table(a=1, b={'a': [1]})",
    "UserDict({'a': 1})", "proxy({'a': [1]})", "Color.RED", "Data(1)", "Data([1, 2], 'ab')",
    "Named(1, 2)", "Text('ab')", "BadArgs()", "bytearray(b'ab')", "frozenset([1])", "{1}", "int",
    "[Point(1, 2), {'a': Data(1)}]", "iter([1])", "memoryview(b'ab')",
)  # fmt: skip
_LITERALS = (
    "0", "1", "-1", "1.5", "3j", "1 + 3j", "-1.5 - 2j", "'ab'", "'a' 'b'", "b'ab'", "None", "True",
    "False", "Meta.A", "Meta.B", "Meta.Inner.C", "Color.RED", "'''ab'''", "0x1",
)  # fmt: skip
_KEYS = ("'a'", "'b'", "1", "Meta.Inner.C", "None", "Color.RED", "-1", "b'ab'")
#: Classes, how many positional patterns they have, and names of attributes.
_CLASSES = (
    ("Point", 2, "x y z"),
    ("Sub", 2, "x y z"),
    ("Data", 2, "a b"),
    ("Named", 2, "a b"),
    ("Loud", 0, "n p q x"),
    ("int", 1, "real imag missing"),
    ("str", 1, ""),
    ("bytes", 1, ""),
    ("bool", 1, ""),
    ("list", 1, ""),
    ("tuple", 1, ""),
    ("dict", 1, "keys"),
    ("float", 1, ""),
    ("Text", 1, ""),
    ("object", 0, "n x"),
    ("BadArgs", 0, "x"),
    ("Color", 0, "value name"),
    ("type", 0, "__name__"),
    ("frozenset", 1, ""),
)


class Patterns:
    """Writes patterns; each is told which names it binds, all of them and no others."""

    def __init__(self, pen: Pen) -> None:
        """``pen`` chooses."""
        self.pen = pen

    def top(self, names: List[str], can_fail: bool, depth: int = 3) -> str:
        """What may stand behind ``case``: also a sequence without brackets."""
        if self.pen.chance(15):
            items = self.items(names, depth)
            if items and (len(items) > 1 or not items[0].startswith("(")):
                return ", ".join(items) + ("," if len(items) == 1 or self.pen.chance(20) else "")
            return f"[{', '.join(items)}]"
        return self.any(names, can_fail, depth)

    def any(self, names: List[str], can_fail: bool, depth: int) -> str:
        """A pattern, with ``as`` or ``|`` or without; it may fail if ``can_fail``."""
        kind = self.pen.below(10)
        if names and kind in (7, 8):
            inner = self.closed(names[1:], can_fail, depth - 1)
            return f"{inner} as {names[0]}"
        if kind == 9 and depth > 0:
            count = 2 + self.pen.below(2)
            parts = [self.closed(names, True, depth - 1) for _ in range(count - 1)]
            parts.append(self.closed(names, can_fail, depth - 1))
            if self.pen.chance(30):
                return f"({f'{self.pen.space()}|{self.pen.space()}'.join(parts)})"
            return " | ".join(parts)
        return self.closed(names, can_fail, depth)

    def group(self, names: List[str], can_fail: bool, depth: int) -> str:
        """A pattern in parentheses."""
        space = self.pen.space
        return f"({space()}{self.any(names, can_fail, depth)}{space()})"

    def closed(self, names: List[str], can_fail: bool, depth: int) -> str:
        """A pattern that can stand beside ``|``."""
        forms: List[Callable[[List[str], int], str]] = []
        if depth > 0:
            forms += [self.sequence, self.mapping, self.instance]
        if not names:
            forms.insert(0, lambda _, __: self.pen.pick(_LITERALS))
        if not can_fail and not names:
            return "_"
        if not can_fail and len(names) == 1:
            return names[0]
        if not can_fail or (depth > 0 and self.pen.chance(10)):
            return self.group(names, can_fail, depth - 1)
        if not forms:
            # the smallest that binds and can fail
            return f"[{', '.join(names)}]"
        return self.pen.pick(forms)(names, depth - 1)

    def part(self, names: List[str], depth: int) -> str:
        """A pattern inside of another: any, or one that always holds."""
        if not names:
            return (
                self.pen.pick(("_", *_LITERALS[:8]))
                if self.pen.chance(60)
                else self.any([], True, depth)
            )
        if len(names) == 1 and self.pen.chance(60):
            return names[0]
        return self.any(names, True, depth)

    def shares(self, names: List[str], count: int) -> List[List[str]]:
        """The names, dealt out."""
        shares: List[List[str]] = [[] for _ in range(count)]
        for name in names:
            shares[self.pen.below(count)].append(name)
        return shares

    def items(self, names: List[str], depth: int) -> List[str]:
        """The parts of a sequence, with a star or without."""
        pen = self.pen
        names = list(names)
        star = None
        if pen.chance(40):
            star = "*" + (names.pop() if names and pen.chance(60) else "_")
        count = pen.below(3) + (1 if names else 0)
        items = [self.part(share, depth) for share in self.shares(names, count)] if count else []
        if star:
            items.insert(pen.below(len(items) + 1), star)
        return items

    def sequence(self, names: List[str], depth: int) -> str:
        """``[p, *q]`` or with parentheses."""
        items = self.items(names, depth)
        space = self.pen.space()
        text = f",{space} ".join(items)
        if self.pen.chance(50):
            return f"[{space}{text}{', ' * (bool(items) and self.pen.chance(20))}]"
        return f"({space}{text}{',' * (len(items) == 1)})"

    def mapping(self, names: List[str], depth: int) -> str:
        """``{k: p, **rest}``."""
        pen = self.pen
        names = list(names)
        rest = names.pop() if names and pen.chance(40) else None
        keys = pen.some(_KEYS, 1 if names else 0, 3)
        if "'a'" in keys and "Meta.Inner.C" in keys and pen.chance(70):
            keys.remove("Meta.Inner.C")
        shares = self.shares(names, len(keys)) if keys else []
        space = pen.space()
        items = [f"{key}: {self.part(share, depth)}" for key, share in zip(keys, shares)]
        if rest:
            items.append(f"**{rest}")
        return "{" + space + f",{space} ".join(items) + "}"

    def instance(self, names: List[str], depth: int) -> str:
        """``C(p, a=q)``."""
        pen = self.pen
        cls, most, attributes = pen.pick(_CLASSES)
        wrong = pen.chance(3)
        count = pen.below(most + 1 + wrong)
        keywords = pen.some(attributes.split(), 0, 2)
        if names and not count and not keywords:
            if most:
                count = 1
            else:
                keywords = attributes.split()[:1]
        if not count and not keywords:
            return f"{cls}()"
        shares = self.shares(names, count + len(keywords))
        items = [self.part(share, depth) for share in shares]
        for index, keyword in enumerate(keywords, count):
            items[index] = f"{keyword}={items[index]}"
        return f"{cls}({', '.join(items)}{pen.space()})"


def _subject(pen: Pen) -> str:
    one = pen.pick(_SUBJECTS)
    kind = pen.below(16)
    if kind == 9:
        return f"log({one}), {pen.pick(_SUBJECTS)}"
    if kind == 10:
        return f"*log([{one}, 2]), {pen.atom()}"
    if kind == 11:
        return f"{pen.fresh('w')} := {one}"
    if kind == 12 and pen.scope.awaits:
        return f"await later({one})"
    if kind == 13 and pen.scope.kind == "generator":
        return f"(yield {one})"  # the grammar wants the parentheses
    if kind == 14:
        return f"({pen.space()}{one}{pen.space()})"
    if kind == 15:
        return "lambda: 1" if pen.chance(10) else f"{one} if {pen.test()} else {pen.atom()}"
    return one if kind < 6 else f"log({one})"


def _guard(pen: Pen, names: List[str]) -> str:
    kind = pen.below(12)
    if kind < 7:
        return ""
    asked = f"log({', '.join(names)})" if names else pen.test()
    return {
        7: f" if {pen.test()}",
        8: f" if {asked}",
        9: f" if ({pen.fresh('g')} := {asked})",
        10: f" if {pen.fresh('g')} := {asked}",
        11: f" if {asked} and {pen.test()} or {pen.test()}",
    }[kind]


def write_match(pen: Pen, inside: Callable[[Pen], None]) -> None:
    """A ``match`` statement, and what it left in the names of its patterns."""
    patterns = Patterns(pen)
    bound: List[str] = []
    with pen.block(f"match {_subject(pen)}:"):
        count = 1 + pen.below(4)
        for index in range(count):
            names = pen.some(("a", "b", "c", "_d"), 0, 2)
            guard = _guard(pen, names)
            is_last = index == count - 1
            can_fail = not (guard or is_last) or pen.chance(60)
            pattern = patterns.top(names, can_fail)
            bound += [name for name in names if name not in bound]
            shown = f"log({', '.join([str(index), *names])})"
            header = f"case {pattern}{guard}:"
            if pen.chance(20):
                pen.write(f"{header} {shown}; {pen.atom()}")
                continue
            with pen.block(header):
                pen.write(shown)
                if names and pen.chance(15) and pen.scope.kind != "class":
                    pen.write(f"print(text((lambda: {names[0]})()))")
                if pen.chance(40):
                    inside(pen)
                if pen.scope.loops and pen.chance(15) and not pen.scope.starred:
                    pen.write(pen.pick(("break", "continue")))
            if pen.chance(8):
                pen.write(pen.pick(("", "# between")))
    for name in bound[:2]:
        if pen.chance(40):
            pen.write(f"try: log({name!r}, {name})")
            pen.write(f"except NameError: log('unbound', {name!r})")
