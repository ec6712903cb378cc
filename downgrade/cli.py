"""``python -m downgrade PATH...``: the command line."""

from __future__ import annotations

import argparse
import pathlib
import sys
import time
from typing import Any, Callable, Dict, List, Optional, Sequence

from . import report as reports
from .cache import FOLDER, Cache
from .configuration import Configuration, ConfigurationError, configure, unknown_rules
from .engine import downgrade
from .rules import all_rules
from .run import Outcome, lower_all, write
from .tree import decode, find

#: A run with so many files shows how far it is, on a terminal.
_PROGRESS_FROM = 50


def parser() -> argparse.ArgumentParser:
    """The options, as ``--help`` shows them."""
    made = argparse.ArgumentParser(
        prog="python -m downgrade",
        description="Rewrite Python source so that it runs on older interpreters.",
        epilog="Exit codes: 0 done; 1 with --check or --diff: files would change; "
        "2 something could not be lowered, or the call was wrong.",
    )
    made.add_argument(
        "paths", nargs="*", type=pathlib.Path, metavar="PATH", help="files or folders"
    )
    made.add_argument("--target", help="the oldest Python to run on; else [tool.downgrade] target, "
                      "else the lower bound of requires-python, else 3.8")  # fmt: skip
    where = made.add_mutually_exclusive_group()
    where.add_argument("--out", type=pathlib.Path, metavar="DIR",
                       help="write the lowered tree below DIR (default: build/downgrade)")  # fmt: skip
    where.add_argument("--in-place", action="store_true", help="rewrite the files themselves")
    made.add_argument("--check", action="store_true", help="write nothing; say what would change")
    made.add_argument("--diff", action="store_true", help="write nothing; show what would change")
    made.add_argument("--report", choices=["text", "json", "sarif"], default="text")
    made.add_argument("--jobs", type=int, metavar="N", help="processes (default: one a core)")
    made.add_argument("--select", action="append", default=[], metavar="RULE",
                      help="only these rules; a rule's name, or a level such as py312")  # fmt: skip
    made.add_argument("--ignore", action="append", default=[], metavar="RULE")
    made.add_argument("--exclude", action="append", default=[], metavar="GLOB")
    made.add_argument("--no-cache", action="store_true", help=f"don't read or write {FOLDER}/")
    made.add_argument(
        "--stdin", action="store_true", help="lower standard input to standard output"
    )
    made.add_argument("--rules", action="store_true", help="list the rules, and stop")
    return made


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command; gives its exit code."""
    options = parser().parse_args(arguments)
    if options.rules:
        for rule in all_rules():
            pep = f"PEP {rule.pep}" if rule.pep else ""
            sys.stdout.write(
                f"{rule.version[0]}.{rule.version[1]:<3} {rule.name:32} {pep:8} {rule.title}\n"
            )
        return 0
    if bool(options.paths) == options.stdin:
        parser().error("give PATHs, or --stdin")
    try:
        configuration = _configuration(options)
        if options.stdin:
            return _standard_input(configuration)
        return _paths(options, configuration)
    except (ConfigurationError, FileNotFoundError) as error:
        sys.stderr.write(f"downgrade: {error}\n")
        return 2


def _configuration(options: argparse.Namespace) -> Configuration:
    given: Dict[str, Any] = {key: getattr(options, key) for key in ("select", "ignore", "exclude")}
    for key in ("target", "out", "jobs"):
        if getattr(options, key) is not None:
            given[key] = getattr(options, key)
    if options.in_place:
        given["out"] = None
    start = options.paths[0] if options.paths else pathlib.Path()
    configuration = configure(start if start.is_dir() else start.parent, given)
    unknown = unknown_rules(configuration, all_rules())
    if unknown:
        raise ConfigurationError(f"no rule is called {', '.join(unknown)}; see --rules")
    return configuration


def _standard_input(configuration: Configuration) -> int:
    """Lower what comes in; the messages go to standard error."""
    data = decode(sys.stdin.buffer.read())
    try:
        result = downgrade(
            data.text, configuration.target, filename="<stdin>", enabled=configuration.enabled
        )
    except SyntaxError as error:
        sys.stderr.write(f"<stdin>:{error.lineno}:{error.offset}: error: {error.msg}\n")
        return 2
    sys.stdout.buffer.write(data.encode(result.text))
    sys.stdout.buffer.flush()
    for message in result.messages:
        kind = "error" if message.error else "note"
        where = f"<stdin>:{message.line}:{message.column}"
        sys.stderr.write(f"{where}: {kind}: {message.text} [{message.rule}]\n")
    return 0 if result.ok else 2


def _paths(options: argparse.Namespace, configuration: Configuration) -> int:
    start = time.perf_counter()
    entries = list(find(options.paths, configuration))
    only_look = options.check or options.diff
    cache = Cache(None if options.no_cache else pathlib.Path(FOLDER), configuration)
    outcomes = _with_progress(
        sum(entry.is_python for entry in entries),
        options.report == "text",
        lambda tick: list(lower_all(entries, configuration, cache, tick)),
    )
    cache.save()
    emitted = {} if only_look else write(outcomes, entries)
    if options.diff:
        for outcome in outcomes:
            if outcome.report.changed:
                lines = reports.diff(outcome.report.path, outcome.before, outcome.text)
                sys.stdout.writelines(lines)
    report = reports.RunReport(
        configuration.target,
        configuration.target_from,
        [outcome.report for outcome in outcomes],
        emitted,
        time.perf_counter() - start,
        "" if only_look or configuration.out is None else str(configuration.out),
    )
    if options.report == "json":
        sys.stdout.write(reports.as_json(report) + "\n")
    elif options.report == "sarif":
        sys.stdout.write(reports.sarif(report, all_rules()) + "\n")
    else:
        stream = sys.stderr if options.diff else sys.stdout
        stream.write(reports.text(report) + "\n")
    code = report.exit_code
    return code if only_look or code == 2 else 0


def _with_progress(
    number: int, wanted: bool, work: Callable[[Callable[[], None]], List[Outcome]]
) -> List[Outcome]:
    """Run ``work`` with a bar, if there is somebody to see it."""
    if not wanted or number < _PROGRESS_FROM or not sys.stderr.isatty():
        return work(lambda: None)
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

    columns = (*Progress.get_default_columns(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("lowering", total=number)
        return work(lambda: progress.advance(task))
