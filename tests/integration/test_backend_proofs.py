"""Every backend on the proof list: within 1e-5 of plain Paddle, whole numbers equal."""

from __future__ import annotations

import paddle
import pytest

import paddlefx
from tests.support.backend_proofs import PROOFS, largest_error

#: Those that every supported Python has.
BACKENDS = ("auto", "eager", "llvm", "onnxruntime", "openvino", "static")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", list(PROOFS))
def test_a_proof_is_what_plain_paddle_gives(name: str, backend: str) -> None:
    function, calls = PROOFS[name]
    compiled = paddlefx.optimize(backend=backend)(function)
    with paddle.no_grad():
        for arguments in calls():
            wanted = function(*arguments)
            assert largest_error(compiled(*arguments), wanted) <= 1e-5
            assert largest_error(compiled(*arguments), wanted) <= 1e-5
