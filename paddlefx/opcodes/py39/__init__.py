"""The opcodes of CPython 3.9 (``Lib/opcode.py``, ``Python/ceval.c``), as a diff."""

from __future__ import annotations

from ...ir.instr import Op
from ..choices import COMPARE, CONTAINS, IS
from ..py38 import TABLE as PREVIOUS
from ..table import Rule

__all__ = ["TABLE"]

TABLE = PREVIOUS.derive(
    version=(3, 9),
    remove="""
        BEGIN_FINALLY WITH_CLEANUP_START WITH_CLEANUP_FINISH END_FINALLY BUILD_LIST_UNPACK
        BUILD_MAP_UNPACK BUILD_MAP_UNPACK_WITH_CALL BUILD_TUPLE_UNPACK BUILD_SET_UNPACK
        BUILD_TUPLE_UNPACK_WITH_CALL CALL_FINALLY POP_FINALLY
    """,
    rules=[
        Rule("RERAISE", 48, "reraise", value=True),
        Rule("WITH_EXCEPT_START", 49, "with_except_start"),
        Rule("LOAD_ASSERTION_ERROR", 74, "plain", Op.LOAD_ASSERTION_ERROR),
        Rule("LIST_TO_TUPLE", 82, "plain", Op.LIST_TO_TUPLE),
        Rule("COMPARE_OP", 107, "choice", value=COMPARE),
        Rule("IS_OP", 117, "choice", value=IS),
        Rule("CONTAINS_OP", 118, "choice", value=CONTAINS),
        Rule("JUMP_IF_NOT_EXC_MATCH", 121, "branch_exc", operand="absolute"),
        Rule("LIST_EXTEND", 162, "into", Op.LIST_EXTEND, "int"),
        Rule("SET_UPDATE", 163, "into", Op.SET_UPDATE, "int"),
        Rule("DICT_MERGE", 164, "into", Op.DICT_MERGE, "int"),
        Rule("DICT_UPDATE", 165, "into", Op.DICT_UPDATE, "int"),
    ],
    magic=3425,
)
