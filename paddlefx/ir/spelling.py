"""How a version wrote an instruction: hints that equality ignores and emit may follow."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from .instr import Position

__all__ = ["GhostOp", "Spelling"]


class GhostOp(NamedTuple):
    """An instruction that decode dropped because it only touches ghosts (or nothing).

    ``guarded`` says whether its exceptions go where those of the instruction go that the
    hint belongs to (1), where those of the instruction before that one go (2), or out (0).
    """

    name: str
    oparg: int
    position: Position
    guarded: int = 1


class Spelling(NamedTuple):
    """A hint.

    Args:
        form: the opcode that wrote the instruction where that is not the plain choice.
        before: what stood before it and vanished.
        note: what the form needs beyond it, such as the qualified name that MAKE_FUNCTION
            took from the stack up to 3.10.
        lasti: the handler that starts here was entered with ``lasti`` (3.11+).
    """

    form: str = ""
    before: Tuple[GhostOp, ...] = ()
    note: Optional[object] = None
    lasti: bool = False
