"""The table of constructs: what each costs on this version, and what isn't as declared.

python -m tests.constructs [--failing] [--why] [NAME …]
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from typing import List, Optional

from tests.constructs.checking import run, wrong_count
from tests.constructs.every import CONSTRUCTS


def main(arguments: Optional[List[str]] = None) -> int:
    """Run the constructs and print a line for each; 1 if one isn't as declared."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="part of a construct's name")
    parser.add_argument("--failing", action="store_true", help="print only what isn't as declared")
    parser.add_argument("--why", action="store_true", help="print the reasons of breaks")
    parser.add_argument("--json", metavar="FILE", help="write the counts to this file")
    chosen = parser.parse_args(arguments)
    wrong = 0
    table = {}
    for name, construct in CONSTRUCTS.items():
        if chosen.names and not any(part in name for part in chosen.names):
            continue
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = run(construct)
        faults = [str(one.message) for one in caught if "fault of paddlefx" in str(one.message)]
        told = found.differs and f"WRONG {found.differs}"
        told = told or (faults[0] if faults else None) or wrong_count(construct, found)
        wrong += told is not None
        table[name] = {"wrong": told, **found.counts, "reasons": found.reasons}
        if told is None and chosen.failing:
            continue
        counts = " ".join(f"{value}" for key, value in found.counts.items() if key != "guards")
        print(f"{name:45} {counts:12} {told or ''}", flush=True)
        if chosen.why or (chosen.failing and told):
            for reason in dict.fromkeys(found.reasons):
                print(f"      {reason}", flush=True)
    if chosen.json:
        with open(chosen.json, "w", encoding="utf-8") as file:
            json.dump(table, file, indent=1)
    print(f"{wrong} of {len(table)} are not as declared")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
