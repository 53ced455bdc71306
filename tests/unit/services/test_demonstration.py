"""Scenes, forging, checks of the demonstration."""

from __future__ import annotations

import json
from itertools import islice

import numpy as np
import pytest

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.errors import Cancelled, StorageFull, UnreadableMedia, UsageError
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.tracing import NO_SOURCE, TRACED, Candidate, Source, TraceParameters, TraceResult
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.media.writers import MaskWriter, write_video
from vtl_desktop.services.demonstration import checks, forge, sources, textures
from vtl_desktop.services.demonstration.figures import ball
from vtl_desktop.services.demonstration.paths import walks
from vtl_desktop.services.demonstration.scenes import FRAME_RATE, SCENES, Scene, frames
from vtl_desktop.services.demonstration.stage import HEIGHT, WIDTH, Camera, Plane, Shot, Stage, render

BY_NAME = {scene.name: scene for scene in SCENES}
TRUTH = forge.Truth("lobby_morning.mp4", 3.32, 1.0, 5.0, True, "truth.mkv")


@pytest.fixture
def small_stage():
    floor = textures.speckled(np.random.default_rng(1), (120, 140, 100), 0.5)
    return Stage((Plane(floor(400, 800)),), (800, 400))


def moving(small_stage, speed=100.0, light=None):
    figure = ball(3, (240, 240, 240), (200, 30, 30))
    camera = Camera((400, 200), (400, 200))
    return Shot(small_stage, camera, (walks(figure, 300, 260, speed, 0.8),), 4.0, light)


def test_there_are_enough_scenes_each_with_its_own_name():
    assert len(SCENES) >= 12
    assert len({scene.name for scene in SCENES}) == len(SCENES)
    assert all(8 <= scene.seconds <= 12 for scene in SCENES)
    assert forge.FORGED_FROM in BY_NAME
    assert BY_NAME[forge.FORGED_FROM].seconds - 1 > (forge.START_FRAME + forge.FRAMES) / FRAME_RATE


def test_a_scene_gives_textured_moving_pictures():
    first, *_, later = islice(frames(BY_NAME["work_table"]), 9)
    assert first.shape == (HEIGHT, WIDTH, 3)
    assert first.dtype == np.uint8
    assert first.std() > 30
    assert np.abs(first.astype(int) - later).mean() > 2


def test_the_shots_of_a_scene_are_as_long_as_it_is():
    scene = BY_NAME["market"]
    shots = scene.shots()
    assert len(shots) > 1
    assert sum(shot.seconds for shot in shots) == pytest.approx(scene.seconds)


def test_the_twins_share_their_set_but_not_their_pictures():
    twins = [next(frames(BY_NAME[name])).astype(int) for name in ("lobby_morning", "lobby_evening")]
    stranger = next(frames(BY_NAME["work_table"])).astype(int)
    difference = np.abs(twins[0] - twins[1]).mean()
    assert 2 < difference < 0.5 * np.abs(twins[0] - stranger).mean()


def test_rendering_is_repeatable(small_stage):
    shot = moving(small_stage)
    assert np.array_equal(render(shot, 0.5), render(shot, 0.5))


def test_a_figure_goes_where_its_path_says(small_stage):
    empty = render(Shot(small_stage, Camera((400, 200), (400, 200)), (), 4.0), 0.0).astype(int)
    for moment, expected in ((0.0, 300 - 80), (1.0, 400 - 80)):
        picture = render(moving(small_stage), moment).astype(int)
        columns = np.nonzero(np.abs(picture - empty).max(axis=(0, 2)) > 40)[0]
        assert (columns.min() + columns.max()) / 2 == pytest.approx(expected, abs=4)


def test_light_dims_the_picture(small_stage):
    bright = render(moving(small_stage), 0.0).mean()
    dim = render(moving(small_stage, light=lambda moment: (0.5, 0.5, 0.5)), 0.0).mean()
    assert dim == pytest.approx(bright / 2, rel=0.03)


def test_a_figure_outside_the_picture_is_no_error(small_stage):
    assert render(moving(small_stage, speed=-4000.0), 3.0).shape == (HEIGHT, WIDTH, 3)


@pytest.fixture
def scenes(small_stage):
    return [Scene("tiny", 4.0, lambda: (moving(small_stage),))]


def test_rendered_sources_are_used_again_unless_they_changed(tmp_path, scenes):
    (path,), fresh = sources.render_sources(tmp_path, scenes=scenes, limit=0.2)
    assert fresh == 1
    with VideoFile(path) as video:
        assert len(video.times) == 5
        assert (video.facts.width, video.facts.height) == (WIDTH, HEIGHT)
    before = path.stat().st_mtime_ns
    assert sources.render_sources(tmp_path, scenes=scenes, limit=0.2) == ((path,), 0)
    assert path.stat().st_mtime_ns == before
    path.write_bytes(path.read_bytes()[:-100])
    assert sources.render_sources(tmp_path, scenes=scenes, limit=0.2)[1] == 1
    (tmp_path / sources.RECIPE_FILE).write_text("not json")
    (tmp_path / "killed.unfinished.mp4").write_bytes(b"half")
    assert sources.render_sources(tmp_path, scenes=scenes, limit=0.2)[1] == 1
    assert [video.name for video in tmp_path.glob("*.mp4")] == ["tiny.mp4"]


def test_cancelling_leaves_no_half_file(tmp_path, scenes):
    cancel = CancelToken()

    def progress(fraction, message):
        cancel.cancel()

    with pytest.raises(Cancelled):
        sources.render_sources(tmp_path, scenes=scenes, limit=0.4, progress=progress, cancel=cancel)
    assert not list(tmp_path.glob("*.mp4"))


def test_without_an_h264_encoder_sources_are_written_as_mpeg4(tmp_path, scenes, monkeypatch):
    def without_x264(path, pictures, rate, *, codec="libx264", options=None):
        if codec == "libx264":
            raise UsageError("there is no such encoder")
        return write_video(path, pictures, rate, codec=codec, options=options)

    monkeypatch.setattr(sources, "write_video", without_x264)
    (path,), _ = sources.render_sources(tmp_path, scenes=scenes, limit=0.2)
    with VideoFile(path) as video:
        assert video.facts.codec == "mpeg4"
        assert len(video.times) == 5


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFull, match="file"):
        sources.render_sources(tmp_path / "file" / "sources", scenes=[])


def numbered(path, count):
    """A video whose frames get brighter by one step each; the twentieth part of the width tells nothing."""
    pictures = (np.full((HEIGHT, WIDTH, 3), 20 + 4 * number, np.uint8) for number in range(count))
    return write_video(path, pictures, FRAME_RATE, options={"crf": "10", "preset": "ultrafast"})


def test_the_forgery_is_what_its_truth_says(tmp_path):
    source = numbered(tmp_path / "source.mp4", 24)
    truth = forge.forge(source, tmp_path / "suspect.mp4", start=7, count=10)
    assert truth == forge.Truth("source.mp4", 7 / 25, 1.0, 10 / 25, True, "truth.mkv")
    assert json.loads((tmp_path / "truth.json").read_text())["source"] == "source.mp4"
    with VideoFile(tmp_path / "suspect.mp4") as suspect, VideoFile(tmp_path / "truth.mkv") as masks:
        assert len(suspect.times) == len(masks.times) == 10
        for number in range(10):
            picture, mask = suspect.frame(number).picture, masks.frame(number).picture[..., 0]
            assert picture.shape[1::-1] == mask.shape[::-1] == forge.SIZE
            assert set(np.unique(mask)) == {0, 255}
            plain = picture[:60]
            assert float(np.median(plain)) == pytest.approx(20 + 4 * (7 + number), abs=2)
            changed = np.abs(picture.astype(int) - int(np.median(plain))).max(axis=2) > 40
            assert (changed & (mask > 127)).sum() > 0.55 * (mask > 127).sum()
            assert (changed & (mask == 0)).sum() < 0.12 * (mask > 127).sum()
    # The figure walks to the right and the suspect is mirrored, so in the suspect it goes to the left.
    with VideoFile(tmp_path / "truth.mkv") as masks:
        middles = [np.nonzero(masks.frame(n).picture[..., 0])[1].mean() for n in (0, 9)]
    assert middles[1] < middles[0] - 10
    assert middles[0] > forge.SIZE[0] / 2


def test_a_source_too_short_to_forge_from_is_named(tmp_path):
    source = numbered(tmp_path / "short.mp4", 5)
    with pytest.raises(UnreadableMedia, match=r"short\.mp4"):
        forge.forge(source, tmp_path / "suspect.mp4", start=2, count=10)
    assert not (tmp_path / "suspect.mp4").exists()


def candidate(name="lobby_morning.mp4", start=3.32, mirrored=True, end=5.0):
    source = Source(1, f"/archive/{name}", "0" * 64, 1, 11.0, 25.0, 640, 360, "h264", "")
    alignment = Alignment((Segment(0.0, end, start),))
    return Candidate(1, source, 24.0, 30.0, mirrored, alignment, (), 1.0, start + 1.0)


def traced(*candidates, decision=TRACED):
    return TraceResult(
        "suspect.mp4", "0" * 64, decision, "", candidates, 512, "", "archive.h5", 16, "CPU", 1.0, TraceParameters()
    )


def wrong(result):
    return [check.name for check in checks.check_trace(result, TRUTH) if not check.passed]


def test_a_right_trace_passes_every_check():
    assert wrong(traced(candidate(start=3.34))) == []


@pytest.mark.parametrize(
    ("result", "names"),
    [
        (traced(candidate("lobby_evening.mp4")), ["first candidate", "moment in the source"]),
        (traced(candidate(start=3.40)), ["moment in the source"]),
        (traced(candidate(mirrored=False)), ["mirrored"]),
        (traced(candidate(end=2.0)), ["aligned share of the suspect"]),
        (traced(candidate(), decision=NO_SOURCE), ["decision"]),
        (traced(decision=NO_SOURCE), ["decision", "first candidate"]),
    ],
)
def test_each_wrong_answer_is_caught_by_name(result, names):
    assert wrong(result) == names


def test_a_check_says_what_came_out_and_what_was_wanted():
    line = checks.check_trace(traced(candidate(start=3.40)), TRUTH)[-1].line
    assert line.startswith("WRONG")
    assert "2.00 frames" in line
    assert "3.32" in line


def mask_video(path, left, *, count=4):
    mask = np.zeros((40, 80), np.uint8)
    mask[:, left : left + 20] = 255
    with MaskWriter(path, 80, 40, 25) as writer:
        for _ in range(count):
            writer.write(mask)
    return path


def test_mask_agreement_is_measured_over_the_aligned_frames(tmp_path):
    found, true = mask_video(tmp_path / "found.mkv", 10), mask_video(tmp_path / "true.mkv", 20)
    overlap, inside, count = checks.mask_agreement(found, true, Alignment((Segment(0.0, 0.079, 0.0),)))
    assert count == 2
    assert overlap == pytest.approx(10 / 30)
    assert inside == pytest.approx(0.5)


def test_masks_in_the_wrong_place_fail(tmp_path):
    found, true = mask_video(tmp_path / "found.mkv", 50), mask_video(tmp_path / "true.mkv", 20)
    alignment = Alignment((Segment(0.0, 1.0, 0.0),))
    assert [check.passed for check in checks.check_masks(found, true, alignment)] == [False, False]
    assert [check.passed for check in checks.check_masks(true, true, alignment)] == [True, True]
    assert [check.passed for check in checks.check_masks(None, true, alignment)] == [False]
