"""What is decided by a look at a text's code: never another outcome than after parsing it."""

from __future__ import annotations

import ast
import functools
import re
import typing

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from downgrade import engine, rules
from downgrade.rule import Rule
from downgrade.rules.forward_places import may_refer_forward
from downgrade.rules.library import LibraryRule
from downgrade.rules.union_places import may_have_union
from downgrade.syntax import quick
from downgrade.syntax.around import call_around
from downgrade.syntax.code import Code
from downgrade.syntax.words import names_in, words_in


def result(text: str, look: bool) -> typing.Any:
    """The outcome for 3.8, with the look or without it."""
    if look:
        return engine.downgrade(text, (3, 8))
    patch = pytest.MonkeyPatch()
    with patch.context() as patched:
        classes = {type(rule) for rule in rules.all_rules()} | {Rule, LibraryRule}
        for cls in classes:
            if "may_apply" in vars(cls):
                patched.setattr(cls, "may_apply", lambda self, code, grammar: True)
            if "may_still_apply" in vars(cls):
                patched.setattr(cls, "may_still_apply", lambda self, code: True)
        patched.setattr(engine, "may_need_more", lambda code, version: True)
        return engine.downgrade(text, (3, 8))


def same(text: str) -> None:
    assert result(text, True) == result(text, False), text


EXAMPLES = [
    example.before for rule in rules.all_rules() for example in rule.examples if example.before
]
#: Places of a union, of an indexed class, of an argument.
TEMPLATES = [
    "x: {}",
    "x: {} = 1",
    "def f(a: {}, *, b: {} = 1) -> {}: pass",
    "def f(\n    a: Foo[\n        {},  # one: (\n    ],\n): pass",
    "X = {}",
    "cast({}, x)",
    "f(a, b={}, c={{'a': {}}})",
    "T = TypeVar('T', bound={})",
    "T = TypeVar('T', A, default = ({}))",
    "isinstance(x, {})",
    "isinstance(\n  x, ({})\n)",
    "print(f'{{{}}} | ')",
    'print(f"""a\n{{x:{{{}}}}}""")',
    "return_ = [{} for a in b]",
    "if {}: y = {}",
    "lambda a: {}",
    "class A(B, c={}): d: {}",
    "a, x = y, {}",
    "y = Callable[[{}], {}]",
]
OPERANDS = [
    "a.B | a.C",
    "re.A|re.M",
    "int | None",
    "(int) | (str)",
    "list[int] | x",
    "x \\\n | Local",
    "a | b | c",
    "list[int]",
    "type [0]",
    "dict\\\n[str, int]",
    "(set)[x]",
    "flags | 1",
    "x.removeprefix('a')",
    "x . removesuffix (y)",
    "zip(a, b, strict=True)",
    "zip (a, f(b, (c, d)), strict = x == y)",
    "partial(zip, strict=True)",
    "dt.UTC",
    "datetime . UTC",
    "utc",
    "'int | None'",
    "anext(x)",
    "Queue[int]",
    "Q[int]",
    "Generator[int]",
    "x[[y async for y in z] for z in w]",
    "isinstance(x, TimeoutError)",
    "suppress(A, TimeoutError)",
    "AttributeError(a, name=1)",
    "a[*b]",
    "g(x, y = 1, key=z)",
]
HEADS = [
    "",
    "import datetime as dt, datetime, re\n",
    "from datetime import UTC as utc\n",
    "from datetime \\\n  import UTC as utc\n",
    "from queue import (Queue,  # it's\n  Queue as Q)\n",
    "from typing import Generator, TypeVar, Union\n",
    "from functools import partial; from bisect import insort as g\n",
    "class Local: pass\n",
    "s = 'it' 's'; r'\\'; b\"'\"  # it's \"\n",
    "f'{x!r:>{y}}' f\"{d['a']}\"\n",
    "f'{x['a']}'\n",
    "y = t'{\"a\"}'\n",
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples(text: str) -> None:
    same(text)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(HEADS), max_size=3, unique=True),
    st.lists(st.sampled_from(TEMPLATES), min_size=1, max_size=3),
    st.data(),
)
def test_with_and_without(
    heads: typing.List[str], templates: typing.List[str], data: typing.Any
) -> None:
    draw = functools.partial(data.draw, st.sampled_from(OPERANDS))
    body = [template.format(*[draw() for _ in range(3)]) for template in templates]
    text = "".join(heads) + "\n" + "\n".join(body) + "\n"
    try:
        quick_less = result(text, False)
    except SyntaxError:
        return
    assert result(text, True) == quick_less, text


#: What binds a name, or a dict, and what reads it in an annotation or beside a ``|``.
STATEMENTS = [
    "import {}",
    "from a import ({},\n b)",
    "import a as {}, b",
    "class {}: pass",
    "def {}(): pass",
    "{} = 1",
    "{}, a = b",
    "(a, {}) = b",
    "[a,\n {}] = b",
    "x[0\n], {} = b",
    "for {}, a in b: pass",
    "for {} in [x for y in z]: pass",
    "if a: {} = 2",
    "if a: import {}",
    "with a as {}: pass",
    "with a as (b, {}): pass",
    "try: pass\nexcept a as {}: pass",
    "del a, {}",
    "global {}",
    "{}: int",
    "({}): int",
    "{} += 1",
    "(a := b, {} := c)",
    "a = {} = {{}}",
    "{} = dict(a=1) if b else c",
    "{}: dict = b",
    "def f({}: dict[str, int]) -> None: pass",
    "def g(a) -> dict: pass\n{} = g(1)",
    "x = f'{{({} := 3)}}'",
    "if TYPE_CHECKING:\n    import {}",
    "x: {}",
    "x: list[{}] = 1",
    "x: Dict[a,\n  {}]",
    "x: \\\n  {}",
    "x.y: {}",
    "x[1\n]: {}",
    "if a: x: {}",
    "class C: x: {}",
    "a; x: {}",
    "def f(x: {}, *, y=lambda a: b) -> {}: pass",
    "def f(x, y: a.b[c, {}] = 3): pass",
    "def f(x) -> {}: return a",
    "def f(x=a[b:{}]): pass",
    "d = {{a: {},\n b:{}}}",
    "print(a[1:{}])",
    "{} | a",
    "a |= {}",
    "{} |= 0x10 << 3",
    "{} |= 5 if c else {{}}",
    "x = a[{}.copy()] | (b, {})",
    "print({}.copy() | b, c | {}.pop(1), d | (a + 5))",
    "x = a | b[1].c({}).d",
    "x = f(a)[0] | {}(1).{} | 5",
    "x: 'list[{}]'",
    "def f(x: '{} | None' = 'a | b'): pass",
    "x = Optional['{} | int']",
    "x: Callable[['a | {}'], \"list[int]\"]",
    "x: TypeAlias = 'int | {}'",
    "f('a | b', ['list[int]', 'a'], c='{} | a')",
    "x.{} |= a.{}",
    "f(a, {}={{}})",
    "{} = a[{{}}]",
    "{} = f({{}}).keys()",
    "{} = {} = a or {{}}",
    "if a: pass\nelse: {} |= {}",
    "d = {{'{} | a': 'list[{}]', 'b': ('list[int]', 1)}}",
    "d[0, 'list[{}]'] = r'a | b'",
]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(STATEMENTS),
            st.lists(st.sampled_from(["A", "B", "int", "OrderedDict"]), min_size=4, max_size=4),
            st.integers(0, 2),
        ),
        min_size=1,
        max_size=6,
    )
)
# The colon behind a class's name hid the annotation behind it.
@example([("{}: dict = b", ["A"] * 4, 1), ("{} | a", ["A"] * 4, 1)])
def test_order_of_names(
    statements: typing.List[typing.Tuple[str, typing.List[str], int]],
) -> None:
    """Who is bound where makes no difference to the look."""
    lines: typing.List[str] = ["from collections import OrderedDict"]
    depth = 0
    for template, names, wanted in statements:
        while depth < wanted:
            lines.append("    " * depth + ("class K:" if wanted == 1 else "def k(self, a):"))
            depth += 1
        depth = wanted
        lines += [
            "    " * depth + line if not index or line.startswith(("except", "    ")) else line
            for index, line in enumerate(template.format(*names).split("\n"))
        ]
        if "g(1)" in template:
            lines[-1] = "    " * depth + lines[-1]
    text = "\n".join(lines) + "\n"
    try:
        quick_less = result(text, False)
    except SyntaxError:
        return
    assert result(text, True) == quick_less, text


def test_code_has_neither_comments_nor_contents_of_strings() -> None:
    code = Code("x = 'a' + r\"b\\\"c\" # it's d\r\ny = '''e\n'f' ''' f'g{h}' F\"\"\"{i}\nj\"\"\"\n")
    assert code.known
    assert code.text == "x = '' + r'' \ny = '' f'' F''\n"
    assert code.words == {"x", "r", "y", "f", "F", "g", "h", "i", "j"}


@pytest.mark.parametrize("text", ["f'{x['a']}'\n", "t'a'\n", "rT'a'\n", "f\"{t'a'}\"\n", "'a\n"])
def test_what_only_a_tokenizer_can_tell_is_left(text: str) -> None:
    code = Code(text)
    assert not code.known
    assert code.text == text
    assert not code.fstrings


def test_words_of_imports_are_those_of_each_statement() -> None:
    code = Code("from a \\\n import b\nif x: import c as d, e; f()\nfrom g import (h,  # i\n j)\n")
    assert code.imports == [
        {"from", "a", "import", "b"},
        {"if", "x", "import", "c", "as", "d", "e"},
        {"from", "g", "import", "h", "j"},
    ]


@pytest.mark.parametrize(
    "text, called",
    [
        ("zip(a, b, name=1)", "zip"),
        ("x.zip (f(a), [b,\n c], name = 1)", "zip"),
        ("(zip)(a, name=1)", ")"),
        ("a = 1\nname=1", ""),
        ("with f() as a, name=1", ""),
        ("f(a" + ", b" * 500 + ", name=1)", None),
        ("x = f(a)" + "\ny = b.c(d)" * 100 + "\ne, name=1", ""),
        ("zip(a,\n  b,\n  c, name=1)", "zip"),
        ("zip(a if\n b else\n c, name=1)", "zip"),
        ("zip(f(a)\n if b else [c]\n for d in\n e, name=1)", "zip"),
        ("zip('a'\n f'b'\n rb'c', name=1)", "zip"),
        ("zip(a, # b\n  c, name=1)", "zip"),
        ("zip(a\n.b, name=1)", "zip"),
        ("zip(lambda:\n b, name=1)", "zip"),
        ("def zip(a, name=1): pass", ""),
        ("class  \\\n zip(name=1): pass", ""),
        ("def f(): zip(name=1)", "zip"),
        ("undef(name=1)", "undef"),
        ("t'{a}' + zip(b,  # c\n  name=1)", None),
    ],
)
def test_what_an_argument_is_given_to(text: str, called: typing.Optional[str]) -> None:
    code = Code(text)
    assert call_around(code, code.text.index("name")) == called


@pytest.mark.parametrize(
    "text",
    [
        "x = re.A | re.B",
        "f(a, flags=A | B, c=TypeVar)",
        "x |= y",
        "'''a: int | None'''",
        "if a.b | c.d == e: pass",
        "return_ = {a.b | c}",
        "f'a | {b}'",
        "isinstance(a, b)\nx = y(z | a.b)",
    ],
)
def test_numbers_joined_by_bars_ask_for_no_parse(text: str) -> None:
    assert not may_have_union(Code(text))


def test_plain_code_asks_for_no_parse() -> None:
    text = (
        "import os\nclass A:\n    def f(self, *a, b=list, **c):\n        '''match x: [*y]'''\n"
        "        for x in range(2 * n): y += x | os.O_RDONLY\n        return {**c}, list(a)[0]\n"
    )
    assert not quick.may_need_more(text, (3, 8))
    assert not any(rule.may_apply(Code(text), False) for rule in rules.all_rules())


@pytest.mark.parametrize(
    "text",
    [
        "import a\nclass A: pass\nclass B:\n    def f(self, x: A, y: a.b = 1) -> int: pass\n",
        "from a import A, B\nx: A = 3\nd = {\n  a: A,\n  b: B}\nfoo(a, b=A)\n",
        "re.compile('[a-z]|b')\nf(a, 'x|y', ['a[0]'])\nd = {'a|b': 'c[d]'}\nx = a['b'] == 'c|d'\n",
        "d = {}\nflags |= 0x10\nx = (a << 8) | b | f(c)\n",
    ],
)
def test_strings_annotations_and_bars_that_ask_for_no_parse(text: str) -> None:
    assert not quick.may_need_more(text, (3, 8))
    asked = [rule for rule in rules.all_rules() if not rule.on_request]
    assert not [rule.name for rule in asked if rule.may_apply(Code(text), False)]


@pytest.mark.parametrize(
    "text",
    [
        "x[a:b], f(c[d:e])\ny = {'f': 1, g: h[i:]}",
        "X = {\n    'a': b,\n    r'c': d,\n}",
        "f(lambda: (a, b)); x = [c[d:e:f]]",
    ],
)
def test_colons_in_brackets_are_no_annotations(text: str) -> None:
    assert not may_refer_forward(Code(text))


@pytest.mark.parametrize(
    "text",
    [
        "if x: y: A = 1\nclass A: pass",
        "f(a); x[0]: A = 1\nclass A: pass",
        "f(a,\n  b); y: A = 1\nclass A: pass",
        "x['a']: A = 1\nclass A: pass",
        "x = t'{a}('; y: A = 1\nclass A: pass",
        "class B: pass\ndef f(x: A): pass\nclass A: pass\nclass C: pass",
        "def f(x: A): pass\nA = B = 1",
        "def f(x: A): pass\n(A) += 1",
        "def f(x: A): pass\nif (A := 1): pass",
        "def f(x: A): pass\nA: int = 1",
    ],
)
def test_annotations_that_may_refer_forward(text: str) -> None:
    assert may_refer_forward(Code(text))
    same(text)


def test_parameters_behind_comments_where_strings_are_unclear() -> None:
    text = (
        "x = f'{'a'}'\ny = copy.replace(z,  # a\n  b=1)\nz = code.interact(a,  # b\n local_exit=1)"
    )
    text = "import code\n" + text.replace("\\'", "'")
    names = {message.rule for message in engine.downgrade(text, (3, 12)).messages}
    assert "library-3.13" in names


@pytest.mark.parametrize(
    "text",
    [
        "for a, *b in c: pass\nfor x in [*a, b]: pass\nf(\n    [*a])\n",
        "try: f()\nexcept AttributeError as e: g(e, name=1, obj=2)\n",
        "AttributeError\nprint(f'name={x} obj = {y}')\n",
        "raise TimeoutError('a')\n",
        "with self.assertRaises(TimeoutError): pass\nx = asyncio.TimeoutError\n",
        "self.dict[x] = a.list[0]\n",
        "x = set(a) | {b}\ny |= {c, d}\n",
        "isinstance(x, collections.abc.Generator)\n",
    ],
)
def test_what_only_looks_new_asks_for_no_parse(text: str) -> None:
    assert not quick.may_need_more(text, (3, 8))
    asked = [rule for rule in rules.all_rules() if not rule.on_request]
    assert not [rule.name for rule in asked if rule.may_apply(Code(text), False)]
    same(text)


@pytest.mark.parametrize(
    "text",
    [
        "for a, *b in *c, d: pass\n",
        "for x in(*a, b),*c: pass\n",
        "for (((((a))))), b in *c, d: pass\n",
        "x <<= *a, b\n",
        "(x  # a,\n  [*b])\n",
        "x = y\\\n[*a]\n",
        "AttributeError(1, name=2)\n",
        "print(f'name={AttributeError(1, name=2)}')\n",
        "print(f'{{}} {f({1}, AttributeError(1, name=2))}')\n",
        "from builtins import AttributeError as E\nE(1, name=2)\n",
        "try: pass\nexcept (A, TimeoutError) as e: pass\n",
        "import contextlib as c\nwith c.suppress(A, TimeoutError): pass\n",
        "print(isinstance(e, (A, TimeoutError)))\n",
        "from contextlib import suppress as s\nwith s(TimeoutError): pass\n",
        "x = {'a': 1} | {}\ny = {**a} | b\nz = {   } | b\n",
        "from typing import Generator as G\nx: G[int]\n",
        "import typing as t\nx: (t.Generator)[int]\n",
        "import builtins\nX = builtins.dict[str, int]\n",
        "from datetime import datetime as d\nimport datetime as d\nd.UTC\n",
        "import types\nx = types.NoneType\ndel types\n",
        "import bisect\nbisect = bisect or x\nbisect.insort(a, b, key=c)\n",
    ],
)
def test_what_is_new_is_seen(text: str) -> None:
    assert quick.may_need_more(text, (3, 8)) or [
        rule.name for rule in rules.all_rules() if rule.may_apply(Code(text), False)
    ]
    same(text)


#: What the first look isn't sure of, and the second one or a finer first one is.
SETTLED = [
    (
        "_MASK = 1\nclass A:\n    def f(self, flags={}, *, b=dict()):\n        self.flags = b[0]\n"
        "        self.flags |= _MASK\n        g(a, self.flags | _MASK,\n          b=c, flags=dict())\n"
    ),
    "d = {}\nflags = d['a']\nif a: pass\nelif flags: flags |= 4\nelse: flags |= d[0]\n",
    "d = {}\nx = d[0]\ntry: x |= d[1]\nfinally: x |= d[2]\nwith a(x | d[3]) as b:\n    pass\n",
    "d = {}\nx = vars(a).keys() | vars(b).keys() | d.keys()\nx = f(d) | g(**d)\n",
    "s = x.s.copy()\ns |= s\nd = {}\n",
    "X = {\n    A: b,\n    B: A\n}\nA = 1\n",
    "X = [\n    A[a:B],\n    lambda x: A[:3],\n    {\n        a: A}]\nA = 1\n",
    "f = lambda x: (lambda: lambda y: A + y)()\nx[A:f] = 1\nA = 2\n",
    "x[\n  A:\n]: int\nA = 1\n",
    "x = f'{a:#x} {b(c)[d]:>#06b}'; y = f'''{e:#o}'''\n",
    "x = f'{big}t'; y = rf'3.{z}rt'; z = f'''{a}T'''\n",
    "x = f'{a}' f'{{b}}'\n",
    "f(a, b := c, [d, (e := 1)], {1: (f := 2)})\nx = 'a', (\n    g := h,\n)\n",
    "return_ = type\nx = 1\nif type:\n    y = type\n    z[0] = 1\n",
    "for x in [((((a, 1), 2), 3), 4), b]: pass\n",
    (
        "class PrettyPrinter:\n    def __init__(self, underscore_numbers=1): pass\n"
        "def pprint(a): PrettyPrinter(underscore_numbers=a)\n"
    ),
    "import queue, uuid\nself.queue.ShutDown(self.uuid.main())\n",
]


@pytest.mark.parametrize("text", SETTLED)
def test_what_a_second_look_settles_asks_for_no_parse(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    same(text)
    monkeypatch.setattr(engine, "read", None)
    assert not engine.downgrade(text, (3, 8)).changed


@pytest.mark.parametrize(
    "text",
    [
        "from collections import OrderedDict as OD\nd = OD()\nx = d | a\n",
        "from os import environ as \\\n e\nx = e | a\n",
        "d = e = {}\nx = d | f\n",
        "f(a, d := {})\nx = d | e\n",
        "x[\n0\n].d = {}\ny |= x.d\n",
        "a = b[0]\n(a.d) = c or (d if e else {})\nif x: pass\nelif y: z |= a.d\n",
        "d = dict(a=1).copy()\nif x: pass\nelse: z = d | a\n",
        "d = x.get(a, {})\ntry: pass\nexcept A: x |= d\n",
        "def f() -> dict: pass\nx = 1\nfor y in f() | x: pass\n",
        "\u00aa = {}\nx |= a\n",
        "x = {{a: b} if c else d |\n e}\n",
        "x[\n  a:\n]: A = 1\nclass A: pass\n",
        "def f(): x: A = 1\nclass A: pass\n",
        "class B: a: int; x: A = 1\nclass A: pass\n",
        "x[0]: int; y: A = lambda a: b\nclass A: pass\n",
        "f'''{d[a:#x}\n:1]}'''\n",
        "f'{x:{y}{{}'\n",
        "f'''{x:{y}\n{{}'''\n",
        "x = f\"{t'''\na'''}\"\n",
        "f(a)[b, c := d]\n",
        "x = {a, f(y := 1), z := 2}\n",
        "type \\\n  x = int\n",
        "for x in *((((a, 1), 2), 3), 4), b: pass\n",
        "from pprint import PrettyPrinter\nPrettyPrinter(underscore_numbers=1)\n",
        "import uuid as u\nx = (u).main()\n",
        "import uuid\nx = f'{uuid.main()}'\n",
        "import builtins\nx = builtins.anext(y)\n",
    ],
)
def test_a_second_look_hides_nothing(text: str) -> None:
    same(text)


def test_a_line_that_the_host_cant_read_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "d = {}\nflags = d[0]\nflags |= 1 if 1 else d[2]\n"
    asked: typing.List[str] = []
    read = engine.read

    def counted(*args: str) -> typing.Any:
        asked.append("read")
        return read(*args)

    monkeypatch.setattr(engine, "read", counted)
    assert not engine.downgrade(text, (3, 8)).changed
    assert not asked
    monkeypatch.setattr(ast, "PyCF_ONLY_AST", -1)  # ``compile`` raises ``ValueError``
    assert not engine.downgrade(text, (3, 8)).changed
    assert asked


@pytest.mark.parametrize("front", ["", "x = 1  # (\n", "'''(\n''' ; x = [\n1]\n", "a \\\n= 1\n"])
@pytest.mark.parametrize("line", ["y = f(a,\n  b)", "z = \\\n  '['", "t: {\n  1} = '''\n'''"])
def test_logical_lines(front: str, line: str) -> None:
    code, alone = Code(f"{front}{line}\nend = 1\n"), Code(line).text
    place = code.text.index(alone)
    for at in range(place, place + len(alone)):
        assert code.text[slice(*code.line_around(at))] == alone
    assert code.text[slice(*code.line_around(len(code.text) - 2))] == "end = 1"


@given(st.text(st.sampled_from("aé_1 .\n(٣·'")))
def test_words_are_those_of_the_expressions(text: str) -> None:
    assert words_in(text) == set(re.findall(r"\w+", text))
    assert names_in(text) == set(re.findall(r"[^\W\d]\w*", text))
