"""Programs with one thing wrong: negative controls for the comparison."""

from __future__ import annotations

import types
from typing import Any, Callable, Iterator, List, Tuple

from paddlefx.decode.deep import decode_deep
from paddlefx.ir.effects import CANNOT_RAISE, TERMINAL, effect
from paddlefx.ir.flowgraph import flow_graph
from paddlefx.ir.instr import Handler, Instr, Op
from paddlefx.ir.program import Program
from paddlefx.opcodes import table_for
from tests.support.corpus_cases import FUNCTIONS
from tests.support.reemit import copy

__all__ = ["MUTATIONS", "corpus_programs", "inner_programs", "mutants"]

#: (the instruction, as it is now) -> its wrong versions
Mutation = Callable[[Instr], Iterator[Tuple[Op, Any, Any]]]


def corpus_programs() -> List[Program]:
    """The programs of the corpus, inner ones among them."""
    found: List[Program] = []
    for function in FUNCTIONS:
        if isinstance(function, types.FunctionType):
            found += inner_programs(decode_deep(function.__code__, table_for()))
    return found


def inner_programs(program: Program) -> List[Program]:
    """A program and all inside it."""
    found = [program]
    for item in program.items:
        if isinstance(item, Instr) and isinstance(item.arg, Program):
            found += inner_programs(item.arg)
    return found


_RENAMED = {
    Op.LOAD_LOCAL,
    Op.STORE_LOCAL,
    Op.LOAD_GLOBAL,
    Op.LOAD_ATTR,
    Op.STORE_ATTR,
    Op.LOAD_NAME,
    Op.STORE_NAME,
    Op.IMPORT_NAME,
    Op.IMPORT_FROM,
}


def _relabelled(instr: Instr) -> Iterator[Tuple[Op, Any, Any]]:
    """Another operation with the same effect on the stack."""
    op, arg = instr.op, instr.arg
    if op in TERMINAL or op is Op.FOR_ITER:
        return
    for other in (Op.POP, Op.LOAD_LOCALS, Op.GET_ITER, Op.LOAD_SUBSCR, Op.STORE_ATTR):
        if other is not op and effect(other) == effect(op, arg):
            yield other, "name" if other is Op.STORE_ATTR else None, instr.handler


def _other_operand(instr: Instr) -> Iterator[Tuple[Op, Any, Any]]:
    op, arg = instr.op, instr.arg
    if op in _RENAMED:
        yield op, arg + "_", instr.handler
    elif op is Op.BINARY:
        yield op, (arg[0], not arg[1]), instr.handler
        yield op, ("-" if arg[0] != "-" else "+", arg[1]), instr.handler
    elif op in (Op.IS, Op.CONTAINS):
        yield op, not arg, instr.handler
    elif op is Op.COMPARE:
        yield op, "<" if arg != "<" else ">", instr.handler
    elif op is Op.CALL and arg[0]:
        names = () if arg[1] else ("name",)
        yield op, (arg[0], names), instr.handler


def _other_constant(instr: Instr) -> Iterator[Tuple[Op, Any, Any]]:
    if instr.op is not Op.LOAD_CONST or isinstance(instr.arg, Program):
        return
    value = instr.arg
    others: List[Any] = [("another", value)]
    if type(value) is int:
        others += [float(value), complex(value), str(value)] if abs(value) < 2**50 else []
        others += [bool(value)] if value in (0, 1) else []
    elif type(value) is float:
        others += [-value]
    elif type(value) is bool:
        others += [int(value), float(value)]
    elif type(value) is str:
        others += [value.encode("utf-8", "surrogatepass"), value + " "]
    elif type(value) is tuple:
        others += [frozenset(value), list(value)] if value else [None]
    for other in others:
        yield Op.LOAD_CONST, other, instr.handler


def _swapped_ways(instr: Instr) -> Iterator[Tuple[Op, Any, Any]]:
    if instr.op is Op.BRANCH:
        yield Op.BRANCH, (instr.arg[1], instr.arg[0]), instr.handler


def _dropped_handler(instr: Instr) -> Iterator[Tuple[Op, Any, Any]]:
    if instr.handler is not None and instr.op not in CANNOT_RAISE:
        yield instr.op, instr.arg, None


def _other_depth(instr: Instr) -> Iterator[Tuple[Op, Any, Any]]:
    handler = instr.handler
    if handler is not None and instr.op not in CANNOT_RAISE:
        yield instr.op, instr.arg, Handler(handler.label, handler.depth + 1, handler.scopes)
        yield instr.op, instr.arg, Handler(handler.label, handler.depth, handler.scopes + 1)


def _dropped_effect(instr: Instr) -> Iterator[Tuple[Op, Any, Any]]:
    """A store or a deletion that does nothing."""
    if instr.op in (Op.STORE_LOCAL, Op.STORE_NAME, Op.STORE_GLOBAL, Op.STORE_DEREF):
        yield Op.POP, None, instr.handler
    elif instr.op in (Op.DELETE_LOCAL, Op.POP_EXCEPT):
        yield Op.SETUP_ANNOTATIONS, None, instr.handler


#: By name.
MUTATIONS = {
    "relabelled": _relabelled,
    "other operand": _other_operand,
    "other constant": _other_constant,
    "swapped ways": _swapped_ways,
    "dropped handler": _dropped_handler,
    "other depth": _other_depth,
    "dropped effect": _dropped_effect,
}


def mutants(
    program: Program, mutation: Mutation, every: int = 1, start: int = 0
) -> Iterator[Tuple[int, Program]]:
    """Copies of a program, each with one instruction that can be reached made wrong.

    Of ``every`` so many one is made, from the ``start``-th on.
    """
    alive = {id(node.instr) for node in flow_graph(program).nodes}
    number = start
    for index, item in enumerate(program.items):
        if not isinstance(item, Instr) or id(item) not in alive:
            continue
        for choice in range(len(list(mutation(item)))):
            number += 1
            if number % every:
                continue
            items = copy(program.items)
            changed = items[index]
            changed.op, changed.arg, changed.handler = list(mutation(changed))[choice]
            yield index, program.with_items(items)
