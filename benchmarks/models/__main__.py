"""``python -m benchmarks.models [PATTERN ...]``: runs models, each in a process of its own."""

from __future__ import annotations

import argparse
import fnmatch
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

from .registry import MODELS


def run(key: str, contender: str, timeout: float) -> Dict[str, Any]:
    """The figures of one model, or how it failed."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.models.measure", key, contender]
    failed = {"key": key, "contender": contender}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return {**failed, "crash": f"more than {timeout:.0f} seconds"}
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return {**failed, "crash": f"exit {done.returncode}", "trace": done.stderr[-3000:]}
    result: Dict[str, Any] = json.loads(lines[-1])
    return result


def line(result: Dict[str, Any]) -> str:
    """One result in a line."""
    text = f"{result['contender']:8} {result['key']:44}"
    if "crash" in result:
        return f"{text} CRASH {result['crash'][:150]}"
    if result["contender"] == "plain":
        return f"{text} {result['first']:6.2f} s"
    text += f" first {result['first']:6.2f} s  speed {result['speed']:5.2f}"
    if "graphs" in result:
        text += f"  graphs {result['graphs']:3} breaks {len(result['breaks']):3}"
        text += f" fallbacks {len(result['fallbacks']):2} guards {result['guards']}"
        text += f" recompiled {result['recompiled']}"
    return text + (f"  WRONG {result['wrong']}" if result["wrong"] else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patterns", nargs="*", help="of keys, as ppim/*; default: all")
    parser.add_argument("--contender", action="append", choices=["plain", "paddlefx", "sot"])
    parser.add_argument("--timeout", type=float, default=240)
    parser.add_argument("--json", type=Path, help="results are added to it, newer replace older")
    parser.add_argument("--missing", action="store_true", help="only what the JSON file lacks")
    options = parser.parse_args()
    known: Dict[str, Dict[str, Any]] = {}
    if options.json and options.json.exists():
        known = json.loads(options.json.read_text("utf-8"))
    patterns: List[str] = options.patterns or ["*"]
    for model in MODELS:
        if not any(fnmatch.fnmatch(model.key, pattern) for pattern in patterns):
            continue
        for contender in options.contender or ["paddlefx", "sot"]:
            place = f"{contender} {model.key}"
            if options.missing and place in known:
                continue
            known[place] = result = run(model.key, contender, options.timeout)
            print(line(result), flush=True)
            if options.json:
                options.json.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
