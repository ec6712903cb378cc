"""A graph with the attributes it reads: something that runs."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

from .codegen import Call, PythonCode, write_python
from .effects import Operations
from .graph import Graph, GraphError
from .node import Node

__all__ = ["GraphLayer"]


class GraphLayer:
    """A runnable graph.

    A framework mixes its own layer class in
    (:meth:`paddlefx.frameworks.base.Framework.make_graph_layer`), so that a captured graph
    is also a real layer whose parameters are the user's own, by identity.

    Args:
        graph: what it runs.
        attributes: the parameters, buffers and other objects that ``get_attr`` nodes read.

    Raises:
        GraphError: the graph breaks a rule (:meth:`Graph.lint`).
    """

    def __init__(self, graph: Graph, attributes: Optional[Dict[str, Any]] = None) -> None:
        attributes = {} if attributes is None else dict(attributes)
        graph.lint(attributes)
        # Not through setattr: a framework's layer would take tensors for its own.
        self.__dict__["_paddlefx_state"] = _State(graph, attributes)

    @property
    def graph(self) -> Graph:
        """The graph; :meth:`recompile` after changing it."""
        graph: Graph = self.__dict__["_paddlefx_state"].graph
        return graph

    @property
    def attributes(self) -> Dict[str, Any]:
        """What ``get_attr`` nodes read, by target."""
        attributes: Dict[str, Any] = self.__dict__["_paddlefx_state"].attributes
        return attributes

    def add_attribute(self, name: str, value: Any) -> str:
        """Give the layer an attribute for ``get_attr`` nodes to read; its target.

        Args:
            name: a wish for the target; a number is added where it is taken.
            value: a tensor or another object.
        """
        target, number = name, 0
        while target in self.attributes:
            number += 1
            target = f"{name}_{number}"
        self.attributes[target] = value
        return target

    @property
    def python_code(self) -> PythonCode:
        """The source and the namespace that :meth:`forward` runs."""
        state: _State = self.__dict__["_paddlefx_state"]
        if state.code is None:
            state.code = state.graph.python_code(state.attributes)
        return state.code

    @property
    def code(self) -> str:
        """The graph as Python source."""
        return self.python_code.source

    def replay_code(self) -> PythonCode:
        """Like :attr:`python_code`, with the fastest call that a framework knows for each node."""
        return write_python(self.graph.nodes, self.attributes, "forward", self.lower)

    @property
    def operations(self) -> Operations:
        """The framework whose calls the graph holds; passes ask it what they do.

        Raises:
            GraphError: the layer belongs to no framework.
        """
        raise GraphError(f"{type(self).__name__} belongs to no framework that knows its calls")

    def lower(self, node: Node) -> Optional[Call]:
        """A faster call with the same effect as ``node``; ``None`` when there is none."""
        del node
        return None

    def recompile(self) -> PythonCode:
        """Write the source anew after the graph was changed."""
        state: _State = self.__dict__["_paddlefx_state"]
        state.graph.lint(state.attributes)
        state.code = None
        state.function = None
        return self.python_code

    def forward(self, *inputs: Any) -> Any:
        """Run the graph on ``inputs``, one for each placeholder, in order."""
        state: _State = self.__dict__["_paddlefx_state"]
        if state.function is None:
            code = self.python_code
            namespace = dict(code.namespace)
            exec(compile(code.source, "<paddlefx graph>", "exec"), namespace)
            state.function = namespace["forward"]
        return state.function(*inputs)

    def __call__(self, *inputs: Any) -> Any:
        return self.forward(*inputs)

    @property
    def notes(self) -> Tuple[str, ...]:
        """What its compiler tells of it, in order: what was chosen and why, what runs eagerly."""
        state: _State = self.__dict__["_paddlefx_state"]
        return tuple(state.notes)

    def note(self, text: str) -> None:
        """A sentence for :attr:`notes`, which ``explain`` shows; one that is there stays once."""
        state: _State = self.__dict__["_paddlefx_state"]
        if text not in state.notes:
            state.notes.append(text)

    def print_tabular(self, style: str = "rich", file: Any = None) -> None:
        """Print the graph as a table; :meth:`Graph.print_tabular` says how."""
        self.graph.print_tabular(style, file)

    def write_svg(self, path: Any) -> None:
        """Write the graph's picture: operations, shapes, dtypes, source lines, fusion groups."""
        from . import viewer  # it takes browsers and XML

        viewer.write_svg(self.graph, path)

    def write_html(self, path: Any, title: str = "graph") -> None:
        """Write a page with the picture, zoom and search, which loads nothing else."""
        from . import viewer  # it takes browsers and XML

        viewer.write_html(self.graph, path, title)

    def show(self, title: str = "graph") -> str:
        """Open that page in the browser; the path of the file, which stays."""
        from . import viewer  # it takes browsers and XML

        return viewer.show(self.graph, title)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.graph)} nodes)"


class _State:
    """What a GraphLayer keeps out of the framework's sight."""

    __slots__ = ("attributes", "code", "function", "graph", "notes")

    def __init__(self, graph: Graph, attributes: Dict[str, Any]) -> None:
        self.graph = graph
        self.attributes = attributes
        self.code: Optional[PythonCode] = None
        self.function: Optional[Callable[..., Any]] = None
        self.notes: List[str] = []
