"""What earlier runs found out: a file that is lowered already isn't read twice.

The key is made of the file's bytes, the target, the rules in use and the program's own files, so
that nothing old is ever given.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import tempfile
from typing import Any, Dict, Optional

from .configuration import Configuration

FOLDER = ".downgrade_cache"
_MAX_ENTRIES = 20_000


def own_digest() -> str:
    """A digest of the program itself: names, sizes and times of its files."""
    digest = hashlib.sha256()
    for path in sorted(pathlib.Path(__file__).parent.rglob("*.py")):
        state = path.stat()
        digest.update(f"{path.name} {state.st_size} {state.st_mtime_ns};".encode())
    return digest.hexdigest()


class Cache:
    """Outcomes by key, in one JSON file; without a folder it remembers nothing."""

    def __init__(self, folder: Optional[pathlib.Path], configuration: Configuration) -> None:
        """Read what is there; what can't be read is forgotten."""
        self._path = None if folder is None else folder / "outcomes.json"
        parts = (
            own_digest(),
            str(configuration.target),
            ",".join(sorted(configuration.select)),
            ",".join(sorted(configuration.ignore)),
            ",".join(sorted(configuration.extend_select)),
            ",".join(sorted(configuration.embedded)),
            str(configuration.lossy),
        )
        self._salt = "|".join(parts).encode()
        self._known: Dict[str, Any] = {}
        self._used: Dict[str, Any] = {}
        if self._path is not None:
            try:
                self._known = json.loads(self._path.read_text("utf-8"))
            except (OSError, ValueError):
                self._known = {}

    def key(self, data: bytes, runtime_import: str, suffix: str) -> str:
        """The key of a file's bytes, and of the kind of file that its suffix means."""
        head = f"{runtime_import}|{suffix}|".encode()
        return hashlib.sha256(self._salt + head + data).hexdigest()

    def get(self, key: str) -> Optional[Any]:
        """The outcome for ``key``, or None."""
        value = self._known.get(key)
        if value is not None:
            self._used[key] = value
        return value

    def put(self, key: str, value: Any) -> None:
        """Remember an outcome (JSON data)."""
        self._used[key] = value

    def save(self) -> None:
        """Write what this run used, and what earlier runs did as far as there is room."""
        if self._path is None:
            return
        entries = dict(self._used)
        for key, value in self._known.items():
            if len(entries) >= _MAX_ENTRIES:
                break
            entries.setdefault(key, value)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            (self._path.parent / ".gitignore").write_text("*\n", "utf-8")
            handle, name = tempfile.mkstemp(dir=str(self._path.parent))
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(entries, file)
            os.replace(name, str(self._path))
        except OSError:
            return  # a read-only folder: the next run is as slow as this one
