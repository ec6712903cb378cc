"""The log of what captured code does to objects from outside, and the state it leaves them in.

Each effect is replayed by the residual program in the user's order: before the
instruction that breaks the graph, or before the frame returns. Until then reads
in the frame see the pending state.
"""

from __future__ import annotations

import collections
from contextlib import contextmanager
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Tuple,
    Union,
)

from ...source import GlobalSource
from ..breaking import lifetimes
from ..breaks import Kind, Restart
from ..values import (
    CallResultVariable,
    CellVariable,
    ConstantVariable,
    DequeVariable,
    DictVariable,
    LazyVariable,
    NullVariable,
    SequenceVariable,
    SetVariable,
    Variable,
)
from ..values.keys import KeyOf, is_symbolic
from . import kinds as effects

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter
    from ..machine import Machine

__all__ = ["SideEffects", "replay"]

#: Methods that touch single keys of a dict: what they don't touch need not be known.
_BY_KEY = frozenset(["__setitem__", "__delitem__", "setdefault", "pop", "update", "__ior__"])

_OF_NAMES = (
    effects.AttributeStore,
    effects.AttributeDelete,
    effects.GlobalStore,
    effects.GlobalDelete,
)


class SideEffects:
    """The pending effects of one capture, in order."""

    def __init__(self) -> None:
        self.log: List[effects.Effect] = []
        #: The instance dicts of objects whose attributes were changed, by the object's id.
        self.tables: Dict[int, DictVariable] = {}
        #: What was assigned to slots, by the object's id and the name; nothing: deleted.
        self.slots: Dict[Tuple[int, str], Variable] = {}
        #: What was assigned to global names, by the dict's id and the name; nothing: deleted.
        self._globals: Dict[Tuple[int, str], Variable] = {}

    def add(self, effect: effects.Effect) -> None:
        """The next effect."""
        self.log.append(effect)

    def call(self, function: Callable[..., Any], args: Tuple[Any, ...]) -> None:
        """Call ``function(*args)`` when the graph has run."""
        self.log.append(effects.DelayedCall(function, args))

    def call_later(
        self,
        function: Callable[..., Any],
        args: Tuple[Any, ...],
        kwargs: Dict[str, Any],
        kind: type,
    ) -> CallResultVariable:
        """Call it when the graph has run; what it gives isn't known before.

        Args:
            function: what is called.
            args: constants.
            kwargs: constants.
            kind: the type of the result.
        """
        result = CallResultVariable(kind)
        self.log.append(effects.DelayedCall(function, args, kwargs, result))
        return result

    def advance(self, machine: Machine, iterator: Variable) -> None:
        """An iterator from outside is asked for its next value."""
        machine.identities.change(machine, iterator)
        last = self.log[-1] if self.log else None
        if not isinstance(last, effects.IteratorAdvance) or last.iterator is not iterator:
            last = effects.IteratorAdvance(iterator)
            self.log.append(last)
        last.count += 1

    @property
    def stores_names(self) -> bool:
        """Whether attributes or global names change, which dicts from outside may hold."""
        return any(isinstance(effect, _OF_NAMES) for effect in self.log)

    # -- globals

    def store_global(
        self, machine: Machine, table: Dict[str, Any], name: str, value: Variable
    ) -> None:
        """``table[name] = value`` of a module's globals."""
        self._global_ends(machine, table, name)
        self._globals[id(table), name] = value
        self.log.append(effects.GlobalStore(table, name, value))

    def _global_ends(self, machine: Machine, table: Dict[str, Any], name: str) -> None:
        pending = self._globals.get((id(table), name))
        if pending is not None:
            lifetimes.ends(machine, [pending])
        elif name in table:
            lifetimes.ends(machine, [LazyVariable(table[name], GlobalSource(name))])

    def delete_global(self, machine: Machine, table: Dict[str, Any], name: str) -> None:
        """``del table[name]`` of a module's globals."""
        self._global_ends(machine, table, name)
        self._globals[id(table), name] = NullVariable()
        self.log.append(effects.GlobalDelete(table, name))

    def pending_global(self, table: Dict[str, Any], name: str) -> Optional[Variable]:
        """What a global name was bound to in this capture; a ``NullVariable``: it was deleted."""
        return self._globals.get((id(table), name))

    def stores_globals(self, table: Dict[str, Any]) -> bool:
        """Whether this capture has bound or deleted global names of a module."""
        return any(id(table) == place for place, _ in self._globals)

    # -- cells

    def store_cell(self, machine: Machine, cell: CellVariable, value: Variable) -> None:
        """Bind a closure variable."""
        if cell.source is not None:
            if cell.contents is not None:
                lifetimes.ends(machine, [cell.contents])
            machine.identities.change(machine, cell)
            self.log.append(effects.CellStore(cell, value))
        cell.contents = value
        cell.written = True

    def delete_cell(self, machine: Machine, cell: CellVariable) -> None:
        """Unbind a closure variable that is bound."""
        if cell.source is not None:
            if cell.contents is not None:
                lifetimes.ends(machine, [cell.contents])
            machine.identities.change(machine, cell)
            self.log.append(effects.CellDelete(cell))
        cell.contents = NullVariable()
        cell.written = True

    # -- containers

    @contextmanager
    def changing(
        self, machine: Machine, target: Variable, method: str = "", key: Any = None
    ) -> Iterator[None]:
        """What is done inside to the elements of a container from outside is logged.

        Args:
            machine: the capture.
            target: a list, dict, set or the like; nothing is logged when the frame made it.
            method: what changes it; some need to know little of what the container holds.
            key: in a tuple, the key of a dict or the index of a list that alone is touched:
                the others need not be compared, and a container may be long.
        """
        if target.source is None:
            yield
            return
        if isinstance(target, DictVariable) and _is_globals(machine, target):
            machine.break_graph(Kind.SIDE_EFFECT, "the dict of a module is changed")
        machine.identities.change(machine, target)
        mark = len(self.log)
        if isinstance(target, (SequenceVariable, DequeVariable)):
            if method in ("append", "extend") and getattr(target, "maxlen", None) is None:
                length = len(target.peek())
                try:
                    yield
                finally:
                    self._changed_once(machine, target, mark)
                    for item in target.peek()[length:]:
                        self.log.append(effects.MethodCall(target.base.append, target, item))
                return
            if key is not None:
                with self._changing_item(machine, target, key[0]):
                    yield
                return
            items = list(target.peek())
            try:
                yield
            finally:
                self._changed_once(machine, target, mark)
                self._log_sequence(target, items)
            _ended(machine, items, target.peek())
        elif isinstance(target, DictVariable):
            if method not in _BY_KEY:
                from ..iterators.iteration import all_keys

                all_keys(machine, target)
            if key is not None:
                with self._changing_key(machine, target, key[0]):
                    yield
                return
            table = dict(target.items)
            try:
                yield
            finally:
                self._changed_once(machine, target, mark)
                self._log_dict(target, table, method)
            _ended(machine, table.values(), target.items.values())
        else:
            yield

    @contextmanager
    def _changing_item(
        self, machine: Machine, target: Union[SequenceVariable, DequeVariable], index: int
    ) -> Iterator[None]:
        """A list's element is replaced or deleted inside, if there is one."""
        length = len(target.peek())
        place = index + length if index < 0 else index
        before = target.peek()[place] if 0 <= place < length else None
        yield
        after = target.peek()
        if before is None:
            return
        if len(after) < length:
            self.log.append(effects.ItemDelete(target, place))
        elif not _same(before, after[place]):
            self.log.append(effects.ItemStore(target, place, after[place]))
        _ended(machine, [before], after)

    @contextmanager
    def _changing_key(self, machine: Machine, target: DictVariable, key: Any) -> Iterator[None]:
        """A dict's value under one key is replaced, added or deleted inside."""
        before, mark = target.items.get(key), len(self.log)
        try:
            yield
        finally:
            self._changed_once(machine, target, mark)
            after = target.items.get(key)
            if after is None:
                if before is not None:
                    target.written.add(key)
                    self.log.append(effects.ItemDelete(target, key))
            elif before is None or not _same(before, after):
                target.written.add(key)
                self.log.append(effects.ItemStore(target, key, after))
        if before is not None:
            _ended(machine, [before], target.items.values())

    def _changed_once(self, machine: Machine, target: Variable, mark: int) -> None:
        if any(getattr(effect, "target", None) is target for effect in self.log[mark:]):
            reason = "what fills a container changes it too"
            raise Restart(machine.direct_step(), machine.describe(Kind.SIDE_EFFECT, reason))

    def _log_sequence(
        self, target: Union[SequenceVariable, DequeVariable], before: List[Variable]
    ) -> None:
        after = target.peek()
        # Most often something is appended; the list may be long.
        first = len(before) if after[: len(before)] == before else 0
        while first < min(len(before), len(after)) and _same(before[first], after[first]):
            first += 1
        end, last = len(before), len(after)
        while end > first and last > first and _same(before[end - 1], after[last - 1]):
            end, last = end - 1, last - 1
        added = after[first:last]
        if end == first and not added:
            return
        if end == first and first == len(before):
            for item in added:
                self.log.append(effects.MethodCall(target.base.append, target, item))
        elif not end and isinstance(target, DequeVariable) and target.maxlen is None:
            for item in reversed(added):
                self.log.append(effects.MethodCall(collections.deque.appendleft, target, item))
        elif end == first + 1 and not added:
            self.log.append(effects.ItemDelete(target, first))
        elif end == first + 1 and len(added) == 1 and len(before) == len(after):
            self.log.append(effects.ItemStore(target, first, added[0]))
        elif issubclass(target.cls, list):
            self.log.append(effects.SliceStore(target, first, end, added))
        else:
            self.log.append(effects.MethodCall(target.base.clear, target))
            self.log.append(effects.MethodCall(target.base.extend, target, list(after)))

    def _log_dict(self, target: DictVariable, before: Dict[Any, Variable], method: str) -> None:
        after = target.items
        removed = [key for key in before if key not in after]
        stored = [
            key
            for key, value in after.items()
            if key not in before or not _same(before[key], value)
        ]
        target.written.update(removed, stored)
        kept = [key for key in before if key in after]
        if kept + [key for key in after if key not in before] != list(after):
            # The order changed, which only those methods do that know all keys.
            self.log.append(effects.MethodCall(target.base.clear, target))
            removed, stored = [], list(after)
        elif before and not after and target.keys_guarded and method == "clear":
            self.log.append(effects.MethodCall(target.base.clear, target))
            return
        elif method == "popitem" and target.cls is dict and removed:
            # The next key takes its place in the table, unlike that of a deleted one.
            self.log.append(effects.MethodCall(target.base.popitem, target))
            return
        for key in removed:
            self.log.append(effects.ItemDelete(target, key))
        for key in stored:
            self.log.append(effects.ItemStore(target, key, after[key]))

    @contextmanager
    def changing_set(
        self,
        machine: Machine,
        target: SetVariable,
        change: Callable[..., Any],
        operands: List[Tuple[Variable, Any]],
    ) -> Iterator[None]:
        """What is done inside to a set from outside is done to the real one too.

        It is the very operation with operands of the same kind: the order of the elements
        comes from what happened to a set.

        Args:
            machine: the capture.
            target: the set; nothing is logged when the frame made it.
            change: a method of set or an operator of :mod:`operator`.
            operands: what it is called with, and the data or keys that stand for it.
        """
        if target.source is None:
            yield
            return
        machine.identities.change(machine, target)
        single = change in (set.add, set.discard, set.remove)
        if change is not set.add:
            target.look()
        real = [_operand(machine, value, known, single) for value, known in operands]
        before = len(target.peek())
        yield
        if change in (set.discard, set.remove, set.pop, set.clear):
            if len(target.peek()) == before:
                return
        self.log.append(effects.MethodCall(change, target, *real))


def _ended(machine: Machine, before: Iterable[Variable], after: Iterable[Variable]) -> None:
    """A container doesn't hold any more what it held before, but not after."""
    gone = [value for value in before if lifetimes.runs_code(machine, value)]
    if gone:
        left = set(map(id, after))
        lifetimes.ends(machine, [value for value in gone if id(value) not in left])


def _operand(machine: Machine, value: Variable, known: Any, single: bool) -> Any:
    """What the real operation of a set is called with: as it is now, and of the same kind."""
    from ..wrapping import from_python

    def element(item: Any) -> Variable:
        if type(item) is KeyOf and item.hashed is not None:
            reason = "an object with its own hash is put into a set from outside"
            raise Restart(item.step, machine.describe(Kind.SIDE_EFFECT, reason))
        return from_python(machine, item) if is_symbolic(item) else ConstantVariable(item)

    if single:
        return element(known)
    if isinstance(value, ConstantVariable):
        return value
    if isinstance(known, (set, frozenset)):
        for item in known:
            element(item)
        if isinstance(value, SetVariable):
            return value if value.source is not None else value.snapshot()
    if isinstance(known, dict):
        return DictVariable({item: ConstantVariable(None) for item in known})
    return [element(item) for item in known]


def _is_globals(machine: Machine, value: DictVariable) -> bool:
    """Whether a dict from outside is the globals of a frame that runs."""
    origin = machine.identities.origin(value)
    return origin is not None and any(origin[0] is frame.globals for frame in machine.frames)


def _same(one: Variable, two: Variable) -> bool:
    return one is two or (one.source is not None and one.source == two.source)


def replay(writer: ResidualWriter, pending: SideEffects) -> None:
    """Write the effects as instructions."""
    for effect in pending.log:
        effect.write(writer)
