"""How strongly operators bind."""

from __future__ import annotations

OR = 1
AND = 2
NOT = 3
COMPARISON = 4
BIT_OR = 5
#: Arithmetic is between the two.
UNARY = 11
POWER = 12
