"""Pictures: one frame, upright as EXIF asks."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vtl_desktop.core.errors import MissingMedia, UnreadableMedia
from vtl_desktop.core.media import MediaFacts, Picture
from vtl_desktop.media.container import check_readable, first_bytes
from vtl_desktop.media.orientation import orientation_of_exif

_SIGNATURES = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
)
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")
_MAX_PICTURE_BYTES = 2 << 30


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A picture and its facts."""

    facts: MediaFacts
    picture: Picture


def picture_kind(path: Path) -> str | None:
    """What kind of picture a file's first bytes say it is, or None: "jpeg", "png", "webp", "bmp", "tiff", "avif".

    An animated PNG is None: it is read like a video.

    Raises:
        MissingMedia, UnreadableMedia: the file cannot be opened, or is a HEIC picture.
    """
    head = first_bytes(path, 4096)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        raise UnreadableMedia(
            f"{path} is a HEIC picture, which cannot be read.", "Convert it to PNG or TIFF without loss."
        )
    if head[4:8] == b"ftyp" and head[8:12] == b"avif":
        return "avif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return None if kind == "png" and b"acTL" in head[:256] else kind
    return None


def read_still(path: Path, kind: str) -> Still:
    """Reads a picture.

    Args:
        kind: as `picture_kind` says.

    Raises:
        MissingMedia: it vanished.
        UnreadableMedia: damaged, cut off or too large.
    """
    size = check_readable(path)
    if size > _MAX_PICTURE_BYTES:
        raise UnreadableMedia(f"{path} is too large for a picture ({size} bytes).", "Is it really one?")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MissingMedia(f"{path} could not be read: {error}.", "Check the drive, then try again.") from error
    try:
        stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
        shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise _damaged(path, str(error.err)) from error
    if shown is None or stored is None:
        raise _damaged(path, f"a {kind} picture that cannot be decoded")
    orientation = orientation_of_exif(exif_orientation(data))
    picture = orientation.apply(cv2.cvtColor(shown, cv2.COLOR_BGR2RGB))
    channels = 1 if stored.ndim == 2 else stored.shape[2]
    notes = [
        *orientation.notes,
        *([f"{stored.dtype.itemsize * 8} bits a sample, shown in 8"] if stored.dtype.itemsize > 1 else []),
        *(["the transparency channel is ignored"] if channels in (2, 4) and kind != "bmp" else []),
        *(["animated: only the first picture is shown"] if _is_animated_webp(data) else []),
    ]
    facts = MediaFacts(
        path=str(path),
        size=size,
        kind="image",
        container=kind,
        codec=kind,
        width=picture.shape[1],
        height=picture.shape[0],
        duration=0.0,
        frame_rate=0.0,
        frame_count=1,
        rotation=orientation.degrees,
        bit_depth=stored.dtype.itemsize * 8,
        pixel_format={1: "grey", 2: "grey + alpha", 3: "rgb", 4: "rgb + alpha"}.get(channels, ""),
        notes=tuple(notes),
    )
    return Still(facts, picture)


def _is_animated_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[12:16] == b"VP8X" and bool(data[20] & 2)


def exif_orientation(data: bytes) -> int:
    """EXIF's orientation tag in a JPEG, PNG, WebP or TIFF file: 1 to 8; 1 where there is none or it makes no sense."""
    if data[:4] in (b"II*\0", b"MM\0*"):
        start = 0
    else:
        start = -1
        for marker in (b"Exif\0\0", b"eXIf", b"EXIF"):
            place = data.find(marker)
            if place >= 0:
                # PNG's and WebP's chunks name themselves, then (WebP) give a length; JPEG's header has two zero bytes.
                start = place + {b"Exif\0\0": 6, b"eXIf": 4, b"EXIF": 8}[marker]
                break
    if start < 0 or data[start : start + 4] not in (b"II*\0", b"MM\0*"):
        return 1
    order = "<" if data[start : start + 2] == b"II" else ">"
    try:
        (offset,) = struct.unpack_from(f"{order}I", data, start + 4)
        (count,) = struct.unpack_from(f"{order}H", data, start + offset)
        for entry in range(count):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", data, start + offset + 2 + 12 * entry)
            if tag == 0x0112:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _damaged(path: Path, reason: str) -> UnreadableMedia:
    return UnreadableMedia(f"{path} cannot be read: {reason}.", "The picture is damaged or cut off. Copy it again.")
