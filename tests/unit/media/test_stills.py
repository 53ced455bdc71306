from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest

from tests.helpers.numbered_video import numbered_picture, read_number
from vtl_desktop.media.orientation import orientation_of_exif
from vtl_desktop.media.probe import probe
from vtl_desktop.media.stills import exif_orientation
from vtl_desktop.media.video_file import VideoFile


def encoded(kind: str, picture: np.ndarray) -> bytes:
    bgr = picture[..., ::-1] if picture.ndim == 3 else picture
    return cv2.imencode(f".{kind}", np.ascontiguousarray(bgr))[1].tobytes()


def with_exif(jpeg: bytes, value: int, order: str = "<") -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    block = mark + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, value, 0, 0)
    payload = b"Exif\0\0" + block
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + jpeg[2:]


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "bmp", "tiff"])
def test_every_kind_is_a_file_of_one_frame(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    path.write_bytes(encoded(kind, numbered_picture(77, 161, 121)))
    with VideoFile(path) as video:
        assert video.facts.is_image
        assert (video.facts.width, video.facts.height, video.facts.frame_count) == (161, 121, 1)
        assert (video.facts.duration, video.facts.frame_rate) == (0.0, 0.0)
        assert video.times.tolist() == [0.0]
        assert video.keyframes.tolist() == [True]
        assert video.cached_ranges() == ((0.0, 0.0),)
        for moment in (0.0, 5.0, -1.0):
            frame = video.frame_at(moment)
            assert read_number(frame.picture) == 77
            assert frame.picture[5, 5, 2] < 0.8 * max(frame.picture[5, 5, 0], 1) + 10
        assert len(list(video.frames())) == 1


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_orientation_like_opencv(tmp_path, value, order):
    path = tmp_path / "a.jpg"
    path.write_bytes(with_exif(encoded("jpg", numbered_picture(5, 160, 96)), value, order))
    expected = cv2.imread(str(path), cv2.IMREAD_COLOR)[..., ::-1]
    with VideoFile(path) as video:
        assert np.array_equal(video.frame(0).picture, expected)
        assert video.facts.rotation == orientation_of_exif(value).degrees
        assert video.frame(0).picture.flags.c_contiguous


@pytest.mark.parametrize(
    "data", [b"", b"Exif\0\0", b"Exif\0\0II*\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff"]
)
def test_senseless_exif_counts_as_upright(data):
    assert exif_orientation(data) == 1


def test_sixteen_bits_and_transparency_are_told(tmp_path):
    deep = np.repeat(numbered_picture(3)[..., None, :], 1, axis=2)[:, :, 0].astype(np.uint16) * 257
    path = tmp_path / "deep.png"
    path.write_bytes(cv2.imencode(".png", np.dstack([deep, np.full(deep.shape[:2], 65535, np.uint16)]))[1].tobytes())
    facts = probe(path)
    assert facts.bit_depth == 16
    assert any("16 bits" in note for note in facts.notes)
    assert any("transparency" in note for note in facts.notes)


def test_a_picture_handed_out_is_not_shared(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encoded("png", numbered_picture(1)))
    with VideoFile(path) as video:
        video.frame(0).picture[:] = 0
        assert read_number(video.frame(0).picture) == 1
