from __future__ import annotations

from dataclasses import replace

import pytest

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.decision import BALANCED, CAREFUL, EVERY_LEAD, point_named
from vtl_desktop.core.errors import UsageError
from vtl_desktop.core.localization import Registration
from vtl_desktop.core.tracing import NO_SOURCE, TRACED, UNCERTAIN, Candidate, ClipDistance, Source
from vtl_desktop.services.decide import decide

SOURCE = Source(1, "/archive/a.mp4", "0" * 64, 1, 10.0, 25.0, 640, 360, "h264", "2026-01-01T00:00:00+00:00")
PLACE = (1.0, 0, 0, 0, 1, 0, 0, 0, 1)


def candidate(distance: float, inliers: int | None = None) -> Candidate:
    registration = None if inliers is None else Registration(PLACE, inliers=inliers)
    return Candidate(1, SOURCE, distance, 0, False, Alignment(), (), 0, 0, registration)


def test_near_codes_are_enough() -> None:
    decision, reason = decide([candidate(40)], bits=512, sources=3)
    assert decision == TRACED
    assert "40 of 512 bits from a.mp4" in reason


def test_farther_codes_need_keypoints() -> None:
    assert decide([candidate(130)], bits=512, sources=3)[0] == NO_SOURCE
    assert decide([candidate(130, inliers=12)], bits=512, sources=3)[0] == NO_SOURCE
    decision, reason = decide([candidate(130, inliers=90)], bits=512, sources=3)
    assert decision == TRACED
    assert "90 keypoints" in reason


def test_far_is_no_source_and_says_so() -> None:
    decision, reason = decide([candidate(230)], bits=512, sources=181)
    assert decision == NO_SOURCE
    assert "No source in this database of 181" in reason
    assert decide([], bits=512, sources=0)[0] == NO_SOURCE


def test_a_second_source_that_is_as_near_is_named() -> None:
    second = replace(candidate(52), source=replace(SOURCE, id=2, path="/archive/b.mp4"))
    assert decide([candidate(40), second], bits=512, sources=3)[1].endswith("b.mp4 is as near: compare both.")
    moves = replace(candidate(40), agreement=0.95)
    for told_apart in (replace(second, distance=61), replace(second, distance=190)):
        assert "compare both" not in decide([candidate(40), told_apart], bits=512, sources=3)[1]
    assert "compare both" not in decide([moves, second], bits=512, sources=3)[1]
    placed = [replace(candidate(130, inliers=90), source=one.source) for one in (candidate(1), second)]
    assert "b.mp4 is as near" in decide(placed, bits=512, sources=3)[1]


def test_a_leader_that_motion_does_not_confirm_is_to_be_compared() -> None:
    clips = tuple(ClipDistance(i / 4, 20, i / 4) for i in range(8))
    moving = Alignment((Segment(0.0, 2.0, 1.0),))
    for distance, agreement, told in ((40, 0.3, True), (40, 0.9, False), (5, 0.3, False)):
        one = replace(candidate(distance), clips=clips, alignment=moving, agreement=agreement, matched_share=1.0)
        decision, reason = decide([one], bits=512, sources=3)
        assert decision == (UNCERTAIN if told else TRACED)
        assert reason.startswith("Uncertain: " if told else "Traced: ")
        assert ("only light and change over time agree to 30%" in reason) == told
        assert ("another take" in reason) == told
    assert "another take" not in decide([candidate(40)], bits=512, sources=3)[1]
    unaligned = replace(candidate(40), clips=clips)
    assert "but no moments of the two could be aligned" in decide([unaligned], bits=512, sources=3)[1]


def test_what_moves_decides_where_it_is_known() -> None:
    clips = tuple(ClipDistance(i / 4, 20, i / 4) for i in range(8))
    whole = Alignment((Segment(0.0, 2.0, 1.0),))
    one = replace(candidate(40), clips=clips, alignment=whole, agreement=0.9, matched_share=1.0)
    decision, reason = decide([replace(one, movement=0.07)], bits=512, sources=3)
    assert decision == UNCERTAIN
    assert "only 7% of what moves in one moves alike in the other" in reason
    decision, reason = decide([replace(one, agreement=0.1, movement=0.6)], bits=512, sources=3)
    assert decision == TRACED
    assert "and 60% of what moves in one moves alike in the other." in reason
    # Where the alignment was free to choose, the same is not enough.
    faster = Alignment((Segment(0.0, 2.0, 1.0, 1.45),))
    for fitted in (replace(one, alignment=faster), replace(one, matched_share=0.3)):
        assert decide([replace(fitted, movement=0.6)], bits=512, sources=3)[0] == UNCERTAIN
        likely = replace(fitted, movement=0.95, likeness=0.95 * fitted.matched_share)
        assert decide([likely], bits=512, sources=3)[0] == TRACED
        assert decide([replace(likely, likeness=0.8 * fitted.matched_share)], bits=512, sources=3)[0] == UNCERTAIN


def test_a_place_that_was_looked_for_in_vain_speaks_against_a_leader() -> None:
    clips = tuple(ClipDistance(i / 4, 20, i / 4) for i in range(8))
    moving = Alignment((Segment(0.0, 2.0, 1.0),))
    nowhere = replace(candidate(40, inliers=0), clips=clips, alignment=moving, agreement=0.9, matched_share=1.0)
    decision, reason = decide([nowhere], bits=512, sources=3)
    assert decision == UNCERTAIN
    assert "no keypoints agree" in reason
    # Its file was not at hand: codes and motion are all there is.
    assert decide([replace(nowhere, registration=None)], bits=512, sources=3)[0] == TRACED
    assert decide([replace(nowhere, distance=5)], bits=512, sources=3)[0] == TRACED


def test_the_user_chooses_how_much_has_to_speak_for_a_source() -> None:
    clips = tuple(ClipDistance(i / 4, 20, i / 4) for i in range(8))
    copy = replace(
        candidate(40, inliers=90), clips=clips, alignment=Alignment((Segment(0.0, 2.0, 1.0),)), matched_share=1.0
    )
    found = {
        "all of it moves alike": (replace(copy, movement=0.97, likeness=0.98), (TRACED, TRACED, TRACED)),
        "half of what moves was forged": (replace(copy, movement=0.6, likeness=0.6), (UNCERTAIN, TRACED, TRACED)),
        "another take": (replace(copy, movement=0.1, likeness=0.3), (UNCERTAIN, UNCERTAIN, TRACED)),
        "nothing near": (replace(copy, distance=230, registration=None), (NO_SOURCE, NO_SOURCE, NO_SOURCE)),
    }
    for what, (one, wanted) in found.items():
        told = tuple(decide([one], bits=512, sources=3, point=point)[0] for point in (CAREFUL, BALANCED, EVERY_LEAD))
        assert told == wanted, what
    # However near the codes are: when careful, motion has to say so too.
    still = replace(copy, distance=3, agreement=0.2)
    assert decide([still], bits=512, sources=3)[0] == TRACED
    assert decide([still], bits=512, sources=3, point=CAREFUL)[0] == UNCERTAIN


def test_an_unknown_operating_point_is_told() -> None:
    assert point_named("every-lead") is EVERY_LEAD
    with pytest.raises(UsageError, match="no operating point 'brave'"):
        point_named("brave")


def test_frames_that_are_alike_and_distinct_confirm_what_moves_too_little() -> None:
    clips = tuple(ClipDistance(i / 4, 20, i / 4) for i in range(8))
    own_speed, slower = (Alignment((Segment(0.0, 2.0, 1.0, rate),)) for rate in (1.0, 0.5))
    told = replace(candidate(20, inliers=90), clips=clips, alignment=own_speed, matched_share=1.0, likeness=0.96)
    assert decide([told], bits=512, sources=3)[0] == TRACED
    for doubtful in (
        replace(told, likeness=0.9),
        replace(told, likeness=None),
        replace(told, alignment=slower),
        replace(told, ambiguous=((0.0, 1.4),)),
        replace(told, movement=0.2),
    ):
        assert decide([doubtful], bits=512, sources=3)[0] == UNCERTAIN
