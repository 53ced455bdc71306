"""Masks of suspects whose place in the source changes over time: slow zooms, pans, a turning picture.

    python tests/bench/bench_drift.py --media DIR [--clips 8] [--out DIR] [--seed 0] [--traced]

Suspects are made from clips in DIR/bench: each way of moving once as it is and once with a forged region that stays at
one place of the scene. The alignment is the true one (`--traced`: what tracing finds in an archive of the clips used).
`place` is the true error at the worst corner in pixels of the suspect, median and worst over the frames; `dirty` the
share of the picture that is marked where nothing was changed, `IoU` that of the masks with the truth.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from vtl_desktop.core.alignment import Alignment, Segment  # noqa: E402
from vtl_desktop.core.tracing import Candidate, Source  # noqa: E402
from vtl_desktop.media.video_file import VideoFile  # noqa: E402
from vtl_desktop.media.writers import write_video  # noqa: E402
from vtl_desktop.services.enroll import enroll  # noqa: E402
from vtl_desktop.services.intake import take_in  # noqa: E402
from vtl_desktop.services.localize import Localizer  # noqa: E402
from vtl_desktop.services.trace import trace  # noqa: E402
from vtl_desktop.vision.geometry import apply, outline  # noqa: E402

Picture = np.ndarray
CHECKED = 12
"""Frames of a suspect whose masks are looked at, spread evenly."""

SIDE = 360


def window(centre: tuple[float, float], share: float, angle: float, size: tuple[int, int]) -> np.ndarray:
    """Suspect to source: a window of that share of each side, turned, about a centre given in shares."""
    width, height = size
    turn = np.deg2rad(angle)
    matrix = np.eye(3)
    matrix[:2, :2] = share * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix[:2, 2] = np.array(centre) * size - matrix[:2, :2] @ np.array([width / 2, height / 2])
    return matrix


def eased(s: float) -> float:
    """From 0 to 1, slow at both ends, as editing programs do it."""
    return s * s * (3 - 2 * s)


WAYS: dict[str, Callable[[float], tuple]] = {
    "still crop": lambda s: ((0.46, 0.52), 0.75, 0.0),
    "zoom in to 70 %": lambda s: ((0.5 + 0.05 * s, 0.5 - 0.05 * s), 1 - 0.3 * s, 0.0),
    "zoom out, eased": lambda s: ((0.45, 0.5), 0.7 + 0.2 * eased(s), 0.0),
    "slow zoom to 94 %": lambda s: ((0.5, 0.5), 1 - 0.06 * s, 0.0),
    "pan": lambda s: ((0.38 + 0.24 * s, 0.5), 0.75, 0.0),
    "pan, eased": lambda s: ((0.5, 0.4 + 0.2 * eased(s)), 0.75, 0.0),
    "turning": lambda s: ((0.5, 0.5), 0.75, -6 + 12 * s),
    "zoom and turn": lambda s: ((0.5 + 0.06 * s, 0.5), 0.9 - 0.2 * s, 5 * eased(s)),
}


def make(path: Path, frames: list[Picture], rate: float, way: str, patch: Picture | None) -> list[Picture]:
    """Writes a suspect; returns its true masks, bool [h, w] each."""
    height, width = frames[0].shape[:2]
    box = slice(round(height * 0.4), round(height * 0.62)), slice(round(width * 0.4), round(width * 0.6))
    truth, shown = [], []
    for number, frame in enumerate(frames):
        changed = np.zeros((height, width), np.uint8)
        frame = frame.copy()
        if patch is not None:
            frame[box] = patch[box]
            changed[box] = 255
        matrix = matrix_at(way, number, len(frames), (width, height))
        flags = cv2.WARP_INVERSE_MAP
        shown.append(cv2.warpPerspective(frame, matrix, (width, height), flags=cv2.INTER_CUBIC | flags))
        truth.append(cv2.warpPerspective(changed, matrix, (width, height), flags=cv2.INTER_LINEAR | flags) > 127)
    write_video(path, shown, rate, options={"crf": "26", "preset": "veryfast"})
    return truth


def matrix_at(way: str, number: int, count: int, size: tuple[int, int]) -> np.ndarray:
    return window(*WAYS[way](number / max(count - 1, 1)), size)


def measured(suspect: Path, candidate: Candidate, truth: list[Picture], way: str, small: tuple[int, int]) -> tuple:
    """(place errors, dirty, IoU or None) of one suspect."""
    errors, dirty, said, both, either = [], [], 0, 0, 0
    with Localizer(suspect, candidate.source.path, candidate) as localizer, VideoFile(suspect) as video:
        source_size = candidate.source.width, candidate.source.height
        to_small = np.diag([small[0] / source_size[0], small[1] / source_size[1], 1])
        for number in np.unique(np.linspace(0, len(truth) - 1, CHECKED).astype(int)):
            moment = float(video.times[number])
            try:
                found = localizer.registered_pair(moment).registration
            except Exception:  # noqa: BLE001 - beyond the alignment: counted as no mask
                continue
            true = matrix_at(way, int(number), len(truth), small)
            corners = outline(small)
            apart = apply(np.linalg.inv(true) @ to_small @ found.array, corners) - corners
            errors.append(float(np.linalg.norm(apart, axis=1).max()))
            mask = localizer.mask(moment)
            marked = np.zeros(truth[0].shape, bool) if mask is None else mask.picture > 127
            real = truth[number]
            dirty.append(float((marked & ~real).mean()))
            said += mask is not None
            both, either = both + int((marked & real).sum()), either + int((marked | real).sum())
    forged = any(real.any() for real in truth)
    return errors, dirty, said, (both / max(either, 1)) if forged else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=8)
    parser.add_argument("--out", type=Path, default=Path("bench-drift-out"))
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--ways", default="", help="only these, divided by semicolons")
    parser.add_argument("--traced", action="store_true")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    paths = sorted((arguments.media / "bench").glob("*.mp4"))
    paths = [paths[i] for i in np.unique(np.linspace(2, len(paths) - 1, arguments.clips).astype(int))]
    archive = arguments.out / "archive.h5"
    if arguments.traced:
        enroll(paths, archive)
    chosen = [way for way in WAYS if not arguments.ways or way in arguments.ways.split(";")]
    rows: dict[tuple[str, bool], list] = {(way, forged): [] for way in chosen for forged in (False, True)}
    took = 0.0
    for path in paths:
        with VideoFile(path) as video:
            rate, source_size = video.facts.frame_rate, (video.facts.width, video.facts.height)
            count = min(len(video.times), int(arguments.seconds * rate))
            factor = SIDE / min(source_size)
            small = round(source_size[0] * factor / 2) * 2, round(source_size[1] * factor / 2) * 2
            frames = [cv2.resize(video.frame(i).picture, small, interpolation=cv2.INTER_AREA) for i in range(count)]
            times = [float(time) for time in video.times[:count]]
        patch = np.ascontiguousarray(frames[count // 2][::-1, ::-1])
        for way, forged in rows:
            suspect = arguments.out / f"{path.stem}__{way.replace(' ', '_').replace('%', '')}{'_forged' * forged}.mp4"
            truth = make(suspect, frames, rate, way, patch if forged else None)
            candidate = the_true(path, source_size, rate, times, count)
            if arguments.traced:
                found = trace(take_in(suspect), archive).candidates[0]
                candidate = found if found.source.name == path.name else replace(candidate, alignment=Alignment())
            started = time.monotonic()
            rows[way, forged].append(measured(suspect, candidate, truth, way, small))
            took += time.monotonic() - started
    print("| way | forged | clips | place, median | place, worst | judged | dirty | IoU |", "|" + "---|" * 8, sep="\n")
    for (way, forged), some in rows.items():
        errors = [np.median(row[0]) for row in some if row[0]]
        worst = [np.max(row[0]) for row in some if row[0]]
        overlaps = [row[3] for row in some if row[3] is not None]
        print(
            f"| {way} | {'yes' if forged else 'no'} | {len(some)} | {np.median(errors):.2f} | {np.median(worst):.2f} "
            f"(most {np.max(worst):.1f}) | {np.mean([row[2] / CHECKED for row in some]):.2f} | "
            f"{np.mean([np.mean(row[1]) for row in some if row[1]]):.4f} | "
            f"{f'{np.mean(overlaps):.3f}' if overlaps else '-'} |"
        )
    print(f"{took:.0f} s of localizing")
    return 0


def the_true(path: Path, size: tuple[int, int], rate: float, times: list[float], count: int) -> Candidate:
    """A candidate with the true alignment: from the first frame on, at the clip's own speed."""
    source = Source(1, str(path), "0" * 64, 1, times[-1], rate, *size, "h264", "2026-01-01T00:00:00+00:00")
    # The suspect has an even rate; the clip may not.
    segment = Segment(0.0, count / rate, 0.0, (times[-1] - times[0]) / ((count - 1) / rate))
    return Candidate(1, source, 10.0, 60.0, False, Alignment((segment,)), (), 0.5, 0.5)


if __name__ == "__main__":
    sys.exit(main())
