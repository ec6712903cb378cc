"""The exception table (3.11+) of a transcribed program, when all of it is written."""

from __future__ import annotations

from ..prologue import stop_iteration_handler
from .machine import LATE, Transcriber
from .writers import Unfit

__all__ = ["finish_rows"]


def finish_rows(t: Transcriber) -> None:
    """Settle the rows that could not be known before.

    Raises:
        Unfit: a row begins at an instruction whose exceptions are looked up one too early.
    """
    if not t.with_table:
        return
    _cover_prologue(t)
    _resolve(t)


def _resolve(t: Transcriber) -> None:
    """Give instructions that raise nothing the entry of those that do around them."""
    stream = t.stream
    rows = [
        (index, t.entries.get(entry.label) or t.quiet_entries.get(entry.label))
        if entry is not None and entry.depth == LATE
        else (index, entry)
        for index, entry in stream.rows
    ]
    rows = [row for n, row in enumerate(rows) if not n or row[1] != rows[n - 1][1]]
    stream.rows = rows
    lag = t.table.traits["inlined_lag"]
    if lag:
        rules, numbers = t.table.rules, stream.numbers
        for index, entry in rows:
            if entry is not None and index < len(numbers):
                if rules[numbers[index]].name in lag:
                    raise Unfit("a NOP has to stand where the region begins")


def _cover_prologue(t: Transcriber) -> None:
    """Let the handler of a whole generator cover its RESUME (3.12+)."""
    label = stop_iteration_handler(t.program)
    entry = None
    if label is not None:
        entry = t.entries.get(label) or t.quiet_entries.get(label)
    if entry is None:
        return
    rows, size = t.stream.rows, len(t.prefix)
    first = next(n for n, prefix in enumerate(t.prefix) if prefix[3])
    body = [row for row in rows if row[0] <= size][-1][1]
    rest = [row for row in rows if row[0] > size]
    t.stream.rows = [(0, None), (first, entry)]
    if body != entry:
        t.stream.rows.append((size, body))
    t.stream.rows.extend(rest)
