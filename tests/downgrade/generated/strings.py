"""f-strings without limits (PEP 701) and template strings (PEP 750)."""

from __future__ import annotations

from typing import Callable, NamedTuple, Tuple

from .pen import Pen

_EXPRESSIONS = (
    "1", "'a'", '"b"', "x", "d['a']", 'd["a"]', "'\\n'.join(['p', 'q'])", '"\\t"', "log(2)",
    "log('c')", "x + 1", "x, 2", "*[1, x], 3", "(lambda y: y + 1)(x)", "{1: 'q'}[1]", "x if x else 0",
    "[i for i in (1, 2)]", "{'k': x}", "x != 1", "x == 1", "'#'", '"{}"', "'''t'''", '"""u"""',
    "'\\\\'", "(y := log(5))", "Loud(x)", "not x", "x is not None", "'\\N{DEGREE SIGN}'",
    "'%s' % x", "b'by'", "r'\\d'", "-x", "d.get('z', 'no')", "x if x < 3 else '>'", "f''",
)  # fmt: skip
_TEXT = (
    "a",
    " ",
    "{{",
    "}}",
    "\\n",
    "'",
    '"',
    "\\\\",
    "é",
    "#",
    "\\N{BULLET}",
    "\\x41",
    "b c",
    ":",
)
_SPECS = (">8", "<4", "^6", "", "*>5", "d", "\\x3e8", ".2", "}}", "{{")


class Field(NamedTuple):
    """A replacement field: its text, and what an Interpolation has of it (PEP 750)."""

    text: str
    value: str
    expression: str
    conversion: str
    spec: str
    #: what the literal in front of it ends with: the text of ``=``
    before: str


class Strings:
    """Writes f-strings, of one kind of literal each."""

    def __init__(self, pen: Pen) -> None:
        """``pen`` chooses."""
        self.pen = pen

    def literal(self, depth: int) -> str:
        """``f"..."``, in one or several parts."""
        pen = self.pen
        parts = [self.one(depth)]
        if pen.chance(20):
            parts.append(self.one(depth) if pen.chance(50) else pen.pick(("'l'", '"m"', "r'\\n'")))
            if pen.chance(30):
                parts.reverse()
        return " ".join(parts) if pen.chance(70) else f"({(' ' + pen.space()).join(parts)})"

    def one(self, depth: int) -> str:
        """A literal."""
        pen = self.pen
        quote = pen.pick(("'", '"', "'''", '"""'))
        raw = pen.chance(12)
        prefix = pen.pick(("rf", "fr", "Rf")) if raw else pen.pick(("f", "f", "F"))
        text = ""
        for _ in range(1 + pen.below(3)):
            if pen.chance(40):
                text += self.text(quote, raw)
            if pen.chance(85):
                text += self.field(quote, depth, raw)
        return f"{prefix}{quote}{text}{quote}"

    def text(self, quote: str, raw: bool) -> str:
        """Characters between the fields."""
        piece = self.pen.pick(_TEXT)
        if piece[0] in "'\"" and piece[0] == quote[0]:
            return "q"
        if raw and "\\" in piece:
            return "\\d"
        if len(quote) == 3 and self.pen.chance(15):
            return "\n"
        return piece

    def expression(self, depth: int) -> str:
        """What stands in the braces; never with what would end it."""
        pen = self.pen
        if depth > 0 and pen.chance(25):
            return self.literal(depth - 1)
        return pen.pick(_EXPRESSIONS)

    def field(self, quote: str, depth: int, raw: bool) -> str:
        """``{expression = !r:spec}`` with any of these."""
        pen = self.pen
        value = self.expression(depth)
        lines = pen.chance(12)
        start, end = (pen.space(), pen.space()) if lines else ("", "")
        if value[0] == "{":
            start = start or " "
        equals = pen.pick(("=", " = ", "= ")) if pen.chance(12) else ""
        if set("#\\") & set(value) or "!=" in value:
            equals = ""  # the first releases of 3.12 and 3.13 show another text
        conversion = pen.pick(("!r", "!s", "!a", "!r ")) if pen.chance(25) else ""
        if "#" in end and not end.endswith("\n"):
            end += "\n"
        spec = f":{self.spec(quote, depth, raw)}" if pen.chance(30) else ""
        if spec and not conversion and value[0] not in "(xdf1'\"lL":
            conversion = "!s"
        return "{" + start + value + end + equals + conversion + spec + "}"

    def spec(self, quote: str, depth: int, raw: bool) -> str:
        """How it is to be formatted: text, and fields."""
        pen = self.pen
        kind = pen.below(6)
        if kind < 2:
            return pen.pick(_SPECS[:5])
        if kind == 2:
            return ">{w}"
        if kind == 3:
            return "{'>'}{w}" if pen.chance(50) else '{">"}{log(w)}'
        if kind == 4 and depth > 0:
            return "{f'{w}'}" if pen.chance(50) else "{w:{'>'}{1}}"
        return "{w!r}" if not raw else "{w}"


def write_fstring(pen: Pen, inside: Callable[[Pen], None]) -> None:
    """f-strings in places of every kind, shown."""
    strings = Strings(pen)
    pen.write("x = 1; w = 7; d = {'a': 'da'}; y = 0")
    for _ in range(1 + pen.below(3)):
        text = strings.literal(2)
        kind = pen.below(8)
        with pen.block("try:"):
            if kind == 4:
                pen.write(f"log({pen.value()}, {text}, {pen.value()})")
            elif kind == 5:
                pen.write(f"log({text}.upper(), ({text})[:3])")
            elif kind == 6:
                pen.write(f"log([{text} for x in (1, 2)])")
            elif kind == 7:
                pen.write(f"log({text} + 'z' if {pen.test()} else 0)")
            else:
                pen.write(f"log({text})")
        with pen.block("except (ValueError, TypeError) as error:"):
            pen.write("log(type(error))")


def _template(pen: Pen) -> Tuple[str, str]:
    """A t-string, and the call that makes the same of its parts."""
    quote = pen.pick(("'", '"', "'''"))
    text, strings, parts = "", "", []  # type: Tuple[str, str, List[str]]  # type: ignore[misc]
    for _ in range(pen.below(4)):
        if pen.chance(50):
            piece = pen.pick(("a", " ", "{{", "}}", "\\n", "é"))
            text += piece
            strings += piece.replace("{{", "{").replace("}}", "}")
        value = pen.pick(("x", "log(2)", "x + 1", "d", "(x, 2)", "[i for i in (1, 2)]", "Loud(x)"))
        space = pen.pick(("", " "))
        equals = pen.pick(("=", " = ")) if pen.chance(15) else ""
        conversion = pen.pick(("r", "s", "a")) if pen.chance(25) else ""
        spec, shown = pen.pick((("", "''"),) * 4 + ((">8", "'>8'"), (">{w}", "f'>{w}'")))
        if equals:
            strings += value + equals if not space else space + value + equals
        text += "{" + space + value + equals
        text += f"!{conversion}" * bool(conversion) + f":{spec}" * bool(spec) + "}"
        if equals and not conversion and not spec:
            conversion = "r"
        parts += [
            repr_of(strings),
            f"({value}, {space + value!r}, {conversion or None!r}, {shown})",
        ]
        strings = ""
    if pen.chance(50):
        text, strings = text + "end", "end"
    return f"t{quote}{text}{quote}", f"parts_of({', '.join([*parts, repr_of(strings)])})"


def repr_of(text: str) -> str:
    """The literal of a text whose escapes are written already."""
    return f"'{text}'"


def write_template(pen: Pen, inside: Callable[[Pen], None]) -> None:
    """t-strings; 3.13 is given a call with their parts."""
    pen.used.add("PEP 750")
    pen.write("x = 1; w = 7; d = {'a': 'da'}")
    for _ in range(1 + pen.below(2)):
        text, parts = _template(pen)
        pen.write(f"print(shown({text}))", f"print({parts})")
