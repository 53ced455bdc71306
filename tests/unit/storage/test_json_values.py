from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from tests.helpers import sample_case
from vtl_desktop.core.case import CaseDetails, Exhibit, Finding
from vtl_desktop.core.sound import PARTLY, SoundStretch, SoundWitness
from vtl_desktop.core.tracing import TraceResult
from vtl_desktop.storage.json_values import JsonMismatch, canonical, from_json, to_json


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (TraceResult, sample_case.trace()),
        (TraceResult, sample_case.trace(0, decision="no_source")),
        (Exhibit, sample_case.exhibit()),
        (Finding, sample_case.finding()),
        (CaseDetails, sample_case.details(notes="多行\nнесколько строк")),
    ],
)
def test_values_come_back_equal(kind, value):
    import json

    assert from_json(kind, json.loads(canonical(to_json(value)))) == value


def test_sound_comes_back_and_results_from_before_it_was_compared_still_open():
    import json

    trace = sample_case.trace(2)
    stretches = (SoundStretch(0.4, 3.0, "agrees", 0.002), SoundStretch(3.0, 9.2, "differs"))
    heard = replace(trace.candidates[0], sound=SoundWitness(PARTLY, 0.002, 0.75, stretches))
    trace = replace(trace, candidates=(heard, trace.candidates[1]))
    data = json.loads(canonical(to_json(trace)))
    assert from_json(TraceResult, data) == trace
    for candidate in data["candidates"]:
        del candidate["sound"]
    del data["parameters"]["sound"]
    old = from_json(TraceResult, data)
    assert [candidate.sound for candidate in old.candidates] == [None, None]
    assert old.candidates[1] == trace.candidates[1]


def test_numpy_scalars_become_plain_numbers():
    value = replace(sample_case.trace(1), seconds=np.float32(1.5), bits=np.int64(512))  # type: ignore[arg-type]
    data = to_json(value)
    assert type(data["seconds"]) is float
    assert type(data["bits"]) is int


def test_what_does_not_fit_names_its_place():
    data = to_json(sample_case.trace(2))
    data["candidates"][1]["source"]["surprise"] = 1
    with pytest.raises(JsonMismatch, match=r"candidates\[1\]\.source: unknown surprise"):
        from_json(TraceResult, data)
    data = to_json(sample_case.trace(2))
    del data["bits"]
    with pytest.raises(JsonMismatch, match="bits missing"):
        from_json(TraceResult, data)
    data = to_json(sample_case.trace(2))
    data["candidates"][0]["rank"] = "1"
    with pytest.raises(JsonMismatch, match="rank: expected int"):
        from_json(TraceResult, data)
    with pytest.raises(JsonMismatch, match="expected bool"):
        from_json(bool, 1)
    with pytest.raises(JsonMismatch, match="expected a list"):
        from_json(tuple[int, ...], {})


def test_fixed_tuples_and_none():
    assert from_json(tuple[int, str], [1, "a"]) == (1, "a")
    with pytest.raises(JsonMismatch, match="expected 2 items"):
        from_json(tuple[int, str], [1])
    assert from_json(int | None, None) is None  # type: ignore[arg-type]
    assert from_json(dict[str, float], {"a": 1}) == {"a": 1.0}


def test_what_has_no_place_in_json_is_refused():
    @dataclass(frozen=True)
    class Odd:
        value: object

    for value in (float("nan"), float("inf"), np.zeros(2), {1, 2}, b"bytes"):
        with pytest.raises(JsonMismatch):
            to_json(Odd(value))


def test_canonical_does_not_depend_on_the_order_of_names():
    assert canonical({"b": 1, "a": [1.5, None, True]}) == canonical({"a": [1.5, None, True], "b": 1})
