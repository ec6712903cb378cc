"""How a program of :mod:`.tensor_programs` is called: with what, and what changes in between.

A schedule is a list of steps, the same for the same seed. Programs keep their arguments between
calls or get new ones; shapes, dtypes and numbers vary; globals, classes and what the arguments
hold are changed by code that isn't compiled.
"""

from __future__ import annotations

import random
from typing import Any, Dict, List, NamedTuple, Tuple

import paddle

__all__ = ["Step", "World", "schedule"]

#: Globals that programs and changes bind anew.
STATE = ("TOTAL", "LOG", "SCALES", "LIMIT", "helper")
#: Attributes of classes that programs bind anew.
CLASS_STATE = (("Box", "made"), ("Child", "made"))

#: Changes between two calls, of what one run has to itself.
CHANGES = (
    "TOTAL = 5", "TOTAL = 'a'", "SCALES['a'] = 3", "SCALES['c'] = 1", "del SCALES['b']",
    "LOG.append('x')", "LOG = ['new']", "LIMIT = 3", "helper = other_helper", "box.n = 7",
    "box.n = 0.5", "box.t = box.t + 1", "items.append(2)", "items[:] = []", "box.kind = 'mine'",
    "box.__class__ = Child", "x.add_(y)", "table['t'] = x", "table['extra'] = items",
    "del table['t']", "box.items = []", "box.fresh = 1", "box.t.scale_(2.0)", "box.scaled = abs",
    "x = x.astype('float64')", "box = Child(t=y, n=n)", "box.t = 3",
)  # fmt: skip
#: Changes of what all runs share.
SHARED = (
    "Box.kind = 'changed'", "Box.scaled = lambda self, v: v + 1", "helper.__defaults__ = (2,)",
    "Ticks.__call__ = lambda self, by=1: by", "Pair.__len__ = lambda self: 3", "Mine.code = 4",
    "Child.kind = 'grown'", "Box.__contains__ = lambda self, v: True", "noisy.__code__ = loud.__code__",
    "Box.t = None", "Record.__post_init__ = lambda self: setattr(self, 'n', 9)",
)  # fmt: skip

PLAIN = (
    (1.0, 1, True, False),
    (1.0, 1, True, False),
    (-1.0, 1, True, True),
    (1.0, 3, False, False),
)


class Step(NamedTuple):
    """A call.

    Args:
        sign: of the tensor ``x``.
        n: a number.
        flag: a truth value.
        shared: whether ``y`` is ``x``, and the list in the dict the list beside it.
        shape: of the tensors.
        dtype: of the tensors.
        keep: whether the arguments are those of the call before.
        changes: code that runs first, in each run by itself.
        all: code that runs first, once for all.
    """

    sign: float
    n: Any
    flag: bool
    shared: bool
    shape: Tuple[int, ...] = (3,)
    dtype: str = "float32"
    keep: bool = False
    changes: Tuple[str, ...] = ()
    all: Tuple[str, ...] = ()


def schedule(seed: int) -> List[Step]:
    """The calls of a program."""
    choose = random.Random(f"calls {seed}")
    if choose.random() < 0.3:
        return [Step(*one) for one in PLAIN]
    steps: List[Step] = []
    varied = choose.random() < 0.5
    for number in range(choose.choice((3, 4, 5))):
        step = Step(
            choose.choice((1.0, 1.0, -1.0, 3.0)),
            choose.choice((1, 1, 1, 2, 3, 3, 0, -1, 2.5, True, 7)),
            choose.random() < 0.6,
            choose.random() < 0.3,
            choose.choice(((3,), (3,), (3,), (4,), (5,), (2, 3), (1,))) if varied else (3,),
            choose.choice(("float32", "float32", "float32", "float64", "int64")),
        )
        if number and choose.random() < 0.4:
            step = steps[-1]._replace(n=step.n, flag=step.flag, all=())
            step = step._replace(keep=choose.random() < 0.7)
        elif not varied:
            step = step._replace(dtype="float32")
        changes = [choose.choice(CHANGES) for _ in range(choose.choice((0, 0, 1, 2)))]
        shared = [choose.choice(SHARED)] if number and choose.random() < 0.15 else []
        steps.append(step._replace(changes=tuple(changes), all=tuple(shared)))
    return steps


class World:
    """What one of the runs has: its arguments, and its globals, which are put in for a call.

    Args:
        names: globals of the module, which the runs share.
    """

    def __init__(self, names: Dict[str, Any]) -> None:
        self.names = names
        self.arguments: Dict[str, Any] = {}
        self.state: Dict[str, Any] = {name: names[name] for name in STATE if name in names}
        self.state.update(TOTAL=0, LOG=[], SCALES={"a": 2, "b": 0.5})
        self.classes = {pair: getattr(names[pair[0]], pair[1]) for pair in CLASS_STATE}

    def prepare(self, step: Step) -> Tuple[Any, ...]:
        """Make what the step calls with, and put this run's globals in."""
        self.names.update(self.state)
        for (owner, name), value in self.classes.items():
            setattr(self.names[owner], name, value)
        if not step.keep or not self.arguments:
            self.arguments = arguments(self.names, step)
        self.arguments.update(n=step.n, flag=step.flag)
        for change in step.changes:
            here = {name: value for name, value in self.names.items() if name not in STATE}
            here.update(self.arguments)
            here.update((name, self.names[name]) for name in STATE)
            try:
                exec(change, here)
            except Exception:  # a key that is gone already
                continue
            self.arguments = {name: here[name] for name in self.arguments}
            self.names.update((name, here[name]) for name in STATE)
        return tuple(self.arguments.values())

    def left(self) -> List[Any]:
        """What the call left in this run's globals and classes."""
        self.state = {name: self.names[name] for name in STATE}
        self.classes = {pair: getattr(self.names[pair[0]], pair[1]) for pair in CLASS_STATE}
        return [self.state, list(self.classes.values())]


def arguments(names: Dict[str, Any], step: Step) -> Dict[str, Any]:
    """Arguments of a program, made anew.

    Args:
        names: of the module, for its classes.
        step: what they are like.
    """
    size = 1
    for extent in step.shape:
        size *= extent
    first = [0.5 * (i + 1) * step.sign for i in range(size)]
    second = [(1.0, -1.0, 2.0)[i % 3] for i in range(size)]
    x = paddle.to_tensor(first).reshape(step.shape).astype(step.dtype)
    y = x if step.shared else paddle.to_tensor(second).reshape(step.shape).astype(step.dtype)
    items: List[Any] = [1, x] if step.flag else [1]
    table = {"t": y, "l": items if step.shared else [2]}
    box = names["Child" if step.flag else "Box"](t=y * 2, n=2, items=items)
    return {
        "x": x, "y": y, "n": step.n, "flag": step.flag, "items": items, "table": table, "box": box,
    }  # fmt: skip
