"""The examples inside the rules are true."""

from __future__ import annotations

from typing import List, Tuple

import pytest

from downgrade import Example, Rule, downgrade
from downgrade.rules import all_rules
from tests.downgrade.rules_page import PAGE, page

CASES: List[Tuple[Rule, Example]] = [
    (rule, example) for rule in all_rules() for example in rule.examples
]


def target_of(rule: Rule) -> Tuple[int, int]:
    """The newest version that doesn't have what the rule lowers."""
    return (rule.version[0], rule.version[1] - 1)


def test_every_rule_says_what_it_is() -> None:
    names = [rule.name for rule in all_rules()]
    assert names and len(set(names)) == len(names)
    for rule in all_rules():
        assert rule.title and rule.visits and rule.examples and type(rule).__doc__, rule.name
        assert f"py{rule.version[0]}{rule.version[1]}" in type(rule).__module__


@pytest.mark.parametrize(
    ("rule", "example"),
    CASES,
    ids=[f"{rule.name}-{number}" for number, (rule, _) in enumerate(CASES)],
)
def test_example(rule: Rule, example: Example) -> None:
    result = downgrade(
        example.before, target_of(rule), enabled=lambda other: other.name == rule.name
    )
    errors = [message.text for message in result.messages if message.error]
    if example.error:
        assert len(errors) == 1 and example.error in errors[0]
        return
    assert not errors
    assert result.text == example.after
    assert result.changed == (example.before != example.after)
    added = result.text.count("\n") - example.before.count("\n")
    assert added in (0, 1), "lines move; one may be added at the end"
    again = downgrade(result.text, target_of(rule))
    assert again.text == result.text


def test_the_page_of_the_rules_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python -m tests.downgrade.rules_page"
