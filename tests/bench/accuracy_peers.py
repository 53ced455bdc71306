"""Puts off-the-shelf tools for finding video copies on the same suspects, by `peer_bench.py`, called as it is.

They need ffmpeg (chromaprint also fpcalc), and an environment of their own with vpdq, pdqhash, videohash2, ImageHash
and scipy from PyPI; vpdq is compiled while it is installed, which takes CMake and FFmpeg's development files.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from accuracy_tables import Cell, Table

from vtl_desktop.training.evaluation.intervals import Share
from vtl_desktop.training.evaluation.truth import Suspect

_MISSING = "-- "


def peers_table(
    script: Path, python: str, sources: Sequence[Path], suspects: Sequence[Suspect], out: Path, names: str
) -> Table:
    """Top-1 and Top-10 of every peer that runs here; the note names the others.

    Args:
        script: `peer_bench.py`.
        python: the interpreter whose packages are the peers.
        sources: all enrolled; suspects: what is looked for.
        out: folder for links to the sources, the list of pairs, the answers and the log.
        names: of the peers, as the script takes them, with commas; empty for its own choice.
    """
    results, missing = ({}, [f"{script.name} is not there"]) if not script.is_file() else _run(
        script, python, sources, suspects, out, names
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for name, result in results.items():
        outcomes = [_outcome(result["by_kind"], number, suspect) for number, suspect in enumerate(suspects)]
        stored, hashed = result["bytes_per_source"], result["hash_ms"]
        rows.append(
            (
                name, Share.of(top1 for top1, _ in outcomes), Share.of(top10 for _, top10 in outcomes),
                None if stored is None else round(stored), None if hashed is None else round(hashed), result["failed"],
            )
        )  # fmt: skip
    return Table(
        "peers",
        f"Peers, {len(suspects)} suspects",
        ("peer", "Top-1", "Top-10", "bytes a source", "ms a suspect", "failed"),
        rows,
        "Each with its published parameters and its own search; ties count against it. Chromaprint only hears, and "
        "silent clips cannot be told apart by it. "
        + (f"Did not run here: {'; '.join(missing)}." if missing else "All that were asked for ran."),
    )


def _run(
    script: Path, python: str, sources: Sequence[Path], suspects: Sequence[Suspect], out: Path, names: str
) -> tuple[dict[str, dict], list[str]]:
    links, pairs, answers, log = out / "sources", out / "pairs.csv", out / "peers.json", out / "peers.log"
    # Every file in the folder becomes an entry of the peers' databases: just the sources, then.
    links.mkdir(parents=True, exist_ok=True)
    for old in links.iterdir():
        old.unlink()
    for path in sources:
        (links / path.name).symlink_to(path.resolve())
    write_pairs(pairs, suspects)
    answers.unlink(missing_ok=True)
    command = [python, str(script), "--sources", str(links), "--pairs", str(pairs), "--out", str(answers)]
    command += ["--workers", str(min(os.cpu_count() or 1, 2))]
    if names:
        command += ["--peers", names]
    with log.open("w", encoding="utf-8") as written:
        done = subprocess.run(command, stdout=written, stderr=subprocess.STDOUT, check=False)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    missing = [line.removeprefix(_MISSING) for line in lines if line.startswith(_MISSING)]
    if done.returncode:
        missing.append(f"{script.name} ended with status {done.returncode}: see {log.name}")
    results = json.loads(answers.read_text())["results"] if answers.is_file() else {}
    return results, missing


def write_pairs(path: Path, suspects: Sequence[Suspect]) -> None:
    """A row for each source of each suspect, each of a kind of its own, so that the outcome of each can be read."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("suspect", "source", "kind"))
        for number, suspect in enumerate(suspects):
            for source in sorted(suspect.sources):
                writer.writerow((str(suspect.path.resolve()), source, _kind(number, source)))


def _kind(number: int, source: str) -> str:
    return f"{number}: {source}"


def _outcome(by_kind: dict[str, list[float]], number: int, suspect: Suspect) -> tuple[bool, bool]:
    """Whether a true source leads, and whether all true sources are among ten."""
    shares = [by_kind.get(_kind(number, source), (0.0, 0.0)) for source in suspect.sources]
    return any(first == 1 for first, _ in shares), all(tenth == 1 for _, tenth in shares)
