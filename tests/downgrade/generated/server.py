"""Runs programs as they are sent: ``python -m tests.downgrade.generated.server``.

Requests and answers are JSON objects, one a line: ``{"text": .., "shims": [..]}`` gives
``{"output": ..}``: what it prints, and the exception that ends it with the lines it goes through.
``shims`` are the names of the emitted module that the text needs. With ``"lower": "3.8"`` the
answer is the text lowered by this interpreter.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import sys
import types
import warnings
from typing import Any, Dict, Tuple

from downgrade import downgrade
from downgrade.runtime import assemble
from downgrade.targets import parse_target
from tests.downgrade.generated.prelude import describe, namespace, where

__all__ = ["answer", "run"]

_NAME = "program"


@functools.lru_cache(maxsize=400)
def _emitted(shims: Tuple[str, ...]) -> types.ModuleType:
    module = types.ModuleType("_downgrade")
    exec(compile(assemble(shims), "_downgrade.py", "exec", dont_inherit=True), vars(module))
    return module


def run(text: str, shims: Tuple[str, ...] = ()) -> str:
    """What a program prints."""
    sys.modules["_downgrade"] = _emitted(shims)
    module = types.ModuleType(_NAME)
    vars(module).update(namespace())
    sys.modules[_NAME] = module
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(text, f"<{_NAME}>", "exec", dont_inherit=True), vars(module))
        except BaseException as error:
            print("ended by", describe(error, 2), where(error, f"<{_NAME}>"))
    return out.getvalue()


def answer(request: Dict[str, Any]) -> Dict[str, Any]:
    """The answer to one request."""
    if "lower" in request:
        return {"text": downgrade(request["text"], parse_target(request["lower"])).text}
    return {"output": run(request["text"], tuple(request.get("shims", ())))}


def main() -> None:
    """Answer until standard input ends."""
    answers = sys.stdout
    sys.stdout = io.StringIO()  # for what is printed when objects of a program go
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
