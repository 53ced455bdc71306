"""What masks are measured on: suspects laid over their sources by the truth, coded anew, and forged in unseen ways."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from bench_real import videos_in
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.errors import UsageError, VtlError
from vtl_desktop.core.tracing import Candidate, Source
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.media.writers import write_video
from vtl_desktop.services.localize import Localizer
from vtl_desktop.training.forgery.edits import FILLS, UNSEEN
from vtl_desktop.training.localizator_pairs import PairMaker
from vtl_desktop.vision.laying import LaidOver

FORGERY = "forgery"

CLEAN = frozenset({"codec", "photometric", "geometric", "temporal"})
"""Families of attacks that change nothing locally."""

OVERLAID = frozenset({"caption"})
"""Attacks of these families that draw something all the same."""

MIRRORED = frozenset({"hflip"})

WINDOW = 4
"""Frames that the Localizator is shown together: runs begin where the product's windows begin."""

SHORT = 48
"""Frames of a suspect that are coded anew."""

Options = dict[str, str]

CODINGS: dict[str, tuple[str, Options]] = {
    "HEVC, crf 36": ("libx265", {"crf": "36", "preset": "fast", "x265-params": "log-level=error:pools=1"}),
    "AV1, crf 50": ("libsvtav1", {"crf": "50", "preset": "9", "svtav1-params": "lp=1"}),
    "MPEG-2, quantiser 14": ("mpeg2video", {"flags": "+qscale", "global_quality": str(118 * 14)}),
    "H.264, crf 44": ("libx264", {"crf": "44", "preset": "veryfast", "threads": "1"}),
}
"""Ways of coding that no training pair went through: FFmpeg's encoder and its options."""

Truth = dict[str, Any]
"""A line of truth.jsonl."""


@dataclass(frozen=True)
class Sample:
    """A suspect laid over its source.

    Attributes:
        name: of the suspect; kind: how it was attacked or forged.
        forged: something was changed locally.
        runs: of frames in a row.
        truths: as many runs of bool [height, width], what was changed.
    """

    name: str
    kind: str
    forged: bool
    runs: list[list[LaidOver]] = field(repr=False)
    truths: list[list[NDArray[np.bool_]]] = field(repr=False)


def chosen(suspects: Path, per_kind: int | None) -> list[Truth]:
    """The lines of truth.jsonl that can be measured, forgeries first.

    Args:
        suspects: folder with truth.jsonl.
        per_kind: no more than so many of each attack.
    """
    rows = [json.loads(line) for line in (suspects / "truth.jsonl").read_text("utf-8").splitlines() if line.strip()]
    groups: dict[tuple[str, str], list[Truth]] = defaultdict(list)
    for row in rows:
        clean = row["family"] in CLEAN and row["attack"] not in OVERLAID
        if row["segments"] and ((row["family"] == FORGERY and row["mask"]) or clean):
            groups[row["family"], row["attack"]].append(row)
    some = [row for group in groups.values() for row in group[:per_kind]]
    return sorted(some, key=lambda row: (row["family"] != FORGERY, row["attack"], row["file"]))


def laid_over(
    suspects: Path, clips: Path, rows: Sequence[Truth], runs: int, length: int, *, coding: str | None = None
) -> Iterator[Sample]:
    """Suspects laid over their sources, aligned by the truth; what cannot be is named and left out.

    Args:
        suspects: folder of the rows' files; clips: folder of their sources.
        rows: of truth.jsonl.
        runs: of frames in a row, spread over a suspect; length: frames of each.
        coding: of `CODINGS`: the first frames of each are coded anew that way before.
    """
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            path = suspects / row["file"]
            try:
                if coding is not None:
                    path = _coded(path, Path(folder) / f"{path.stem}.mkv", *CODINGS[coding])
                sample = _sample(path, suspects, clips, row, runs, length)
            except VtlError as error:
                print(f"{row['file']} left out: {error}", file=sys.stderr)
                continue
            if sample.runs:
                yield sample
            else:
                print(f"{row['file']} left out: it could not be laid over its source", file=sys.stderr)


def _sample(path: Path, suspects: Path, clips: Path, row: Truth, runs: int, length: int) -> Sample:
    with VideoFile(path) as video:
        count, end = len(video.times), float(video.times[-1])
    masks = suspects / row["mask"] if row["mask"] else None
    found, truths = [], []
    with Localizer(path, clips / row["segments"][0][2], by_truth(row, clips, end)) as localizer:
        for first in firsts(count, runs, length):
            pairs = [localizer.laid_over(index) for index in range(first, min(first + length, count))]
            # Frames of another run could be of another size or of another source.
            if all(pair is not None for pair in pairs):
                laid = [pair for pair in pairs if pair is not None]
                found.append(laid)
                truths.append(true_masks(masks, first, [pair.inside.shape for pair in laid]))
    return Sample(Path(row["file"]).stem, row["attack"], row["family"] == FORGERY, found, truths)


def by_truth(row: Truth, clips: Path, end: float) -> Candidate:
    """The candidate that tracing would give if it made no error.

    Args:
        row: of truth.jsonl, of one source.
        clips: folder of the sources.
        end: seconds, the suspect's last frame; it may have been cut off.
    """
    name = row["segments"][0][2]
    if any(segment[2] != name for segment in row["segments"]):
        raise UsageError(f"{row['file']}: made of two sources.")
    segments = tuple(Segment(a, b, start, rate) for a, b, _, start, rate in row["segments"] if a <= end)
    source = Source(1, str(clips / name), "", 0, 0.0, 25.0, 0, 0, "", "")
    mirrored = row["attack"] in MIRRORED
    return Candidate(1, source, 0, 0.0, mirrored, Alignment(segments), (), 0.0, segments[0].source_start)


def firsts(count: int, runs: int, length: int) -> list[int]:
    """First frames of runs, spread evenly, each at the beginning of one of the product's windows, without overlap."""
    length = min(length, count)
    starts = [
        max(round(count * (number + 1) / (runs + 1) - length / 2), 0) // WINDOW * WINDOW for number in range(runs)
    ]
    kept: list[int] = []
    for start in starts:
        if start + length <= count and (not kept or start >= kept[-1] + length):
            kept.append(start)
    return kept or [0]


def true_masks(path: Path | None, first: int, shapes: Sequence[tuple[int, ...]]) -> list[NDArray[np.bool_]]:
    """What was changed in frames in a row, at working size.

    Args:
        path: a grey video; None where nothing was changed.
        first: number of the first frame.
        shapes: (height, width) of each.
    """
    if path is None:
        return [np.zeros(shape, bool) for shape in shapes]
    out = []
    with VideoFile(path) as video:
        for index, (height, width) in enumerate(shapes, first):
            grey = video.frame(index).picture[..., 0]
            out.append(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA) > 127)
    return out


def _coded(path: Path, out: Path, codec: str, options: Options) -> Path:
    with VideoFile(path) as video:
        frames = [frame.picture for frame in islice(video.frames(), SHORT)]
        times = video.times[: len(frames)]
    rate = (len(times) - 1) / float(times[-1] - times[0])
    return write_video(out, frames, rate, codec=codec, options=options)


def made_anew(clips: Path, folder: Path, seed: int, count: int, *, unseen: bool) -> Iterator[Sample]:
    """Forgeries of clips that were not trained on, made as training pairs are, by means that were or were not seen.

    Args:
        clips: folder of videos; a still of each serves where training takes a photograph.
        folder: for links and stills.
        seed: of what is made.
        count: of suspects.
        unseen: by `edits.UNSEEN` only; else by all others.
    """
    maker = PairMaker(_as_media(clips, folder), seed)
    only = UNSEEN if unseen else tuple(name for name in FILLS if name not in UNSEEN)
    made, number = 0, 0
    while made < count and number < 20 * count:
        pairs = maker.make(number, only=only)
        number += 1
        if pairs is None or not pairs.made:
            continue
        made += 1
        runs = [[_pair(frame) for frame in example] for example in pairs.frames]
        truths = [[frame[..., 7:9].max(2) > 127 for frame in example] for example in pairs.frames]
        yield Sample(f"{'unseen' if unseen else 'seen'}-{number - 1:03d}", pairs.made, True, runs, truths)


def _pair(frame: NDArray[np.uint8]) -> LaidOver:
    suspect, source = (np.ascontiguousarray(part) for part in (frame[..., :3], frame[..., 3:6]))
    return LaidOver(suspect, source, frame[..., 6] > 127)


def _as_media(clips: Path, folder: Path) -> Path:
    """A folder with train/ and train_images/, as the maker of pairs wants it."""
    videos, pictures = folder / "train", folder / "train_images"
    for place in (videos, pictures):
        place.mkdir(parents=True, exist_ok=True)
    for clip in videos_in(clips):
        link, still = videos / clip.name, pictures / f"{clip.stem}.png"
        if not link.exists():
            link.symlink_to(clip.resolve())
        if not still.exists():
            with VideoFile(clip) as video:
                picture = video.frame(len(video.times) // 2).picture
            cv2.imwrite(str(still), np.ascontiguousarray(picture[..., ::-1]))
    return folder
