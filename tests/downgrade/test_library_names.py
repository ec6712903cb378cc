"""names.tsv against the standard library of the interpreter that runs this test."""

from __future__ import annotations

import pathlib
import subprocess
import sys

from downgrade.library import new_methods, new_names, since

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE.parents[1] / "downgrade" / "library" / "names.tsv"


def test_each_row_is_here_exactly_from_its_version_on() -> None:
    """In a process of its own: packages that pytest loads patch the standard library."""
    command = [sys.executable, "-I", "-S", str(HERE / "stdlib_survey.py"), "check", str(TABLE)]
    run = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert run.stdout.split("\n") == ["", ""]


def test_what_everybody_asks_for() -> None:
    assert since("itertools.batched") == (3, 12)
    assert since("builtins.zip(strict)") == (3, 10)
    assert since("tomllib") == (3, 11)
    assert since("builtins.str.removesuffix") == (3, 9)
    assert since("os.path.join") is None
    assert "builtins.int.bit_count" in new_methods()["bit_count"]
    assert len(new_names()) > 1500
