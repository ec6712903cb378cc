"""Programs drawn from Hypothesis: the same output as written and lowered (``nox -s syntax``).

``generated_outputs.json`` has some of them with what 3.13 prints, for every version; refresh it
there with ``python -m tests.downgrade.generated --store 60 FILE``. Beside that, programs are drawn
here and run twice: lowered for 3.8, and for this version, or as written where that is new enough.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any, Dict, List

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from downgrade import downgrade
from downgrade.host import HOST
from downgrade.targets import OLDEST
from tests.downgrade.generated.comparison import NEW, Comparison, Difference, first_difference
from tests.downgrade.generated.prelude import where
from tests.downgrade.generated.programs import Program, programs
from tests.downgrade.generated.server import answer, run
from tests.support.interpreters import Server

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


class _Here(Server):
    """Answers in this process; ``output``, if any, is what each program prints."""

    def __init__(self, output: str = "") -> None:
        self.output = output
        self.sent: List[Dict[str, Any]] = []

    def send(self, request: Dict[str, Any]) -> None:
        self.sent.append(request)

    def receive(self) -> Dict[str, Any]:
        given = answer(self.sent[-1])
        return {"output": self.output} if self.output else given


def test_a_program_is_counted_once() -> None:
    comparison = Comparison({version: _Here() for version in (OLDEST, *NEW)})
    for number in (1, 2, 1, 1):
        comparison.check(Program(f"log({number})\n", f"log({number})\n", ("log",)))
    assert (comparison.compared, comparison.repeated, comparison.looked_at) == (2, 2, 2)
    assert comparison.used == {"log": 2}


def test_a_program_that_differs_is_told_each_time() -> None:
    comparison = Comparison({OLDEST: _Here("other\n"), **{one: _Here() for one in NEW}})
    for _ in range(2):  # Hypothesis draws it again to make it shorter
        with pytest.raises(Difference, match="line 1 of the output"):
            comparison.check(Program("log(1)\n", "log(1)\n", ()))
    assert (comparison.compared, comparison.looked_at) == (0, 0)


def test_the_scope_of_type_parameters_is_no_line() -> None:
    space: Dict[str, Any] = {}
    exec(compile("def make():\n    raise ValueError\n", "<program>", "exec"), space)
    hidden = space["make"].__code__.replace(co_name="<generic parameters of C>")
    for body, lines in ((space["make"].__code__, [3, 2]), (hidden, [3])):
        space["make"].__code__ = body
        try:
            exec(compile("\n\nmake()\n", "<program>", "exec"), space)
        except ValueError as error:
            assert where(error, "<program>") == lines
