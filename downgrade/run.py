"""A run over files: in parallel, from the cache where it knows, written at the end.

paths, configuration -> every file's new bytes and messages -> the output tree with the emitted
module of each package.
"""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
import re
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple, Union

from .cache import Cache
from .configuration import Configuration
from .embedded import Lowered, LowerText, kind_of, lower_docstrings, lower_file
from .engine import Result, downgrade
from .lossy import as_losses, downgrade_with_losses
from .report import FileReport
from .rule import Message
from .runtime import assemble, backports_in, homes, requirements
from .tree import RUNTIME, Entry, Text, decode, runtime_file, runtime_import, shown, write_file

#: A file is worth a process of its own from here on.
_PARALLEL_FROM = 8
#: What the messages about files that can't be read have for a rule.
UNREADABLE = "syntax"


class Outcome(NamedTuple):
    """A file's report, and its text after and before where that changed."""

    entry: Entry
    report: FileReport
    after: Optional[bytes]
    text: str
    before: str


Job = Tuple[str, bytes, Configuration, str]


def lower(job: Job) -> Dict[str, Any]:
    """Lower one file; the outcome is JSON data: it is cached and crosses processes."""
    path, data, configuration, import_statement = job
    text: Optional[Text] = None

    options: Dict[str, Any] = {
        "filename": path,
        "runtime_import": import_statement,
        "enabled": configuration.enabled,
    }

    def lower_text(code: str) -> Result:
        return downgrade(code, configuration.target, lossy=configuration.lossy, **options)

    try:
        text = decode(data)
        kind = kind_of(pathlib.PurePath(path).suffix)
        result: Union[Result, Lowered]
        if kind is not None:
            result = lower_file(kind, text.text, lower_text)
        else:
            if configuration.lossy:
                result = downgrade_with_losses(text.text, configuration.target, **options)
            else:
                result = lower_text(text.text)
            if "doctests" in configuration.embedded and result.ok:
                result = with_docstrings(result, lower_text, path)
    except (SyntaxError, UnicodeDecodeError, RecursionError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        column = getattr(error, "offset", None) or 1
        reason = getattr(error, "msg", None) or str(error)
        message = Message(UNREADABLE, True, line, column, f"can't be read: {reason}")
        return {"text": None, "messages": [message], "counts": {}, "lines": data.count(b"\n")}
    return {
        "text": result.text if result.changed else None,
        "messages": as_losses(result.messages) if configuration.lossy else list(result.messages),
        "counts": result.counts,
        "lines": data.count(b"\n"),
    }


def with_docstrings(result: Result, lower_text: LowerText, path: str) -> Lowered:
    """A module that is lowered already, with the examples in its docstrings lowered too."""
    examples = lower_docstrings(result.text, lower_text, path)
    counts = dict(result.counts)
    for rule, count in examples.counts.items():
        counts[rule] = counts.get(rule, 0) + count
    changed = result.changed or examples.changed
    return Lowered(examples.text, changed, result.messages + examples.messages, counts)


def lower_all(
    entries: List[Entry], configuration: Configuration, cache: Cache, tick: Callable[[], None]
) -> Iterator[Outcome]:
    """Lower every Python file of ``entries``, in their order; ``tick`` is called for each."""
    pending: List[Tuple[Entry, bytes, str, Optional[Any], Job]] = []
    for entry in entries:
        if not entry.is_python:
            continue
        data = entry.path.read_bytes()
        statement = runtime_import(entry.path, entry.root)
        key = cache.key(data, statement, entry.path.suffix)
        pending.append(
            (entry, data, key, cache.get(key), (str(entry.path), data, configuration, statement))
        )
    jobs = [job for *_, known, job in pending if known is None]
    workers = min(configuration.jobs or os.cpu_count() or 1, len(jobs))
    if workers > 1 and len(jobs) >= _PARALLEL_FROM:
        with concurrent.futures.ProcessPoolExecutor(workers) as pool:
            fresh = pool.map(lower, jobs, chunksize=max(1, min(16, len(jobs) // (workers * 4))))
            yield from _collect(pending, fresh, cache, tick)
    else:
        yield from _collect(pending, map(lower, jobs), cache, tick)


def _collect(
    pending: List[Tuple[Entry, bytes, str, Optional[Any], Job]],
    fresh: Iterator[Dict[str, Any]],
    cache: Cache,
    tick: Callable[[], None],
) -> Iterator[Outcome]:
    for entry, data, key, known, _ in pending:
        outcome = known
        if outcome is None:
            outcome = next(fresh)
            cache.put(key, outcome)
        tick()
        changed = outcome["text"] is not None
        report = FileReport(
            str(entry.path),
            changed,
            tuple(Message(*message) for message in outcome["messages"]),
            dict(outcome["counts"]),
            outcome["lines"],
        )
        before = ""
        after = None
        if changed:
            decoded = decode(data)
            before, after = decoded.text, decoded.encode(outcome["text"])
        yield Outcome(entry, report, after, outcome["text"] or "", before)


def shims_in(text: str) -> Set[str]:
    """The names of the emitted module that a lowered text uses; some import it in an expression."""
    if RUNTIME not in text:
        return set()
    known = homes()
    aliases = {
        match.group(1) or RUNTIME
        for match in re.finditer(rf"\bimport {RUNTIME}(?: as (\w+))?", text)
    }
    aliases.add(RUNTIME)
    found = re.findall(rf"\b(?:{'|'.join(sorted(aliases))})(?:\\?\"\))?\.(\w+)", text)
    return {name for name in found if name in known}


def imported_backports(outcomes: List[Outcome]) -> Set[str]:
    """The packages that lowered code imports and the source didn't: keys of ``BACKPORTS``."""
    needed: Set[str] = set()
    for outcome in outcomes:
        if outcome.after is not None:
            needed |= backports_in(outcome.text) - backports_in(outcome.before)
            needed |= requirements(shims_in(outcome.text))
    return needed


def write(outcomes: List[Outcome], entries: List[Entry]) -> Dict[str, List[str]]:
    """Write the output: changed files, copies of the others, the emitted modules.

    Gives the emitted modules' paths and the names in each. In place, files that don't change
    aren't written.
    """
    wanted: Dict[pathlib.Path, Set[str]] = {}
    alone: Set[str] = set()
    lone_files: Set[pathlib.Path] = set()
    for outcome in outcomes:
        entry = outcome.entry
        data = outcome.after
        if data is None and entry.output == entry.path:
            names = shims_in(_read(entry.path))
        else:
            data = entry.path.read_bytes() if data is None else data
            write_file(entry.output, data, entry.path)
            names = shims_in(outcome.text or _read(entry.path))
        if names:
            file = runtime_file(entry.path, entry.output, entry.root)
            wanted.setdefault(file, set()).update(names)
            if not runtime_import(entry.path, entry.root).startswith("from"):
                alone |= names
                lone_files.add(file)
    for entry in entries:
        if not entry.is_python and entry.output != entry.path:
            write_file(entry.output, entry.path.read_bytes(), entry.path)
    for file in lone_files:  # one process may import only one module of that name
        wanted[file] |= alone
    for file, names in wanted.items():
        write_file(file, assemble(names).encode(), None)
    return {shown(file): sorted(names) for file, names in wanted.items()}


def _read(path: pathlib.Path) -> str:
    try:
        return decode(path.read_bytes()).text
    except (SyntaxError, UnicodeDecodeError):
        return ""
