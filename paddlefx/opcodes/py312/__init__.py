"""The opcodes of CPython 3.12 (``Lib/opcode.py``, ``Python/ceval.c``), as a diff."""

from __future__ import annotations

from ...ir.instr import Op
from ..choices import COMPARE_312, INTRINSIC_1, INTRINSIC_2
from ..py311 import TABLE as PREVIOUS
from ..table import Rule

__all__ = ["TABLE"]

TABLE = PREVIOUS.derive(
    version=(3, 12),
    remove="""
        UNARY_POSITIVE PRINT_EXPR LIST_TO_TUPLE IMPORT_STAR ASYNC_GEN_WRAP PREP_RERAISE_STAR
        JUMP_IF_FALSE_OR_POP JUMP_IF_TRUE_OR_POP POP_JUMP_FORWARD_IF_FALSE
        POP_JUMP_FORWARD_IF_TRUE POP_JUMP_FORWARD_IF_NOT_NONE POP_JUMP_FORWARD_IF_NONE
        LOAD_CLASSDEREF LOAD_METHOD PRECALL POP_JUMP_BACKWARD_IF_NOT_NONE
        POP_JUMP_BACKWARD_IF_NONE POP_JUMP_BACKWARD_IF_FALSE POP_JUMP_BACKWARD_IF_TRUE
    """,
    rules=[
        Rule("END_FOR", 4, "end_send"),
        Rule("END_SEND", 5, "end_send"),
        Rule("BINARY_SLICE", 26, "pair", value=((Op.BUILD_SLICE, 2), (Op.LOAD_SUBSCR, None))),
        Rule("STORE_SLICE", 27, "pair", value=((Op.BUILD_SLICE, 2), (Op.STORE_SUBSCR, None))),
        Rule("CLEANUP_THROW", 55, "plain", Op.CLEANUP_THROW),
        Rule("RETURN_GENERATOR", 75, "generator", value=False),
        Rule("LOAD_LOCALS", 87, "plain", Op.LOAD_LOCALS),
        Rule("FOR_ITER", 93, "for_iter", operand="forward", value=1, caches=1),
        Rule("LOAD_ATTR", 106, "attr", caches=9),
        Rule("COMPARE_OP", 107, "choice", value=COMPARE_312, caches=1),
        Rule("POP_JUMP_IF_FALSE", 114, "branch", operand="forward", value=False),
        Rule("POP_JUMP_IF_TRUE", 115, "branch", operand="forward", value=True),
        Rule("RETURN_CONST", 121, "return_const"),
        Rule("SEND", 123, "send", operand="forward", value=1, caches=1),
        Rule("LOAD_FAST_CHECK", 127, "fast_owned"),
        Rule("POP_JUMP_IF_NOT_NONE", 128, "branch_none", operand="forward", value=False),
        Rule("POP_JUMP_IF_NONE", 129, "branch_none", operand="forward", value=True),
        Rule("LOAD_SUPER_ATTR", 141, "super", caches=1),
        Rule("LOAD_FAST_AND_CLEAR", 143, "save_fast"),
        Rule("CALL_INTRINSIC_1", 173, "choice", value=INTRINSIC_1),
        Rule("CALL_INTRINSIC_2", 174, "choice", value=INTRINSIC_2),
        Rule("LOAD_FROM_DICT_OR_GLOBALS", 175, "plain", Op.LOAD_NAME_FROM, "name"),
        Rule("LOAD_FROM_DICT_OR_DEREF", 176, "plain", Op.LOAD_CLASSDEREF, "cell"),
    ],
    renumber={
        "YIELD_VALUE": 150,
    },
    caches={
        "BINARY_SUBSCR": 1,
        "LOAD_GLOBAL": 4,
        "CALL": 3,
    },
    magic=3531,
    generator_depth="yield",
)
