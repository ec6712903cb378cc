"""Every operation has a rule, and hand-made programs do what they say."""

from __future__ import annotations

import string
import sys
import types

import pytest

from paddlefx.ir.instr import Handler, Instr, Label, Op
from paddlefx.ir.program import Program
from tests.support.simulator import RULES, Simulator, SimulatorFault

FUNCTION = 0x3


def made(*items, **fields):
    """A simulated function of a program written by hand, of the parameters x and y."""
    fields.setdefault("argcount", 2)
    fields.setdefault("varnames", ("x", "y"))
    fields.setdefault("flags", FUNCTION)
    program = Program(list(items), "made", "made", **fields)
    return Simulator().function(program, {"__name__": "tests", "seen": []})


def run(*items, x=None, y=None, **fields):
    return made(*items, **fields)(x, y)


def local(name):
    return Instr(Op.LOAD_LOCAL, name)


RETURN = Instr(Op.RETURN)


def test_every_operation_has_a_rule():
    assert set(RULES) == set(Op)


@pytest.mark.parametrize("sign", ["+", "-", "~", "not"])
def test_unary(sign):
    value = run(local("x"), Instr(Op.UNARY, sign), RETURN, x=6)
    assert value == eval(f"{sign} 6")
    assert type(value) is type(eval(f"{sign} 6"))


@pytest.mark.parametrize(
    "sign", ["+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "@"]
)
@pytest.mark.parametrize("inplace", [False, True])
def test_binary(sign, inplace):
    class Operand:
        def __getattr__(self, name):
            raise AttributeError(name)

    calls = []
    names = "add sub mul truediv floordiv mod pow lshift rshift and or xor matmul".split()
    for name in names:
        for prefix in ("", "i"):

            def method(self, other, name=prefix + name):
                calls.append(name)
                return self

            setattr(Operand, f"__{prefix}{name}__", method)
    one, two = Operand(), Operand()
    run(local("x"), local("y"), Instr(Op.BINARY, (sign, inplace)), RETURN, x=one, y=two)
    simulated, calls[:] = list(calls), []
    exec(f"x {sign}= y" if inplace else f"x {sign} y", {"x": one, "y": two})
    assert simulated == calls
    assert len(calls) == 1


@pytest.mark.parametrize("sign", ["<", "<=", "==", "!=", ">", ">="])
def test_compare(sign):
    for y in (2, 3, 4):
        found = run(local("x"), local("y"), Instr(Op.COMPARE, sign), RETURN, x=3, y=y)
        assert found is eval(f"3 {sign} {y}")


def test_contains_and_is():
    pair = (local("x"), local("y"))
    for invert in (False, True):
        assert run(*pair, Instr(Op.CONTAINS, invert), RETURN, x=1, y=[1]) is not invert
        assert run(*pair, Instr(Op.IS, invert), RETURN, x=pair, y=pair) is not invert


def test_stack_operations_count_from_the_top():
    load = [Instr(Op.LOAD_CONST, n) for n in (1, 2, 3)]
    assert run(*load, Instr(Op.COPY, 3), Instr(Op.BUILD_TUPLE, 4), RETURN) == (1, 2, 3, 1)
    assert run(*load, Instr(Op.SWAP, 3), Instr(Op.BUILD_TUPLE, 3), RETURN) == (3, 2, 1)
    assert run(*load, Instr(Op.POP), Instr(Op.BUILD_TUPLE, 2), RETURN) == (1, 2)


def test_containers_are_added_to_below():
    items = [
        Instr(Op.BUILD_LIST, 0),
        Instr(Op.LOAD_CONST, "between"),
        Instr(Op.LOAD_CONST, 1),
        Instr(Op.LIST_APPEND, 2),
        Instr(Op.LOAD_CONST, (2, 3)),
        Instr(Op.LIST_EXTEND, 2),
        Instr(Op.POP),
        Instr(Op.LIST_TO_TUPLE),
        RETURN,
    ]
    assert run(*items) == (1, 2, 3)


def test_unpacking_puts_the_first_on_top():
    items = [local("x"), Instr(Op.UNPACK_EX, (1, 1)), Instr(Op.BUILD_TUPLE, 3), RETURN]
    assert run(*items, x=range(4)) == (3, [1, 2], 0)
    with pytest.raises(ValueError, match="not enough values to unpack"):
        run(*items, x=(1,))
    items[1] = Instr(Op.UNPACK_SEQUENCE, 3)
    with pytest.raises(TypeError, match="cannot unpack non-iterable int"):
        run(*items, x=1)


def test_unpacking_takes_no_more_than_it_needs():
    source = iter("abcdef")
    with pytest.raises(ValueError, match="too many values"):
        run(local("x"), Instr(Op.UNPACK_SEQUENCE, 2), RETURN, x=source)
    assert next(source) == "d"


def test_merged_keywords_name_the_function():
    def target(**keywords):
        return keywords

    items = [
        local("x"),
        Instr(Op.BUILD_TUPLE, 0),
        Instr(Op.LOAD_CONST, "a"),
        Instr(Op.LOAD_CONST, 1),
        Instr(Op.BUILD_MAP, 1),
        local("y"),
        Instr(Op.DICT_MERGE, 1),
        Instr(Op.CALL_EX, True),
        RETURN,
    ]
    assert run(*items, x=target, y={"b": 2}) == {"a": 1, "b": 2}
    for wrong, message in (({"a": 3}, "multiple values for keyword"), (5, "must be a mapping")):
        with pytest.raises(TypeError, match=rf"target\(\).*{message}"):
            run(*items, x=target, y=wrong)


def test_a_scope_keeps_and_restores_a_binding():
    items = [
        Instr(Op.SAVE_LOCAL, "x"),
        Instr(Op.LOAD_CONST, 2),
        Instr(Op.STORE_LOCAL, "x"),
        local("x"),
        Instr(Op.RESTORE_LOCAL, "x"),
        local("x"),
        Instr(Op.BUILD_TUPLE, 2),
        RETURN,
    ]
    assert run(*items, x=1) == (2, 1)
    del items[1:3]
    with pytest.raises(UnboundLocalError, match="'x'"):
        run(*items, x=1)


def test_a_scope_keeps_a_given_cell_aside():
    items = [
        Instr(Op.LOAD_CONST, types.CellType("outer")),
        Instr(Op.SAVE_CELL, "x"),
        Instr(Op.LOAD_CONST, "inner"),
        Instr(Op.STORE_DEREF, "x"),
        Instr(Op.LOAD_DEREF, "x"),
        Instr(Op.RESTORE_LOCAL, "x"),
        Instr(Op.LOAD_DEREF, "x"),
        Instr(Op.BUILD_TUPLE, 2),
        RETURN,
    ]
    assert run(*items, cellvars=("x",)) == ("inner", "outer")


def test_a_handler_cuts_the_stack_and_the_scopes():
    caught = Label()
    guarded = Handler(caught, 1, 1)
    items = [
        Instr(Op.LOAD_CONST, "kept"),
        Instr(Op.SAVE_LOCAL, "x"),
        Instr(Op.LOAD_CONST, "cut", guarded),
        Instr(Op.SAVE_LOCAL, "y", guarded),
        Instr(Op.LOAD_GLOBAL, "nothing", guarded),
        caught,
        Instr(Op.ENTER_HANDLER),
        Instr(Op.LOAD_ATTR, "args"),
        Instr(Op.POP_EXCEPT),
        Instr(Op.RESTORE_LOCAL, "x"),
        local("x"),
        Instr(Op.BUILD_TUPLE, 3),
        RETURN,
    ]
    kept, arguments, x = run(*items, x="x", y="y")
    assert (kept, x) == ("kept", "x")
    assert "nothing" in arguments[0]


def test_an_open_handler_is_what_sys_says():
    caught = Label()
    items = [
        Instr(Op.LOAD_LOCAL, "x", Handler(caught, 0, 0)),
        Instr(Op.RAISE, 1, Handler(caught, 0, 0)),
        caught,
        Instr(Op.ENTER_HANDLER),
        Instr(Op.POP),
        local("y"),
        Instr(Op.CALL, (0, ())),
        Instr(Op.POP_EXCEPT),
        local("y"),
        Instr(Op.CALL, (0, ())),
        Instr(Op.BUILD_TUPLE, 2),
        RETURN,
    ]
    error = KeyError(1)
    inside, after = run(*items, x=error, y=sys.exc_info)
    assert inside[1] is error
    assert after == (None, None, None)
    assert error.__context__ is None


def test_reraise_keeps_the_context():
    error = ValueError("x")
    error.__context__ = KeyError("before")
    with pytest.raises(ValueError) as caught:
        run(local("x"), Instr(Op.RERAISE), x=error)
    assert caught.value is error
    assert isinstance(error.__context__, KeyError)


def test_a_program_without_an_end_is_told():
    again = Label()
    program = Program([again, Instr(Op.JUMP, again)], "loop", "loop", flags=FUNCTION)
    with pytest.raises(SimulatorFault, match="too many steps"):
        Simulator(steps=100).function(program, {})()


def test_a_plain_function_does_not_yield():
    with pytest.raises(SimulatorFault, match="yields"):
        run(local("x"), Instr(Op.YIELD), RETURN)


def test_arguments_are_checked_as_cpython_does():
    function = made(local("x"), RETURN, argcount=1, kwonlyargcount=1)
    with pytest.raises(TypeError, match=r"made\(\) missing 1 required positional argument: 'x'"):
        function(y=1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        function(1, y=2, z=3)
    assert function(5, y=1) == 5


def test_common_constants_are_builtins():
    assert run(Instr(Op.LOAD_COMMON_CONSTANT, "tuple"), RETURN) is tuple
    assert run(Instr(Op.LOAD_ASSERTION_ERROR), RETURN) is AssertionError


def test_templates():
    """3.14's strings: on others, the module that makes them does not exist."""
    items = [
        Instr(Op.LOAD_CONST, ("a", "b")),
        local("x"),
        Instr(Op.LOAD_CONST, "x"),
        Instr(Op.BUILD_INTERPOLATION, ("r", False)),
        Instr(Op.BUILD_TUPLE, 1),
        Instr(Op.BUILD_TEMPLATE),
        RETURN,
    ]
    if hasattr(string, "__path__"):
        template = run(*items, x=5)
        assert template.strings == ("a", "b")
        assert template.interpolations[0].conversion == "r"
    else:
        with pytest.raises(ModuleNotFoundError):
            run(*items, x=5)
