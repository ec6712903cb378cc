"""Which loads of locals may borrow the local's reference (LOAD_FAST_BORROW, 3.14+).

A borrowed reference is only good while the local holds its object. So the value must be
consumed before the local is written or deleted, in the same straight run of instructions,
and must not become a local itself. Source: ``optimize_load_fast`` in ``Python/flowgraph.c``.
"""

from __future__ import annotations

from typing import Container, FrozenSet, List, NamedTuple, Optional, Set

from ..ir.effects import effect
from ..ir.instr import Instr, Label, Op
from ..ir.program import Program

__all__ = ["borrowable"]


class _Ref(NamedTuple):
    """A value on the stack, and where it came from: the index of its load, and the local."""

    load: int = -1
    name: Optional[str] = None


_UNKNOWN = _Ref()
#: Behind these a new run begins.
_ENDS = frozenset({Op.JUMP, Op.BRANCH, Op.FOR_ITER, Op.YIELD_FROM, Op.RETURN, Op.RAISE, Op.RERAISE})
_KILLS = frozenset({Op.STORE_LOCAL, Op.DELETE_LOCAL, Op.SAVE_LOCAL, Op.RESTORE_LOCAL})
_LOADS = frozenset({Op.LOAD_LOCAL, Op.LOAD_CELL})
_ENTERS = frozenset({Op.WITH_ENTER, Op.ASYNC_WITH_ENTER})


def borrowable(program: Program, depths: Container[int], methods: Container[int]) -> FrozenSet[int]:
    """The items whose loads may borrow.

    Args:
        program: the one that is written.
        depths: the items that can be reached, by index.
        methods: the LOAD_ATTRs that may leave the object on the stack for a method's call.

    Returns:
        Indices of LOAD_LOCAL and LOAD_CELL, and of the CALL of a ``super()`` that becomes
        LOAD_SUPER_ATTR and loads its first argument itself.
    """
    return _Runs(program, depths, methods).result()


class _Runs:
    def __init__(self, program: Program, depths: Container[int], methods: Container[int]) -> None:
        self.program = program
        self.depths = depths
        self.methods = methods
        self.loads: Set[int] = set()
        self.unsafe: Set[int] = set()
        #: the values that this run has pushed; what is below them came from before
        self.stack: List[_Ref] = []

    def result(self) -> FrozenSet[int]:
        for index, item in enumerate(self.program.items):
            if isinstance(item, Label) or index not in self.depths:
                self._end()
            else:
                self._step(index, item)
                if item.op in _ENDS:
                    self._end()
        self._end()
        return frozenset(self.loads - self.unsafe)

    def _end(self) -> None:
        """Values that are left over may live longer than the local's reference."""
        self.unsafe.update(ref.load for ref in self.stack)
        self.stack.clear()

    def _pop(self) -> _Ref:
        return self.stack.pop() if self.stack else _UNKNOWN

    def _at(self, place: int) -> _Ref:
        return self.stack[-place] if place <= len(self.stack) else _UNKNOWN

    def _step(self, index: int, item: Instr) -> None:
        op, arg, stack = item.op, item.arg, self.stack
        if op in _LOADS:
            self.loads.add(index)
            stack.append(_Ref(index, arg))
        elif op is Op.COPY:
            stack.append(self._at(arg))
        elif op is Op.SWAP:
            while len(stack) < arg:
                stack.insert(0, _UNKNOWN)
            stack[-arg], stack[-1] = stack[-1], stack[-arg]
        elif op in _KILLS:
            if op is Op.STORE_LOCAL:
                self.unsafe.add(self._pop().load)
            self.unsafe.update(ref.load for ref in stack if ref.name == arg)
        elif op is Op.LOAD_ATTR:
            owner = self._pop()
            stack.append(owner if index in self.methods else _UNKNOWN)
        elif op in _ENTERS:
            # the exit function's self
            stack.extend((self._pop(), _UNKNOWN))
        elif op is Op.CALL and item.spelling is not None and _is_super(item):
            stack.append(self._super(index, arg[0]))
        else:
            pops, pushes = effect(op, arg)[1:]
            for _ in range(pops):
                self._pop()
            stack.extend([_UNKNOWN] * pushes)

    def _super(self, index: int, count: int) -> _Ref:
        """The first argument of ``super()``, which the method's call may find as its self."""
        if count:
            first = self._pop()
            for _ in range(count):
                self._pop()
            return first
        self._pop()
        self.loads.add(index)
        names = self.program.varnames
        return _Ref(index, names[0] if names else None)


def _is_super(item: Instr) -> bool:
    return item.spelling is not None and item.spelling.form == "LOAD_SUPER_ATTR"
