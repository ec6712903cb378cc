"""The properties of one program on the running interpreter: ``check(source)``.

(a) the simulator does with the decoded program what CPython does with the code;
(b) the code emitted again behaves the same, down to lines and columns of tracebacks;
(c) and so does what is emitted without the hints that decode leaves;
(d) what was emitted decodes to an equal program.

Nothing here needs a package: the servers of other interpreters run it too.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import traceback
import types
import warnings
from typing import Any, Callable, Dict, Iterator, List

from paddlefx.decode.deep import decode_deep
from paddlefx.emit.deep import emit_deep
from paddlefx.ir.compare import compare
from paddlefx.ir.instr import Instr, Op
from paddlefx.ir.program import Program
from paddlefx.opcodes import table_for
from tests.property.environment import Environment, describe, show
from tests.support.simulator import Simulator

__all__ = ["check", "compiled", "seen"]

TABLE = table_for()
FILENAME = "<program>"

Runner = Callable[[Any, Dict[str, Any]], Any]
Fault = Callable[[Program], None]


def unchanged(program: Program) -> None:
    """Leave a program as it is."""


def compiled(source: str) -> types.CodeType:
    """The module's code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(source, FILENAME, "exec", dont_inherit=True)


def execute(code: Any, namespace: Dict[str, Any]) -> None:
    """CPython's own way."""
    exec(code, namespace)


def programs(program: Program) -> Iterator[Program]:
    """A program and all inside it."""
    yield program
    for item in program.items:
        if isinstance(item, Instr) and isinstance(item.arg, Program):
            yield from programs(item.arg)


def strip(program: Program) -> None:
    """Take the hints away; MAKE_FUNCTION's is the qualified name, up to 3.10."""
    for one in programs(program):
        for item in one.items:
            if isinstance(item, Instr) and item.op is not Op.MAKE_FUNCTION:
                item.spelling = None


@contextlib.contextmanager
def _deterministic(environment: Environment) -> Iterator[None]:
    """Nothing is collected at a chance moment, and what can't be raised is logged."""

    def unraisable(what: Any) -> None:
        environment.note("unraisable", type(what.exc_value).__name__)

    enabled, hook = gc.isenabled(), sys.unraisablehook
    gc.disable()
    sys.unraisablehook = unraisable
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.unraisablehook = hook
        if enabled:
            gc.enable()


def seen(code: Any, run: Runner, frames: bool = True) -> List[Any]:
    """All that can be seen of a program: results, exceptions, frames, and the log."""
    environment = Environment()
    found: List[Any] = []
    with _deterministic(environment):
        namespace = environment.namespace
        run(code, namespace)
        make = namespace["V"]
        for number in range(3):
            environment.fuel = 40
            try:
                arguments = [make(number + 1), *[3, make(6), 5][: 3 * number]]
                named = {"k": make(7), "other": 1} if number == 1 else {}
                value = namespace["f"](*arguments, **named)
                found.append(("returned", show(_driven(environment, value, number))))
            except BaseException as error:
                found.append(("raised", repr(describe(error)), _frames(error) if frames else None))
            value = arguments = None
    # code that ends without closing a handler leaves its exception behind
    found.append(("left", repr(describe(sys.exc_info()[1]))))
    return [*found, *environment.log]


def _driven(environment: Environment, value: Any, number: int) -> Any:
    """What comes out of a generator, coroutine or async generator: to the end, thrown, closed."""
    if isinstance(value, types.CoroutineType):
        return environment.drive(value, number * 2 - 1)
    if isinstance(value, types.GeneratorType):
        steps: Any = (value.send, value.throw, value.close)

        def result(step: Any) -> Any:
            return step()
    elif isinstance(value, types.AsyncGeneratorType):
        steps = (value.asend, value.athrow, value.aclose)

        def result(step: Any) -> Any:
            return environment.drive(step())
    else:
        return value
    send, throw, close = steps
    error = environment.namespace["E1"]("thrown")
    for step in range(8):
        try:
            if step == 2 and number == 1:
                item = result(lambda: throw(error))
            elif step == 2 and number == 2:
                item = result(close)
            else:
                # an iterator that is delegated to takes None only
                sent = step if step in (2, 3) else None
                item = result(lambda: send(sent))  # noqa: B023
        except (StopIteration, StopAsyncIteration) as stop:
            return ("ended", show(stop.args))
        environment.note("gave", item)
    return result(close)


def _frames(error: Any, depth: int = 4) -> List[Any]:
    """The program's frames in the tracebacks of an exception and of those it came from."""
    found: List[Any] = []
    while error is not None and depth:
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename == FILENAME:
                where: Any = (frame.name, frame.lineno)
                if hasattr(frame, "colno"):
                    where += (frame.end_lineno, frame.colno, frame.end_colno)
                found.append(where)
        error, depth = error.__cause__ or error.__context__, depth - 1
    return found


def check(source: str, fault: Fault = unchanged) -> List[str]:
    """What is wrong with the translation of a program; empty when nothing is.

    Args:
        source: a module that defines ``f``.
        fault: is put into each program after decode, to see whether it is found.
    """
    code = compiled(source)
    program = decode_deep(code, TABLE)
    for one in programs(program):
        fault(one)
    expected = seen(code, execute)
    mine = seen(program, Simulator().run_module, frames=False)
    problems = _difference("(a) simulated", _comparable(expected), _comparable(mine))
    again = emit_deep(program, code, TABLE)
    problems += _difference("(b) emitted", expected, seen(again, execute))
    original = program if fault is unchanged else decode_deep(code, TABLE)
    mismatch = compare(original, decode_deep(again, TABLE), lines=True)
    strip(program)
    bare = emit_deep(program, code, TABLE)
    problems += _difference("(c) emitted without hints", expected, seen(bare, execute))
    if mismatch is not None:
        problems.append(f"(d) decoded from what was emitted: {mismatch.text()}")
    return problems


def _comparable(found: List[Any]) -> List[Any]:
    """What the simulator has to do alike.

    Its generators run inside generators of Python, so an iterator that is dropped and goes on is
    reported once more, and tracebacks have the simulator's frames.
    """
    return [
        item[:2] + (None,) if item[0] == "raised" else item
        for item in found
        if not str(item).startswith("unraisable ")
    ]


def _difference(name: str, expected: List[Any], actual: List[Any]) -> List[str]:
    if expected == actual:
        return []
    for place, pair in enumerate(zip(expected, actual)):
        if pair[0] != pair[1]:
            return [f"{name}, item {place}:\n  expected {pair[0]}\n  actual   {pair[1]}"]
    return [f"{name}: {len(actual)} items instead of {len(expected)}"]
