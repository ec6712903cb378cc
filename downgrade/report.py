"""What a run says about itself: for people, as JSON, as SARIF."""

from __future__ import annotations

import difflib
import json
import pathlib
import urllib.parse
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .rule import Message, Rule
from .targets import Version, show


class FileReport(NamedTuple):
    """What became of one file."""

    path: str
    changed: bool
    messages: Tuple[Message, ...]
    counts: Dict[str, int]
    lines: int

    @property
    def failed(self) -> bool:
        """Whether something in it could not be lowered."""
        return any(message.error for message in self.messages)


class RunReport(NamedTuple):
    """What became of all."""

    target: Version
    target_from: str
    files: List[FileReport]
    #: the emitted modules: path -> names in them
    emitted: Dict[str, List[str]]
    seconds: float
    output: str
    #: what the package's manifest says that doesn't fit the target; not counted among the files
    manifest: Optional[FileReport] = None

    @property
    def exit_code(self) -> int:
        """2 if something could not be lowered, 1 if something changes, 0 if nothing does."""
        if any(file.failed for file in self.files):
            return 2
        return int(any(file.changed for file in self.all_files))

    @property
    def all_files(self) -> List[FileReport]:
        """The files, and the manifest behind them."""
        return self.files if self.manifest is None else [*self.files, self.manifest]


def messages(report: RunReport) -> List[str]:
    """The messages, one a line: ``path:line:column: error: ... [rule]``."""
    return [
        f"{file.path}:{f'cell {message.cell}:' if message.cell else ''}"
        f"{message.line}:{message.column}: "
        f"{message.level}: {message.text} [{message.rule}]"
        for file in report.all_files
        for message in file.messages
    ]


def text(report: RunReport) -> str:
    """The messages, one a line, and a summary."""
    out = messages(report)
    changed = sum(file.changed for file in report.files)
    failed = sum(file.failed for file in report.files)
    lossy = sum(any(message.loss for message in file.messages) for file in report.files)
    lines = sum(file.lines for file in report.files)
    counts: Dict[str, int] = {}
    for file in report.files:
        for rule, count in file.counts.items():
            counts[rule] = counts.get(rule, 0) + count
    for rule, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        out.append(f"  {count:6,} {rule}")
    for path, names in sorted(report.emitted.items()):
        out.append(f"  {path}: {', '.join(names)}")
    files = "1 file" if len(report.files) == 1 else f"{len(report.files):,} files"
    out.append(
        f"{files}, {lines:,} lines for Python {show(report.target)} "
        f"({report.target_from}) in {report.seconds:.1f} s: "
        f"{changed} changed, {failed} could not be lowered"
        + (f", {lossy} with losses" if lossy else "")
        + (f"; written to {report.output}" if report.output else "")
    )
    return "\n".join(out)


def as_json(report: RunReport) -> str:
    """The same as data."""
    data: Dict[str, Any] = {
        "target": show(report.target),
        "target_from": report.target_from,
        "seconds": round(report.seconds, 3),
        "output": report.output,
        "emitted": report.emitted,
        "manifest": None if report.manifest is None else _file(report.manifest),
        "files": [_file(file) for file in report.files],
    }
    return json.dumps(data, indent=2)


def _file(file: FileReport) -> Dict[str, Any]:
    return {
        "path": file.path,
        "changed": file.changed,
        "lines": file.lines,
        "rules": file.counts,
        "messages": [message._asdict() for message in file.messages],
    }


def sarif(report: RunReport, rules: Tuple[Rule, ...]) -> str:
    """SARIF 2.1.0, what code hosts show beside the source."""
    results = [
        {
            "ruleId": message.rule,
            "level": message.level,
            "message": {
                "text": f"cell {message.cell}, line {message.line}: {message.text}"
                if message.cell
                else message.text
            },
            "locations": [{"physicalLocation": _place(file, message)}],
        }
        for file in report.all_files
        for message in file.messages
    ]
    driver = {
        "name": "downgrade",
        "rules": [{"id": rule.name, "shortDescription": {"text": rule.title}} for rule in rules],
    }
    return json.dumps(
        {
            "version": "2.1.0",
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "runs": [{"tool": {"driver": driver}, "results": results}],
        },
        indent=2,
    )


def _place(file: FileReport, message: Message) -> Dict[str, Any]:
    """A physical location; the line in a cell is no line of the file, so it isn't one here."""
    place: Dict[str, Any] = {"artifactLocation": {"uri": _uri(file.path)}}
    if not message.cell:
        place["region"] = {"startLine": message.line, "startColumn": message.column}
    return place


def _uri(path: str) -> str:
    """A path as a URI reference: relative ones stay so."""
    pure = pathlib.PurePath(path)
    return pure.as_uri() if pure.is_absolute() else urllib.parse.quote(pure.as_posix())


def diff(path: str, before: str, after: str) -> Iterator[str]:
    """The lines of a unified diff, each with its line end."""
    for line in difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), path, path
    ):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
