"""``argparse.BooleanOptionalAction`` (3.9)."""

from __future__ import annotations

import argparse
from typing import Any, Sequence

__all__ = ["BooleanOptionalAction"]


class BooleanOptionalAction(argparse.Action):
    """``argparse.BooleanOptionalAction``: ``--name`` and ``--no-name``."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        """Add the negative of each long option."""
        both = []
        for option in option_strings:
            both.append(option)
            if option.startswith("--"):
                both.append("--no-" + option[2:])
        super().__init__(both, dest, nargs=0, **options)

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        """Set what the option says."""
        if option_string in self.option_strings:
            setattr(namespace, self.dest, not option_string.startswith("--no-"))

    def format_usage(self) -> str:
        """Give both."""
        return " | ".join(self.option_strings)
