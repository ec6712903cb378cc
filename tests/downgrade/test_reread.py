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
    for kind in data.draw(st.lists(st.sampled_from([0, 0, 1, 2]), min_size=1, max_size=6)):
        old = data.draw(st.sampled_from(STATEMENTS[kind]))
        new = data.draw(st.one_of(st.just(old), st.sampled_from(STATEMENTS[kind])))
        if new != old:
            changed.update(range(len(before) + 1, len(before) + kind + 2))
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
