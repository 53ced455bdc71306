"""Every kind of file gives exactly the frames that were put into it, in whatever order they are asked for."""

from __future__ import annotations

import random
import shutil

import numpy as np
import pytest

from tests.helpers.numbered_video import NumberedVideo, cut_off, damage, make_video, read_number
from vtl_desktop.core.errors import FrameUnavailable
from vtl_desktop.core.timeline import frame_at
from vtl_desktop.media.indexed import IndexedVideo
from vtl_desktop.media.sampling import sample_clips
from vtl_desktop.media.video_file import VideoFile

GOP = {"g": "12", "bf": "2", "preset": "ultrafast", "crf": "23"}
STEPS = [1 / 30, 1 / 30, 0.2, 0.05, 1 / 60]

KINDS = {
    "mp4 with B-frames": ("a.mp4", {"options": GOP}),
    "mp4 with sound": ("a.mp4", {"options": GOP, "audio": True}),
    "mp4, variable frame rate": ("a.mp4", {"options": GOP, "steps": STEPS}),
    "mkv, variable frame rate": ("a.mkv", {"options": GOP, "steps": STEPS}),
    "mp4, one keyframe": ("a.mp4", {"options": {"g": "600", "bf": "2", "preset": "ultrafast"}}),
    "mp4, keyframes only": ("a.mp4", {"options": {"g": "1", "preset": "ultrafast"}, "count": 30}),
    "mp4, open groups": ("a.mp4", {"options": {"x264-params": "open-gop=1:keyint=12:bframes=3", "preset": "veryfast"}}),
    "mp4, moving refresh": ("a.mp4", {"options": {"x264-params": "intra-refresh=1:keyint=12", "preset": "veryfast"}}),
    "mp4, odd size": ("a.mp4", {"options": GOP, "size": (161, 121), "pixel_format": "yuv444p"}),
    "mp4, turned 90": ("a.mp4", {"options": GOP, "rotation": 90}),
    "mp4, turned 180": ("a.mp4", {"options": GOP, "rotation": 180}),
    "mp4, turned 270": ("a.mp4", {"options": GOP, "rotation": 270}),
    "mp4, 10 bits": ("a.mp4", {"options": GOP, "pixel_format": "yuv420p10le"}),
    "mp4, edit list": ("a.mp4", {"options": GOP, "hidden": 7}),
    "mp4, fragmented": ("a.mp4", {"options": GOP, "container_options": {"movflags": "frag_keyframe+empty_moov"}}),
    "mp4, hevc": ("a.mp4", {"codec": "libx265", "options": {"x265-params": "keyint=12:log-level=none:pools=1"}}),
    "mov, mjpeg": ("a.mov", {"codec": "mjpeg", "pixel_format": "yuvj420p", "count": 30}),
    "webm, vp9": ("a.webm", {"codec": "libvpx-vp9", "options": {"g": "12", "deadline": "realtime", "cpu-used": "8"}}),
    "mp4, av1": ("a.mp4", {"codec": "libsvtav1", "options": {"preset": "8", "crf": "10", "g": "12"}, "count": 30}),
    "ts": ("a.ts", {"options": GOP}),
    "mpg, mpeg2": ("a.mpg", {"codec": "mpeg2video", "options": {"g": "12", "bf": "2", "b": "2M"}, "container": "mpeg"}),
    "avi, mpeg4": ("a.avi", {"codec": "mpeg4", "options": {"g": "12", "b": "2M"}, "container": "avi"}),
    "avi, h264 with B-frames": ("a.avi", {"options": GOP, "container": "avi"}),
    "gif": ("a.gif", {"codec": "gif", "pixel_format": "rgb8", "count": 20, "rate": 10}),
    "raw h264": ("a.h264", {"options": GOP, "container": "h264", "rate": 25}),
    "one frame": ("a.mp4", {"options": GOP, "count": 1}),
}


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.replace(" ", "-"))
def numbered(request, tmp_path_factory) -> NumberedVideo:
    name, how = KINDS[request.param]
    return make_video(tmp_path_factory.mktemp("video") / name, **how)


class TestEveryKind:
    def test_numbers_and_times_in_sequence(self, numbered):
        with VideoFile(numbered.path) as video:
            frames = list(video.frames())
            assert [read_number(frame.picture) for frame in frames] == list(numbered.numbers)
            assert [frame.index for frame in frames] == list(range(len(numbered.numbers)))
            np.testing.assert_allclose([frame.time for frame in frames], numbered.times, atol=0.0011)
            np.testing.assert_allclose(video.times, numbered.times, atol=0.0011)
            assert video.facts.frame_count == len(video) == len(numbered.numbers)
            assert not any(frame.damaged for frame in frames)

    def test_in_any_order(self, numbered):
        order = list(range(len(numbered.numbers)))
        random.Random(7).shuffle(order)
        with VideoFile(numbered.path, cache_bytes=200_000) as video:
            assert [read_number(video.frame(index).picture) for index in order] == [numbered.numbers[i] for i in order]

    def test_each_as_the_first_one_asked_for(self, numbered):
        with VideoFile(numbered.path) as video:
            sequence = [frame.picture for frame in video.frames()]
        for index in range(0, len(sequence), 7):
            with VideoFile(numbered.path) as video:
                assert np.array_equal(video.frame(index).picture, sequence[index])

    def test_backwards_across_groups(self, numbered):
        with VideoFile(numbered.path, cache_bytes=500_000) as video:
            numbers = [read_number(video.frame(index).picture) for index in reversed(range(len(video)))]
        assert numbers == list(reversed(numbered.numbers))

    def test_by_moment(self, numbered):
        with VideoFile(numbered.path) as video:
            for moment in np.linspace(-0.1, numbered.times[-1] + 0.5, 23):
                frame = video.frame_at(float(moment))
                expected = frame_at(video.times, float(moment))
                assert frame.index == expected
                assert read_number(frame.picture) == numbered.numbers[expected]

    def test_pictures_are_upright_rgb(self, numbered):
        with VideoFile(numbered.path) as video:
            picture = video.frame(0).picture
            assert picture.dtype == np.uint8
            assert picture.flags.c_contiguous
            assert picture.shape == (video.facts.height, video.facts.width, 3)
            # The left half is tinted yellow: blue is the weaker there, and the last channel.
            left, right = picture[:, :10].mean(axis=(0, 1)), picture[:, -10:].mean(axis=(0, 1))
            assert left[2] < 0.8 * left[0]
            assert right[2] > 0.8 * right[0]


@pytest.fixture
def plain(tmp_path) -> NumberedVideo:
    return make_video(tmp_path / "plain.mp4", options=GOP)


class TestSeeking:
    def test_stepping_forward_never_seeks(self, plain, monkeypatch):
        with VideoFile(plain.path) as video:
            monkeypatch.setattr(video, "_seek_to", lambda *_: pytest.fail("sought"))
            for index in range(len(video)):
                video.frame(index)

    def test_stepping_back_within_a_group_decodes_nothing(self, plain, monkeypatch):
        with VideoFile(plain.path) as video:
            video.frame(35)
            monkeypatch.setattr(video, "_fetch", lambda *_: pytest.fail("decoded"))
            assert [read_number(video.frame(index).picture) for index in range(34, 23, -1)] == list(range(34, 23, -1))

    def test_keeps_within_its_memory_and_a_window_near_the_target(self, tmp_path):
        numbered = make_video(tmp_path / "long.mp4", count=120, options={"g": "600", "bf": "0", "preset": "ultrafast"})
        budget = 20 * 160 * 120 * 3 // 2
        with VideoFile(numbered.path, cache_bytes=budget) as video:
            video.frame(100)
            assert video._cache.held <= budget
            (start, end), *more = video.cached_ranges()
            assert not more
            assert start <= video.times[90]
            assert end == pytest.approx(video.times[101])

    def test_prefetching_the_group_before(self, plain, monkeypatch):
        with VideoFile(plain.path) as video:
            video.frame(40)
            assert video.prefetch_before(40)
            assert not video.prefetch_before(40)
            monkeypatch.setattr(video, "_fetch", lambda *_: pytest.fail("decoded"))
            assert [read_number(video.frame(index).picture) for index in (36, 35, 24)] == [36, 35, 24]

    def test_prefetching_pushes_nothing_out(self, plain):
        with VideoFile(plain.path, cache_bytes=20 * 160 * 120 * 3 // 2) as video:
            video.frame(40)
            held = video.cached_ranges()
            assert not video.prefetch_before(40)
            assert video.cached_ranges() == held

    def test_cached_ranges_cover_what_was_seen(self, plain):
        with VideoFile(plain.path) as video:
            assert all(end <= video.times[12] for _, end in video.cached_ranges())
            list(video.frames())
            assert video.cached_ranges() == ((0.0, pytest.approx(2.0)),)

    def test_a_stretch_of_frames(self, plain):
        with VideoFile(plain.path) as video:
            assert [frame.index for frame in video.frames(0.5, 0.7)] == [15, 16, 17, 18, 19, 20]

    def test_keyframes(self, plain):
        with VideoFile(plain.path) as video:
            assert np.flatnonzero(video.keyframes).tolist() == [0, 12, 24, 36, 48]
            assert video.frame(12).key
            assert video.frame(12).kind == "I"
            assert {video.frame(index).kind for index in range(13, 24)} == {"P", "B"}


class TestDamage:
    def test_a_damaged_stream_flags_frames_and_goes_on(self, tmp_path):
        whole = make_video(tmp_path / "whole.ts", count=90, options=GOP)
        with VideoFile(damage(whole, tmp_path / "damaged.ts", places=40)) as video:
            frames = list(video.frames())
            assert len(frames) > 60
            assert any(frame.damaged for frame in frames)
            good = [frame for frame in frames if not frame.damaged]
            assert good
            again = {frame.index: video.frame(frame.index) for frame in reversed(frames)}
            assert all(again[frame.index].damaged == frame.damaged for frame in frames)
            assert all(np.array_equal(again[frame.index].picture, frame.picture) for frame in good)

    def test_a_stream_that_begins_in_the_middle_of_a_group(self, tmp_path):
        whole = make_video(tmp_path / "whole.ts", count=60, options=GOP)
        data = whole.path.read_bytes()
        late = tmp_path / "late.ts"
        late.write_bytes(data[len(data) // 4 // 188 * 188 :])
        with VideoFile(late) as video:
            frames = list(video.frames())
            assert [frame.index for frame in frames] == list(range(len(video)))
            numbers = [read_number(frame.picture) for frame in frames if not frame.damaged]
            assert numbers[-1] == 59
            assert numbers == list(range(60 - len(numbers), 60))
            assert read_number(video.frame(len(video) - 20).picture) == 40

    def test_a_flipped_bit_in_a_time_does_not_stretch_the_video(self, tmp_path):
        whole = make_video(tmp_path / "whole.ts", count=90, options=GOP)
        data = bytearray(whole.path.read_bytes())
        # Start code, stream 0xe0, length, flags, then the first byte of the time, whose second bit is its highest.
        starts = [place for place in range(len(data)) if data[place : place + 4] == b"\0\0\1\xe0"]
        data[starts[40] + 9] ^= 0b100
        path = tmp_path / "flipped.ts"
        path.write_bytes(data)
        with VideoFile(path) as video:
            assert video.facts.duration == pytest.approx(3.0, abs=0.05)
            assert any("impossible time" in note for note in video.facts.notes)
            assert len(video) == 89

    def test_recordings_joined_end_to_end(self, tmp_path):
        whole = make_video(tmp_path / "whole.ts", count=60, options=GOP)
        joined = tmp_path / "joined.ts"
        joined.write_bytes(whole.path.read_bytes() * 2)
        with VideoFile(joined) as video:
            assert [read_number(frame.picture) for frame in video.frames()] == [*range(60), *range(60)]
            assert video.facts.duration == pytest.approx(4.0, abs=0.05)
            assert any("begins anew 1 time" in note for note in video.facts.notes)
            assert read_number(video.frame(75).picture) == 15

    def test_a_file_that_ends_early_says_so(self, tmp_path):
        whole = make_video(tmp_path / "w.mp4", options=GOP, container_options={"movflags": "faststart"})
        with VideoFile(cut_off(whole, tmp_path / "cut.mp4", 0.6)) as video:
            assert 10 < len(video) < 60
            assert any("ends early" in note for note in video.facts.notes)
            assert read_number(video.frame(5).picture) == 5

    def test_pictures_keep_their_size_where_the_stream_changes_its(self, tmp_path):
        first = make_video(tmp_path / "a.ts", count=24, options=GOP)
        second = make_video(tmp_path / "b.ts", count=48, options=GOP, size=(320, 180))
        joined = tmp_path / "joined.ts"
        joined.write_bytes(first.path.read_bytes() + second.path.read_bytes())
        with VideoFile(joined) as video:
            frames = list(video.frames())
            assert {frame.picture.shape for frame in frames} == {(120, 160, 3)}
            assert [read_number(frame.picture) for frame in frames] == [*range(24), *range(48)]
        assert any("size changes" in note for note in sample_clips(joined, size=32).notes)

    @pytest.mark.parametrize("matrix", [3, 8, 10, 65])
    def test_an_unknown_colour_matrix_is_shown_all_the_same(self, tmp_path, matrix, monkeypatch):
        plain = make_video(tmp_path / "p.mp4", options=GOP)
        decode = IndexedVideo._decode

        def tagged(self, packets):
            for frame, damaged in decode(self, packets):
                frame.colorspace = matrix
                yield frame, damaged

        monkeypatch.setattr(IndexedVideo, "_decode", tagged)
        with VideoFile(plain.path) as video:
            assert read_number(video.frame(31).picture) == 31
            assert any("colour matrix" in note for note in video.facts.notes)

    def test_a_frame_that_cannot_be_decoded_is_named(self, tmp_path, monkeypatch):
        plain = make_video(tmp_path / "p.mp4", options=GOP)
        with VideoFile(plain.path) as video:
            monkeypatch.setattr(video, "_run_to", lambda index: None)
            with pytest.raises(FrameUnavailable, match="frame 30"):
                video.frame(30)


class TestTrouble:
    @pytest.mark.parametrize("index", [-1, 60, 10_000])
    def test_no_such_frame(self, plain, index):
        with VideoFile(plain.path) as video, pytest.raises(FrameUnavailable, match="no frame"):
            video.frame(index)

    def test_closed(self, plain):
        video = VideoFile(plain.path)
        video.close()
        video.close()
        with pytest.raises(FrameUnavailable, match="closed"):
            video.frame(0)

    def test_file_gone_while_open(self, plain):
        with VideoFile(plain.path) as video:
            video.frame(3)
            plain.path.unlink()
            # Where the system keeps an open file readable it goes on; elsewhere it says what happened.
            for index in (50, 2, 30):
                assert str(_number_or_message(video, index)).endswith((str(index), "cannot be read."))

    def test_file_emptied_while_open(self, tmp_path):
        rng = np.random.default_rng(0)
        noise = lambda number, width, height: rng.integers(0, 255, (height, width, 3)).astype(np.uint8)  # noqa: E731
        large = make_video(tmp_path / "large.mp4", picture=noise, options=GOP)
        with VideoFile(large.path, cache_bytes=1) as video:
            video.frame(3)
            large.path.write_bytes(b"")
            with pytest.raises(FrameUnavailable, match="large"):
                video.frame(59)

    def test_evidence_is_not_touched(self, plain):
        plain.path.chmod(0o444)
        before = plain.path.read_bytes(), plain.path.stat().st_mtime_ns
        with VideoFile(plain.path) as video:
            list(video.frames())
        assert (plain.path.read_bytes(), plain.path.stat().st_mtime_ns) == before
        assert sorted(path.name for path in plain.path.parent.iterdir()) == ["plain.mp4"]

    @pytest.mark.parametrize(
        "name", ["with space.mp4", "pipe:1.mp4", "%03d.mp4", "视频.mp4", "a'b\"c.mp4", "http:x.mp4"]
    )
    def test_any_name(self, plain, tmp_path, name):
        path = tmp_path / name
        shutil.copyfile(plain.path, path)
        with VideoFile(path) as video:
            assert read_number(video.frame(17).picture) == 17


def _number_or_message(video: VideoFile, index: int) -> int | str:
    try:
        return read_number(video.frame(index).picture)
    except FrameUnavailable as error:
        return error.message


@pytest.mark.parametrize("budget", [15 << 20, 1])
def test_memory_of_large_frames_is_bounded(tmp_path, budget):
    flat = lambda number, width, height: np.full((height, width, 3), number * 60, np.uint8)  # noqa: E731
    large = make_video(tmp_path / "4k.mp4", size=(3840, 2160), count=3, options={"preset": "ultrafast"}, picture=flat)
    with VideoFile(large.path, cache_bytes=budget) as video:
        assert [round(int(frame.picture[0, 0, 0]) / 60) for frame in video.frames()] == [0, 1, 2]
        assert len(video._cache.indices()) == 1
