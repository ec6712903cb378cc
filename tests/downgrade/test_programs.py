"""Programs in the newest syntax print here, lowered to this version, what 3.13 prints of them."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from downgrade import downgrade, runtime
from downgrade.targets import OLDEST

PROGRAMS = sorted((pathlib.Path(__file__).parent / "programs").glob("*.txt"))
#: What CPython 3.13 printed for the program above it.
MARK = "# ---- output\n"


@pytest.mark.parametrize("path", PROGRAMS, ids=[path.stem for path in PROGRAMS])
def test_same_output(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    program, expected = path.read_text("utf-8").split(MARK)
    result = downgrade(program, OLDEST)
    assert not [message for message in result.messages if message.error]
    assert result.text.count("\n") == program.count("\n"), "lines move"
    assert downgrade(result.text, OLDEST).text == result.text
    (tmp_path / "program.py").write_text(result.text, "utf-8")
    (tmp_path / "_downgrade.py").write_text(runtime.assemble(result.shims), "utf-8")
    command = [sys.executable, "-W", "ignore", "program.py"]
    run = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True)
    assert run.stdout == expected
