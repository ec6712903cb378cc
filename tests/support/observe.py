"""Run a function and put everything that can be seen of the run into one text."""

from __future__ import annotations

import re
import traceback

from tests.support import corpus


def observe(function, args, kwargs):
    """Result or exception chain with frames, lines and columns, and the log."""
    corpus.LOG.clear()
    try:
        seen = ("returned", function(*args, **kwargs))
    except BaseException as error:
        chain = []
        while error is not None and len(chain) < 5:
            chain.append((type(error).__name__, str(error), frames(error)))
            error = error.__cause__ or error.__context__
        seen = ("raised", chain)
    return re.sub(r"0x[0-9a-f]+", "0x", repr((seen, corpus.LOG)))


def frames(error):
    """(function, line[, end line, columns]) of each frame of a traceback but the first."""
    found = []
    for frame in traceback.extract_tb(error.__traceback__)[1:]:
        where = (frame.name, frame.lineno)
        if hasattr(frame, "colno"):
            where += (frame.end_lineno, frame.colno, frame.end_colno)
        found.append(where)
    return found


def without_frames(text):
    """The text of a run without the frames of its exceptions."""
    return re.sub(r"\[\('\w+', (?:-?\d|None)[^\]]*\]", "[]", text)
