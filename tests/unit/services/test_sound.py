from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.numbered_video import make_video
from tests.helpers.sounding_video import RATE, make_sounding, speech
from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.errors import Cancelled
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.sound import AGREES, DIFFERS, ELSEWHERE, NO_SOURCE_SOUND, NO_SUSPECT_SOUND, UNCLEAR, UNREADABLE
from vtl_desktop.core.tracing import Candidate, Source
from vtl_desktop.media.probe import probe
from vtl_desktop.services.sound import hear

SPEECH = speech(12.0, 3)
WHOLE = Segment(0.0, 8.0, 2.0)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sounding(tmp_path_factory.mktemp("archive") / "source.mp4", SPEECH)


def exhibit(path: Path) -> Exhibit:
    return Exhibit(str(path), "0" * 64, "", probe(path))


def candidate(source: Path, *segments: Segment, duration: float = 12.0) -> Candidate:
    entry = Source(1, str(source), "0" * 64, 1, duration, 25.0, 64, 48, "mpeg4", "")
    return Candidate(1, entry, 9.0, 0.0, False, Alignment(segments), (), 0.0, 0.0)


def cut(start: float, end: float) -> np.ndarray:
    return SPEECH[round(start * RATE) : round(end * RATE)]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("aac.mp4", {"bit_rate": 32000}),
        ("mp3.mkv", {"codec": "libmp3lame", "bit_rate": 24000}),
        ("opus.mkv", {"codec": "libopus", "bit_rate": 12000}),
        ("late.ts", {"picture_start": 3.0, "sound_start": 3.0}),
        ("late.mkv", {"codec": "pcm_s16le", "picture_start": 0.4, "sound_start": 0.4}),
    ],
)
def test_a_copy_agrees_whatever_codec_and_clock(tmp_path: Path, source: Path, name: str, how: dict) -> None:
    told = hear(exhibit(make_sounding(tmp_path / name, cut(2.0, 10.0), **how)), candidate(source, WHOLE))
    assert told is not None
    assert told.outcome == AGREES
    assert told.offset == pytest.approx(0.0, abs=0.012)


def test_sound_that_begins_later_than_its_picture_is_told(tmp_path: Path, source: Path) -> None:
    suspect = make_sounding(tmp_path / "a.mkv", cut(2.0, 10.0), codec="pcm_s16le", sound_start=0.4, seconds=8.4)
    told = hear(exhibit(suspect), candidate(source, Segment(0.0, 8.4, 2.0)))
    assert told is not None
    assert told.outcome == ELSEWHERE
    assert told.offset == pytest.approx(-0.4, abs=0.005)


def test_another_sound(tmp_path: Path, source: Path) -> None:
    told = hear(exhibit(make_sounding(tmp_path / "a.mp4", speech(8.0, 77))), candidate(source, WHOLE))
    assert told is not None
    assert told.outcome == DIFFERS


def test_no_sound_on_either_side(tmp_path: Path, source: Path) -> None:
    silent = make_video(tmp_path / "silent.mp4", count=30).path
    told = hear(exhibit(silent), candidate(source, WHOLE))
    assert told is not None
    assert told.outcome == NO_SUSPECT_SOUND
    told = hear(exhibit(make_sounding(tmp_path / "a.mp4", cut(0.0, 2.0))), candidate(silent, Segment(0.0, 1.0, 0.0)))
    assert told is not None
    assert told.outcome == NO_SOURCE_SOUND


def test_nothing_is_asked_of_pictures_and_of_sources_that_are_away(tmp_path: Path, source: Path) -> None:
    suspect = exhibit(make_sounding(tmp_path / "a.mp4", cut(0.0, 2.0)))
    assert hear(suspect, candidate(tmp_path / "away.mp4", WHOLE)) is None
    assert hear(replace(suspect, facts=replace(suspect.facts, kind="image")), candidate(source, WHOLE)) is None


def test_an_unreadable_sound_track_is_told_and_is_no_error(tmp_path: Path, source: Path) -> None:
    from tests.unit.media.test_sound import spoil

    whole = make_sounding(tmp_path / "a.mkv", cut(2.0, 10.0))
    broken = spoil(whole, tmp_path / "broken.mkv", share=1.0)
    told = hear(exhibit(broken), candidate(source, WHOLE))
    assert told is not None
    assert told.outcome == UNREADABLE
    assert "broken.mkv" in told.in_words
    told = hear(exhibit(whole), candidate(broken, WHOLE))
    assert told is not None
    assert told.outcome == UNREADABLE


def test_a_few_damaged_packets_do_not_matter(tmp_path: Path, source: Path) -> None:
    from tests.unit.media.test_sound import spoil

    whole = make_sounding(tmp_path / "a.mkv", cut(2.0, 10.0))
    told = hear(exhibit(spoil(whole, tmp_path / "b.mkv", share=0.05)), candidate(source, WHOLE))
    assert told is not None
    assert told.outcome == AGREES


def test_of_a_long_source_only_what_lies_around_the_alignment_is_read(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vtl_desktop.services.sound._WHOLE", 5.0)
    monkeypatch.setattr("vtl_desktop.services.sound._AROUND", 1.0)
    suspect = exhibit(make_sounding(tmp_path / "a.mp4", cut(5.0, 8.0)))
    told = hear(suspect, candidate(source, Segment(0.0, 3.0, 5.0)))
    assert told is not None
    assert told.outcome == AGREES
    assert told.offset == pytest.approx(0.0, abs=0.005)
    monkeypatch.setattr("vtl_desktop.services.sound._LONGEST", 4.0)
    told = hear(suspect, candidate(source, Segment(0.0, 3.0, 5.0)))
    assert told is not None
    assert told.outcome == UNCLEAR
    assert "too long" in told.in_words


def test_cancelling_passes_through(tmp_path: Path, source: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        hear(exhibit(make_sounding(tmp_path / "a.mp4", cut(0.0, 2.0))), candidate(source, WHOLE), cancel=cancel)
