"""The look without parsing never misses what the parser finds."""

from __future__ import annotations

import inspect
import textwrap
import typing

from hypothesis import given, settings
from hypothesis import strategies as st

from downgrade.syntax import parse_text
from downgrade.syntax.features import newer_than
from downgrade.syntax.quick import may_need_more

from .golden import verdicts

#: Texts that 3.13 takes: single statements.
VALID = [text for text, digits in verdicts().items() if digits[-1] == "1"]
EXPRESSIONS = [
    text
    for text in VALID
    if "\n" not in text and "#" not in text and not text.startswith(("x = ", "type", "match"))
]
EXTRA = ["t'{a}'", "rt'a'", 'tR"""{a}"""', "try: a\nexcept b, c: d", "try: a\nexcept* b, c: d"]
#: Around a statement: {} is its place.
AROUND = [
    "{}",
    "import a\r\n{}\r\nb = 1\r\n",
    "'''doc \"f\"'''\n{}\n",
    "x = '\"' # it's\n{}\ny = \"'\"",
    "x = 'f'; y = \"t\", r'\\'\n{}",
    "\f{}",
    "def f(a, *b, c: int = 1):\n    '''for x in *y'''\n    pass\n{}",
    "x[a, (\n b, # ]\n 'c]', {{'d': [e]}})]\n{}",
    "é = f'{{é!r:>{{w}}}}' # é\n{}",
    "\\\n{}",
]


def check(text: str) -> None:
    features = parse_text(text).features
    for minor in range(8, 14):
        if newer_than(features, (3, minor)):
            assert may_need_more(text, (3, minor)), (minor, text, features)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(VALID + EXTRA), st.sampled_from(AROUND), st.booleans())
def test_statements(statement: str, around: str, inside: bool) -> None:
    if inside:
        statement = "if x:\n" + textwrap.indent(statement, "\t") + "\nelse: pass"
    text = around.format(statement) if around != "\\\n{}" or not inside else statement
    try:
        parse_text(text)
    except SyntaxError:
        return
    check(text)


#: A valid piece, and what of the newer grammar it may be joined with by brackets and commas.
ATOMS = st.sampled_from(
    [
        "a",
        "b.c",
        "'s'",
        '"[*"',
        "f'{a}'",
        "f\"{a['b']}\"",
        "f'{a['b']}'",
        "1",
        "'''x\n(*'''",
        "t'{a}'",
    ]
)


def _wrap(inner: typing.Any) -> typing.Any:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        inner.map(lambda x: f"({x})"),
        inner.map(lambda x: f"[*{x}]"),
        inner.map(lambda x: f"a [ {x} ]"),
        inner.map(lambda x: f"a[# it's [\n*{x}]" if "\n" not in x else f"a[*{x}]"),
        pairs.map(lambda x: f"({x[0]})[{x[1]}, *b]"),
        pairs.map(lambda x: f"f({x[0]}, *{x[1]}, k={x[0]})"),
        pairs.map(lambda x: f"({x[0]} * {x[1]})"),
        pairs.map(lambda x: f"{{y := {x[0]}, ({x[1]})}}"),
        pairs.map(lambda x: f"[(z := {x[0]}), {x[1]}]"),
        pairs.map(lambda x: f"a[z := {x[0]}, {x[1]}]"),
        pairs.map(lambda x: f"{{{x[0]}: {x[1]}, **d}}"),
        pairs.map(lambda x: f"(lambda: {x[0]})({x[1]})"),
        pairs.map(lambda x: f"f({x[0]}, # can't (\n  {x[1]})"),
    )


EXPRESSION = st.recursive(ATOMS, _wrap, max_leaves=8)
STATEMENT = st.one_of(
    EXPRESSION.map(lambda x: f"x = {x}"),
    EXPRESSION.map(lambda x: f"x += {x}"),
    EXPRESSION.map(lambda x: f"x |= {x}, *y"),
    EXPRESSION.map(lambda x: f"for a in {x}: pass"),
    EXPRESSION.map(lambda x: f"for a in {x}, *b: pass"),
    EXPRESSION.map(lambda x: f"async def f():\n  async for a in *b, {x}:\n    pass"),
    EXPRESSION.map(lambda x: f"@f({x})\ndef g(): pass"),
    EXPRESSION.map(lambda x: f"@f({x})({x})\nclass G: pass"),
    EXPRESSION.map(lambda x: f"@ f [{x}]\nclass G: pass"),
    EXPRESSION.map(lambda x: f"with ({x}): pass"),
    EXPRESSION.map(lambda x: f"with ({x} as b): pass"),
    EXPRESSION.map(lambda x: f"try: pass\nexcept ({x}): pass"),
    EXPRESSION.map(lambda x: f"try: pass\nexcept {x}, b: pass"),
    EXPRESSION.map(lambda x: f"match {x}:\n  case _: pass"),
    EXPRESSION.map(lambda x: f"match ( {x} ) :\n  case _: pass"),
    EXPRESSION.map(lambda x: f"if ñ := {x}: type X = {x}"),
    EXPRESSION.map(lambda x: f"def f (*a : *{x}): pass"),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(STATEMENT, min_size=1, max_size=2))
def test_generated(statements: typing.List[str]) -> None:
    check("\n".join(statements) + "\n")


def test_most_plain_code_asks_for_no_parse() -> None:
    for module in (textwrap, inspect):
        text = inspect.getsource(module)
        assert not newer_than(parse_text(text).features, (3, 8))
    assert not may_need_more(inspect.getsource(textwrap), (3, 8))
    assert not may_need_more(
        "x = f'{a!r:>{b}} {c[\"d\"]}'\nfor i in range(2 * n): y += i\n", (3, 8)
    )
    assert may_need_more("x = f'{a['b']}'", (3, 11))
    assert not may_need_more("x = f'{a['b']}'", (3, 12))
