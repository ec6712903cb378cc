"""Runs a construct plain and compiled, call after call, and counts what compiling cost."""

from __future__ import annotations

import copy
import gc
import sys
import traceback
from collections import Counter
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import paddlefx
from paddlefx import _C, compiler
from paddlefx.api import _optimized
from paddlefx.translate import Options, Record, Translator
from tests.constructs.construct import Construct, Maker, Owner
from tests.support.versus import Outcome, alike, outcome

__all__ = ["Found", "difference", "run", "wrong_count"]

#: The signs of the arguments, call by call: what a first call does, a second, and other data.
SIGNS = (1.0, 1.0, -1.0)
#: Guards that a function called is as it was: Paddle writes the same one in Python or in C.
PINS = (".__code__", ".__defaults__", ".__kwdefaults__")


class Found(NamedTuple):
    """What the runs of a construct showed.

    Args:
        differs: how compiled differs from plain; ``None`` when it doesn't.
        first: counters after the first call.
        second: counters after the second call, with equal arguments.
        counts: after the last: counters, and by kind the guards that the construct's own file
            needs: those of Paddle's Python differ from release to release.
        reasons: of breaks and fallbacks.
    """

    differs: Optional[str]
    first: Dict[str, int]
    second: Dict[str, int]
    counts: Dict[str, Any]
    reasons: List[str]


def run(construct: Construct) -> Found:
    """Call a construct plain and compiled for each of ``SIGNS``."""
    paddlefx.reset()
    record = Record()
    options = Options(compiler.get(None))
    compiled = _optimized(construct.function, options, Translator(options, record))
    make = construct.make
    plain_make, our_make = (make.again(), make.again()) if isinstance(make, Owner) else (make, make)
    seen: List[Dict[str, int]] = []
    differs = None
    for number, sign in enumerate(SIGNS):
        plain, its_globals = _observed(construct.function, construct, plain_make, sign)
        gc.disable()
        try:
            ours, our_globals = _observed(compiled, construct, our_make, sign)
            held = _held()
        finally:
            gc.enable()
        found = difference(plain, ours) or alike(our_globals, its_globals) or held
        if found is not None and differs is None:
            differs = f"call {number}: {found}"
        seen.append(dict(paddlefx.stats()))
    counts: Dict[str, Any] = {
        key: seen[-1][key] for key in ("graphs", "nodes", "graph_breaks", "fallbacks", "recompiles")
    }
    here = construct.function.__code__.co_filename
    kinds = Counter(
        text.kind.name.lower()
        for text in record.guards
        if text.filename in (None, here) and not text.source.endswith(PINS)
    )
    counts["guards"] = {} if construct.library else dict(sorted(kinds.items()))
    reasons = [f"break: {reason}" for reason in record.breaks]
    reasons += [f"fallback: {reason}" for reason in record.fallbacks]
    return Found(differs, seen[0], seen[1], counts, reasons)


def wrong_count(construct: Construct, found: Found) -> Optional[str]:
    """Which count of a run isn't the declared one."""
    first, second = found.first, found.second
    for name, expected in (
        ("fallbacks", construct.fallbacks),
        ("graph_breaks", construct.breaks),
        ("graphs", construct.graphs),
    ):
        if first[name] != expected:
            return f"{first[name]} {name}, not {expected}"
    more = second["translations"] - first["translations"]
    if more != construct.again:
        return f"an equal second call compiles {more} frames, not {construct.again}"
    if not construct.breaks and not construct.fallbacks and found.counts["recompiles"]:
        return f"other data compiles {found.counts['recompiles']} frames again"
    return None


def _observed(
    function: Any, construct: Construct, make: Maker, sign: float
) -> Tuple[Outcome, Dict[str, Any]]:
    names = sys.modules[construct.function.__module__].__dict__ if construct.watch else {}
    before = {name: copy.deepcopy(names[name]) for name in construct.watch}
    try:
        found = outcome(function, make(sign))
        return found, {name: copy.copy(names[name]) for name in construct.watch}
    finally:
        names.update(before)


def difference(plain: Outcome, ours: Outcome) -> Optional[str]:
    """How a compiled call differs from a plain one, tracebacks and chains of exceptions included.

    Args:
        plain: what the plain call gave.
        ours: what the compiled call gave.
    """
    one, two = plain.error, ours.error
    if (one is None) != (two is None):
        return f"raises {two!r}, plain {one!r}" + ("" if two is None else _told(two))
    while one is not None or two is not None:
        if type(one) is not type(two) or str(one) != str(two):
            return f"{two!r} is not {one!r}"
        assert one is not None and two is not None
        if _frames(one) != _frames(two):
            return f"traceback {_frames(two)} is not {_frames(one)}"
        if one.__suppress_context__ != two.__suppress_context__:
            return "another __suppress_context__"
        if (one.__cause__ is None) != (two.__cause__ is None):
            return f"cause {two.__cause__!r} is not {one.__cause__!r}"
        one, two = one.__cause__ or one.__context__, two.__cause__ or two.__context__
    if plain.out != ours.out:
        return f"prints {ours.out!r}, not {plain.out!r}"
    errors = [getattr(error, "args", None) for error in (ours.error, plain.error)]
    return alike((ours.value, ours.args, errors[0]), (plain.value, plain.args, errors[1]))


def _held() -> Optional[str]:
    """Which frame that a capture began with is still there when the captures have ended.

    What the frame held would stay until the collector comes: a generator's ``finally`` would run
    late.
    """
    for item in gc.get_objects():
        if type(item) is _C.FrameState:
            return f"capture keeps what {item.code.co_name} held: {item.locals}"
    return None


def _frames(error: BaseException) -> List[Tuple[str, Optional[int], str]]:
    """File, line and function of each frame of a traceback, behind the one that caught it."""
    frames = traceback.extract_tb(error.__traceback__)
    return [
        (frame.filename.rpartition("/")[2], frame.lineno, frame.name)
        for frame in frames
        if not frame.filename.endswith("support/versus.py")
        and not frame.filename.startswith("<paddlefx graph")  # beside the user's, not instead
    ]


def _told(error: BaseException) -> str:
    return "\n" + "".join(traceback.format_exception(type(error), error, error.__traceback__))
