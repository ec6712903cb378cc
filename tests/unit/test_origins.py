"""Each instruction's opcode, as ``decode_with_origins`` says it."""

from __future__ import annotations

import json
import pathlib

import pytest

from paddlefx.decode import decode
from paddlefx.decode.origins import decode_with_origins
from paddlefx.ir.instr import Instr
from paddlefx.ir.printer import format_program
from paddlefx.opcodes import table_for
from paddlefx.opcodes.raw import positions
from paddlefx.pyc import read_pyc
from tests.support.corpus_cases import FUNCTIONS
from tests.support.pyc_files import FILES, codes

LIBRARY = pathlib.Path(json.__file__).parents[1]
MODULES = [
    *((path.stem, compile(path.read_bytes(), path.name, "exec"), table_for())
      for path in sorted(LIBRARY.glob("[a-s]*.py"))[::25]),
    *((f.__name__, f.__code__, table_for()) for f in FUNCTIONS),
    *((path.stem, read_pyc(path).code, read_pyc(path).table)
      for path in sorted(FILES.glob("*.pyc"))),
]  # fmt: skip


@pytest.mark.parametrize(("name", "module", "table"), MODULES, ids=[name for name, _, _ in MODULES])
def test_an_instruction_has_the_position_of_its_opcode(name, module, table):
    for code in codes(module):
        decoded = decode_with_origins(code, table)
        assert format_program(decoded.program) == format_program(decode(code, table))
        where = positions(code, decoded.raw)
        last = None
        for item, row in zip(decoded.program.items, decoded.rows):
            if isinstance(item, Instr):
                last = row[-1] if row else last
                if row:
                    assert where[last] == item.position
        every = [index for row in decoded.rows for index in row]
        assert set(every).isdisjoint(decoded.rest)
        assert {*every, *decoded.rest} == set(range(len(decoded.raw.opcodes)))
        if table.traits["handlers"] == "table":  # finally bodies of 3.8 are decoded twice
            twice = {index for index in every if every.count(index) > 1}
            forms = {table.rules[decoded.raw.opcodes[index]].form for index in twice}
            assert forms <= {"branch_keep"}
