"""Every opcode of every version has a row, seen from any interpreter."""

from __future__ import annotations

import dis
import sys

import pytest
from xdis.op_imports import get_opcode_module
from xdis.version_info import PythonImplementation

from paddlefx.errors import UnsupportedPythonError
from paddlefx.ir.instr import Op
from paddlefx.opcodes import (
    COMPILED,
    SUPPORTED,
    missing,
    require_compiler,
    table_for,
)
from paddlefx.opcodes.table import FORMS, OpcodeTable, Rule

#: Specialised forms, which xdis lists from 3.14 on and no ``co_code`` shows
#: (MIN_SPECIALIZED_OPCODE and MIN_INSTRUMENTED_OPCODE in ``Include/opcode_ids.h``).
SPECIALISED = {(3, 14): range(129, 234)}


def opmap_of(version):
    """The opcodes of a version as xdis knows them, with CPython's spelling of the names."""
    module = get_opcode_module(version, PythonImplementation.CPython)
    hidden = SPECIALISED.get(version, ())
    return {
        name.replace("+", "_"): number
        for name, number in module.opmap.items()
        if number not in hidden
    }


@pytest.mark.parametrize("version", SUPPORTED)
def test_every_opcode_has_a_row(version):
    assert missing(table_for(version), opmap_of(version)) == []


@pytest.mark.parametrize("version", SUPPORTED)
def test_every_row_is_an_opcode(version):
    opmap = opmap_of(version)
    table = table_for(version)
    assert {name: table[name].number for name in table.names} == {
        name: opmap[name] for name in table.names
    }


def test_the_running_interpreter_agrees():
    table = table_for()
    assert table.version == sys.version_info[:2]
    assert missing(table, dis.opmap) == []


def test_caches_are_cpythons():
    import opcode

    counts = getattr(opcode, "_inline_cache_entries", None)
    table = table_for()
    if counts is None:
        assert not any(rule.caches for rule in table.rules.values())
        return
    for rule in table.rules.values():
        expected = counts.get(rule.name, 0) if isinstance(counts, dict) else counts[rule.number]
        assert rule.caches == expected, rule.name


def test_a_missing_row_is_seen():
    table = table_for((3, 11))
    opmap = dict(opmap_of((3, 11)), SOMETHING_NEW=254)
    opmap["NOP"] = 200
    assert missing(table, opmap) == ["NOP", "SOMETHING_NEW"]


@pytest.mark.parametrize("version", SUPPORTED)
def test_every_operation_can_be_written_or_is_another_versions(version):
    table = table_for(version)
    written = {rule.op for rule in table.rules.values() if rule.op is not None}
    for rule in table.of_form("choice"):
        written |= {meaning[0] for meaning in rule.value.values() if meaning is not None}
    for rule in table.of_form("pair"):
        written |= {op for op, _ in rule.value}
    assert written <= set(Op)
    assert {Op.STORE_ATTR, Op.BINARY, Op.COMPARE, Op.IMPORT_NAME} <= written


def test_unsupported_versions_say_so():
    for version in ((3, 7), (3, 99), (2, 7)):
        with pytest.raises(UnsupportedPythonError) as caught:
            table_for(version)
        assert "3.8 to 3.14" in str(caught.value)
        assert ".".join(map(str, version)) in caught.value.reason


def test_where_functions_can_be_compiled(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 14, 2, "final", 0))
    with pytest.raises(UnsupportedPythonError, match="compiled on Python 3.14") as caught:
        require_compiler()
    assert "3.8 to 3.13" in caught.value.hint
    assert "paddlefx.decode" in caught.value.hint
    assert table_for().version == (3, 14)
    for version in COMPILED:
        monkeypatch.setattr(sys, "version_info", (*version, 1, "final", 0))
        require_compiler()


def test_the_same_table_each_time():
    assert table_for((3, 12)) is table_for((3, 12, 1, "final", 0))


def test_derive_refuses_nonsense():
    table = OpcodeTable((1, 0), [Rule("NOP", 9, "nop")], {})
    with pytest.raises(ValueError, match="POP_TOP"):
        table.derive((1, 1), remove="POP_TOP")
    with pytest.raises(ValueError, match="repeated"):
        table.derive((1, 1), rules=[Rule("OTHER", 9, "nop")])
    with pytest.raises(ValueError, match="no form"):
        table.derive((1, 1), rules=[Rule("OTHER", 10, "nonsense")])
    newer = table.derive((1, 1), renumber={"NOP": 30}, caches={"NOP": 1}, jump_unit=2)
    assert (newer["NOP"].number, newer["NOP"].caches) == (30, 1)
    assert newer.traits == {"jump_unit": 2}
    assert table["NOP"].number == 9


def test_every_form_is_in_use():
    used = {rule.form for version in SUPPORTED for rule in table_for(version).rules.values()}
    assert used == set(FORMS)
