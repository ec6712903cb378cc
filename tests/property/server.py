"""The whole program of a source as this interpreter compiles it: ``python -m tests.property.server``.

Requests and answers are JSON objects, one a line: ``{"source": TEXT}`` gives ``{"digest": ..}``,
and with ``"form": true`` the canonical form as well; ``{"failed": why}`` when paddlefx fails or the
source doesn't compile. It needs no package beside paddlefx and the standard library.
"""

from __future__ import annotations

import json
import sys
import traceback
import warnings
from typing import Any, Dict

from paddlefx.decode.deep import decode_deep
from paddlefx.ir.canonical import canonical
from paddlefx.normalize import normalize
from paddlefx.opcodes import table_for

__all__ = ["answer"]


def answer(request: Dict[str, Any]) -> Dict[str, Any]:
    """The answer to one request."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(request["source"], "<program>", "exec", dont_inherit=True)
        form = canonical(normalize(decode_deep(code, table_for())))
    except Exception:
        return {"failed": traceback.format_exc()}
    found = {"digest": form.digest()}
    if request.get("form"):
        found["form"] = form.to_json()
    return found


def main() -> None:
    """Answer until standard input ends."""
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
