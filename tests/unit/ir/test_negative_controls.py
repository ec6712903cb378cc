"""The comparison can fail: what is made wrong is found, and the canonical form finds it too."""

from __future__ import annotations

import dataclasses

import pytest

from paddlefx.ir.canonical import canonical
from paddlefx.ir.compare import _Walk, compare
from paddlefx.ir.flowgraph import FLAGS, FlowGraph, flow_graph
from paddlefx.ir.instr import Instr, Op
from paddlefx.ir.program import Program
from tests.support.mutations import MUTATIONS, corpus_programs, mutants

PROGRAMS = corpus_programs()
FORMS = [canonical(program) for program in PROGRAMS]


#: Of so many mutants one is tried.
STEP = 15


def ways_are_equal(program, index):
    """Whether both ways of the branch at an item lead to equal programs."""
    ways = []
    for label in program.items[index].arg:
        # the same body, entered at that way: with the same values on the stack
        ways.append(flow_graph(program.with_items([Instr(Op.JUMP, label), *program.items])))
    metadata = ways[0].metadata
    return _Walk(ways[0], FlowGraph(metadata, ways[1].nodes), False).run() is None


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_is_made_wrong_is_found(name):
    found_count = 0
    for number, (program, form) in enumerate(zip(PROGRAMS, FORMS)):
        for index, mutant in mutants(program, MUTATIONS[name], STEP, number):
            found = compare(program, mutant)
            if found is None and name == "swapped ways":
                assert ways_are_equal(program, index)
                assert canonical(mutant) == form
                continue
            found_count += 1
            assert found is not None, (program.qualname, index, program.items[index])
            assert compare(mutant, program) is not None
            assert compare(form, mutant) is not None
            assert canonical(mutant) != form
    assert found_count >= 4, name


@pytest.mark.parametrize(
    "one, other",
    [(1, True), (1, 1.0), (True, 1.0), (0.0, -0.0), (1, 1 + 0j), ("1", b"1"), ((1,), (True,))],
)
def test_constants_that_python_calls_equal_are_not(one, other):
    def program(value):
        items = [Instr(Op.LOAD_CONST, value), Instr(Op.RETURN)]
        return Program(items, "f", "f", flags=3)

    assert compare(program(one), program(one)) is None
    found = compare(program(one), program(other))
    assert found is not None and found.kind == "operand"
    assert canonical(program(one)) != canonical(program(other))
    assert canonical(program(one)).digest() != canonical(program(other)).digest()


CHANGES = {
    "name": "other",
    "qualname": "other.name",
    "argcount": 77,
    "posonlyargcount": 77,
    "kwonlyargcount": 77,
    "cellvars": ("new",),
    "freevars": ("new",),
    "docstring": "another",
}


@pytest.mark.parametrize("field", CHANGES)
def test_other_metadata_is_found(field):
    for program in PROGRAMS:
        mutant = dataclasses.replace(program, **{field: CHANGES[field]})
        found = compare(program, mutant)
        assert found is not None and found.kind == "metadata"
        assert canonical(program) != canonical(mutant)


@pytest.mark.parametrize("bit", [1 << n for n in range(28)])
def test_flags_that_mean_something_count(bit):
    program = PROGRAMS[0]
    mutant = dataclasses.replace(program, flags=program.flags ^ bit)
    assert (compare(program, mutant) is not None) is bool(FLAGS & bit)
    assert (canonical(program) != canonical(mutant)) is bool(FLAGS & bit)


def test_parameters_count_by_name_and_order_and_other_locals_do_not():
    program = next(one for one in PROGRAMS if one.argcount >= 1)
    first, *rest = program.varnames
    renamed = dataclasses.replace(program, varnames=("other", *rest))
    assert compare(program, renamed).kind == "metadata"
    more = dataclasses.replace(program, varnames=(*program.varnames, "unused"))
    assert compare(program, more) is None
    assert canonical(program) == canonical(more)


def test_the_programs_inside_are_compared():
    for program in PROGRAMS:
        for index, item in enumerate(program.items):
            if getattr(item, "op", None) is Op.LOAD_CONST and hasattr(item.arg, "items"):
                inner = dataclasses.replace(item.arg, argcount=item.arg.argcount + 1)
                items = list(program.items)
                items[index] = type(item)(
                    item.op, inner, item.handler, item.position, item.spelling
                )
                mutant = program.with_items(items)
                found = compare(program, mutant)
                assert found.kind == "metadata" and found.where == inner.qualname
                assert canonical(program) != canonical(mutant)
                return
    raise AssertionError("no program with another inside")
