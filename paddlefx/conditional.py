"""``cond``: a choice by a tensor's value that stays inside one graph."""

from __future__ import annotations

from typing import Any, Callable, Dict, Sequence, Tuple

from .graph import Graph, GraphLayer, Node

__all__ = ["Conditional", "cond"]


def cond(
    pred: Any,
    true_fn: Callable[..., Any],
    false_fn: Callable[..., Any],
    operands: Sequence[Any] = (),
) -> Any:
    """``true_fn(*operands) if pred else false_fn(*operands)``.

    Where ``pred`` is a tensor, compiled code keeps both functions in the graph and runs the one
    that is chosen, instead of breaking the graph as ``if pred:`` does. For that the two have to
    give tensors of the same shapes, dtypes and ``stop_gradient``, made by themselves, in the same
    nesting, and to change nothing from outside. Otherwise the graph breaks at this call.

    Args:
        pred: a tensor with one element, or anything that has a truth value.
        true_fn: called where it is true.
        false_fn: called where it is false.
        operands: the arguments of either; a function may use outer variables as well.

    Returns:
        What the chosen function gives.
    """
    return true_fn(*operands) if pred else false_fn(*operands)


class Conditional:
    """The target of a graph's node: two graphs, of which the first argument chooses one.

    Args:
        true: takes the operands, gives a tuple.
        false: likewise.
    """

    __name__ = "cond"

    def __init__(self, true: GraphLayer, false: GraphLayer) -> None:
        self.true = true
        self.false = false
        self._run: Tuple[Callable[..., Any], Callable[..., Any]] = (true.forward, false.forward)

    @property
    def graphs(self) -> Dict[str, Graph]:
        """The two graphs, by what chooses them."""
        return {"true": self.true.graph, "false": self.false.graph}

    def compile(self, compiled: Callable[[GraphLayer], Callable[..., Any]]) -> None:
        """Run from now on what ``compiled`` makes of each of the two graphs."""
        self._run = (compiled(self.true), compiled(self.false))

    def is_impure(self, judge: Callable[[Node], bool]) -> bool:
        """Whether one of the graphs has a node that ``judge`` calls impure."""
        return any(
            judge(node)
            for graph in self.graphs.values()
            for node in graph.find_nodes(op="call_function")
        )

    def __call__(self, pred: Any, *operands: Any) -> Any:
        return self._run[0 if pred else 1](*operands)

    def __deepcopy__(self, memo: Dict[int, Any]) -> Conditional:
        return self

    def __repr__(self) -> str:
        return f"Conditional({self.true!r}, {self.false!r})"
