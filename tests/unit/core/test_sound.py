from __future__ import annotations

import pytest

from vtl_desktop.core.sound import (
    AGREES,
    DIFFERS,
    ELSEWHERE,
    NO_SOURCE_SOUND,
    NO_SUSPECT_SOUND,
    PARTLY,
    SILENT,
    UNCLEAR,
    UNREADABLE,
    SoundStretch,
    SoundWitness,
)


@pytest.mark.parametrize(
    ("witness", "told"),
    [
        (SoundWitness(AGREES, 0.0121), "Sound agrees: same place in the source, to within 12 ms."),
        (
            SoundWitness(ELSEWHERE, -0.5),
            "Sound comes from another place in the source (offset by -0.50 s against the picture).",
        ),
        (SoundWitness(DIFFERS), "Sound is not the source's (re-dubbed, replaced or missing there)."),
        (SoundWitness(SILENT), "Silent, or too little sound to tell."),
        (SoundWitness(UNCLEAR), "Whether the sound is the source's cannot be told."),
        (
            SoundWitness(UNCLEAR, reason="it is even noise"),
            "Whether the sound is the source's cannot be told (it is even noise).",
        ),
        (SoundWitness(NO_SUSPECT_SOUND), "The suspect has no sound."),
        (SoundWitness(NO_SOURCE_SOUND), "The source has no sound."),
        (SoundWitness(UNREADABLE, reason="a.mp4 is empty."), "The sound could not be read. a.mp4 is empty."),
    ],
)
def test_every_outcome_has_its_sentence(witness: SoundWitness, told: str) -> None:
    assert witness.in_words == told
    assert not witness.compared


def test_what_partly_agrees_is_told_stretch_by_stretch() -> None:
    witness = SoundWitness(
        PARTLY,
        0.001,
        0.8,
        (
            SoundStretch(0.0, 3.5, AGREES, 0.001),
            SoundStretch(3.5, 6.0, DIFFERS),
            SoundStretch(6.0, 8.0, ELSEWHERE, 12.25),
            SoundStretch(8.0, 9.0, SILENT),
        ),
    )
    assert witness.in_words == (
        "Sound agrees for 3.5 of 9.0 s; 0:03.5 to 0:06.0: not the source's; 0:06.0 to 0:08.0: from another place in "
        "the source (offset by +12.25 s)."
    )
    assert witness.compared
    assert witness.seconds(DIFFERS) == 2.5


def test_where_nothing_is_known_is_told_beside_what_agrees() -> None:
    witness = SoundWitness(AGREES, 0.0, 0.5, (SoundStretch(0.0, 8.0, AGREES, 0.0), SoundStretch(8.0, 9.0, UNCLEAR)))
    assert witness.in_words.endswith("to within 1 ms (0:08.0 to 0:09.0: cannot tell).")


def test_many_stretches_are_counted_and_another_speed_is_told() -> None:
    stretches = tuple(SoundStretch(2.0 * n, 2.0 * n + 2, DIFFERS if n % 2 else AGREES) for n in range(14))
    told = SoundWitness(PARTLY, 0.0, 0.5, stretches, pitch_changed=True).in_words
    assert told.count("not the source's") == 4
    assert "and 3 more." in told
    assert told.endswith("with its pitch changed.")
