"""The commands of docs/look-at-bytecode.md print what the page says they print."""

from __future__ import annotations

import os
import re
import shlex

import pytest

from paddlefx.__main__ import main
from tests.support.interpreters import ROOT

PAGE = ROOT / "docs" / "look-at-bytecode.md"
SOURCE = re.compile(r"`(\w+\.py)`:\n\n```python\n(.*?)```\n", re.DOTALL)
CONSOLE = re.compile(r"```console\n(.*?)```\n", re.DOTALL)
PROMPT = "$ python -m paddlefx "


@pytest.fixture
def examples(tmp_path, monkeypatch):
    """The page's source files, in the working directory."""
    for name, text in SOURCE.findall(PAGE.read_text("utf-8")):
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    # pyenv's shims look for the versions in the working directory
    monkeypatch.setenv("PYENV_VERSION", ":".join((ROOT / ".python-version").read_text().split()))
    return tmp_path


def test_every_block(capsys, examples):
    """``PADDLEFX_REFRESH=1`` writes the page anew."""

    def run(match):
        text = ""
        for line in match.group(1).splitlines():
            if line.startswith(PROMPT):
                main(shlex.split(line[len(PROMPT) :]))
                out, err = capsys.readouterr()
                text += line + "\n" + (out + err).replace(f"{examples}{os.sep}", "")
        return f"```console\n{text}```\n"

    page = PAGE.read_text("utf-8")
    found = CONSOLE.sub(run, page)
    if os.environ.get("PADDLEFX_REFRESH"):
        PAGE.write_text(found, "utf-8")
    assert found.splitlines() == PAGE.read_text("utf-8").splitlines()
    assert len(CONSOLE.findall(page)) == 5
