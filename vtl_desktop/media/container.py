"""Opening a file for demuxing, with every way in which that fails told apart. Nothing but the file itself is read."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import av
import av.container
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from vtl_desktop.core.errors import MissingMedia, NoPicture, UnreadableMedia

# Playlists, which make FFmpeg open other files or the network; and formats that take text for pictures.
_REFUSED_FORMATS = frozenset(
    {"hls", "applehttp", "dash", "concat", "concatf", "imf", "sdp", "rtsp", "rtp", "sap", "image2", "image2pipe"}
    | {"lavfi", "tty", "adf", "bin", "idf", "xbin", "vapoursynth", "avisynth"}
)


def check_readable(path: Path) -> int:
    """The size in bytes of a file that is there, is a file, may be read and is not empty.

    Raises:
        MissingMedia: not there, or may not be read.
        UnreadableMedia: a folder, or empty.
    """
    try:
        if path.is_dir():
            if not os.access(path, os.R_OK | os.X_OK):
                raise MissingMedia(f"{path} may not be searched.", "Ask for permission to read this folder.")
            raise UnreadableMedia(f"{path} is a folder.", "Choose a video or picture file in it.")
        # A pipe or a device would block, or never end.
        if path.exists() and not path.is_file():
            raise UnreadableMedia(f"{path} is no ordinary file.", "Choose a video or picture file.")
        with path.open("rb") as file:
            size = file.seek(0, 2)
    except FileNotFoundError as error:
        raise MissingMedia(f"{path} is not there.", "Was it moved, renamed, or is its drive not connected?") from error
    except PermissionError as error:
        raise MissingMedia(
            f"{path} may not be read.", "Ask for permission to read it, or copy it elsewhere."
        ) from error
    except (OSError, ValueError) as error:
        raise MissingMedia(f"{path} cannot be opened: {error}.", "Check the drive and the file's name.") from error
    if size == 0:
        raise UnreadableMedia(f"{path} is empty (0 bytes).", "Copy it again from where it came from.")
    return size


def first_bytes(path: Path, count: int) -> bytes:
    """The beginning of a file.

    Raises:
        MissingMedia, UnreadableMedia: see `check_readable`.
    """
    check_readable(path)
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise MissingMedia(f"{path} cannot be read: {error}.", "Check the drive.") from error


def open_container(path: Path) -> av.container.InputContainer:
    """Opens a file for demuxing, read-only.

    Raises:
        MissingMedia, UnreadableMedia: see `check_readable`; and where the content is no video or picture.
    """
    check_readable(path)
    try:
        # "file:" keeps a name with a colon in it from being taken for a network address.
        container = av.open(
            f"file:{path}",
            "r",
            container_options={"protocol_whitelist": "file", "format_whitelist": _allowed_formats()},
            metadata_errors="replace",
        )
    except (FFmpegError, ValueError, OSError) as error:
        raise _explain(path, error) from error
    return container


def picture_stream(container: av.container.InputContainer, path: Path) -> VideoStream:
    """The stream whose pictures are shown: the first that is no cover picture.

    Raises:
        NoPicture: audio only.
        UnreadableMedia: its codec is unknown here.
    """
    streams = picture_streams(container)
    if not streams:
        held = "audio only" if container.streams.audio else "no picture"
        raise NoPicture(f"{path} holds {held}.", "Choose a file with video.")
    stream = streams[0]
    if getattr(stream, "codec_context", None) is None:
        raise UnreadableMedia(
            f"{path}: the video's codec is unknown to this program.", "Convert it without loss first."
        )
    return stream


def picture_streams(container: av.container.InputContainer) -> list[VideoStream]:
    """Streams that show something over time, cover pictures left out."""
    cover = Disposition.attached_pic
    return [stream for stream in container.streams.video if not stream.disposition & cover]


@functools.cache
def _allowed_formats() -> str:
    return ",".join(sorted(name for name in av.formats_available if name not in _REFUSED_FORMATS))


def no_frames(path: Path) -> UnreadableMedia | NoPicture:
    """The error for a file of which not one frame can be decoded."""
    if _is_cut_mp4(path):
        return _incomplete(path)
    return NoPicture(f"{path}: not one frame could be decoded.", "The file is damaged, or its codec is unknown.")


def _incomplete(path: Path) -> UnreadableMedia:
    return UnreadableMedia(
        f"{path} is incomplete: the part that says where its frames lie (moov) is missing or cut off.",
        "The recording or the copy was cut off. Copy it again, or have it repaired with a file of the same camera.",
    )


def _explain(path: Path, error: Exception) -> UnreadableMedia:
    if _is_cut_mp4(path):
        return _incomplete(path)
    return UnreadableMedia(
        f"{path} is no video or picture that can be read ({_reason(error)}).",
        "Check that it plays elsewhere; its ending may be wrong, or it may be damaged.",
    )


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _is_cut_mp4(path: Path) -> bool:
    """Whether the file begins like an MP4 or MOV but has no whole moov box."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        position = 0
        while position + 8 <= size:
            file.seek(position)
            head = file.read(16)
            length, name = int.from_bytes(head[:4], "big"), head[4:8]
            if position == 0 and name not in (b"ftyp", b"mdat", b"wide", b"free", b"skip"):
                return False
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            if name == b"moov" and (length == 0 or position + length <= size):
                return False
            if length < 8:
                break
            position += length
    return position > 0
