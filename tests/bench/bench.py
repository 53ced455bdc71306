"""Benchmarks of the straight line, each held against a yardstick that is measured in the same run.

    python tests/bench/bench.py [--quick] [--only trace,search] [--folder DIR] [--json OUT.json]

Everything is made by code; nothing is downloaded. Needs no display.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import bench_material
import bench_tracing
import bench_viewing
from bench_table import Row, machine, show, write_json


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less material and fewer runs: under a minute")
    parser.add_argument(
        "--only", default="", help="comma-separated: enroll, encode, trace, search, seek, paint, play, start, memory"
    )
    parser.add_argument(
        "--folder", type=Path, help="where the material is made and kept; a temporary folder by default"
    )
    parser.add_argument("--json", type=Path, help="write the rows here too")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        about = machine()
        rows = measure(folder, quick=arguments.quick, only=set(filter(None, arguments.only.split(","))))
    print(f"{about['cores']} cores, load {about['load']:.1f} at the start, {about['system']}, Python {about['python']}")
    show(rows)
    if arguments.json:
        write_json(arguments.json, rows, about)
    return 0


def measure(folder: Path, *, quick: bool, only: set[str]) -> list[Row]:
    """Runs the chosen benchmarks; all of them when `only` is empty."""
    _say("making the material")
    material = bench_material.make(folder, quick=quick)
    runs = 3 if quick else 7
    works: dict[str, Callable[[], list[Row]]] = {
        "enroll": lambda: bench_tracing.enrolling(material, folder, runs=2 if quick else 5),
        "encode": lambda: bench_tracing.encoding(material, runs=runs),
        "trace": lambda: bench_tracing.tracing(material, folder, runs=runs),
        "search": lambda: bench_tracing.searching(millions=(1,) if quick else (1, 10), runs=runs),
        "seek": lambda: bench_viewing.seeking(material, samples=6 if quick else 25),
        "paint": lambda: bench_viewing.painting(material, seconds_long=1.0 if quick else 4.0),
        "play": lambda: bench_viewing.playing(material, seconds_long=2.0 if quick else 6.0),
        "start": lambda: bench_viewing.window_start(runs=2 if quick else 7),
        "memory": lambda: bench_tracing.memory(material, folder),
    }
    unknown = only - set(works)
    if unknown:
        raise SystemExit(f"no benchmark named {', '.join(sorted(unknown))}; there are {', '.join(works)}")
    rows: list[Row] = []
    for name, work in works.items():
        if not only or name in only:
            _say(name)
            rows += work()
    return rows


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
