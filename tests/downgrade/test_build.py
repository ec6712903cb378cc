"""Wheels are lowered behind the backend that builds them, and say so in their metadata."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import pathlib
import subprocess
import sys
import textwrap
import zipfile
from typing import Callable, Dict, List

import pytest

from downgrade import build
from downgrade.configuration import Configuration, ConfigurationError
from downgrade.wheel import WheelError, lower_wheel

#: A backend of a few lines, in the place of setuptools.
BACKEND = '''
import pathlib, zipfile

METADATA = """Metadata-Version: 2.1
Name: pkg
Version: 1.0
Requires-Python: >=3.12,<4
Classifier: Programming Language :: Python :: 3.12

Requires-Python: >=3.12 is what the text says.
"""


def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "pkg-1.0-py3-none-any.whl"
    files = {path.as_posix(): path.read_text() for path in sorted(pathlib.Path("pkg").rglob("*.*"))}
    files["pkg-1.0.dist-info/METADATA"] = METADATA
    files["pkg-1.0.dist-info/RECORD"] = "".join(f"{path},,\\n" for path in files)
    with zipfile.ZipFile(pathlib.Path(directory, name), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(zipfile.ZipInfo(path, (2020, 2, 2, 0, 0, 0)), text)
    return name


def build_sdist(directory, config_settings=None):
    return "pkg-1.0.tar.gz"


def get_requires_for_build_wheel(config_settings=None):
    return ["something"]
'''
MODERN = """
from typing import Self

class Pair[T]:
    def __init__(self, *items: T) -> None:
        self.items = items

    def same(self) -> Self:
        match self.items:
            case [first, second] if first == second:
                return self
        raise ValueError

print(f"{"same"!r}", Pair(1, 1).same().items, Pair.__type_params__)
"""
Project = Callable[[Dict[str, str]], pathlib.Path]


@pytest.fixture
def project(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Makes a project of files, and is in it."""

    def make(files: Dict[str, str]) -> pathlib.Path:
        settings = '[tool.downgrade]\ntarget = "3.8"\nbackend = "backend_of_the_test"\n'
        for name, text in {"pyproject.toml": settings, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), "utf-8")
        monkeypatch.chdir(tmp_path)
        return tmp_path

    (tmp_path / "backend_of_the_test.py").write_text(BACKEND, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "backend_of_the_test", raising=False)
    return make


def read(wheel: pathlib.Path) -> Dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {one: archive.read(one) for one in archive.namelist()}


def test_a_wheel_is_lowered(project: Project) -> None:
    folder = project(
        {"pkg/__init__.py": MODERN, "pkg/build/old.py": "x = 1\n", "pkg/data.txt": "d"}
    )
    name = build.build_wheel(str(folder))
    files = read(folder / name)
    assert list(files) == [
        "pkg/__init__.py",
        "pkg/build/old.py",
        "pkg/data.txt",
        "pkg/_downgrade.py",
        "pkg-1.0.dist-info/METADATA",
        "pkg-1.0.dist-info/RECORD",
    ]
    assert files["pkg/build/old.py"] == b"x = 1\n" and files["pkg/data.txt"] == b"d"
    head, _, body = files["pkg-1.0.dist-info/METADATA"].decode().partition("\n\n")
    assert head.splitlines()[3:] == [
        "Requires-Python: >=3.8,<4",
        "Classifier: Programming Language :: Python :: 3.8",
        "Classifier: Programming Language :: Python :: 3.9",
        "Classifier: Programming Language :: Python :: 3.10",
        "Classifier: Programming Language :: Python :: 3.11",
        "Classifier: Programming Language :: Python :: 3.12",
        "Requires-Dist: typing_extensions>=4.13",
    ]
    assert body == "Requires-Python: >=3.12 is what the text says.\n"
    ran = subprocess.run(
        [sys.executable, "-c", "import pkg"],
        env={"PYTHONPATH": f"{folder / name}"},
        cwd=str(folder.parent),
        stdout=subprocess.PIPE,
        check=True,
    )
    assert ran.stdout.decode() == "'same' (1, 1) (T,)\n"


def test_metadata_without_a_description(project: Project) -> None:
    """As hatchling writes it: what is required is a header, not the body."""
    folder = project({"pkg/__init__.py": MODERN})
    text = BACKEND.replace("\nRequires-Python: >=3.12 is what the text says.\n", "")
    (folder / "backend_of_the_test.py").write_text(text, "utf-8")
    metadata = read(folder / build.build_wheel(str(folder)))["pkg-1.0.dist-info/METADATA"].decode()
    assert "\n\n" not in metadata and metadata.endswith("\n")
    assert "\nRequires-Dist: typing_extensions" in metadata


def test_namespace_packages(project: Project) -> None:
    """A folder without ``__init__.py`` is a package too (PEP 420): imports are relative there."""
    files = {
        "pkg/bare/mod.py": "x: list[int] = [1]\n",
        "pkg/full/__init__.py": "y: list[int] = [2]\n",
        "pkg/full/sub/deep.py": "z: list[int] = [3]\n",
        "pkg/top.py": "from .bare import mod\nw: list[int] = [4]\n",
    }
    folder = project(files)
    name = build.build_wheel(str(folder))
    modules = [one for one in read(folder / name) if one.endswith("_downgrade.py")]
    assert modules == [
        "pkg/_downgrade.py",
        "pkg/bare/_downgrade.py",
        "pkg/full/_downgrade.py",
    ]
    program = "from pkg import top, full\nfrom pkg.full.sub import deep\n"
    program += "print(top.mod.x, full.y, deep.z, top.w)"
    with zipfile.ZipFile(folder / name) as wheel:
        wheel.extractall(folder / "site")  # what is in an archive has to have an __init__.py
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=str(folder / "site"),
        stdout=subprocess.PIPE,
        check=True,
    )
    assert ran.stdout.decode() == "[1] [2] [3] [4]\n"


def test_record_has_the_hash_of_every_file(project: Project) -> None:
    folder = project({"pkg/__init__.py": MODERN})
    files = read(folder / build.build_wheel(str(folder)))
    record = "pkg-1.0.dist-info/RECORD"
    rows = list(csv.reader(io.StringIO(files[record].decode())))
    assert [row[0] for row in rows] == list(files)
    for name, digest, size in rows:
        if name != record:
            found = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).decode()
            assert (digest, int(size)) == ("sha256=" + found.rstrip("="), len(files[name]))
    assert rows[-1] == [record, "", ""]


@pytest.mark.parametrize(
    ("clause", "lowered"),
    [("~=3.12", "~=3.8"), ("~=3.12.1", ">=3.8,<3.13"), (">=3.12.4,!=3.13.0", ">=3.8,!=3.13.0")],
)
def test_other_bounds_stay(project: Project, clause: str, lowered: str) -> None:
    folder = project({"pkg/__init__.py": MODERN})
    (folder / "backend_of_the_test.py").write_text(BACKEND.replace(">=3.12,<4", clause), "utf-8")
    files = read(folder / build.build_wheel(str(folder)))
    assert f"\nRequires-Python: {lowered}\n" in files["pkg-1.0.dist-info/METADATA"].decode()


def test_the_same_wheel_twice_has_the_same_bytes(project: Project) -> None:
    folder = project({"pkg/__init__.py": MODERN})
    wheel = folder / build.build_wheel(str(folder))
    first = wheel.read_bytes()
    build.build_wheel(str(folder))
    assert wheel.read_bytes() == first
    lower_wheel(wheel, Configuration(out=None))
    assert wheel.read_bytes() == first


@pytest.mark.parametrize("exclude", [[], ["pkg/new.py"]])
def test_what_can_not_be_lowered(project: Project, exclude: List[str]) -> None:
    folder = project({"pkg/__init__.py": "", "pkg/new.py": "\nimport compression.zstd\n"})
    with (folder / "pyproject.toml").open("a") as settings:
        settings.write(f"exclude = {exclude!r}\n")
    if exclude:
        build.build_wheel(str(folder))
        return
    with pytest.raises(WheelError, match=r"Python 3\.8:\npkg.new\.py:2: compression\.zstd") as told:
        build.build_wheel(str(folder))
    assert "pkg-1.0-py3-none-any.whl" in str(told.value)
    assert not list(folder.glob("*.whl"))


def test_source_distributions_and_requirements_are_the_other_backends(project: Project) -> None:
    folder = project({"pkg/__init__.py": MODERN})
    assert build.build_sdist(str(folder)) == "pkg-1.0.tar.gz"
    assert build.get_requires_for_build_wheel() == ["something"]
    assert build.get_requires_for_build_sdist() == build.get_requires_for_build_editable() == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("downgrade.build", "must be the one that"),
        ("no_such_backend", "requires in \\[build-system"),
    ],
)
def test_a_backend_that_is_none(project: Project, name: str, told: str) -> None:
    folder = project({})
    (folder / "pyproject.toml").write_text(f'[tool.downgrade]\nbackend = "{name}"\n', "utf-8")
    with pytest.raises(ConfigurationError, match=told):
        build.build_sdist(str(folder))


@pytest.mark.parametrize("files", [{}, {"a.dist-info/METADATA": "", "a.dist-info/RECORD.jws": ""}])
def test_what_is_no_wheel_or_is_signed(tmp_path: pathlib.Path, files: Dict[str, str]) -> None:
    path = tmp_path / "a.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    before = path.read_bytes()
    with pytest.raises(WheelError, match="signed" if files else "no wheel"):
        lower_wheel(path, Configuration(out=None))
    assert path.read_bytes() == before
    with pytest.raises(WheelError, match="can't be read"):
        lower_wheel(tmp_path / "b.whl", Configuration(out=None))
