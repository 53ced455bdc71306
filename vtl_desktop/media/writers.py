"""Writing video: masks without loss, and clips for the demonstration and the tests."""

from __future__ import annotations

import contextlib
import errno
import itertools
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
import numpy as np
from av.error import FFmpegError
from av.video.stream import VideoStream

from vtl_desktop.core.errors import StorageFull, UsageError, VtlError
from vtl_desktop.core.media import GreyPicture, Picture

_MILLISECOND = Fraction(1, 1000)


class MaskWriter:
    """Writes grey pictures as FFV1 (lossless) in Matroska. A context manager; left on an error it removes the file."""

    def __init__(self, path: str | Path, width: int, height: int, frame_rate: float) -> None:
        """Args:
            path: ends in .mkv; overwritten.
            width, height: of every mask, pixels.
            frame_rate: frames a second; 0 (a picture) counts as 1.

        Raises:
            StorageFull: the folder cannot be written.
        """
        self._path = Path(path)
        self._shape = (height, width)
        rate = Fraction(frame_rate if frame_rate > 0 else 1.0).limit_denominator(1001)
        self._rate = rate
        self._count = 0
        self._last = -1
        try:
            # FFmpeg creates the file with the first frame: whoever makes the masks should know before.
            self._path.open("wb").close()
            self._container = av.open(str(self._path), "w", format="matroska")
        except (OSError, FFmpegError) as error:
            raise _unwritable(self._path, error) from error
        stream = self._container.add_stream("ffv1", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "gray"
        stream.options = {"level": "3", "slices": "4", "slicecrc": "1", "g": "1"}
        stream.codec_context.time_base = _MILLISECOND
        self._stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self._abandon()

    def write(self, grey: GreyPicture, time: float | None = None) -> None:
        """Appends a mask.

        Args:
            grey: uint8 [height, width].
            time: seconds from the first mask, ascending; None: one frame after another at the frame rate.

        Raises:
            UsageError: another size or kind than announced.
            StorageFull: the disk is full.
        """
        if grey.shape != self._shape or grey.dtype != np.uint8:
            raise UsageError(
                f"{self._path}: a mask of {grey.shape}, {grey.dtype}, where {self._shape}, uint8, was announced."
            )
        moment = float(self._count / self._rate) if time is None else time
        # Two masks must not share a millisecond, or players drop one.
        self._last = max(round(moment * 1000), self._last + 1)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(grey), format="gray")
        frame.pts, frame.time_base = self._last, _MILLISECOND
        self._count += 1
        self._mux(frame)

    def close(self) -> None:
        """Finishes the file; may be called twice.

        Raises:
            StorageFull: the disk is full.
        """
        if self._container is None:
            return
        self._mux(None)
        container, self._container = self._container, None
        try:
            container.close()
        except (OSError, FFmpegError) as error:
            raise _unwritable(self._path, error) from error

    def _mux(self, frame: av.VideoFrame | None) -> None:
        if self._container is None:
            raise UsageError(f"{self._path} was closed; nothing more can be written to it.")
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except (OSError, FFmpegError) as error:
            self._abandon()
            raise _unwritable(self._path, error) from error

    def _abandon(self) -> None:
        container, self._container = self._container, None
        if container is None:
            return
        # What matters is the error that led here: a full disk fails again on closing.
        with contextlib.suppress(OSError, FFmpegError):
            container.close()
        self._path.unlink(missing_ok=True)


def write_video(
    path: str | Path,
    frames: Iterable[Picture],
    frame_rate: float,
    *,
    codec: str = "libx264",
    options: Mapping[str, str] | None = None,
    pixel_format: str | None = None,
) -> Path:
    """Writes RGB pictures as a video.

    Args:
        path: its ending chooses the container; overwritten.
        frames: RGB, uint8 [height, width, 3], all of one size; an odd size is written in full colour resolution.
        frame_rate: frames a second.
        codec: FFmpeg's name of the encoder.
        options: of the encoder, e.g. {"crf": "18"}.
        pixel_format: None: "yuv420p", or "yuv444p" for an odd size.

    Returns:
        The path.

    Raises:
        UsageError: no frame, or a codec that is not there.
        StorageFull: the folder cannot be written, or the disk is full.
    """
    path = Path(path)
    rate = Fraction(frame_rate).limit_denominator(1001)
    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise UsageError(f"{path}: there is not one frame to write.")
    height, width = first.shape[:2]
    try:
        with av.open(str(path), "w") as container:
            stream = cast("VideoStream", container.add_stream(codec, rate=rate, options=dict(options or {})))
            stream.width, stream.height = width, height
            stream.pix_fmt = pixel_format or ("yuv444p" if width % 2 or height % 2 else "yuv420p")
            for count, picture in enumerate(itertools.chain([first], pictures)):
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
                frame.pts, frame.time_base = count, 1 / rate
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except (OSError, ValueError, FFmpegError) as error:
        path.unlink(missing_ok=True)
        raise _unwritable(path, error) from error
    return path


def _unwritable(path: Path, error: Exception) -> VtlError:
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(f"{path}: the disk is full.", "Make room, or choose another drive.")
    if isinstance(error, OSError) and error.errno in (
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOENT,
        errno.ENOTDIR,
    ):
        return StorageFull(
            f"{path} cannot be written: {error.strerror}.", "Choose a folder that exists and may be written."
        )
    return UsageError(f"{path} cannot be written as video: {error}.", "Check the ending of its name and the codec.")
