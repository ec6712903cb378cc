"""How a version wrote an instruction: hints that equality ignores and emit may follow."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional, Tuple, Union

from .instr import Label, Position

__all__ = ["GhostOp", "Spelling", "Unreached", "spelled"]


class GhostOp(NamedTuple):
    """An instruction that decode dropped because it only touches ghosts (or nothing).

    ``guarded`` says whether its exceptions go where those of the instruction go that the
    hint belongs to (1), where those of the instruction before that one go (2), or out (0);
    or it is the label where they go.
    The operand of a SETUP_* is the label of its handler.
    """

    name: str
    oparg: Union[int, Label]
    position: Position
    guarded: Union[int, Label] = 1


class Unreached(NamedTuple):
    """An instruction that control can't reach.

    Args:
        name: the opcode.
        operand: what it means (:mod:`paddlefx.opcodes.operands`); a label of a jump.
        position: where it comes from.
        handler: from 3.11 on, where its exceptions would go: label, slots kept, ``lasti``.
    """

    name: str
    operand: object
    position: Position
    handler: Optional[Tuple[Label, int, bool]] = None


class Spelling(NamedTuple):
    """A hint.

    Args:
        form: the opcode that wrote the instruction where that is not the plain choice.
        before: what stood before it and vanished.
        note: what the form needs beyond it, such as the qualified name that MAKE_FUNCTION
            took from the stack up to 3.10.
        lasti: the handler that starts here was entered with ``lasti`` (3.11+).
        after: what stood behind it and can't be reached, with the labels in it.
    """

    form: str = ""
    before: Tuple[GhostOp, ...] = ()
    note: Optional[object] = None
    lasti: bool = False
    after: Tuple[Union[Unreached, Label], ...] = ()


_SPELLED: Dict[str, Spelling] = {}


def spelled(form: str) -> Spelling:
    """The hint that is nothing but a form; one object a form."""
    spelling = _SPELLED.get(form)
    if spelling is None:
        spelling = _SPELLED[form] = Spelling(form)
    return spelling
