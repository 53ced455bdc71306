from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.helpers import sample_case
from vtl_desktop.core.tracing import TraceResult
from vtl_desktop.report.content import build_content
from vtl_desktop.report.json_report import FORMAT, render_json
from vtl_desktop.report.values import Circumstances
from vtl_desktop.report.wording import pixel_digest
from vtl_desktop.storage.json_values import from_json

CIRCUMSTANCES = Circumstances("VTL-1", "2026-11-20T11:00:00+00:00")


def _document(case) -> dict:
    return json.loads(render_json(build_content(case, CIRCUMSTANCES), case, CIRCUMSTANCES))


def test_it_holds_what_is_printed_and_the_values_behind_it():
    case = sample_case.case(pairs=(sample_case.pair(0, width=64, height=36),))
    document = _document(case)
    assert document["format"] == FORMAT
    assert [s["title"] for s in document["content"]["sections"]][:2] == ["1  Summary", "2  Exhibit"]
    assert document["content"]["sections"][0]["blocks"][0]["block"] == "Text"
    assert from_json(TraceResult, document["case"]["trace"]) == case.trace
    assert document["case"]["log"][-1]["digest"] == case.log[-1].digest
    assert document["circumstances"]["report_id"] == "VTL-1"


def test_pictures_are_named_by_their_digest():
    pair = sample_case.pair(0, width=64, height=36)
    stored = _document(sample_case.case(pairs=(pair,)))["case"]["pairs"][0]
    assert stored["mask"] == {"width": 64, "height": 36, "samples_sha256": pixel_digest(pair.mask)}


def test_exact_names_stay_exact():
    name = "evil\u202egpj.mp4"
    case = sample_case.case(exhibit=sample_case.exhibit(name), pairs=())
    assert _document(case)["case"]["exhibit"]["path"].endswith(name)


def test_numbers_must_be_finite():
    case = sample_case.case(trace=replace(sample_case.trace(), seconds=float("nan")), pairs=())
    with pytest.raises(ValueError, match="finite"):
        _document(case)
