"""Backends that walk a graph operator by operator.

in: a captured graph. out: a function that calls what a backend made of the supported parts, and
runs the rest eagerly, in order.

For a new backend write an :class:`OperatorVisitor` with a method per operator, and a
:class:`NodeByNodeCompiler` that names it. ``docs/backends.md`` shows one of a hundred lines.
"""

from __future__ import annotations

import abc
import functools
import inspect
import operator
from typing import (
    Any,
    Callable,
    ClassVar,
    Dict,
    FrozenSet,
    Iterator,
    List,
    Optional,
    Sequence,
    Set,
    Tuple,
    Type,
)

from .. import frameworks
from ..errors import CompileError
from ..graph import GraphLayer, Node, Operations, map_nodes
from ..graph.operators import ORIGIN, is_opaque, operator_of
from ..graph.passes.aliasing import Aliasing
from ..graph.passes.decomposition import decomposition
from ..graph.passes.partition import count_calls, partition, regions_of
from ..graph.passes.visible_views import visible_views
from ..tensor_meta import TensorMeta
from .base import CompiledGraph, Compiler
from .difference import difference
from .replay import replayed
from .specialised import Specialised, varies

__all__ = ["GuardedRegion", "NodeByNodeCompiler", "OperatorVisitor", "Unsupported", "dtype_name"]

#: What a backend makes of a region: takes tensors, gives a tuple of them.
CompiledRegion = Callable[..., Tuple[Any, ...]]


class Unsupported(Exception):
    """A visitor's method can't do an operator with these attributes, shapes or dtypes."""


def dtype_name(dtype: Any) -> str:
    """A framework's dtype as NumPy calls it: ``float32``, ``bool``."""
    return str(dtype).rsplit(".", 1)[-1].lower()


class OperatorVisitor(abc.ABC):
    """Makes one region for a backend; a new instance for each.

    A subclass has a method per operator: ``def softmax(self, node, x, *, axis, **rest)``. It is
    given the node of the operator graph, what the methods of its operands gave, and the attributes
    by name, all of them; it gives the backend's own value, or a tuple where the operator has
    several results. Other methods have names that begin with ``_``, or are those of this class.

    Args:
        compiler: with its options.
        layer: the operator graph of the region.
    """

    def __init__(self, compiler: NodeByNodeCompiler, layer: GraphLayer) -> None:
        self.compiler = compiler
        self.layer = layer
        #: By node, what its method gave.
        self.values: Dict[Node, Any] = {}

    @abc.abstractmethod
    def placeholder(self, name: str, meta: TensorMeta) -> Any:
        """The value of the next input; its name is an identifier, unique in the region."""

    @abc.abstractmethod
    def get_attr(self, name: str, meta: TensorMeta, tensor: Any) -> Any:
        """The value of a parameter or constant, whose contents don't change."""

    @abc.abstractmethod
    def finish(self, outputs: Sequence[Any], metas: Sequence[TensorMeta]) -> CompiledRegion:
        """The callable.

        Args:
            outputs: the values of the region's results.
            metas: their shapes and dtypes.

        Raises:
            CompileError: the backend refuses the region.
        """

    def run_node(self, node: Node) -> Any:
        """The value of a call.

        Raises:
            Unsupported: it has no method, or the method says so.
        """
        args = map_nodes(node.args, self.values.__getitem__)
        if node.target is operator.getitem:
            return args[0][args[1]]
        name = operator_of(node)
        method = None if name in _OWN else getattr(self, name, None)
        if method is None:
            raise Unsupported(f"{name} has no method")
        kwargs = map_nodes(node.kwargs, self.values.__getitem__)
        try:
            inspect.signature(method).bind(node, *args, **kwargs)
        except TypeError as error:
            raise Unsupported(f"{name}: {error}") from error
        return method(node, *args, **kwargs)

    def build(self) -> CompiledRegion:
        """The region, compiled.

        Raises:
            CompileError: an operator of it isn't supported, or the backend refuses it.
        """
        return self.finish(*self.walk())

    def walk(self) -> Tuple[List[Any], List[TensorMeta]]:
        """The values of the region's results, and what they are.

        Raises:
            CompileError: an operator of it isn't supported.
        """
        for node in self.layer.graph.nodes:
            meta = _meta(node)
            if node.op == "placeholder":
                self.values[node] = self.placeholder(node.name, meta)
            elif node.op == "get_attr":
                tensor = self.layer.attributes[node.target]
                self.values[node] = self.get_attr(node.name, meta, tensor)
            elif node.op == "call_function":
                try:
                    self.values[node] = self.run_node(node)
                except Unsupported as error:
                    raise CompileError(f"{node.name}: {error}") from error
        output = self.layer.graph.output_node
        assert output is not None
        results: Tuple[Node, ...] = output.args[0]
        return (
            [self.values[node] for node in results],
            [node.meta["tensor_meta"] for node in results],
        )


_OWN = frozenset(name for name in dir(OperatorVisitor))


class GuardedRegion:
    """A compiled region that answers where it answers as the framework does.

    What isn't a number goes another way in each runtime: Paddle's relu makes 0 of it, OpenVINO's
    maximum leaves it out. Where an input or a result isn't finite, and where the runtime raises,
    the region runs again eagerly; it has no effects.

    Args:
        compiled: what the backend made.
        plain: the same by the framework.
        all_finite: whether the floating tensors among some hold nothing but finite numbers.
    """

    __name__ = "region"

    def __init__(
        self,
        compiled: CompiledRegion,
        plain: CompiledRegion,
        all_finite: Callable[[Sequence[Any]], bool],
    ) -> None:
        self.compiled = compiled
        self.plain = plain
        self.all_finite = all_finite
        #: Set until the results of both have been compared: is told that they differ; the region
        #: runs eagerly from then on.
        self.note: Optional[Callable[[str], None]] = None

    def __call__(self, *tensors: Any) -> Tuple[Any, ...]:
        if not self.all_finite(tensors):
            return self.plain(*tensors)
        try:
            results = self.compiled(*tensors)
        except Exception:
            return self.plain(*tensors)
        if not self.all_finite(results):
            return self.plain(*tensors)
        note = self.note
        if note is None:
            return results
        wanted: Tuple[Any, ...] = self.plain(*tensors)
        different = difference(wanted, results)
        if different:
            self.compiled = self.plain
            note(f"a part runs eagerly: its first results were not the framework's: {different}")
        self.note = None
        return wanted


class NodeByNodeCompiler(Compiler):
    """A backend made of an :class:`OperatorVisitor`.

    Calls that the visitor doesn't support run eagerly between the regions; with ``full_graph``
    they are an error that names them.
    """

    takes_numbers = True
    gives_gradients = False
    freezes_weights = True

    #: The visitor's class.
    visitor: Type[OperatorVisitor]
    #: The dtypes that its values have, by NumPy's names.
    dtypes: ClassVar[FrozenSet[str]] = frozenset({"float32", "int32", "int64", "bool"})
    #: Operators that read memory by indices which the backend doesn't check as the framework
    #: does: they run eagerly, so that a bad index raises what it should, unless a full graph is
    #: asked for.
    unchecked: ClassVar[FrozenSet[str]] = frozenset()
    #: Operations that are taken apart into primitive ones before the graph is read.
    decomposed: ClassVar[FrozenSet[str]] = frozenset()
    #: Whether a region's first results are held against the framework's own.
    compares_first_call: bool = True
    #: A region of fewer operators than this isn't worth the call.
    least_operators: int = 1

    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """The regions compiled, in a straight line with what stays eager.

        Raises:
            CompileError: nothing is supported; or not all is, and ``full_graph`` is on.
        """
        compile = functools.partial(self._compile_sizes, graph_layer)
        if varies(graph_layer):
            try:
                return self.compile_varying(graph_layer, example_inputs)
            except CompileError:
                return Specialised(graph_layer, compile, example_inputs)
        return compile(graph_layer)

    def compile_varying(
        self, graph_layer: GraphLayer, example_inputs: Sequence[Any]
    ) -> CompiledGraph:
        """A graph whose sizes vary, compiled for all of them; not each backend can.

        Raises:
            CompileError: it can't, and has a form for each size.
        """
        raise CompileError(f"{self.name} compiles for known sizes")

    def _compile_sizes(self, noted: GraphLayer, graph_layer: GraphLayer) -> CompiledGraph:
        """A graph whose sizes are known; the notes go to the layer that ``explain`` shows."""
        framework = frameworks.active()
        parts = self.parts_of(graph_layer)
        regions = regions_of(parts)
        eager = [
            node
            for node in parts.graph.find_nodes(op="call_function")
            if node not in regions and node.target is not operator.getitem
        ]
        if self.full_graph and eager:
            raise CompileError(
                f"{self.name} doesn't support {_listed(eager)}",
                hint="without full_graph these run eagerly",
            )
        if not regions:
            raise CompileError(f"{self.name} supports nothing worth compiling in this graph")
        eagerly = len(eager)
        calls = eagerly + sum([count_calls(node.target) for node in regions])
        for node in regions:
            region = node.target
            plain = replayed(region)
            try:
                compiled = self.visitor(self, framework.operator_graph(region)).build()
                guarded = GuardedRegion(compiled, plain, framework.all_finite)
                if self.compares_first_call:
                    guarded.note = noted.note
                node.target = guarded
            except CompileError as error:
                if self.full_graph or not self.allow_fallback:
                    raise
                noted.note(f"a part runs eagerly: {error.reason}")
                node.target = plain
                eagerly += count_calls(region)
        if eagerly:
            listed = f": {_listed(eager)}" if eager else ""
            counted = f"({eagerly} of {calls} operations)"
            noted.note(f"{self.name} leaves to the framework{listed} {counted}")
        return replayed(parts)

    def parts_of(self, graph_layer: GraphLayer) -> GraphLayer:
        """A graph whose sizes are known, cut into regions that the backend supports."""
        framework = frameworks.active()
        layer = _without(graph_layer, framework.only_detaches)
        if self.decomposed:
            decomposition(layer, self.decomposed)
        read = framework.operator_graph(layer)
        refused = self._refused(read)
        refused |= visible_views(layer.graph, framework) | _of_written(layer, framework)
        return partition(
            layer,
            lambda node: node not in refused,
            framework.is_impure,
            lambda nodes: self._is_worth(nodes, read),
        )

    def supports(self, node: Node, visitor: OperatorVisitor) -> bool:
        """Whether a node of the operator graph can be in a region.

        Its method is tried, with the values that the visitor has for its operands.
        """
        if operator_of(node) in self.unchecked and not self.full_graph:
            return False
        metas = [meta for item in (node, *node.all_input_nodes) for meta in _metas(item)]
        if not all(map(self.takes, metas)):
            return False
        try:
            visitor.values[node] = visitor.run_node(node)
        except Unsupported:
            return False
        return True

    def takes(self, meta: TensorMeta) -> bool:
        """Whether a tensor can be in a region; those without elements stay with the framework."""
        known = all(type(size) is int and size > 0 for size in meta.shape)
        return known and dtype_name(meta.dtype) in self.dtypes

    def _refused(self, read: GraphLayer) -> Set[Node]:
        """The captured nodes that can't be in a region."""
        visitor = self.visitor(self, read)
        refused: Set[Node] = set()
        for node in read.graph.nodes:
            if node.op in ("placeholder", "get_attr"):
                visitor.values[node] = self._stand_in(visitor, node.name, _meta(node))
            elif node.target is operator.getitem:
                source = visitor.values[node.args[0]]
                known = isinstance(source, (tuple, list)) and node.args[1] < len(source)
                visitor.values[node] = source[node.args[1]] if known else None
            elif node.op == "call_function" and (
                is_opaque(node) or not self.supports(node, visitor)
            ):
                refused.add(node.meta[ORIGIN])
                visitor.values[node] = self._stand_in(visitor, node.name, _meta(node))
        return refused

    def _stand_in(self, visitor: OperatorVisitor, name: str, meta: Any) -> Any:
        """What a visitor has for a tensor that comes from outside; ``None`` for what it can't."""
        if isinstance(meta, TensorMeta):
            return visitor.placeholder(name, meta) if self.takes(meta) else None
        if type(meta) in (tuple, list):
            return [
                self._stand_in(visitor, f"{name}_{index}", part) for index, part in enumerate(meta)
            ]
        return None

    def _is_worth(self, nodes: List[Node], read: GraphLayer) -> bool:
        inside = set(nodes)
        count = 0
        for node in read.graph.nodes:
            if operator_of(node) and node.meta[ORIGIN] in inside:
                count += 1
        return count >= self.least_operators


def _of_written(layer: GraphLayer, operations: Operations) -> Set[Node]:
    """The users of attributes that the graph writes to: those aren't constants."""
    aliasing = Aliasing(layer.graph, operations)
    attributes = layer.graph.find_nodes(op="get_attr")
    return {user for node in attributes if aliasing.is_written(node) for user in node.users}


def _without(layer: GraphLayer, is_needless: Callable[[Node], bool]) -> GraphLayer:
    """A copy of a graph without calls whose effect is one already."""
    graph, _ = layer.graph.copy()
    for node in reversed(graph.nodes):
        if node.op == "call_function" and not node.users and is_needless(node):
            graph.erase_node(node)
    return type(layer)(graph, layer.attributes)


def _meta(node: Node) -> Any:
    return node.meta.get("tensor_meta")


def _metas(node: Node) -> Iterator[TensorMeta]:
    """The metas of the results of an operator that something uses."""
    meta = _meta(node)
    if isinstance(meta, TensorMeta):
        yield meta
    elif type(meta) in (tuple, list):
        used = {user.args[1] for user in node.users if user.target is operator.getitem}
        for index, part in enumerate(meta):
            if index in used and isinstance(part, TensorMeta):
                yield part


def _listed(nodes: Sequence[Node]) -> str:
    """The names of what nodes call, each once."""
    names: Dict[str, None] = {}
    for node in nodes:
        names[str(getattr(node.target, "__name__", node.target))] = None
    return ", ".join(names)
