"""``python -m paddlefx``, as a user types it."""

from __future__ import annotations

import subprocess
import sys


def run(*args, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "paddlefx", *args],
        cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
    )  # fmt: skip


def test_demo():
    done = run("demo")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    for word in ("add", "mul", "guard", "print"):
        assert word in done.stdout.lower()


def test_without_a_command_it_says_what_there_is():
    done = run("--help")
    assert done.returncode == 0
    assert "demo" in done.stdout


def test_an_unknown_command_is_an_error():
    done = run("no-such-command")
    assert done.returncode == 2
    assert "no-such-command" in done.stderr
