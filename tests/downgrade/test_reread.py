"""A changed text that is parsed in parts has the nodes that it has as a whole."""

from __future__ import annotations

import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downgrade import engine, grammar, rules
from downgrade.source import Source
from downgrade.syntax.node import dump

EXAMPLES = [example.before for rule in rules.all_rules() for example in rule.examples]
#: Statements, of which pairs may stand for each other: they have as many lines.
STATEMENTS = [
    ["x = 1", "y = {z: '''a'''}", "# é", "", "x = 'é'; y = f'{é}'", "type X = x", "\f"],
    ["if x:\n    pass", "x = (\n1)", "@f[x]\ndef f(): ...", "x = '''\n'''", "x = \\\n1", "\n#"],
    ["class A:\n    y: 'é'\n    # a", "try: x\nexcept A, B:\n  x", "match x:\n case [*y]:\n  z"],
    [
        f"class A{base}:\n  {first}\n  {second}\n  def g(self): {last}"
        for base in ("", "(B)")
        for first in ("@f\n  def f(self): x", "x = [*y,\n    z[*a]]", "class B:\n    x; y")
        for second in ("'''\n'''; x", "# a\n", "class C:\n    def f(self): z['é']", "x = 1\ny = 2")
        for last in ("pass", "...; x", "y[*x]")
    ],
]


def same(before: str, after: str, changed: typing.Set[int]) -> None:
    parsed = grammar.read(before)
    try:
        whole = grammar.read(after)
    except SyntaxError:
        with pytest.raises(SyntaxError):
            grammar.reread(parsed, Source(after), changed, "<text>")
        return
    parts = grammar.reread(parsed, Source(after), changed, "<text>")
    assert dump(parts.module) == dump(whole.module)
    assert parts.features == whole.features


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_any_statements(data: typing.Any, newline: str, more: bool) -> None:
    before: typing.List[str] = []
    after: typing.List[str] = []
    changed: typing.Set[int] = set()
    for kind in data.draw(st.lists(st.sampled_from([0, 0, 1, 2, 3, 3]), min_size=1, max_size=6)):
        old = data.draw(st.sampled_from(STATEMENTS[kind]))
        new = data.draw(st.one_of(st.just(old), st.sampled_from(STATEMENTS[kind])))
        if new != old:
            lines = zip(old.split("\n"), new.split("\n"))
            changed.update(len(before) + at for at, (a, b) in enumerate(lines, 1) if a != b)
        before += old.split("\n")
        after += new.split("\n")
    if more:
        changed.add(len(before))
        after += ["x = 1", "y"]
    try:
        grammar.read(newline.join(before))
    except SyntaxError:
        return
    same(newline.join(before), newline.join(after), changed)


@pytest.mark.parametrize("text", EXAMPLES)
def test_passes(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def compared(
        before: grammar.Reread, source: Source, changed: typing.Set[int], filename: str
    ) -> grammar.Reread:
        parts = grammar.reread(before, source, changed, filename)
        whole = grammar.read(source.text)
        assert dump(parts.module) == dump(whole.module)
        assert parts.features == whole.features
        return grammar.Reread(parts.module, parts.features)

    monkeypatch.setattr(engine, "reread", compared)
    engine.downgrade(text, (3, 8))


def test_only_what_changed_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: typing.List[str] = []
    whole = grammar.parse_text

    def parse(text: str, *rest: typing.Any) -> typing.Any:
        parsed.append(text)
        return whole(text, *rest)

    before = grammar.read("a = 1\nb = 2; c = 3\n\nd = 4\ne = 5\n")
    monkeypatch.setattr(grammar, "parse_text", parse)
    after = grammar.reread(before, Source("a = 1\nb = 2; c = 9\n\nd = 4\ne = 5\n"), {2}, "x")
    assert parsed == ["\nb = 2; c = 9\n"]
    assert after.module.body[0] is before.module.body[0]
    assert after.module.body[3:] == before.module.body[3:]


CLASS = """import a
class A(a.B):
    # one
    x = 1

    @a.b
    def f(self):
        return 1
    class C:
        y = 1
        def g(self):
            return 2
        z = 3
    def h(self): ...
"""


@pytest.mark.parametrize(
    "old, new, line, lines, header",
    [
        ("return 1", "return 9", 8, (5, 8), 4),
        ("@a.b", "@a.c", 6, (5, 8), 4),
        ("y = 1", "y = 9", 10, (10, 10), 9),
        ("return 2", "return 9", 12, (11, 12), 10),
        ("x = 1", "x = 9", 4, (4, 4), 3),
    ],
)
def test_only_what_changed_of_a_class_is_parsed(
    old: str,
    new: str,
    line: int,
    lines: typing.Tuple[int, int],
    header: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed: typing.List[str] = []
    whole = grammar.parse_text

    def parse(text: str, *rest: typing.Any) -> typing.Any:
        parsed.append(text)
        return whole(text, *rest)

    before = grammar.read(CLASS)
    changed = CLASS.replace(old, new)
    monkeypatch.setattr(grammar, "parse_text", parse)
    after = grammar.reread(before, Source(changed), {line}, "x")
    part = changed.splitlines(True)[lines[0] - 1 : lines[1]]
    assert parsed == ["\n" * (header - 1) + "if 1:\n" + "".join(part)]
    assert dump(after.module) == dump(whole(changed).module)


@pytest.mark.parametrize("old, line", [("class A(a.B):", 2), ("    # one", 3), ("...", 14)])
def test_a_class_is_parsed_whole(old: str, line: int) -> None:
    """Where the change is in its head, in front of its first statement, or on its last line."""
    same(CLASS, CLASS.replace(old, old + "  # changed"), {line})
    same(CLASS, CLASS.replace(old, old.replace("...", "pass; x")), {line})


def test_what_ends_a_class() -> None:
    """A statement that isn't in its block any more."""
    same(CLASS, CLASS.replace("    @a.b\n    def f", "@a.b\ndef f"), {6, 7})
    same(CLASS, CLASS.replace("        y = 1", "    y = 1; x"), {10})
