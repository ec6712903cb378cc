"""Every network and layer of the zoo on every backend: the largest errors, and what is taken.

``python -m benchmarks.backend_zoo [--backends NAME,...] [--only PART,...] [--layers] [--json FILE]``
from the checkout; ``docs/backend-zoo.md`` has its figures. Without ``--layers`` it is the
networks. It ends with 1 where an error is above the tolerance, and where something raises.

A process measures one pair after the other; where it dies, the pair is told as such and another
process goes on behind it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import warnings
from typing import Any, Dict, List, Optional, Tuple

BACKENDS = ("static", "llvm", "onnxruntime", "openvino", "tvm")

#: By ``member/backend``: figures, or a text that says why there are none.
Found = Dict[str, Any]


def _child(pairs: List[Tuple[str, str]]) -> None:
    """Print a line for each pair, behind one that says that it begins."""
    warnings.simplefilter("ignore")
    import gc

    import paddlefx
    from tests.support.backend_zoo import LAYERS, NETWORKS, measured

    members = {**LAYERS, **NETWORKS}
    for name, backend in pairs:
        print(f"\n@ {name}/{backend}", flush=True)
        figures: Any
        try:
            figures = list(measured(members[name], backend))
        except Exception as error:  # whatever it is, it is a finding
            lines = str(error).strip().splitlines()
            figures = f"{type(error).__name__}: {lines[0] if lines else ''}"
        print(f"\n= {json.dumps(figures)}", flush=True)
        paddlefx.reset()
        gc.collect()


def _measured(pairs: List[Tuple[str, str]]) -> Found:
    found: Found = {}
    while pairs:
        command = [sys.executable, "-m", "benchmarks.backend_zoo", "--child", json.dumps(pairs)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8")
        assert process.stdout is not None
        begun = ""
        for line in process.stdout:
            if line.startswith("@ "):
                begun = line[2:].strip()
            elif line.startswith("= "):
                found[begun] = json.loads(line[2:])
                print(begun, found[begun], file=sys.stderr, flush=True)
                begun = ""
        status = process.wait()
        if begun:
            found[begun] = f"the process died: {status}"
            print(begun, found[begun], file=sys.stderr, flush=True)
        elif status:
            raise SystemExit(f"exit status {status} before anything was measured")
        pairs = [(name, backend) for name, backend in pairs if f"{name}/{backend}" not in found]
    return found


def _names(layers: bool, only: List[str]) -> List[str]:
    from tests.support.backend_zoo import LAYERS, NETWORKS

    members = LAYERS if layers else NETWORKS
    return [name for name in members if any(part in name for part in only)]


def _cell(figures: Any) -> str:
    if figures is None:
        return ""
    if isinstance(figures, str):
        return figures
    error, share, seconds, _ = figures
    return f"{error:.0e} · {share * 100:.0f} % · {seconds:.1f} s"


def table(found: Found, backends: List[str]) -> str:
    """Members by backends: error, share of the operations, seconds of the first call."""
    names = list(dict.fromkeys([pair.rpartition("/")[0] for pair in found]))
    lines = ["| | " + " | ".join(backends) + " |", "|---" * (len(backends) + 1) + "|"]
    for name in names:
        cells = [_cell(found.get(f"{name}/{backend}")) for backend in backends]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def summary(found: Found, backends: List[str]) -> str:
    """By backend: how many members it takes whole, in part and not at all; its worst errors."""
    lines = ["| | whole | in part | not | largest errors |", "|---|---|---|---|---|"]
    for backend in backends:
        rows = {
            pair.rpartition("/")[0]: figures
            for pair, figures in found.items()
            if pair.endswith(f"/{backend}") and not isinstance(figures, str)
        }
        whole = sum([share >= 1 for _, share, _, _ in rows.values()])
        none = sum([share <= 0 for _, share, _, _ in rows.values()])
        worst = sorted(rows, key=lambda name: -rows[name][0])[:3]
        errors = ", ".join([f"{name} {rows[name][0]:.0e}" for name in worst])
        lines.append(f"| {backend} | {whole} | {len(rows) - whole - none} | {none} | {errors} |")
    return "\n".join(lines)


def _is_wrong(figures: Any, tolerance: float) -> bool:
    if isinstance(figures, str):
        return not figures.startswith("CompilerNotFoundError")
    error: float = figures[0]
    return not error <= tolerance


def main(given: Optional[List[str]] = None) -> int:
    """Measure and print; 1 where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backend_zoo")
    parser.add_argument("--backends", default=",".join(BACKENDS), type=lambda text: text.split(","))
    parser.add_argument("--only", default="", help="parts of names, with commas")
    parser.add_argument("--layers", action="store_true", help="of paddle.nn, not the networks")
    parser.add_argument("--json", help="write the figures to this file")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args(given)
    if arguments.child:
        _child([tuple(pair) for pair in json.loads(arguments.child)])
        return 0
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from tests.support.backend_zoo import TOLERANCE

    names = _names(arguments.layers, arguments.only.split(","))
    found = _measured([(name, backend) for name in names for backend in arguments.backends])
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)
    print(f"Python {platform.python_version()}; tolerance {TOLERANCE:g}\n")
    print(summary(found, arguments.backends) + "\n")
    if not arguments.layers:
        print(table(found, arguments.backends))
    wrong = [pair for pair, figures in found.items() if _is_wrong(figures, TOLERANCE)]
    for pair in wrong:
        print(f"wrong: {pair}: {_cell(found[pair])}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
