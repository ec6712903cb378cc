"""The constructs of Python's grammar that came after 3.8: since when, and by which PEP."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Tuple

Version = Tuple[int, int]
#: The newest grammar that is known here.
NEWEST: Version = (3, 14)
OLDEST: Version = (3, 8)


class Construct(NamedTuple):
    """A piece of grammar: the first version that has it, its PEP (0: none), and its name."""

    since: Version
    pep: int
    title: str


CONSTRUCTS: Dict[str, Construct] = {
    "relaxed-decorator": Construct((3, 9), 614, "any expression as a decorator"),
    "parenthesized-with": Construct((3, 9), 617, "context managers in parentheses"),
    "star-in-for": Construct((3, 9), 0, "an unparenthesized `*` in what a for loop goes over"),
    "star-in-augmented-assignment": Construct(
        (3, 9), 0, "an unparenthesized `*` in an augmented assignment"
    ),
    "bare-walrus-in-set": Construct((3, 9), 0, "an unparenthesized `:=` in a set"),
    "bare-walrus-in-index": Construct((3, 10), 0, "an unparenthesized `:=` in an index"),
    "match": Construct((3, 10), 634, "a match statement"),
    "except-star": Construct((3, 11), 654, "`except*`"),
    "star-in-index": Construct((3, 11), 646, "`*` in an index"),
    "star-annotation": Construct((3, 11), 646, "`*` in the annotation of `*args`"),
    "type-parameters": Construct((3, 12), 695, "type parameters"),
    "type-alias": Construct((3, 12), 695, "a type statement"),
    "f-string-701": Construct(
        (3, 12), 701, "quotes, backslashes, comments or newlines in an f-string's field"
    ),
    "brace-behind-field": Construct(
        (3, 13), 0, "`{{` for a brace behind a field in a format specification"
    ),
    "type-parameter-default": Construct((3, 13), 696, "a default of a type parameter"),
    "t-string": Construct((3, 14), 750, "a template string"),
    "bare-except-tuple": Construct((3, 14), 758, "several exceptions without parentheses"),
}


class Feature(NamedTuple):
    """A use of a construct: the key of ``CONSTRUCTS``, and its places (line, byte)."""

    name: str
    start: Tuple[int, int]
    end: Tuple[int, int]

    @property
    def since(self) -> Version:
        """The first version whose grammar has the construct."""
        return CONSTRUCTS[self.name].since

    @property
    def message(self) -> str:
        """Say which version the construct needs, and why."""
        construct = CONSTRUCTS[self.name]
        pep = f" (PEP {construct.pep})" if construct.pep else ""
        major, minor = construct.since
        return f"{construct.title} needs Python {major}.{minor} or newer{pep}"


def newer_than(features: List[Feature], version: Version) -> List[Feature]:
    """Give the uses of constructs that the grammar of ``version`` doesn't have, in order."""
    return sorted(
        (feature for feature in features if feature.since > version), key=lambda use: use.start
    )
