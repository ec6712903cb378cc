"""How ``auto`` runs small graphs; the clock is the test's."""

from __future__ import annotations

import gc
import linecache
import threading
import traceback
import weakref
from typing import Any, List

import pytest

from paddlefx.compiler import auto, registry
from paddlefx.compiler.choice import Candidate
from paddlefx.compiler.small_graphs import _COLD, _GLANCE
from paddlefx.errors import CompileError
from paddlefx.graph import Graph
from tests.support.costing import Calls, Clock, Layer, backends, called, layer

#: Eager calls of 0.1 s after which what takes 2.05 s to compile is compiled.
WAITING = _COLD + 20


def chooser(*names: str) -> auto.AutoCompiler:
    compiler = auto.AutoCompiler()
    compiler.candidates = tuple([Candidate(name, None, (9, 9), (1.0, 1.05)) for name in names])
    return compiler


def test_it_is_eager_until_compiling_can_pay(clock: Clock) -> None:
    made = backends(clock, slow=0.2, fast=0.02)
    graph_layer = layer(clock, size=8)
    run = chooser(*made)(graph_layer, [])
    assert called(run, WAITING + 1) == [(4,)] * (WAITING + 1)
    assert made["slow"].compiled == made["fast"].compiled == 0
    spent = _COLD + 20 + 1 + _GLANCE[0] * _GLANCE[1]
    assert clock.now == pytest.approx(0.1 * spent)
    assert called(run, 1) == [(4,)]
    assert made["slow"].compiled == made["fast"].compiled == 1
    assert graph_layer.notes == (
        "auto: eager, until it has run as long as compiling takes; then what is fastest",
        "auto: fast; eager 100 ms, slow 200 ms, fast 20 ms",
    )
    calls = made["fast"].calls
    assert called(run, 10) == [(4,)] * 10
    assert made["fast"].calls == calls + 10


def test_nothing_stands_around_what_stays_eager(clock: Clock) -> None:
    made = backends(clock, slow=0.2)
    graph_layer = layer(clock, size=8)
    run = chooser(*made)(graph_layer, [])
    called(run, WAITING + 2)
    assert graph_layer.notes[-1] == "auto: eager; eager 100 ms, slow 200 ms"
    plain = auto.replayed(graph_layer)
    assert run.__code__.co_code == plain.__code__.co_code
    assert run.__code__.co_names == plain.__code__.co_names
    assert called(run, 3) == [(4,)] * 3


def test_a_graph_alike_waits_as_long_and_measures_nothing(clock: Clock) -> None:
    made = backends(clock, slow=0.2, fast=0.02)
    compiler = chooser(*made)
    called(compiler(layer(clock, size=8), []), WAITING + 2)
    run = compiler(layer(clock, size=8), [])
    calls = made["fast"].calls
    called(run, WAITING + 1)
    assert made["fast"].calls == calls
    called(run, 2)
    assert (made["slow"].compiled, made["fast"].compiled) == (1, 2)
    assert made["fast"].calls == calls + 1


def test_what_gives_something_else_is_given_up(clock: Clock) -> None:
    made = backends(clock, fast=0.02)
    made["fast"].compile = lambda *_: lambda x: (x + 3,)  # type: ignore[method-assign]
    graph_layer = layer(clock, size=8)
    run = chooser(*made)(graph_layer, [])
    assert called(run, WAITING + 9) == [(4,)] * (WAITING + 9)
    assert graph_layer.notes[-1] == "auto: eager; eager 100 ms, fast gives (5,), not (4,)"


def test_what_can_not_be_made_or_called_is_passed_over(clock: Clock) -> None:
    made = backends(clock, slow=0.02, fast=0.02)

    def refuse(*given: Any) -> Any:
        raise CompileError("not this one")

    def fail(*inputs: Any) -> Any:
        raise RuntimeError("no such instruction")

    made["slow"].compile = refuse  # type: ignore[method-assign]
    made["fast"].compile = lambda *_: fail  # type: ignore[method-assign]
    graph_layer = layer(clock, size=8)
    run = chooser("no such", *made)(graph_layer, [])
    assert called(run, WAITING + 9) == [(4,)] * (WAITING + 9)
    assert graph_layer.notes[-1] == (
        "auto: eager; eager 100 ms, slow can't: not this one, "
        "fast failed: RuntimeError: no such instruction"
    )
    alone = layer(clock, size=9)
    called(chooser("no such")(alone, []), WAITING + 9)
    assert alone.notes[-1].endswith("no other backend that is installed takes this graph")


def test_an_interrupted_compilation_is_passed_over(clock: Clock) -> None:
    made = backends(clock, slow=0.03, fast=0.02)

    def interrupted(*given: Any) -> Any:
        raise KeyboardInterrupt

    made["slow"].compile = interrupted  # type: ignore[method-assign]
    run = chooser(*made)(layer(clock, size=8), [])
    called(run, WAITING + 1)
    with pytest.raises(KeyboardInterrupt):
        called(run, 1)
    assert called(run, 5) == [(4,)] * 5
    assert made["fast"].calls > 4


def test_an_error_of_the_graph_is_the_users_and_shows_its_line(clock: Clock) -> None:
    made = backends(clock, slow=0.2)
    graph_layer = layer(clock, size=8)
    run = chooser(*made)(graph_layer, [])
    for calls in (_COLD, 20, 1):  # While it waits, is timed, and tries; afterwards below.
        with pytest.raises(TypeError) as info:
            run(object())
        shown = [frame.line for frame in traceback.extract_tb(info.tb)]
        assert any(str(line).endswith("(x, x)") for line in shown), shown
        called(run, calls)
    with pytest.raises(TypeError):
        run(object())
    assert called(run, 5) == [(4,)] * 5


def test_graphs_with_gradients_or_effects_stay_eager(clock: Clock) -> None:
    made = backends(clock, fast=0.02)
    for effects in ({"random": True}, {"writes": ("x",)}, {"state": True}, {"opaque": True}):
        graph_layer = layer(clock, size=8)
        graph_layer.__dict__["operations"] = Calls(**effects)
        called(chooser(*made)(graph_layer, []), 3)
        assert graph_layer.notes == ("auto: eager, a graph of 16 elements is too small to gain",)
    trains = layer(clock, size=8, trains=True)
    called(chooser(*made)(trains, []), 3)
    assert "too small" in trains.notes[0]


def test_backends_that_are_not_here_are_not_waited_for(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_is_found", lambda package: package != "llvmlite")
    graph_layer = layer(clock, size=8)
    auto.AutoCompiler()(graph_layer, [])
    assert "too small" in graph_layer.notes[0]
    assert not registry.is_here("llvm")
    assert registry.is_here("static")


def test_it_goes_when_it_is_dropped(clock: Clock) -> None:
    made = backends(clock, slow=0.2, fast=0.02)
    for calls in (1, WAITING + 1, WAITING + 5):
        run = chooser(*made)(layer(clock, size=8), [])
        called(run, calls)
        gone = weakref.ref(run)
        gc.disable()
        try:
            del run
            assert gone() is None
        finally:
            gc.enable()


def test_a_cleared_line_cache_changes_nothing(clock: Clock) -> None:
    made = backends(clock, fast=0.02)
    run = chooser(*made)(layer(clock, size=8), [])
    linecache.clearcache()
    assert called(run, WAITING + 9) == [(4,)] * (WAITING + 9)
    assert made["fast"].calls > 6


def test_other_threads_run_eagerly_while_one_looks(clock: Clock) -> None:
    made = backends(clock, fast=0.02)
    compile = made["fast"].compile
    entered, leave = threading.Event(), threading.Event()

    def slowly(graph_layer: Any, example_inputs: Any) -> Any:
        entered.set()
        assert leave.wait(10)
        return compile(graph_layer, example_inputs)

    made["fast"].compile = slowly  # type: ignore[method-assign]
    run = chooser(*made)(layer(clock, size=8), [])
    called(run, WAITING + 1)
    found: List[Any] = []
    looking = threading.Thread(target=lambda: found.append(run(2)))
    looking.start()
    assert entered.wait(10)
    assert called(run, 5) == [(4,)] * 5
    assert made["fast"].compiled == 0
    leave.set()
    looking.join()
    assert found == [(4,)]
    assert made["fast"].compiled == 1


def test_any_parameter_names_do(clock: Clock) -> None:
    made = backends(clock, fast=0.02)
    graph = Graph()
    names = ("due", "ticks", "run", "tick")
    inputs = [graph.placeholder(name) for name in names]

    def total(*given: Any) -> Any:
        clock.now += 0.1
        return sum(given)

    graph.output((graph.call_function(total, tuple(inputs)),))
    run = chooser(*made)(Layer(graph), [])
    assert [run(1, 2, 3, 4) for _ in range(WAITING + 9)] == [(10,)] * (WAITING + 9)
    assert made["fast"].calls > 6
