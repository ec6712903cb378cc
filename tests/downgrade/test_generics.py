"""PEP 695 and 696: what generic code prints on 3.13, it prints lowered on every version.

``generic_outputs.json`` has what 3.13 prints for the cases as they are written; refresh it there
with ``python -m tests.downgrade.test_generics``.
"""

from __future__ import annotations

import json
import pathlib
import sys
import types
from typing import Dict, List, Tuple

import pytest

from downgrade import downgrade
from downgrade.host import HOST
from downgrade.runtime import assemble, homes
from downgrade.syntax import parse_text
from tests.downgrade.generic_cases import written
from tests.downgrade.generic_matrix import matrix
from tests.downgrade.showing import run

OUTPUTS = pathlib.Path(__file__).parent / "generic_outputs.json"
CASES: List[Tuple[str, str]] = [*matrix(), *written()]
#: What 3.12 can't do as it is written: defaults, names in strings.
ONLY_313 = (
    "default",
    "string annotations",
    "future annotations",
    "named tuples",
    "annotations stay",
)


@pytest.fixture(scope="module", name="outputs")
def _outputs() -> Dict[str, str]:
    """What the cases print on 3.13; the emitted module can be imported meanwhile."""
    module = types.ModuleType("_downgrade")
    exec(compile(assemble(homes()), "_downgrade.py", "exec", dont_inherit=True), vars(module))
    sys.modules["_downgrade"] = module
    outputs: Dict[str, str] = json.loads(OUTPUTS.read_text("utf-8"))
    return outputs


def test_there_are_as_many_as_the_issue_asks_for() -> None:
    assert len(CASES) >= 300
    assert len({name for name, _ in CASES}) == len(CASES)


@pytest.mark.parametrize(("name", "text"), CASES, ids=[name for name, _ in CASES])
def test_same_output(name: str, text: str, outputs: Dict[str, str]) -> None:
    readable = HOST >= (3, 12) and all(
        feature.since <= HOST for feature in parse_text(text).features
    )
    if HOST >= (3, 13) or (readable and not any(word in name for word in ONLY_313)):
        assert run("case_module", text) == outputs[name]
    result = downgrade(text, min(HOST, (3, 11)))
    assert result.ok, result.messages
    assert run("case_module", result.text) == outputs[name]
    assert result.text.count("\n") - text.count("\n") in (0, 1)
    assert downgrade(result.text, min(HOST, (3, 11))).text == result.text


if __name__ == "__main__":
    printed = {name: run("case_module", text) for name, text in CASES}
    OUTPUTS.write_text(json.dumps(printed, indent=0, sort_keys=True) + "\n", "utf-8")
