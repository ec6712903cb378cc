"""Programs drawn from Hypothesis: the same output as written and lowered (``nox -s syntax``).

``generated_outputs.json`` has some of them with what 3.13 prints, for every version; refresh it
there with ``python -m tests.downgrade.generated --store 60 FILE``. Beside that, programs are drawn
here and run twice: lowered for 3.8, and for this version, or as written where that is new enough.
"""

from __future__ import annotations

import json
import pathlib
from typing import Dict, List

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from downgrade import downgrade
from downgrade.host import HOST
from downgrade.targets import OLDEST
from tests.downgrade.generated.comparison import first_difference
from tests.downgrade.generated.programs import Program, programs
from tests.downgrade.generated.server import run

STORED: List[Dict[str, str]] = json.loads(
    pathlib.Path(__file__).with_name("generated_outputs.json").read_text("utf-8")
)


@pytest.mark.parametrize("number", range(len(STORED)))
def test_what_3_13_prints(number: int) -> None:
    program, expected = STORED[number]["text"], STORED[number]["output"]
    result = downgrade(program, OLDEST)
    assert not result.messages
    output = run(result.text, tuple(sorted(result.shims)))
    assert output == expected, first_difference(expected, output)
    assert result.text.count("\n") == program.count("\n")
    assert downgrade(result.text, OLDEST).text == result.text


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
@given(programs())
def test_lowered_for_3_8_and_for_this_version(program: Program) -> None:
    low, here = downgrade(program.text, OLDEST), downgrade(program.plain, min(HOST, (3, 13)))
    if low.messages or here.messages:
        return  # what can't be lowered is told
    expected = run(here.text, tuple(sorted(here.shims)))
    output = run(low.text, tuple(sorted(low.shims)))
    assert output == expected, f"{program.text}\n{first_difference(expected, output)}\n{low.text}"


def test_another_order_is_told() -> None:
    assert run("log(1); log(2)\n") != run("log(2); log(1)\n")
    assert first_difference("1\n2\n", "1\n3\n") == "line 2 of the output: '2', lowered '3'"
