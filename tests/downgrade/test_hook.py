"""Packages are lowered as they are imported."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import traceback
from typing import Iterator

import pytest

from downgrade import hook
from downgrade.host import HOST

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODERN = ROOT / "examples" / "modern"


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pathlib.Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "_downgrade", raising=False)  # another test's
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if name.startswith(("newer", "_downgrade")):
            del sys.modules[name]


def write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_a_package_and_its_parts(folder: pathlib.Path) -> None:
    write(
        folder / "newer" / "__init__.py", "type A[T] = list[T]\nfrom .deep.inner import fails, B\n"
    )
    write(folder / "newer" / "deep" / "__init__.py", "\nclass C[T]: pass\n")
    write(
        folder / "newer" / "deep" / "inner.py",
        "from . import C\nclass B[T](C[T]): pass\n\ndef fails(x):\n    match x:\n        case 1:\n"
        "            raise KeyError(x)\n",
    )
    with hook.install("newer"):
        import newer  # type: ignore[import-not-found]
    assert str(newer.A.__type_params__) == "(T,)"
    assert str(newer.B.__orig_bases__[0]) == "newer.deep.C[T]"
    assert not list(folder.rglob("*.pyc"))
    with pytest.raises(KeyError) as told:
        newer.fails(1)
    last = traceback.extract_tb(told.tb)[-1]
    assert (last.lineno, last.line) == (7, "raise KeyError(x)")


def test_a_module_in_no_package(folder: pathlib.Path) -> None:
    write(
        folder / "newer_alone.py", "def f[T](x: T) -> T: return x\nparameters = f.__type_params__\n"
    )
    with hook.install("newer_alone"):
        import newer_alone  # type: ignore[import-not-found]
    assert newer_alone.parameters[0].__name__ == "T"


def test_others_are_left_alone(folder: pathlib.Path) -> None:
    write(folder / "newer_other.py", "x = 1\n")
    with hook.install("newer") as finder:
        assert finder.find_spec("newer_other") is None
        assert finder.find_spec("newer_missing") is None
        assert finder.find_spec("newer.missing", []) is None
    assert finder not in sys.meta_path
    finder.uninstall()


def test_what_can_not_be_lowered_is_named(folder: pathlib.Path) -> None:
    write(folder / "newer_wrong.py", "x = 1\nimport compression.zstd\n")
    with hook.install("newer_wrong"), pytest.raises(SyntaxError, match="compression.zstd") as told:
        import newer_wrong  # type: ignore[import-not-found]  # noqa: F401
    assert (told.value.lineno, told.value.text) == (2, "import compression.zstd")
    assert told.value.filename == str(folder / "newer_wrong.py")
    assert HOST < (3, 14)


def test_the_example_under_pytest(tmp_path: pathlib.Path) -> None:
    write(
        tmp_path / "test_modern.py",
        "import modern\n\ndef test_it():\n"
        "    assert modern.shortest('3 nails') == '3 piece nails.'\n",
    )
    write(
        tmp_path / "pytest.ini",
        "[pytest]\naddopts = -p downgrade.pytest_plugin -p no:cacheprovider\n"
        f"downgrade_packages = modern\npythonpath = {MODERN / 'src'} {ROOT}\n",
    )
    command = [sys.executable, "-m", "pytest", "-q", str(tmp_path)]
    ran = subprocess.run(command, cwd=str(ROOT), stdout=subprocess.PIPE, check=False)
    assert b"1 passed" in ran.stdout, ran.stdout.decode()
