"""What instructions need to find on the stack."""

from __future__ import annotations

from paddlefx.ir.effects import effect
from paddlefx.ir.instr import Op


def test_errors_of_calls_name_the_callable_below_the_operands() -> None:
    """``ceval.c``: ``PEEK(2 + oparg)`` of 3.8's BUILD_MAP_UNPACK_WITH_CALL crashed without it."""
    needs = {kind: effect(Op.BUILD_UNPACK, (kind, 2)).needs for kind in ("map", "args", "kwmap")}
    assert needs == {"map": 2, "args": 3, "kwmap": 4}
    assert effect(Op.BUILD_UNPACK, ("kwmap", 2)).pops == 2
    assert effect(Op.DICT_MERGE, 1).needs == 4
