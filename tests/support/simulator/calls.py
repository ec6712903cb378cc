"""Rules: calls, functions, imports."""

from __future__ import annotations

import builtins
from typing import Any, Dict, List, Tuple

from paddlefx.ir.instr import Op
from paddlefx.ir.program import Program

from .frame import UNBOUND, Frame, contents
from .native import instruction
from .registry import rule

#: Builtins that look at the frame that calls them.
_READERS = {
    id(getattr(builtins, name)): name
    for name in ("super", "locals", "globals", "vars", "dir", "eval", "exec")
}


@rule(Op.CALL)
def _call(f: Frame, arg: Tuple[int, Tuple[str, ...]]) -> None:
    count, names = arg
    values = f.pop(count)
    function = f.stack.pop()
    split = count - len(names)
    keywords = dict(zip(names, values[split:]))
    if id(function) in _READERS:
        values = _for_reader(f, _READERS[id(function)], values[:split])
        if values and values[0] is UNBOUND:
            f.stack.append(values[1])
            return
        split = len(values)
    f.stack.append(function(*values[:split], **keywords))


@rule(Op.CALL_EX)
def _call_ex(f: Frame, has_kwargs: bool) -> None:
    if has_kwargs:
        function, args, kwargs = f.pop(3)
        f.stack.append(function(*args, **kwargs))
    else:
        function, args = f.pop(2)
        f.stack.append(function(*args))


def _for_reader(f: Frame, name: str, values: List[Any]) -> List[Any]:
    """The arguments that such a builtin takes from its frame, or ``[UNBOUND, result]``."""
    if name == "super":
        return values or _super_arguments(f)
    if name == "globals":
        return [UNBOUND, f.globals]
    if name in ("eval", "exec"):
        if len(values) == 1:
            return [*values, f.globals, _visible(f)]
        return values
    if values:
        return values
    return [UNBOUND, sorted(_visible(f)) if name == "dir" else _visible(f)]


def _super_arguments(f: Frame) -> List[Any]:
    """As ``super_init_without_args`` in ``Objects/typeobject.c``."""
    if not f.program.argcount:
        raise RuntimeError("super(): no arguments")
    name = f.program.varnames[0]
    first = contents(f.cells[name]) if name in f.cells else f.locals[name]
    if first is UNBOUND:
        raise RuntimeError("super(): arg[0] deleted")
    cell = f.cells.get("__class__")
    if cell is None:
        raise RuntimeError("super(): __class__ cell not found")
    if contents(cell) is UNBOUND:
        raise RuntimeError("super(): empty __class__ cell")
    return [contents(cell), first]


def _visible(f: Frame) -> Any:
    """What ``locals()`` gives."""
    if f.names is not None:
        return f.names
    found: Dict[str, Any] = {n: v for n, v in f.locals.items() if v is not UNBOUND}
    for name, cell in f.cells.items():
        value = contents(cell)
        if value is UNBOUND:
            found.pop(name, None)
        else:
            found[name] = value
    return found


@rule(Op.MAKE_FUNCTION)
def _make_function(f: Frame, flags: int) -> None:
    code = f.stack.pop()
    closure = f.stack.pop() if flags & 8 else None
    annotate = f.stack.pop() if flags & 16 else None
    annotations = f.stack.pop() if flags & 4 else None
    keyword_defaults = f.stack.pop() if flags & 2 else None
    defaults = f.stack.pop() if flags & 1 else None
    # up to 3.10 the qualified name is not in the code object, but MAKE_FUNCTION takes it
    note = f.instr.spelling.note if f.instr.spelling is not None else None
    if isinstance(code, Program):
        note = None
    made = f.machine.function(code, f.globals, closure, note if isinstance(note, str) else None)
    made.__defaults__ = defaults
    made.__kwdefaults__ = keyword_defaults
    if isinstance(annotations, tuple):
        annotations = dict(zip(annotations[::2], annotations[1::2]))
    if annotations is not None:
        made.__annotations__ = annotations
    if annotate is not None:
        made.__annotate__ = annotate  # type: ignore[attr-defined]
    f.stack.append(made)


@rule(Op.IMPORT_NAME)
def _import_name(f: Frame, name: str) -> None:
    level, wanted = f.pop(2)
    found = f.builtins.get("__import__")
    if found is None:
        raise ImportError("__import__ not found")
    f.stack.append(found(name, f.globals, f.names, wanted, level))


@rule(Op.IMPORT_FROM)
def _import_from(f: Frame, name: str) -> None:
    f.stack.append(instruction("IMPORT_FROM", 0, [f.stack[-1]], 2, (name,))[1])


@rule(Op.IMPORT_STAR)
def _import_star(f: Frame, arg: Any) -> None:
    module = f.stack.pop()
    public = getattr(module, "__all__", None)
    if public is None:
        public = [name for name in module.__dict__ if not name.startswith("_")]
    assert f.names is not None
    for name in public:
        f.names[name] = getattr(module, name)
