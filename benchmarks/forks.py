"""Work in a fork of this process, so that an error in C or a hang ends that fork only."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from typing import Any, Callable, NamedTuple

__all__ = ["Forked", "in_a_fork"]


class Forked(NamedTuple):
    """What a fork told.

    Args:
        result: what ``work`` returned, by way of JSON; ``None`` when it ended otherwise.
        why: how it ended then.
    """

    result: Any
    why: str = ""


def in_a_fork(work: Callable[[], Any], seconds: float) -> Forked:
    """The result of ``work()`` in a fork whose output is dropped.

    Args:
        work: returns what JSON can hold.
        seconds: after which the fork is killed.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        with os.fdopen(writing, "w") as out:
            out.write(json.dumps(work()))
        os._exit(0)
    os.close(writing)
    end = time.monotonic() + seconds
    told = b""
    while select.select([reading], [], [], max(0, end - time.monotonic()))[0]:
        part = os.read(reading, 1 << 16)
        if not part:
            break
        told += part
    else:
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    if told:
        return Forked(json.loads(told))
    late = time.monotonic() >= end
    return Forked(None, f"over {seconds:g} seconds" if late else f"exit status {status}")
