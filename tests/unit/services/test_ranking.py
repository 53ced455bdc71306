"""In which order candidates stand, and which of them are looked at closer."""

from __future__ import annotations

from dataclasses import replace

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.localization import Registration
from vtl_desktop.core.media import Box
from vtl_desktop.core.tracing import Candidate, ClipDistance, Source
from vtl_desktop.services import ranking

BITS = 512
PLACE = Registration((1.0, 0, 0, 0, 1, 0, 0, 0, 1), inliers=200)
CORNER = Box(0.62, 0.62, 1.0, 1.0)


def candidate(name: str, distance: float, *segments: Segment, clips: tuple[int, ...] = (20,) * 8) -> Candidate:
    source = Source(hash(name), f"/{name}.mp4", "0" * 64, 1, 10.0, 25.0, 640, 360, "h264", "")
    told = tuple(ClipDistance(number / 4, distance, number / 4) for number, distance in enumerate(clips))
    return Candidate(1, source, distance, 0, False, Alignment(segments), told, 1.0, 1.0, PLACE, matched_share=1.0)


def names(candidates: list[Candidate]) -> list[str]:
    return [one.source.name.removesuffix(".mp4") for one in candidates]


def test_the_picture_around_an_inset_comes_first_where_keypoints_confirm_it() -> None:
    inset = replace(candidate("inset", 8), part=CORNER, agreement=0.99)
    around = candidate("around", 110)
    assert names(ranking.ordered([inset, around], BITS)) == ["around", "inset"]
    elsewhere = replace(around, registration=Registration(PLACE.matrix, inliers=9))
    assert names(ranking.ordered([elsewhere, inset], BITS)) == ["inset", "around"]
    moves_otherwise = replace(around, movement=0.05, likeness=0.1)
    assert names(ranking.ordered([moves_otherwise, inset], BITS)) == ["inset", "around"]


def test_what_registered_pictures_say_outweighs_a_few_bits() -> None:
    copy = replace(candidate("copy", 29, Segment(0, 2, 1)), agreement=0.6, movement=0.88, likeness=0.9)
    take = replace(candidate("take", 22, Segment(0, 2, 1, 0.81)), agreement=0.95, movement=0.84, likeness=0.5)
    assert names(ranking.ordered([take, copy], BITS)) == ["copy", "take"]


def test_the_few_best_and_the_best_inset_are_looked_at() -> None:
    insets = [replace(candidate(f"inset{n}", 30 + n), part=CORNER) for n in range(2)]
    others = [candidate(f"near{n}", 40 + n) for n in range(7)] + [candidate("far", 190)]
    ordered = [*others[:3], *insets, *others[3:]]
    chosen = [ordered[number] for number in ranking.near(ordered, BITS)]
    assert names(chosen) == ["near0", "near1", "near2", "inset0", "near3", "near4"]
    assert ranking.near([], BITS) == []


def test_all_of_it_moving_alike_ends_the_look() -> None:
    sure = replace(candidate("sure", 40, Segment(0, 2, 1)), movement=0.97, likeness=0.98)
    assert ranking.beyond_doubt(sure)
    assert not ranking.beyond_doubt(replace(sure, likeness=0.8))
    assert not ranking.beyond_doubt(replace(sure, movement=None))
    assert not ranking.beyond_doubt(replace(sure, alignment=Alignment()))


def test_a_second_source_is_looked_for_where_the_first_explains_nothing() -> None:
    # Eight clips in two seconds; the leader explains the first.
    leader = candidate("leader", 10, Segment(0, 1, 3))
    second = candidate("second", 110, clips=(200, 200, 200, 200, 30, 30, 40, 210))
    stranger = candidate("stranger", 90, clips=(60, 60, 60, 60, 150, 150, 150, 150))
    assert ranking.for_the_rest(leader, [stranger, second], 2.0, BITS) == [second]
    whole = replace(leader, alignment=Alignment((Segment(0, 2, 3),)))
    assert ranking.for_the_rest(whole, [stranger, second], 2.0, BITS) == []
    assert ranking.for_the_rest(leader, [stranger], 2.0, BITS) == []


def test_what_could_not_lead_at_best_is_told_before_it_is_looked_at() -> None:
    seen = replace(candidate("seen", 15, Segment(0, 2, 1)), movement=0.85, likeness=0.85)
    assert ranking.at_best(candidate("near", 20), BITS) < ranking.score(seen, BITS)
    assert ranking.at_best(candidate("far", 120), BITS) > ranking.score(seen, BITS)
    # A closer look may bring one nearer than its codes are, and then nothing more can be said for it.
    best = replace(candidate("best", 60 - 25, Segment(0, 2, 1)), movement=1.0, likeness=1.0)
    assert ranking.at_best(candidate("best", 60), BITS) <= ranking.score(best, BITS)


def test_slower_keypoints_are_for_what_is_near_and_has_no_place() -> None:
    nowhere = Registration(PLACE.matrix, inliers=0)
    unplaced = replace(candidate("unplaced", 40), registration=nowhere)
    assert ranking.place_in_doubt(unplaced, BITS)
    assert not ranking.place_in_doubt(candidate("placed", 40), BITS)
    assert not ranking.place_in_doubt(replace(candidate("far", 170), registration=nowhere), BITS)
