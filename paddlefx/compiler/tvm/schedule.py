"""The default schedule for a CPU, for functions that nothing was tuned for.

in: a function of loops as TVM's operators write it, one nest for each step. out: one nest over
the rows of the result, in parallel; in it the steps one after the other, each over the last axis
in vectors, sums and extremes with an accumulator for each lane. What can't be brought into this
form keeps the loops that it has: the schedule is of speed only.
"""

from __future__ import annotations

import re
from typing import Any, List

from tvm import tirx
from tvm.error import InternalError
from tvm.ir import IRModule
from tvm.s_tir import Schedule
from tvm.s_tir.schedule import ScheduleError

__all__ = ["scheduled"]

#: float32 numbers in the widest vectors (AVX-512); narrower ones take two or four.
_LANES = 16
#: Results that are summed up beside each other, in registers.
_ROWS = 8


def scheduled(module: IRModule) -> IRModule:
    """The module with each of its functions of loops scheduled."""
    for name, function in list(module.functions_items()):
        if isinstance(function, tirx.PrimFunc) and not _is_scheduled(function):
            module[name] = _scheduled(function)
    return module


def _is_scheduled(function: Any) -> bool:
    attributes = function.attrs
    return bool(attributes is not None and attributes.get("tirx.is_scheduled", False))


def _scheduled(function: Any) -> Any:
    for form in (_rows, _outer_parallel):
        schedule = Schedule(function)
        try:
            form(schedule)
        except (ScheduleError, InternalError):  # rfactor trips over some nests that it made
            continue
        made = schedule.mod["main"]
        return made.with_attr("tirx.is_scheduled", True)
    return function


def _rows(schedule: Schedule) -> None:
    """All steps in one nest over the rows of the result."""
    root = schedule.get_sblock("root")
    _inline(schedule, root)
    for block in schedule.get_child_blocks(root):
        if _reduces(schedule, block):
            _split_sum(schedule, block)
    *steps, last = schedule.get_child_blocks(root)
    loops = schedule.get_loops(last)
    if not loops:
        return
    if _reduces(schedule, last):
        _reduction_last(schedule, steps, last)
        return
    if len(loops) > 1:
        outer, inner = schedule.fuse(*loops[:-1]), loops[-1]
    elif int(schedule.get(loops[0]).extent) % (_LANES * 64) == 0:
        outer, inner = schedule.split(loops[0], [None, _LANES * 64])
    else:
        outer, inner = schedule.split(loops[0], [1, None])
    schedule.parallel(outer)
    for block in reversed(steps):
        schedule.compute_at(block, outer)
    _in_vectors(schedule, inner)
    for block in steps:
        _vectorised(schedule, block)


def _outer_parallel(schedule: Schedule) -> None:
    """Each step on its own: rows in parallel, the last axis in vectors, sums inside of rows."""
    root = schedule.get_sblock("root")
    _inline(schedule, root)
    for block in schedule.get_child_blocks(root):
        loops = schedule.get_loops(block)
        kinds = [int(variable.iter_type) for variable in schedule.get(block).iter_vars]
        if len(kinds) != len(loops):
            continue
        spatial = [loop for loop, kind in zip(loops, kinds) if kind == 0]
        summed = [loop for loop, kind in zip(loops, kinds) if kind != 0]
        if not spatial:
            continue
        if not summed:
            _in_vectors(schedule, spatial.pop())
            if spatial:
                schedule.parallel(schedule.fuse(*spatial))
            continue
        lanes = _lanes(schedule, spatial[-1])
        blocks, vector = schedule.split(spatial.pop(), [None, lanes])
        tile = []
        if len(spatial) > 1 and int(schedule.get(spatial[1]).extent) % _ROWS == 0:
            # Channels of a convolution: what is read is used for several of them.
            spatial[1], rows = schedule.split(spatial[1], [None, _ROWS])
            tile.append(rows)
        elif spatial and int(schedule.get(spatial[-1]).extent) % _ROWS == 0:
            spatial[-1], rows = schedule.split(spatial[-1], [None, _ROWS])
            tile.append(rows)
        schedule.reorder(*spatial, blocks, *summed, *tile, vector)
        outer = schedule.fuse(*spatial, blocks) if spatial else blocks
        schedule.parallel(outer)
        schedule.vectorize(vector)
        for rows in tile:
            schedule.unroll(rows)
        schedule.decompose_reduction(block, summed[0])


def _inline(schedule: Schedule, root: Any) -> None:
    """Steps without sums into what uses them, where that reads them once: else they stay."""
    for block in schedule.get_child_blocks(root)[:-1]:
        if _reduces(schedule, block) or _reads(schedule, block) != 1:
            continue
        try:
            schedule.compute_inline(block)
        except ScheduleError:
            continue


def _reads(schedule: Schedule, block: Any) -> int:
    """How often an element that a step writes is read; where names repeat, at least that."""
    name = re.escape(schedule.get(block).writes[0].source.name)
    return sum(
        len(re.findall(rf"\b{name}(?:_\d+)?\[", str(schedule.get(consumer).body)))
        for consumer in schedule.get_consumers(block)
    )


def _reduces(schedule: Schedule, block: Any) -> bool:
    return any(int(variable.iter_type) != 0 for variable in schedule.get(block).iter_vars)


def _lanes(schedule: Schedule, loop: Any) -> int:
    """How many of a loop's rounds make a vector: none is left over."""
    extent = int(schedule.get(loop).extent)
    return next((lanes for lanes in (_LANES, 8, 4, 2) if extent % lanes == 0), 1)


def _in_vectors(schedule: Schedule, loop: Any) -> None:
    """A loop in vectors; one whose rounds don't make whole vectors is left to LLVM."""
    lanes = _lanes(schedule, loop)
    if lanes > 1:
        schedule.vectorize(schedule.split(loop, [None, lanes])[1])


def _split_sum(schedule: Schedule, block: Any) -> None:
    """A sum along the last axis as one sum for each lane, and the sum of those."""
    loops = schedule.get_loops(block)
    kinds = [int(variable.iter_type) for variable in schedule.get(block).iter_vars]
    if len(kinds) != len(loops) or kinds[-1] == 0 or _lanes(schedule, loops[-1]) != _LANES:
        return
    lanes = schedule.split(loops[-1], [None, _LANES])[1]
    schedule.rfactor(lanes, len(kinds) - sum(kind != 0 for kind in kinds))


def _reduction_last(schedule: Schedule, steps: List[Any], last: Any) -> None:
    """The result itself is a sum: its rows in parallel, with the sums of the lanes in them."""
    kinds = [int(variable.iter_type) for variable in schedule.get(last).iter_vars]
    spatial = [loop for loop, kind in zip(schedule.get_loops(last), kinds) if kind == 0]
    if spatial:
        outer = schedule.fuse(*spatial)
        schedule.parallel(outer)
        for block in reversed(steps):
            schedule.compute_at(block, outer)
        for block in steps:
            _vectorised(schedule, block)


def _vectorised(schedule: Schedule, block: Any) -> None:
    """The lanes of a step innermost, and its accumulators cleared before."""
    loops = schedule.get_loops(block)[1:]  # inside of the rows
    if not _reduces(schedule, block):
        if loops:
            _in_vectors(schedule, loops[-1])
        return
    lanes = [loop for loop in loops if int(schedule.get(loop).extent) == _LANES]
    if not schedule.get(block).name_hint.endswith("_rf") or len(loops) < 2 or not lanes:
        return
    lane = lanes[-1]
    summed = [loop for loop in loops if loop is not lane]
    schedule.reorder(*summed, lane)
    schedule.vectorize(lane)
    schedule.decompose_reduction(block, summed[-1])
