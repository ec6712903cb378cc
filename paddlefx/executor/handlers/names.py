"""The stack, and loads and stores of names, attributes and subscripts."""

from __future__ import annotations

import builtins
import importlib.util
import sys
import types
from typing import TYPE_CHECKING, Any, Callable, Dict, NoReturn

from ...ir.instr import Op
from ...ir.scopes import binds, cell_inside
from ..breaking.lifetimes import let_go
from ..breaking.suspended import own_program
from ..breaks import GiveUp, Kind, ObservedException
from ..containers.keys import is_plain_dict
from ..exceptions import wording
from ..frame import SavedLocal
from ..objects import class_bodies, object_stores
from ..operators import subscripts
from ..values import (
    CellVariable,
    ConstantVariable,
    DictVariable,
    LazyVariable,
    NullVariable,
    ObjectVariable,
    SequenceVariable,
    Variable,
)
from ..wrapping import from_python

if TYPE_CHECKING:
    from ..frame import Frame
    from ..machine import Machine

__all__ = ["HANDLERS", "SHARES_FREE"]

#: Why a frame runs as plain Python: what Python does there depends on its version.
SHARES_FREE = "a comprehension's variable has the name of a variable of an enclosing function"


def pop(machine: Machine, frame: Frame, arg: Any) -> None:
    let_go(machine, frame.stack.pop())


def copy(machine: Machine, frame: Frame, arg: int) -> None:
    frame.stack.append(frame.stack[-arg])


def swap(machine: Machine, frame: Frame, arg: int) -> None:
    stack = frame.stack
    stack[-1], stack[-arg] = stack[-arg], stack[-1]


def load_const(machine: Machine, frame: Frame, arg: Any) -> None:
    frame.stack.append(constant(machine, arg))


def constant(machine: Machine, value: Any) -> Variable:
    """The variable of a code object's constant."""
    if type(value) is tuple:
        return SequenceVariable([constant(machine, item) for item in value], tuple)
    if isinstance(value, (frozenset, types.BuiltinFunctionType)):
        return from_python(machine, value)
    return ConstantVariable(value)


def load_local(machine: Machine, frame: Frame, name: str) -> None:
    value = frame.locals.get(name)
    if value is None or isinstance(value, NullVariable):
        if name in frame.cells:
            # CPython 3.11+ keeps both in one index space.
            load_deref(machine, frame, name)
            return
        machine.raise_observed(wording.of_local(name))
    if isinstance(value, LazyVariable):
        value = frame.locals[name] = machine.realise(value)
    frame.stack.append(value)


def store_local(machine: Machine, frame: Frame, name: str) -> None:
    before = frame.locals.get(name)
    frame.locals[name] = frame.stack.pop()
    let_go(machine, before)


def delete_local(machine: Machine, frame: Frame, name: str) -> None:
    if name not in frame.locals:
        machine.raise_observed(wording.of_local(name))
    let_go(machine, frame.locals.pop(name))


def save_local(machine: Machine, frame: Frame, name: str) -> None:
    # The iterator is on the stack already, CPython puts the binding below it.
    depth = max(len(frame.stack) - 1, 0)
    cell = None
    program = frame.program
    if program.cellvars or program.freevars:
        at = frame.pc - 1
        inside = cell_inside(program.items, at, name, frame.cells)
        if inside in program.cellvars or inside in program.renewed:
            cell, frame.cells[name] = frame.cells[name], CellVariable()
        elif inside and binds(program.items, at, name, inside):
            machine.break_graph(Kind.LANGUAGE, SHARES_FREE)
    frame.scopes.append(SavedLocal(name, frame.locals.pop(name, None), depth, cell))


def save_cell(machine: Machine, frame: Frame, name: str) -> None:
    cell = frame.stack.pop()
    assert isinstance(cell, CellVariable)
    depth = max(len(frame.stack) - 1, 0)
    frame.scopes.append(SavedLocal(name, None, depth, cell))


def restore_local(machine: Machine, frame: Frame, name: str) -> None:
    # 3.12+ restores several names in the order in which it saved them, not backwards.
    index = max(
        index
        for index, scope in enumerate(frame.scopes)
        if isinstance(scope, SavedLocal) and scope.name == name
    )
    scope = frame.scopes.pop(index)
    assert isinstance(scope, SavedLocal)
    if scope.cell is not None:
        frame.cells[name] = scope.cell
    if scope.value is None:
        frame.locals.pop(name, None)
    else:
        frame.locals[name] = scope.value


def load_cell(machine: Machine, frame: Frame, name: str) -> None:
    frame.stack.append(frame.cells[name])


def load_deref(machine: Machine, frame: Frame, name: str) -> None:
    cell = frame.cells[name]
    if isinstance(cell.contents, NullVariable):
        if cell.source is not None and not cell.written:
            machine.break_graph(Kind.LANGUAGE, f"the closure variable {name!r} isn't bound")
        own = name in own_program(frame)[0].cellvars
        machine.raise_observed(wording.of_local(name) if own else wording.of_free_variable(name))
    cell.contents = machine.realise(cell.contents)
    frame.stack.append(cell.contents)


def store_deref(machine: Machine, frame: Frame, name: str) -> None:
    machine.side_effects.store_cell(machine, frame.cells[name], frame.stack[-1])
    frame.stack.pop()


def delete_deref(machine: Machine, frame: Frame, name: str) -> None:
    cell = frame.cells[name]
    if isinstance(cell.contents, NullVariable):
        load_deref(machine, frame, name)
    machine.side_effects.delete_cell(machine, cell)


def load_global(machine: Machine, frame: Frame, name: str) -> None:
    frame.stack.append(machine.load_global(frame, name))


def _check_unread(machine: Machine, frame: Frame) -> None:
    if machine.identities.variable_of(frame.globals) is not None:
        machine.break_graph(Kind.SIDE_EFFECT, "a global is bound beside globals()")


def store_global(machine: Machine, frame: Frame, name: str) -> None:
    _check_unread(machine, frame)
    machine.side_effects.store_global(machine, frame.globals, name, frame.stack.pop())


def delete_global(machine: Machine, frame: Frame, name: str) -> None:
    _check_unread(machine, frame)
    pending = machine.side_effects.pending_global(frame.globals, name)
    if pending is None and name in frame.globals:
        machine.load_global(frame, name)  # it has to be there in later calls too
    elif pending is None or isinstance(pending, NullVariable):
        machine.raise_observed(wording.of_name(name))
    machine.side_effects.delete_global(machine, frame.globals, name)


def load_assertion_error(machine: Machine, frame: Frame, arg: Any) -> None:
    frame.stack.append(from_python(machine, AssertionError))


def load_build_class(machine: Machine, frame: Frame, arg: Any) -> None:
    frame.stack.append(from_python(machine, builtins.__build_class__))


def load_name(machine: Machine, frame: Frame, name: str) -> None:
    found = class_bodies.load_name(machine, frame, name)
    if found is not None:
        frame.stack.append(machine.realise(found))


def load_locals(machine: Machine, frame: Frame, arg: Any) -> None:
    if frame.namespace is None:
        class_scope(machine, frame, arg)
    else:
        frame.stack.append(DictVariable(frame.namespace))


def load_classderef(machine: Machine, frame: Frame, name: str) -> None:
    if frame.namespace is None:
        _load_from_class(machine, frame, name)
        return
    frame.stack.pop()  # the namespace, by LOAD_LOCALS
    found = frame.namespace.get(name)
    if found is None:
        load_deref(machine, frame, name)
    else:
        frame.stack.append(found)


def _load_from_class(machine: Machine, frame: Frame, name: str) -> None:
    """In an annotation scope of a class body, which has its namespace in ``__classdict__``."""
    namespace = frame.stack[-1]
    if not (isinstance(namespace, DictVariable) and is_plain_dict(namespace)):
        if name in frame.program.cellvars:  # no other code can run this instruction
            raise GiveUp(machine.describe(Kind.LANGUAGE, "the namespace of a class isn't a dict"))
        class_scope(machine, frame, name)
    key = ConstantVariable(name.replace(" (free)", ""))
    if subscripts.has_item(machine, namespace, key):
        found = subscripts.get_item(machine, namespace, key)
        frame.stack[-1] = machine.realise(found)
    else:
        load_deref(machine, frame, name)
        del frame.stack[-2]


def load_name_from(machine: Machine, frame: Frame, name: str) -> None:
    if frame.namespace is None:
        class_scope(machine, frame, name)
    frame.stack.pop()  # the namespace, by LOAD_LOCALS
    load_name(machine, frame, name)


def store_name(machine: Machine, frame: Frame, name: str) -> None:
    if frame.namespace is None:
        class_scope(machine, frame, name)
    else:
        frame.namespace[name] = frame.stack.pop()


def setup_annotations(machine: Machine, frame: Frame, arg: Any) -> None:
    if frame.namespace is None:
        class_scope(machine, frame, arg)
    else:
        frame.namespace.setdefault("__annotations__", DictVariable({}))


def class_scope(machine: Machine, frame: Frame, arg: Any) -> NoReturn:
    machine.break_graph(Kind.LANGUAGE, "a class or module body")


def load_common_constant(machine: Machine, frame: Frame, name: str) -> None:
    frame.stack.append(from_python(machine, getattr(builtins, name)))


def load_attr(machine: Machine, frame: Frame, name: str) -> None:
    value = frame.stack.pop()
    frame.stack.append(machine.realise(machine.get_attribute(value, name)))


def store_attr(machine: Machine, frame: Frame, name: str) -> None:
    target, value = frame.stack[-1], frame.stack[-2]
    object_stores.set_attribute(machine, target, name, value)
    del frame.stack[-2:]


def delete_attr(machine: Machine, frame: Frame, name: str) -> None:
    object_stores.delete_attribute(machine, frame.stack[-1], name)
    frame.stack.pop()


def load_subscr(machine: Machine, frame: Frame, arg: Any) -> None:
    container, key = frame.pop_many(2)
    frame.stack.append(machine.realise(subscripts.get_item(machine, container, key)))


def store_subscr(machine: Machine, frame: Frame, arg: Any) -> None:
    value, container, key = frame.stack[-3:]
    subscripts.set_item(machine, container, key, value)
    del frame.stack[-3:]


def delete_subscr(machine: Machine, frame: Frame, arg: Any) -> None:
    container, key = frame.stack[-2:]
    subscripts.delete_item(machine, container, key)
    del frame.stack[-2:]


def import_name(machine: Machine, frame: Frame, name: str) -> None:
    level, fromlist = frame.stack[-2].as_constant(), frame.stack[-1].as_constant()
    if level:
        package = frame.globals.get("__package__") or ""
        name = importlib.util.resolve_name("." * level + name, str(package))
    if name not in sys.modules:
        machine.break_graph(Kind.LANGUAGE, f"import of {name!r}")
    if frame.builtins.get("__import__") is not builtins.__import__:
        machine.break_graph(Kind.LANGUAGE, "import through a replaced __import__")
    module = sys.modules[name]
    table = module.__dict__ if type(module) is types.ModuleType else {}
    if fromlist and "__path__" in table and "__getattr__" not in table:
        # What a package doesn't have may be a submodule that the instruction imports.
        missing = [part for part in fromlist if part not in table]
        if missing:
            machine.break_graph(Kind.LANGUAGE, f"import of {missing[0]!r} from {name!r}")
    del frame.stack[-2:]
    top = name if fromlist or level else name.partition(".")[0]
    frame.stack.append(machine.wrap_module(sys.modules[top], top))


def import_from(machine: Machine, frame: Frame, name: str) -> None:
    module = frame.stack[-1]
    if not isinstance(module, ObjectVariable):
        machine.break_graph(Kind.LANGUAGE, f"import of {name!r} from something not a module")
    try:
        found = machine.get_attribute(module, name)
    except ObservedException:
        # A submodule, or an ImportError that only a real import words right.
        machine.break_graph(Kind.LANGUAGE, f"import of {name!r}, which the module doesn't have")
    frame.stack.append(machine.realise(found))


def import_star(machine: Machine, frame: Frame, arg: Any) -> None:
    machine.break_graph(Kind.LANGUAGE, "import *")


HANDLERS: Dict[Op, Callable[..., Any]] = {
    Op.POP: pop,
    Op.COPY: copy,
    Op.SWAP: swap,
    Op.LOAD_CONST: load_const,
    Op.LOAD_LOCAL: load_local,
    Op.STORE_LOCAL: store_local,
    Op.DELETE_LOCAL: delete_local,
    Op.SAVE_LOCAL: save_local,
    Op.SAVE_CELL: save_cell,
    Op.RESTORE_LOCAL: restore_local,
    Op.LOAD_CELL: load_cell,
    Op.LOAD_DEREF: load_deref,
    Op.STORE_DEREF: store_deref,
    Op.DELETE_DEREF: delete_deref,
    Op.LOAD_CLASSDEREF: load_classderef,
    Op.LOAD_NAME: load_name,
    Op.STORE_NAME: store_name,
    Op.DELETE_NAME: class_scope,
    Op.LOAD_NAME_FROM: load_name_from,
    Op.LOAD_GLOBAL: load_global,
    Op.STORE_GLOBAL: store_global,
    Op.DELETE_GLOBAL: delete_global,
    Op.LOAD_LOCALS: load_locals,
    Op.LOAD_BUILD_CLASS: load_build_class,
    Op.LOAD_ASSERTION_ERROR: load_assertion_error,
    Op.LOAD_COMMON_CONSTANT: load_common_constant,
    Op.SETUP_ANNOTATIONS: setup_annotations,
    Op.LOAD_ATTR: load_attr,
    Op.STORE_ATTR: store_attr,
    Op.DELETE_ATTR: delete_attr,
    Op.LOAD_SUBSCR: load_subscr,
    Op.STORE_SUBSCR: store_subscr,
    Op.DELETE_SUBSCR: delete_subscr,
    Op.IMPORT_NAME: import_name,
    Op.IMPORT_FROM: import_from,
    Op.IMPORT_STAR: import_star,
}
