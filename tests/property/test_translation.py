"""On this interpreter, each program's translation is exact: the properties of :mod:`.checks`."""

from __future__ import annotations

import collections
import dis
import sys
import types
from typing import List

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from paddlefx.errors import PaddlefxError
from paddlefx.ir.instr import Instr, Op, Position
from tests.property import checks
from tests.property.amount import amount
from tests.property.reduction import reduced
from tests.property.sources import LEVELS, Example, examples

NEWEST = sys.version_info[1]

#: A few examples, the same in each run, and no shrinking.
QUICK = settings(
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@settings(
    max_examples=amount(100),
    suppress_health_check=list(HealthCheck),
    # what fails is made small by lines, which is quicker
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(examples(NEWEST))
def test_translation_is_exact(example: Example) -> None:
    if problems(example.source):
        source = reduced(example.source, lambda text: bool(problems(text)))
        raise AssertionError("\n".join([source, *problems(source)]))


def problems(source: str) -> List[str]:
    """What is wrong, a refusal by decode or emit included."""
    try:
        return checks.check(source)
    except PaddlefxError as error:
        return [f"{type(error).__name__}: {error}"]


def codes(code):
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from codes(const)


def test_the_strategy_reaches_the_instruction_set():
    """The examples are worth something: they compile, are long, and use most opcodes."""
    names = collections.Counter()
    levels = set()

    @settings(QUICK, max_examples=80)
    @given(examples(NEWEST))
    def read(example):
        levels.add(example.level)
        for code in codes(checks.compiled(example.source)):
            names.update(instruction.opname for instruction in dis.get_instructions(code))

    read()
    assert levels == {level for level in LEVELS if level <= NEWEST}
    assert sum(names.values()) > 80 * 80
    assert len(names) >= 85, sorted(names)


def test_examples_behave():
    """Programs get somewhere: many return, and what they log varies."""
    lengths = set()
    outcomes = collections.Counter()

    @settings(QUICK, max_examples=120)
    @given(examples(NEWEST))
    def run(example):
        seen = checks.seen(checks.compiled(example.source), checks.execute)
        lengths.add(len(seen))
        outcomes.update(item[0] for item in seen[:3])

    run()
    assert len(lengths) >= 8
    assert max(lengths) > 25
    assert min(outcomes["returned"], outcomes["raised"]) > 30


CONTROL = """\
def f(x, y=V(1), *args, k=2, **named):
    try:
        boom(3)
    except E3:
        log("caught")
    if x:
        log(1)
    boom(1)
"""


def without_handlers(program):
    for item in program.items:
        if isinstance(item, Instr):
            item.handler = None


def with_branches_swapped(program):
    for item in program.items:
        if isinstance(item, Instr) and item.op is Op.BRANCH:
            item.arg = item.arg[::-1]


def with_other_constants(program):
    for item in program.items:
        if isinstance(item, Instr) and item.op is Op.LOAD_CONST and type(item.arg) is int:
            item.arg += 1


def with_other_lines(program):
    for item in program.items:
        if isinstance(item, Instr) and item.position.lineno is not None:
            line = item.position.lineno + 1
            item.position = Position(line, line)


@pytest.mark.parametrize(
    "fault, found_by",
    [
        (checks.unchanged, ""),
        (without_handlers, "abcd"),
        (with_branches_swapped, "abcd"),
        (with_other_constants, "abcd"),
        # the simulator's tracebacks show its own lines
        (with_other_lines, "bcd"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_fault_is_found(fault, found_by):
    """The properties can fail: a fault in decode is told by each property that it concerns."""
    assert [text[1] for text in checks.check(CONTROL, fault)] == list(found_by)
