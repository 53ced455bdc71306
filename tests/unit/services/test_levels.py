"""Both levels on drawn figures: two rooms, several takes in each, the sources' files away."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.helpers.drawn_scenes import Thumbnails
from tests.helpers.moving_figures import room, somebody
from vtl_desktop.cli.main import app
from vtl_desktop.core.levels import AMBIGUOUS, LevelCandidate, decided, ordered
from vtl_desktop.core.motion_matching import MotionMatch
from vtl_desktop.core.tracing import NO_SOURCE, TRACED, Source
from vtl_desktop.media.sampling import sample_clips
from vtl_desktop.media.writers import write_video
from vtl_desktop.services import levels as service
from vtl_desktop.services.enroll import enrolled_source
from vtl_desktop.services.intake import take_in
from vtl_desktop.services.levels import Levels, trace_by_levels
from vtl_desktop.services.scene_level import some_of, thumbnail_squares
from vtl_desktop.storage.hash_center_database import HashCenterDatabase
from vtl_desktop.vision.motion_signature import SignatureMaker

RATE, COUNT, START = 20, 70, 30
WEIGHTS = "ab" * 32
TAKES = {"one.mp4": (3, 7), "two.mp4": (3, 21), "three.mp4": (12, 33)}
"""Name to scene and gestures: two takes of one room, and another room."""


def film(path: Path, moments: np.ndarray, scene: int, seed: int, **more) -> Path:
    write_video(
        path, [somebody(float(m), scene=scene, seed=seed, **more) for m in moments], RATE, options={"crf": "20"}
    )
    return path


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("levels")
    database = folder / "archive.h5"
    encoder = Thumbnails()
    HashCenterDatabase.create(database, bits=encoder.bits, weights_sha256=WEIGHTS).close()
    with HashCenterDatabase.open(database, write=True) as opened:
        for number, (name, (scene, seed)) in enumerate(TAKES.items()):
            path = film(folder / name, np.arange(COUNT) / RATE, scene, seed)
            samples = sample_clips(path, size=encoder.input_size, thumbnails=True, previews=8, watch=SignatureMaker)
            codes = encoder.encode(samples.pictures)
            opened.add(enrolled_source(path, f"{number:064x}", samples, codes, encoder))
            path.unlink()
    return database


@pytest.fixture(scope="module")
def suspect(tmp_path_factory) -> Path:
    """A second of the first take, its head another's."""
    moments = (START + np.arange(26)) / RATE
    return film(tmp_path_factory.mktemp("suspect") / "suspect.mp4", moments, 3, 7, tint=(120, 80, 60))


@pytest.fixture
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Thumbnails()
    encoder.notes = []
    monkeypatch.setattr(service, "encoder_for", lambda *_, **__: encoder)


@pytest.mark.usefixtures("_no_network")
@pytest.mark.parametrize("leave_out", [False, True])
def test_source_and_exact_start_without_any_file(archive: Path, suspect: Path, leave_out: bool) -> None:
    result = trace_by_levels(take_in(suspect), archive, leave_out_people=leave_out)
    first = result.candidates[0]
    assert first.source.name == "one.mp4"
    assert first.start_frame == START
    assert first.exact
    assert not first.mirrored
    assert result.decision == TRACED
    assert result.database_sources == 3
    assert {one.source.name for one in result.candidates[:2]} == {"one.mp4", "two.mp4"}


@pytest.mark.usefixtures("_no_network")
def test_twice_the_same_gives_the_same(archive: Path, suspect: Path) -> None:
    first, second = (trace_by_levels(take_in(suspect), archive) for _ in range(2))
    assert first.candidates == second.candidates


@pytest.mark.usefixtures("_no_network")
def test_a_mirrored_suspect(archive: Path, tmp_path: Path) -> None:
    frames = [somebody((START + i) / RATE, scene=3, seed=7)[:, ::-1].copy() for i in range(26)]
    write_video(tmp_path / "mirrored.mp4", frames, RATE)
    first = trace_by_levels(take_in(tmp_path / "mirrored.mp4"), archive).candidates[0]
    assert (first.source.name, first.mirrored, first.start_frame) == ("one.mp4", True, START)


@pytest.mark.usefixtures("_no_network")
def test_a_still_suspect_is_ambiguous(archive: Path, tmp_path: Path) -> None:
    write_video(tmp_path / "still.mp4", [somebody(1.0, scene=3, seed=7)] * 26, RATE)
    result = trace_by_levels(take_in(tmp_path / "still.mp4"), archive)
    assert result.decision == AMBIGUOUS
    assert "too little moves" in result.reason
    assert result.candidates[0].motion is None


@pytest.mark.usefixtures("_no_network")
def test_one_frame_alone_ends_without_error(archive: Path, tmp_path: Path) -> None:
    write_video(tmp_path / "short.mp4", [room(40)], RATE)
    assert trace_by_levels(take_in(tmp_path / "short.mp4"), archive).decision in (NO_SOURCE, AMBIGUOUS)


@pytest.mark.usefixtures("_no_network")
def test_a_larger_database_is_shortened_by_whole_codes(
    archive: Path, suspect: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_ALL", 1)
    result = trace_by_levels(take_in(suspect), archive)
    assert result.candidates[0].source.name == "one.mp4"


def test_the_motion_level_mends_a_wrong_scene(archive: Path, suspect: Path) -> None:
    with HashCenterDatabase.open(archive) as opened:
        levels = Levels(opened, Thumbnails())
        samples = sample_clips(suspect, size=64, watch=SignatureMaker)
        alike = [LevelCandidate(source, 1, 20.0, False) for source in opened.sources()]
        found = ordered(levels.by_motion(samples.signature, alike), 512)
    assert found[0].source.name == "one.mp4"


@pytest.mark.usefixtures("_no_network")
def test_the_command_answers_in_json(archive: Path, suspect: Path) -> None:
    done = CliRunner().invoke(app, ["levels", str(suspect), "--database", str(archive), "--json", "--first", "2"])
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["decision"] == "traced"
    assert len(told["candidates"]) == 2
    first = told["candidates"][0]
    assert (first["rank"], first["source"], first["start_frame"], first["exact"]) == (1, "one.mp4", START, True)
    assert first["motion"]["start"] == pytest.approx(START / RATE, abs=0.03)
    assert set(first["motion"]) == {"start", "end", "rate", "peak", "runner_up", "confidence"}
    assert first["scene_distance"] < 256


@pytest.mark.usefixtures("_no_network")
def test_the_command_answers_in_words(archive: Path, suspect: Path) -> None:
    done = CliRunner().invoke(app, ["levels", str(suspect), "--database", str(archive)])
    assert done.exit_code == 0, done.stderr
    assert "suspect.mp4: Scene and motion agree with one.mp4" in done.stdout
    assert f"(frame {START})" in done.stdout


def test_a_suspect_that_is_not_there_is_status_3(archive: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["levels", str(tmp_path / "none.mp4"), "--database", str(archive)])
    assert done.exit_code == 3


def source(number: int) -> Source:
    return Source(number, f"/a/{number}.mp4", "0" * 64, 1, 3.0, 25.0, 320, 180, "h264", "2026-01-01T00:00:00+00:00")


def judged(number: int, distance: float, peak: float | None, runner_up: float = 0.2) -> LevelCandidate:
    motion = None if peak is None else MotionMatch(1.0, 2.0, 1.0, peak, runner_up)
    return LevelCandidate(source(number), number, distance, False, motion, None if motion is None else 25)


@pytest.mark.parametrize(
    ("candidates", "decision"),
    [
        ([], NO_SOURCE),
        ([judged(1, 40, 0.9), judged(2, 50, 0.4)], TRACED),
        ([judged(1, 40, 0.9, runner_up=0.85)], AMBIGUOUS),
        ([judged(1, 40, 0.9), judged(2, 40, 0.88)], AMBIGUOUS),
        ([judged(1, 40, 0.4)], AMBIGUOUS),
        ([judged(1, 220, 0.4)], NO_SOURCE),
        ([judged(1, 40, None)], AMBIGUOUS),
        ([judged(1, 220, None)], NO_SOURCE),
    ],
)
def test_decisions(candidates: list[LevelCandidate], decision: str) -> None:
    assert decided(ordered(candidates, 512), 512)[0] == decision


def test_pictures_are_taken_evenly_and_damaged_thumbnails_left_out() -> None:
    assert some_of(100, 4).tolist() == [12, 37, 62, 87]
    assert some_of(2, 4).tolist() == [0, 1]
    assert some_of(0, 4).tolist() == []
    squares, times = thumbnail_squares([(1.0, b"no picture")], 64)
    assert squares.shape == (0, 64, 64, 3)
    assert times.shape == (0,)
