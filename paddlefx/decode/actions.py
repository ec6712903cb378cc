"""The rows of a table, made ready for decode's main loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ..ir.effects import effect
from ..ir.instr import Op
from ..opcodes.ghosts import NULL, REAL
from ..opcodes.table import OpcodeTable, Rule

if TYPE_CHECKING:
    from .machine import Decoder

__all__ = ["FORMS", "Actions", "Jump", "actions", "form"]

Form = Callable[["Decoder", int, int, Rule], int]

#: Readers of forms, filled by :mod:`.forms`, :mod:`.jumps` and :mod:`.exceptions`.
FORMS: Dict[str, Form] = {}

#: How the operand of a plain row is read: from one of the decoder's pools, or as it is.
NAME, LOCAL, CELL, CONST, INT, NONE = range(6)
_CODECS = {"": NONE, "int": INT, "name": NAME, "local": LOCAL, "cell": CELL}

#: What the main loop does at an opcode. Below ``SKIP`` are the table's own *loads*: instructions
#: that push what their operand picks from a pool.
SKIP, CALL, ATTRIBUTE, METHOD, POP, GLOBAL, STORE_FAST, RETURN, PLAIN, CHOICE, FORM = range(16, 27)

_KINDS = {
    "skip": SKIP,
    "end_send": SKIP,
    "call": CALL,
    "call_method": CALL,
    "pop": POP,
    "attr": ATTRIBUTE,
    "method": METHOD,
    "global": GLOBAL,
    "store_fast": STORE_FAST,
    "return": RETURN,
    "plain": PLAIN,
    "choice": CHOICE,
}

#: (operation, pool of the operand or NONE, operand without a pool, pops, pushes)
Plain = Tuple[Op, int, Any, int, int]

#: Forms of instructions that raise nothing, whatever the values are.
_QUIET = frozenset(
    {
        "begin_finally",
        "cell",
        "const",
        "copy",
        "copy2",
        "end_send",
        "enter_handler",
        "generator",
        "jump",
        "kw_names",
        "nop",
        "not_taken",
        "null",
        "pop",
        "pop_block",
        "pop_except",
        "return",
        "return_const",
        "rot",
        "save_fast",
        "skip",
        "store_fast",
        "swap",
    }
)


def form(*names: str) -> Callable[[Form], Form]:
    """Register a function as the reader of these forms.

    It gets the decoder, the index of the instruction, its operand and its row, and returns
    the index to go on with, or -1 where the block ends.
    """

    def register(function: Form) -> Form:
        for name in names:
            FORMS[name] = function
        return function

    return register


class Jump(NamedTuple):
    """How the operand of an opcode gives a place.

    Args:
        sign: 1 forward or -1 backward from the next instruction, 0 from the code's start.
        size: bytes of the instruction with its caches.
        landing: how many instructions behind that place control goes on.
        returns: whether control comes back behind the instruction.
    """

    sign: int
    size: int
    landing: int
    returns: bool


class Actions:
    """What to do for each opcode of a table.

    Args:
        table: of the version; every form in it needs a reader.
    """

    def __init__(self, table: OpcodeTable) -> None:
        self.table = table
        rules = table.rules
        #: by opcode
        self.names: List[str] = [rules[n].name if n in rules else str(n) for n in range(256)]
        self.plain: List[Optional[Plain]] = [None] * 256
        self.forms: List[Optional[Tuple[Form, Rule]]] = [None] * 256
        #: 0 may raise, 1 raises nothing, 2 neither, but is the middle of a change of the stack
        self.quiet = bytes(_quietness(rules.get(number)) for number in range(256))
        #: by operand, for rows whose operand decides on the operation or on its effect
        self.choices: List[Dict[int, Plain]] = [{} for _ in range(256)]
        self.jumps: Dict[int, Jump] = {}
        traits = table.traits
        self.unit: int = traits["jump_unit"]
        self.with_table: bool = traits["handlers"] == "table"
        self.localsplus: bool = traits["localsplus"]
        self.loads_cells_as_locals = self.localsplus and "LOAD_CLOSURE" not in table
        self.has_not_taken = "NOT_TAKEN" in table
        self.calls_finally = "CALL_FINALLY" in table
        #: a finally goes on in different ways behind these (3.8)
        self.ends_of_finally = [
            table[name].number for name in ("END_FINALLY", "WITH_CLEANUP_FINISH") if name in table
        ]
        #: the two slots of a callable and its NULL
        self.below, self.above = (REAL, NULL) if table.traits["null"] == "above" else (NULL, REAL)
        self.ends_async_for = [n in rules and rules[n].form == "end_async_for" for n in range(256)]
        #: the operation of each load, by kind
        self.loads: List[Op] = [Op.POP] * SKIP
        kinds = bytearray([FORM]) * 256
        for number, rule in rules.items():
            if rule.form == "extended":
                continue
            kinds[number] = self._kind(number, rule)
            if rule.form in FORMS:
                self.forms[number] = (FORMS[rule.form], rule)
            if rule.operand in ("forward", "backward", "absolute"):
                self.jumps[number] = _jump(rule)
        #: translates opcodes to kinds
        self.kinds = bytes(kinds)
        #: the same for code whose LOAD_FAST may load a cell
        for number, rule in rules.items():
            if rule.form == "fast":
                kinds[number] = FORM
        self.kinds_with_cells = bytes(kinds)
        #: translates opcodes to whether they jump
        self.jumping = bytes(number in self.jumps for number in range(256))

    def _kind(self, number: int, rule: Rule) -> int:
        name = rule.form
        if name == "const":
            return self._load(Op.LOAD_CONST, CONST)
        if name == "fast":
            return self._load(Op.LOAD_LOCAL, LOCAL)
        if name == "plain":
            if rule.op is None:
                raise ValueError(f"{rule.name}: a plain row without an operation")
            codec = _CODECS[rule.operand]
            if codec == INT:
                return CHOICE
            plain = _plain(rule.op, codec, rule.value)
            if codec <= CELL and plain[3:] == (0, 1):
                return self._load(rule.op, codec)
            self.plain[number] = plain
            return PLAIN
        if name == "function" and not rule.value:
            return CHOICE
        if name == "pop" and rule.name != "POP_TOP":
            return FORM
        return _KINDS.get(name, FORM)

    def choice(self, number: int, oparg: int) -> Optional[Plain]:
        """What an opcode does with an operand; None where its form's reader knows."""
        rule = self.table.rules[number]
        meaning: Optional[Tuple[Op, Any]]
        if rule.form == "choice":
            meaning = rule.value.get(oparg)
            if meaning is None or meaning[0] in _CHOICES_OF_FORMS:
                return None
        elif rule.op is not None:
            meaning = (rule.op, oparg if rule.value is None else (rule.value, oparg))
        else:
            meaning = (Op.MAKE_FUNCTION, oparg & 15)
        found = self.choices[number][oparg] = _plain(meaning[0], NONE, meaning[1])
        return found

    def _load(self, op: Op, codec: int) -> int:
        """The kind of a load: its pool is in the two low bits."""
        for kind in range(codec, SKIP, 4):
            if self.loads[kind] in (op, Op.POP):
                self.loads[kind] = op
                return kind
        raise ValueError(f"too many kinds of {op.value}")


#: Choices that do more than their operation's effect.
_CHOICES_OF_FORMS = frozenset({Op.CHECK_EXC_MATCH, Op.IMPORT_STAR})


def _quietness(rule: Optional[Rule]) -> int:
    if rule is None or rule.form not in _QUIET:
        return 0
    return 2 if rule.form in ("enter_handler", "pop_except") else 1


def _plain(op: Op, codec: int, value: Any) -> Plain:
    _, pops, pushes = effect(op, value)
    return (op, codec, value, pops, pushes)


def _jump(rule: Rule) -> Jump:
    return Jump(
        sign={"forward": 1, "backward": -1, "absolute": 0}[rule.operand],
        size=2 + 2 * rule.caches,
        landing=rule.value if rule.form in ("for_iter", "send") else 0,
        returns=rule.form == "call_finally",
    )


_COMPILED: Dict[int, Actions] = {}


def actions(table: OpcodeTable) -> Actions:
    """What to do for each opcode; made once for a table."""
    found = _COMPILED.get(id(table))
    if found is None or found.table is not table:
        found = _COMPILED[id(table)] = Actions(table)
    return found
