"""Enrolling, tracing, searching: time against decoding and against reading memory, and the memory they take."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from bench_material import Material, decode_all
from bench_table import Row, alternately

from vtl_desktop.media.sampling import sample_clips
from vtl_desktop.services.engine import encoder_for
from vtl_desktop.services.enroll import enroll
from vtl_desktop.services.intake import take_in
from vtl_desktop.services.search import ClipSearch
from vtl_desktop.services.trace import trace

BITS = 512
NEIGHBOURS = 256
BATCH = 80
WARM = "torch loaded and weights read before; that is paid once a process"


def enrolling(material: Material, folder: Path, *, runs: int) -> list[Row]:
    """Enrolling all sources into a new database, against decoding them."""
    database = folder / "enrolled.h5"

    def once() -> None:
        database.unlink(missing_ok=True)
        result = enroll(material.sources, database)
        assert len(result.enrolled) == len(material.sources), result.failed

    once()
    _made.add(database)
    took, decoded = alternately(runs, once, lambda: [decode_all(path) for path in material.sources])
    what = f"enroll {len(material.sources)} sources"
    return [Row(what, took, "s", decoded, "decode them with PyAV", aim=2.0, runs=runs, note=WARM)]


def _enrolled(material: Material, folder: Path) -> Path:
    """A database of all sources, made by this process: one in a kept folder may be of other weights."""
    database = folder / "enrolled.h5"
    if database not in _made:
        database.unlink(missing_ok=True)
        enroll(material.sources, database)
        _made.add(database)
    return database


_made: set[Path] = set()


def tracing(material: Material, folder: Path, *, runs: int) -> list[Row]:
    """Tracing each suspect, against decoding it."""
    database, rows = _enrolled(material, folder), []
    for words, path in material.suspects:
        exhibit = take_in(path)
        result = trace(exhibit, database)
        took, decoded = alternately(runs, lambda e=exhibit: trace(e, database), lambda p=path: decode_all(p))
        what = f"trace {words} ({exhibit.facts.duration:.0f} s)"
        found = result.candidates[0].source.name if result.traced else "no source"
        note = f"{WARM}; on {result.device}; found {found}"
        rows.append(Row(what, took, "s", decoded, "decode it with PyAV", aim=1.0, runs=runs, note=note))
    return rows


def encoding(material: Material, *, runs: int) -> list[Row]:
    """The network alone on all clips of a 480p video, against decoding it."""
    path = material.films["480p"][0]
    encoder = encoder_for(BITS, "auto")
    pictures = sample_clips(path, size=encoder.input_size).pictures
    encoder.encode(pictures)
    took, decoded = alternately(runs, lambda: encoder.encode(pictures), lambda: decode_all(path))
    what = f"codes of {len(pictures)} clips, 480p"
    note = f"{len(pictures) / took:.0f} clips a second on {encoder.device_name}; {encoder.input_size} pixels"
    return [Row(what, took, "s", decoded, "decode the video with PyAV", aim=0.5, runs=runs, note=note)]


def searching(*, millions: tuple[int, ...], runs: int) -> list[Row]:
    """Exact search among many codes, against reading the same bytes once with all cores."""
    rows = []
    rng = np.random.default_rng(0)
    for million in millions:
        count = million * 1_000_000
        codes = rng.integers(0, 256, (count, BITS // 8), np.uint8)
        search = ClipSearch(codes, np.arange(count) // 100, np.zeros(count, np.float32))
        asked = codes[rng.integers(0, count, BATCH)] ^ np.uint8(1)
        search.nearest(asked[:1], NEIGHBOURS)
        words = codes.reshape(-1).view(np.uint64)
        one, many, read = alternately(
            runs,
            lambda s=search, a=asked: s.nearest(a[:1], NEIGHBOURS),
            lambda s=search, a=asked: s.nearest(a, NEIGHBOURS),
            lambda w=words: read_memory(w),
        )
        read_too = f"read its {codes.nbytes >> 20} MiB"
        note = f"{NEIGHBOURS} nearest of each code, {BITS} bits; read at {codes.nbytes / read / 1e9:.1f} GB/s"
        rows.append(
            Row(f"search {million} M, one code", one * 1e3, "ms", read * 1e3, read_too, 1.5, runs=runs, note=note)
        )
        what = f"search {million} M, {BATCH} codes at once, each"
        rows.append(Row(what, many / BATCH * 1e3, "ms", read * 1e3, read_too, 1.5, runs=runs))
        del codes, search, words
    return rows


_POOL = ThreadPoolExecutor(os.cpu_count() or 1)


def read_memory(words: np.ndarray) -> int:
    """Reads all of it once, a share in each core's thread; the exclusive or keeps it from being skipped."""
    parts = np.array_split(words, os.cpu_count() or 1)
    return int(sum(_POOL.map(lambda part: int(np.bitwise_xor.reduce(part)), parts)))


def memory(material: Material, folder: Path) -> list[Row]:
    """Peak memory of a process that enrolls or traces, against one that only loads the encoder."""
    database = _enrolled(material, folder)
    loaded = _peak("load")
    rows = []
    fresh = folder / "memory.h5"
    fresh.unlink(missing_ok=True)
    for what, arguments in (
        ("peak memory of enrolling", ["enroll", str(fresh), *map(str, material.sources)]),
        ("peak memory of tracing", ["trace", str(database), str(material.suspects[-1][1])]),
    ):
        peak = _peak(*arguments)
        rows.append(Row(what, peak, "MiB", loaded, "a process that only loads the encoder"))
    return rows


def _peak(*arguments: str) -> float:
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": _root()})
    return float(json.loads(done.stdout.strip().splitlines()[-1]))


def _root() -> str:
    return os.pathsep.join([str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")])


def _child(task: str, *arguments: str) -> None:
    """Does one thing in a process of its own and prints its peak memory in MiB."""
    if task == "load":
        encoder_for(BITS, "auto")
    elif task == "enroll":
        enroll([Path(path) for path in arguments[1:]], Path(arguments[0]))
    else:
        trace(take_in(Path(arguments[1])), Path(arguments[0]))
    print(json.dumps(_own_peak()))


def _own_peak() -> float:
    """MiB. Linux hands a parent's peak on to what it starts in getrusage, but not in the process's own status."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / (1 << 10)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


if __name__ == "__main__":
    _child(*sys.argv[1:])
