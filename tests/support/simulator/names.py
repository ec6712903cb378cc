"""Rules: constants, stack, locals, cells, names, globals, attributes."""

from __future__ import annotations

import builtins
import types
from typing import Any, Callable

from paddlefx.ir.instr import Op

from .frame import UNBOUND, Binding, Frame, contents
from .registry import rule


def _message(function: Callable[[], Any]) -> str:
    """How this interpreter words the error that a function of ``probe`` raises."""
    try:
        function()
    except NameError as error:
        return str(error).replace("probe", "%s")
    raise AssertionError("the name is bound")


def _local() -> None:
    del probe  # noqa: F821
    probe = None  # noqa: F841


def _free() -> Callable[[], Any]:
    def inner() -> Any:
        return probe

    if inner is None:
        probe = None
    return inner


def _undefined() -> Any:
    return probe  # noqa: F821


_UNBOUND_LOCAL = _message(_local)
_UNBOUND_FREE = _message(_free())
_UNDEFINED = _message(_undefined)


# -- stack


@rule(Op.POP)
def _pop(f: Frame, arg: Any) -> None:
    f.stack.pop()


@rule(Op.COPY)
def _copy(f: Frame, i: int) -> None:
    f.stack.append(f.stack[-i])


@rule(Op.SWAP)
def _swap(f: Frame, i: int) -> None:
    stack = f.stack
    stack[-i], stack[-1] = stack[-1], stack[-i]


@rule(Op.LOAD_CONST)
def _load_const(f: Frame, value: Any) -> None:
    f.stack.append(value)


# -- locals


def _unbound_local(name: str) -> UnboundLocalError:
    return UnboundLocalError(_UNBOUND_LOCAL % name)


@rule(Op.LOAD_LOCAL)
def _load_local(f: Frame, name: str) -> None:
    value = f.locals.get(name, UNBOUND)
    if value is UNBOUND:
        raise _unbound_local(name)
    f.stack.append(value)


@rule(Op.STORE_LOCAL)
def _store_local(f: Frame, name: str) -> None:
    f.locals[name] = f.stack.pop()


@rule(Op.DELETE_LOCAL)
def _delete_local(f: Frame, name: str) -> None:
    if f.locals.get(name, UNBOUND) is UNBOUND:
        raise _unbound_local(name)
    f.locals[name] = UNBOUND


@rule(Op.SAVE_LOCAL)
def _save_local(f: Frame, name: str) -> None:
    # a cell has the slot of the local of its name; a free variable has another
    cell = f.cells[name] if name in f.program.cellvars else None
    f.scopes.append(Binding(name, f.locals.get(name, UNBOUND), cell))
    f.locals[name] = UNBOUND
    if cell is not None:
        f.cells[name] = types.CellType()


@rule(Op.SAVE_CELL)
def _save_cell(f: Frame, name: str) -> None:
    f.scopes.append(Binding(name, UNBOUND, f.stack.pop()))


@rule(Op.RESTORE_LOCAL)
def _restore_local(f: Frame, name: str) -> None:
    for place in range(len(f.scopes) - 1, -1, -1):
        binding = f.scopes[place]
        if binding is not None and binding.name == name:
            del f.scopes[place]
            f.locals[name] = binding.value
            if binding.cell is not None:
                f.cells[name] = binding.cell
            return
    raise AssertionError(f"{name} was not saved")


# -- cells


def _empty_cell(f: Frame, name: str) -> NameError:
    if name in f.program.cellvars:
        return _unbound_local(name)
    return NameError(_UNBOUND_FREE % name.replace(" (free)", ""))


@rule(Op.LOAD_CELL)
def _load_cell(f: Frame, name: str) -> None:
    f.stack.append(f.cells[name])


@rule(Op.LOAD_DEREF)
def _load_deref(f: Frame, name: str) -> None:
    value = contents(f.cells[name])
    if value is UNBOUND:
        raise _empty_cell(f, name)
    f.stack.append(value)


@rule(Op.STORE_DEREF)
def _store_deref(f: Frame, name: str) -> None:
    f.cells[name].cell_contents = f.stack.pop()


@rule(Op.DELETE_DEREF)
def _delete_deref(f: Frame, name: str) -> None:
    if contents(f.cells[name]) is UNBOUND:
        raise _empty_cell(f, name)
    del f.cells[name].cell_contents


@rule(Op.LOAD_CLASSDEREF)
def _load_classderef(f: Frame, name: str) -> None:
    mapping = f.stack.pop()
    try:
        value = mapping[name.replace(" (free)", "")]
    except KeyError:
        value = contents(f.cells[name])
    if value is UNBOUND:
        raise _empty_cell(f, name)
    f.stack.append(value)


# -- names and globals


def _global(f: Frame, name: str) -> Any:
    value = f.globals.get(name, UNBOUND)
    if value is UNBOUND:
        value = f.builtins.get(name, UNBOUND)
    if value is UNBOUND:
        raise NameError(_UNDEFINED % name)
    return value


@rule(Op.LOAD_GLOBAL)
def _load_global(f: Frame, name: str) -> None:
    f.stack.append(_global(f, name))


@rule(Op.STORE_GLOBAL)
def _store_global(f: Frame, name: str) -> None:
    f.globals[name] = f.stack.pop()


@rule(Op.DELETE_GLOBAL)
def _delete_global(f: Frame, name: str) -> None:
    if name not in f.globals:
        raise NameError(_UNDEFINED % name)
    del f.globals[name]


def _namespace(f: Frame) -> Any:
    assert f.names is not None, "a function has no namespace"
    return f.names


@rule(Op.LOAD_NAME)
def _load_name(f: Frame, name: str) -> None:
    try:
        value = _namespace(f)[name]
    except KeyError:
        value = UNBOUND
    f.stack.append(_global(f, name) if value is UNBOUND else value)


@rule(Op.STORE_NAME)
def _store_name(f: Frame, name: str) -> None:
    _namespace(f)[name] = f.stack.pop()


@rule(Op.DELETE_NAME)
def _delete_name(f: Frame, name: str) -> None:
    try:
        del _namespace(f)[name]
        missing = False
    except KeyError:
        missing = True
    if missing:
        raise NameError(_UNDEFINED % name)


@rule(Op.LOAD_NAME_FROM)
def _load_name_from(f: Frame, name: str) -> None:
    mapping = f.stack.pop()
    try:
        value = mapping[name]
    except KeyError:
        value = UNBOUND
    f.stack.append(_global(f, name) if value is UNBOUND else value)


@rule(Op.LOAD_LOCALS)
def _load_locals(f: Frame, arg: Any) -> None:
    f.stack.append(_namespace(f))


@rule(Op.LOAD_BUILD_CLASS)
def _load_build_class(f: Frame, arg: Any) -> None:
    f.stack.append(f.builtins["__build_class__"])


@rule(Op.LOAD_ASSERTION_ERROR)
def _load_assertion_error(f: Frame, arg: Any) -> None:
    f.stack.append(AssertionError)


@rule(Op.LOAD_COMMON_CONSTANT)
def _load_common_constant(f: Frame, name: str) -> None:
    f.stack.append(getattr(builtins, name))


@rule(Op.SETUP_ANNOTATIONS)
def _setup_annotations(f: Frame, arg: Any) -> None:
    names = _namespace(f)
    if "__annotations__" not in names:
        names["__annotations__"] = {}


# -- attributes


@rule(Op.LOAD_ATTR)
def _load_attr(f: Frame, name: str) -> None:
    f.stack.append(getattr(f.stack.pop(), name))


@rule(Op.STORE_ATTR)
def _store_attr(f: Frame, name: str) -> None:
    value, owner = f.pop(2)
    setattr(owner, name, value)


@rule(Op.DELETE_ATTR)
def _delete_attr(f: Frame, name: str) -> None:
    delattr(f.stack.pop(), name)
