"""Our parser beside CPython 3.13's, on every host: nodes, spans, refusals."""

from __future__ import annotations

import gc
from typing import List

import pytest

from downgrade.syntax import nodes, parse, parse_expression, parse_text
from downgrade.syntax.features import CONSTRUCTS
from downgrade.syntax.node import dump
from downgrade.syntax.source import as_bytes
from downgrade.syntax.tokenizer import Tokenizer

from .golden import (
    ACCEPTED,
    REJECTED,
    expected_by_newest,
    expected_errors,
    expected_nodes,
    verdicts,
)


def test_nodes_and_spans_are_cpython_s() -> None:
    ours = [dump(statement) for statement in parse(ACCEPTED, version=(3, 13)).body]
    theirs = expected_nodes()
    assert len(ours) == len(theirs) > 240
    for mine, expected in zip(ours, theirs):
        assert mine == expected


def test_what_cpython_refuses_is_refused_in_its_words() -> None:
    expected = expected_errors()
    same = 0
    for text in REJECTED:
        with pytest.raises(SyntaxError) as caught:
            parse(text, "there.py", (3, 13))
            raise AssertionError(text)
        error = caught.value
        assert error.filename == "there.py" and error.offset is not None
        # a message may name the construct, but the line is CPython's, or the end of the text
        line = expected[text][1]
        assert line is None or error.lineno is not None and abs(error.lineno - line) <= 1
        same += (caught.value.msg, caught.value.lineno, caught.value.offset) == expected[text]
    assert same >= 203  # 3.8 words three messages itself


NEWLINE = 'x = f"{a:x\n}"'
#: Where we differ from a version on purpose. 3.8 takes `with (a, b)` for a tuple, and what its
#: compiler refuses later; 3.9-3.11 refuse the star already in the parser, 3.12.1 has a bug, and
#: newer releases than 3.12.1 and 3.13.0 refuse a newline there.
DIFFERENT = {
    8: {
        *("with (a, b): c", "with (a, b,): c", "with (a,): b", "with (a, b): pass"),
        *("with (a if b else c, lambda: d): e", "with (a, b,): pass", "with (a,): pass"),
        *("del *a, b", "(*a)", "del (*a,)", "(*a) = b", "[a for b in c if lambda: d]"),
    },
    9: {'f"{*a}"'},
    10: {'f"{*a}"'},
    11: {'f"{*a}"'},
    12: {'x = f"{a:{b=}}"', NEWLINE},
    13: {NEWLINE},
    14: set(),
}


@pytest.mark.parametrize("minor", sorted(DIFFERENT))
def test_each_version_s_grammar(minor: int) -> None:
    """What the parser takes for a version is what that CPython takes, text by text."""
    known = verdicts()
    assert len(known) > 900
    different = set()
    for text, digits in known.items():
        try:
            parse(text, version=(3, minor))
        except SyntaxError:
            taken = "0"
        else:
            taken = "1"
        if taken != digits[minor - 8]:
            different.add(text)
    assert different == DIFFERENT[minor]


def test_an_error_shows_its_line() -> None:
    with pytest.raises(SyntaxError) as caught:
        parse("é = 1\nü = 'ß' §", "there.py")
    assert (caught.value.lineno, caught.value.offset) == (2, 9)
    assert caught.value.text == "ü = 'ß' §\n"


def test_a_hash_in_a_shown_string_is_no_comment() -> None:
    """CPython 3.12 and 3.13.0 cut the text of ``=`` at any ``#``; 3.8 and 3.14 don't."""
    value = parse("f\"{a['#']=}\"").body[0].value  # type: ignore[attr-defined]
    assert value.values[0].value == "a['#']="


def test_braces_behind_a_field_in_a_specification() -> None:
    """A set before 3.13, a brace from 3.13 on: refused for a version that reads it otherwise."""
    text = 'f"{a:{b}{{c}}}"'
    statement = parse(text).body[0]
    assert isinstance(statement, nodes.Expr) and isinstance(statement.value, nodes.JoinedStr)
    assert [type(part).__name__ for part in statement.value.values] == [
        *("FormattedValue", "Constant"),
    ]
    with pytest.raises(SyntaxError, match="behind a field"):
        parse(text, version=(3, 12))


def test_a_newline_in_a_specification() -> None:
    """Newer releases of 3.13, and 3.14, refuse what 3.12.1 and 3.13.0 took."""
    with pytest.raises(SyntaxError, match="newlines are not allowed in format specifiers"):
        parse('f"{a:x\n}"')
    assert parse('f"""{a:x\n}"""').body


def fields(source: str) -> List[nodes.expr]:
    """The values of the only expression, a template string."""
    template = parse(source).body[0].value  # type: ignore[attr-defined]
    assert isinstance(template, nodes.TemplateStr)
    return template.values


def test_template_strings() -> None:
    first, second, third, fourth = fields('t"a{ x + 1 !r:>{w}}b{y=}"')
    assert isinstance(first, nodes.Constant) and first.value == "a"
    assert isinstance(second, nodes.Interpolation)
    assert second.str == " x + 1" and second.conversion == ord("r")
    assert isinstance(second.format_spec, nodes.JoinedStr)
    assert isinstance(third, nodes.Constant) and third.value == "by="
    assert isinstance(fourth, nodes.Interpolation) and fourth.str == "y"
    assert fourth.conversion == ord("r")
    (raw,) = fields(r'rt"{x}"')
    assert isinstance(raw, nodes.Interpolation)
    with pytest.raises(SyntaxError, match="cannot mix t-string"):
        parse('t"a" "b"')
    with pytest.raises(SyntaxError, match=r"template string needs Python 3\.14"):
        parse('t"a"', version=(3, 13))


def test_what_3_14_has_is_as_3_14_has_it() -> None:
    expected = expected_by_newest()
    assert len(expected) >= 38
    for text, dumped in expected.items():
        try:
            ours = dump(parse(text))
        except SyntaxError as error:
            ours = error.msg
        assert ours == dumped, text


def test_exceptions_without_parentheses() -> None:
    statement = parse("try: a\nexcept b, c: d").body[0]
    assert isinstance(statement, nodes.Try)
    types = statement.handlers[0].type
    assert isinstance(types, nodes.Tuple) and (types.col_offset, types.end_col_offset) == (7, 11)
    assert isinstance(parse("try: a\nexcept* b, c: d").body[0], nodes.TryStar)
    with pytest.raises(SyntaxError, match="must be parenthesized when using 'as'"):
        parse("try: a\nexcept b, c as d: e")


def test_comments_have_places() -> None:
    source = "# é\nx = (1,  # b\n  # c\n 2)\n\n  # d\nif x: # e\n    y\n# f"
    comments = Tokenizer(as_bytes(source)).comments
    assert [(c.lineno, c.col_offset, c.text) for c in comments] == [
        *((1, 0, "# \xc3\xa9"), (2, 9, "# b"), (3, 2, "# c")),
        *((6, 2, "# d"), (7, 6, "# e"), (9, 0, "# f")),
    ]


def test_encodings_and_line_ends() -> None:
    assert dump(parse(b"# coding: latin-1\nx = '\xe9'")) == dump(parse("#\nx = 'é'"))
    assert dump(parse(b"\xef\xbb\xbfx = '\xc3\xa9'")) == dump(parse("x = 'é'"))
    windows = parse("x = '''a\r\nb'''\r\nif x:\r\n\ty\r")
    assert dump(windows) == dump(parse("x = '''a\nb'''\nif x:\n\ty\n"))
    for bad in (b"\xff", b"# coding: no-such\n", b"x = 1\0", "\ud800"):
        with pytest.raises(SyntaxError):
            parse(bad)


def test_deep_nesting() -> None:
    statement = parse("x = " + "-" * 3000 + "1").body[0]
    assert isinstance(statement, nodes.Assign)
    value, depth = statement.value, 0
    while isinstance(value, nodes.UnaryOp):
        value, depth = value.operand, depth + 1
    assert depth == 3000
    assert parse("x = " + " + ".join(["y"] * 5000)).body
    with pytest.raises(SyntaxError, match="too many nested parentheses"):
        parse("(" * 300 + ")" * 300)


def test_one_expression() -> None:
    body = parse_expression("Dict[str, 'int']").body
    assert isinstance(body, nodes.Subscript)
    for bad in ("a b", "", "x = 1"):
        with pytest.raises(SyntaxError):
            parse_expression(bad)


def test_the_collector_is_left_as_it_was() -> None:
    assert gc.isenabled()
    parse("x")
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("source", "name", "span"),
    [
        ("@a[b]\ndef f(): pass", "relaxed-decorator", (1, 1, 1, 5)),
        ("@(a)\ndef f(): pass", "relaxed-decorator", (1, 1, 1, 4)),
        ("with (a as b): c", "parenthesized-with", (1, 5, 1, 13)),
        ("with (a, b): c", "parenthesized-with", (1, 5, 1, 11)),
        ("for a in *b, c: d", "star-in-for", (1, 9, 1, 14)),
        ("a += *b, c", "star-in-augmented-assignment", (1, 5, 1, 10)),
        ("f'{a!r }'", "f-string-701", (1, 6, 1, 7)),
        ("{a := b}", "bare-walrus-in-set", (1, 1, 1, 7)),
        ("a[b := c]", "bare-walrus-in-index", (1, 2, 1, 8)),
        ("match a:\n  case _: b", "match", (1, 0, 1, 5)),
        ("try: a\nexcept* b: c", "except-star", (2, 0, 2, 7)),
        ("a[*b]", "star-in-index", (1, 2, 1, 4)),
        ("def f(*a: *b): c", "star-annotation", (1, 10, 1, 12)),
        ("def f[T](): a", "type-parameters", (1, 5, 1, 8)),
        ("class C[T]: a", "type-parameters", (1, 7, 1, 10)),
        ("type X = a", "type-alias", (1, 0, 1, 10)),
        ("f'{a['b']}'", "f-string-701", (1, 0, 1, 11)),
        ("f'{a[\"\\n\"]}'", "f-string-701", (1, 2, 1, 11)),
        ("f'''{a # b\n}'''", "f-string-701", (1, 7, 1, 10)),
        ("f'{a:{b:{c}}}'", "f-string-701", (1, 8, 1, 8)),
        ("type X[T = a] = b", "type-parameter-default", (1, 9, 1, 12)),
        ("t'{a}'", "t-string", (1, 0, 1, 6)),
        ("try: a\nexcept b, c: d", "bare-except-tuple", (2, 7, 2, 11)),
    ],
)
def test_constructs(source: str, name: str, span: object) -> None:
    features = parse_text(source).features
    assert {use.name: (*use.start, *use.end) for use in features}[name] == span
    needed = max(use.since for use in features)
    assert needed == CONSTRUCTS[name].since
    parse(source, version=needed)
    with pytest.raises(SyntaxError, match=f"needs Python 3.{needed[1]} or newer"):
        parse(source, version=(3, needed[1] - 1))


def test_what_3_8_has_is_no_construct() -> None:
    source = """
@a.b(c)
def f(a, /, b): return 1, *a
with (a): (b := c)
with (a) as b, (c): d
with (a, b) as c: d
with (a, b)[0] as c: d
for a in (*b, c): d[(e := 1)], {(f := 2)}
match = case = type = 1
match(x), match[x]
try: a
except (b, c): d
f"{a['b']}{a!r:>{b}}{c=}" rf'''{a
}'''
class C(metaclass=M): x: int
"""
    assert parse_text(source).features == []
    parse(source, version=(3, 8))
