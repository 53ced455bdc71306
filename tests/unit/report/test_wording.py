from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers import sample_case
from vtl_desktop.report import wording


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00:00.000"),
        (67.48, "00:01:07.480"),
        (59.9996, "00:01:00.000"),
        (3725.001, "01:02:05.001"),
        (-1.5, "-00:00:01.500"),
        (360_000, "100:00:00.000"),
    ],
)
def test_clock(seconds, text):
    assert wording.clock(seconds) == text


def test_numbers():
    assert wording.byte_count(12) == "12 bytes"
    assert wording.byte_count(4_811_223) == "4,811,223 bytes (4.8 MB)"
    assert wording.byte_count(3_000_000_000_000) == "3,000,000,000,000 bytes (3.0 TB)"
    assert wording.share(0.9166) == "91.7 %"
    assert wording.plural(1, "source") == "1 source"
    assert wording.plural(1284, "source") == "1,284 sources"
    assert wording.plural(2, "entry", "entries") == "2 entries"


def test_instants_keep_their_zone():
    assert wording.instant("2026-11-20T10:00:00.123+00:00") == "2026-11-20 10:00:00 UTC"
    assert wording.instant("2026-11-20T10:00:00+02:00") == "2026-11-20 10:00:00+02:00"
    assert wording.instant("2026-11-20T10:00:00.5+02:00") == "2026-11-20 10:00:00+02:00"
    assert wording.instant("") == ""


def test_sentences():
    assert wording.sentence("variable frame rate") == "Variable frame rate."
    assert wording.sentence("Really?") == "Really?"
    assert wording.sentence("  ") == ""


def test_pixel_digest_does_not_depend_on_memory_layout():
    picture = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
    turned = np.asfortranarray(picture)
    assert wording.pixel_digest(turned) == hashlib.sha256(picture.tobytes()).hexdigest()


def test_the_last_finding_on_each_subject_holds():
    first = sample_case.finding()
    later = sample_case.finding(conclusion="inconclusive", reason_for_change="More footage.")
    other = sample_case.finding(candidate_rank=2, source_sha256=sample_case.source(2).sha256)
    whole = sample_case.finding(candidate_rank=0, source_sha256="")
    assert wording.holding_findings((other, first, whole, later)) == (whole, later, other)


def test_subjects():
    case = sample_case.case()
    assert wording.subject(case, sample_case.finding()) == "candidate 1 (evening_news.mp4)"
    assert wording.subject(case, sample_case.finding(source_sha256="")) == "the exhibit as a whole"
    gone = sample_case.finding(source_sha256="ab" * 32)
    assert "not among the candidates" in wording.subject(case, gone)
    assert "not among the candidates" in wording.subject(replace(case, trace=None), sample_case.finding())
