"""The state of one call of a program, and the loop over its instructions."""

from __future__ import annotations

import builtins
import types
from typing import Any, Dict, List, MutableMapping, NamedTuple, Optional

from paddlefx.ir.instr import Instr, Label
from paddlefx.ir.program import Program, cell_operands

from .registry import CHANGED, RULES, SimulatorFault

__all__ = ["UNBOUND", "Binding", "Frame", "contents"]

#: What an unbound local or an empty cell holds.
UNBOUND = object()


def contents(cell: Any) -> Any:
    """What a cell holds, :data:`UNBOUND` when nothing."""
    try:
        return cell.cell_contents
    except ValueError:
        return UNBOUND


class Binding(NamedTuple):
    """A local's binding that SAVE_LOCAL put aside."""

    name: str
    value: Any
    cell: Any


class Frame:
    """One call.

    Args:
        machine: the :class:`~.functions.Simulator`; translates nested code, counts steps.
        program: what runs.
        namespace: the globals.
        names: where LOAD_NAME and STORE_NAME go, in class bodies and modules.
        closure: the cells of the program's free variables.
        arguments: values of the first ``varnames``.
    """

    def __init__(
        self,
        machine: Any,
        program: Program,
        namespace: Dict[str, Any],
        names: Optional[MutableMapping[str, Any]],
        closure: Any,
        arguments: Any,
    ) -> None:
        self.machine = machine
        self.program = program
        self.items = program.items
        self.places = machine.places(program)
        self.globals = namespace
        found = namespace.get("__builtins__", builtins)
        self.builtins = found.__dict__ if isinstance(found, types.ModuleType) else found
        self.names = names
        self.locals: Dict[str, Any] = dict(zip(program.varnames, arguments))
        operands = cell_operands(program.cellvars, program.freevars)
        self.cells: Dict[str, Any] = dict(zip(operands[len(program.cellvars) :], closure or ()))
        for name in program.cellvars:
            value = self.locals.get(name, UNBOUND)
            self.cells[name] = types.CellType() if value is UNBOUND else types.CellType(value)
        self.stack: List[Any] = []
        #: open scopes, outermost first: a Binding, or None for a handler
        self.scopes: List[Optional[Binding]] = []
        #: the exceptions of the open handlers, outermost first
        self.handled: List[BaseException] = []
        self.index = 0
        self.instr: Any = None
        self.done = False
        self.value: Any = None
        self.error: Optional[BaseException] = None

    # -- what rules use

    def pop(self, count: int) -> List[Any]:
        """Take the top values, the deepest first."""
        stack = self.stack
        if not count:
            return []
        values = stack[-count:]
        del stack[-count:]
        return values

    def go(self, label: Label) -> None:
        """Continue behind a label."""
        self.index = self.places[label]

    def finish(self, value: Any) -> object:
        """End the call with a result."""
        self.value = value
        self._leave()
        return CHANGED

    def _leave(self) -> None:
        # CPython drops the values on the stack now, though a traceback may hold the frame
        self.done = True
        del self.stack[:]
        del self.handled[:]

    def raised(self, error: BaseException) -> object:
        """Go to the handler of the instruction at hand, or end the call.

        Nothing is raised here, so the exception keeps its context and its traceback.
        """
        handler = self.instr.handler
        if handler is None:
            self.error = error
            self._leave()
            return CHANGED
        del self.stack[handler.depth :]
        while len(self.scopes) > handler.scopes:
            if self.scopes.pop() is None:
                self.handled.pop()
        self.stack.append(error)
        self.go(handler.label)
        return CHANGED

    # -- the run

    def run(self) -> Any:
        """Run instructions until one needs the level, and return its rule's answer."""
        items, machine = self.items, self.machine
        while True:
            item = items[self.index]
            self.index += 1
            if not isinstance(item, Instr):
                continue
            self.instr = item
            machine.steps -= 1
            if machine.steps < 0:
                raise SimulatorFault(f"{self.program.qualname} runs for too many steps")
            try:
                answer = RULES[item.op](self, item.arg)
            except SimulatorFault:
                raise
            except BaseException as error:
                answer = self.raised(error)
            if answer is not None:
                return answer

    def outcome(self) -> Any:
        """The result; raises what the call raises."""
        error = self.error
        if error is None:
            return self.value
        # an exception that only passes by keeps its context
        context = error.__context__
        try:
            raise error
        finally:
            error.__context__ = context
            del self.error, error
