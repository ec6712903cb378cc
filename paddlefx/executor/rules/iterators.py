"""Rules for the builtins and the ``itertools`` that make iterators out of iterables."""

from __future__ import annotations

import itertools
import operator
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from ..breaks import Kind
from ..iterators import combining, iteration, lazily, repeating
from ..iterators.over import (
    CallIterator,
    DataIterator,
    DequeIterator,
    DictIterator,
    SequenceIterator,
)
from ..values import (
    ConstantVariable,
    DequeVariable,
    DictVariable,
    ObjectVariable,
    SequenceVariable,
    Variable,
    ViewVariable,
)
from .rule import Rule

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["CLASSES", "FUNCTIONS", "iter_"]

_NONE = ConstantVariable(None)


def _takes_keywords(function: Any, args: List[Variable], kwargs: Dict[str, Variable]) -> bool:
    try:
        function(*[()] * len(args), **dict.fromkeys(kwargs, ()))
    except TypeError as error:
        return "takes no keyword arguments" not in str(error)
    return True


def _named(
    machine: Machine,
    function: Any,
    names: List[str],
    args: List[Variable],
    kwargs: Dict[str, Variable],
    required: int,
) -> List[Optional[Variable]]:
    """The arguments of a C function in order, ``None`` for those left out.

    Raises:
        ObservedException: TypeError, in the interpreter's own words.
    """
    bound: List[Optional[Variable]] = [None] * len(names)
    fits = len(args) <= len(names) and set(kwargs) <= set(names[len(args) :])
    if fits and kwargs:
        fits = _takes_keywords(function, args, kwargs)
    if fits:
        bound[: len(args)] = args
        for name, value in kwargs.items():
            bound[names.index(name)] = value
        fits = all(value is not None for value in bound[:required])
    if not fits:
        try:
            function(*[()] * len(args), **dict.fromkeys(kwargs, ()))
        except TypeError as error:
            machine.raise_observed(error)
        machine.break_graph(Kind.CALL, f"a call of {function.__name__}() with these arguments")
    return bound


def _number(machine: Machine, value: Variable, what: str) -> int:
    try:
        return operator.index(value.as_constant())
    except TypeError:
        return machine.break_graph(Kind.CALL, f"{what} that isn't an integer")


def iter_(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``iter(iterable)``, ``iter(function, sentinel)``."""
    if len(args) == 2 and not kwargs:
        return CallIterator(args[0], args[1])
    if len(args) != 1 or kwargs:
        return machine.break_graph(Kind.CALL, "a call of iter() with these arguments")
    return iteration.iterate(machine, args[0])


def _zip(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    strict = False
    if kwargs:
        _refuse(machine, zip, kwargs, "strict")
        strict = bool(kwargs["strict"].as_constant())
    return lazily.ZipIterator([iteration.iterate(machine, item) for item in args], strict)


def _refuse(machine: Machine, function: Any, kwargs: Dict[str, Variable], *names: str) -> None:
    """Let the interpreter refuse keywords that it doesn't know."""
    try:
        function(**dict.fromkeys(kwargs, 0))
    except TypeError as error:
        if "keyword" in str(error):
            machine.raise_observed(error)
    if not set(kwargs) <= set(names):
        machine.break_graph(Kind.CALL, f"a call of {function.__name__}() with these arguments")


def _enumerate(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    over, start = _named(machine, enumerate, ["iterable", "start"], args, kwargs, 1)
    assert over is not None
    index = 0 if start is None else _number(machine, start, "a start of enumerate()")
    return lazily.EnumerateIterator(iteration.iterate(machine, over), index)


def _reversed(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    (value,) = _named(machine, reversed, ["sequence"], args, kwargs, 1)
    assert value is not None
    if isinstance(value, SequenceVariable):
        return SequenceIterator(value, backwards=True)
    if isinstance(value, DequeVariable):
        return DequeIterator(value, backwards=True)
    if isinstance(value, ConstantVariable):
        try:
            reversed(value.value)
        except TypeError as error:
            machine.raise_observed(error)
        return DataIterator(value.value, backwards=True, of=value)
    if isinstance(value, (DictVariable, ViewVariable)):
        table = value if isinstance(value, DictVariable) else value.over
        kind = "keys" if isinstance(value, DictVariable) else value.kind
        keys = iteration.all_keys(machine, table)
        return DictIterator(machine, table, keys[::-1], kind, backwards=True)
    if isinstance(value, ObjectVariable):
        from ..objects.attributes import special_method

        method = special_method(machine, value, "__reversed__")
        if method is not None:
            return machine.call(method, [], {})
    cls: Any = value.python_type()
    if not hasattr(cls, "__reversed__") and not hasattr(cls, "__getitem__"):
        machine.raise_observed(TypeError(f"{cls.__name__!r} object is not reversible"), worded=True)
    return machine.break_graph(Kind.CALL, f"reversed() of a {cls.__name__}")


def _map(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    if len(args) < 2 or kwargs:
        return machine.break_graph(Kind.CALL, "a call of map() with these arguments")
    return lazily.MapIterator(args[0], [iteration.iterate(machine, item) for item in args[1:]])


def _filter(keep: bool, cls: Any) -> Rule:
    def rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
        function, over = _named(machine, cls, ["function", "iterable"], args, kwargs, 2)
        assert function is not None and over is not None
        return lazily.FilterIterator(function, iteration.iterate(machine, over), keep, cls)

    return rule


# -- itertools


def _chain(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    return combining.ChainIterator(SequenceIterator(SequenceVariable(args, tuple)))


def from_iterable(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``itertools.chain.from_iterable(iterable)``."""
    (over,) = _named(machine, itertools.chain.from_iterable, ["iterable"], args, kwargs, 1)
    assert over is not None
    return combining.ChainIterator(iteration.iterate(machine, over))


def _islice(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    if kwargs or not 2 <= len(args) <= 4:
        return machine.break_graph(Kind.CALL, "a call of islice() with these arguments")
    known = [item.as_constant() for item in args[1:]]
    try:
        itertools.islice((), *known)
    except (TypeError, ValueError) as error:
        machine.raise_observed(error)
    bounds = slice(*known)
    return combining.SliceIterator(
        iteration.iterate(machine, args[0]),
        0 if bounds.start is None else operator.index(bounds.start),
        None if bounds.stop is None else operator.index(bounds.stop),
        1 if bounds.step is None else operator.index(bounds.step),
    )


def _accumulate(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    positional = ["iterable", "func"]
    given = dict(kwargs)
    initial = given.pop("initial", None)
    over, function = _named(machine, itertools.accumulate, positional, args, given, 1)
    assert over is not None
    return combining.AccumulateIterator(
        iteration.iterate(machine, over), _unless_none(function), _unless_none(initial)
    )


def _unless_none(value: Optional[Variable]) -> Optional[Variable]:
    return None if isinstance(value, ConstantVariable) and value.value is None else value


def _of_function(family: Callable[[Variable, Variable], Variable], cls: Any) -> Rule:
    def rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
        function, over = _named(machine, cls, ["function", "iterable"], args, kwargs, 2)
        assert function is not None and over is not None
        return family(function, iteration.iterate(machine, over))

    return rule


def _zip_longest(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    if not set(kwargs) <= {"fillvalue"}:
        return machine.break_graph(Kind.CALL, "a call of zip_longest() with these arguments")
    columns = [iteration.iterate(machine, item) for item in args]
    return combining.LongestZipIterator(columns, kwargs.get("fillvalue", _NONE))


def _pairwise(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    (over,) = _named(machine, vars(itertools)["pairwise"], ["iterable"], args, kwargs, 1)
    assert over is not None
    return combining.PairwiseIterator(iteration.iterate(machine, over))


def _compress(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    names = ["data", "selectors"]
    data, selectors = _named(machine, itertools.compress, names, args, kwargs, 2)
    assert data is not None and selectors is not None
    first = iteration.iterate(machine, data)
    return combining.CompressIterator(first, iteration.iterate(machine, selectors))


def _batched(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    batched = vars(itertools)["batched"]
    given = dict(kwargs)
    strict = given.pop("strict", None)
    over, size = _named(machine, batched, ["iterable", "n"], args, given, 2)
    assert over is not None and size is not None
    count = _number(machine, size, "a size of batched()")
    if count < 1:
        machine.raise_observed(ValueError("n must be at least one"), worded=True)
    if strict is not None:
        _refuse(machine, batched, {"strict": strict}, "strict")
    known = strict is not None and bool(strict.as_constant())
    return combining.BatchedIterator(iteration.iterate(machine, over), count, known)


def _count(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    start, stride = _named(machine, itertools.count, ["start", "step"], args, kwargs, 0)
    first = start or ConstantVariable(0)
    step = stride or ConstantVariable(1)
    if not isinstance(first, ConstantVariable) or not isinstance(step, ConstantVariable):
        return machine.break_graph(Kind.CALL, "itertools.count() of values that aren't numbers")
    try:
        itertools.count(first.value, step.value)
    except TypeError as error:
        machine.raise_observed(error)
    return repeating.CountIterator(first, step)


def _repeat(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    value, times = _named(machine, itertools.repeat, ["object", "times"], args, kwargs, 1)
    assert value is not None
    left = None if times is None else max(_number(machine, times, "a count of repeat()"), 0)
    return repeating.RepeatIterator(value, left)


def _cycle(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    (over,) = _named(machine, itertools.cycle, ["iterable"], args, kwargs, 1)
    assert over is not None
    return repeating.CycleIterator(iteration.iterate(machine, over))


def _product(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    if not set(kwargs) <= {"repeat"}:
        return machine.break_graph(Kind.CALL, "a call of product() with these arguments")
    size = _number(machine, kwargs["repeat"], "a count of product()") if kwargs else 1
    if size < 0:
        machine.raise_observed(ValueError("repeat argument cannot be negative"), worded=True)
    pools = [iteration.unpacked(machine, item) for item in args]
    return repeating.ArrangementIterator(itertools.product, pools, size)


def _arrangement(cls: Any) -> Rule:
    required = 1 if cls is itertools.permutations else 2

    def rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
        over, size = _named(machine, cls, ["iterable", "r"], args, kwargs, required)
        assert over is not None
        length = None if size is None else size.as_constant()
        if length is not None or required == 2:
            try:
                cls((), length)
            except (TypeError, ValueError) as error:
                machine.raise_observed(error)
        pool = iteration.unpacked(machine, over)
        return repeating.ArrangementIterator(
            cls, [pool], len(pool) if length is None else operator.index(length)
        )

    return rule


def _tee(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    if kwargs or not 1 <= len(args) <= 2:
        return machine.break_graph(Kind.CALL, "a call of tee() with these arguments")
    count = _number(machine, args[1], "a count of tee()") if len(args) > 1 else 2
    if count < 0:
        machine.raise_observed(ValueError("n must be >= 0"), worded=True)
    if count == 0:
        return SequenceVariable([], tuple)
    over = iteration.iterate(machine, args[0])
    made: List[Variable] = []
    if isinstance(over, repeating.TeeIterator):
        # A tee of a tee is itself and copies of it.
        source, position = over.of, over.position
        made.append(over)
    else:
        source, position = repeating.TeeSource(over), 0
    while len(made) < count:
        made.append(repeating.TeeIterator(source, position))
    return SequenceVariable(made, tuple)


def _groupby(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    over, key = _named(machine, itertools.groupby, ["iterable", "key"], args, kwargs, 1)
    assert over is not None
    return repeating.GroupByIterator(iteration.iterate(machine, over), _unless_none(key))


FUNCTIONS: Dict[Any, Rule] = {
    iter: iter_,
    itertools.tee: _tee,
    itertools.chain.from_iterable: from_iterable,
}

CLASSES: Dict[Any, Rule] = {
    zip: _zip,
    enumerate: _enumerate,
    reversed: _reversed,
    map: _map,
    filter: _filter(True, filter),
    itertools.filterfalse: _filter(False, itertools.filterfalse),
    itertools.chain: _chain,
    itertools.islice: _islice,
    itertools.accumulate: _accumulate,
    itertools.starmap: _of_function(combining.StarMapIterator, itertools.starmap),
    itertools.takewhile: _of_function(combining.TakeWhileIterator, itertools.takewhile),
    itertools.dropwhile: _of_function(combining.DropWhileIterator, itertools.dropwhile),
    itertools.zip_longest: _zip_longest,
    itertools.compress: _compress,
    itertools.count: _count,
    itertools.repeat: _repeat,
    itertools.cycle: _cycle,
    itertools.product: _product,
    itertools.permutations: _arrangement(itertools.permutations),
    itertools.combinations: _arrangement(itertools.combinations),
    itertools.combinations_with_replacement: _arrangement(itertools.combinations_with_replacement),
    itertools.groupby: _groupby,
    **{
        vars(itertools)[name]: rule
        for name, rule in {"pairwise": _pairwise, "batched": _batched}.items()
        if name in vars(itertools)
    },
}
