"""The short way from a program to instructions: one pass that follows its hints.

A program that was decoded says in its hints how each instruction was written. Here the items
are read in order with the slots as they are, as decode reads them, and each is written as its
hint says, or in the plain way. Whatever does not fit the slots, or needs more than that, ends
the attempt (:class:`Unfit`), and the general writer (:mod:`.forms`) does the work instead: a
stale hint costs time, it is never followed.

The pass is repeated where control comes to a label from further on in another state than
expected: with fewer locals bound for certain, or to a place that nothing else leads to.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, FrozenSet, List, Optional, Set, Tuple, Union

from ..ir.effects import CANNOT_RAISE, EFFECTS, Effect
from ..ir.flow import parameter_count
from ..ir.instr import Handler, Instr, Item, Label, Op, Position
from ..ir.program import Program
from ..opcodes.ghosts import EXIT_SELF, HANDLER_SLOTS, LASTI, PREV, REAL
from ..opcodes.table import OpcodeTable, Rule
from .assemble import Pools, docstring_comes_first, name_indices
from .borrow import borrowable
from .link import Entry, Stream
from .prologue import prologue, stop_iteration_handler

__all__ = ["BOUND", "BY_FORM", "BY_OP", "Transcriber", "Unfit", "spelled", "transcribe"]

#: A block of the block stack up to 3.10: (kind, label, level).
OpenBlock = Tuple[int, Optional[Label], int]
TRY, ENTERING, OPEN = range(3)

#: (slots, locals bound for certain as bits, blocks)
State = Tuple[Tuple[int, ...], int, Tuple[OpenBlock, ...]]

#: Writes an item and returns the index to go on with, or -1 where control ends.
Special = Callable[["Transcriber", Instr, int], int]
BY_OP: Dict[Op, Special] = {}
BY_FORM: Dict[str, Special] = {}

#: How the operand of a plain item is written.
NONE, INT, NAME, LOCAL, CELL, CHOICE = range(6)
_CODECS = {"": NONE, "int": INT, "name": NAME, "local": LOCAL, "cell": CELL}
_Plain = Tuple[int, int, Any, int, int, int, Optional[Callable[[Any], Effect]]]
Action = Union[_Plain, Special, None]

_PASSES = 12
#: The depth of an entry that is not known yet.
LATE = -1
#: The slot of a method's value: its self or NULL is beside it, and only a call may take it.
BOUND = 99

_NO_HANDLER = Handler(Label("none"), 0, 0)


class Unfit(Exception):
    """The items don't fit the slots: the general writer has to do it."""


def spelled(*keys: Union[Op, str]) -> Callable[[Special], Special]:
    """Register the writer of operations, or of the hints with these forms."""

    def register(function: Special) -> Special:
        for key in keys:
            if isinstance(key, Op):
                BY_OP[key] = function
            else:
                BY_FORM[key] = function
        return function

    return register


# -- the rows of a table, made ready


class Writers:
    """What to do for each operation in one version."""

    def __init__(self, table: OpcodeTable) -> None:
        self.table = table
        self.actions: Dict[Op, Action] = {op: self._plain(op) for op in Op}
        self.actions.update(BY_OP)
        self.forms: Dict[str, Special] = {}
        for rule in table.rules.values():
            found = BY_FORM.get(rule.name) or BY_FORM.get(rule.form)
            if found is not None:
                self.forms[rule.name] = found
        #: with LOAD_FAST only where the local is bound for certain
        self.checks = "LOAD_FAST_CHECK" in table

    def _plain(self, op: Op) -> Action:
        choices: Dict[Any, Tuple[int, int]] = {}
        plain: Optional[Rule] = None
        for rule in self.table.rules.values():
            if rule.form == "choice":
                for oparg, meaning in sorted(rule.value.items()):
                    if meaning is not None and meaning[0] is op:
                        choices.setdefault(meaning[1], (rule.number, oparg))
            elif rule.form in ("plain", "into") and rule.op is op:
                if rule.value is not None:
                    choices.setdefault(rule.value, (rule.number, 0))
                else:
                    plain = rule
        entry = EFFECTS[op]
        dynamic = None if isinstance(entry, Effect) else entry
        pops = pushes = looked = 0
        if isinstance(entry, Effect):
            # what is only looked at is taken and put back
            looked = entry.needs - entry.pops
            pops, pushes = entry.needs, entry.pushes + looked
        if choices:
            return 0, CHOICE, choices, pops, pushes, looked, dynamic
        if plain is None or plain.form == "into":
            return None
        return plain.number, _CODECS[plain.operand], None, pops, pushes, looked, dynamic


_WRITERS: Dict[int, Writers] = {}


def _writers(table: OpcodeTable) -> Writers:
    found = _WRITERS.get(id(table))
    if found is None or found.table is not table:
        found = _WRITERS[id(table)] = Writers(table)
    return found


# -- the pass


class Transcriber:
    """One program being transcribed."""

    def __init__(self, program: Program, table: OpcodeTable) -> None:
        self.program = program
        self.items: List[Item] = program.items
        self.table = table
        self.writers = _writers(table)
        self.slots, self.cells = name_indices(program, program.varnames, table)
        self.prefix = prologue(program, table, self.cells)
        self.with_table = table.traits["handlers"] == "table"
        self.null_above = table.traits["null"] == "above"
        self.labels = {
            item: index for index, item in enumerate(self.items) if item.__class__ is Label
        }
        #: what is true where control comes to a label
        self.known: Dict[Label, State] = {}
        #: the same for handlers that only instructions lead to which raise nothing
        self.maybe: Dict[Label, State] = {}
        self.entries: Dict[Label, Entry] = {}
        #: the same, as far as instructions tell that raise nothing
        self.quiet_entries: Dict[Label, Entry] = {}
        self.pools = Pools()
        #: loads that may borrow the local's reference (3.14+)
        self.borrowed: FrozenSet[int] = frozenset()
        if "LOAD_FAST_BORROW" in table:
            self.borrowed = borrowable(program, range(len(self.items)), self._methods())
        #: slots of the stack
        self.stacksize = 0
        self.begin()

    def _methods(self) -> Set[int]:
        """Where an attribute is loaded as a method."""
        return {
            index
            for index, item in enumerate(self.items)
            if isinstance(item, Instr) and item.op is Op.LOAD_ATTR
            if item.spelling is not None and item.spelling.form == "method"
        }

    def load_fast(self, slot: int, index: int, position: Position) -> None:
        """Write the load of a local's slot for the item at an index."""
        self.write("LOAD_FAST_BORROW" if index in self.borrowed else "LOAD_FAST", slot, position)

    def begin(self) -> None:
        """Start a pass."""
        self.stream = Stream()
        for rule, oparg, position, _ in self.prefix:
            self.put(rule.number, oparg, position)
        self.stack: List[int] = []
        self.blocks: List[OpenBlock] = []
        self.mask = (1 << parameter_count(self.program)) - 1
        self.passed: Set[Label] = set()
        self.again = False
        self.moved = False
        self.floor = 0
        self.item: Instr = Instr(Op.POP)
        #: handler of the innermost block, up to 3.10
        self.inner: Optional[Handler] = None
        #: (place of END_FOR, position, entry) by the label at a loop's end
        self.loop_ends: Dict[Label, Tuple[Label, Position, Optional[Entry]]] = {}
        #: by label of the handler of an ``async for``: the place behind its send loop
        self.sent: Dict[Label, Label] = {}
        #: slots of locals put aside whose name gets a new cell
        self.new_cells: Set[int] = set()
        #: by the label where a throw into a send loop is handled: (where it goes on, position,
        #: entry around the loop); and what was written there: (where it goes on, entry)
        self.throws: Dict[Label, Tuple[Label, Position, Optional[Entry]]] = {}
        self.handled: Dict[Label, Tuple[Label, Optional[Entry]]] = {}

    # -- for the writers of special items

    def put(self, number: int, oparg: int, position: Position) -> None:
        """Write an instruction."""
        stream = self.stream
        stream.numbers.append(number)
        stream.opargs.append(oparg)
        stream.positions.append(position)

    def write(self, name: str, oparg: int, position: Position) -> None:
        """Write an instruction by its name."""
        self.put(self.rule(name).number, oparg, position)

    def jump(self, number: int, label: Label, position: Position) -> None:
        """Write an instruction that leads to a label."""
        self.stream.jumps.append((len(self.stream.numbers), label))
        self.put(number, 0, position)

    def rule(self, name: str) -> Rule:
        """The row of that name."""
        rule = self.table.get(name)
        if rule is None:
            raise Unfit(name)
        return rule

    def take(self, count: int) -> None:
        """Take values off the stack."""
        stack = self.stack
        if count:
            if len(stack) - count < self.floor or any(stack[-count:]):
                raise Unfit("values")
            del stack[-count:]

    def grow(self, extra: int = 0) -> None:
        """Note that the stack is so many slots deeper."""
        if len(self.stack) + extra > self.stacksize:
            self.stacksize = len(self.stack) + extra

    def push(self, count: int = 1) -> None:
        """Put values on the stack."""
        self.stack.extend([REAL] * count)
        self.grow()

    def distance(self, count: int) -> int:
        """How far from the top the ``count``-th value is, in slots."""
        stack = self.stack
        for place in range(1, len(stack) + 1):
            if stack[-place] == REAL:
                count -= 1
                if not count:
                    return place
            elif stack[-place] == BOUND:
                count -= 1
        raise Unfit("the stack is too short")

    def next_instr(self, index: int, op: Op) -> Instr:
        """The item at an index, which must be of that operation and carry no ghosts."""
        item = self.items[index] if index < len(self.items) else None
        if not isinstance(item, Instr) or item.op is not op:
            raise Unfit(f"wants {op.value}")
        if item.spelling is not None and item.spelling.before:
            raise Unfit("ghosts in the middle")
        return item

    def follows(self, label: Label, index: int) -> bool:
        """Whether control that falls from before an index gets to a label at once."""
        items, loop_ends = self.items, self.loop_ends
        while index < len(items):
            item = items[index]
            if item.__class__ is not Label or item in loop_ends:
                return False
            if item is label:
                return True
            index += 1
        return False

    # -- control

    def state(self) -> State:
        """The state as it is now."""
        return tuple(self.stack), self.mask, tuple(self.blocks)

    def arrive(self, label: Label, now: Optional[State] = None) -> None:
        """Control comes to a label."""
        if now is None:
            now = tuple(self.stack), self.mask, tuple(self.blocks)
        known = self.known.get(label)
        if known is None:
            if label not in self.labels:
                raise Unfit("a label that stands nowhere")
            self.known[label] = now
            if label in self.passed:
                self.again = True
        else:
            if known[0] != now[0] or known[2] != now[2]:
                raise Unfit("paths meet in different states")
            if known[1] & ~now[1]:
                self.known[label] = (known[0], known[1] & now[1], known[2])
                if label in self.stream.places:
                    self.again = True

    def cut(self, handler: Handler) -> int:
        """How many slots a handler keeps, or -1 if it can't be what it says."""
        _, depth, scopes = handler
        stack = self.stack
        if not scopes and depth <= len(stack) and not any(stack[:depth]):
            return depth + (stack[depth : depth + 1] == [EXIT_SELF])
        values = open_scopes = 0
        for place, tag in enumerate(stack):
            if tag == EXIT_SELF:
                continue  # belongs to the value below it
            if values == depth and open_scopes >= scopes:
                return place
            if tag == REAL or tag == BOUND:
                if values == depth:
                    return -1
                values += 1
            elif tag < 0 or tag == PREV:
                open_scopes += 1
        return len(stack) if values == depth and open_scopes >= scopes else -1

    def lasti(self, label: Label) -> bool:
        """Whether the handler at a label finds ``lasti`` below the exception (3.11+)."""
        index = self.labels.get(label, -1) + 1
        if not index:
            raise Unfit("a label that stands nowhere")
        items = self.items
        while index < len(items) and items[index].__class__ is Label:
            index += 1
        first = items[index]
        return bool(isinstance(first, Instr) and first.spelling and first.spelling.lasti)

    def protect(self, item: Instr, handler: Optional[Handler]) -> bool:
        """Let exceptions go to a handler from here; False if that has to be asked again."""
        quiet = item.op in CANNOT_RAISE
        if not self.with_table:
            inner = self.inner
            if handler is None or inner is None:
                same = handler is inner
            else:
                same = handler.label is inner.label and handler == inner
            if not same and not quiet:
                raise Unfit("another handler than that of the innermost block")
            return same
        if handler is None:
            self.floor = 0
            self.stream.cover(None)
            return True
        label = handler.label
        cut = self.cut(handler)
        entry = self.entries.get(label)
        if cut < 0:
            if not quiet:
                raise Unfit("no part of the stack is what the handler keeps")
            self.floor = 0
            self.stream.cover(entry if entry is not None else Entry(label, LATE, False))
            return False
        if entry is None or entry.depth != cut:
            entry = Entry(label, cut, self.lasti(label))
        slots = (*self.stack[:cut], LASTI, REAL) if entry.lasti else (*self.stack[:cut], REAL)
        now: State = (slots, self.mask, ())
        if quiet:
            self.floor = 0
            known = self.known.get(label)
            if known is None:
                self.maybe.setdefault(label, now)
            self.quiet_entries.setdefault(label, entry)
            self.stream.cover(self.entries.get(label) or Entry(label, LATE, False))
            if known is None or known[0] != slots or known[1] & ~self.mask:
                return False
        else:
            self.arrive(label, now)
            self.entries[label] = entry
            self.stream.cover(entry)
        self.floor = cut
        if len(slots) > self.stacksize:
            self.stacksize = len(slots)
        return True

    def at_label(self, label: Label, alive: bool) -> bool:
        """Control may come to a label; whether it does."""
        if label in self.stream.places:
            raise Unfit("a label stands twice")
        if alive:
            self.arrive(label)
        known = self.known.get(label)
        if known is None:
            known = self.maybe.get(label)
            if known is None:
                self.passed.add(label)
                return False
        end = self.loop_ends.get(label)
        if end is not None:
            if alive:
                raise Unfit("control falls into the end of a loop")
            self._end_for(end)
        self.stream.places[label] = len(self.stream.numbers)
        self.stack[:] = known[0]
        self.mask = known[1]
        if known[2] or self.blocks:
            self.blocks[:] = known[2]
            self.find_inner()
        if len(self.stack) > self.stacksize:
            self.stacksize = len(self.stack)
        self.floor = 0
        return True

    def _end_for(self, end: Tuple[Label, Position, Optional[Entry]]) -> None:
        place, position, entry = end
        stream = self.stream
        stream.places[place] = len(stream.numbers)
        stream.cover(entry)
        self.write("END_FOR", 0, position)
        if self.table["FOR_ITER"].value == 2:
            self.write("POP_ITER" if "POP_ITER" in self.table else "POP_TOP", 0, position)

    # -- blocks, up to 3.10

    def set_up(self, label: Label, level: int) -> None:
        """Open a block whose handler is at a label."""
        rest = self.stack[:level]
        below = tuple(self.blocks)
        slots = (*rest, *HANDLER_SLOTS)
        self.arrive(label, (slots, self.mask, (*below, (ENTERING, None, level))))
        if len(slots) > self.stacksize:
            self.stacksize = len(slots)
        self.blocks.append((TRY, label, level))
        self.find_inner()

    def find_inner(self) -> None:
        """Find the handler of the innermost block."""
        self.moved = True
        self.inner = None
        self.floor = 0
        for kind, label, level in reversed(self.blocks):
            self.floor = max(self.floor, level)
            if kind == TRY and label is not None:
                rest = self.stack[:level]
                open_scopes = sum(1 for tag in rest if tag == PREV or tag < 0)
                self.inner = Handler(label, rest.count(REAL) + rest.count(BOUND), open_scopes)
                return

    # -- the run

    def run(self) -> Stream:
        """Write everything that can be reached."""
        for _ in range(_PASSES):
            self._pass()
            if not self.again:
                break
            self.begin()
        else:
            raise Unfit("too many passes")
        finish_throws(self)
        self._cover_prologue()
        self._resolve_rows()
        return self.stream

    def _resolve_rows(self) -> None:
        """Give instructions that raise nothing the entry of those that do around them."""
        stream = self.stream
        rows = [
            (index, self.entries.get(entry.label) or self.quiet_entries.get(entry.label))
            if entry is not None and entry.depth == LATE
            else (index, entry)
            for index, entry in stream.rows
        ]
        rows = [row for n, row in enumerate(rows) if not n or row[1] != rows[n - 1][1]]
        stream.rows = rows
        lag = self.table.traits["inlined_lag"]
        if lag:
            rules, numbers = self.table.rules, stream.numbers
            for index, entry in rows:
                if entry is not None and index < len(numbers):
                    if rules[numbers[index]].name in lag:
                        raise Unfit("a NOP has to stand where the region begins")

    def _cover_prologue(self) -> None:
        """Let the handler of a whole generator cover its RESUME (3.12+)."""
        label = stop_iteration_handler(self.program)
        entry = None
        if label is not None:
            entry = self.entries.get(label) or self.quiet_entries.get(label)
        if entry is None:
            return
        rows, size = self.stream.rows, len(self.prefix)
        first = next(n for n, prefix in enumerate(self.prefix) if prefix[3])
        body = [row for row in rows if row[0] <= size][-1][1]
        rest = [row for row in rows if row[0] > size]
        self.stream.rows = [(0, None), (first, entry)]
        if body != entry:
            self.stream.rows.append((size, body))
        self.stream.rows.extend(rest)

    def _pass(self) -> None:
        items, writers = self.items, self.writers
        actions, forms, checks = writers.actions, writers.forms, writers.checks
        stream, stack = self.stream, self.stack
        put, put_oparg, put_place = (
            stream.numbers.append,
            stream.opargs.append,
            stream.positions.append,
        )
        slots, cells = self.slots, self.cells
        const, name_of = self.pools.const, self.pools.name
        load_const = self.table["LOAD_CONST"].number
        load_fast = self.table["LOAD_FAST"].number
        borrowed, borrow = self.borrowed, load_fast
        if "LOAD_FAST_BORROW" in self.table:
            borrow = self.table["LOAD_FAST_BORROW"].number
        small = self.table.get("LOAD_SMALL_INT")
        store_fast = self.table["STORE_FAST"].number
        deepest, floor = self.stacksize, 0
        current: Optional[Handler] = None
        index, size = 0, len(items)
        alive = True
        while index < size:
            item = items[index]
            if item.__class__ is Label:
                alive = self.at_label(item, alive)  # type: ignore[arg-type]
                current, floor = _NO_HANDLER, 0
                index += 1
                continue
            if not alive:
                index += 1
                continue
            assert isinstance(item, Instr)
            spelling = item.spelling
            if spelling is not None and spelling.before:
                self.item = item
                ghosts(self, item, spelling.before)
                current = _NO_HANDLER
            if item.handler is not current:
                current = item.handler if self.protect(item, item.handler) else _NO_HANDLER
                floor = self.floor
            op = item.op
            special: Action = None
            if spelling is not None and spelling.form:
                special = forms.get(spelling.form)
            if special is None:
                if op is Op.LOAD_LOCAL:
                    slot = slots.get(item.arg)
                    if slot is not None and (not checks or self.mask >> slot & 1):
                        put(borrow if index in borrowed else load_fast)
                        put_oparg(slot)
                        put_place(item.position)
                        stack.append(REAL)
                        if len(stack) > deepest:
                            deepest = len(stack)
                        index += 1
                        continue
                elif op is Op.LOAD_CONST:
                    arg = item.arg
                    if small is not None and arg.__class__ is int and 0 <= arg < 256:
                        put(small.number)
                        put_oparg(arg)
                    else:
                        put(load_const)
                        put_oparg(const(arg))
                    put_place(item.position)
                    stack.append(REAL)
                    if len(stack) > deepest:
                        deepest = len(stack)
                    index += 1
                    continue
                elif op is Op.STORE_LOCAL:
                    slot = slots[item.arg]
                    if stack.pop() or len(stack) < floor:
                        raise Unfit("a value was wanted")
                    put(store_fast)
                    put_oparg(slot)
                    put_place(item.position)
                    if checks:
                        self.mask |= 1 << slot
                    index += 1
                    continue
                special = actions[op]
            if special.__class__ is not tuple:
                if special is None:
                    raise Unfit(op.value)
                self.item = item
                index = special(self, item, index)  # type: ignore[operator]
                if self.moved:
                    current = _NO_HANDLER
                    self.moved = False
                if index < 0:
                    alive = False
                    index = ~index
                    last = items[index - 1].spelling  # type: ignore[union-attr]
                    if last is not None and last.after:
                        unreached(self, last.after)
                continue
            number, codec, fixed, pops, pushes, looked, dynamic = special  # type: ignore[misc]
            arg = item.arg
            if dynamic is not None:
                _, pops, pushes = dynamic(arg)
            if codec == NAME:
                oparg = name_of(arg)
            elif codec == CHOICE:
                number, oparg = fixed[arg]
            elif codec == NONE:
                oparg = 0
            elif codec == INT:
                oparg = arg
            elif codec == LOCAL:
                oparg = slots[arg]
            else:
                oparg = cells[arg]
            if pops == 1:
                if stack.pop():
                    raise Unfit("a value was wanted")
            elif pops == 2:
                if stack.pop() or stack.pop():
                    raise Unfit("two values were wanted")
            elif pops:
                if len(stack) < pops or any(stack[-pops:]):
                    raise Unfit("values were wanted")
                del stack[-pops:]
            if len(stack) + looked < floor:
                raise Unfit("below what the handler keeps")
            put(number)
            put_oparg(oparg)
            put_place(item.position)
            if pushes:
                if pushes == 1:
                    stack.append(REAL)
                else:
                    stack.extend([REAL] * pushes)
                if len(stack) > deepest:
                    deepest = len(stack)
            index += 1
        if alive:
            raise Unfit("control runs off the end")
        if deepest > self.stacksize:
            self.stacksize = deepest


def transcribe(program: Program, table: OpcodeTable) -> Optional[Transcriber]:
    """Write a program as its hints say; ``None`` if they don't fit.

    What a broken program raises on the way is not told from here: the general writer checks
    it and says what is wrong.
    """
    try:
        made = Transcriber(program, table)
        if docstring_comes_first(program, table):
            made.pools.const(program.docstring)
        made.run()
    except (Unfit, LookupError, TypeError, ValueError, AttributeError):
        return None
    return made


from .spelled import ghosts  # noqa: E402
from .spelled_control import finish_throws  # noqa: E402
from .unreached import unreached  # noqa: E402
