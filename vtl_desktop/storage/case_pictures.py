"""Frame pairs in a case file: pictures as PNG (which keeps every value), named by their SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import fields

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.case import FramePair
from vtl_desktop.storage.json_values import JsonValue, from_json, to_json

_PICTURES = ("suspect", "source", "mask")
_COMPRESSION = 3  # a third of the time of the default for 5 % more bytes


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """PNG of an RGB picture [h, w, 3] or a grey one [h, w], uint8.

    Raises:
        ValueError: of another shape or type.
    """
    if picture.dtype != np.uint8 or picture.size == 0 or not (picture.ndim == 2 or picture.shape[2:] == (3,)):
        raise ValueError(f"a picture of shape {picture.shape} and type {picture.dtype} cannot be kept")
    stored = picture if picture.ndim == 2 else np.ascontiguousarray(picture[:, :, ::-1])
    done, data = cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, _COMPRESSION])
    if not done:
        raise ValueError(f"a picture of shape {picture.shape} could not be encoded")
    return data.tobytes()


def decode_png(data: bytes) -> NDArray[np.uint8]:
    """The picture that `encode_png` was given.

    Raises:
        ValueError: the bytes are no PNG.
    """
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise ValueError("no PNG picture")
    stored = np.asarray(picture, np.uint8)
    return stored if stored.ndim == 2 else np.ascontiguousarray(stored[:, :, ::-1])


def pair_to_json(pair: FramePair) -> tuple[JsonValue, dict[str, bytes]]:
    """A frame pair with its pictures named by digest, and these pictures.

    Returns:
        JSON values, and SHA-256 to PNG bytes.
    """
    values: dict[str, JsonValue] = {}
    pictures: dict[str, bytes] = {}
    for entry in fields(pair):
        value = getattr(pair, entry.name)
        if entry.name in _PICTURES and value is not None:
            png = encode_png(value)
            value = hashlib.sha256(png).hexdigest()
            pictures[value] = png
        values[entry.name] = to_json(value)
    return values, pictures


def pair_digests(data: JsonValue) -> list[str]:
    """The digests of the pictures that a stored pair needs."""
    return [data[name] for name in _PICTURES if data.get(name) is not None]


def pair_from_json(data: JsonValue, picture: Callable[[str], bytes]) -> FramePair:
    """The frame pair that `pair_to_json` was given.

    Args:
        data: its JSON values.
        picture: gives the PNG bytes of a digest.

    Raises:
        ValueError: the values are not those of a frame pair.
    """
    known = {entry.name for entry in fields(FramePair)}
    if not isinstance(data, dict) or set(data) != known:
        raise ValueError(f"FramePair: expected {', '.join(sorted(known))}")
    kinds = {
        "suspect_time": float,
        "source_time": float,
        "changed_share": float,
        "suspect_index": int,
        "source_index": int,
    }
    values = {
        name: from_json(kinds.get(name, str), value, f"FramePair.{name}")
        for name, value in data.items()
        if name not in _PICTURES
    }
    pictures = {name: None if data[name] is None else decode_png(picture(data[name])) for name in _PICTURES}
    return FramePair(**values, **pictures)  # type: ignore[arg-type]
