"""The commands as they are typed: pipes, colours, exit status, what gets imported."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.interpreters import ROOT
from tests.support.pyc_files import FILES

PYC = str(FILES / "plain.cpython-38.pyc")
OTHER = str(FILES / "plain.cpython-313.pyc")
ESCAPE = "\x1b["


def run(*arguments, **environment):
    """Run a command with its output piped."""
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env={**clean, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, encoding="utf-8", timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "environment", "colored"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(arguments, environment, colored):
    for command in (("dis", PYC), ("diff", PYC, OTHER)):
        done = run("-m", "paddlefx", *command, *arguments, **environment)
        assert done.stderr == ""
        assert (ESCAPE in done.stdout) == colored


def test_colour_changes_no_text():
    import re

    plain = run("-m", "paddlefx", "dis", PYC, "--both").stdout
    colored = run("-m", "paddlefx", "dis", PYC, "--both", "--color", "always").stdout
    assert [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", colored).splitlines()] == [
        line.rstrip() for line in plain.splitlines()
    ]


def test_what_is_imported():
    """No C extension, no framework, no executor; rich for colour only."""
    code = (
        "import sys; from paddlefx.__main__ import main; "
        f"status = main(['dis', {PYC!r}]); "
        "loaded = [name for name in sys.modules if name.partition('.')[0] in ('rich', 'paddle', "
        "'numpy', 'xdis', 'bytecode') or name in ('paddlefx._C', 'paddlefx.executor', "
        "'paddlefx.api')]; sys.exit(repr(loaded) if loaded or status else 0)"
    )
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("<module>()")


def test_a_reader_that_stops_reading():
    command = f"{sys.executable} -m paddlefx dis {PYC} --both | head -n 1"
    done = subprocess.run(
        command, shell=True, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60
    )
    assert done.stdout.startswith(b"<module>()")
    assert done.stderr == b""


def test_a_terminal_that_lacks_characters():
    traps = str(FILES / "traps.cpython-39.pyc")
    done = run("-m", "paddlefx", "dis", traps, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0, done.stderr
    assert "\\xe9" in done.stdout


def test_help_names_the_commands():
    done = run("-m", "paddlefx", "--help")
    assert done.returncode == 0
    for word in ("dis", "diff", "demo"):
        assert word in done.stdout
    assert run("-m", "paddlefx", "dis", "--help").returncode == 0
    assert run("-m", "paddlefx", "diff", "--help").returncode == 0
    assert run("-m", "paddlefx").returncode == 2
    assert run("-m", "paddlefx", "dis").returncode == 2
