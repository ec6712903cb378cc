"""``python -m paddlefx reemit``: a program runs as without it, on re-emitted code."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]

PROGRAM = """
import sys
import __main__
from beside import value
code = (lambda: value).__code__
print(__name__, sys.argv, __main__.value, eval("value + 1"), sys.modules["__main__"] is __main__)
if "fail" in sys.argv:
    raise SystemExit(3)
if "raise" in sys.argv:
    1 / 0
"""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    (tmp_path / "beside.py").write_text("value = sum(k for k in range(5))\n", "utf-8")
    return tmp_path


def run(place, *arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=120,
    )


@pytest.mark.parametrize("command", ["program.py plainly", "-m program fail", "program.py raise"])
def test_it_runs_as_without(place, command):
    plain = run(place, *command.split())
    made = run(place, "-m", "paddlefx", "reemit", *command.split())
    assert (made.stdout, made.returncode) == (plain.stdout, plain.returncode)
    assert plain.stdout.startswith("__main__ [")
    assert plain.stderr.splitlines()[-1:] == made.stderr.splitlines()[-1:]


def test_it_counts(place):
    made = run(place, "-m", "paddlefx", "reemit", "--count", "program.py", "-x")
    assert made.stdout.startswith("__main__ ['program.py', '-x'] 10 11 True")
    count = re.fullmatch(r"(\d+) code objects of 1 imported modules and .*\n", made.stderr)
    assert count is not None
    assert int(count[1]) > 1000


def test_a_file_that_is_not_there(place):
    made = run(place, "-m", "paddlefx", "reemit", "nowhere.py")
    assert made.returncode != 0
    assert "nowhere.py" in made.stderr
