"""Backends whose calls take a time that a test says, and graphs for them; no framework is needed."""

from __future__ import annotations

import operator
from typing import Any, Callable, Dict, List

from paddlefx.compiler import Compiler, registry
from paddlefx.graph import Graph, GraphLayer
from paddlefx.graph.effects import Effects
from paddlefx.tensor_meta import TensorMeta


class Clock:
    """Time that passes only while something computes."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now

    process_time = perf_counter


class Costing(Compiler):
    """Gives what eager gives, and takes its time."""

    takes_numbers = True

    def __init__(self, clock: Clock, name: str, seconds: float) -> None:
        super().__init__()
        self.clock, self.name, self.seconds = clock, name, seconds
        self.compiled = self.calls = 0

    def compile(self, graph_layer: Any, example_inputs: Any) -> Any:
        self.compiled += 1

        def run(*inputs: Any) -> Any:
            self.calls += 1
            self.clock.now += self.seconds
            return graph_layer.forward(*inputs)

        return run


class Threads:
    """A framework that computes in two threads; these tests run without any."""

    def kernel_threads(self) -> int:
        return 2


class Differences:
    """Stands for the module, which needs a framework."""

    def difference(self, plain: Any, found: Any) -> str:
        return "" if plain == found else f"{found}, not {plain}"


class Calls:
    """A framework whose calls have one kind of effects."""

    def __init__(self, **effects: Any) -> None:
        self.told = Effects(**effects)

    def effects(self, node: Any) -> Effects:
        return self.told


class Layer(GraphLayer):
    operations: Any = Calls()


def layer(clock: Clock, size: int = 1 << 20, trains: bool = False) -> GraphLayer:
    def add(one: Any, two: Any) -> Any:
        clock.now += 0.1
        return operator.add(one, two)

    graph = Graph()
    x = graph.placeholder("x")
    x.meta["tensor_meta"] = TensorMeta((size,), "float32", True)
    total = graph.call_function(add, (x, x))
    total.meta["tensor_meta"] = TensorMeta((size,), "float32", not trains)
    graph.output((total,))
    return Layer(graph)


def backends(clock: Clock, **seconds: float) -> Dict[str, Costing]:
    made = {name: Costing(clock, name, each - 0.1) for name, each in seconds.items()}
    for name, compiler in made.items():
        registry.register(name)(lambda *_, compiler=compiler: compiler)
        registry._registered[name] = compiler
    return made


def called(run: Callable[..., Any], times: int) -> List[Any]:
    return [run(2) for _ in range(times)]
