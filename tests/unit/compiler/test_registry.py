"""Choosing a backend, and what the eager one makes."""

from __future__ import annotations

import gc
import linecache
import operator
import subprocess
import sys
import traceback
import weakref
from typing import Any, Iterator

import pytest

from paddlefx import compiler
from paddlefx.compiler import Compiler, registry
from paddlefx.errors import CompilerNotFoundError
from paddlefx.graph import Graph, GraphLayer


@pytest.fixture(autouse=True)
def _clean_registry() -> Iterator[None]:
    registered, instances = dict(registry._registered), dict(registry._instances)
    yield
    registry._registered.clear()
    registry._registered.update(registered)
    registry._instances.clear()
    registry._instances.update(instances)


def layer(function: Any = operator.add) -> GraphLayer:
    graph = Graph()
    x, y = graph.placeholder("x"), graph.placeholder("y")
    graph.output((graph.call_function(function, (x, y)),))
    return GraphLayer(graph)


def test_auto_is_the_default() -> None:
    assert compiler.get(None) is compiler.get("auto")
    assert compiler.get("eager").name == "eager"
    assert compiler.get("eager").compile(layer(), [])(1, 2) == (3,)


def test_unknown_name() -> None:
    with pytest.raises(CompilerNotFoundError) as info:
        compiler.get("nonesuch")
    assert "nonesuch" in str(info.value)
    assert "eager" in str(info.value.hint)


def test_register_class_and_function() -> None:
    @compiler.register("mine")
    class Mine(Compiler):
        name = "mine"

        def compile(self, graph_layer: Any, example_inputs: Any) -> Any:
            return graph_layer.forward

    @compiler.register("function")
    def function(graph_layer: Any, example_inputs: Any) -> Any:
        return lambda *inputs: ("called", *graph_layer(*inputs))

    assert isinstance(compiler.get("mine"), Mine)
    assert compiler.get("mine") is compiler.get("mine")
    assert compiler.get("function").compile(layer(), [])(1, 2) == ("called", 3)
    assert {"eager", "mine", "function"} <= set(compiler.known())


def test_compiler_class_instance_and_callable() -> None:
    class Mine(Compiler):
        name = "mine"

        def compile(self, graph_layer: Any, example_inputs: Any) -> Any:
            return graph_layer.forward

    mine = Mine()
    assert compiler.get(mine) is mine
    assert isinstance(compiler.get(Mine), Mine)
    assert compiler.get(lambda graph_layer, inputs: graph_layer).compile(layer(), [])(2, 3) == (5,)
    assert repr(mine) == "<compiler mine>"


def test_what_isnt_a_backend() -> None:
    with pytest.raises(TypeError, match="a backend is a name"):
        compiler.get(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not a callable"):
        compiler.get(lambda graph_layer, inputs: None).compile(layer(), [])
    with pytest.raises(ValueError, match="needs a name"):
        compiler.register("")


def test_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    row = registry.BuiltIn(".no_such_module", "TPUCompiler", "for a TPU", "tpu", ("tpu",))
    monkeypatch.setitem(registry._BUILT_IN, "tpu", row)
    with pytest.raises(CompilerNotFoundError) as info:
        compiler.get("tpu")
    assert info.value.hint == "pip install paddlefx[tpu]"


def test_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        name = "plugin"
        value = "package:compile"

        def load(self) -> Any:
            return lambda graph_layer, inputs: graph_layer.forward

    monkeypatch.setattr(registry, "_entry_points", lambda: {"plugin": Point()})
    assert compiler.get("plugin").compile(layer(), [])(1, 1) == (2,)
    assert "plugin" in compiler.known()


def test_backends_arent_imported_before_use() -> None:
    program = (
        "import sys, paddlefx.compiler as c; assert 'paddlefx.compiler.eager' not in sys.modules;"
        "c.get('eager'); assert 'paddlefx.compiler.eager' in sys.modules;"
        "assert 'paddle' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_traceback_shows_the_generated_line() -> None:
    compiled = compiler.get("eager").compile(layer(operator.truediv), [])
    with pytest.raises(ZeroDivisionError) as info:
        compiled(1, 0)
    text = "".join(traceback.format_tb(info.value.__traceback__))
    assert "truediv = x / y" in text


def test_compiled_graph_leaves_nothing_behind() -> None:
    compiled = compiler.get("eager").compile(layer(), [])
    filename = compiled.__code__.co_filename
    reference = weakref.ref(compiled)
    assert filename in linecache.cache
    del compiled
    gc.collect()
    assert reference() is None
    assert filename not in linecache.cache


def test_what_a_backend_needs_is_looked_for_without_importing_it() -> None:
    registry._BUILT_IN["odd"] = registry.BuiltIn(".odd", "Odd", "", "odd", ("no-such-package",))
    try:
        assert not registry.is_here("odd")
        assert registry.is_here("eager")
        compiler.register("odd")(lambda *_: None)
        assert registry.is_here("odd")  # who registers it has what it needs
    finally:
        del registry._BUILT_IN["odd"]
