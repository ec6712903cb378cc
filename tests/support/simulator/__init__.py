"""A concrete interpreter of programs: it runs what decode gives, without emitting anything.

``simulate(function)`` is a function whose calls run on the simulator, as does all code that it
makes: nested functions, class bodies, generators, coroutines. Values are real Python objects,
exceptions are really raised and really handled, so ``sys.exc_info()`` and ``__context__`` are
what they are in CPython. Tracebacks show the simulator's frames instead of the program's.

=============  ==============================================================================
frame.py       the state of one call, and the loop over its instructions
levels.py      where a frame runs: one real ``except`` block for each open handler
hosts.py       what a call gives: a result, a generator, a coroutine, an async generator
functions.py   functions, class bodies and modules whose code runs here
registry.py    one rule an operation
names.py operators.py calls.py containers.py control.py asynchronous.py matching.py
               the rules
native.py      the interpreter's own instruction, for operations that Python has no spelling of
=============  ==============================================================================
"""

from __future__ import annotations

from .functions import Simulator, simulate
from .registry import RULES, SimulatorFault

__all__ = ["RULES", "Simulator", "SimulatorFault", "simulate"]
