"""Tuning by MetaSchedule, with a stored log and a progress bar."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import sys
from typing import Any, Iterator, Optional

from tvm.ir import IRModule, save_json
from tvm.ir.utils import derived_object
from tvm.s_tir import meta_schedule
from tvm.target import Target

from ...errors import CompileError

__all__ = ["log_folder", "tuned"]


def log_folder(module: IRModule, target: Target, folder: Optional[str] = None) -> pathlib.Path:
    """Where the log of a module's tuning is: one folder for each module and target.

    Args:
        module: before tuning.
        target: what it is tuned for.
        folder: where the logs are; the user's cache when ``None``.
    """
    if folder is None:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        folder = os.path.join(home, "paddlefx", "tvm")
    text = f"{save_json(module)}\n{target}"
    return pathlib.Path(folder) / hashlib.sha256(text.encode()).hexdigest()[:32]


def tuned(module: IRModule, target: Target, trials: int, folder: pathlib.Path) -> Any:
    """The database of the best schedules found for a module's functions.

    A log that has enough trials in it is used as it is; one that has fewer is gone on with.

    Args:
        module: operators in functions of loops, fused.
        target: for which machine.
        trials: how many schedules are measured.
        folder: where the log is written.

    Raises:
        CompileError: a package that tuning needs is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = meta_schedule.database.JSONDatabase(work_dir=str(folder))
    missing = trials - len(database)
    if missing <= 0:
        return database
    with _progress(missing) as callback:
        try:
            return meta_schedule.relax_integration.tune_relax(
                mod=module,
                params={},
                target=target,
                work_dir=str(folder),
                max_trials_global=missing,
                num_trials_per_iter=min(16, missing),
                database=database,
                measure_callbacks=[
                    meta_schedule.measure_callback.AddToDatabase(),
                    meta_schedule.measure_callback.RemoveBuildArtifact(),
                    meta_schedule.measure_callback.UpdateCostModel(),
                    callback,
                ],
            )
        except ImportError as error:
            raise CompileError(
                f"tuning with TVM needs a package that is not installed: {error}",
                hint="pip install paddlefx[tvm]",
            ) from error


@contextlib.contextmanager
def _progress(trials: int) -> Iterator[Any]:
    """A callback of MetaSchedule that moves a progress bar on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("tuning"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[best]}"),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("tuning", total=trials, best="")

        @derived_object
        class Advance(meta_schedule.measure_callback.PyMeasureCallback):
            """Moves the bar by what was measured."""

            def apply(
                self, scheduler: Any, task_id: int, candidates: Any, builds: Any, runs: Any
            ) -> None:
                del candidates, builds
                times = [float(min(run.run_secs)) for run in runs if run.run_secs]
                best = f"best of the last step {min(times) * 1e3:.3g} ms" if times else ""
                bar.update(task, advance=len(runs), best=best)

        yield Advance()
