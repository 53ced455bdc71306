"""The section with pictures: exhibit, source and mask of some aligned moments."""

from __future__ import annotations

from vtl_desktop.core.case import Case, FramePair
from vtl_desktop.core.localization import CHANGED_THRESHOLD
from vtl_desktop.report.values import Block, Column, Fact, PairFigure, Section, Style, Table, Text
from vtl_desktop.report.wording import clock, pixel_digest, sentence, share

_ENOUGH = 3


def pairs_section(case: Case) -> Section | None:
    """The frame pairs; None where nothing was traced and nothing chosen."""
    if not case.pairs:
        if case.trace is None:
            return None
        return Section("Frame pairs", (Text("No frame pairs were chosen for this report."),))
    blocks: list[Block] = [
        Text(
            "Each figure shows a moment of the exhibit, the same moment of the source laid over it (registered), "
            "and the mask. Black in the mask is unchanged, white is surely changed; the changed share counts "
            f"pixels above {CHANGED_THRESHOLD} of 255. Pictures are reduced for print; the case file holds them in "
            "full, with the digests of Appendix B."
        )
    ]
    if case.trace is not None and case.trace.leader is None:
        blocks.append(
            Text(
                "No source was found. The pairs set the exhibit beside a candidate for comparison only; their "
                "masks do not show what was changed.",
                Style.WARNING,
            )
        )
    if len(case.pairs) < _ENOUGH:
        blocks.append(Text(f"Fewer than {_ENOUGH} frame pairs were at hand for this report.", Style.NOTE))
    blocks += [_figure(pair) for pair in case.pairs]
    return Section("Frame pairs", tuple(blocks))


def _figure(pair: FramePair) -> PairFigure:
    facts = [
        Fact("Exhibit", f"frame {pair.suspect_index:,} at {clock(pair.suspect_time)}"),
        Fact("Source", f"frame {pair.source_index:,} at {clock(pair.source_time)}"),
        Fact("Registration", sentence(pair.registration) if pair.registration else "not made"),
    ]
    if pair.mask is None:
        facts.append(Fact("Mask", "none was made"))
    else:
        facts += [
            Fact("Mask made by", pair.mask_method or "not recorded"),
            Fact("Changed share", f"{share(pair.changed_share)} of the picture"),
        ]
    if pair.source is None:
        facts.append(
            Fact("Missing", "The source's file was not at hand; only its database entry was used.", Style.WARNING)
        )
    alt = (
        f"Frame {pair.suspect_index} of the exhibit at {pair.suspect_time:.3f} s"
        + (f", frame {pair.source_index} of the source at {pair.source_time:.3f} s" if pair.source is not None else "")
        + (
            f", and a mask that marks {share(pair.changed_share)} of the picture as changed"
            if pair.mask is not None
            else ""
        )
    )
    return PairFigure(sentence(pair.caption), f"{alt}.", pair.suspect, pair.source, pair.mask, tuple(facts))


def pictures_appendix(case: Case) -> Section:
    """The digests of the pictures shown."""
    rows = []
    for number, pair in enumerate(case.pairs, start=1):
        for name, picture in (("exhibit", pair.suspect), ("source, registered", pair.source), ("mask", pair.mask)):
            if picture is not None:
                rows.append((f"{number}: {name}", f"{picture.shape[1]} × {picture.shape[0]}", pixel_digest(picture)))
    if not rows:
        return Section("Pictures shown", (Text("No pictures are shown."),), appendix=True)
    columns = (Column("Frame pair", 1.6), Column("Pixels", 1.0), Column("SHA-256 of the samples", 4.6, code=True))
    note = (
        "Taken of the decoded samples, 8 bits each, row by row: red, green, blue, or one grey value. Another "
        "decoder may give slightly other samples; the decoder used here is named in Appendix C."
    )
    return Section("Pictures shown", (Table("Pictures and their digests", columns, tuple(rows), note),), appendix=True)
