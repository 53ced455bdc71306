"""`vtl-desktop levels`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from vtl_desktop.cli import options
from vtl_desktop.cli.terminal import answer, plain_errors, progress_bar
from vtl_desktop.core.jobs import part_of
from vtl_desktop.core.levels import LevelCandidate, LevelsResult


def levels(
    suspect: Annotated[Path, typer.Argument(metavar="SUSPECT", help="A video of somebody in front of a camera.")],
    database: options.Database,
    first: Annotated[int, typer.Option(min=1, help="Sources with a like scene whose motion is compared.")] = 10,
    leave_out_people: Annotated[
        bool, typer.Option("--leave-out-people", help="Compare scenes without the people in them.")
    ] = False,
    device: options.Device = "auto",
    as_json: options.AsJson = False,
) -> None:
    """Find source and exact frames of a forged portrait video: by its scene, then by what moves.

    The sources' files are not needed. The decision is "traced", "ambiguous" or "no_source". `trace` is for any video;
    this is for one that shows the whole picture of its source, from whose faces or bodies nothing is to be concluded.

    Example: vtl-desktop levels suspect.mp4 --database archive.h5 --json
    """
    from vtl_desktop.services.intake import take_in
    from vtl_desktop.services.levels import trace_by_levels

    with plain_errors():
        with progress_bar() as progress:
            exhibit = take_in(suspect, progress=part_of(progress, 0.0, 0.05))
            result = trace_by_levels(
                exhibit,
                database,
                first=first,
                leave_out_people=leave_out_people,
                device=device,
                progress=part_of(progress, 0.05, 1.0),
            )
        answer(json.dumps(answer_of(result), ensure_ascii=False) if as_json else _in_words(result))


def answer_of(result: LevelsResult) -> dict[str, Any]:
    """The result as plain values; times in seconds, distances in bits, agreement of motion -1 to 1."""
    return {
        "suspect": result.suspect_path,
        "suspect_sha256": result.suspect_sha256,
        "decision": result.decision,
        "reason": result.reason,
        "candidates": [_candidate(number + 1, one) for number, one in enumerate(result.candidates)],
        "bits": result.bits,
        "weights_sha256": result.weights_sha256,
        "database": result.database_path,
        "database_sources": result.database_sources,
        "seconds": round(result.seconds, 3),
        "notes": list(result.notes),
    }


def _candidate(rank: int, candidate: LevelCandidate) -> dict[str, Any]:
    motion = candidate.motion
    return {
        "rank": rank,
        "source": candidate.source.name,
        "path": candidate.source.path,
        "sha256": candidate.source.sha256,
        "scene_rank": candidate.scene_rank,
        "scene_distance": round(candidate.scene_distance, 2),
        "mirrored": candidate.mirrored,
        "start_frame": candidate.start_frame,
        "exact": candidate.exact,
        "motion": None
        if motion is None
        else {
            "start": round(motion.start, 4),
            "end": round(motion.end, 4),
            "rate": round(motion.rate, 4),
            "peak": round(motion.peak, 4),
            "runner_up": round(motion.runner_up, 4),
            "confidence": round(motion.confidence, 4),
        },
    }


def _in_words(result: LevelsResult) -> str:
    lines = [f"{Path(result.suspect_path).name}: {result.reason}"]
    for number, one in enumerate(result.candidates):
        moved = "too little moves to tell when"
        if one.motion is not None:
            speed = "" if one.motion.rate == 1 else f" at {one.motion.rate:.3g} x"
            moved = (
                f"{one.motion.start:.3f}-{one.motion.end:.3f} s{speed} (frame {one.start_frame}), motion "
                f"{one.motion.peak:.2f}, elsewhere {one.motion.runner_up:.2f}"
            )
        mirrored = ", mirrored" if one.mirrored else ""
        lines.append(
            f"  {number + 1:2}. {one.source.name}  scene {one.scene_distance:.0f} bits ({one.scene_rank}.){mirrored}  "
            f"{moved}" + ("" if one.exact or one.motion is None else " (not clear)")
        )
    lines += [f"  Note: {note}" for note in result.notes]
    return "\n".join(lines)
