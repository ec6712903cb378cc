"""One expected listing for each function of tests/golden/programs, on every version.

A listing is the canonical form of the normalised program: what is left when layout, duplicated
code and what the versions write differently are taken away. ``PADDLEFX_REFRESH=1`` writes the
listings anew. Where a version can't have the shared listing, ``NAME.3.8.txt`` has the function's
own listing for that version, below comment lines that say why.
"""

from __future__ import annotations

import difflib
import os

import pytest

from paddlefx.ir.instr import Op
from paddlefx.opcodes import table_for
from tests.support.golden_programs import (
    PROGRAMS,
    listings,
    needed_version,
    override_path,
    parse_listings,
    reason_of,
    text_of,
)

VERSION = table_for().version
FILES = [path for path in sorted(PROGRAMS.glob("*.py")) if needed_version(path) <= VERSION]
CASES = [(path, name) for path in FILES for name in listings(path)]


def expected(path, name):
    """The shared listing, or the running version's own."""
    override = override_path(path, VERSION)
    if override.exists():
        own = parse_listings(override.read_text("utf-8"))
        if name in own:
            return own[name]
    return parse_listings(path.with_suffix(".txt").read_text("utf-8"))[name]


@pytest.fixture(scope="module", autouse=True)
def refreshed():
    """With ``PADDLEFX_REFRESH`` the listings become this version's, its own in its own files."""
    if not os.environ.get("PADDLEFX_REFRESH"):
        return
    for path in FILES:
        found = listings(path)
        override = override_path(path, VERSION)
        shared_path = path.with_suffix(".txt")
        shared, own = dict(found), {}
        if override.exists():
            text = override.read_text("utf-8")
            own = {name: found[name] for name in parse_listings(text)}
            shared.update((n, parse_listings(shared_path.read_text("utf-8"))[n]) for n in own)
            override.write_text(reason_of(text) + text_of(own), "utf-8")
        shared_path.write_text(text_of(shared), "utf-8")


@pytest.mark.parametrize(("path", "name"), CASES, ids=[f"{p.stem}-{name}" for p, name in CASES])
def test_listing(path, name):
    found, wanted = listings(path)[name], expected(path, name)
    if found != wanted:  # pytest's own diff of two long texts takes minutes
        change = difflib.unified_diff(
            wanted.splitlines(), found.splitlines(), "expected", "found", lineterm=""
        )
        pytest.fail("\n".join(change), pytrace=False)


def test_every_listing_is_of_a_function():
    """No listing is left over from a function that is gone."""
    for path in FILES:
        assert list(parse_listings(path.with_suffix(".txt").read_text("utf-8"))) == list(
            listings(path)
        )
    sources = {path.stem for path in PROGRAMS.glob("*.py")}
    assert {path.name.split(".")[0] for path in PROGRAMS.glob("*.txt")} == sources


def test_overrides_say_why_and_differ():
    for path in PROGRAMS.glob("*.3.*.txt"):
        text = path.read_text("utf-8")
        assert len(reason_of(text)) > 20, f"{path.name} doesn't say why it is there"
        shared = parse_listings(
            PROGRAMS.joinpath(path.name.split(".")[0] + ".txt").read_text("utf-8")
        )
        for name, listing in parse_listings(text).items():
            assert listing != shared[name], f"{path.name}: {name} needs no override"


#: Operations that show in no listing: what normalize writes in other words, 3.14's own, and
#: what only resume functions have.
UNSEEN = {
    Op.BUILD_CONST_KEY_MAP,
    Op.BUILD_INTERPOLATION,
    Op.BUILD_TEMPLATE,
    Op.BUILD_UNPACK,
    Op.CLEANUP_THROW,
    Op.LOAD_ASSERTION_ERROR,
    Op.LOAD_COMMON_CONSTANT,
    Op.SAVE_CELL,
}


def test_the_language_is_covered():
    text = "".join(path.read_text("utf-8") for path in PROGRAMS.glob("*.txt"))
    assert {op for op in Op if op.value not in text.split()} <= UNSEEN
