"""Hints that are stale, wrong or of another instruction never make wrong code."""

from __future__ import annotations

import random

import pytest

from paddlefx.decode import decode
from paddlefx.emit import emit
from paddlefx.ir.compare import compare
from paddlefx.ir.instr import Instr, Label, Op
from paddlefx.ir.spelling import Spelling
from paddlefx.normalize import normalize
from tests.support import observe as seen
from tests.support.corpus_cases import CASES, FUNCTIONS
from tests.support.reemit import TABLE, function
from tests.unit.test_decode import codes
from tests.unit.test_emit import in_place

#: An operand of MAKE_FUNCTION that is no hint: up to 3.10 the qualified name is nowhere else.
KEPT = (Op.MAKE_FUNCTION,)


def instrs(program):
    return [item for item in program.items if isinstance(item, Instr) and item.op not in KEPT]


def drop_some(program, rng):
    """Take hints away here and there."""
    for item in instrs(program):
        if rng.random() < 0.3:
            item.spelling = None


def exchange_some(program, rng):
    """Give instructions the hints of others."""
    found = instrs(program)
    for item in found:
        if rng.random() < 0.1:
            item.spelling = rng.choice(found).spelling


def repeat_some(program, rng):
    """Let what stood before an instruction stand there twice, and before others."""
    found = instrs(program)
    ghosts = [item.spelling.before for item in found if item.spelling and item.spelling.before]
    for item in found:
        if ghosts and rng.random() < 0.1:
            spelling = item.spelling or Spelling()
            item.spelling = spelling._replace(before=spelling.before + rng.choice(ghosts))


def misplace_labels(program, rng):
    """Let labels say that they stood elsewhere (3.8), and forget some unreached code."""
    labels = [item for item in program.items if isinstance(item, Label)]
    places = [label.place for label in labels]
    rng.shuffle(places)
    for label, place in zip(labels, places):
        label.place = place
    for item in instrs(program):
        if item.spelling and item.spelling.after and rng.random() < 0.5:
            item.spelling = item.spelling._replace(after=item.spelling.after[1:])


def insert_some(program, rng):
    """Put instructions that do nothing between others."""
    items = []
    before = None
    for item in program.items:
        plain = isinstance(item, Instr) and item.op in (
            Op.LOAD_LOCAL,
            Op.LOAD_GLOBAL,
            Op.STORE_LOCAL,
        )
        if plain and rng.random() < 0.2:
            items.append(Instr(Op.LOAD_CONST, "inserted", item.handler, item.position))
            items.append(Instr(Op.POP, None, item.handler, item.position))
        items.append(item)
        before = item
    program.items[:] = items
    return before


CHANGES = [drop_some, exchange_some, repeat_some, misplace_labels, insert_some]


def changed(code, change, seed):
    """The code object emitted with changed hints; nested ones too."""
    program = decode(code, TABLE)
    for item in program.items:
        if isinstance(item, Instr) and item.op is Op.LOAD_CONST and hasattr(item.arg, "co_code"):
            item.arg = changed(item.arg, change, seed)
    change(program, random.Random(f"{code.co_name} {seed}"))
    return emit(program, code, TABLE)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("seed", range(2))
def test_behaves_the_same(change, seed):
    made = {f: function(changed(f.__code__, change, seed), f) for f in FUNCTIONS}
    for case in CASES:
        original, argument_lists = case[:2]
        kwargs = case[2] if len(case) > 2 else {}
        expected = [seen.observe(original, args, kwargs) for args in argument_lists]
        with in_place(made):
            actual = [seen.observe(made[original], args, kwargs) for args in argument_lists]
        assert actual == expected, original.__name__


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_is_the_same_program(change):
    for f in FUNCTIONS:
        for code in codes(f.__code__):
            for seed in range(2):
                program = decode(code, TABLE)
                change(program, random.Random(seed))
                again = decode(emit(program, code, TABLE), TABLE)
                assert compare(normalize(program), normalize(again)) is None, (
                    f.__name__,
                    code.co_name,
                    seed,
                )
