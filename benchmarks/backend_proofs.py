"""A table of the largest errors: each backend on the proof list, on this Python.

``python -m benchmarks.backend_proofs`` from the checkout; ``docs/backends.md`` has its figures.
What a backend runs eagerly is marked ``*``: all of it, or a part.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import paddle

import paddlefx
from paddlefx.compiler import get
from paddlefx.errors import CompilerNotFoundError
from tests.support.backend_proofs import PROOFS, largest_error

BACKENDS = ("static", "llvm", "mlir", "mlir by IREE", "onnxruntime", "openvino", "triton")


def compiler(backend: str) -> Any:
    """The compiler of a row.

    Raises:
        CompilerNotFoundError: it isn't here.
    """
    if backend == "mlir by IREE":
        from paddlefx.compiler.mlir import MLIRCompiler

        return MLIRCompiler(runtime="iree")
    return get(backend)


def row(name: str) -> str:
    """The errors of one backend, or why there are none."""
    try:
        backend = compiler(name)
    except CompilerNotFoundError as error:
        return f"not available: {error.reason}"
    cells = []
    for function, calls in PROOFS.values():
        worst = 0.0
        notes = ()
        with paddle.no_grad():
            compiled = paddlefx.optimize(backend=backend)(function)
            for arguments in calls():
                wanted = function(*arguments)
                for _ in range(2):
                    worst = max(worst, largest_error(compiled(*arguments), wanted))
            explained = paddlefx.explain(function, backend=backend)(*arguments)
            notes = tuple([note for graph in explained.graphs for note in graph.notes])
        eager = any("eager" in note or "leaves" in note for note in notes)
        cells.append(f"{worst:.0e}" + ("*" if eager else ""))
    return " | ".join(cells)


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    python = ".".join(map(str, sys.version_info[:2]))
    print(f"| {python} | " + " | ".join(PROOFS) + " |")
    print("|" + "---|" * (len(PROOFS) + 1))
    for backend in BACKENDS:
        print(f"| {backend} | {row(backend)} |")


if __name__ == "__main__":
    main()
