"""Takes of one drawn room, and candidates for them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from tests.helpers.drawn_scenes import HEIGHT, WIDTH, scene
from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.tracing import Candidate, Source
from vtl_desktop.media.writers import write_video

RATE, COUNT = 20, 60
OPTIONS = {"crf": "24", "preset": "veryfast"}


def take(path: Path, *, seed: int, first: int = 0, darker: float = 1.0) -> Path:
    """The same room; what walks through it, and where, is each seed's own."""
    room, rng = scene(5), np.random.default_rng(seed)
    starts, paces = rng.integers(20, HEIGHT - 20, (5, 2)), rng.uniform(2, 5, 5)
    tints = rng.integers(0, 255, (5, 3)).tolist()
    frames = []
    for number in range(first, COUNT):
        frame = room.copy()
        for (x, y), pace, tint in zip(starts, paces, tints, strict=True):
            cv2.rectangle(
                frame,
                (int(x + pace * number) % WIDTH, int(y)),
                (int(x + pace * number) % WIDTH + 40, int(y) + 36),
                tint,
                -1,
            )
        frames.append((frame * darker).astype(np.uint8))
    write_video(path, frames, RATE, options=OPTIONS)
    return path


def candidate(source: Path, *segments: Segment) -> Candidate:
    facts = Source(1, str(source), "0" * 64, 1, 3.0, RATE, WIDTH, HEIGHT, "h264", "2026-01-01T00:00:00+00:00")
    return Candidate(1, facts, 40, 0, False, Alignment(segments), (), 1.0, 1.5)
