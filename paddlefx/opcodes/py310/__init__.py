"""The opcodes of CPython 3.10 (``Lib/opcode.py``, ``Python/ceval.c``), as a diff."""

from __future__ import annotations

from ...ir.instr import Op
from ..py39 import TABLE as PREVIOUS
from ..table import Rule

__all__ = ["TABLE"]

TABLE = PREVIOUS.derive(
    version=(3, 10),
    rules=[
        Rule("GET_LEN", 30, "plain", Op.GET_LEN),
        Rule("MATCH_MAPPING", 31, "plain", Op.MATCH_MAPPING),
        Rule("MATCH_SEQUENCE", 32, "plain", Op.MATCH_SEQUENCE),
        Rule("MATCH_KEYS", 33, "match_bool", Op.MATCH_KEYS),
        Rule("COPY_DICT_WITHOUT_KEYS", 34, "plain", Op.COPY_DICT_WITHOUT_KEYS),
        Rule("ROT_N", 99, "rot"),
        Rule("GEN_START", 129, "skip"),
        Rule("MATCH_CLASS", 152, "match_bool", Op.MATCH_CLASS, "int"),
    ],
    renumber={
        "RERAISE": 119,
    },
    magic=3439,
    jump_unit=2,
    lines="linetable",
)
