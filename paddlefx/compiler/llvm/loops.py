"""A kernel as LLVM assembly: loops over rows, and passes over the elements of a row.

in: a :class:`~paddlefx.compiler.loop_nests.nest.LoopNest`. out: the text of one function
``i32 kernel(i64 size ..., T *input ..., T *output ...)``, which gives 0, or 1 when the nest is watched
and something isn't finite.

Adjacent dimensions along which all tensors are alike have been made one. The last is the
*row*; loops over the others run outside. Inputs are contiguous, so a stride is the product of
the sizes of the inner dimensions that a tensor has. Within a row, each reduction needs the
whole row before anything can use it: so a row is walked in passes, softmax in three. What a
later pass needs again is kept in scratch memory unless it is cheap to compute anew.
"""

from __future__ import annotations

from typing import Dict, List, Set, Tuple

from ..loop_nests.expression import FLOATING, REDUCTIONS, Value, ordered
from ..loop_nests.nest import LoopNest, Output
from .assembly import Assembly, LLVMArithmetic, number
from .scalar import emit_operation
from .watch import Watch

__all__ = ["write_kernel"]

_WIDTH = {"float": 4, "double": 8, "i32": 4, "i64": 8, "i1": 1}
#: The smallest and the largest value of a type: where maximum and minimum start.
_INTEGER_LIMITS = {"i32": 31, "i64": 63}


def _cheap(value: Value) -> bool:
    """Whether to compute it anew in each pass rather than to keep it."""
    cost = 0
    for part in ordered([value]):
        if not part.full:
            continue
        if part.op in ("input", "fixed"):
            cost += part.op == "input"
        elif part.op in ("add", "sub", "mul", "cast"):
            cost += 1
        else:
            return False
    return cost <= 4


class _Writer:
    def __init__(self, nest: LoopNest, opaque: bool) -> None:
        self.nest = nest
        self.asm = Assembly(opaque)
        self.rank = len(nest.sizes)
        self.sizes = [f"%n{d}" if size is None else str(size) for d, size in enumerate(nest.sizes)]
        self.ready: Dict[Value, int] = {}
        self.row_names: Dict[Value, str] = {}
        self.scratch: Dict[Value, str] = {}
        self.bases: List[str] = []
        self.output_bases: List[str] = []
        #: Inputs that are watched where an earlier loop reads them.
        self.watched: Set[Value] = set()
        for value in ordered([output.value for output in nest.outputs]):
            depth = max([0, *[self.ready[argument] for argument in value.args]])
            self.ready[value] = depth + 1 if value.op in REDUCTIONS else depth
        self.kept = self._kept()

    def _kept(self) -> List[Value]:
        """The values of elements that a later pass needs and that aren't cheap."""
        kept: Dict[Value, None] = {}
        seen = set()

        def need(value: Value, level: int) -> None:
            if not value.full or value.op in ("input", "constant") or (value, level) in seen:
                return
            seen.add((value, level))
            if self.ready[value] < level and not _cheap(value):
                kept[value] = None
                need(value, self.ready[value])
                return
            for argument in value.args:
                need(argument, level)

        for value in ordered([output.value for output in self.nest.outputs]):
            if value.op in REDUCTIONS:
                need(value.args[0], self.ready[value.args[0]])
        for output in self.nest.outputs:
            need(output.value, self.ready[output.value])
        return list(kept)

    def _passes(self) -> int:
        return 1 + max(self.ready.values())

    # -- the function

    def write(self, name: str) -> str:
        asm, nest = self.asm, self.nest
        parameters = [f"i64 %n{d}" for d, size in enumerate(nest.sizes) if size is None]
        for number_, operand in enumerate(nest.inputs):
            parameters.append(f"{asm.pointer(operand.dtype)} noalias nocapture %p{number_}")
        for number_, output in enumerate(nest.outputs):
            kind = asm.pointer(output.value.dtype)
            parameters.append(f"{kind} noalias nocapture %q{number_}")
        asm.start("entry")
        dtypes = [one.dtype for one in nest.inputs] + [one.value.dtype for one in nest.outputs]
        self.watch = Watch(asm, dtypes if nest.watched else [])
        for value in self.kept:
            self.scratch[value] = self._allocate(value)
        for number_, output in enumerate(nest.outputs):
            if not all(output.moves[:-1]):
                self._clear(f"%q{number_}", output)
        self._loops(0, ["0"] * len(nest.inputs), ["0"] * len(nest.outputs))
        for place in self.scratch.values():
            asm.declare(f"declare void @free({asm.pointer('i8')})")
            if not asm.opaque:
                raw = asm.emit(f"bitcast {asm.pointer(self._type_of(place))} {place} to i8*")
            else:
                raw = place
            asm.statement(f"call void @free({asm.pointer('i8')} {raw})")
        asm.statement(f"ret i32 {self.watch.verdict()}")
        head = f"define i32 @{name}({', '.join(parameters)}) #0 {{"
        body = "\n".join([head, *asm.lines, "}"])
        attributes = 'attributes #0 = { nounwind "prefer-vector-width"="512" }'
        return "\n".join([*asm.declared, body, attributes, ""])

    def _type_of(self, place: str) -> str:
        return next(value.dtype for value, name in self.scratch.items() if name == place)

    def _allocate(self, value: Value) -> str:
        asm = self.asm
        size = asm.emit(f"mul i64 {self.sizes[-1]}, {_WIDTH[value.dtype]}")
        asm.declare(f"declare noalias {asm.pointer('i8')} @malloc(i64)")
        raw = asm.emit(f"call noalias {asm.pointer('i8')} @malloc(i64 {size})")
        if asm.opaque:
            return raw
        return asm.emit(f"bitcast i8* {raw} to {asm.pointer(value.dtype)}")

    def _clear(self, place: str, output: Output) -> None:
        """Zeros where values are to be summed."""
        asm = self.asm
        count = "1"
        for size, moves in zip(self.sizes, output.moves):
            if moves:
                count = asm.emit(f"mul i64 {count}, {size}")
        dtype = output.value.dtype
        zero = number(0, dtype)

        def body(index: str, sums: List[str]) -> List[str]:
            asm.store(zero, asm.address(place, index, dtype), dtype)
            return sums

        self._loop(count, [], body)

    def _loop(self, count, starts, body):  # type: ignore[no-untyped-def]
        """``for index in range(count)``, with values carried along; their last ones.

        Args:
            count: how often.
            starts: (type, name) of each value before the first round.
            body: writes a round; (index, carried names) -> the names that the round leaves.
        """
        asm = self.asm
        head, inside, after = asm.name("head"), asm.name("body"), asm.name("after")
        before = asm.block
        asm.jump(head)
        asm.start(head)
        index, following = f"%{asm.name('i')}", f"%{asm.name('i')}"
        at = len(asm.lines)
        carried = [f"%{asm.name('c')}" for _ in starts]
        going = asm.emit(f"icmp slt i64 {index}, {count}")
        asm.statement(f"br i1 {going}, label %{inside}, label %{after}")
        asm.start(inside)
        left = body(index, carried)
        asm.statement(f"{following} = add nsw i64 {index}, 1")
        last = asm.block
        asm.jump(head)
        phis = [f"  {index} = phi i64 [ 0, %{before} ], [ {following}, %{last} ]"]
        for (dtype, start), name, end in zip(starts, carried, left):
            phis.append(f"  {name} = phi {dtype} [ {start}, %{before} ], [ {end}, %{last} ]")
        asm.lines[at:at] = phis
        asm.start(after)
        return carried

    def _loops(self, depth: int, offsets: List[str], written: List[str]) -> None:
        """The loops over the outer dimensions; offsets are in units of what is inside."""
        if depth == self.rank - 1:
            self._row(offsets, written)
            return
        asm, size = self.asm, self.sizes[depth]

        def body(index: str, carried: List[str]) -> List[str]:
            def inside(moves: Tuple[bool, ...], offset: str) -> str:
                if not moves[depth]:
                    return offset
                return asm.emit(f"add i64 {asm.emit(f'mul i64 {offset}, {size}')}, {index}")

            self._loops(
                depth + 1,
                [inside(o.moves, at) for o, at in zip(self.nest.inputs, offsets)],
                [inside(o.moves, at) for o, at in zip(self.nest.outputs, written)],
            )
            return carried

        self._loop(size, [], body)

    # -- one row

    def _row(self, offsets: List[str], written: List[str]) -> None:
        asm, size = self.asm, self.sizes[-1]
        self.row_names = {}

        def start(moves: Tuple[bool, ...], offset: str, place: str, dtype: str) -> str:
            if moves[-1]:
                offset = asm.emit(f"mul i64 {offset}, {size}")
            return asm.address(place, offset, dtype)

        self.bases = [
            start(operand.moves, offset, f"%p{n}", operand.dtype)
            for n, (operand, offset) in enumerate(zip(self.nest.inputs, offsets))
        ]
        self.output_bases = [
            start(output.moves, offset, f"%q{n}", output.value.dtype)
            for n, (output, offset) in enumerate(zip(self.nest.outputs, written))
        ]
        reductions = [value for value in self.ready if value.op in REDUCTIONS]
        for level in range(self._passes()):
            self._pass(
                level,
                [value for value in reductions if self.ready[value.args[0]] == level],
                [
                    n
                    for n, output in enumerate(self.nest.outputs)
                    if output.value.full and self.ready[output.value] == level
                ],
                [value for value in self.kept if self.ready[value] == level],
            )
        for n, output in enumerate(self.nest.outputs):
            if not output.value.full:
                name = self._at_row(output.value)
                if output.moves[-1]:
                    self.watch.note(name, output.value.dtype)
                    self._spread(n, name, output)
                else:
                    name = self._put(name, self.output_bases[n], output)
                    self.watch.note(name, output.value.dtype)

    def _spread(self, n: int, name: str, output: Output) -> None:
        """A value of the row written to each of its elements."""
        dtype = output.value.dtype

        def body(index: str, carried: List[str]) -> List[str]:
            self._put(name, self.asm.address(self.output_bases[n], index, dtype), output)
            return carried

        self._loop(self.sizes[-1], [], body)

    def _put(self, name: str, address: str, output: Output) -> str:
        """Write an element, or add to it; what it is then."""
        dtype = output.value.dtype
        if not all(output.moves[:-1]):
            before = self.asm.load(address, dtype)
            opcode = "fadd" if dtype in FLOATING else "add"
            name = self.asm.emit(f"{opcode} {dtype} {before}, {name}")
        self.asm.store(name, address, dtype)
        return name

    def _pass(
        self, level: int, reductions: List[Value], outputs: List[int], kept: List[Value]
    ) -> None:
        if not (reductions or outputs or kept):
            return
        asm = self.asm
        # Before the loop: all of the row's values that it needs.
        roots = [value.args[0] for value in reductions] + kept
        roots += [self.nest.outputs[n].value for n in outputs]
        for value in ordered(roots):
            if not value.full and self.ready[value] <= level:
                self._at_row(value)

        def body(index: str, carried: List[str]) -> List[str]:
            names: Dict[Value, str] = {}
            seen: List[Tuple[str, str]] = []

            def at(value: Value) -> str:
                if not value.full:
                    return self._at_row(value)
                found = names.get(value)
                if found is not None:
                    return found
                if value.op == "input":
                    place = asm.address(self.bases[value.payload], index, value.dtype)
                    result = asm.load(place, value.dtype)
                    if value not in self.watched:
                        self.watched.add(value)
                        seen.append((result, value.dtype))
                elif self.ready[value] < level and value in self.scratch:
                    place = asm.address(self.scratch[value], index, value.dtype)
                    result = asm.load(place, value.dtype)
                else:
                    operands = [at(argument) for argument in value.args]
                    result = emit_operation(asm, value, operands)
                names[value] = result
                return result

            for value in kept:
                place = asm.address(self.scratch[value], index, value.dtype)
                asm.store(at(value), place, value.dtype)
            for n in outputs:
                output = self.nest.outputs[n]
                place = asm.address(self.output_bases[n], index, output.value.dtype)
                seen.append((self._put(at(output.value), place, output), output.value.dtype))
            combined = [
                self._combine(value, sum_, at(value.args[0]))
                for value, sum_ in zip(reductions, carried)
            ]
            return combined + self.watch.seen(carried[len(reductions) :], seen)

        starts = [(self._carrier(value), self._neutral(value)) for value in reductions]
        results = self._loop(self.sizes[-1], starts + self.watch.starts(), body)
        for value, result in zip(reductions, results):
            self.row_names[value] = self._finished(value, result)
        self.watch.keep(results[len(reductions) :])

    def _at_row(self, value: Value) -> str:
        """The name of a value of the row, computed at the first request."""
        if value.op == "constant":
            return number(value.payload, value.dtype)
        found = self.row_names.get(value)
        if found is not None:
            return found
        asm = self.asm
        if value.op == "input":
            result = asm.load(self.bases[value.payload], value.dtype)
            self.watch.note(result, value.dtype)
        elif value.op == "extent":
            size = self.sizes[-1]
            if value.dtype in FLOATING:
                result = asm.emit(f"sitofp i64 {size} to {value.dtype}")
            else:
                result = asm.emit(f"add i64 {size}, 0")
        else:
            result = emit_operation(asm, value, [self._at_row(part) for part in value.args])
        self.row_names[value] = result
        return result

    # -- reductions

    def _extreme(self, value: Value) -> bool:
        return value.op != "reduce_sum" and value.dtype in FLOATING

    def _carrier(self, value: Value) -> str:
        """What is carried from element to element: for an extreme of floats, their order."""
        if self._extreme(value):
            return LLVMArithmetic(self.asm, value.dtype).bits
        return value.dtype

    def _neutral(self, value: Value) -> str:
        if value.op == "reduce_sum":
            return number(0, value.dtype)
        limit = 1 << _INTEGER_LIMITS[self._carrier(value)]
        return str(-limit if value.op == "reduce_max" else limit - 1)

    def _order(self, value: Value, name: str) -> str:
        """Integers that are ordered as floats are, NaN at the end that wins.

        Vectors of integers have a maximum; that of floats is NaN or not by the order of
        its operands.
        """
        a = LLVMArithmetic(self.asm, value.dtype)
        width = _INTEGER_LIMITS[a.bits]
        bits = a.to_bits(name)
        sign = a.integer("ashr", bits, width)
        result = a.integer("xor", bits, a.integer("and", sign, (1 << width) - 1))
        nan = a.compare("uno", name, name)
        wins = (1 << width) - 1 if value.op == "reduce_max" else -(1 << width)
        return self.asm.emit(f"select i1 {nan}, {a.bits} {wins}, {a.bits} {result}")

    def _combine(self, value: Value, sum_: str, name: str) -> str:
        asm = self.asm
        if value.op == "reduce_sum":
            if value.dtype in FLOATING:
                return asm.emit(f"fadd reassoc {value.dtype} {sum_}, {name}")
            return asm.emit(f"add {value.dtype} {sum_}, {name}")
        carrier = self._carrier(value)
        if self._extreme(value):
            name = self._order(value, name)
        predicate = "sgt" if value.op == "reduce_max" else "slt"
        better = asm.emit(f"icmp {predicate} {carrier} {name}, {sum_}")
        return asm.emit(f"select i1 {better}, {carrier} {name}, {carrier} {sum_}")

    def _finished(self, value: Value, name: str) -> str:
        if not self._extreme(value):
            return name
        a = LLVMArithmetic(self.asm, value.dtype)
        width = _INTEGER_LIMITS[a.bits]
        sign = a.integer("ashr", name, width)
        # The order's own inverse; both ends are bit patterns of NaN again.
        return a.from_bits(a.integer("xor", name, a.integer("and", sign, (1 << width) - 1)))


def write_kernel(nest: LoopNest, name: str, opaque: bool) -> str:
    """The kernel's text as an LLVM module.

    Args:
        nest: what it does.
        name: the function's.
        opaque: whether this LLVM's pointers have no element type.
    """
    return _Writer(nest, opaque).write(name)
