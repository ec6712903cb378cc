"""What emit writes, as the library ``bytecode`` reads it (docs/adr/0006)."""

from __future__ import annotations

import dis
import types

import bytecode
import pytest

from paddlefx.decode import decode
from paddlefx.emit import emit
from paddlefx.opcodes import table_for
from tests.support.corpus_cases import FUNCTIONS


def codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


#: Both readers may leave these out.
_LAYOUT = ("EXTENDED_ARG", "CACHE")


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_two_readers_agree(function):
    table = table_for()
    for code in codes(function.__code__):
        made = emit(decode(code, table), code, table)
        read = [
            item.name
            for item in bytecode.ConcreteBytecode.from_code(made)
            if isinstance(item, bytecode.ConcreteInstr) and item.name not in _LAYOUT
        ]
        assert read == [
            item.opname for item in dis.get_instructions(made) if item.opname not in _LAYOUT
        ]
        bytecode.Bytecode.from_code(made)  # jumps, exception ranges and lines make sense to it
