"""Runs one test module of CPython in this interpreter: ``run_module.py NAME``.

Prints a JSON object, test -> outcome: ``ok``, ``skipped: ..`` or the last line of the failure.
It stands beside the lowered ``test`` package, and needs nothing else of this repository.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import traceback
import unittest
import warnings
from typing import Any, Dict


class Outcomes(unittest.TestResult):
    """Keeps the outcome of each test; a test whose subtests fail has failed."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: Dict[str, str] = {}

    def _keep(self, test: Any, outcome: str) -> None:
        name = test.id()
        if self.outcomes.get(name, "ok") == "ok":
            self.outcomes[name] = outcome

    def addSuccess(self, test: Any) -> None:
        """It passed."""
        self._keep(test, "ok")

    def addSkip(self, test: Any, reason: str) -> None:
        """It doesn't apply, by its own words."""
        self._keep(test, f"skipped: {reason}")

    def _failed(self, test: Any, error: Any) -> None:
        lines = traceback.format_exception_only(*error[:2])
        frames = [frame for frame in traceback.extract_tb(error[2]) if "test_" in frame.filename]
        where = f"line {frames[0].lineno}: " if frames else ""
        self._keep(test, where + lines[-1].strip()[:300])

    def addFailure(self, test: Any, err: Any) -> None:
        """It failed."""
        self._failed(test, err)

    addError = addFailure

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        """A part of it failed, or passed."""
        if err is not None:
            self._failed(test, err)


def lower_strings(module: Any) -> None:
    """Let ``exec``, ``eval`` and ``compile`` in a module lower what they are given as text."""
    lowered = importlib.import_module("test.support").lowered

    def text_of(code: Any) -> Any:
        return lowered(code) if isinstance(code, str) else code

    def run(code: Any, scope: Any = None, names: Any = None) -> None:
        frame = sys._getframe(1)
        if scope is None:
            scope, names = frame.f_globals, frame.f_locals
        exec(text_of(code), scope, scope if names is None else names)

    def make(code: Any, *arguments: Any, **options: Any) -> Any:
        return compile(text_of(code), *arguments, **options)

    def value(code: Any, scope: Any = None, names: Any = None) -> Any:
        frame = sys._getframe(1)
        if scope is None:
            scope, names = frame.f_globals, frame.f_locals
        if isinstance(code, str):
            code = lowered(code.lstrip(" \t"))
            *before, code = re.split(r"; |\n(?=.)", code) if code.startswith("import ") else [code]
            exec("\n".join(before), scope)
        return eval(code, scope, scope if names is None else names)

    module.exec, module.compile, module.eval = run, make, value


def main() -> None:
    """Load, run, print."""
    warnings.simplefilter("ignore")
    name = sys.argv[1]
    result = Outcomes()
    try:
        module = importlib.import_module(name)
        lower_strings(module)
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    except BaseException:
        print(json.dumps({f"{name}.import": traceback.format_exc()[-600:]}))
        return
    out, sys.stdout = sys.stdout, sys.stderr
    suite.run(result)
    print(json.dumps(result.outcomes), file=out)


if __name__ == "__main__":
    main()
