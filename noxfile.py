"""Every check of the project; ``nox`` without arguments runs what CI runs.

``nox -s unit-3.12 -- -k ghosts`` passes the rest to pytest; ``nox -l`` lists the sessions.
"""

from __future__ import annotations

import os
import pathlib
import shutil

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["lint", "werror", "unit", "integration", "downgraded", "readme"]

PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))
#: What ``downgrade.build`` is tried around, and the packages that have them.
BACKENDS = {
    "setuptools.build_meta": "setuptools>=68",
    "hatchling.build": "hatchling",
    "flit_core.buildapi": "flit_core>=3.9",
}
#: CPython 3.14.2 (its version is that of the Python in it).
PYODIDE = "pyodide@314.0.7"
#: What paddlefx and the tests need there, of releases that are pure Python.
WITHOUT_EXTENSIONS = (
    "bytecode",
    "hypothesis<6.140",
    "pytest",
    "rich",
    "typing_extensions",
    "xdis",
)
#: CI runs the heavy networks on the oldest and the newest required version, with their two Paddles.
HEAVY_PYTHONS = ("3.8", "3.12")
#: The unit tests that are mostly about ``csrc/``.
IN_C = (
    "test_dispatch",
    "test_dispatch_closures",
    "test_faults",
    "test_fingerprint",
    "test_finite",
    "test_guard_handled",
    "test_guard_programs",
    "test_guard_relations",
    "test_guards",
    "test_hook",
    "test_outside_iterators",
    "test_witness",
)
#: A file's tests stay together and in order, on as many cores as there are.
PARALLEL = ("-n", str(os.cpu_count() or 1), "--dist", "loadfile")
#: mypy and import-linter read the code of every version from this one.
LINT_PYTHON = "3.11"


@nox.session(python=LINT_PYTHON)
def lint(session: nox.Session) -> None:
    """Ruff's rules and format, mypy strict, the import contracts, the house rules."""
    session.install("-e", ".[dev,test]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")
    session.run("pytest", "-q", "tests/unit/test_house.py")
    # a sample of what `nox -s equality` measures in full
    for corpus, every in (("library", "60"), ("match", "6"), ("except*", "6"), ("typeparams", "8")):
        sample = ("--corpus", corpus, "--every", every)
        session.run("python", "-m", "tests.conformance.equality", *sample)


@nox.session(python=PYTHONS)
def werror(session: nox.Session) -> None:
    """The C extension compiles without a warning."""
    session.install("setuptools")
    temp = session.create_tmp()
    session.run(
        "python", "setup.py", "-q", "build_ext", "--force", "--build-lib", temp, "--build-temp", temp,
        env={"PADDLEFX_WERROR": "1"},
    )  # fmt: skip


@nox.session(python=PYTHONS)
def unit(session: nox.Session) -> None:
    """What needs no tensor framework: tables, decode, emit, verify, C dispatch, guards."""
    session.install("-e", ".[test]")
    without = [f"--ignore=tests/{part}" for part in ("integration", "constructs", "browser")]
    session.run("pytest", "-q", *PARALLEL, "tests", *without, *session.posargs)


@nox.session(python=PYTHONS)
def integration(session: nox.Session) -> None:
    """Real functions and networks, with Paddle; heavy ones on some versions, see ``zoo``."""
    session.install("-e", ".[paddle,llvm,mlir,onnxruntime,openvino,triton,tvm,test]")
    marks = "not zoo" if session.python in HEAVY_PYTHONS else "not zoo and not heavy"
    session.run(
        "pytest",
        "-q",
        *PARALLEL,
        "-m",
        marks,
        "tests/integration",
        "tests/constructs",
        *session.posargs,
    )


@nox.session(python=PYTHONS)
def zoo(session: nox.Session) -> None:
    """The heavy networks, and every constructor of the vision zoo trained: 5 minutes a version."""
    session.install("-e", ".[paddle,test]")
    session.run(
        "pytest", "-q", *PARALLEL, "-m", "heavy or zoo", "tests/integration", *session.posargs
    )


@nox.session(python=PYTHONS, name="backend-zoo")
def backend_zoo(session: nox.Session) -> None:
    """Every network and layer on every backend beside plain Paddle: some 20 minutes a version.

    ``nox -s backend-zoo-3.12 -- --backends openvino --only resnet,vgg`` measures these only.
    """
    session.install("-e", ".[paddle,llvm,onnxruntime,openvino,tvm,test]")
    session.run("python", "-m", "benchmarks.backend_zoo", *session.posargs)
    session.run("python", "-m", "benchmarks.backend_zoo", "--layers", *session.posargs)


@nox.session(python=PYTHONS)
def roundtrip(session: nox.Session) -> None:
    """Every code object of the standard library and its tests, there and back: some 5 minutes.

    ``nox -s roundtrip-3.12 -- --every 20`` takes a part of it, ``--mode no-hints`` drops hints.
    """
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.conformance.roundtrip", *session.posargs)


@nox.session(python=PYTHONS)
def regrtest(session: nox.Session) -> None:
    """CPython's regression tests, plain and on re-emitted code: some 10 minutes a version.

    ``nox -s regrtest-3.12 -- test_scope test_pdb`` runs these modules only.
    """
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.conformance.regrtest", *session.posargs)


@nox.session(python=PYTHONS, name="regrtest-executor")
def regrtest_executor(session: nox.Session) -> None:
    """CPython's tests plain and through the executor: some 15 minutes a version.

    ``nox -s regrtest-executor-3.12 -- test_dict test_with`` runs these modules only.
    """
    session.install("-e", ".[paddle,test]")
    session.run("python", "-m", "tests.conformance.regrtest_executor", *session.posargs)


@nox.session(python=PYTHONS)
def soak(session: nox.Session) -> None:
    """8 threads call 200 functions for ten minutes, and 100,000 are compiled and dropped.

    Right answers, flat memory, no reference left (not in CI). ``nox -s soak-3.12 -- 60`` calls for
    a minute, and does a tenth of the other.
    """
    session.install("-e", ".[paddle,test]")
    seconds = session.posargs[0] if session.posargs else "600"
    amounts = {
        "PADDLEFX_SOAK_SECONDS": seconds,
        "PADDLEFX_SOAK_FUNCTIONS": "200",
        "PADDLEFX_CYCLES": "10000" if session.posargs else "100000",
    }
    tests = ("tests/integration/test_soak.py", "tests/integration/test_hygiene.py")
    chosen = ("-k", "soak or compiling_and_dropping")
    session.run("pytest", "-q", "-o", "timeout=5400", *chosen, *tests, env=amounts)


@nox.session(python=["3.10", "3.11", "3.13"])
def sanitize(session: nox.Session) -> None:
    """The C tests with AddressSanitizer and UndefinedBehaviorSanitizer: some 5 minutes a version.

    One version of each frame family and layout of frames; tests that measure memory are left out.
    """
    session.install("setuptools", "-e", ".[test]")
    copy = pathlib.Path(session.create_tmp()).resolve() / "tree"
    shutil.rmtree(copy, ignore_errors=True)
    for folder in ("paddlefx", "csrc", "tests"):
        shutil.copytree(folder, copy / folder, ignore=shutil.ignore_patterns("*.so"))
    for name in ("setup.py", "pyproject.toml", "README.md"):
        shutil.copy(name, copy)
    libraries = [
        session.run("gcc", f"-print-file-name=lib{name}.so", silent=True, external=True).strip()
        for name in ("asan", "ubsan")
    ]
    session.chdir(copy)
    session.run(
        "python", "setup.py", "-q", "build_ext", "--inplace", env={"PADDLEFX_SANITIZE": "1"}
    )  # fmt: skip
    session.run(
        "pytest", "-q", "-k", "not leak and not leave", *(f"tests/unit/{name}.py" for name in IN_C),
        env={
            "LD_PRELOAD": " ".join(libraries),
            "ASAN_OPTIONS": "detect_leaks=0",  # CPython leaves its own at exit
            "PYTHONMALLOC": "malloc",
            "PYTHONPATH": str(copy),
        },
    )  # fmt: skip


@nox.session(python=LINT_PYTHON)
def equality(session: nox.Session) -> None:
    """One program for all versions: 3.8's library and the newer syntax, some 15 minutes.

    ``nox -s equality -- --corpus match --examples 3`` is one corpus, with examples.
    """
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.conformance.equality", *session.posargs)


@nox.session(python=LINT_PYTHON)
def models(session: nox.Session) -> None:
    """Models of PyPI packages beside plain Paddle and SOT: some hours, so not in CI.

    ``nox -s models -- 'ppim/*'`` runs these only; ``--json FILE`` keeps the figures, from which
    ``python -m benchmarks.models.report FILE`` makes the tables of docs/models.md.
    """
    folder = "benchmarks/models/"
    session.install(".[paddle]", "-r", f"{folder}needed.txt")
    for package in pathlib.Path(f"{folder}packages.txt").read_text("utf-8").split():
        # One that doesn't install is told as such in the results.
        session.run("uv", "pip", "install", "--no-deps", package, success_codes=[0, 1, 2])
    session.run("python", "-W", "ignore", "-m", "benchmarks.models", *session.posargs)


@nox.session(python="3.13")
def py314(session: nox.Session) -> None:
    """CPython 3.14 as WebAssembly, under Node (npm reachable): tests, round trip, equality.

    Some 10 minutes, and not in CI.
    ``nox -s py314 -- tests roundtrip --every 9`` runs these checks, on every ninth file.
    """
    temp = session.create_tmp()
    session.run(
        "npm", "install", "--no-audit", "--no-fund", "--prefix", temp, PYODIDE, external=True
    )
    session.install("--target", f"{temp}/site", "--upgrade", *WITHOUT_EXTENSIONS)
    session.run("python", "-m", "tests.conformance.py314", temp, *session.posargs)


@nox.session(python=PYTHONS)
def properties(session: nox.Session) -> None:
    """Generated functions: simulated, emitted again, and compared with the other versions'.

    3,500 a version; ``nox -s properties-3.12 -- 500`` tries fewer. The comparison with the other
    interpreters is made in one session, for all of them.
    """
    session.install("-e", ".[test]")
    number = session.posargs[0] if session.posargs else "3500"
    tests = ["tests/property/test_translation.py", "tests/property/test_regressions.py"]
    if session.python == LINT_PYTHON:
        tests.append("tests/property/test_one_program.py")
    session.run(
        "pytest", "-q", "-o", "timeout=5400", *tests, env={"PADDLEFX_EXAMPLES": number}
    )  # fmt: skip


@nox.session(python=PYTHONS)
def programs(session: nox.Session) -> None:
    """Functions of tensors written at random, plain and compiled: 5,000, some ten minutes.

    ``nox -s programs-3.12 -- 500`` tries fewer.
    """
    session.install("-e", ".[paddle,test]")
    number = session.posargs[0] if session.posargs else "5000"
    session.run(
        "pytest", "-q", "-o", "timeout=5400", "tests/integration/test_property_programs.py",
        env={"PADDLEFX_EXAMPLES": number},
    )  # fmt: skip


@nox.session(python="3.11")
def viewer(session: nox.Session) -> None:
    """The page of a graph in Chromium without a window (Debian's package ``chromium``)."""
    session.install(".[paddle,test]")
    session.run("pytest", "tests/browser", *session.posargs)


@nox.session(python=LINT_PYTHON, name="round-trip")
def round_trip(session: nox.Session) -> None:
    """Packages upgraded by Ruff, lowered again, and tested by their own tests on 3.8: 5 minutes.

    ``nox -s round-trip -- --only click h11`` takes some of them.
    """
    session.install("-e", ".", "ruff>=0.15")
    oldest = pathlib.Path(session.create_tmp()).resolve()
    session.run("uv", "venv", "-q", "--clear", "-p", "3.8", str(oldest / "venv"), external=True)
    python = str(oldest / "venv/bin/python")
    folder = "tests/downgrade/"
    needed = ("-r", folder + "round_trip_needed.txt")
    session.run("uv", "pip", "install", "-q", "-p", python, *needed, external=True)
    run = ("-m", "tests.downgrade.round_trip", "--python", python, str(oldest / "packages"))
    session.run("python", *run, *session.posargs)


def _interpreters(session: nox.Session) -> list[str]:
    """An environment with the backports for each version; ``3.8=PATH`` of the interpreter."""
    venvs = pathlib.Path(session.create_tmp()).resolve()
    pythons = []
    for version in ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13"):
        python = str(venvs / version / "bin/python")
        session.run(
            "uv", "venv", "-q", "--clear", "-p", version, str(venvs / version), external=True
        )
        needed = ("typing_extensions", "exceptiongroup", "tomli")
        session.run("uv", "pip", "install", "-q", "-p", python, *needed, external=True)
        pythons.append(f"{version}={python}")
    return pythons


@nox.session(python="3.13", name="downgrade-corpus")
def downgrade_corpus(session: nox.Session) -> None:
    """CPython's own tests of the newer syntax, lowered, on 3.8 to 3.11: some four minutes.

    ``nox -s downgrade-corpus -- --new 3.13 --modules test_patma`` runs these only.
    """
    session.install("-e", ".")
    command = ("-m", "tests.downgrade.cpython", *session.posargs)
    session.run("python", "-W", "ignore", *command, "--python", *_interpreters(session))


@nox.session(python="3.13")
def syntax(session: nox.Session) -> None:
    """Programs over the newest syntax: as written on 3.12 and 3.13, lowered on 3.8 to 3.11.

    10,000, some ten minutes; ``nox -s syntax -- --examples 500 --only match`` tries others, and
    ``nox -s syntax -- --all --seed 7`` goes on after a difference.
    """
    session.install("-e", ".", "hypothesis")
    command = ("-m", "tests.downgrade.generated", *session.posargs)
    session.run("python", "-W", "ignore", *command, "--python", *_interpreters(session))


@nox.session(python="3.13")
def verdicts(session: nox.Session) -> None:
    """What mypy and pyright say of the generic cases as written and lowered: a minute.

    mypy 1.16 is the last that reads code as 3.8's. ``-- --show 3`` prints examples.
    """
    session.install("-e", ".", "mypy==1.16.1", "pyright[nodejs]==1.1.414", "typing_extensions")
    folder = str(pathlib.Path(session.create_tmp()).resolve())
    command = ("-m", "tests.downgrade.verdicts", "--mypy", "mypy", "--pyright", "pyright")
    session.run("python", *command, *session.posargs, folder)


@nox.session(python="3.13", name="downgrade-stdlib")
def downgrade_stdlib(session: nox.Session) -> None:
    """3.13's standard library, lowered: each file compiles on 3.8, or is named: 4 minutes.

    Then with ``--lossy``, where those that were named compile, too.
    """
    session.install("-e", ".")
    folder = pathlib.Path(session.create_tmp()).resolve()
    session.run("uv", "venv", "-q", "--clear", "-p", "3.8", str(folder / "venv"), external=True)
    run = ("-m", "tests.downgrade.stdlib_lowered", str(folder / "venv/bin/python"))
    session.run("python", *run, str(folder / "library"))
    session.run("python", *run, str(folder / "lossy"), "--lossy")


@nox.session(python=LINT_PYTHON, name="real-packages")
def real_packages(session: nox.Session) -> None:
    """Packages that need 3.11 or newer, lowered with their tests, run on 3.8: 5 minutes.

    ``nox -s real-packages -- --only hdmi tyconf`` takes some of them.
    """
    session.install("-e", ".")
    place = pathlib.Path(session.create_tmp()).resolve()
    pythons = {}
    for version in ("3.13", "3.8"):
        venv = str(place / version)
        session.run("uv", "venv", "-q", "--clear", "-p", version, venv, external=True)
        pythons[version] = f"{venv}/bin/python"
        needed = ("-r", "tests/downgrade/real_packages_needed.txt")
        session.run("uv", "pip", "install", "-q", "-p", pythons[version], *needed, external=True)
    run = ("-m", "tests.downgrade.real_packages", str(place / "packages"))
    old = ("--new", pythons["3.13"], "--old", f"3.8={pythons['3.8']}")
    session.run("python", *run, *old, *session.posargs)


@nox.session(python=["3.8", "3.12"])
def downgraded(session: nox.Session) -> None:
    """The example in 3.12's syntax, built through ``downgrade.build``, prints the same on 3.8.

    It is built by each of the ``BACKENDS`` in turn.
    """
    session.install("pip", *BACKENDS.values(), ".")
    place = pathlib.Path(session.create_tmp()).resolve()
    for backend in BACKENDS:
        source = place / backend
        shutil.rmtree(source, ignore_errors=True)
        shutil.copytree("examples/modern", source)
        settings = (source / "pyproject.toml").read_text("utf-8")
        named = settings.replace("[tool.downgrade]\n", f'[tool.downgrade]\nbackend = "{backend}"\n')
        assert named != settings
        (source / "pyproject.toml").write_text(named, "utf-8")
        # Not by uv, which takes requires-python from the source's pyproject.toml.
        build = ("-q", "--no-build-isolation", "--no-deps", "--wheel-dir", str(source / "wheels"))
        session.run("python", "-m", "pip", "wheel", *build, str(source))
        (wheel,) = (source / "wheels").glob("modern-*.whl")
        session.install("--reinstall-package", "modern", str(wheel))
        printed = session.run("python", "-m", "modern", silent=True)
        if printed != pathlib.Path("examples/modern/output.txt").read_text("utf-8"):
            session.error(f"built by {backend}, it printed:\n{printed}")


@nox.session(python=["3.8", "3.11", "3.13"])
def readme(session: nox.Session) -> None:
    """The README's first command, and the examples, from an installed wheel."""
    session.install(".[paddle]")
    examples = session.invoked_from + "/examples"
    session.chdir(session.create_tmp())
    session.run("python", "-m", "paddlefx", "demo")
    for example in ("breaks", "numpy_backend", "train"):
        session.run("python", f"{examples}/{example}.py")


@nox.session(python=PYTHONS)
def benchmarks(session: nox.Session) -> None:
    """Decode and emit beside ``bytecode`` and ``dis``; calls beside plain Paddle and SOT (not in CI).

    ``nox -s benchmarks-3.11 -- call --rounds 20`` passes the rest to one of them.
    """
    session.install("-e", ".[paddle,test]")
    scripts, options = session.posargs[:1] or ("translation", "call"), session.posargs[1:]
    for script in scripts:
        session.run("python", "-W", "ignore", "-m", f"benchmarks.{script}", *options)
