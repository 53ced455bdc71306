"""Rows of a benchmark and how they are printed."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Row:
    """One measured thing.

    Attributes:
        what: in words.
        value, unit: the median of the runs, or what `what` says.
        yardstick, against: what it is held against, in the same unit and run; None where nothing is.
        aim: the largest ratio (with `aim_is_value`, the largest value) that is good enough; None where none is set.
        runs: how many measurements the median is of.
        note: what one must know to read the number.
    """

    what: str
    value: float
    unit: str
    yardstick: float | None = None
    against: str = ""
    aim: float | None = None
    aim_is_value: bool = False
    runs: int = 1
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.yardstick if self.yardstick else None

    @property
    def met(self) -> bool | None:
        held = self.value if self.aim_is_value else self.ratio
        return None if self.aim is None or held is None else held <= self.aim


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def alternately(runs: int, *works: Callable[[], object]) -> list[float]:
    """The median seconds of each piece of work; they take turns, so that a busy machine slows all of them alike."""
    times = np.array([[seconds(work) for work in works] for _ in range(runs)])
    return [float(value) for value in np.median(times, axis=0)]


def show(rows: list[Row]) -> None:
    """Prints a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="vtl-desktop benchmark", title_justify="left", show_lines=False)
    for heading, side in (
        ("what", "left"), ("value", "right"), ("held against", "left"), ("yardstick", "right"), ("ratio", "right"),
        ("aim", "right"), ("", "left"), ("runs", "right"),
    ):  # fmt: skip
        table.add_column(heading, justify=side, overflow="fold")
    for row in rows:
        aim = "" if row.aim is None else f"<= {row.aim:g}" + (f" {row.unit}" if row.aim_is_value else "")
        table.add_row(
            row.what,
            _with_unit(row.value, row.unit),
            row.against,
            "" if row.yardstick is None else _with_unit(row.yardstick, row.unit),
            "" if row.ratio is None else f"{row.ratio:.2f}",
            aim,
            "" if row.met is None else ("met" if row.met else "NOT MET"),
            str(row.runs),
        )
    console = Console(width=None if os.isatty(1) else 150)
    console.print(table)
    for row in rows:
        if row.note:
            console.print(f"{row.what}: {row.note}", highlight=False)


def _with_unit(value: float, unit: str) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f} {unit}"


def machine() -> dict[str, object]:
    """What one must know of the machine to read the numbers."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"system": platform.platform(), "python": platform.python_version(), "cores": os.cpu_count(), "load": load}


def write_json(path: Path, rows: list[Row], about: dict[str, object]) -> None:
    """Writes all rows with their ratios."""
    answers = [asdict(row) | {"ratio": row.ratio, "met": row.met} for row in rows]
    path.write_text(json.dumps({"machine": about, "rows": answers}, indent=1), encoding="utf-8")
