"""Operands that pick an operation: oparg -> (Op, arg), shared by the versions' tables.

Sources: ``Lib/opcode.py`` (``cmp_op``, ``_nb_ops``, ``_intrinsic_1_descs``) and, for the
low bits of COMPARE_OP from 3.12 on, ``compare_masks`` in ``Python/compile.c``.
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

from ..ir.instr import Op

Choice = Dict[int, Optional[Tuple[Op, Any]]]

_COMPARE = ("<", "<=", "==", "!=", ">", ">=")
#: COMPARISON_UNORDERED 1, LESS_THAN 2, GREATER_THAN 4, EQUALS 8.
_MASKS = {"<": 2, "<=": 10, "==": 8, "!=": 7, ">": 4, ">=": 12}
_OPERATORS = ("+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^")

IS: Choice = {0: (Op.IS, False), 1: (Op.IS, True)}
CONTAINS: Choice = {0: (Op.CONTAINS, False), 1: (Op.CONTAINS, True)}
COMPARE: Choice = {i: (Op.COMPARE, name) for i, name in enumerate(_COMPARE)}
COMPARE_38: Choice = {
    **COMPARE,
    6: (Op.CONTAINS, False),
    7: (Op.CONTAINS, True),
    8: (Op.IS, False),
    9: (Op.IS, True),
    10: (Op.CHECK_EXC_MATCH, None),
}
COMPARE_312: Choice = {i << 4 | _MASKS[name]: (Op.COMPARE, name) for i, name in enumerate(_COMPARE)}
#: Bit 4 turns the result into a bool: only where it feeds a jump or a ``not``.
COMPARE_313: Choice = {
    i << 5 | _MASKS[name] | to_bool: (Op.COMPARE, name)
    for i, name in enumerate(_COMPARE)
    for to_bool in (0, 16)
}
BINARY: Choice = {i: (Op.BINARY, (name, False)) for i, name in enumerate(_OPERATORS)}
BINARY.update({13 + i: (Op.BINARY, (name, True)) for i, name in enumerate(_OPERATORS)})

BINARY_314: Choice = {**BINARY, 26: (Op.LOAD_SUBSCR, None)}

#: ``_common_constants`` in ``Lib/opcode.py``.
COMMON_CONSTANTS: Choice = {
    0: (Op.LOAD_ASSERTION_ERROR, None),
    1: (Op.LOAD_COMMON_CONSTANT, "NotImplementedError"),
    2: (Op.LOAD_COMMON_CONSTANT, "tuple"),
    3: (Op.LOAD_COMMON_CONSTANT, "all"),
    4: (Op.LOAD_COMMON_CONSTANT, "any"),
}

INTRINSIC_1: Choice = {
    1: (Op.INTRINSIC, "PRINT_EXPR"),
    2: (Op.IMPORT_STAR, None),
    3: (Op.INTRINSIC, "STOPITERATION_ERROR"),
    4: None,  # ASYNC_GEN_WRAP, implied by YIELD in an async generator
    5: (Op.UNARY, "+"),
    6: (Op.LIST_TO_TUPLE, None),
    7: (Op.INTRINSIC, "TYPEVAR"),
    8: (Op.INTRINSIC, "PARAMSPEC"),
    9: (Op.INTRINSIC, "TYPEVARTUPLE"),
    10: (Op.INTRINSIC, "SUBSCRIPT_GENERIC"),
    11: (Op.INTRINSIC, "TYPEALIAS"),
}
INTRINSIC_2: Choice = {
    1: (Op.PREP_RERAISE_STAR, None),
    2: (Op.INTRINSIC, "TYPEVAR_BOUND"),
    3: (Op.INTRINSIC, "TYPEVAR_CONSTRAINTS"),
    4: (Op.INTRINSIC, "SET_FUNCTION_TYPE_PARAMS"),
}
INTRINSIC_2_313: Choice = {**INTRINSIC_2, 5: (Op.INTRINSIC, "SET_TYPEPARAM_DEFAULT")}
