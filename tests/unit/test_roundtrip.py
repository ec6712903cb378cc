"""A sample of the round trip of the standard library, and that its comparison can fail.

All of it: ``python -m tests.conformance.roundtrip``.
"""

from __future__ import annotations

import dis

import pytest

from paddlefx.decode import decode
from paddlefx.ir.instr import Instr
from tests.conformance.roundtrip import (
    TABLE,
    Totals,
    check,
    difference,
    library_files,
    run,
    same_program,
)
from tests.support.code_objects import codes, describes_alike, listing, stack_needed
from tests.support.corpus_cases import FUNCTIONS


@pytest.mark.parametrize("start", range(7, 100, 33))
def test_the_library_comes_back(start):
    totals = Totals()
    run(library_files()[start::100], True, totals)
    assert not totals.failures and not totals.classes
    assert totals.identical == totals.codes > 100


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_the_corpus_comes_back(function):
    for code in codes(function.__code__):
        result = check(code)
        assert (result.failure, result.difference) == (None, None), code.co_name
        assert check(code, False).failure is None, code.co_name


def sample(x):
    """With a bit of everything that can be changed."""
    total = 1
    for y in x:
        try:
            total += y.real * 1.0
        except ValueError:
            total -= 2
    return total


def changed(**fields):
    return sample.__code__.replace(**fields)


@pytest.mark.parametrize(
    ("old", "new"), [(1, True), (1.0, 1), (2, 3), (1.0, -1.0)], ids=lambda value: repr(value)
)
def test_a_changed_constant_is_seen(old, new):
    consts = tuple(
        new if type(c) is type(old) and c == old else c for c in sample.__code__.co_consts
    )
    other = changed(co_consts=consts)
    found = difference(listing(sample.__code__, TABLE), listing(other, TABLE))
    assert found is not None and "operand of LOAD_CONST" in found[0]


def test_a_changed_name_and_line_are_seen():
    code = sample.__code__
    names = tuple("imag" if name == "real" else name for name in code.co_names)
    found = difference(listing(code, TABLE), listing(changed(co_names=names), TABLE))
    assert found is not None and "operand of LOAD_ATTR" in found[0]
    moved = changed(co_firstlineno=code.co_firstlineno + 1)
    found = difference(listing(code, TABLE), listing(moved, TABLE))
    assert found is not None and found[0].startswith("position of")
    assert describes_alike(code, moved) == "co_firstlineno"


def test_a_changed_instruction_is_seen():
    code = bytearray(sample.__code__.co_code)
    place = next(i.offset for i in dis.get_instructions(sample) if i.opname == "STORE_FAST")
    code[place] = TABLE["DELETE_FAST"].number
    found = difference(
        listing(sample.__code__, TABLE), listing(changed(co_code=bytes(code)), TABLE)
    )
    assert found is not None and found[0] == "STORE_FAST became DELETE_FAST"


def test_a_changed_program_is_seen():
    def mutants():
        for index, item in enumerate(decode(sample.__code__, TABLE).items):
            if isinstance(item, Instr):
                program = decode(sample.__code__, TABLE)
                other = program.items[index]
                if other.handler is not None:
                    other.handler = other.handler._replace(depth=other.handler.depth + 1)
                    yield program
                elif type(other.arg) is str:
                    other.arg += "x"
                    yield program
                else:
                    other.position = other.position._replace(lineno=1)
                    yield program

    original = decode(sample.__code__, TABLE)
    assert same_program(original, decode(sample.__code__, TABLE)) is None
    found = [same_program(original, mutant) for mutant in mutants()]
    assert len(found) > 20 and all(found)
    assert any("handler" in reason for reason in found)


def test_the_stack_is_measured():
    def shallow(a):
        return a

    def deep(a):
        return a(a, a(a, a(a, a)))

    assert stack_needed(shallow.__code__, TABLE) == 1
    assert 7 <= stack_needed(deep.__code__, TABLE) <= deep.__code__.co_stacksize
