"""A suspect that shows its source mirrored, from 1 s on, with a region replaced; and what was found about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.tracing import Candidate, Source
from vtl_desktop.media.writers import write_video

WIDTH, HEIGHT, RATE = 320, 240, 20
FORGED = (slice(70, 170), slice(90, 220))


def picture(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    soft = random.normal(0, 1, (HEIGHT // 8, WIDTH // 8, 3)).astype(np.float32)
    drawn = 120 + 40 * cv2.resize(soft, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for _ in range(50):
        place = (int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT)))
        colour = tuple(float(v) for v in random.integers(20, 235, 3))
        cv2.circle(drawn, place, int(random.integers(4, 18)), colour, -1, cv2.LINE_AA)
    return np.clip(drawn, 0, 255).astype(np.uint8)


def source_frames(count: int) -> Iterator[np.ndarray]:
    """A still picture over which a disc runs, so that each frame is told from the next."""
    still = picture(1)
    for number in range(count):
        frame = still.copy()
        cv2.circle(frame, (20 + 5 * number, 200), 14, (250, 240, 60), -1, cv2.LINE_AA)
        yield frame


def write_forged_pair(folder: Path) -> tuple[Path, Path]:
    """Writes suspect and source, in this order."""
    frames = list(source_frames(50))
    other = picture(2)
    suspect = []
    for frame in frames[20:44]:
        forged = frame.copy()
        forged[FORGED] = other[FORGED]
        suspect.append(np.ascontiguousarray(forged[:, ::-1]))
    options = {"crf": "20", "preset": "veryfast"}
    write_video(folder / "source.mp4", frames, RATE, options=options)
    write_video(folder / "suspect.mp4", suspect, RATE, options=options)
    return folder / "suspect.mp4", folder / "source.mp4"


def candidate(source: Path, *segments: Segment) -> Candidate:
    enrolled = Source(1, str(source), "0" * 64, 1, 2.5, RATE, WIDTH, HEIGHT, "h264", "2026-01-01T00:00:00+00:00")
    return Candidate(
        rank=1,
        source=enrolled,
        distance=20.0,
        margin=60.0,
        mirrored=True,
        alignment=Alignment(segments),
        clips=(),
        best_suspect_time=0.5,
        best_source_time=1.5,
    )
