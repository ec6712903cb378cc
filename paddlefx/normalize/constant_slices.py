"""A slice that is a constant  ->  one that is built of constants.

3.14 makes ``x[1:2]`` a subscription by a constant (``codegen_slice_two_parts`` in
``Python/codegen.c``); the others build the slice each time. Nothing shows but its identity.
"""

from __future__ import annotations

from typing import List

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice

__all__ = ["build_constant_slices"]


def build_constant_slices(program: Program, body: Body) -> None:
    """Load the parts and build the slice; a step of None is one that isn't written."""
    splice = Splice(body)
    for node in body.walk():
        if node.op is Op.LOAD_CONST and isinstance(node.arg, slice):
            parts = [node.arg.start, node.arg.stop, node.arg.step]
            if parts[2] is None:
                parts.pop()
            made: List[Node] = [node.like(Op.LOAD_CONST, part) for part in parts]
            splice.replace(node, [*made, node.like(Op.BUILD_SLICE, len(parts))])
    splice.apply()
