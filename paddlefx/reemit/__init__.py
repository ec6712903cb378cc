"""Code objects made again: ``reemit(code)`` decodes them, and emits what was decoded.

What comes out runs as what went in. ``functions.py`` does it to functions, classes and modules
that are loaded, ``imports.py`` to every module that is imported from now on, ``command.py`` to a
program: ``python -m paddlefx reemit``.
"""

from __future__ import annotations

from functools import partial
from types import CodeType
from typing import TYPE_CHECKING, Dict, Optional, Tuple
from weakref import ref

from ..decode import decode
from ..emit import emit
from ..errors import PaddlefxError, ReemitError
from ..ir.instr import Instr, Op
from ..ir.program import Program
from ..opcodes import table_for
from ..opcodes.table import OpcodeTable

if TYPE_CHECKING:
    from weakref import ReferenceType

__all__ = ["Reemitter", "reemit"]


class Reemitter:
    """Re-emits code objects, each once.

    A code object that is met again, as a constant of two functions or of the module that a
    function came from, gives the same new one as long as that is alive; what was made is given
    back as it is. Neither is kept alive.

    Attributes:
        codes: how many code objects were made again.
    """

    def __init__(self) -> None:
        self._table: OpcodeTable = table_for()
        self.codes = 0
        # By identity, which equal code objects of two files don't share: a code object, and
        # what was made of it.
        self._known: Dict[int, Tuple[ReferenceType[CodeType], ReferenceType[CodeType]]] = {}

    def __call__(self, code: CodeType, module: Optional[str] = None) -> CodeType:
        """The code object and all that are nested in it, made again.

        Args:
            code: of the running interpreter.
            module: whose it is, for the message when it fails.

        Raises:
            ReemitError: a fault in decode or emit; it names the module and the code object.
        """
        known = self._known.get(id(code))
        made = known[1]() if known is not None else None
        if made is not None:
            return made
        try:
            program = decode(code, self._table)
            origin = self._with_nested(code, program, module)
            made = emit(program, origin, self._table)
        except (ReemitError, MemoryError, RecursionError):
            raise
        except Exception as error:
            raise _failure(error, code, module) from error
        self.codes += 1
        self._remember(code, made)
        self._remember(made, made)
        return made

    def _with_nested(self, code: CodeType, program: Program, module: Optional[str]) -> CodeType:
        """Put what is made of the nested code objects into the program; the origin with it."""
        nested = {
            id(const): self(const, module)
            for const in code.co_consts
            if isinstance(const, CodeType)
        }
        if not nested:
            return code
        for item in program.items:
            if isinstance(item, Instr) and item.op is Op.LOAD_CONST:
                item.arg = nested.get(id(item.arg), item.arg)
        return code.replace(co_consts=tuple([nested.get(id(c), c) for c in code.co_consts]))

    def _remember(self, code: CodeType, made: CodeType) -> None:
        # What happens when it dies is C, which no tracer sees: pop(id(code), the reference).
        forget = partial(self._known.pop, id(code))
        self._known[id(code)] = (ref(code, forget), ref(made))


def _failure(error: Exception, code: CodeType, module: Optional[str]) -> ReemitError:
    """What went wrong, in which code object of which module."""
    name = getattr(code, "co_qualname", code.co_name)
    where = f"{module}: {name}" if module is not None else name
    reason = error.reason if isinstance(error, PaddlefxError) else repr(error)
    return ReemitError(
        f"{where} can't be emitted again: {reason}",
        filename=code.co_filename,
        lineno=getattr(error, "lineno", None) or code.co_firstlineno,
    )


def reemit(code: CodeType) -> CodeType:
    """A code object and all that are nested in it, decoded and emitted again.

    Raises:
        ReemitError: a fault in decode or emit; it names the code object.
    """
    return Reemitter()(code)
