"""An exception that leaves compiled code has the plain one's traceback and chain.

Each program is called three times: the first call is compiled, the others run what was made.
"""

from __future__ import annotations

import contextlib
import traceback

import paddle
import pytest

import paddlefx
from tests.integration.control_programs import PROGRAMS
from tests.support.versus import alike


def trace(error):
    """The frames below the caller's, and those of what the error is chained to."""
    if error is None:
        return None
    frames = [
        (frame.filename, frame.lineno, frame.name)
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return (
        type(error),
        str(error),
        [frame for frame in frames if frame[0] != __file__],
        error.__suppress_context__,
        trace(error.__cause__),
        trace(error.__context__),
        getattr(error, "__notes__", None),
    )


def run(function, log):
    """What a call raises, or gives."""
    x = paddle.arange(4, dtype="float32") + 1
    with contextlib.redirect_stdout(None):
        try:
            return "given", function(x, log)
        except BaseException as error:
            return "raised", trace(error)


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_traceback(function):
    compiled = paddlefx.optimize(function)
    plain_log = []
    plain = run(function, plain_log)
    for number in range(3):
        log = []
        ours = run(compiled, log)
        assert ours[0] == plain[0], f"call {number}: {ours}"
        if plain[0] == "raised":
            assert ours[1] == plain[1], f"call {number}"
        else:
            assert alike(ours[1], plain[1]) is None
        assert alike(log, plain_log) is None, f"call {number}: {log} is not {plain_log}"


def test_each_call_raises_an_exception_of_its_own():
    for function in PROGRAMS:
        compiled = paddlefx.optimize(function)
        found = []
        for _ in range(3):
            try:
                with contextlib.redirect_stdout(None):
                    compiled(paddle.ones([4]), [])
            except BaseException as error:
                found.append(error)
        assert len({id(error) for error in found}) in (0, 3), function.__name__


def test_there_are_enough():
    assert len(PROGRAMS) >= 60
