"""``python -m benchmarks.models [PATTERN ...]``: runs models, each in a process of its own.

The processes are forked from this one, which has imported Paddle and the model's package
already; nothing was computed in it.
"""

from __future__ import annotations

import argparse
import fnmatch
import gc
import json
import traceback
from pathlib import Path
from typing import Any, Dict, List, Optional

from ..forks import in_a_fork
from .measure import figures
from .model import Model, import_package
from .registry import MODELS


def run(model: Model, contender: str, timeout: float, budget: float) -> Dict[str, Any]:
    """The figures of one model, measured in a fork of this process."""
    failed: Dict[str, Any] = {"key": model.key, "contender": contender}
    try:
        import_package(model)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        return {
            **failed,
            "crash": f"not installed: {text}",
            "trace": traceback.format_exc()[-3000:],
        }
    gc.freeze()
    told = in_a_fork(lambda: figures(model, contender, budget), timeout)
    return {**failed, "crash": told.why} if told.why else told.result


def line(result: Dict[str, Any]) -> str:
    """One result in a line."""
    text = f"{result['contender']:8} {result['key']:44}"
    if "crash" in result:
        return f"{text} CRASH {result['crash'][:150]}"
    if result["contender"] == "plain":
        return f"{text} {result['first']:6.2f} s"
    text += f" first {result['first']:6.2f} s"
    if "speed" in result:
        text += f"  speed {result['speed']:5.2f}"
    if "graphs" in result:
        text += f"  graphs {result['graphs']:3} breaks {len(result['breaks']):3}"
        text += f" fallbacks {len(result['fallbacks']):2} guards {result['guards']}"
        text += f" recompiled {result['recompiled']}"
    return text + (f"  WRONG {result['wrong']}" if result["wrong"] else "")


def well(row: Optional[Dict[str, Any]]) -> bool:
    """Whether a model is right, one graph, and as fast as it has to be."""
    if row is None or "crash" in row:
        return False
    broken = row.get("breaks", []) + row.get("fallbacks", [])
    return not (row["wrong"] or broken or row["recompiled"]) and row.get("speed", 1) >= 0.95


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patterns", nargs="*", help="of keys, as ppim/*; default: all")
    parser.add_argument("--contender", action="append", choices=["plain", "paddlefx", "sot"])
    parser.add_argument("--timeout", type=float, default=240)
    parser.add_argument("--budget", type=float, default=4, help="CPU seconds of timed rounds")
    parser.add_argument(
        "--untimed", action="store_true", help="whether it is right and what is captured, only"
    )
    parser.add_argument("--json", type=Path, help="results are added to it, newer replace older")
    parser.add_argument("--again", action="store_true", help="only what isn't well in it yet")
    parser.add_argument("--missing", action="store_true", help="only what the JSON file lacks")
    options = parser.parse_args()
    budget = 0.0 if options.untimed else options.budget
    known: Dict[str, Dict[str, Any]] = {}
    if options.json and options.json.exists():
        known = json.loads(options.json.read_text("utf-8"))
    patterns: List[str] = options.patterns or ["*"]
    chosen = [
        model for pattern in patterns for model in MODELS if fnmatch.fnmatch(model.key, pattern)
    ]
    for model in {model.key: model for model in chosen}.values():
        for contender in options.contender or ["paddlefx", "sot"]:
            place = f"{contender} {model.key}"
            if options.missing and place in known:
                continue
            if options.again and well(known.get(place)):
                continue
            known[place] = result = run(model, contender, options.timeout, budget)
            print(line(result), flush=True)
            if options.json:
                options.json.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
