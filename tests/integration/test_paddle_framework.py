"""The Paddle adapter against Paddle itself."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import pytest

paddle = pytest.importorskip("paddle")

from paddlefx import frameworks  # noqa: E402
from paddlefx.errors import InferenceError  # noqa: E402
from paddlefx.tensor_meta import TensorMeta  # noqa: E402

from .paddle_op_cases import CASES, tensor  # noqa: E402

Tensor: Any = paddle.Tensor


@pytest.fixture(scope="module")
def framework() -> Any:
    return frameworks.active()


def metas_of(framework: Any, value: Any) -> Any:
    """``value`` with each tensor described."""
    if isinstance(value, Tensor):
        return framework.tensor_meta(value)
    if isinstance(value, list):
        return [metas_of(framework, item) for item in value]
    if type(value) is tuple:
        return tuple([metas_of(framework, item) for item in value])
    if isinstance(value, dict):
        return {key: metas_of(framework, item) for key, item in value.items()}
    return value


class Comparison:
    """Runs calls eagerly and through inference, and keeps what differs."""

    def __init__(self, framework: Any) -> None:
        self.framework = framework
        self.compared = 0
        self.is_cache = False
        self.inside = False
        self.refused: List[str] = []
        self.differences: List[str] = []

    def call(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        if self.inside:
            return target(*args, **kwargs)
        self.inside = True
        try:
            return self._call(target, *args, **kwargs)
        finally:
            self.inside = False

    def _call(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        framework = self.framework
        name = getattr(target, "__name__", str(target))
        before = metas_of(framework, (args, kwargs))
        expected_error: Any = None
        try:
            inferred = framework.infer(target, *before)
        except InferenceError as error:
            inferred = error
        try:
            result = target(*args, **kwargs)
        except Exception as error:
            expected_error = error
            result = None
        text = f"{name}{before}"
        if expected_error is not None:
            # Paddle 3.0's inference lets some shapes through that its kernels refuse.
            if not isinstance(inferred, InferenceError):
                self.refused.append(f"eager refuses, inference doesn't: {text} {expected_error}")
            raise expected_error
        self.compared += 1
        if isinstance(inferred, InferenceError):
            self.refused.append(f"{text}: {inferred}")
            return result
        actual = metas_of(framework, result)
        self.is_cache = name in ("einsum", "rnn")
        difference = self.compare(inferred, actual, result)
        if difference:
            self.differences.append(f"{text}: {difference}\n  got      {inferred}\n  expected {actual}")
        mutated = framework.infer_mutation(target, *before)
        for index, meta in mutated.items():
            now = framework.tensor_meta(args[index])
            if now != meta:
                self.differences.append(f"{text} writes {index}: got {meta}, expected {now}")
        after = metas_of(framework, args)
        for index, (old, new) in enumerate(zip(before[0], after)):
            if old != new and index not in mutated:
                self.differences.append(f"{text} changes argument {index} unseen")
        return result

    def compare(self, inferred: Any, actual: Any, result: Any) -> str:
        if isinstance(result, Tensor):
            if inferred is None and (not result._is_initialized() or self.is_cache):
                return ""
            if not isinstance(inferred, TensorMeta):
                return "no tensor inferred"
            if not result._is_initialized() or inferred == actual:
                return ""
            return "meta differs"
        if isinstance(result, (tuple, list)):
            if type(inferred) is not type(result) or len(inferred) != len(result):
                return f"structure: {type(inferred).__name__} for {type(result).__name__}"
            parts = [self.compare(*three) for three in zip(inferred, actual, result)]
            return "; ".join([part for part in parts if part])
        return "" if inferred == result else "value differs"


class RecordingOps:
    """While it is active, every operation looked up in ``paddle._C_ops`` is compared."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.saved: Dict[str, Any] = {}

    def __enter__(self) -> None:
        module = paddle._C_ops
        for name in dir(module):
            function = getattr(module, name)
            if self.comparison.framework.is_op(function):
                self.saved[name] = function
                setattr(module, name, self.wrap(function))

    def wrap(self, function: Any) -> Any:
        return lambda *args, **kwargs: self.comparison.call(function, *args, **kwargs)

    def __exit__(self, *exc: object) -> None:
        for name, function in self.saved.items():
            setattr(paddle._C_ops, name, function)


#: Inference refuses these rightly: their shape depends on data, or Paddle has none.
REFUSED: Tuple[str, ...] = ()


@pytest.mark.parametrize("grad", [True, False], ids=["grad", "no_grad"])
@pytest.mark.parametrize("name", sorted(CASES))
def test_inference_equals_eager(framework: Any, name: str, grad: bool) -> None:
    comparison = Comparison(framework)

    def check(target: Any, *args: Any, **kwargs: Any) -> Any:
        if not (framework.is_op(target) or framework._operators.knows(target)):
            return target(*args, **kwargs)
        try:
            return comparison.call(target, *args, **kwargs)
        except Exception as error:
            return error

    with paddle.set_grad_enabled(grad or name == "training step"), RecordingOps(comparison):
        CASES[name](check)
    assert not comparison.differences, "\n".join(comparison.differences)
    assert not comparison.refused, "\n".join(comparison.refused)
