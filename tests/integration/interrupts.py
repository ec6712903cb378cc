"""Functions that an interrupt stops, the exception it raises, and what must be as before after it."""

from __future__ import annotations

import linecache
import sys
import threading

import paddle

from paddlefx import _C, translate
from tests.support.interpreter import hook_is_on


def makes_a_graph():
    def function(x, numbers):
        y = x
        for number in numbers:
            y = y + x * number
        return y

    return function


def makes_a_break():
    def function(x, numbers):
        y = x * 2
        print(end="")
        for number in numbers:
            y = y + number
        return y

    return function


def makes_a_fallback():
    def function(x, numbers):
        def values():
            yield x * 2
            yield x * 3

        sys._getframe()
        return sum(values()) * len(numbers)

    return function


class Stop(KeyboardInterrupt):
    """What the interrupt raises."""


class Interrupt:
    """A trace function that raises at the n-th line that runs in paddlefx or Paddle.

    Lines of ``with`` aren't counted: they run again between the end of the block and ``__exit__``,
    where no signal is looked at (``Python/ceval.c``), and a lock would stay locked.
    """

    def __init__(self, at=0):
        self.left = at
        self.lines = 0

    def __call__(self, frame, event, arg):
        filename = frame.f_code.co_filename
        return self.line if "/paddlefx/" in filename or "/paddle/" in filename else None

    def line(self, frame, event, arg):
        if event == "line" and not self.is_with(frame):
            self.lines += 1
            if self.lines == self.left:
                raise Stop
        return self.line

    def is_with(self, frame):
        return linecache.getline(frame.f_code.co_filename, frame.f_lineno).lstrip()[:5] == "with "


def switches():
    """What translation switches for a while, as this thread has it."""
    tracer = paddle.base.framework.global_var._dygraph_tracer_
    return (
        _C.is_enabled(),
        hook_is_on(),
        _C.hook_depth(),
        paddle.is_grad_enabled(),
        paddle.get_default_dtype(),
        tracer is not None and tracer._amp_level,
    )


def translation_is_free():
    """Whether another thread could translate."""
    answers = []

    def ask():
        got = translate._lock.acquire(timeout=5)
        answers.append(got)
        if got:
            translate._lock.release()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return answers == [True]
