"""The forged suspect: cut out of the middle of a source, a figure spliced in, mirrored, scaled, compressed again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from vtl_desktop.core.errors import UnreadableMedia
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress
from vtl_desktop.core.media import GreyPicture, Picture
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.media.writers import MaskWriter
from vtl_desktop.services.demonstration.figures import Dress, Figure, person
from vtl_desktop.services.demonstration.scenes import FRAME_RATE
from vtl_desktop.services.demonstration.sources import write_h264, write_text
from vtl_desktop.services.demonstration.stage import HEIGHT, WIDTH, Pose, over, place_figure

FORGED_FROM = "lobby_morning"
START_FRAME = 83
FRAMES = 125
SIZE = (576, 324)
"""Width and height of the suspect: nine tenths of the source's."""

_CRF = 26
_STEP = 2.6
"""Pixels a frame that the spliced figure walks."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What was done to make the suspect.

    Attributes:
        source: file name of the source it was cut from.
        start: seconds of the source that the suspect's first frame shows.
        rate: source seconds a suspect second.
        seconds: length of the suspect.
        mirrored: turned left-right.
        masks: file name of a grey video beside the suspect, 255 where something was spliced in.
    """

    source: str
    start: float
    rate: float
    seconds: float
    mirrored: bool
    masks: str


def forge(
    source: Path,
    suspect: Path,
    *,
    start: int = START_FRAME,
    count: int = FRAMES,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> Truth:
    """Forges a suspect from a rendered source.

    Writes the suspect, `truth.mkv` with the true mask of each frame, and `truth.json` beside it.

    Args:
        source: 640 x 360, at `FRAME_RATE`.
        suspect: an MP4 file to write.
        start: the source's first frame that the suspect shows.
        count: frames of the suspect.

    Raises:
        UnreadableMedia: the source is shorter than that.
        MediaError: the source cannot be read.
        StorageFull: the folder cannot be written.
        Cancelled: the user cancelled.
    """
    cancel = cancel or CancelToken()
    cut = _cut(source, start, count)
    intruder = spliced_figure()

    def pictures() -> Iterator[Picture]:
        for number, picture in enumerate(cut):
            cancel.check()
            progress(number / count, "Forging the suspect")
            yield _forged(picture, intruder, number)[0]

    masks = suspect.with_name("truth.mkv")
    truth = Truth(source.name, start / FRAME_RATE, 1.0, count / FRAME_RATE, mirrored=True, masks=masks.name)
    # First: it tells that the suspect beside it was forged here.
    write_text(suspect.with_name("truth.json"), json.dumps(asdict(truth), indent=1))
    write_h264(suspect, pictures, crf=_CRF)
    with MaskWriter(masks, *SIZE, FRAME_RATE) as writer:
        for number, picture in enumerate(cut):
            writer.write(_forged(picture, intruder, number)[1])
    progress(1.0, "The suspect is forged")
    return truth


def spliced_figure() -> Figure:
    """Somebody who is in none of the sources."""
    return person(77, Dress((238, 186, 30), (34, 60, 120), (200, 150, 118), (40, 30, 26), bag=(190, 40, 60)))


def _cut(source: Path, start: int, count: int) -> list[Picture]:
    with VideoFile(source) as video:
        if len(video.times) < start + count:
            raise UnreadableMedia(
                f"{source} has {len(video.times)} frames; {start + count} are needed to forge a suspect from it.",
                "Delete it and run the demo again: it is rendered anew.",
            )
        cut = []
        for frame in video.frames(float(video.times[start])):
            # By number, not by time: a frame too many at the start would make the truth a lie.
            if frame.index >= start:
                cut.append(frame.picture)
            if len(cut) == count:
                break
    return cut


def _forged(picture: Picture, intruder: Figure, number: int) -> tuple[Picture, GreyPicture]:
    """One frame of the suspect, RGB, and where it was changed, uint8 0 or 255, both of `SIZE`."""
    changed = picture.copy()
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    way = _STEP * number
    pose = Pose(0, 0, phase=way / 1.05 * intruder.cadence)
    placed = place_figure(intruder, pose, (170 + way, 338 + 3 * np.sin(number / 40)), 1.05)
    if placed is not None:
        layer, x, y = placed
        # The soft edge of a careful cut-out: colours stay premultiplied, so both may be blurred alike.
        layer = np.asarray(cv2.GaussianBlur(layer, (0, 0), 0.8), np.uint8)
        here = np.s_[y : y + layer.shape[0], x : x + layer.shape[1]]
        over(changed[here], layer)
        alpha[here] = layer[..., 3]
    small = np.asarray(cv2.resize(changed[:, ::-1], SIZE, interpolation=cv2.INTER_AREA), np.uint8)
    mask = cv2.resize(alpha[:, ::-1], SIZE, interpolation=cv2.INTER_AREA)
    return small, np.where(mask > 127, 255, 0).astype(np.uint8)
