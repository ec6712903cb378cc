"""How ``auto`` comes to its choice; the clock is the test's."""

from __future__ import annotations

import sys
from typing import Any, List

import pytest

from paddlefx.compiler import Compiler, auto, registry
from paddlefx.compiler.choice import Candidate
from paddlefx.errors import CompileError
from tests.support.costing import Calls, Clock, backends, called, layer


class Refusing(Compiler):
    name = "refusing"

    def compile(self, graph_layer: Any, example_inputs: Any) -> Any:
        raise CompileError("not this one")


def test_the_fastest_is_chosen_and_told(clock: Clock) -> None:
    made = backends(clock, slow=0.2, faster=0.1 - 0.08, fast=0.1 - 0.05)
    graph_layer = layer(clock)
    run = auto.AutoCompiler(candidates=list(made))(graph_layer, [])
    assert called(run, 40) == [(4,)] * 40
    assert {name: one.compiled for name, one in made.items()} == dict(slow=1, faster=1, fast=1)
    # One that warms up and four timed, in turns with the fastest so far.
    assert made["slow"].calls == made["fast"].calls == 5
    assert made["faster"].calls == 40 - 2 - 10 - 5 - 5
    assert "auto: faster; eager 100 ms, slow 200 ms, faster 20 ms, fast 50 ms" in graph_layer.notes


def test_eager_stays_where_nothing_gains(clock: Clock) -> None:
    made = backends(clock, slow=0.2, fast=0.1 * 0.96)
    graph_layer = layer(clock)
    run = auto.AutoCompiler(candidates=list(made))(graph_layer, [])
    called(run, 30)
    assert made["slow"].calls == made["fast"].calls == 5
    assert graph_layer.notes[-1].startswith("auto: eager;")


def test_compiling_waits_until_it_can_pay(clock: Clock) -> None:
    (fast,) = backends(clock, fast=0.02).values()
    compiler = auto.AutoCompiler(candidates=["fast"])
    compiler.candidates = (Candidate("fast", None, (0.0, 1.0)),)  # a second to compile
    run = compiler(layer(clock), [])
    called(run, 9)
    assert fast.compiled == 0
    called(run, 3)
    assert fast.compiled == 1


def test_a_small_graph_is_its_eager_form(clock: Clock) -> None:
    made = backends(clock, fast=0.02)
    graph_layer = layer(clock, size=8)
    run = auto.AutoCompiler(candidates=list(made))(graph_layer, [])
    called(run, 30)
    assert made["fast"].compiled == 0
    assert "too small" in graph_layer.notes[0]
    assert run.__code__.co_filename.startswith("<paddlefx graph")  # nothing around it


def test_what_was_measured_is_remembered(clock: Clock) -> None:
    made = backends(clock, slow=0.2, fast=0.02)
    compiler = auto.AutoCompiler(candidates=list(made))
    called(compiler(layer(clock), []), 30)
    again = layer(clock)
    called(compiler(again, []), 5)
    # It waits for as long, and then there is nothing to measure.
    assert (made["slow"].compiled, made["fast"].compiled) == (1, 2)
    assert made["fast"].calls == 5 - 2 + 30 - 2 - 10 - 5
    assert "measured on a graph like this" in again.notes[0]
    other = layer(clock, size=1 << 21)
    called(compiler(other, []), 20)
    assert made["slow"].compiled == 2


def test_what_can_not_compile_is_passed_over(clock: Clock) -> None:
    made = backends(clock, fast=0.02)
    registry._registered["refusing"] = Refusing()
    graph_layer = layer(clock)
    run = auto.AutoCompiler(candidates=["no such", "refusing", "fast"])(graph_layer, [])
    called(run, 20)
    assert made["fast"].calls > 4
    assert "refusing can't: not this one" in graph_layer.notes[-1]


class Rehearsals:
    """Stands for the module: forms take what the test says, each with its backward pass."""

    def __init__(self, **seconds: float) -> None:
        self.seconds = seconds
        self.compared: List[bool] = []

    def Rehearsal(self, graph_layer: Any, inputs: Any, clock: Any) -> Any:
        return self

    def compare(self, compile: Any, trains: bool) -> List[float]:
        self.compared.append(trains)
        compiler = compile.__self__
        if not compiler.gives_gradients:
            raise CompileError("gives no gradients")
        return [0.3, self.seconds[compiler.name]]


@pytest.mark.parametrize("effects", [{"random": True}, {"writes": ("x",)}, {}])
def test_gradients_and_effects_are_rehearsed(
    clock: Clock, effects: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backends(clock, slow=0.05, fast=0.09, faster=0.02)
    made["faster"].gives_gradients = False
    rehearsals = Rehearsals(slow=0.4, fast=0.1)
    monkeypatch.setitem(sys.modules, "paddlefx.compiler.rehearsal", rehearsals)
    graph_layer = layer(clock, trains=not effects)
    graph_layer.__dict__["operations"] = Calls(**effects)
    run = auto.AutoCompiler(candidates=list(made))(graph_layer, [])
    assert called(run, 30) == [(4,)] * 30
    assert rehearsals.compared == [not effects] * 3
    assert made["fast"].calls == 30 - auto._REHEARSED
    assert made["slow"].calls == made["faster"].calls == 0
    assert graph_layer.notes[-1] == (
        "auto: fast; eager 300 ms, slow 400 ms, fast 100 ms, faster can't: gives no gradients"
    )


def test_what_gains_too_little_in_a_rehearsal_stays_eager(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backends(clock, fast=0.02)
    rehearsals = Rehearsals(fast=0.29)
    monkeypatch.setitem(sys.modules, "paddlefx.compiler.rehearsal", rehearsals)
    graph_layer = layer(clock, trains=True)
    called(auto.AutoCompiler(candidates=["fast"])(graph_layer, []), 30)
    assert made["fast"].calls == 0
    assert graph_layer.notes[-1] == "auto: eager; eager 300 ms, fast 290 ms"


def test_what_may_do_anything_stays_eager(clock: Clock) -> None:
    made = backends(clock, fast=0.02)
    graph_layer = layer(clock)
    graph_layer.__dict__["operations"] = Calls(opaque=True)
    called(auto.AutoCompiler(candidates=["fast"])(graph_layer, []), 30)
    assert made["fast"].compiled == 0
    assert graph_layer.notes == ("auto: eager, as it calls what may do anything",)


def test_nothing_is_loaded_before_it_can_pay(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    backends(clock, fast=0.02)
    loaded: List[str] = []
    get = registry.get
    monkeypatch.setattr(registry, "get", lambda name: loaded.append(name) or get(name))
    run = auto.AutoCompiler(candidates=["fast"])(layer(clock), [])
    assert not loaded
    called(run, 20)
    assert loaded == ["fast"]


def test_a_compiler_that_is_interrupted_is_passed_over(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backends(clock, slow=0.08, fast=0.02)
    compile = made["slow"].compile

    def interrupted(graph_layer: Any, example_inputs: Any) -> Any:
        monkeypatch.setattr(made["slow"], "compile", compile)
        raise KeyboardInterrupt

    monkeypatch.setattr(made["slow"], "compile", interrupted)
    run = auto.AutoCompiler(candidates=list(made))(layer(clock), [])
    with pytest.raises(KeyboardInterrupt):
        called(run, 30)
    assert called(run, 30) == [(4,)] * 30
    assert made["fast"].calls > 10


def test_a_candidate_that_fails_in_a_call_is_given_up(clock: Clock) -> None:
    made = backends(clock, fast=0.02)

    def compile(graph_layer: Any, example_inputs: Any) -> Any:
        def run(*inputs: Any) -> Any:
            raise RuntimeError("no such instruction")

        return run

    made["fast"].compile = compile  # type: ignore[method-assign]
    graph_layer = layer(clock)
    run = auto.AutoCompiler(candidates=["fast"])(graph_layer, [])
    assert called(run, 20) == [(4,)] * 20
    assert "fast failed: RuntimeError: no such instruction" in graph_layer.notes[-1]


def test_an_error_of_the_graph_itself_is_the_users(clock: Clock) -> None:
    made = backends(clock, fast=0.02)
    run = auto.AutoCompiler(candidates=list(made))(layer(clock), [])
    with pytest.raises(TypeError):
        run(object())
    assert called(run, 20) == [(4,)] * 20


def test_a_change_of_the_gradient_mode_is_no_effect(clock: Clock) -> None:
    made = backends(clock, fast=0.02)
    graph_layer = layer(clock)
    graph_layer.__dict__["operations"] = Calls(state=True)
    called(auto.AutoCompiler(candidates=["fast"])(graph_layer, []), 20)
    assert made["fast"].compiled == 1


def test_what_gives_something_else_is_given_up(clock: Clock) -> None:
    made = backends(clock, slow=0.05, fast=0.02)
    made["fast"].compile = lambda *_: lambda x: (x + 3,)  # type: ignore[method-assign]
    graph_layer = layer(clock)
    run = auto.AutoCompiler(candidates=list(made))(graph_layer, [])
    assert called(run, 40) == [(4,)] * 40
    assert graph_layer.notes[-1] == (
        "auto: slow; eager 100 ms, slow 50 ms, fast gives (5,), not (4,)"
    )
