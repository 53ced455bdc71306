"""What the benchmarks work on: rendered scenes as sources, suspects made from them, larger pictures for playing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from vtl_desktop.media.writers import write_video
from vtl_desktop.services.demonstration.scenes import FRAME_RATE, SCENES, frames
from vtl_desktop.services.demonstration.sources import render_sources

SIZES = {"480p": (854, 480), "1080p": (1920, 1080)}
KEYFRAME_EVERY = 50
NAMES = ("lobby_morning", "street", "brick_yard", "gallery", "night", "work_table")
FILMED = "street"


@dataclass(frozen=True)
class Material:
    """Files that were made.

    Attributes:
        sources: videos to enroll.
        suspects: (words, path) of videos to trace.
        films: by size, (suspect, source) to play.
    """

    sources: tuple[Path, ...]
    suspects: tuple[tuple[str, Path], ...]
    films: dict[str, tuple[Path, Path]]


def make(folder: Path, *, quick: bool) -> Material:
    """Makes everything, or uses what an earlier run left in the folder."""
    scenes = [scene for scene in SCENES if scene.name in NAMES[: 2 if quick else None]]
    limit = 4.0 if quick else None
    sources, _ = render_sources(folder / "sources", scenes=scenes, limit=limit)
    # Named after what they hold: a kept folder must not lend a suspect of other sources.
    name = f"{sources[0].stem}-{limit}.mp4"
    short, long = folder / f"short-{name}", folder / f"long-{name}"
    _once(short, lambda path: _edited(path, sources[:1]))
    suspects = [("a suspect of one shot", short)]
    if not quick:
        _once(long, lambda path: _edited(path, sources[:3]))
        suspects.append(("a suspect of three shots", long))
    films = {}
    for name, size in SIZES.items():
        pair = (folder / f"suspect-{name}-{quick}.mp4", folder / f"source-{name}-{quick}.mp4")
        _once(pair[1], lambda path, size=size: _film(path, size, 4.0 if quick else 8.0, crf=20))
        _once(pair[0], lambda path, size=size: _film(path, size, 4.0 if quick else 8.0, crf=26, spliced=True))
        films[name] = pair
    suspects.append(("a 1080p suspect", films["1080p"][0]))
    return Material(sources, tuple(suspects), films)


def _once(path: Path, make_it) -> None:
    if not path.exists():
        unfinished = path.with_name(f"unfinished-{path.name}")
        make_it(unfinished)
        unfinished.replace(path)


def _edited(path: Path, sources: tuple[Path, ...]) -> None:
    """Whole sources one after another, mirrored, smaller, compressed again."""

    def pictures() -> Iterator[np.ndarray]:
        for source in sources:
            with av.open(str(source)) as container:
                for frame in container.decode(video=0):
                    picture = frame.to_ndarray(format="rgb24")[:, ::-1]
                    yield cv2.resize(picture, (576, 324), interpolation=cv2.INTER_AREA)

    write_video(path, pictures(), FRAME_RATE, options={"crf": "26", "preset": "veryfast"})


def _film(path: Path, size: tuple[int, int], length: float, *, crf: int, spliced: bool = False) -> None:
    """A scene at a larger size, with keyframes two seconds apart and B-frames; perhaps a disc spliced in."""
    scene = next(scene for scene in SCENES if scene.name == FILMED)

    def pictures() -> Iterator[np.ndarray]:
        for number, picture in enumerate(frames(scene, length)):
            large = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
            if spliced:
                cv2.circle(large, (size[0] // 3 + number * 2, size[1] // 2), size[1] // 9, (230, 40, 200), -1)
            yield large

    options = {"crf": str(crf), "preset": "veryfast", "g": str(KEYFRAME_EVERY), "bf": "2"}
    write_video(path, pictures(), FRAME_RATE, options=options)


def decode_all(path: Path) -> int:
    """Decodes every frame with PyAV alone, as fast as it goes; nothing is converted."""
    count = 0
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            count += 1
    return count


def decode_to(path: Path, index: int, times: np.ndarray) -> np.ndarray:
    """One frame the plain way: seek to the keyframe before it, decode up to it, convert it to RGB."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        start = stream.start_time or 0
        container.seek(start + round(times[index] / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            if float((frame.pts - start) * stream.time_base) >= times[index] - 1e-4:
                return frame.to_ndarray(format="rgb24")
    raise AssertionError(f"{path} has no frame {index}")
