"""Videos and pictures as they come back from being posted: made smaller, coded hard by a real codec, decoded again.

This is too slow to make for each batch: `datasets` makes it once a file, as twins of the training frames. Nothing is
written to the disk. Videos need PyAV, which is loaded only when one is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.errors import MediaError, UnreadableMedia, UsageError
from vtl_desktop.training.datasets import is_due, square

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

LEAST_SIDE = 64
"""No picture is made smaller than this, in pixels of its short side."""

_FACTORS = (0.35, 1.0)
_QP_TO_LAMBDA = 118  # FFmpeg's unit of `global_quality`.


def _h264(rng: np.random.Generator) -> dict[str, str]:
    # With its macroblock tree, x264's output of pictures this small differs from run to run.
    return {"preset": "veryfast", "mbtree": "0", "crf": str(rng.integers(28, 43))}


def _mpeg4(rng: np.random.Generator) -> dict[str, str]:
    return {"flags": "+qscale", "global_quality": str(_QP_TO_LAMBDA * rng.integers(8, 25))}


def _vp9(rng: np.random.Generator) -> dict[str, str]:
    return {"deadline": "realtime", "cpu-used": "8", "crf": str(rng.integers(36, 56)), "b": "0"}


CODECS: dict[str, tuple[str, Callable[[np.random.Generator], dict[str, str]]]] = {
    "libx264": ("h264", _h264),
    "mpeg4": ("mpeg4", _mpeg4),
    "libvpx-vp9": ("vp9", _vp9),
}
"""FFmpeg's name of an encoder, of its decoder, and what draws the encoder's options."""


def encoders() -> list[str]:
    """Those of `CODECS` that can be used here.

    Raises:
        UsageError: when PyAV is not installed, or has none of them.
    """
    hint = "Set posted_share = 0 in the recipe, or install PyAV (pip install av)."
    try:
        import av.codec
    except ImportError as error:
        raise UsageError("Posted twins of videos need PyAV, which is not installed.", hint) from error
    found = []
    for name, (decoder, _) in CODECS.items():
        try:
            av.codec.Codec(name, "w")
            av.codec.Codec(decoder, "r")
        except ValueError:
            continue
        found.append(name)
    if not found:
        raise UsageError(f"This PyAV has none of the encoders {', '.join(CODECS)}.", hint)
    return found


def posted_video(path: Path, *, size: int, frames_per_second: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The squares that `datasets.read_squares` gives, of the same frames, after the video was posted.

    All frames are coded, so that motion compensation is as it is in a posted video; those that are sampled become
    squares.

    Args:
        path: of the video.
        size: the squares' side in pixels.
        frames_per_second: how densely the video is sampled.
        rng: decides the size, the codec and its quality.

    Returns:
        uint8 [n, size, size, 3], RGB; as many as `read_squares` gives.

    Raises:
        UnreadableMedia: when not one frame can be decoded.
        MediaError: when the codec fails.
        UsageError: when there is no codec; see `encoders`.
    """
    names = encoders()
    # Only now: `encoders` says so where there is no PyAV.
    from av.error import FFmpegError

    sampled: set[int] = set()
    images = _images(path, frames_per_second, sampled)
    first = next(images, None)
    if first is None:
        raise UnreadableMedia(f"{path}: no frame could be decoded.", "Is it a video?")
    shape = _smaller(first, rng)
    name = str(rng.choice(names))
    pixels = (cv2.resize(image, shape, interpolation=cv2.INTER_AREA) for image in chain([first], images))
    squares: list[NDArray[np.uint8]] = []
    try:
        for number, frame in enumerate(_through_codec(pixels, shape, name, CODECS[name][1](rng))):
            if number in sampled:
                squares.append(square(frame.to_ndarray(format="bgr24"), size))
    except (FFmpegError, ValueError) as error:
        raise MediaError(f"{path}: could not be coded with {name}: {error}") from error
    if len(squares) != len(sampled):
        raise MediaError(f"{path}: {name} lost frames.")
    return np.stack(squares)


def posted_picture(path: Path, *, size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The square that `datasets.read_picture` gives, after the picture was posted once or twice, as JPEG.

    Args:
        path: of the picture.
        size: the square's side in pixels.
        rng: decides the size and the qualities.

    Returns:
        uint8 [1, size, size, 3], RGB.

    Raises:
        UnreadableMedia: when the picture cannot be decoded.
        MediaError: when it cannot be coded as JPEG.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise UnreadableMedia(f"{path}: the picture could not be decoded.", "Is it a JPEG or PNG?")
    posted = cv2.resize(image, _smaller(image, rng), interpolation=cv2.INTER_AREA)
    for _ in range(rng.integers(1, 3)):
        done, data = cv2.imencode(".jpg", posted, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(8, 61))])
        again = cv2.imdecode(data, cv2.IMREAD_COLOR) if done else None
        if again is None:
            raise MediaError(f"{path}: could not be coded as JPEG.")
        posted = again
    return square(posted, size)[None]


def _smaller(image: NDArray[Any], rng: np.random.Generator) -> tuple[int, int]:
    """Width and height to post a picture with, in pixels, both even."""
    height, width = image.shape[:2]
    factor = max(rng.uniform(*_FACTORS), LEAST_SIDE / min(height, width))
    return 2 * round(width * factor / 2), 2 * round(height * factor / 2)


def _images(path: Path, frames_per_second: float, sampled: set[int]) -> Iterator[NDArray[np.uint8]]:
    """All frames of a video, BGR; `sampled` gets the numbers of those that `read_squares` takes, as they are given."""
    capture = cv2.VideoCapture(str(path))
    rate = capture.get(cv2.CAP_PROP_FPS) or 25.0
    index = given = 0
    try:
        while capture.grab():
            done, image = capture.retrieve()
            if done:
                if is_due(index, len(sampled), rate, frames_per_second):
                    sampled.add(given)
                given += 1
                yield image.astype(np.uint8, copy=False)
            index += 1
    finally:
        capture.release()


def _through_codec(
    images: Iterator[NDArray[Any]], shape: tuple[int, int], name: str, options: dict[str, str]
) -> Iterator[VideoFrame]:
    """BGR pictures of width and height `shape`, coded and decoded again: as many frames, in the same order.

    The packets go straight into the decoder, as a container would not change a pixel: the memory held does not grow
    with the video.
    """
    import av

    # One thread each: files are worked on side by side.
    encoder = cast("VideoCodecContext", av.CodecContext.create(name, "w"))
    encoder.width, encoder.height = shape
    encoder.pix_fmt, encoder.time_base, encoder.framerate = "yuv420p", Fraction(1, 25), Fraction(25)
    encoder.options = {"threads": "1", **options}
    decoder = cast("VideoCodecContext", av.CodecContext.create(CODECS[name][0], "r"))
    decoder.thread_count = 1
    for number, image in enumerate(images):
        planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420).astype(np.uint8, copy=False)
        frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
        frame.pts = number
        for packet in encoder.encode(frame):
            yield from decoder.decode(packet)
    for packet in encoder.encode(None):
        yield from decoder.decode(packet)
    yield from decoder.decode(None)
