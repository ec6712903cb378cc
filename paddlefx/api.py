"""The public functions."""

from __future__ import annotations

import functools
import io
import types
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence

from . import _C, compiler, frameworks, optimized_layer, statistics, translate
from .executor import BreakReason
from .guards import GuardText
from .translate import DISABLED, Options, Record, Translator

__all__ = ["Explanation", "disable", "explain", "optimize", "reset", "stats"]


def optimize(
    fn_or_layer: Any = None,
    *,
    backend: Any = None,
    full_graph: bool = False,
    dynamic: Optional[bool] = None,
) -> Any:
    """Compile a function, method or layer as it is called.

    The result is called as the original is, and gives what the original gives. The
    first call with arguments of a kind captures and compiles; later ones find the
    compiled code by guards. What can't be captured runs as plain Python.

    Args:
        fn_or_layer: a function, a bound method, a ``functools.partial``, or a
            ``paddle.nn.Layer``, which stays the layer it is. Without it, a decorator.
        backend: the name of a registered compiler (``"auto"`` when ``None``), a
            :class:`~paddlefx.compiler.Compiler`, or a callable
            ``(graph_layer, example_inputs) -> callable``.
        full_graph: a graph break is an error.
        dynamic: ``None``: a size, int or float that comes with a second value becomes an input
            of the compiled code; ``True``: those of arguments are inputs from the first call on;
            ``False``: each new value is compiled for. The backend has to take them
            (:attr:`~paddlefx.compiler.Compiler.takes_numbers`), else it is as with ``False``.

    Returns:
        An optimised callable with ``__wrapped__``; for a layer an optimised layer that
        shares all state with it.

    Raises:
        TypeError: it can't be optimised.
        CompilerNotFoundError: no backend of this name.
        GraphBreakError: when called, with ``full_graph``: where, why and a way out.
    """
    if fn_or_layer is None:
        return functools.partial(optimize, backend=backend, full_graph=full_graph, dynamic=dynamic)
    options = Options(compiler.get(backend), full_graph, dynamic=dynamic)
    return _optimized(fn_or_layer, options, Translator(options))


def _optimized(target: Any, options: Options, translator: Translator) -> Any:
    if isinstance(target, _C.Dispatcher):
        return _optimized(translate.unwrap(target), options, translator)
    if isinstance(target, types.FunctionType):
        return _C.Dispatcher(target, translator)
    if isinstance(target, types.MethodType):
        function = translate.unwrap(target.__func__)
        if isinstance(function, types.FunctionType):
            return types.MethodType(_C.Dispatcher(function, translator), target.__self__)
    if isinstance(target, functools.partial):
        inner = _optimized(target.func, options, translator)
        return functools.partial(inner, *target.args, **target.keywords)
    if isinstance(target, (staticmethod, classmethod)):
        return type(target)(_optimized(target.__func__, options, translator))
    if not isinstance(target, type) and callable(target):
        framework = frameworks.active()
        if framework.is_layer(target):
            plain = optimized_layer.plain_layer(target)
            return optimized_layer.optimized_layer(
                plain, functools.partial(_call_of, translator), _Again(options)
            )
        call = getattr(type(target), "__call__", None)  # noqa: B004 - the function, not whether
        if isinstance(call, types.FunctionType):
            return _C.Dispatcher(call, translator, instance=target)
    raise TypeError(
        "optimize() takes a function, a method or a layer, "
        f"not {type(target).__module__}.{type(target).__qualname__}"
    )


def _call_of(translator: Translator, layer: Any) -> Any:
    call = translate.unwrap(type(layer).__call__)
    return _C.Dispatcher(call, translator, instance=layer)


class _Again:
    """Optimises another layer alike; pickled by the backend's name."""

    def __init__(self, options: Options) -> None:
        self.options = options

    def __call__(self, layer: Any) -> Any:
        return _optimized(layer, self.options, Translator(self.options))

    def __reduce__(self) -> Any:
        options = self.options
        return _again, (options.compiler.name, options.full_graph, options.dynamic)


def _again(backend: str, full_graph: bool, dynamic: Optional[bool] = None) -> _Again:
    return _Again(Options(compiler.get(backend), full_graph, dynamic=dynamic))


class disable:
    """Run as plain Python: a decorator for a function, a context manager for a thread.

    ``@paddlefx.disable`` (or ``@paddlefx.disable()``) marks a function that is never
    captured, nor what it calls; a compiled caller breaks its graph around it.
    ``with paddlefx.disable():`` switches optimised callables off in this thread.
    """

    def __new__(cls, function: Optional[Callable[..., Any]] = None) -> Any:
        made = super().__new__(cls)
        return made if function is None else made(function)

    def __init__(self) -> None:
        self._previous: List[bool] = []

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        plain = translate.unwrap(function)
        if not callable(plain):
            raise TypeError(f"disable() takes a function, not {type(function).__qualname__}")

        @functools.wraps(plain)
        def disabled(*args: Any, **kwargs: Any) -> Any:
            previous = _C.set_enabled(False)
            try:
                return plain(*args, **kwargs)
            finally:
                _C.set_enabled(previous)

        setattr(disabled, DISABLED, True)
        return disabled

    def __enter__(self) -> None:
        self._previous.append(_C.set_enabled(False))

    def __exit__(self, *error: object) -> None:
        _C.set_enabled(self._previous.pop())


@dataclass
class Explanation:
    """What optimising a call did.

    Args:
        result: what the call gave.
        graphs: the captured graphs, as runnable layers.
        breaks: where and why the graph broke.
        fallbacks: frames that run as plain Python, and why.
        guards: the conditions under which the compiled code is used, in words.
        recompiles: why calls inside missed what had been compiled before.
        misses: given an optimised callable: why nothing compiled so far fits this call, one
            sentence for each compiled form; empty when one fits.
    """

    result: Any
    graphs: Sequence[Any]
    breaks: Sequence[BreakReason]
    fallbacks: Sequence[BreakReason]
    guards: Sequence[GuardText]
    recompiles: Sequence[str]
    misses: Sequence[str] = ()

    def __str__(self) -> str:
        text = io.StringIO()
        print(
            f"{len(self.graphs)} graphs, {len(self.breaks)} breaks, "
            f"{len(self.fallbacks)} fallbacks, {len(self.guards)} guards",
            file=text,
        )
        for number, layer in enumerate(self.graphs, 1):
            print(f"\ngraph {number}", file=text)
            layer.graph.print_tabular("plain", text)
            for note in layer.notes:
                print(f"  {note}", file=text)
        for title, reasons in (("breaks", self.breaks), ("fallbacks", self.fallbacks)):
            if reasons:
                print(f"\n{title}", file=text)
            for reason in reasons:
                print(f"  {reason}", file=text)
        print("\nguards", file=text)
        for guard in self.guards:
            print(f"  {guard}", file=text)
        for why in self.recompiles:
            print(f"  recompiled: {why}", file=text)
        for why in self.misses:
            print(f"  missed: {why}", file=text)
        return text.getvalue()


def explain(fn_or_layer: Any, *, backend: Any = None) -> Callable[..., Explanation]:
    """``explain(fn)(*args)`` runs ``fn`` once, captured afresh, and tells what happened.

    Args:
        fn_or_layer: what :func:`optimize` takes.
        backend: as for :func:`optimize`.

    Returns:
        A callable that takes the arguments and gives an :class:`Explanation`.
    """
    options = Options(compiler.get(backend))

    def explained(*args: Any, **kwargs: Any) -> Explanation:
        record = Record()
        misses = _misses(fn_or_layer, args, kwargs)
        target = _optimized(fn_or_layer, options, Translator(options, record))
        result = target(*args, **kwargs)
        return Explanation(
            result,
            record.graphs,
            record.breaks,
            record.fallbacks,
            record.guards,
            record.recompiles,
            misses,
        )

    return explained


def _misses(target: Any, args: Any, kwargs: Any) -> List[str]:
    """Why what an optimised callable has compiled doesn't fit a call."""
    if isinstance(target, types.MethodType):
        target, args = target.__func__, (target.__self__, *args)
    elif not isinstance(target, type) and not isinstance(target, _C.Dispatcher):
        target = getattr(type(target), "__call__", None)  # noqa: B004 - an optimised layer's
    if not isinstance(target, _C.Dispatcher):
        return []
    if target.instance is not None:
        args = (target.instance, *args)
    function = target.__wrapped__
    function = getattr(function, "__func__", function)
    return translate.explain_call(target.cache, function, args, kwargs)


def stats() -> Dict[str, int]:
    """Counters since the last :func:`reset`.

    ``translations``: frames captured; ``graphs``: compiled; ``nodes``: operations in
    them; ``graph_breaks``; ``fallbacks``: frames given up; ``cache_hits`` and
    ``cache_misses``: calls; ``recompiles``: translations of code compiled before;
    ``over_limit``: calls that fit nothing compiled, of code compiled too often already.
    """
    return statistics.read()


def reset() -> None:
    """Forget everything that was compiled, and set the counters to zero."""
    translate.forget()
    statistics.reset()
