"""Functions made again from their programs."""

from __future__ import annotations

import types

from paddlefx.decode import decode
from paddlefx.emit import emit
from paddlefx.ir.instr import Handler, Instr, Label, Op
from paddlefx.ir.program import Program
from paddlefx.opcodes import table_for

TABLE = table_for()


def again(code, strip=False):
    """Emit a code object and all inside it again; ``strip`` takes the hints away."""
    program = decode(code, TABLE)
    for item in program.items:
        if isinstance(item, Instr):
            if item.op is Op.LOAD_CONST and isinstance(item.arg, types.CodeType):
                item.arg = again(item.arg, strip)
            if strip and item.op is not Op.MAKE_FUNCTION:
                item.spelling = None
    return emit(program, code, TABLE)


def function(code, like):
    """A function of that code with everything else of another."""
    made = types.FunctionType(
        code, like.__globals__, like.__name__, like.__defaults__, like.__closure__
    )
    made.__kwdefaults__ = like.__kwdefaults__
    return made


def copy(items):
    """Items that share nothing with the originals; labels are new."""
    labels = {}

    def of(label):
        return labels.setdefault(label, Label(label.name))

    made = []
    for item in items:
        if isinstance(item, Label):
            made.append(of(item))
            continue
        arg, handler = item.arg, item.handler
        if isinstance(arg, Label):
            arg = of(arg)
        elif item.op is Op.BRANCH:
            arg = (of(arg[0]), of(arg[1]))
        if handler is not None:
            handler = Handler(of(handler.label), handler.depth, handler.scopes)
        made.append(Instr(item.op, arg, handler, item.position, item.spelling))
    return made


def split(program, index, depth, names):
    """Two programs: the first runs up to an item and calls the second with all it has.

    Returns:
        (the rest, a function from the rest's callable to the first program).
    """
    stack = tuple(f"stack {n}" for n in range(depth))
    body = copy(program.items)
    resume = Label("resume")
    body.insert(index, resume)
    start = [Instr(Op.LOAD_LOCAL, name) for name in stack]
    start += [Instr(Op.DELETE_LOCAL, name) for name in stack]
    start.append(Instr(Op.JUMP, resume))
    rest = Program(
        start + body,
        program.name,
        program.qualname,
        argcount=depth + len(names),
        flags=program.flags & ~0xC,
        varnames=stack + names + tuple(n for n in program.varnames if n not in names),
        firstlineno=program.firstlineno,
    )

    def first(callee):
        items = copy(program.items)
        end = [
            Instr(Op.BUILD_TUPLE, depth),
            Instr(Op.LOAD_CONST, lambda values, *others: callee(*values, *others)),
            Instr(Op.SWAP, 2),
            *(Instr(Op.LOAD_LOCAL, name) for name in names),
            Instr(Op.CALL, (1 + len(names), ())),
            Instr(Op.RETURN),
        ]
        items[index:] = end + items[index:]
        return Program(
            items,
            program.name,
            program.qualname,
            program.argcount,
            program.posonlyargcount,
            program.kwonlyargcount,
            program.flags,
            program.varnames,
            firstlineno=program.firstlineno,
        )

    return rest, first
