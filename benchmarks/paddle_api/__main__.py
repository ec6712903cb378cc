"""``python -m benchmarks.paddle_api [--write FILE] [--json FILE] [--backend NAME] [NAME ...]``.

Each function is called in a fork of this process, which has called none: an error in a kernel
ends that fork only.
"""

from __future__ import annotations

import argparse
import functools
import gc
import importlib
import json
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from ..forks import in_a_fork
from .backend_sweep import backend_page, backend_verdict
from .report import page
from .sweep import NAMESPACES, Verdict, functions, verdict

#: Seconds for one function.
LIMIT = 60


def forked(heading: str, name: str, backend: str) -> Verdict:
    """The verdict, found in a fork of this process."""
    find = functools.partial(backend_verdict, backend=backend) if backend else verdict
    told = in_a_fork(lambda: find(heading, name), LIMIT)
    return Verdict("not called", told.why) if told.why else Verdict(*told.result)


def main(arguments: Optional[List[str]] = None) -> None:
    """Try the functions whose names are given, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paddle_api")
    parser.add_argument("names", nargs="*", metavar="NAME", help="paddle.linalg, or paddle.abs")
    parser.add_argument("--write", type=Path, help="write the table to this file")
    parser.add_argument("--json", type=Path, help="write the verdicts to this file")
    parser.add_argument("--backend", default="", help="try this backend, without gradients")
    chosen = parser.parse_args(arguments)
    for module in ("translate", "executor", "frameworks.paddle", "compiler"):
        importlib.import_module(f"paddlefx.{module}")  # which otherwise every fork would do
    gc.freeze()
    found: Dict[Tuple[str, str], Verdict] = {}
    for heading in NAMESPACES:
        for name in functions(heading):
            full = f"{heading}.{name}"
            if chosen.names and heading not in chosen.names and full not in chosen.names:
                continue
            one = found[heading, name] = forked(heading, name, chosen.backend)
            if one.state not in ("one graph", "compiled"):
                print(f"{full:50} {one.state:10} {one.why}", flush=True)
    if chosen.json:
        rows = [[heading, name, *one] for (heading, name), one in found.items()]
        chosen.json.write_text(json.dumps(rows, indent=0), "utf-8")
    text = backend_page(found, chosen.backend) if chosen.backend else page(found)
    if chosen.write:
        chosen.write.write_text(text, "utf-8")
    print(text.partition("\n## ")[0])


if __name__ == "__main__":
    main()
