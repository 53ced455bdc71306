"""`vtl-desktop trace`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from vtl_desktop.cli import options
from vtl_desktop.cli.answers import answer_of
from vtl_desktop.cli.terminal import DONE, INPUT_UNREADABLE, answer, plain_errors, progress_bar, say
from vtl_desktop.core.decision import BALANCED, point_named
from vtl_desktop.core.errors import MediaError
from vtl_desktop.core.jobs import Progress
from vtl_desktop.core.tracing import TraceParameters, TraceResult


def trace(
    suspects: Annotated[
        list[Path], typer.Argument(metavar="SUSPECT...", help="Videos or pictures, or folders that hold some.")
    ],
    database: options.Database,
    top: Annotated[int, typer.Option(min=1, help="How many candidates to give.")] = 10,
    masks: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write the masks of each suspect here, as STEM.mkv (FFV1), and what they mark, as STEM.regions.json.",
        ),
    ] = None,
    answers: Annotated[
        Path | None, typer.Option(metavar="OUT.jsonl", help="Write one JSON object a suspect to this file.")
    ] = None,
    sound: options.Sound = True,
    point: options.Point = BALANCED.name,
    device: options.Device = "auto",
    as_json: options.AsJson = False,
) -> None:
    """Find the sources that suspects were made from.

    Prints for each suspect the decision and the candidates, best first, with the distance in bits and the moments
    that agree. A suspect that cannot be read is named and stops nothing (exit status 3).

    Example: vtl-desktop trace suspect.mp4 --database archive.h5
    """
    from vtl_desktop.media.discover import find_media
    from vtl_desktop.services.database import database_info

    with plain_errors():
        parameters = TraceParameters(top=top, device=device, sound=sound, point=point_named(point).name)
        database_info(database)
        files = find_media(suspects, images=True)
        missing = [path for path in suspects if not path.exists()]
        files += [path for path in missing if path not in files]
        failed = 0
        out = answers.open("w", encoding="utf-8") if answers else None
        try:
            for number, suspect in enumerate(files):
                try:
                    with progress_bar(quiet=len(files) > 20) as progress:
                        result = _one(suspect, database, parameters, masks, progress)
                except MediaError as error:
                    failed += 1
                    say(f"Skipped {suspect}: {error}")
                    continue
                line = json.dumps(answer_of(result), ensure_ascii=False)
                if out is not None:
                    out.write(line + "\n")
                    out.flush()
                answer(line if as_json else _in_words(result))
                if len(files) > 20:
                    say(f"{number + 1} of {len(files)}")
        finally:
            if out is not None:
                out.close()
        raise typer.Exit(INPUT_UNREADABLE if failed else DONE)


def _one(
    suspect: Path, database: Path, parameters: TraceParameters, masks: Path | None, progress: Progress
) -> TraceResult:
    from vtl_desktop.core.jobs import part_of
    from vtl_desktop.services.intake import take_in
    from vtl_desktop.services.trace import trace as run

    exhibit = take_in(suspect, progress=part_of(progress, 0.0, 0.05))
    share = 0.5 if masks else 1.0
    result = run(exhibit, database, parameters=parameters, progress=part_of(progress, 0.05, share))
    if masks is not None and result.candidates:
        from vtl_desktop.services.examine import masks_and_survey
        from vtl_desktop.services.survey import write_survey

        leader = result.candidates[0]
        masks.mkdir(parents=True, exist_ok=True)
        try:
            out = masks / f"{suspect.stem}.mkv"
            found = masks_and_survey(exhibit, leader, out, progress=part_of(progress, share, 1.0))
            write_survey(out.with_suffix(".regions.json"), exhibit, leader, found)
        except MediaError as error:
            say(f"No mask for {suspect.name}: {error}")
    return result


def _in_words(result: TraceResult) -> str:
    lines = [f"{Path(result.suspect_path).name}: {result.reason}"]
    if result.rates:
        lines.append(f"  {result.rates}")
    for candidate in result.candidates:
        segments = "; ".join(
            f"{s.suspect_start:.2f}-{s.suspect_end:.2f} s from {s.source_start:.2f} s"
            + ("" if s.rate == 1 else " backwards" if s.rate == -1 else f" at {s.rate:.3g} x")
            for s in candidate.alignment.segments
        )
        how = (", mirrored" if candidate.mirrored else "") + (f", {candidate.part_in_words}" if candidate.part else "")
        lines.append(
            f"  {candidate.rank:2}. {candidate.source.name}  {candidate.distance:.0f} bits "
            f"({candidate.margin:+.0f}){how}  {segments or 'no aligned segment'}"
            + ("" if candidate.moment_confirmed or not segments else " (not confirmed by motion)")
            + (f" ({candidate.ambiguous_share:.0%} of it roughly: nothing moves)" if candidate.ambiguous else "")
        )
        if candidate.sound is not None:
            lines.append(f"      {candidate.sound.in_words}")
    lines += [f"  Note: {note}" for note in result.notes]
    return "\n".join(lines)
