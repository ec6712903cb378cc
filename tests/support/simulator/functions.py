"""Functions, class bodies and modules whose code runs on the simulator.

They are real function objects, so binding, ``__build_class__`` and the check of arguments are
CPython's. Their code is a stub with the program's signature that hands its arguments over.
"""

from __future__ import annotations

import functools
import types
import warnings
from typing import Any, Callable, Dict, List, Optional, Tuple

from paddlefx.decode import decode
from paddlefx.ir.flow import label_index, parameter_count
from paddlefx.ir.instr import Label
from paddlefx.ir.program import Program
from paddlefx.opcodes import table_for

from . import asynchronous, calls, containers, control, matching, names, operators  # noqa: F401
from .frame import Frame
from .hosts import start

__all__ = ["Simulator", "simulate"]

_FUNCTION = 0x3  # CO_OPTIMIZED | CO_NEWLOCALS
_VARARGS, _VARKEYWORDS = 0x4, 0x8
_STEPS = 2_000_000


def translate(code: Any) -> Program:
    """What a code object of this interpreter decodes to."""
    return decode(code, table_for())


class Simulator:
    """Runs programs.

    Args:
        translate: the program of a code object; decode's by default. Programs in the place of
            code objects are taken as they are.
        steps: how many instructions may run before SimulatorFault is raised.
    """

    def __init__(
        self, translate: Callable[[Any], Program] = translate, steps: int = _STEPS
    ) -> None:
        self.translate = translate
        self.steps = steps
        self._programs: Dict[int, Tuple[Any, Program]] = {}
        self._places: Dict[int, Tuple[Program, Dict[Label, int]]] = {}

    def program(self, code: Any) -> Program:
        """The program of a code object, translated once."""
        if isinstance(code, Program):
            return code
        found = self._programs.get(id(code))
        if found is None:
            found = self._programs[id(code)] = (code, self.translate(code))
        return found[1]

    def places(self, program: Program) -> Dict[Label, int]:
        """Where a program's labels stand."""
        found = self._places.get(id(program))
        if found is None:
            found = self._places[id(program)] = (program, label_index(program.items))
        return found[1]

    def run_module(self, code: Any, namespace: Dict[str, Any]) -> Any:
        """Run a module's code in its namespace; as ``exec``, it adds ``__builtins__``."""
        namespace.setdefault("__builtins__", __builtins__)
        program = self.program(code)
        return start(Frame(self, program, namespace, namespace, (), ()))

    def function(
        self,
        code: Any,
        namespace: Dict[str, Any],
        closure: Optional[Tuple[Any, ...]] = None,
        qualname: Optional[str] = None,
    ) -> types.FunctionType:
        """A function of a program, without defaults."""
        program = self.program(code)
        if qualname is not None and program.qualname != qualname:
            program.qualname = qualname
        if program.flags & _FUNCTION == _FUNCTION:
            stub = _signature(
                program.posonlyargcount,
                program.argcount,
                program.kwonlyargcount,
                program.flags & (_VARARGS | _VARKEYWORDS),
            )

            def run(arguments: Any) -> Any:
                return start(Frame(self, program, namespace, None, closure, arguments))

            replaced: List[Any] = [run if c == "RUN" else c for c in stub.co_consts]
        else:
            stub = _class_body()

            def run_body(names: Any) -> Any:
                return start(Frame(self, program, namespace, names, closure, ()))

            known = {"RUN": run_body, "LOCALS": locals}
            replaced = [known.get(c, c) if isinstance(c, str) else c for c in stub.co_consts]
        fields: Dict[str, Any] = {
            "co_name": program.name,
            "co_consts": tuple(replaced),
            "co_varnames": program.varnames[: parameter_count(program)],
            "co_freevars": program.freevars,
            "co_firstlineno": program.firstlineno,
        }
        if program.flags & _FUNCTION != _FUNCTION:
            del fields["co_varnames"]
        if hasattr(stub, "co_qualname"):
            fields["co_qualname"] = program.qualname
        made = types.FunctionType(
            stub.replace(**fields), namespace, program.name, None, closure or None
        )
        made.__qualname__ = program.qualname
        made.__doc__ = program.docstring
        return made


def simulate(function: Any, machine: Optional[Simulator] = None) -> types.FunctionType:
    """A function that does what another does, on the simulator."""
    machine = machine or Simulator()
    made = machine.function(
        function.__code__, function.__globals__, function.__closure__, function.__qualname__
    )
    made.__defaults__ = function.__defaults__
    made.__kwdefaults__ = function.__kwdefaults__
    made.__dict__.update(function.__dict__)
    return made


@functools.lru_cache(maxsize=None)
def _signature(positional_only: int, positional: int, keyword_only: int, more: int) -> Any:
    """The code of ``lambda p0, p1, ...: "RUN"((p0, p1, ...))``."""
    head, keywords = [], []
    for number in range(positional):
        head.append(f"p{number}")
        if number + 1 == positional_only:
            head.append("/")
    named = [name for name in head if name != "/"]
    if more & _VARARGS:
        head.append("*va")
    elif keyword_only:
        head.append("*")
    keywords = [f"k{number}" for number in range(keyword_only)]
    head += keywords
    if more & _VARKEYWORDS:
        head.append("**vk")
    values = named + keywords
    values += ["va"] * bool(more & _VARARGS) + ["vk"] * bool(more & _VARKEYWORDS)
    given = "".join(f"{name}, " for name in values)
    whole = _quietly(f"lambda {', '.join(head)}: 'RUN'(({given}))")
    return next(c for c in whole.co_consts if isinstance(c, types.CodeType))


@functools.lru_cache(maxsize=None)
def _class_body() -> Any:
    return _quietly("'RUN'('LOCALS'())")


def _quietly(source: str) -> Any:
    """Compile without the warning that a string isn't callable."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(source, "<simulator>", "eval")
