"""Enroll, trace, localize, examine, report: the straight line on rendered scenes, by the services and the command."""

from __future__ import annotations

import json
import shutil

import av
import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from tests.e2e.conftest import NAMES, Archive, cut
from vtl_desktop.cli.main import app
from vtl_desktop.core.errors import DatabaseMismatch, MissingMedia
from vtl_desktop.core.regions import PixelBox
from vtl_desktop.core.survey import Survey
from vtl_desktop.core.tracing import NO_SOURCE, TRACED
from vtl_desktop.media.writers import write_video
from vtl_desktop.services.case import CaseFile
from vtl_desktop.services.database import list_sources, relocate, remove_sources
from vtl_desktop.services.enroll import enroll
from vtl_desktop.services.examine import masks_and_survey
from vtl_desktop.services.intake import take_in
from vtl_desktop.services.localize import Localizer
from vtl_desktop.services.trace import trace
from vtl_desktop.storage.json_values import from_json

runner = CliRunner()


def test_enrolling_names_the_bad_file_and_stops_for_nothing(archive: Archive) -> None:
    assert sorted(s.name for s in archive.enrolled.enrolled) == sorted(f"{n}.mp4" for n in NAMES)
    ((path, message),) = archive.enrolled.failed
    assert path.endswith("broken.mp4")
    assert "broken.mp4" in message


def test_enrolling_again_skips_what_is_there_also_under_another_name(archive: Archive, tmp_path) -> None:
    shutil.copy(archive.source("hills"), tmp_path / "renamed.mp4")
    again = enroll([archive.source("street"), tmp_path / "renamed.mp4"], archive.database)
    assert again.enrolled == ()
    assert len(again.known) == 2


def test_a_mirrored_cut_is_traced_to_the_frame(archive: Archive, tmp_path) -> None:
    suspect = tmp_path / "suspect.mp4"
    pictures = [np.ascontiguousarray(p[:, ::-1]) for p in cut(archive, "street", 32, 70)]
    write_video(suspect, pictures, 25.0, options={"crf": "28"})
    result = trace(take_in(suspect), archive.database)
    first = result.candidates[0]
    assert result.decision == TRACED
    assert first.source.name == "street.mp4"
    assert first.mirrored
    (segment,) = first.alignment.segments
    assert segment.rate == 1.0
    assert segment.source_time(1.0) == pytest.approx(32 / 25 + 1.0, abs=0.021)
    assert first.matched_share > 0.95
    assert [c.rank for c in result.candidates] == list(range(1, len(result.candidates) + 1))


def test_a_faster_cut_is_aligned_at_its_rate(archive: Archive, tmp_path) -> None:
    suspect = tmp_path / "fast.mp4"
    frames = cut(archive, "hills", 10, 110)
    write_video(suspect, [frames[min(round(i * 1.25), 109)] for i in range(88)], 25.0)
    first = trace(take_in(suspect), archive.database).candidates[0]
    assert first.source.name == "hills.mp4"
    errors = [abs((first.alignment.source_time(t) or 99) - (0.4 + 1.25 * t)) for t in (0.5, 1.7, 3.0)]
    assert max(errors) < 0.08


def test_a_spliced_thing_is_marked_and_the_rest_is_not(archive: Archive, tmp_path) -> None:
    pictures = cut(archive, "work_table", 20, 50)
    rng = np.random.default_rng(0)
    patch = cv2.resize(rng.integers(0, 255, (9, 12, 3), dtype=np.uint8), (120, 90))
    for picture in pictures:
        picture[150:240, 260:380] = patch
    suspect = tmp_path / "spliced.mp4"
    write_video(suspect, pictures, 25.0)
    exhibit = take_in(suspect)
    first = trace(exhibit, archive.database).candidates[0]
    with Localizer(exhibit.path, first.source.path, first) as localizer:
        mask = localizer.mask(1.0)
    assert mask is not None
    said = mask.picture > 127
    true = np.zeros_like(said)
    true[150:240, 260:380] = True
    assert (said & true).sum() / (said | true).sum() > 0.6
    out = tmp_path / "masks.mkv"
    regions = masks_and_survey(exhibit, first, out).regions
    # A hard-edged patch that stands still may be told to be graphics here and altered content there.
    assert 1 <= len(regions) <= 4
    patched = PixelBox(260, 150, 120, 90)
    largest = max(regions, key=lambda region: region.box.shared(patched))
    assert largest.box.shared(patched) > 0.7 * 120 * 90
    assert largest.box.place(640, 360) in ("centre", "lower centre")
    beside = [r for r in regions if not r.box.shared(PixelBox(240, 130, 160, 130))]
    assert sum(r.mean_share * r.frames for r in beside) < 0.05 * sum(r.mean_share * r.frames for r in regions)
    assert min(region.start for region in regions) == 0.0
    assert max(region.frames for region in regions) >= 45


def test_a_picture_is_traced(archive: Archive, tmp_path) -> None:
    still = tmp_path / "still.jpg"
    cv2.imwrite(str(still), cut(archive, "living_room", 60, 1)[0][:, :, ::-1])
    result = trace(take_in(still), archive.database)
    assert result.candidates[0].source.name == "living_room.mp4"
    assert result.candidates[0].best_source_time == pytest.approx(60 / 25, abs=0.5)


def test_what_is_not_enrolled_is_no_source(archive: Archive, tmp_path) -> None:
    rng = np.random.default_rng(1)
    noise = [cv2.resize(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8), (320, 240)) for _ in range(4)]
    suspect = tmp_path / "stranger.mp4"
    write_video(suspect, [noise[i // 15] for i in range(60)], 25.0)
    result = trace(take_in(suspect), archive.database)
    assert result.decision == NO_SOURCE
    assert "No source in this database" in result.reason


def test_a_database_of_other_weights_is_refused(archive: Archive, tmp_path) -> None:
    from vtl_desktop.storage.hash_center_database import HashCenterDatabase

    other = tmp_path / "other.h5"
    HashCenterDatabase.create(other, bits=512, weights_sha256="f" * 64).close()
    with pytest.raises(DatabaseMismatch) as refused:
        trace(take_in(archive.source("hills")), other)
    assert "ffffffff" in str(refused.value)


def test_a_moved_source_still_traces_and_can_be_located_again(archive: Archive, tmp_path) -> None:
    database, moved = tmp_path / "moved.h5", tmp_path / "gone.mp4"
    shutil.copy(archive.source("hills"), moved)
    enroll([moved], database)
    elsewhere = tmp_path / "new" / "hills.mp4"
    elsewhere.parent.mkdir()
    moved.rename(elsewhere)
    exhibit = take_in(elsewhere)
    first = trace(exhibit, database).candidates[0]
    assert first.distance < 5
    with pytest.raises(MissingMedia):
        Localizer(exhibit.path, first.source.path, first)
    assert relocate(database, first.source, elsewhere).path == str(elsewhere)
    assert list_sources(database)[0].path == str(elsewhere)


def test_a_removed_source_is_not_found_any_more(archive: Archive, tmp_path) -> None:
    database = tmp_path / "copy.h5"
    shutil.copy(archive.database, database)
    (removed,) = remove_sources(database, ["street.mp4"])
    result = trace(take_in(archive.source("street")), database)
    assert removed.name == "street.mp4"
    assert "street.mp4" not in [c.source.name for c in result.candidates]


def test_trace_command_answers_in_the_form_that_is_scored(archive: Archive, tmp_path) -> None:
    suspect = tmp_path / "suspect.mp4"
    write_video(suspect, cut(archive, "hills", 25, 50), 25.0)
    answers, masks = tmp_path / "answers.jsonl", tmp_path / "masks"
    arguments = ["trace", str(suspect), str(tmp_path / "missing.mp4"), "--database", str(archive.database)]
    done = runner.invoke(app, [*arguments, "--answers", str(answers), "--masks", str(masks)])
    assert done.exit_code == 3
    assert "missing.mp4" in done.stderr
    (line,) = answers.read_text().splitlines()
    told = json.loads(line)
    assert told["decision"] == "traced"
    assert told["candidates"][0]["source"] == "hills.mp4"
    assert told["candidates"][0]["segments"][0]["source_start"] == pytest.approx(1.0, abs=0.03)
    with av.open(str(masks / "suspect.mkv")) as container:
        shapes = [frame.to_ndarray(format="gray").shape for frame in container.decode(video=0)]
    assert shapes == [(360, 640)] * 50
    regions = json.loads((masks / "suspect.regions.json").read_text(encoding="utf-8"))
    assert regions["source"]["file"] == "hills.mp4"
    assert (regions["survey"]["frames"], regions["survey"]["examined"]) == (50, 50)
    assert len(regions["survey"]["area"]["times"]) == 50


def test_examine_command_leaves_case_masks_and_report(archive: Archive, tmp_path) -> None:
    suspect = tmp_path / "证据 video.mp4"
    write_video(suspect, cut(archive, "living_room", 25, 40), 25.0)
    out = tmp_path / "case"
    done = runner.invoke(
        app, ["examine", str(suspect), "--database", str(archive.database), "--out", str(out), "--json"]
    )
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    pdf = out / "证据 video.pdf"
    assert pdf.read_bytes().startswith(b"%PDF")
    assert told["report"] == str(pdf)
    assert (out / "证据 video.mkv").stat().st_size > 0
    with CaseFile.open(told["case"], read_only=True) as case:
        (found,) = case.case().surveys
    assert (found.complete, found.frames, found.candidate_rank) == (True, 40, 1)
    assert told["changed_regions"] == len(found.regions)
    reported = json.loads((out / "证据 video.json").read_text(encoding="utf-8"))
    assert from_json(Survey, reported["case"]["surveys"][0]) == found
    again = runner.invoke(app, ["report", told["case"], "--out", str(tmp_path / "again.pdf")])
    assert again.exit_code == 0, again.stderr
    assert (tmp_path / "again.pdf").read_bytes().startswith(b"%PDF")
