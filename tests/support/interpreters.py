"""The other interpreters of this machine, each in a process of its own.

They are found as nox finds them: ``python3.8`` on PATH, which pyenv puts there for the versions
of ``.python-version``. A missing one is an error. They need no packages: paddlefx's translation
layer imports the standard library only.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
from typing import Any, Dict, Tuple

from paddlefx.opcodes import SUPPORTED

__all__ = ["VERSIONS", "Interpreter", "Server"]

ROOT = pathlib.Path(__file__).absolute().parents[2]

#: The versions whose programs must be equal.
VERSIONS: Tuple[Tuple[int, int], ...] = tuple(v for v in SUPPORTED if v <= (3, 13))


class Interpreter:
    """One version's interpreter; raises RuntimeError if it is not on PATH."""

    def __init__(self, version: Tuple[int, int]) -> None:
        self.name = f"python{version[0]}.{version[1]}"
        found = shutil.which(self.name)
        if found is None:
            raise RuntimeError(f"{self.name} is not on PATH")
        self.command = [found]

    def _environment(self) -> Dict[str, str]:
        environment = {key: value for key, value in os.environ.items() if key != "PYENV_VERSION"}
        environment["PYTHONPATH"] = str(ROOT)
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        environment["PYTHONHASHSEED"] = "0"
        return environment

    def ask(self, script: str) -> str:
        """What a script prints."""
        done = subprocess.run(
            [*self.command, "-c", script],
            cwd=ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            universal_newlines=True,
            check=True,
        )
        return done.stdout.strip()

    def server(self, module: str) -> Server:
        """A process that runs a module, answering JSON lines with JSON lines."""
        process = subprocess.Popen(
            [*self.command, "-m", module],
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            universal_newlines=True,
            encoding="utf-8",
        )
        return Server(self.name, process)


class Server:
    """A running process; use it as a context, or close it."""

    def __init__(self, name: str, process: Any) -> None:
        self.name = name
        self.process = process

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def send(self, request: Any) -> None:
        """Send a request; the answer is to be received."""
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def receive(self) -> Any:
        """The next answer; raises RuntimeError if the process has ended."""
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with status {self.process.wait()}")
        return json.loads(line)

    def ask(self, request: Any) -> Any:
        """Send a request and wait for its answer."""
        self.send(request)
        return self.receive()

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=30)
