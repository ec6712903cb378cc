"""Constants and names of an unchanged program are the origin's; a changed one has its own."""

from __future__ import annotations

import types

import pytest

from paddlefx.decode import decode
from paddlefx.emit import emit
from paddlefx.ir.instr import Instr, Op
from paddlefx.opcodes import table_for
from paddlefx.reemit import reemit
from tests.support.code_objects import codes

TABLE = table_for()


def documented(x):
    """A docstring."""
    if x:
        return x.first, "second", 1.0, (1, True)
    return x.third(named=None)


def undocumented(x):
    return [x.first, "text", lambda: (x, 2)]


@pytest.mark.parametrize("function", [documented, undocumented])
def test_an_unchanged_program_keeps_them(function):
    code = function.__code__
    made = emit(decode(code, TABLE), code, TABLE)
    assert made.co_consts is code.co_consts
    assert made.co_names is code.co_names


def test_what_nothing_uses_stays_in_its_place():
    code = documented.__code__
    padded = code.replace(co_consts=code.co_consts + ("unused",), co_names=code.co_names + ("un",))
    made = emit(decode(padded, TABLE), padded, TABLE)
    assert made.co_consts is padded.co_consts
    assert made.co_names is padded.co_names


def changed(code, op, new):
    program = decode(code, TABLE)
    item = next(i for i in program.items if isinstance(i, Instr) and i.op is op and i.arg == new[0])
    item.arg = new[1]
    return emit(program, code, TABLE)


def test_a_new_constant_makes_a_pool_without_leftovers():
    code = documented.__code__
    unused = code.replace(co_consts=code.co_consts + ("unused",))
    made = changed(unused, Op.LOAD_CONST, ("second", "another"))
    assert "another" in made.co_consts
    assert not {"unused", "second"} & set(made.co_consts)
    value = types.SimpleNamespace(first=5)
    again = types.FunctionType(made, {})
    assert again(value) == (5, "another", 1.0, (1, True))
    assert again.__doc__ == "A docstring."


def test_a_new_name_makes_a_pool_without_leftovers():
    made = changed(documented.__code__, Op.LOAD_ATTR, ("first", "other"))
    assert "other" in made.co_names
    assert "first" not in made.co_names
    assert types.FunctionType(made, {})(types.SimpleNamespace(other=6))[0] == 6


def test_equal_constants_of_other_types_are_not_taken_for_each_other():
    namespace = {}
    exec("def f(x): return [x, 1, 1.0, True, 0.0, -0.0]", namespace)
    code = namespace["f"].__code__
    for old, new in ((1, True), (1.0, 1), (0.0, -0.0)):
        program = decode(code, TABLE)
        for item in program.items:
            if isinstance(item, Instr) and item.op is Op.LOAD_CONST:
                if repr(item.arg) == repr(old):
                    item.arg = new
        made = types.FunctionType(emit(program, code, TABLE), {})
        expected = [new if repr(v) == repr(old) else v for v in (1, 1.0, True, 0.0, -0.0)]
        assert repr(made(None)[1:]) == repr(expected)


@pytest.mark.parametrize("doc", [None, "Another.", "A docstring."])
def test_the_docstring_is_the_programs(doc):
    code = documented.__code__
    program = decode(code, TABLE)
    program.docstring = doc
    made = types.FunctionType(emit(program, code, TABLE), {})
    assert made.__doc__ == doc
    assert made(types.SimpleNamespace(first=1))[:2] == (1, "second")


def test_nested_code_objects_take_their_place():
    code = undocumented.__code__
    made = reemit(code)
    kinds = [type(const) for const in code.co_consts]
    assert [type(const) for const in made.co_consts] == kinds
    old, new = list(codes(code)), list(codes(made))
    assert len(old) == len(new)
    assert not {id(one) for one in old} & {id(one) for one in new}


@pytest.mark.parametrize(
    "source", ["f, g = lambda: b'merged', lambda: b'merged'", "f, g = lambda x: x.a, lambda y: y.b"]
)
def test_equal_functions_share_what_the_compiler_merged(source):
    """Found by test_compile: it looks for one object."""
    lines = "co_linetable" if hasattr(documented.__code__, "co_linetable") else "co_lnotab"
    fields = ("co_consts", "co_code", lines)

    def shared(code):
        namespace = {}
        exec(code, namespace)
        f, g = namespace["f"].__code__, namespace["g"].__code__
        return [getattr(f, name) is getattr(g, name) for name in fields]

    code = compile(source, "", "exec", dont_inherit=True)
    assert shared(reemit(code)) == shared(code)
