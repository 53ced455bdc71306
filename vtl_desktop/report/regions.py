"""The section on changed regions: what going over all frames of a candidate gave."""

from __future__ import annotations

from vtl_desktop.core.case import Case
from vtl_desktop.core.localization import CHANGED_THRESHOLD
from vtl_desktop.core.regions import ADDED_GRAPHICS, ALTERED_CONTENT, CHANGED, ChangedRegion
from vtl_desktop.core.survey import Survey
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.report.values import AreaPlot, Block, Bullets, Column, Section, Style, Table, Text
from vtl_desktop.report.wording import clock, holding_findings, plural, share

MOST_ROWS = 40
"""Regions that are printed, those with the most changed; the attached JSON has all."""

NOT_MADE = (
    "The frames of the exhibit were not gone over for this report: what was changed is shown by the frame pairs alone."
)

_MEANINGS = (
    (
        "A mark says that the exhibit differs from this source at that place and time, beyond what place, colours, "
        "sharpness and compression explain. It does not say that the exhibit was forged, by whom, or why: a "
        "broadcaster's logo, a subtitle or a blurred face is marked like any other change."
    ),
    (
        "Area: the share of the exhibit's picture that is marked. In the table, where most of the region is seen, and "
        "in brackets the mean over its frames."
    ),
    (
        f"Strength: the mean grey of the marked pixels, from {CHANGED_THRESHOLD + 1} to 255. It says how clearly the "
        "method sees the difference; it is no probability."
    ),
    (
        "From, to: the first and the last frame in which the region was seen; it may be missing in up to half a second "
        "between them. Regions that are seen in one or two frames only, and are small, are left out."
    ),
)
_KIND_MEANINGS = (
    f"{ADDED_GRAPHICS.capitalize()}: laid over the picture, as captions, logos and insets are. "
    f"{ALTERED_CONTENT.capitalize()}: changed in the picture itself. The method can mistake one for the other."
)
_NO_KINDS = f'The method does not tell added graphics from altered content: every region is called "{CHANGED}".'


def regions_section(case: Case) -> Section | None:
    """The changed regions of the leading candidate and of every candidate with a finding; None before tracing."""
    trace = case.trace
    if trace is None or not trace.candidates:
        return None
    judged = {finding.source_sha256 for finding in holding_findings(case.findings)}
    surveyed = [
        (candidate, found)
        for candidate in trace.candidates
        if (found := case.survey_of(candidate.source.sha256)) is not None
        and (candidate is trace.leader or candidate.source.sha256 in judged)
    ]
    if not surveyed:
        return Section("Changed regions", (Text(NOT_MADE),)) if trace.leader is not None else None
    is_image = case.exhibit is not None and case.exhibit.facts.is_image
    duration = case.exhibit.facts.duration if case.exhibit is not None else 0.0
    blocks: list[Block] = []
    if trace.leader is None:
        blocks.append(
            Text(
                "No source was found. What follows sets the exhibit beside a candidate for comparison only; it does "
                "not show what was changed.",
                Style.WARNING,
            )
        )
    for candidate, found in surveyed:
        blocks += _of_candidate(candidate, found, duration, is_image)
    meanings = (*_MEANINGS, _KIND_MEANINGS if any(found.tells_kinds for _, found in surveyed) else _NO_KINDS)
    return Section("Changed regions", (*blocks, Text("What the numbers mean:"), Bullets(meanings)))


def _of_candidate(candidate: Candidate, found: Survey, duration: float, is_image: bool) -> list[Block]:
    name = f"candidate {candidate.rank}, {candidate.source.name}"
    blocks: list[Block] = [Text(_gone_over(name, found, is_image))]
    if not found.complete:
        blocks.append(
            Text(
                f"The examination was stopped before its end: {found.examined:,} of {found.frames:,} frames were "
                "looked at. Between them there may be changes that are not listed.",
                Style.WARNING,
            )
        )
    if not found.compared:
        return blocks
    if duration > 0:
        blocks.append(_plot(name, found, duration))
    if not found.regions:
        blocks.append(Text(f"No changed region was found against {name}."))
        return blocks
    blocks.append(_table(name, found, is_image))
    return blocks


def _gone_over(name: str, found: Survey, is_image: bool) -> str:
    what = "The picture" if is_image else f"{plural(found.examined, 'frame')} of the exhibit"
    if not found.compared:
        return f"{what} could not be laid over {name} anywhere, so that nothing can be said of changes."
    masks = f"the masks were made by: {found.method}"
    if is_image:
        return f"{what} was compared with {name}; {masks}. {share(found.mean_share)} of it is marked as changed."
    unknown = found.examined - found.compared
    rest = f" Of {plural(unknown, 'frame')} nothing can be said: not aligned, or not comparable." if unknown else ""
    return (
        f"{what} were examined against {name}; {masks}. On average {share(found.mean_share)} of the picture is marked "
        f"as changed, at most {share(found.most_share)}, at {clock(found.most_time)}.{rest}"
    )


def _plot(name: str, found: Survey, duration: float) -> AreaPlot:
    told = "; ".join(f"{r.kind} from {clock(r.start)} to {clock(r.end)}" for r in found.regions[:MOST_ROWS])
    kinds = (
        f" Above: {ALTERED_CONTENT} (filled) and {ADDED_GRAPHICS} (hatched), one upon the other."
        if found.tells_kinds
        else ""
    )
    return AreaPlot(
        f"Share of the exhibit's picture that is marked as changed against {name}.{kinds} Below: the changed regions, "
        "by their numbers. Grey: nothing can be said.",
        f"Plot of the changed area against {name}: {told or 'no changed region'}.",
        duration,
        found,
    )


def _table(name: str, found: Survey, is_image: bool) -> Table:
    ordered = sorted(found.regions, key=lambda r: -r.mean_share * r.strength * r.frames)[:MOST_ROWS]
    rows = tuple(_row(region, found, is_image) for region in sorted(ordered, key=lambda r: r.number))
    columns = (
        Column("No.", 0.45, right=True),
        Column("Kind", 1.5),
        *(() if is_image else (Column("Exhibit from", 1.35), Column("Exhibit to", 1.35))),
        Column("Place", 2.0),
        Column("Area", 1.5, right=True),
        Column("Strength", 0.85, right=True),
    )
    left_out = len(found.regions) - len(rows)
    notes = []
    if left_out:
        notes.append(f"{plural(left_out, 'lighter region')} not printed here; the attached JSON has them.")
    if found.regions_left_out:
        notes.append(f"{plural(found.regions_left_out, 'further small region')} not listed at all.")
    return Table(f"Changed regions against {name}", columns, rows, " ".join(notes))


def _row(region: ChangedRegion, found: Survey, is_image: bool) -> tuple[str, ...]:
    area = share(region.most_share) if is_image else f"{share(region.most_share)} ({share(region.mean_share)})"
    times = () if is_image else (clock(region.start), clock(region.end))
    place = region.box.place(found.width, found.height)
    return (str(region.number), region.kind, *times, place, area, f"{region.strength:.0f}")
