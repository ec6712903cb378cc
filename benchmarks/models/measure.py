"""One model in this process: is it right, what was captured, what does a call cost.

A contender is ``paddlefx`` or ``sot`` (``paddle.jit.to_static(full_graph=False)``); ``plain`` only
runs the model.
"""

from __future__ import annotations

import copy
import dataclasses
import gc
import os
import platform
import random
import statistics
import time
import traceback
import warnings
from typing import Any, Callable, Dict, Iterator, List, Tuple

# Read by Paddle when it is imported.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("DDE_BACKEND", "paddle")
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import paddle  # noqa: E402

import paddlefx  # noqa: E402
from paddlefx import compiler  # noqa: E402
from paddlefx.api import _optimized  # noqa: E402
from paddlefx.translate import Options, Record, Translator  # noqa: E402

from .model import Model, call_of, layer_of  # noqa: E402

#: What the figures were measured on.
VERSIONS = {
    "python": platform.python_version(), "paddle": paddle.__version__, "numpy": np.__version__
}  # fmt: skip
#: Calls after which nothing may be compiled any more.
WARM, CALLS = 2, 10


def seed() -> None:
    """Every generator that a model may draw from."""
    paddle.seed(7)
    np.random.seed(7)
    random.seed(7)


def leaves(value: Any, path: str = "out") -> Iterator[Tuple[str, Any]]:
    """The tensors and plain values in a result, each with where it is."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    elif dataclasses.is_dataclass(value):
        for part in dataclasses.fields(value):
            yield from leaves(getattr(value, part.name), f"{path}.{part.name}")
    elif isinstance(value, paddle.Tensor):
        yield path, value.numpy()
    elif isinstance(value, (np.ndarray, int, float, str, bool, type(None))):
        yield path, value
    elif hasattr(value, "__dict__") and not callable(value):
        for name, item in vars(value).items():
            yield from leaves(item, f"{path}.{name}")
    else:
        yield path, type(value).__name__


def difference(expected: Any, found: Any) -> str:
    """Where two results differ; empty when they don't."""
    if type(expected) is not type(found):
        return f"a {type(found).__name__} where plain gives a {type(expected).__name__}"
    first, second = list(leaves(expected)), list(leaves(found))
    if [path for path, _ in first] != [path for path, _ in second]:
        return "another structure"
    for (path, left), (_, right) in zip(first, second):
        if type(left) is not type(right):
            return f"{path}: {type(right).__name__} for {type(left).__name__}"
        if isinstance(left, np.ndarray):
            if left.shape != right.shape or left.dtype != right.dtype:
                return f"{path}: {right.dtype}{right.shape} for {left.dtype}{left.shape}"
            exact = left.dtype.kind in "biuSUO"
            close = (
                np.array_equal(left, right)
                if exact
                else np.allclose(left, right, rtol=1e-4, atol=1e-5, equal_nan=True)
            )
            if not close:
                return f"{path}: other values"
        elif left != right and not (left != left and right != right):
            return f"{path}: {right!r} for {left!r}"
    return ""


def cpu(call: Callable[[], Any]) -> Tuple[float, Any]:
    """CPU seconds of one call, and its result."""
    start = time.process_time()
    result = call()
    return time.process_time() - start, result


def loss_of(result: Any) -> Any:
    """A scalar that depends on every float tensor of a result."""
    found = [item for item in tensors(result) if item.dtype in (paddle.float32, paddle.float64)]
    return sum((item * item).mean() for item in found)


def tensors(value: Any) -> Iterator[Any]:
    """The tensors in a result."""
    if isinstance(value, paddle.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from tensors(item)


class Run:
    """A model, plain or not, and what one call of it is.

    Args:
        model: of the registry.
        wrap: what makes the callable that is called from the layer.
    """

    def __init__(self, model: Model, wrap: Callable[[Any], Any]) -> None:
        seed()
        with paddle.utils.unique_name.guard():  # some name their parameters, once in a process
            self.layer = layer_of(model)
        seed()
        self.args, self.kwargs = call_of(model)
        self.training = model.training
        self.optimizer: Any = None
        if isinstance(self.layer, paddle.nn.Layer):
            (self.layer.train if model.training else self.layer.eval)()
        if model.training:
            trained = [item for item in self.layer.parameters() if not item.stop_gradient]
            self.optimizer = paddle.optimizer.SGD(0.01, parameters=trained)
        self.target = wrap(self.layer)

    def __call__(self) -> Any:
        seed()
        if not self.training:
            with paddle.no_grad():
                return self.target(*self.args, **self.kwargs)
        loss = loss_of(self.target(*self.args, **self.kwargs))
        loss.backward()
        self.optimizer.step()
        self.optimizer.clear_grad()
        return loss

    def state(self) -> Any:
        """What a call may change: parameters, buffers, and the inputs."""
        kept = [self.args, self.kwargs]
        if isinstance(self.layer, paddle.nn.Layer):
            kept.append({key: item.numpy() for key, item in self.layer.state_dict().items()})
        return kept


#: What the translations of this process did.
RECORD = Record()


def optimized(layer: Any) -> Any:
    """``paddlefx.optimize(layer)``, told to :data:`RECORD`."""
    options = Options(compiler.get("eager"))
    return _optimized(layer, options, Translator(options, RECORD))


CONTENDERS: Dict[str, Callable[[Any], Any]] = {
    "plain": lambda layer: layer,
    "paddlefx": optimized,
    "sot": lambda layer: paddle.jit.to_static(layer, full_graph=False),
}


def captured(record: Record) -> Dict[str, Any]:
    """What the translations did, in all frames."""
    return {
        "graphs": len(record.graphs),
        "nodes": [len(layer.graph.find_nodes(op="call_function")) for layer in record.graphs],
        "breaks": [reason_of(reason) for reason in record.breaks],
        "fallbacks": [reason_of(reason) for reason in record.fallbacks],
        "guards": len(record.guards),
    }


def reason_of(reason: Any) -> Dict[str, Any]:
    """A break as JSON."""
    path = str(reason.filename)
    place = path.partition("site-packages" + os.sep)[2] or path
    return {
        "kind": reason.kind.value,
        "reason": reason.reason,
        "place": f"{place}:{reason.lineno}",
        "function": reason.function,
    }


def compiled_since(before: Dict[str, int]) -> int:
    """Translations that happened since."""
    return paddlefx.stats()["translations"] - before["translations"]


def measure(model: Model, contender: str, budget: float) -> Dict[str, Any]:
    """All figures of one model under one contender; none of later calls without a budget."""
    plain = Run(model, lambda layer: layer)
    other = Run(model, CONTENDERS[contender])
    if isinstance(plain.layer, paddle.nn.Layer):
        other.layer.set_state_dict(plain.layer.state_dict())
    else:
        other.layer = copy.copy(plain.layer)
    result: Dict[str, Any] = {}
    wrong: List[str] = []
    first_plain, expected = cpu(plain)
    first, found = cpu(other)
    result["first_plain"], result["first"] = first_plain, first
    wrong.append(difference(expected, found))
    if contender == "paddlefx":
        result.update(captured(RECORD))
    before = paddlefx.stats()
    for number in range(1, CALLS):
        if number == WARM:
            before = paddlefx.stats()
            quiet = time.process_time()
        wrong.append(difference(plain(), other()))
    result["later"] = time.process_time() - quiet
    result["recompiled"] = compiled_since(before)
    wrong.append(difference(plain.state(), other.state()).replace("out", "state"))
    result["wrong"] = next((text for text in wrong if text), "")
    result["stats"] = paddlefx.stats()
    result["why"] = RECORD.recompiles[:5]
    if budget:
        result.update(compared(plain, other, budget))
    return result


def compared(plain: Run, other: Run, budget: float) -> Dict[str, Any]:
    """The time of a call beside the plain call of the same round, within some CPU seconds."""
    once = max(cpu(plain)[0], 1e-5)
    count = max(1, min(50, int(0.01 / once)))
    rounds = max(5, min(60, int(budget / (2.5 * once * count))))
    ratios: List[float] = []
    times: List[float] = []
    gc.collect()
    gc.disable()
    for number in range(rounds):
        order = [plain, other] if number % 2 else [other, plain]
        took: Dict[int, float] = {}
        for run in order:
            start = time.process_time()
            for _ in range(count):
                run()
            took[id(run)] = (time.process_time() - start) / count
        ratios.append(took[id(plain)] / took[id(other)])
        times.append(took[id(other)])
    gc.enable()
    return {"plain_ms": once * 1e3, "ms": statistics.median(times) * 1e3,
            "speed": statistics.median(ratios)}  # fmt: skip


def figures(model: Model, contender: str, budget: float) -> Dict[str, Any]:
    """All figures of one model under one contender, or how it failed."""
    told: Dict[str, Any] = {"key": model.key, "contender": contender, "on": VERSIONS}
    try:
        if contender == "plain":  # does the model itself work here?
            took, _ = cpu(Run(model, CONTENDERS["plain"]))
            return {**told, "first": took}
        return {**told, **measure(model, contender, budget)}
    except BaseException as error:
        text = f"{type(error).__name__}: {error}"[:500]
        return {**told, "crash": text, "trace": traceback.format_exc()[-3000:]}
