from __future__ import annotations

import json
from dataclasses import replace

from tests.helpers import sample_case
from vtl_desktop.cli.answers import answer_of
from vtl_desktop.cli.trace import _in_words
from vtl_desktop.core.sound import ELSEWHERE, SoundStretch, SoundWitness


def test_sound_is_in_the_answer_and_null_where_it_was_not_compared() -> None:
    traced = sample_case.trace(2)
    sound = SoundWitness(ELSEWHERE, -0.50004, 0.81239, (SoundStretch(0.4, 9.2, ELSEWHERE, -0.50004),))
    heard = replace(traced, candidates=(replace(traced.candidates[0], sound=sound), traced.candidates[1]))
    first, second = json.loads(json.dumps(answer_of(heard)))["candidates"]
    assert second["sound"] is None
    assert first["sound"] == {
        "outcome": "elsewhere",
        "sentence": "Sound comes from another place in the source (offset by -0.50 s against the picture).",
        "offset": -0.5,
        "confidence": 0.8124,
        "pitch_changed": False,
        "stretches": [{"start": 0.4, "end": 9.2, "state": "elsewhere", "offset": -0.5}],
    }
    assert "Sound comes from another place" in _in_words(heard)
    assert "Sound" not in _in_words(traced)
