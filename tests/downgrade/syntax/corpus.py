"""Our parser beside CPython 3.13's ``ast`` over a tree of files, on any host.

``python3.13 -m tests.downgrade.syntax.corpus --write DIGESTS LIB`` keeps what ``ast`` makes of
each file, ``python3.8 -m tests.downgrade.syntax.corpus DIGESTS LIB`` compares, and says how
many lines a second of processor time it reads.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pathlib
import sys
import time
from typing import Dict, Iterator, List, Tuple

from downgrade.syntax import parse
from downgrade.syntax.from_ast import parse_by_host
from downgrade.syntax.node import dump

REFUSED = "refused"


def files(root: pathlib.Path) -> Iterator[Tuple[str, bytes]]:
    """Each Python file below ``root`` but installed packages, with its path from there."""
    for path in sorted(root.rglob("*.py")):
        if "site-packages" not in path.parts:
            yield path.relative_to(root).as_posix(), path.read_bytes()


def digest(dumped: str) -> str:
    """A short name for a dump."""
    return hashlib.sha256(dumped.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def write(root: pathlib.Path, target: pathlib.Path) -> None:
    """Keep the digests of the host's trees."""
    found: Dict[str, str] = {}
    for name, source in files(root):
        try:
            found[name] = digest(dump(parse_by_host(source)))
        except (SyntaxError, ValueError):
            found[name] = REFUSED
    target.write_text(json.dumps(found, indent=0) + "\n", "utf-8")


def compare(root: pathlib.Path, digests: pathlib.Path) -> List[str]:
    """The files of which our parser makes something else; prints counts."""
    expected: Dict[str, str] = json.loads(digests.read_text("utf-8"))
    different: List[str] = []
    lines = refused = 0
    seconds = 0.0
    for name, source in files(root):
        lines += source.count(b"\n")
        begin = time.process_time()
        try:
            module = parse(source, version=(3, 13))
        except SyntaxError:
            ours = REFUSED
            refused += 1
        else:
            seconds += time.process_time() - begin
            ours = digest(dump(module))
        if ours != expected[name]:
            different.append(name)
    print(
        f"{sys.version.split()[0]}: {len(expected)} files, {lines} lines: "
        f"{len(expected) - len(different)} the same ({refused} refused by both), "
        f"{len(different)} different; {lines / seconds:,.0f} lines/s"
    )
    return different


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("digests", type=pathlib.Path)
    parser.add_argument("root", type=pathlib.Path)
    options = parser.parse_args()
    if options.write:
        write(options.root, options.digests)
        return 0
    different = compare(options.root, options.digests)
    print("\n".join(different))
    return int(bool(different))


if __name__ == "__main__":
    sys.exit(main())
