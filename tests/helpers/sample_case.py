"""Cases for tests: synthetic pictures, a made-up database, and everything else that a case can hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.case import Case, CaseDetails, Exhibit, Finding, FramePair
from vtl_desktop.core.localization import Registration
from vtl_desktop.core.media import MediaFacts
from vtl_desktop.core.regions import ADDED_GRAPHICS, ALTERED_CONTENT, CHANGED, BoxAt, ChangedRegion, PixelBox
from vtl_desktop.core.survey import AreaTrack, Survey
from vtl_desktop.core.tracing import (
    NO_SOURCE,
    TRACED,
    UNCERTAIN,
    Candidate,
    ClipDistance,
    Source,
    TraceParameters,
    TraceResult,
)
from vtl_desktop.storage.case_log import next_entry

SHA = "3fa4c1d2" * 8
WEIGHTS = "77aa00ee" * 8
DATABASE = "0badcafe" * 8
CJK_NAME = "证据视频_テスト.mp4"
LONG_NAME = "surveillance_export_camera-07_north-entrance_2026-11-18T23-59-59_reencoded_by_messenger_" * 2 + ".mp4"


def steps():
    """A clock that moves on by a second at every reading."""
    ticks = count()

    def now() -> str:
        second = next(ticks)
        return f"2026-11-20T10:{second // 60 % 60:02}:{second % 60:02}.000+00:00"

    return now


def scene(width: int = 640, height: int = 360, shift: int = 0) -> NDArray[np.uint8]:
    """A picture with a sky, hills, a house and some grain."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    picture = np.stack([120 + 90 * y / height, 150 + 60 * y / height, 210 - 30 * y / height], axis=2)
    hills = y > height * (0.62 + 0.08 * np.sin((x + shift) / width * 9) + 0.04 * np.sin((x + shift) / width * 23))
    picture[hills] = (70, 105, 62)
    left, top = int(width * 0.55) - shift % 40, int(height * 0.42)
    picture[top : top + height // 3, left : left + width // 5] = (188, 170, 150)
    for column in range(3):
        at = left + width // 30 + column * width // 16
        picture[top + height // 12 : top + height // 6, at : at + width // 32] = (52, 60, 84)
    grain = np.random.default_rng(shift).normal(0, 5, (height, width, 1))
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def forged(source: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The picture with a dark disc put in, and the mask of the disc."""
    height, width = source.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    away = np.hypot(x - width * 0.28, y - height * 0.6)
    inside = away < height * 0.14
    picture = source.copy()
    picture[inside] = (96, 32, 30)
    mask = np.clip(255 - (away - height * 0.14) * 20, 0, 255).astype(np.uint8)
    return picture, mask


def pair(number: int, *, width: int = 640, height: int = 360, source_there: bool = True) -> FramePair:
    source = scene(width, height, number * 7)
    suspect, mask = forged(source)
    return FramePair(
        suspect_time=1.0 + 2 * number,
        source_time=42.48 + 2 * number,
        suspect_index=25 + 50 * number,
        source_index=1062 + 50 * number,
        suspect=suspect,
        source=source if source_there else None,
        mask=mask if source_there else None,
        mask_method="fitted difference" if source_there else "",
        changed_share=float((mask > 127).mean()) if source_there else 0.0,
        registration="its width spans 71 % of the source's width, turned 0.8 degrees" if source_there else "",
        caption=f"{CJK_NAME}, frame {25 + 50 * number}, beside evening_news.mp4, frame {1062 + 50 * number}",
    )


def facts(name: str = CJK_NAME, **changes: object) -> MediaFacts:
    plain = MediaFacts(
        path=f"/evidence/2026-114/{name}",
        size=4_811_223,
        kind="video",
        container="mov,mp4,m4a,3gp,3g2,mj2",
        codec="h264",
        width=640,
        height=360,
        duration=9.6,
        frame_rate=25.0,
        frame_count=240,
        pixel_format="yuv420p",
        colour="bt709 / bt709 / tv",
        audio="aac, 48000 Hz, 2 channels",
        bit_rate=4_009_352,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def exhibit(name: str = CJK_NAME, **changes: object) -> Exhibit:
    return Exhibit(f"/evidence/2026-114/{name}", SHA, "2026-11-20T10:00:00.000+00:00", facts(name, **changes))


def source(number: int, name: str = "") -> Source:
    name = name or ("evening_news.mp4" if number == 1 else f"archive_{number:04}.mp4")
    return Source(
        id=number,
        path=f"/archive/2025/{name}",
        sha256=f"{number:08x}" * 8,
        size=912_334_556,
        duration=1805.4,
        frame_rate=25.0,
        width=1920,
        height=1080,
        codec="h264",
        enrolled_at="2026-09-01T08:00:00+00:00",
    )


def candidate(rank: int, *, name: str = "") -> Candidate:
    segments = (Segment(0.4, 6.2, 41.88, 1.0), Segment(6.2, 9.2, 1205.2, 1.25)) if rank == 1 else ()
    start = 41.48 if rank == 1 else 300.0 * rank
    clips = tuple(
        ClipDistance(0.125 + i * 0.25, (38 if rank == 1 else 150 + 3 * rank) + (i * 7) % 13, start + i * 0.25)
        for i in range(38)
    )
    return Candidate(
        rank=rank,
        source=source(rank, name),
        distance=41.25 if rank == 1 else 150.0 + 4 * rank,
        margin=116.75 if rank == 1 else 4.0,
        mirrored=rank == 3,
        alignment=Alignment(segments),
        clips=clips,
        best_suspect_time=3.125,
        best_source_time=start + 3.1,
        registration=Registration((1.4, 0.0, 12.0, 0.0, 1.4, 8.0, 0.0, 0.0, 1.0), False, 188, "keypoints", 1.0)
        if rank == 1
        else None,
        matched_share=0.917 if rank == 1 else 0.0,
    )


def trace(count: int = 10, *, decision: str = TRACED, names: tuple[str, ...] = ()) -> TraceResult:
    found = tuple(candidate(rank, name=names[rank - 1] if rank <= len(names) else "") for rank in range(1, count + 1))
    reason = (
        "The leading candidate is aligned over most of the suspect and confirmed by registration."
        if decision == TRACED
        else "No candidate is nearer than unrelated video is by chance."
    )
    return TraceResult(
        suspect_path=f"/evidence/2026-114/{CJK_NAME}",
        suspect_sha256=SHA,
        decision=decision,
        reason=reason,
        candidates=found,
        bits=512,
        weights_sha256=WEIGHTS,
        database_path="/archive/databases/archive.h5",
        database_sources=1284,
        device="CPU",
        seconds=6.4,
        parameters=TraceParameters(),
        notes=("No CUDA device was found: the CPU was used.",),
    )


def finding(**changes: object) -> Finding:
    plain = Finding(
        candidate_rank=1,
        source_sha256=source(1).sha256,
        conclusion="partly derived from this source",
        observations="Same camera position, same cuts, same grain in the sky. "
        "A dark disc in the lower left is not in the source.",
        interpretation="The exhibit was made from the named broadcast; the disc was put in afterwards.",
        limits="Sound was not compared.",
        alternative="A second recording of the same broadcast with the disc in it was considered; none is known.",
        examiner="Dr. A. Müller",
        written_at="2026-11-20T10:30:00.000+00:00",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def details(**changes: object) -> CaseDetails:
    plain = CaseDetails(
        name="Harbour fire footage",
        number="2026-114",
        examiner="Dr. A. Müller",
        laboratory="Media Forensics Laboratory",
        requester="Editorial desk, Evening News",
        notes="Received on a sealed USB stick on 2026-11-19.",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def log(actions: tuple[str, ...] = ("case created", "exhibit taken in", "exhibit traced", "finding recorded")):
    entries, last, clock = [], None, steps()
    for action in actions:
        last = next_entry(last, clock(), action, {"user": "mueller"})
        entries.append(last)
    return tuple(entries)


def case(**changes: object) -> Case:
    """A full case: traced, three frame pairs, one finding, one survey."""
    full = Case(
        details=details(),
        created_at="2026-11-20T10:00:00.000+00:00",
        exhibit=exhibit(),
        trace=trace(),
        pairs=tuple(pair(n) for n in range(3)),
        findings=(finding(),),
        database_sha256=DATABASE,
        versions={
            "VTL Desktop": "0.1.0",
            "Python": "CPython 3.11.7",
            "PyAV": "18.1.0",
            "FFmpeg libavcodec": "62.28.100",
        },
        log=log(),
        surveys=(survey(),),
    )
    return replace(full, **changes)  # type: ignore[arg-type]


def region(number: int, kind: str = CHANGED, start: float = 1.0, end: float = 3.0, **changes: object) -> ChangedRegion:
    box = PixelBox(40 + 60 * number, 200, 90, 100)
    plain = ChangedRegion(
        number=number,
        kind=kind,
        start=start,
        end=end,
        peak_time=(start + end) / 2,
        box=box,
        boxes=(BoxAt(start, box), BoxAt(end, PixelBox(60 + 60 * number, 200, 90, 100))),
        frames=round((end - start) * 25) + 1,
        mean_share=0.031,
        most_share=0.042,
        strength=208.4,
        source_start=41.48 + start,
        source_end=41.48 + end,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def survey(*, two_kinds: bool = True, **changes: object) -> Survey:
    """All 240 frames of the exhibit: a figure put in from 1 to 3 s, a caption from 4 to 9 s; the ends are open."""
    times = tuple(round(index / 25, 6) for index in range(240))
    aligned = [0.4 <= time <= 9.2 for time in times]
    graphics = [0.05 if 4.0 <= time <= 9.0 else 0.0 for time in times]
    altered = [0.04 * np.sin((time - 1) / 2 * np.pi) if 1.0 <= time <= 3.0 else 0.0 for time in times]

    def column(values: list[float]) -> tuple[float | None, ...]:
        return tuple(round(float(v), 5) if there else None for v, there in zip(values, aligned, strict=True))

    kinds = (ALTERED_CONTENT, ADDED_GRAPHICS) if two_kinds else (CHANGED, CHANGED)
    plain = Survey(
        candidate_rank=1,
        source_sha256=source(1).sha256,
        method="Localizator" if two_kinds else "fitted difference",
        width=640,
        height=360,
        frames=240,
        examined=240,
        compared=sum(aligned),
        complete=True,
        examined_until=times[-1],
        mean_share=0.0318,
        most_share=0.05,
        most_time=4.0,
        area=AreaTrack(
            times,
            column([g + a for g, a in zip(graphics, altered, strict=True)]),
            column(graphics) if two_kinds else (),
            column(altered) if two_kinds else (),
        ),
        regions=(region(1, kinds[0], 1.0, 3.0), region(2, kinds[1], 4.0, 9.0, box=PixelBox(20, 310, 600, 40))),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def uncertain() -> TraceResult:
    return trace(10, decision=UNCERTAIN)


def no_source() -> TraceResult:
    return trace(10, decision=NO_SOURCE)
