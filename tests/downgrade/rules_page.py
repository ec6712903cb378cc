"""``python -m tests.downgrade.rules_page`` writes docs/downgrade-rules.md from the rules."""

from __future__ import annotations

import pathlib
from typing import List

from downgrade import Rule
from downgrade.rules import all_rules

__all__ = ["PAGE", "page"]

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "downgrade-rules.md"

_HEAD = """# The rules of downgrade

Each rule with its first example: what it is given, and what stands there for the version before.
`python -m downgrade --rules` lists them; `--select` and `--ignore` take their names or a level.
Written by `python -m tests.downgrade.rules_page`; the examples are tests.
"""


def _section(rule: Rule) -> str:
    since = f"since {rule.version[0]}.{rule.version[1]}"
    pep = (
        "" if rule.pep is None else f", [PEP {rule.pep}](https://peps.python.org/pep-{rule.pep:04})"
    )
    asked = "; only on request (`--extend-select`)" if rule.on_request else ""
    lines = [f"### {rule.name}", "", f"{rule.title}; {since}{pep}{asked}.", ""]
    lowered = [example for example in rule.examples if example.after]
    if lowered:
        first = lowered[0]
        lines += ["```python", first.before.strip("\n"), "```", "", "becomes", ""]
        lines += ["```python", first.after.strip("\n"), "```", ""]
    for example in rule.examples:
        if example.error:
            lines += ["An error:", "", "```python", example.before.strip("\n"), "```", ""]
            lines += [f"> {example.error}", ""]
    return "\n".join(lines)


def page() -> str:
    """The page, the newest version's rules first."""
    parts: List[str] = [_HEAD]
    level = None
    for rule in all_rules():
        if rule.version != level:
            level = rule.version
            parts.append(f"## Python {level[0]}.{level[1]}\n")
        parts.append(_section(rule))
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
