"""``python -m downgrade PATH...``: the command line."""

from __future__ import annotations

import argparse
import pathlib
import sys
import time
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence

from . import report as reports
from .cache import FOLDER, Cache
from .configuration import (
    Configuration,
    ConfigurationError,
    check_names,
    configure,
    find_pyproject,
)
from .manifest import examine
from .rules import all_rules
from .run import UNREADABLE, Outcome, imported_backports, lower, lower_all, write
from .tree import Entry, decode, find, runtime_import, shown, write_file

#: A run with so many files shows how far it is, on a terminal.
_PROGRESS_FROM = 50
EMBEDDED = {
    "notebooks": "the cells of notebooks (.ipynb)",
    "markdown": "the blocks of Markdown (.md)",
    "doctests": "the examples in docstrings",
}


def parser() -> argparse.ArgumentParser:
    """The options, as ``--help`` shows them."""
    made = argparse.ArgumentParser(
        prog="python -m downgrade",
        description="Rewrite Python source so that it runs on older interpreters.",
        epilog="Exit codes: 0 done; 1 with --check or --diff: files would change; "
        "2 something could not be lowered, or the call was wrong. Settings: [tool.downgrade] in "
        "pyproject.toml. A line with the comment '# downgrade: off' is left as it is.",
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
    made.add_argument("--dry-run", action="store_true",
                      help="write nothing; say what can't be lowered")  # fmt: skip
    made.add_argument("--lossy", action="store_true",
                      help="leave what can't be lowered, or lower it with a loss: a warning says "
                      "which, and the exit code isn't 2 for it")  # fmt: skip
    made.add_argument("--report", choices=["text", "json", "sarif"], default="text",
                      help="the form of the report (default: text)")  # fmt: skip
    made.add_argument("--update-pyproject", action="store_true",
                      help="write what pyproject.toml has to say of the lowered package: "
                      "requires-python, classifiers, dependencies")  # fmt: skip
    made.add_argument("--jobs", type=int, metavar="N", help="processes (default: one a core)")
    made.add_argument("--select", action="append", default=[], metavar="RULE",
                      help="only these rules; a rule's name, or a level such as py312")  # fmt: skip
    made.add_argument("--extend-select", action="append", default=[], metavar="RULE",
                      help="these rules too: those that run only on request")  # fmt: skip
    made.add_argument("--ignore", action="append", default=[], metavar="RULE",
                      help="not these rules or levels")  # fmt: skip
    made.add_argument("--exclude", action="append", default=[], metavar="GLOB",
                      help="leave out files and folders of these names or paths")  # fmt: skip
    for kind, files in EMBEDDED.items():
        made.add_argument(f"--{kind}", action="store_true", help=f"lower the code in {files}, too")
    made.add_argument("--no-cache", action="store_true", help=f"don't read or write {FOLDER}/")
    made.add_argument(
        "--stdin", action="store_true", help="lower standard input to standard output"
    )
    made.add_argument("--stdin-filename", metavar="PATH", type=pathlib.Path,
                      help="where that text belongs, for imports, settings and messages")  # fmt: skip
    made.add_argument("--rules", action="store_true", help="list the rules, and stop")
    return made


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command; gives its exit code."""
    options = parser().parse_args(arguments)
    if options.rules:
        for rule in all_rules():
            pep = f"PEP {rule.pep}" if rule.pep else ""
            asked = " (on request)" if rule.on_request else ""
            version = f"{rule.version[0]}.{rule.version[1]:<3}"
            sys.stdout.write(f"{version} {rule.name:32} {pep:8} {rule.title}{asked}\n")
        return 0
    if bool(options.paths) == options.stdin:
        parser().error(
            "give PATHs, for example: python -m downgrade src/"
            if not options.paths
            else "give PATHs or --stdin, not both"
        )
    try:
        configuration = _configuration(options)
        if options.stdin:
            return _standard_input(options, configuration)
        return _paths(options, configuration)
    except (ConfigurationError, OSError) as error:
        sys.stderr.write(f"downgrade: {error}\n")
        return 2


def _configuration(options: argparse.Namespace) -> Configuration:
    keys = ("select", "extend_select", "ignore", "exclude", "lossy", *EMBEDDED)
    given: Dict[str, Any] = {key: getattr(options, key) for key in keys}
    for key in ("target", "out", "jobs"):
        if getattr(options, key) is not None:
            given[key] = getattr(options, key)
    if options.in_place:
        given["out"] = None
    named = options.stdin_filename or pathlib.Path()
    start = options.paths[0] if options.paths else named
    configuration = configure(start if start.is_dir() else start.parent, given)
    check_names(configuration, all_rules())
    return configuration


def _standard_input(options: argparse.Namespace, configuration: Configuration) -> int:
    """Lower what comes in to standard output; the messages go to standard error.

    With an option that writes nothing the report comes instead.
    """
    start = time.perf_counter()
    path = options.stdin_filename or pathlib.Path("<stdin>")
    data = sys.stdin.buffer.read()
    statement = runtime_import(path)
    outcome = lower((str(path), data, configuration, statement))
    messages = tuple(outcome["messages"])
    changed = outcome["text"] is not None
    file = reports.FileReport(str(path), changed, messages, outcome["counts"], outcome["lines"])
    seconds = time.perf_counter() - start
    report = reports.RunReport(
        configuration.target, configuration.target_from, [file], {}, seconds, ""
    )
    if not (options.check or options.diff or options.dry_run):
        text = outcome["text"]
        if not any(message.rule == UNREADABLE for message in messages):
            sys.stdout.buffer.write(data if text is None else decode(data).encode(text))
        sys.stdout.buffer.flush()
        sys.stderr.writelines(f"{line}\n" for line in reports.messages(report))
        return 2 if file.failed else 0
    if options.diff and changed:
        sys.stdout.writelines(reports.diff(str(path), decode(data).text, outcome["text"]))
    return _say(options, report)


def _paths(options: argparse.Namespace, configuration: Configuration) -> int:
    start = time.perf_counter()
    entries = _once(find(options.paths, configuration))
    only_look = options.check or options.diff or options.dry_run
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
    manifest = _manifest(options, configuration, outcomes, entries, only_look)
    report = reports.RunReport(
        configuration.target,
        configuration.target_from,
        [outcome.report for outcome in outcomes],
        emitted,
        time.perf_counter() - start,
        "" if only_look or configuration.out is None else str(configuration.out),
        manifest,
    )
    return _say(options, report)


def _manifest(
    options: argparse.Namespace,
    configuration: Configuration,
    outcomes: List[Outcome],
    entries: List[Entry],
    only_look: bool,
) -> Optional[reports.FileReport]:
    """Look at ``pyproject.toml``, and write it if that is asked for.

    It goes where its copy is, or to the top of the folder that the tree is written to; in place
    it is changed itself.
    """
    start = options.paths[0]
    path = find_pyproject(start if start.is_dir() else start.parent)
    if path is None:
        if options.update_pyproject:
            raise ConfigurationError(f"{start}: there is no pyproject.toml in or above it")
        return None
    try:
        manifest = examine(path, configuration.target, imported_backports(outcomes))
    except ConfigurationError:
        if options.update_pyproject:
            raise
        return None
    if not options.update_pyproject:
        hint = "" if manifest.text is None else "; --update-pyproject writes it"
        said = [one._replace(text=one.text + hint) for one in manifest.messages]
        return manifest._replace(messages=said).report if said else None
    output = path if configuration.out is None else configuration.out / path.name
    for entry in entries:
        if entry.path.resolve() == path:
            output = entry.output
    before = path.read_bytes().decode("utf-8")
    text = before if manifest.text is None else manifest.text
    if options.diff and text != before:
        sys.stdout.writelines(reports.diff(shown(path), before, text))
    if not only_look:
        write_file(output, text.encode(), path)
    return manifest.report._replace(changed=text != before)


def _once(entries: Iterable[Entry]) -> List[Entry]:
    """Each file once, even if it is named twice.

    ``ConfigurationError`` if two files would be written to one place.
    """
    found: Dict[pathlib.Path, Entry] = {}
    for entry in entries:
        other = found.setdefault(entry.output.resolve(), entry)
        if other.path.resolve() != entry.path.resolve():
            raise ConfigurationError(
                f"{other.path} and {entry.path} would both be written to {entry.output}: "
                "lower one after the other, with a folder --out for each"
            )
    return list(found.values())


def _say(options: argparse.Namespace, report: reports.RunReport) -> int:
    """Print the report; give the exit code."""
    if options.report == "json":
        sys.stdout.write(reports.as_json(report) + "\n")
    elif options.report == "sarif":
        sys.stdout.write(reports.sarif(report, all_rules()) + "\n")
    else:
        stream = sys.stderr if options.diff else sys.stdout
        stream.write(reports.text(report) + "\n")
    code = report.exit_code
    return code if code == 2 or options.check or options.diff else 0


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
