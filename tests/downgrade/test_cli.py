"""The command line: what it writes, says and gives back."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
from typing import Dict, List, Tuple

import pytest

from downgrade.cli import main

MODERN = "import typing\n\nX = typing.Tuple[int, str]\nx = X | None\ny = z[*a]\n"


@pytest.fixture(name="package")
def _package(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A source tree: a package with a package in it, data, and a lone script."""
    files: Dict[str, bytes] = {
        "src/pack/__init__.py": b'"""Doc."""\n',
        "src/pack/old.py": b"x = 1\r\n",
        "src/pack/data.txt": b"x: int | None\n",
        "src/pack/sub/__init__.py": b"",
        "src/pack/sub/new.py": b"# coding: latin-1\r\ns = '\xe9'\r\n\r\nv = list[int]\r\nw = s[*a]\r\n",
        "src/pack/__pycache__/old.cpython-38.pyc": b"?",
        "pyproject.toml": b'[project]\nname = "pack"\nrequires-python = ">=3.8"\n',
    }
    for name, data in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Tuple[int, str]:
    """The exit code and the standard output of a command."""
    code = main(arguments)
    return code, capsys.readouterr().out


def read(root: pathlib.Path) -> Dict[str, bytes]:
    """Every file below ``root``."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_the_whole_job(package: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = read(package)
    code, out = run(capsys, "src")
    assert code == 0
    assert "4 files" in out and "1 changed, 0 could not be lowered" in out
    assert "Python 3.8 (requires-python)" in out
    after = read(package)
    assert {name: after[name] for name in before} == before, "the source stays"
    built = read(package / "build" / "downgrade" / "src")
    assert built["pack/data.txt"] == before["src/pack/data.txt"]
    assert built["pack/old.py"] == before["src/pack/old.py"]
    assert not any("pycache" in name for name in built)
    assert built["pack/sub/new.py"] == (
        b"# coding: latin-1\r\nfrom .. import _downgrade; s = '\xe9'\r\n\r\n"
        b"v = _downgrade.List[int]\r\nw = s[(*a,)]\r\n"
    )
    assert b"class _Subscriptable" in built["pack/_downgrade.py"]
    program = "import pack._downgrade as d; print(d.List[int])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=package / "build" / "downgrade" / "src",
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
    )
    assert done.stdout == "list[int]\n"


def test_twice_is_once(package: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "src")
    once = read(package / "build")
    code, out = run(capsys, "src")
    assert code == 0 and read(package / "build") == once
    run(capsys, "src", "--in-place")
    assert read(package / "src")["pack/sub/new.py"] == once["downgrade/src/pack/sub/new.py"]
    in_place = read(package / "src")
    code, out = run(capsys, "src", "--in-place")
    assert code == 0 and "0 changed" in out
    assert read(package / "src") == in_place, "also the emitted module stays complete"


def test_check_and_diff_write_nothing(
    package: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read(package / "src")
    code, _ = run(capsys, "src", "--check", "--no-cache")
    assert code == 1
    code, out = run(capsys, "src", "--diff", "--no-cache")
    assert code == 1
    assert "-w = s[*a]" in out and "+w = s[(*a,)]" in out
    assert read(package / "src") == before and not (package / "build").exists()
    assert not (package / ".downgrade_cache").exists()
    code, _ = run(capsys, "src/pack/old.py", "--check")
    assert code == 0


def test_what_cannot_be_read_is_an_error(
    package: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (package / "src" / "bad.py").write_text("x = 1\ny = = list[int]\n")
    code, out = run(capsys, "src", "--check")
    assert code == 2
    assert "src/bad.py:2:" in out and "error: can't be read" in out and "[syntax]" in out
    code, out = run(capsys, "src", "--exclude", "bad.py", "--check")
    assert code == 1


def test_nothing_of_a_package_is_left_out(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Folders of tools are, unless they are a package or in one."""
    kept = ["pkg/__init__.py", "pkg/build/__init__.py", "pkg/dist/data.txt", "pkg/.data", "dist"]
    lost = ["venv/lib.py", "pkg/__pycache__/a.py", "node_modules/b.py", ".git/c.py", "d.egg-info/e"]
    for name in [*kept, *lost]:
        (tmp_path / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "src" / name).write_text("")
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "src")[0] == 0
    built = tmp_path / "build" / "downgrade" / "src"
    found = {one.relative_to(built).as_posix() for one in built.rglob("*") if one.is_file()}
    assert found == set(kept)


def test_json_and_sarif(package: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    (package / "src" / "bad.py").write_text("x = 1\ny = = list[int]\n")
    code, out = run(capsys, "src", "--check", "--report", "json")
    data = json.loads(out)
    assert code == 2 and data["target"] == "3.8"
    files = {file["path"]: file for file in data["files"]}
    assert files["src/pack/sub/new.py"]["rules"] == {"generic-builtins": 1, "star-subscript": 1}
    assert files["src/bad.py"]["messages"][0]["line"] == 2
    _, out = run(capsys, "src", "--check", "--report", "sarif")
    results = json.loads(out)["runs"][0]["results"]
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "src/bad.py" and place["region"]["startLine"] == 2


def test_what_sarif_requires(package: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The required properties of the schema's objects, and its limits on their values."""
    (package / "src" / "a b%.py").write_text("y = = list[int]\n")
    _, out = run(capsys, "src", "--check", "--report", "sarif")
    log = json.loads(out)
    assert set(log) == {"version", "$schema", "runs"} and log["version"] == "2.1.0"
    (one,) = log["runs"]
    driver = one["tool"]["driver"]
    assert driver["name"] and all(
        rule["id"] and rule["shortDescription"]["text"] for rule in driver["rules"]
    )
    assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
    (result,) = one["results"]
    assert result["message"]["text"] and result["level"] in {"none", "note", "warning", "error"}
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "src/a%20b%25.py"
    assert min(place["region"].values()) >= 1
    _, out = run(capsys, str(package / "src"), "--check", "--report", "sarif")
    (result,) = json.loads(out)["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == (package / "src" / "a b%.py").as_uri()


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        (["--target", "3.11"], []),
        (["--target", "3.10"], ["star-subscript"]),
        (["--target", "py38", "--ignore", "py39"], ["star-subscript"]),
        (["--select", "generic-builtins"], ["generic-builtins"]),
    ],
)
def test_targets_and_rules(
    package: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
    options: List[str],
    changed: List[str],
) -> None:
    _, out = run(capsys, "src", "--check", "--report", "json", *options)
    rules = [rule for file in json.loads(out)["files"] for rule in file["rules"]]
    assert sorted(rules) == changed


@pytest.mark.parametrize(
    ("pyproject", "said"),
    [
        ('[tool.downgrade]\ntarget = "3.9"\n', "Python 3.9 ([tool.downgrade])"),
        ('[project]\nrequires-python = ">=3.10,<4"\n', "Python 3.10 (requires-python)"),
        ("[project]\n", "Python 3.8 (the default)"),
    ],
)
def test_target_from_pyproject(
    package: pathlib.Path, capsys: pytest.CaptureFixture[str], pyproject: str, said: str
) -> None:
    (package / "pyproject.toml").write_text(pyproject)
    _, out = run(capsys, "src", "--check")
    assert said in out


def test_a_dry_run_says_only_what_cannot_be_lowered(
    package: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read(package / "src")
    assert run(capsys, "src", "--dry-run", "--no-cache")[0] == 0
    (package / "src" / "bad.py").write_text("x = = list[int]\n")
    assert run(capsys, "src", "--dry-run", "--no-cache")[0] == 2
    (package / "src" / "bad.py").unlink()
    assert read(package / "src") == before and not (package / "build").exists()


def test_a_file_that_is_named_twice_is_lowered_once(
    package: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out = run(capsys, "src", "src/pack/sub", "src/pack/sub/new.py", "--in-place")
    assert "4 files" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["src", "--target", "3.7"], "'3.7' is no target: there are 3.8, 3.9"),
        (["src", "--target", "3.14"], "3.14 is the newest that is read"),
        (
            ["src", "--select", "union-type"],
            "no rule is called 'union-type'; did you mean 'union-t",
        ),
        (["src", "--ignore", "py37"], "no rule is called 'py37'"),
        (["src", "--jobs", "-2"], "-2 processes: jobs must be"),
        (["nowhere"], "nowhere: there is no such file or folder"),
        (["src/pack/sub/new.py", "new.py"], "would both be written to"),
    ],
)
def test_a_wrong_call_is_an_error(
    package: pathlib.Path, capsys: pytest.CaptureFixture[str], arguments: List[str], said: str
) -> None:
    (package / "new.py").write_text("")
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("downgrade: ") and said in error and error.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["src", "--stdin"], ["src", "--out", "x", "--in-place"]])
def test_wrong_options_show_the_usage(
    package: pathlib.Path, capsys: pytest.CaptureFixture[str], arguments: List[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m downgrade ")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("[tool.downgrade]\ntagret = '3.9'", "has no 'tagret'; did you mean 'target'?"),
        ("[tool.downgrade]\ntarget = 3.8", 'target is 3.8, and must be a string such as "3.8"'),
        ("[tool.downgrade]\ntarget = '3.7'", "'3.7' is no target"),
        ("[tool.downgrade]\nselect = 'py312'", "select is 'py312', and must be a list of strings"),
        ("[tool.downgrade]\nignore = [312]", "ignore is [312], and must be a list of strings"),
        ("[tool.downgrade]\njobs = true", "jobs is True, and must be a number"),
        ("[tool]\ndowngrade = 3", "tool.downgrade is 3, and must be a table"),
        ("[project]\nrequires-python = 3", "[project] requires-python is 3, and must be a string"),
        ("[project]\nrequires-python = '>=3.14'", "lets no version below 3.14 in"),
        ("[tool.downgrade", "pyproject.toml: "),
    ],
)
def test_a_wrong_setting_is_an_error(
    package: pathlib.Path, capsys: pytest.CaptureFixture[str], settings: str, said: str
) -> None:
    (package / "pyproject.toml").write_text(settings + "\n")
    assert main(["src"]) == 2
    error = capsys.readouterr().err
    path = package.resolve() / "pyproject.toml"
    assert error.startswith(f"downgrade: {path}: ") and said in error and error.count("\n") == 1


def test_the_hooks_of_pre_commit(package: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What ``.pre-commit-hooks.yaml`` calls, with files as pre-commit gives them."""
    text = (pathlib.Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text("utf-8")
    ids = re.findall(r"^- id: (.+)$", text, re.MULTILINE)
    entries = re.findall(r"^  entry: python -m downgrade (.+)$", text, re.MULTILINE)
    hooks = dict(zip(ids, entries))
    assert sorted(hooks) == ["downgrade", "downgrade-check"]
    files = ["src/pack/old.py", "src/pack/sub/new.py"]
    before = read(package / "src")
    assert main([*hooks["downgrade-check"].split(), *files]) == 0
    assert read(package / "src") == before
    assert main([*hooks["downgrade"].split(), *files]) == 0
    after = read(package / "src")
    assert {name for name in after if after[name] != before.get(name)} == {
        "pack/_downgrade.py",
        "pack/sub/new.py",
    }
    (package / "src" / "bad.py").write_text("x = = list[int]\n")
    assert main([*hooks["downgrade-check"].split(), "src/bad.py"]) == 2
    capsys.readouterr()


def piped(package: pathlib.Path, text: str, *options: str) -> Tuple[int, str, str]:
    """The exit code, standard output and standard error of ``--stdin``."""
    root = pathlib.Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "downgrade", "--stdin", *options],
        input=text.encode(),
        cwd=package,
        env={"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_standard_input(package: pathlib.Path) -> None:
    code, out, err = piped(package, MODERN)
    assert (code, err) == (0, "") and "y = z[(*a,)]\n" in out
    code, out, err = piped(package, "x = 1\n")
    assert (code, out, err) == (0, "x = 1\n", "")
    code, out, err = piped(package, "x = = list[int]\n")
    assert (code, out) == (2, "") and err.startswith("<stdin>:1:5: error: can't be read: ")


def test_standard_input_has_a_place(package: pathlib.Path) -> None:
    """Settings, messages and relative imports are those of the file it is said to be."""
    name = str(pathlib.Path("src", "pack", "sub", "other.py"))
    _, out, _ = piped(package, "x = list[int]\n", "--stdin-filename", name)
    assert out == "from .. import _downgrade; x = _downgrade.List[int]\n"
    code, _, err = piped(package, "x = = list[int]\n", "--stdin-filename", name)
    assert code == 2 and err.startswith(f"{name}:1:5: error")


def test_standard_input_can_be_asked_about(package: pathlib.Path) -> None:
    code, out, _ = piped(package, MODERN, "--check")
    assert code == 1 and "1 file, 5 lines" in out and "z[(*a,)]" not in out
    code, out, _ = piped(package, MODERN, "--diff")
    assert code == 1 and "+y = z[(*a,)]" in out
    code, out, _ = piped(package, MODERN, "--dry-run", "--report", "json")
    assert code == 0 and json.loads(out)["files"][0]["path"] == "<stdin>"


@pytest.mark.parametrize("path", ["src/pack/sub/one.py", "src/one.py"])
def test_what_is_imported_in_an_expression_is_emitted(
    package: pathlib.Path, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    """A file whose first line is a definition has no line for an import at its head."""
    (package / path).write_text("def f[T](x: T) -> list[T]: return [x]\nprint(f.__type_params__)\n")
    run(capsys, "src")
    built = package / "build" / "downgrade" / "src"
    text = (built / path[4:]).read_text()
    assert "__import__(" in text
    name = path[4:-3].replace("/", ".")
    done = subprocess.run(
        [sys.executable, "-c", f"import {name}"], cwd=built, stdout=subprocess.PIPE, check=True
    )
    assert done.stdout == b"(T,)\n"


def test_folders_without_init_inside_a_package(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One whose files import relatively is part of the package; others may hold scripts."""
    text = "from functools import cache\n"
    for name, more in (("a/__init__", ""), ("a/b/c/m", "from ... import n\n"), ("a/s/m", "")):
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(more + text)
    assert run(capsys, str(tmp_path / "a"), "--in-place", "--no-cache")[0] == 0
    made = read(tmp_path / "a")
    assert sorted(name for name in made if "_downgrade" in name) == [
        "_downgrade.py",
        "s/_downgrade.py",
    ]
    assert b"from ... import _downgrade" in made["b/c/m.py"]
    assert b"import _downgrade;" in made["s/m.py"] and b"from" not in made["s/m.py"][:6]


def test_lines_that_are_off(package: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = package / "src" / "off.py"
    path.write_text("x = list[int]  # downgrade: off\n\ny = list[int]\n")
    run(capsys, str(path), "--in-place")
    text = path.read_text()
    assert "x = list[int]  # downgrade: off" in text
    assert "y = _downgrade.List[int]" in text


def test_many_files_in_processes(package: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(20):
        (package / "src" / f"m{number}.py").write_text(f"a = {number}\n\nx = list[int]\n")
    code, out = run(capsys, "src", "--jobs", "2", "--report", "json")
    data = json.loads(out)
    assert code == 0
    assert [file["path"] for file in data["files"]] == sorted(
        file["path"] for file in data["files"]
    )
    assert sum(file["changed"] for file in data["files"]) == 21
    built = read(package / "build" / "downgrade" / "src")
    assert all(b"_downgrade.List[int]" in built[f"m{number}.py"] for number in range(20))
    assert "_downgrade.py" in built and "pack/_downgrade.py" in built
