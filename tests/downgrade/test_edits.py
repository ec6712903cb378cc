"""Edits and lines: what may stand where, and that nothing else changes."""

from __future__ import annotations

import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downgrade import slots
from downgrade.edits import Edit, Edits, Lines
from downgrade.grammar import parse
from downgrade.source import Source
from downgrade.targets import from_requires_python, parse_target


def test_changes_that_touch_wait() -> None:
    edits = Edits("abcdef")
    assert edits.accept([Edit(1, 3, "X")])
    assert not edits.accept([Edit(2, 4, "Y"), Edit(5, 5, "Z")])
    assert not edits.accept([Edit(2, 2, "Y")])
    assert edits.accept([Edit(1, 1, "<"), Edit(3, 3, ">"), Edit(3, 4, "D")])
    assert not edits.accept([Edit(0, 6, "all")])
    assert edits.apply() == "a<X>Def"


def test_lines_stay() -> None:
    with pytest.raises(Lines):
        Edits("a\nb").accept([Edit(0, 1, "a\n")])
    with pytest.raises(Lines):
        Edits("a\r\nb").accept([Edit(0, 3, "a")])
    edits = Edits("a\r\nb")
    assert edits.accept([Edit(0, 3, "c\n"), Edit(4, 4, "\nend\n")])
    assert edits.apply() == "c\nb\nend\n"


@given(
    st.text("ab\n", max_size=12),
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 3), st.text("xy", max_size=2)), max_size=6
    ),
)
def test_edits_do_what_they_say(text: str, wanted: list) -> None:
    """Whatever is accepted is made, everything else stays: checked on a list of characters."""
    edits = Edits(text)
    cells = [["", character] for character in text] + [["", ""]]
    touched = [False] * len(text)
    inserted = set()
    for start, length, new in wanted:
        end = min(start + length, len(text))
        if start > end or "\n" in text[start:end]:
            continue
        if edits.accept([Edit(start, end, new)]):
            if end > start:
                assert not any(touched[start:end])
                touched[start:end] = [True] * (end - start)
                for index in range(start, end):
                    cells[index][1] = ""
                cells[start][1] = new
            else:
                cells[start][0] += new
                inserted.add(start)
        elif end > start:
            assert any(touched[start:end]) or inserted & set(range(start + 1, end))
        else:
            assert touched[start - 1] and touched[start]
    assert edits.apply() == "".join(before + at for before, at in cells)


@pytest.mark.parametrize(
    ("text", "index", "after"),
    [
        ("a = 1\n\ndef f(): ...\n", 1, "a = 1\nNEW\ndef f(): ...\n"),
        ("a = 1\n# note\ndef f(): ...\n", 1, "a = 1\nNEW  # note\ndef f(): ...\n"),
        ("a = 1  # one\ndef f(): ...\n", 1, "a = 1; NEW  # one\ndef f(): ...\n"),
        ("a = 1;  # one\ndef f(): ...\n", 1, "a = 1; NEW  # one\ndef f(): ...\n"),
        ("def g(): ...\nb = 2\n", 1, "def g(): ...\nNEW; b = 2\n"),
        ("a = 1; b = 2\n", 1, "a = 1; NEW; b = 2\n"),
        ("def g(): ...\n\n\n@d\ndef f(): ...\n", 1, "def g(): ...\n\nNEW\n@d\ndef f(): ...\n"),
        ("a = 1 \\\n\ndef f(): ...\n", 1, "a = 1; NEW \\\n\ndef f(): ...\n"),
        ("#!/bin/python\ndef f(): ...\n", 0, None),
        ("# coding: utf-8\n\ndef f(): ...\n", 0, "# coding: utf-8\nNEW\ndef f(): ...\n"),
        ('x = """\n# no """\ndef f(): ...\n', 1, 'x = """\n# no """; NEW\ndef f(): ...\n'),
        ("def g(): ...\ndef f(): ...\n", 1, None),
        ('"""Doc."""\nx = 1\n', 0, None),
    ],
)
def test_a_line_for_a_statement(text: str, index: int, after: str) -> None:
    source, tree = Source(text), parse(text)
    if after is None:
        with pytest.raises(slots.NoSlot):
            slots.before(source, tree, tree.body, index)
        return
    slot = slots.before(source, tree, tree.body, index)
    edits = Edits(text)
    assert edits.accept([slots.edit(slot, ["NEW"])])
    assert edits.apply() == after
    parse(edits.apply())


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("class C:\n    def f(self): ...\n", "class C:\n    def f(self): ...\n    NEW\n"),
        ("class C:\n    def f(self): ...", "class C:\n    def f(self): ...\n    NEW\n"),
        (
            "class C:\n    def f(self): ...\n\n\nx = 1\n",
            "class C:\n    def f(self): ...\n    NEW\n\nx = 1\n",
        ),
        ("class C:\n    def f(self): ...\nx = 1\n", None),
        ("class C:\n    def f(self): ...\n    # end\nx = 1\n",
         "class C:\n    def f(self): ...\n    NEW  # end\nx = 1\n"),
        ("class C:\n  def f(self): ...\n  y = 2\n", "class C:\n  def f(self): ...\n  NEW; y = 2\n"),
    ],
)  # fmt: skip
def test_a_line_behind_a_definition(text: str, after: str) -> None:
    source, tree = Source(text), parse(text)
    owner = tree.body[0]
    if after is None:
        with pytest.raises(slots.NoSlot):
            slots.after(source, owner, owner.body, 0)
        return
    slot = slots.after(source, owner, owner.body, 0)
    edits = Edits(text)
    assert edits.accept([slots.edit(slot, ["NEW"])])
    assert edits.apply() == after
    parse(edits.apply())


def test_offsets_count_characters() -> None:
    text = "é = 'ü'; x = 1\r\ny = 2\r\n"
    source, tree = Source(text), parse(text)
    assert [source.text_of(statement) for statement in tree.body] == ["é = 'ü'", "x = 1", "y = 2"]
    assert source.position(text.index("y")) == (2, 1)
    assert source.newline == "\r\n"


@pytest.mark.parametrize(
    ("specifier", "target"),
    [
        (">=3.9", (3, 9)),
        (">=3.6", (3, 8)),
        (">=3.10,<4", (3, 10)),
        ("~=3.11", (3, 11)),
        ("==3.12.*", (3, 12)),
        (">3.8", (3, 8)),
        (">=3", (3, 8)),
        (">=3.8, !=3.9.0", (3, 8)),
    ],
)
def test_requires_python(specifier: str, target: tuple) -> None:
    assert from_requires_python(specifier) == target


def test_targets() -> None:
    assert parse_target("3.8") == parse_target("py38") == (3, 8)
    for wrong in ("3.7", "3.14", "4.0", "three"):
        with pytest.raises(ValueError, match="no target"):
            parse_target(wrong)
    with pytest.raises(ValueError, match="lets no version"):
        from_requires_python(">=3.14")


@pytest.mark.parametrize(
    "text, starts",
    [
        ("", [0]),
        ("a", [0]),
        ("\n", [0, 1]),
        ("ab\n\nc", [0, 3, 4]),
        ("a\x0cb\x0b\u2028\nc\n", [0, 6, 8]),
        ("a\r\nb\rc\nd", [0, 3, 5, 7]),
    ],
)
def test_where_lines_start(text: str, starts: typing.List[int]) -> None:
    assert Source(text).starts == starts
