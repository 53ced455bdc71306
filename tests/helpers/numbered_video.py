"""Videos in which each frame carries its number, readable after lossy coding, scaling, turning and mirroring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 5, 3
_NUMBER_BITS = 11
_DARK, _BRIGHT = 48, 208
CLOCK = Fraction(1, 30000)


class UnreadableNumberError(AssertionError):
    """The picture shows no number: it is not a frame of these videos, or is broken."""


def numbered_picture(number: int, width: int = 160, height: int = 120) -> NDArray[np.uint8]:
    """RGB picture of 5 x 3 cells, dark or bright: 11 bits of the number, 4 of a checksum; the left half is tinted."""
    if not 0 <= number < 1 << _NUMBER_BITS:
        raise ValueError(f"{number} does not fit {_NUMBER_BITS} bits")
    word = number << 4 | _checksum(number)
    bits = np.array([word >> (COLUMNS * ROWS - 1 - place) & 1 for place in range(COLUMNS * ROWS)])
    cells = np.where(bits, _BRIGHT, _DARK).astype(np.uint8).reshape(ROWS, COLUMNS)
    grey = cv2.resize(cells, (width, height), interpolation=cv2.INTER_NEAREST)
    picture = np.repeat(grey[:, :, None], 3, axis=2)
    picture[:, : width // 2, 2] //= 2
    return picture


def read_number(picture: NDArray[np.uint8], *, mirrored: bool = False) -> int:
    """The number that a picture shows, upright.

    Args:
        picture: RGB or grey, any size from 20 x 12 pixels on.
        mirrored: it shows the frame left-right reversed.

    Raises:
        UnreadableNumberError: when the checksum does not fit.
    """
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if mirrored:
        grey = grey[:, ::-1]
    height, width = grey.shape
    word = 0
    for row in range(ROWS):
        for column in range(COLUMNS):
            top, left = height * (row + 0.25) / ROWS, width * (column + 0.25) / COLUMNS
            bottom, right = height * (row + 0.75) / ROWS, width * (column + 0.75) / COLUMNS
            cell = grey[
                round(top) : max(round(bottom), round(top) + 1), round(left) : max(round(right), round(left) + 1)
            ]
            word = word << 1 | int(cell.mean() > 118)
    number = word >> 4
    if word & 15 != _checksum(number):
        raise UnreadableNumberError(f"no number in this picture ({word:015b})")
    return number


@dataclass(frozen=True, slots=True)
class NumberedVideo:
    """A video made here.

    Attributes:
        path: of the file.
        numbers: of the frames to be shown, in order.
        times: when they are shown, seconds from the first.
    """

    path: Path
    numbers: tuple[int, ...]
    times: tuple[float, ...]


def make_video(
    path: Path,
    *,
    count: int = 60,
    size: tuple[int, int] = (160, 120),
    rate: float = 30.0,
    steps: Sequence[float] | None = None,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    pixel_format: str = "yuv420p",
    container: str | None = None,
    container_options: dict[str, str] | None = None,
    rotation: int = 0,
    hidden: int = 0,
    audio: bool = False,
    picture: Callable[[int, int, int], NDArray[np.uint8]] = numbered_picture,
) -> NumberedVideo:
    """Writes a numbered video.

    Args:
        size: (width, height) as shown upright.
        rate: frames a second.
        steps: seconds from each frame to the next, repeated; None: 1 / rate.
        options: of the encoder; {"g": "12"} puts a keyframe every 12 frames.
        container: FFmpeg's name, where the ending does not say.
        rotation: clockwise degrees by which a player has to turn the stored picture.
        hidden: so many frames at the beginning are hidden by an edit list (MP4).
        audio: adds a silent sound track.
        picture: (number, width, height) -> RGB.
    """
    width, height = size
    stored = (height, width) if rotation % 180 else (width, height)
    moments = np.concatenate([[0.0], np.cumsum(np.resize(steps or [1 / rate], count))])[:count]
    base = CLOCK if steps else 1 / Fraction(rate).limit_denominator(1001)
    with av.open(str(path), "w", format=container, options=container_options or {}) as out:
        stream = out.add_stream(codec, rate=Fraction(rate).limit_denominator(1001), options=options or {})
        stream.width, stream.height, stream.pix_fmt = *stored, pixel_format
        stream.codec_context.time_base = base
        if rotation:
            # The file keeps the angle counter-clockwise.
            stream.set_display_rotation(-rotation)
        sound = out.add_stream("aac", rate=8000) if audio else None
        if sound is not None:
            sound.layout = "mono"
        for number in range(count):
            shown = picture(number, width, height)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(np.rot90(shown, rotation // 90)), "rgb24")
            frame.pts, frame.time_base = round(moments[number] / base), base
            _mux(out, stream.encode(frame), moments[hidden])
        _mux(out, stream.encode(None), moments[hidden])
        if sound is not None:
            _silence(out, sound, float(moments[-1]))
    kept = tuple(range(hidden, count))
    return NumberedVideo(path, kept, tuple(float(moments[number] - moments[hidden]) for number in kept))


def cut_off(video: NumberedVideo, path: Path, share: float) -> Path:
    """The first part of a file, as a broken copy leaves it."""
    data = video.path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def damage(video: NumberedVideo, path: Path, *, places: int, seed: int = 0, start: float = 0.3) -> Path:
    """A copy with some bytes overwritten."""
    data = bytearray(video.path.read_bytes())
    rng = np.random.default_rng(seed)
    for place in rng.integers(int(len(data) * start), len(data), places):
        data[place] ^= int(rng.integers(1, 256))
    path.write_bytes(data)
    return path


def _checksum(number: int) -> int:
    return (number * 7 + (number >> 4) * 3 + 5) % 16


def _mux(out: av.container.OutputContainer, packets: list[av.Packet], shift: float) -> None:
    for packet in packets:
        if shift:
            units = round(shift / float(packet.time_base))
            packet.pts, packet.dts = packet.pts - units, packet.dts - units
        out.mux(packet)


def _silence(out: av.container.OutputContainer, stream: av.AudioStream, seconds: float) -> None:
    for block in range(max(int(seconds * 8000) // 1024, 1)):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, block * 1024, Fraction(1, 8000)
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))
