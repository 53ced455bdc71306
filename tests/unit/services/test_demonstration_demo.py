"""The demonstration's straight line, with fakes for enrolling and examining."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.errors import DatabaseTooOld, StorageFull, UsageError
from vtl_desktop.core.tracing import TRACED, Candidate, Source, TraceParameters, TraceResult
from vtl_desktop.media.writers import write_video
from vtl_desktop.services.demonstration import demo
from vtl_desktop.services.demonstration.scenes import FRAME_RATE
from vtl_desktop.services.demonstration.stage import HEIGHT, WIDTH
from vtl_desktop.services.enroll import EnrollResult


@dataclass
class Report:
    pdf: Path
    json: Path
    pdf_sha256: str = "0" * 64


@dataclass
class Examined:
    trace: TraceResult
    case_path: Path
    report: Report
    masks: Path | None


def traced(start, name="lobby_morning.mp4"):
    source = Source(1, f"/archive/{name}", "0" * 64, 1, 11.0, 25.0, WIDTH, HEIGHT, "h264", "")
    first = Candidate(1, source, 24.0, 30.0, True, Alignment((Segment(0.0, 5.0, start),)), (), 1.0, start + 1)
    return TraceResult(
        "", "", TRACED, "Traced.", (first,), 512, "", "archive.h5", 1, "CPU", 1.5, TraceParameters()
    )  # fmt: skip


@pytest.fixture
def line(monkeypatch):
    """Replaces rendering, enrolling and examining; what each was called with, and what tracing is to find."""
    seen = {"start": 3.32, "masks": True}

    def render_sources(folder, **_):
        folder.mkdir(exist_ok=True)
        (folder / "recipe.json").write_text("{}")
        picture = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
        frames = (np.roll(picture, number, axis=1) for number in range(24))
        path = write_video(folder / "lobby_morning.mp4", frames, FRAME_RATE, options={"preset": "ultrafast"})
        return (path,), 1

    def forge(source, suspect, **options):
        from vtl_desktop.services.demonstration.forge import Truth
        from vtl_desktop.services.demonstration.forge import forge as really

        really(source, suspect, start=3, count=6)
        return Truth(source.name, 3.32, 1.0, 5.0, True, "truth.mkv")

    def enroll(paths, database, **options):
        seen["enrolled"] = (paths, database, database.exists())
        return EnrollResult((), (), (("broken.mp4", "is empty"),), 0.1)

    def examine(suspect, database, out, **options):
        seen["examined"] = (suspect, database, out)
        masks = out / "truth.mkv" if seen["masks"] else None
        return Examined(traced(seen["start"]), out / "a.vtlcase", Report(out / "a.pdf", out / "a.json"), masks)

    for name, fake in (("render_sources", render_sources), ("forge", forge), ("enroll", enroll), ("examine", examine)):
        monkeypatch.setattr(demo, name, fake)
    return seen


def test_everything_right(line, tmp_path):
    shown, fractions = [], []
    result = demo.run_demo(tmp_path / "out", progress=lambda f, m: fractions.append(f), show=shown.append)
    assert result.passed
    assert [step.name for step in result.steps] == ["render", "forge", "enroll", "examine", "check"]
    assert line["enrolled"][:2] == ([tmp_path / "out" / "sources"], tmp_path / "out" / "archive.h5")
    assert line["examined"] == (tmp_path / "out" / "suspect.mp4", tmp_path / "out" / "archive.h5", tmp_path / "out")
    assert shown == [result]
    assert fractions[-1] == 1.0
    assert fractions == sorted(fractions)
    text = "\n".join(result.lines)
    for words in (
        "overlap of mask and truth (IoU): 1.00",
        "off by 0.00 frames",
        "broken.mp4",
        "a.pdf",
        "lobby_morning",
    ):
        assert words in text


@pytest.mark.parametrize(("name", "value"), [("start", 3.5), ("masks", False)])
def test_something_wrong_fails_the_demo(line, tmp_path, name, value):
    line[name] = value
    result = demo.run_demo(tmp_path)
    assert not result.passed
    assert any(text.startswith("WRONG") for text in result.lines)


@dataclass
class Named:
    path: str


def test_a_database_of_an_earlier_version_is_made_anew_beside_the_demos_own_sources_only(tmp_path, monkeypatch):
    def too_old(_):
        raise DatabaseTooOld("layout 2", "Enroll again.")

    monkeypatch.setattr(demo, "list_sources", too_old)
    archive, folder = tmp_path / "archive.h5", tmp_path / "sources"
    archive.write_bytes(b"old")
    with pytest.raises(UsageError, match="is left alone"):
        demo._remove_stale(archive, folder)
    assert archive.exists()
    folder.mkdir()
    (folder / demo.RECIPE_FILE).write_text("{}")
    demo._remove_stale(archive, folder)
    assert not archive.exists()


def test_the_demos_own_stale_database_is_made_anew_and_a_named_one_is_kept(line, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "list_sources", lambda archive: (Named(str(tmp_path / "sources" / "hills.mp4")),))
    (tmp_path / "archive.h5").write_bytes(b"stale")
    demo.run_demo(tmp_path)
    assert not line["enrolled"][2]
    mine = tmp_path / "mine.h5"
    mine.write_bytes(b"kept")
    demo.run_demo(tmp_path, database=mine)
    assert line["enrolled"][1:] == (mine, True)
    assert mine.read_bytes() == b"kept"


def test_real_files_run_the_same_line_without_the_truth(line, tmp_path):
    archive, suspect = tmp_path / "real", tmp_path / "clip.mov"
    (tmp_path / "archive.h5").write_bytes(b"the demonstration's")
    (tmp_path / "real.h5").write_bytes(b"of an earlier run")
    result = demo.run_demo(tmp_path, sources=archive, suspect=suspect)
    assert [step.name for step in result.steps] == ["enroll", "examine"]
    assert line["enrolled"] == ([archive], tmp_path / "real.h5", True)
    assert result.passed
    assert not result.checks
    assert result.suspect == suspect
    assert "nothing was checked" in "\n".join(result.lines)


def test_files_of_the_users_are_left_alone(line, tmp_path, monkeypatch):
    mine = tmp_path / "evidence"
    mine.mkdir()
    (mine / "suspect.mp4").write_bytes(b"evidence")
    with pytest.raises(UsageError, match=r"suspect\.mp4"):
        demo.run_demo(mine)
    assert (mine / "suspect.mp4").read_bytes() == b"evidence"
    archive = tmp_path / "archive.h5"
    archive.write_bytes(b"mine")
    monkeypatch.setattr(demo, "list_sources", lambda archive: (Named("/films/a.mp4"),))
    with pytest.raises(UsageError, match=r"archive\.h5"):
        demo.run_demo(tmp_path)
    assert archive.read_bytes() == b"mine"
    films = tmp_path / "films"
    (films / "sources").mkdir(parents=True)
    (films / "sources" / "a.mp4").write_bytes(b"film")
    with pytest.raises(UsageError, match="sources"):
        demo.run_demo(films)


def test_real_sources_without_a_suspect_are_refused(tmp_path):
    with pytest.raises(UsageError, match="suspect"):
        demo.run_demo(tmp_path, sources=tmp_path)


def test_a_folder_that_cannot_be_made_is_named(line, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFull, match="file"):
        demo.run_demo(tmp_path / "file" / "out")
