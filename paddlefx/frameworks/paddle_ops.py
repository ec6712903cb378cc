"""What is known of Paddle's operations by name: randomness, writes, data reads.

Names are those of ``paddle._C_ops``; sources: ``paddle/phi/ops/yaml/*.yaml`` (``inplace``,
``view``), the kernels that take a generator, and ``paddle/fluid/pybind/eager_method.cc``.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, FrozenSet, Mapping, Tuple

from .base import DataRead

__all__ = [
    "DATA_DEPENDENT",
    "DATA_READS",
    "ELEMENTWISE_ACTIVATIONS",
    "RANDOM",
    "REFUSED_CALLS",
    "SCALAR_OPERANDS",
    "VALUES_ONLY",
    "is_random_call",
    "written_arguments",
]

#: Activations that keep shape and dtype, as ``_append_activation_in_dygraph`` may name them.
ELEMENTWISE_ACTIVATIONS = (
    "relu", "relu6", "sigmoid", "tanh", "leaky_relu", "elu", "selu", "gelu", "swish", "mish",
    "hard_swish", "hard_sigmoid", "softplus", "softsign", "softmax", "log_softmax", "exp", "square",
    "sqrt", "rsqrt", "abs", "logsigmoid",
)  # fmt: skip


def _names(text: str) -> FrozenSet[str]:
    return frozenset(text.split())


#: Draw from a generator whatever their arguments are.
RANDOM: FrozenSet[str] = _names(
    """
    bernoulli bernoulli_ binomial class_center_sample dirichlet exponential exponential_ gaussian
    gaussian_inplace gaussian_inplace_ graph_sample_neighbors multinomial poisson random
    random_ randint randperm rrelu seed shuffle_batch standard_gamma top_p_sampling
    truncated_gaussian_random truncated_gaussian_random_ uniform uniform_inplace uniform_inplace_
    uniform_random_batch_size_like weighted_sample_neighbors gumbel_softmax nce
    """
)

#: Draw when they drop: name -> (index of the probability, index of ``is_test``).
_DROPPING: Mapping[str, Tuple[int, int]] = {
    "dropout": (2, 3),
    "dropout_": (2, 3),
    "fused_dropout_add": (3, 4),
    "rnn": (5, 12),
}

#: Have dropout somewhere in their arguments, at places that differ by version.
_MAY_DROP: FrozenSet[str] = _names(
    """
    flash_attn flash_attn_unpadded flash_attn_qkvpacked flash_attn_varlen_qkvpacked
    flashmask_attention memory_efficient_attention fused_attention fused_feedforward
    fused_bias_dropout_residual_layer_norm variable_length_memory_efficient_attention
    """
)

#: Give shapes that only the data tells; inference isn't even asked.
DATA_DEPENDENT: FrozenSet[str] = _names(
    """
    edit_distance generate_proposals masked_select matrix_nms multiclass_nms3 nms nonzero unique
    unique_consecutive distribute_fpn_proposals where_index
    """
)

#: In-place operations that write to more than their first argument, or to another one.
_WRITES: Mapping[str, Tuple[int, ...]] = {
    "assign_out_": (1,),
    "where_": (1,),
    "sgd_": (0, 3),
    "adam_": (0, 3, 4, 5, 6, 7, 8),
    "adamw_": (0, 3, 4, 5, 6, 7, 8),
    "momentum_": (0, 2, 4),
    "check_finite_and_unscale_": (0,),
    "update_loss_scaling_": (0, 2, 3, 4),
    "fused_batch_norm_act": (3, 4),
    "fused_bn_add_activation": (4, 5),
    "sync_batch_norm_": (1, 2),
    "accuracy_check": (),
    "share_data_": (),
}

#: Optimisers write to nearly all their tensors; taking all as written is right, if broad.
_OPTIMIZERS: FrozenSet[str] = _names(
    """
    adadelta_ adagrad_ adamax_ asgd_ average_accumulates_ decayed_adagrad dgc_momentum
    dpsgd ftrl fused_adam_ lamb_ merged_adam_ merged_momentum_ nadam_ radam_ rmsprop_ rprop_
    sparse_momentum moving_average_abs_max_scale_ fake_quantize_moving_average_abs_max_
    """
)

#: Training statistics: index of ``is_test``, of ``use_global_stats``, and what is written.
_STATISTICS: Mapping[str, Tuple[int, int, Tuple[int, ...]]] = {
    "batch_norm": (5, 9, (1, 2)),
    "batch_norm_": (5, 9, (1, 2)),
    "sync_batch_norm_": (5, 9, (1, 2)),
}


def is_random_call(name: str, args: Tuple[Any, ...]) -> bool:
    """Whether the operation draws random numbers with these arguments."""
    if name in RANDOM:
        return True
    places = _DROPPING.get(name)
    if places is not None:
        if len(args) <= max(places):
            return True
        probability, is_test = args[places[0]], args[places[1]]
        return is_test is not True and probability != 0
    if name in _MAY_DROP:
        # A call without any probability strictly inside (0, 1) draws nothing.
        return any(isinstance(a, float) and 0.0 < a < 1.0 for a in args) or not args
    return False


def written_arguments(name: str, args: Tuple[Any, ...]) -> Tuple[int, ...]:
    """The indices of the arguments that the operation writes to."""
    statistics = _STATISTICS.get(name)
    if statistics is not None:
        is_test, use_global, written = statistics
        if len(args) > is_test and args[is_test] is True:
            return ()
        if len(args) > use_global and args[use_global] is True:
            return ()
        return written
    if name in _WRITES:
        return tuple([i for i in _WRITES[name] if i < len(args) or not args])
    if name in _OPTIMIZERS:
        plain = (bool, int, float, str, type(None))
        return tuple([i for i, argument in enumerate(args) if not isinstance(argument, plain)])
    if name.endswith("_") and not name.endswith("__"):
        return (0,)
    return ()


_TO_HOST = "keep the value in the graph as a tensor, or read it outside of the compiled function"
_ELEMENTS = DataRead(
    "the number in a tensor is known only after the graph has run",
    "compute with the tensor itself; paddle.where replaces an `if` over numbers",
)

#: By method name, why calling it on a tensor breaks the graph.
DATA_READS: Dict[str, DataRead] = {
    "__array__": DataRead("NumPy asks for the tensor's data", _TO_HOST),
    "__bool__": DataRead(
        "the truth of a tensor is known only after the graph has run",
        "use paddle.where, or move the `if` out of the compiled function",
    ),
    "__nonzero__": DataRead(
        "the truth of a tensor is known only after the graph has run", _TO_HOST
    ),
    "__complex__": _ELEMENTS,
    "__contains__": DataRead("`in` compares the tensor's elements", "use (x == value).any()"),
    "__deepcopy__": DataRead("copy.deepcopy copies the tensor's data", "use tensor.clone()"),
    "__dlpack__": DataRead("DLPack hands out the tensor's memory", _TO_HOST),
    "__float__": _ELEMENTS,
    "__format__": DataRead("formatting a tensor prints its data", "format x.shape or x.dtype"),
    "__hash__": DataRead("a tensor's hash is its identity", "use id() outside of the function"),
    "__index__": _ELEMENTS,
    "__int__": _ELEMENTS,
    "__long__": _ELEMENTS,
    "__reduce__": DataRead("pickling a tensor reads its data", _TO_HOST),
    "__reduce_ex__": DataRead("pickling a tensor reads its data", _TO_HOST),
    "__repr__": DataRead("the text of a tensor shows its data", "print x.shape or x.dtype"),
    "__str__": DataRead("the text of a tensor shows its data", "print x.shape or x.dtype"),
    "_md5sum": DataRead("a checksum reads the tensor's data", _TO_HOST),
    "backward": DataRead(
        "backward() runs the autograd engine, which needs the forward results",
        "return the loss and call backward() outside, or let the break stand: it is right",
    ),
    "clear_grad": DataRead("clear_grad() changes a gradient in place", "call it outside"),
    "clear_gradient": DataRead("clear_gradient() changes a gradient in place", "call it outside"),
    "cpu": DataRead("cpu() copies the tensor to another device", "move it before the call"),
    "cuda": DataRead("cuda() copies the tensor to another device", "move it before the call"),
    "data_ptr": DataRead("an address exists only after the graph has run", _TO_HOST),
    "get_tensor": DataRead("get_tensor() hands out the tensor's memory", _TO_HOST),
    "gradient": DataRead("gradient() reads the gradient's data", _TO_HOST),
    "item": _ELEMENTS,
    "numpy": DataRead("numpy() reads the tensor's data", _TO_HOST),
    "pin_memory": DataRead("pin_memory() copies the tensor", "pin it before the call"),
    "register_hook": DataRead(
        "register_hook() puts a Python function into the backward pass", "register it outside"
    ),
    "retain_grads": DataRead("retain_grads() marks the eager tensor", "call it outside"),
    "tolist": DataRead("tolist() reads the tensor's data", _TO_HOST),
    "_register_backward_hook": DataRead("a hook is eager state", "register it outside"),
    "_register_grad_hook": DataRead("a hook is eager state", "register it outside"),
    "_inplace_version": DataRead("the version counter is eager state", "read it outside"),
    "_bump_inplace_version": DataRead("the version counter is eager state", "call it outside"),
    "_share_buffer_to": DataRead("sharing memory is eager state", "call it outside"),
    "_is_initialized": DataRead("memory exists only after the graph has run", "read it outside"),
}

#: By operation, the places of arguments on which only the values of its results depend.
VALUES_ONLY: Dict[str, Tuple[int, ...]] = {
    **dict.fromkeys(("scale", "scale_", "clip", "clip_"), (1, 2)),
    **dict.fromkeys(
        ("pow", "pow_", "leaky_relu", "elu", "celu", "full_like", "fill", "fill_"), (1,)
    ),
    **dict.fromkeys(("full", "increment", "increment_"), (1,)),
    **dict.fromkeys(("hardtanh", "softplus", "thresholded_relu", "logit"), (1, 2)),
    **dict.fromkeys(("hardshrink", "softshrink", "stanh"), (1,)),
    "dropout": (2,),
    "layer_norm": (3,),
    "rms_norm": (4,),
}


#: Their numbers are attributes of type ``Scalar``.
SCALAR_OPERANDS: FrozenSet[str] = _names("clip clip_ full full_ full_like pow pow_ scale scale_")


def _refused_calls() -> Dict[int, DataRead]:
    module = sys.modules.get("paddle.distributed.fleet.recompute.recompute")
    function = getattr(module, "recompute", None)
    reason = "recompute() runs its function once more in the backward pass"
    hint = "call it outside of the compiled function, or let the break stand: it is right"
    return {} if function is None else {id(function): DataRead(reason, hint)}


#: Functions in Python that set up a backward pass of their own, by identity.
REFUSED_CALLS: Dict[int, DataRead] = _refused_calls()
