"""``python -m benchmarks.models.summary RESULTS.json``: what stops models, by models affected."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, List


def main() -> None:
    known: Dict[str, Any] = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    rows = [row for row in known.values() if row["contender"] == "paddlefx"]
    run = [row for row in rows if "crash" not in row]
    whole = [row for row in run if row["graphs"] <= 1 and not row["breaks"] + row["fallbacks"]]
    print(f"{len(rows)} models, {len(run)} run, {len(whole)} in one graph")
    causes: Dict[str, List[str]] = defaultdict(list)
    for row in run:
        for kind in ("breaks", "fallbacks"):
            told = {f"{kind[:-1]}: {item['reason']}  @ {item['place']}" for item in row[kind]}
            for text in told:
                causes[text].append(row["key"])
    for text, keys in sorted(causes.items(), key=lambda item: -len(item[1])):
        print(f"{len(keys):3} {text[:230]}   [{', '.join(keys[:3])[:90]}]")
    for row in rows:
        if "crash" in row:
            print(f"CRASH {row['key']}: {row['crash'][:200]}")
        else:
            for title, bad in (
                ("WRONG", row["wrong"]), ("RECOMPILES", row["recompiled"] and row["why"][-1:]),
                ("SLOW", row.get("speed", 1) < 0.95 and f"{row['speed']:.2f}"),
            ):  # fmt: skip
                if bad:
                    print(f"{title} {row['key']}: {str(bad)[:250]}")


if __name__ == "__main__":
    main()
