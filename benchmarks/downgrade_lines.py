"""How fast ``downgrade`` is, in lines a second: files with nothing to do, and those it rewrites.

``python benchmarks/downgrade_lines.py [LIBRARY] [--step N] [--target 3.8]``. LIBRARY is a folder of
source, by default the running interpreter's standard library with its tests; run it under each
host with that of 3.13. Every N-th file is lowered, in one process; time is its CPU time, with
what reading and decoding cost. ``named`` are files with something that can't be lowered.
"""

from __future__ import annotations

import argparse
import pathlib
import platform
import sysconfig
import time
from typing import Dict, List

from downgrade import downgrade
from downgrade.targets import parse_target
from downgrade.tree import decode

#: Not the library's own, or gone since.
OMITTED = {"site-packages", "lib2to3", "idlelib"}


def main() -> None:
    """Measure, and print a row for each kind of file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    stdlib = pathlib.Path(sysconfig.get_paths()["stdlib"])
    parser.add_argument("library", nargs="?", type=pathlib.Path, default=stdlib)
    parser.add_argument("--step", type=int, default=8)
    parser.add_argument("--target", type=parse_target, default=(3, 8))
    options = parser.parse_args()
    files = [
        path
        for path in sorted(options.library.rglob("*.py"))
        if OMITTED.isdisjoint(path.relative_to(options.library).parts)
    ]
    rows: Dict[str, List[float]] = {kind: [0, 0, 0] for kind in ("unchanged", "changed", "named")}
    downgrade("f'{x.removeprefix(y)}'\n")  # reads the tables
    for path in files[:: options.step]:
        start = time.process_time()
        try:
            text = decode(path.read_bytes()).text
            result = downgrade(text, options.target, filename=str(path))
        except (SyntaxError, UnicodeDecodeError):
            continue  # bad on purpose
        row = rows["named" if not result.ok else "changed" if result.changed else "unchanged"]
        row[0] += 1
        row[1] += text.count("\n")
        row[2] += time.process_time() - start
    print(f"Python {platform.python_version()}, every {options.step}. file of {options.library}")
    for kind, (count, lines, seconds) in rows.items():
        rate = lines / seconds if seconds else 0
        print(f"{kind:10} {count:5.0f} files {lines:8.0f} lines {rate:9.0f} lines/s")


if __name__ == "__main__":
    main()
