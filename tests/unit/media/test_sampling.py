from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.helpers.numbered_video import damage, make_video, numbered_picture, read_number
from vtl_desktop.core.errors import Cancelled
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.media import Box
from vtl_desktop.core.timeline import frame_at
from vtl_desktop.media.indexed import IndexedVideo
from vtl_desktop.media.sampling import informative_ones, is_informative, sample_clips, sample_moments
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.vision.motion_signature import SignatureMaker

QUICK = {"g": "12", "bf": "2", "preset": "ultrafast"}


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"steps": [0.01, 0.09, 0.03, 0.2]},
        {"rotation": 90},
        {"pixel_format": "yuv420p10le"},
        {"size": (161, 121), "pixel_format": "yuv444p"},
        {"rate": 12.5},
        {"hidden": 9},
    ],
    ids=str,
)
def test_samples_show_the_frame_on_screen(tmp_path, how):
    numbered = make_video(tmp_path / "a.mp4", count=90, options=QUICK, **how)
    samples = sample_clips(numbered.path, size=64)
    moments = sample_moments(np.array(numbered.times), samples.facts.duration, 4.0)
    assert samples.pictures.shape == (len(moments), 64, 64, 3)
    expected = [numbered.numbers[frame_at(np.array(numbered.times), moment)] for moment in moments]
    assert [read_number(picture) for picture in samples.pictures] == expected
    assert np.all(np.diff(samples.times) > 0)
    assert np.all(np.abs(samples.times - moments) <= 0.125 + 1e-9)
    assert samples.informative.all()
    assert samples.damaged == 0
    assert len(samples.motion.times) == len(numbered.numbers)


def test_times_are_those_of_the_frames(tmp_path):
    samples = sample_clips(make_video(tmp_path / "a.mp4", options=QUICK).path, size=32)
    numbers = [read_number(picture) for picture in samples.pictures]
    np.testing.assert_allclose(samples.times, np.array(numbers) / 30, atol=1e-3)


def test_a_slide_show_has_a_sample_each_quarter_second(tmp_path):
    samples = sample_clips(make_video(tmp_path / "a.mp4", count=3, rate=1, options=QUICK).path, size=32)
    assert [read_number(picture) for picture in samples.pictures] == [0] * 4 + [1] * 4 + [2] * 4
    np.testing.assert_allclose(samples.times, (np.arange(12) + 0.5) / 4)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_shortest_videos_have_a_sample(tmp_path, count):
    samples = sample_clips(make_video(tmp_path / "a.mp4", count=count, options=QUICK).path, size=32, thumbnails=True)
    assert len(samples.times) == 1
    assert read_number(samples.pictures[0]) < count
    assert len(samples.thumbnails) == 1


def test_averages_areas(tmp_path):
    rng = np.random.default_rng(3)
    grain = rng.integers(60, 196, (270, 346)).astype(np.uint8)
    texture = cv2.cvtColor(grain, cv2.COLOR_GRAY2RGB)
    path = make_video(
        tmp_path / "a.mp4", count=2, size=(346, 270), options={"crf": "2"}, picture=lambda *_: texture
    ).path
    with VideoFile(path) as video:
        shown = video.frame(0).picture
    sampled = sample_clips(path, size=96).pictures[0].astype(int)

    def off(interpolation):
        return np.abs(sampled - cv2.resize(shown, (96, 96), interpolation=interpolation)).mean()

    assert off(cv2.INTER_AREA) < 0.8
    assert off(cv2.INTER_LINEAR) > 8


def test_motion_signals(tmp_path):
    def picture(number, width, height):
        level = 40 + 10 * (number // 5)
        flat = np.full((height, width, 3), level, np.uint8)
        flat[:, : width // 2] += 60
        return flat

    path = make_video(tmp_path / "a.mp4", count=20, options={"crf": "1"}, picture=picture).path
    motion = sample_clips(path, size=32).motion
    assert motion.signals.dtype == np.float32
    np.testing.assert_allclose(motion.times, np.arange(20) / 30, atol=1e-3)
    np.testing.assert_allclose(motion.signals[:, 0], [70 + 10 * (n // 5) for n in range(20)], atol=2.5)
    np.testing.assert_allclose(motion.signals[:, 1], 30, atol=2)
    assert motion.signals[0, 2] == 0
    assert set(np.flatnonzero(motion.signals[:, 2] > 5)) == {5, 10, 15}


@pytest.mark.parametrize(
    "how", [{"rotation": 90}, {"pixel_format": "yuv420p10le"}, {"pixel_format": "yuvj420p"}], ids=str
)
def test_motion_does_not_depend_on_how_the_video_is_stored(tmp_path, how):
    lossless = {"qp": "2", "preset": "ultrafast"}
    plain = sample_clips(make_video(tmp_path / "a.mp4", count=20, options=lossless).path, size=32).motion
    other = sample_clips(make_video(tmp_path / "b.mp4", count=20, options=lossless, **how).path, size=32).motion
    np.testing.assert_allclose(other.signals, plain.signals, atol=2.0)


def test_black_and_flat_are_not_informative(tmp_path):
    def picture(number, width, height):
        return (
            numbered_picture(number, width, height)
            if number >= 60
            else np.full((height, width, 3), number // 30 * 90, np.uint8)
        )

    samples = sample_clips(make_video(tmp_path / "a.mp4", count=90, options=QUICK, picture=picture).path, size=32)
    assert samples.informative.tolist() == [False] * 8 + [True] * 4
    assert not is_informative(np.full((32, 32, 3), 255, np.uint8))


def test_a_frozen_picture_counts_once(tmp_path):
    def picture(number, width, height):
        return numbered_picture(min(max(number, 30), 60), width, height)

    video = make_video(tmp_path / "a.mp4", count=90, options={"crf": "28", "g": "12"}, picture=picture)
    samples = sample_clips(video.path, size=32)
    assert samples.informative.tolist() == [True] + [False] * 3 + [True] * 4 + [True] + [False] * 3


def test_what_moves_little_and_fades_slowly_is_not_frozen():
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    walks = np.stack([picture] * 8)
    for number in range(8):
        walks[number, 30:36, 2 * number : 2 * number + 3] = 255
    assert informative_ones(walks).all()
    fades = np.stack([(picture * (1 - 0.005 * number)).astype(np.uint8) for number in range(40)])
    assert 5 < informative_ones(fades).sum() < 40
    assert informative_ones(fades[:1]).tolist() == [True]


def test_thumbnails_about_one_a_second(tmp_path):
    path = make_video(tmp_path / "a.mp4", count=100, size=(320, 240), options=QUICK, rotation=90).path
    samples = sample_clips(path, size=32, thumbnails=True)
    times = [time for time, _ in samples.thumbnails]
    assert len(times) == 4
    assert np.allclose(np.diff(times), 1.0, atol=0.05)
    for time, data in samples.thumbnails:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == (192, 256, 3)
        assert read_number(picture) == round(time * 30)
    assert sample_clips(path, size=32).thumbnails == ()


def test_damage_is_survived_and_counted(tmp_path):
    whole = make_video(tmp_path / "whole.ts", count=120, options=QUICK)
    samples = sample_clips(damage(whole, tmp_path / "damaged.ts", places=40), size=32)
    assert samples.damaged > 0
    assert any("damaged" in note or "could not be decoded" in note for note in samples.notes)
    assert 8 <= len(samples.times) <= 16
    assert len(samples.motion.times) > 80


def test_a_picture(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), numbered_picture(9))
    samples = sample_clips(path, size=48, thumbnails=True)
    assert samples.times.tolist() == [0.0]
    assert read_number(samples.pictures[0]) == 9
    assert samples.motion.signals.shape == (1, 3)
    assert samples.facts.is_image
    assert len(samples.thumbnails) == 1


def test_progress_and_cancel(tmp_path):
    path = make_video(tmp_path / "a.mp4", options=QUICK).path
    seen: list[float] = []
    sample_clips(path, size=32, progress=lambda fraction, _: seen.append(fraction))
    assert seen == sorted(seen)
    assert 0 < seen[0] < 1
    assert seen[-1] <= 1

    cancel = CancelToken()

    def stop(fraction, message):
        if fraction > 0.3:
            cancel.cancel()

    with pytest.raises(Cancelled):
        sample_clips(path, size=32, progress=stop, cancel=cancel)


def test_very_long_videos_go_to_a_temporary_file(tmp_path, monkeypatch):
    monkeypatch.setattr("vtl_desktop.media.sampling._IN_MEMORY_BYTES", 1)
    samples = sample_clips(make_video(tmp_path / "a.mp4", options=QUICK).path, size=32)
    assert isinstance(samples.pictures, np.memmap)
    assert read_number(samples.pictures[-1]) == 56


@pytest.mark.parametrize(("duration", "count"), [(0.0, 1), (0.04, 1), (0.375, 1), (0.38, 2), (1.0, 4), (10.1, 40)])
def test_moments(duration, count):
    times = np.arange(0, max(duration, 0.01), 0.04)
    moments = sample_moments(times, duration, 4.0)
    assert len(moments) == count
    assert moments[-1] <= duration
    if count > 1:
        np.testing.assert_allclose(moments, (np.arange(count) + 0.5) / 4)


def test_a_damaged_time_does_not_ask_for_years_of_samples():
    times = np.array([0.0, 1.0, 2.0, 5e8, 5e8 + 1])
    moments = sample_moments(times, 5e8 + 2, 4.0)
    assert len(moments) == 8 + 240 + 8
    assert np.all(np.diff(moments) >= 0.25)
    assert np.array_equal(moments % 0.25, np.full(256, 0.125))


def test_lost_frames_leave_a_hole_and_no_double_times(tmp_path, monkeypatch):
    numbered = make_video(tmp_path / "a.mp4", options=QUICK)
    decode_all = IndexedVideo.decode_all
    lost = {*range(10, 40), *range(50, 60)}
    monkeypatch.setattr(
        IndexedVideo, "decode_all", lambda self: (item for item in decode_all(self) if item.index not in lost)
    )
    samples = sample_clips(numbered.path, size=32)
    assert [read_number(picture) for picture in samples.pictures] == [3, 41, 48]
    assert samples.damaged == 40
    assert np.all(np.diff(samples.times) > 0)

    lost.update(range(1, 60))
    samples = sample_clips(numbered.path, size=32, thumbnails=True)
    assert [read_number(picture) for picture in samples.pictures] == [0]
    assert len(samples.thumbnails) == 1


HALVES = np.zeros((120, 160, 3), np.uint8)
HALVES[:, :80] = (200, 40, 40)
HALVES[:, 80:] = (40, 40, 200)


def test_samples_a_part_as_if_it_were_all(tmp_path):
    def picture(number, *_):
        out = HALVES.copy()
        out[:, 80:] += np.uint8(number)
        return out

    path = make_video(tmp_path / "a.mp4", count=50, rate=25.0, options=QUICK, picture=picture).path
    right = sample_clips(path, size=32, part=Box(0.5, 0.0, 1.0, 1.0))
    left = sample_clips(path, size=32, part=Box(0.0, 0.25, 0.5, 0.75))
    assert right.part == Box(0.5, 0.0, 1.0, 1.0)
    assert right.pictures.shape == left.pictures.shape == (8, 32, 32, 3)
    assert right.pictures[:, :, 4:-4, 2].mean() > 195
    assert left.pictures[:, :, 4:-4, 0].mean() > 190
    # Only the right half grows brighter.
    assert np.ptp(right.motion.signals[:, 0]) > 30
    assert np.ptp(left.motion.signals[:, 0]) < 3


def test_a_part_of_a_picture_file(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), HALVES[..., ::-1])
    samples = sample_clips(tmp_path / "a.png", size=16, previews=5, part=Box(0.5, 0.0, 1.0, 1.0))
    np.testing.assert_array_equal(samples.pictures, np.broadcast_to([40, 40, 200], (1, 16, 16, 3)))
    assert samples.previews.shape == (1, 192, 192, 3)


@pytest.mark.parametrize(("most", "kept"), [(0, 0), (1, 1), (5, 5), (100, 12)])
def test_previews_are_evenly_spread_samples(tmp_path, most, kept):
    samples = sample_clips(make_video(tmp_path / "a.mp4", count=90, options=QUICK).path, size=64, previews=most)
    assert samples.previews.shape == (kept, 192, 192, 3)
    assert len(samples.preview_times) == kept
    assert set(samples.preview_times) <= set(samples.times)
    for time, preview in zip(samples.preview_times, samples.previews, strict=True):
        small = samples.pictures[samples.times == time][0]
        assert read_number(preview) == read_number(small)
    if kept == 5:
        assert np.ptp(np.diff(samples.preview_times)) <= 0.26


def test_a_watcher_sees_every_frame(tmp_path):
    path = make_video(tmp_path / "a.mp4", count=40, options=QUICK).path
    samples = sample_clips(path, size=32, watch=SignatureMaker)
    np.testing.assert_array_equal(samples.signature.times, samples.motion.times)
    assert len(samples.signature) == 40
    plain = sample_clips(path, size=32)
    assert len(plain.signature) == 0
    np.testing.assert_array_equal(plain.motion.signals, samples.motion.signals)
    np.testing.assert_array_equal(plain.pictures, samples.pictures)
