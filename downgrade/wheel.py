"""A wheel for older Pythons: its modules lowered, its metadata and its list of files as they are then.

Sources: the wheel format (https://packaging.python.org/specifications/binary-distribution-format/)
and core metadata (https://packaging.python.org/specifications/core-metadata/).
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import pathlib
import re
import tempfile
import zipfile
from typing import Dict, List, NamedTuple, Tuple

from .cache import Cache
from .configuration import Configuration
from .manifest import CLASSIFIER, lowered_bounds, older_versions
from .report import FileReport
from .run import imported_backports, lower_all, write
from .runtime import BACKPORTS
from .targets import Version, show
from .tree import SUFFIXES, Entry

__all__ = ["WheelError", "WheelReport", "lower_wheel"]


class WheelError(Exception):
    """A wheel that could not be lowered; the text says what, where and why."""


class WheelReport(NamedTuple):
    """What was done.

    Args:
        files: a report for each module of the wheel, in the order of their paths.
        required: the packages that the lowered wheel requires in addition.
    """

    files: List[FileReport]
    required: List[str]


def lower_wheel(path: pathlib.Path, configuration: Configuration) -> WheelReport:
    """Lower the modules in a wheel for ``configuration.target``, and write it in its place.

    ``Requires-Python`` and the classifiers let the target in, ``Requires-Dist`` has what lowered
    code imports, ``RECORD`` is made anew. A wheel without anything to lower keeps its bytes but
    for those of its metadata that the target changes.

    Raises:
        WheelError: it is no wheel, it is signed, or something in it can't be lowered; it stays as
            it was.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        order = _unpack(path, folder)
        metadata = _only([one for one in order if one.endswith(".dist-info/METADATA")], path)
        if any(one.endswith((".dist-info/RECORD.jws", ".dist-info/RECORD.p7s")) for one in order):
            raise WheelError(f"{path.name} is signed: a lowered wheel would not be")
        files = [folder / one for one in order if one.endswith(SUFFIXES)]
        files = [one for one in files if not configuration.excluded_by_user(one, folder)]
        roots = [_root(one, folder) for one in sorted(files)]
        entries = [Entry(one, one, True, root) for one, root in zip(sorted(files), roots)]
        before = {entry.path: entry.path.read_bytes() for entry in entries}
        cache = Cache(None, configuration)
        outcomes = list(lower_all(entries, configuration, cache, lambda: None))
        wrong = [
            f"{one.entry.path.relative_to(folder)}:{message.line}: {message.text}"
            for one in outcomes
            for message in one.report.messages
            if message.error
        ]
        if wrong:
            version = show(configuration.target)
            lines = "\n".join(wrong)
            raise WheelError(f"{path.name} can't be lowered to Python {version}:\n{lines}")
        write(outcomes, entries)
        needed = imported_backports(outcomes)
        text = (folder / metadata).read_text("utf-8")
        required = [BACKPORTS[one] for one in sorted(needed) if not _requires(text, one)]
        lowered = _metadata(text, configuration.target, required)
        (folder / metadata).write_bytes(lowered.encode())
        changed = lowered != text or any(
            not entry.path.is_file() or entry.path.read_bytes() != before[entry.path]
            for entry in entries
        )
        if changed:
            _pack(path, folder, order, metadata)
    reports = [
        one.report._replace(path=str(one.entry.path.relative_to(folder))) for one in outcomes
    ]
    return WheelReport(reports, required)


def _root(path: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """The folder from which a wheel's file is imported: the wheel's, or one of its ``.data``."""
    first, *rest = path.relative_to(folder).parts
    if first.endswith(".data") and len(rest) > 1:
        return folder / first / rest[0]
    return folder


def _unpack(path: pathlib.Path, folder: pathlib.Path) -> List[str]:
    """The names of the files in a wheel, which are in ``folder`` then."""
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
            return [one.filename for one in archive.infolist() if not one.is_dir()]
    except (OSError, zipfile.BadZipFile) as error:
        raise WheelError(f"{path} can't be read as a wheel: {error}") from error


def _only(names: List[str], path: pathlib.Path) -> str:
    if len(names) != 1:
        raise WheelError(f"{path.name} is no wheel: it has {len(names)} files METADATA, not one")
    return names[0]


def _requires(metadata: str, package: str) -> bool:
    """Whether metadata requires a package already, whatever its version."""
    name = re.escape(package).replace("_", "[-_.]")
    return (
        re.search(rf"^Requires-Dist:\s*{name}\b(?![-_.])", metadata, re.MULTILINE | re.IGNORECASE)
        is not None
    )


def _metadata(text: str, target: Version, required: List[str]) -> str:
    """Metadata that lets the target in."""
    head, gap, body = text.partition("\n\n")
    if not gap and head.endswith("\n"):  # there is no body
        head, gap = head[:-1], "\n"
    lines = head.split("\n")
    older = False
    for place, line in enumerate(lines):
        if line.startswith("Requires-Python:"):
            lines[place] = lowered_bounds(line, target)
            older = lines[place] != line
    heads = [line for line in lines if line.startswith(f"Classifier: {CLASSIFIER}3.")]
    missing = older_versions([line.partition(": ")[2] for line in heads], target)
    if older and missing:
        first = lines.index(heads[0])
        lines[first:first] = [f"Classifier: {one}" for one in missing]
    lines += [f"Requires-Dist: {one}" for one in required]
    return "\n".join(lines) + gap + body


def _pack(path: pathlib.Path, folder: pathlib.Path, order: List[str], metadata: str) -> None:
    """Write the wheel: the files in their order, new ones behind, then the new RECORD."""
    record = metadata.rpartition("/")[0] + "/RECORD"
    found = {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}
    names = [one for one in order if one != record and one in found]
    # Metadata stands at the end of a wheel: new modules go before it.
    place = next(index for index, one in enumerate(names) if ".dist-info/" in one)
    names[place:place] = sorted(found - set(order))
    with zipfile.ZipFile(path) as old:
        known: Dict[str, zipfile.ZipInfo] = {one.filename: one for one in old.infolist()}
    date = known[metadata].date_time
    rows = io.StringIO()
    table = csv.writer(rows, lineterminator="\n")
    made = path.with_name(path.name + ".lowered")
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in names:
            data = (folder / name).read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            table.writerow([name, f"sha256={digest}", len(data)])
            new.writestr(_info(name, known, date), data)
        table.writerow([record, "", ""])
        new.writestr(_info(record, known, date), rows.getvalue())
    made.replace(path)


def _info(
    name: str, known: Dict[str, zipfile.ZipInfo], date: Tuple[int, int, int, int, int, int]
) -> zipfile.ZipInfo:
    """A member's date and mode: those that it had, or those of any file."""
    info = zipfile.ZipInfo(name, known[name].date_time if name in known else date)
    info.external_attr = known[name].external_attr if name in known else 0o100644 << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
