"""Which results of Paddle's operations lie in the memory of their arguments.

Sources: ``view`` in ``paddle/phi/ops/yaml/ops.yaml`` and the kernels of ``paddle/phi/kernels/stride``
(``FLAGS_use_stride_kernel`` is on by default). A tensor's memory is one allocation; a view is
another tensor object on it.
"""

from __future__ import annotations

from typing import Any, FrozenSet, Mapping, Optional, Tuple

from ..graph import Effects, Node, Sharing, iter_nodes

__all__ = ["VIEWS", "VIEW_METHODS", "operation_effects"]

#: Operations whose results may be views of their first argument.
VIEWS: FrozenSet[str] = frozenset(
    [
        "as_complex",
        "as_real",
        "as_strided",
        "diagonal",
        "expand",
        "expand_as",
        "flatten",
        "imag",
        "index_select_strided",
        "real",
        "reshape",
        "slice",
        "split",
        "split_with_num",
        "squeeze",
        "strided_slice",
        "tensor_unfold",
        "transpose",
        "unbind",
        "unsqueeze",
        "view_dtype",
        "view_shape",
        "view_slice",
        "share_data",
        "npu_identity",
        "trans_layout",
        "memcpy_d2h",
        "memcpy_h2d",
        "depend",
        "c_identity",
        "identity_loss",
        "coalesce_tensor",
        "broadcast_tensors",
        "meshgrid",
    ]
)

#: Methods of a tensor that are nodes, and may give views.
VIEW_METHODS: FrozenSet[str] = frozenset(
    ("detach", "_copy_to", "_tensor_use_gpudnn", "_getitem_dygraph")
)

#: Operations some of whose results lie in the memory of arguments: (result, argument).
_PARTS: Mapping[str, Tuple[Tuple[int, int], ...]] = {
    "batch_norm": ((1, 1), (2, 2)),
    "sync_batch_norm_": ((1, 1), (2, 2)),
}

#: Operations whose later results keep operands for the backward pass.
_KEEPING: FrozenSet[str] = frozenset(("einsum",))


def operation_effects(name: str, node: Node, writes: Tuple[int, ...], random: bool) -> Effects:
    """The effects of an operation of ``paddle._C_ops``.

    Args:
        name: the operation's.
        node: its call.
        writes: the indices of the positional arguments that it writes to.
        random: whether it draws random numbers.
    """
    arguments = node.all_input_nodes
    written = [argument for index in writes for argument in _nodes_at(node, index)]
    if name.endswith("_") and not node.args:
        written = arguments  # by keyword, which Paddle's names alone would tell apart
    same: Optional[Node] = None
    shares = []
    if name in _PARTS:
        for result, index in _PARTS[name]:
            shares += [Sharing(argument, result) for argument in _nodes_at(node, index)]
    elif name.endswith("_") and written:
        first = written[0]
        same = first if len(written) == 1 else None
        shares = [Sharing(argument) for argument in written]
    elif name in VIEWS:
        shares = [Sharing(argument) for argument in arguments]
    elif name in _KEEPING:
        shares = [Sharing(argument, result) for argument in arguments for result in (1, 2)]
    out: Any = node.kwargs.get("out")
    if isinstance(out, Node):
        written = [*written, out]
        shares.append(Sharing(out))
    return Effects(tuple(written), tuple(shares), same, random)


def _nodes_at(node: Node, index: int) -> Tuple[Node, ...]:
    """The nodes in a positional argument, which may be a list of them."""
    return tuple(iter_nodes(node.args[index])) if index < len(node.args) else ()
