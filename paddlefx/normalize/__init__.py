"""Programs of every version made one: ``normalize(program) -> Program``.

Each pass takes out one thing that CPython's compilers do in different ways; its file says what
goes in, what comes out, and what a program could notice of it. The result is a valid program.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, List, Tuple

from ..ir.body import Body
from ..ir.instr import Op
from ..ir.program import Program
from .assertions import load_assertion_error_by_name
from .augmented_slices import build_slices_once
from .awaitables import forget_who_gave_it
from .branches import settle_branches
from .cells import release_cells
from .class_attributes import drop_class_attributes
from .cleanup_handlers import thread_handlers
from .comprehensions import inline_comprehensions
from .conditions import ask_once
from .constant_slices import build_constant_slices
from .displays import build_displays
from .docstrings import strip_docstrings
from .empty_strings import drop_empty_strings
from .except_names import unbind_names_outside
from .exception_groups import make_list_first
from .format_specs import convert_first
from .inlined_builtins import call_builtins
from .mapping_rests import copy_without_keys
from .match_results import unpack_match_results
from .percent_formats import format_in_place
from .placeholders import drop_placeholders
from .polarity import choose_polarity
from .shuffles import copy_constants, rewrite_shuffles
from .star_displays import build_part_by_part
from .unused_saves import drop_unused_saves

__all__ = ["PASSES", "normalize"]

Pass = Callable[[Program, Body], None]

#: In the order they run, on inner programs before outer ones.
PASSES: Tuple[Pass, ...] = (
    strip_docstrings,
    drop_class_attributes,
    load_assertion_error_by_name,
    call_builtins,
    build_constant_slices,
    forget_who_gave_it,
    make_list_first,
    unpack_match_results,
    copy_without_keys,
    build_slices_once,
    drop_empty_strings,
    convert_first,
    format_in_place,
    build_displays,
    build_part_by_part,
    build_displays,
    inline_comprehensions,
    drop_unused_saves,
    release_cells,
    ask_once,
    choose_polarity,
    copy_constants,
    settle_branches,
    drop_placeholders,
    thread_handlers,
    unbind_names_outside,
    thread_handlers,
    rewrite_shuffles,
)


def normalize(program: Program) -> Program:
    """The program without what CPython's compilers do differently.

    Args:
        program: of any version, with the programs inside it
            (:func:`paddlefx.decode.deep.decode_deep`). It stays as it is.

    Raises:
        InvalidProgram, KeyError: a program that verify would refuse.
    """
    made = replace(program)
    body = Body.of(made)
    inner: List[Program] = []
    for node in body.walk():
        if node.op is Op.LOAD_CONST and isinstance(node.arg, Program):
            node.arg = normalize(node.arg)
            inner.append(node.arg)
    for run in PASSES:
        run(made, body)
    return body.program(made)
