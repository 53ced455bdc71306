from __future__ import annotations

import av
import numpy as np
import pytest

from tests.helpers.numbered_video import numbered_picture, read_number
from vtl_desktop.core.errors import StorageFull, UsageError
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.media.writers import MaskWriter, write_video


def masks(count, width=97, height=61):
    return np.random.default_rng(1).integers(0, 256, (count, height, width), dtype=np.uint8)


class TestMaskWriter:
    def test_lossless_grey(self, tmp_path):
        written = masks(12)
        with MaskWriter(tmp_path / "m.mkv", 97, 61, 25.0) as writer:
            for mask in written:
                writer.write(mask)
        with av.open(str(tmp_path / "m.mkv")) as container:
            stream = container.streams.video[0]
            assert stream.codec_context.name == "ffv1"
            assert stream.codec_context.format.name == "gray"
            assert float(stream.average_rate) == pytest.approx(25, rel=0.01)
            read = [frame.to_ndarray() for frame in container.decode(video=0)]
        assert np.array_equal(read, written)
        with VideoFile(tmp_path / "m.mkv") as video:
            assert np.array_equal(video.frame(5).picture[:, :, 1], written[5])
            assert video.keyframes.all()

    def test_times_are_kept(self, tmp_path):
        times = [0.0, 0.02, 0.3, 0.3, 1.5]
        with MaskWriter(tmp_path / "m.mkv", 97, 61, 30.0) as writer:
            for mask, time in zip(masks(5), times, strict=True):
                writer.write(mask, time)
        with VideoFile(tmp_path / "m.mkv") as video:
            assert len(video) == 5
            np.testing.assert_allclose(video.times, [0.0, 0.02, 0.3, 0.301, 1.5], atol=1e-6)

    def test_another_size_is_refused(self, tmp_path):
        with MaskWriter(tmp_path / "m.mkv", 97, 61, 25.0) as writer:
            writer.write(masks(1)[0])
            with pytest.raises(UsageError, match="61, 97"):
                writer.write(np.zeros((60, 97), np.uint8))
            with pytest.raises(UsageError):
                writer.write(np.zeros((61, 97), np.float32))

    def test_nothing_half_done_is_left(self, tmp_path):
        def fail():
            with MaskWriter(tmp_path / "m.mkv", 97, 61, 25.0) as writer:
                writer.write(masks(1)[0])
                raise KeyError("stop")

        with pytest.raises(KeyError):
            fail()
        assert list(tmp_path.iterdir()) == []

    def test_closed(self, tmp_path):
        with MaskWriter(tmp_path / "m.mkv", 97, 61, 0.0) as writer:
            writer.write(masks(1)[0])
        writer.close()
        with pytest.raises(UsageError, match="closed"):
            writer.write(masks(1)[0])

    def test_no_such_folder(self, tmp_path):
        with pytest.raises(StorageFull, match="cannot be written"):
            MaskWriter(tmp_path / "nowhere" / "m.mkv", 97, 61, 25.0)


class TestWriteVideo:
    @pytest.mark.parametrize("size", [(160, 120), (161, 121)])
    def test_frames_come_back(self, tmp_path, size):
        path = write_video(tmp_path / "v.mp4", (numbered_picture(n, *size) for n in range(20)), 29.97)
        with VideoFile(path) as video:
            assert [read_number(frame.picture) for frame in video.frames()] == list(range(20))
            assert video.facts.frame_rate == pytest.approx(29.97, rel=1e-3)
            assert (video.facts.width, video.facts.height) == size

    def test_without_loss(self, tmp_path):
        pictures = [numbered_picture(n) for n in range(5)]
        path = write_video(tmp_path / "v.mkv", pictures, 10, codec="ffv1", pixel_format="bgr0")
        with VideoFile(path) as video:
            assert all(np.array_equal(frame.picture, pictures[frame.index]) for frame in video.frames())

    def test_refusals(self, tmp_path):
        with pytest.raises(UsageError, match="not one frame"):
            write_video(tmp_path / "v.mp4", [], 25)
        with pytest.raises(UsageError):
            write_video(tmp_path / "v.mp4", [numbered_picture(0)], 25, codec="no such codec")
        with pytest.raises(StorageFull):
            write_video(tmp_path / "nowhere" / "v.mp4", [numbered_picture(0)], 25)
        assert list(tmp_path.iterdir()) == []
