"""The section on the exhibit: what file it is, whether it is still the same, what the decoder says of it."""

from __future__ import annotations

from vtl_desktop.core.case import Case, Exhibit
from vtl_desktop.core.media import MediaFacts
from vtl_desktop.report.values import Block, Circumstances, Fact, Facts, Recheck, Section, Style, Text
from vtl_desktop.report.wording import byte_count, clock, instant, sentence


def exhibit_section(case: Case, circumstances: Circumstances) -> Section:
    """Facts, integrity, and what the decoder noted."""
    if case.exhibit is None:
        return Section("Exhibit", (Text("The case holds no exhibit.", Style.WARNING),))
    blocks: list[Block] = [
        Facts(_identity(case.exhibit), "The file, fixed before anything was decoded"),
        *_integrity(case.exhibit, circumstances.recheck),
        Facts(_decoded(case.exhibit.facts), "What the decoder says of it"),
    ]
    if case.exhibit.facts.notes:
        blocks.append(Text("The decoder also noted:", Style.NOTE))
        blocks.extend(Text(sentence(note), Style.WARNING) for note in case.exhibit.facts.notes)
    blocks.append(Text("The file was opened for reading only. Frame numbers count from 0, times from the first frame."))
    return Section("Exhibit", tuple(blocks))


def changed(exhibit: Exhibit | None, recheck: Recheck | None) -> bool:
    """The exhibit's file is no longer the one that was examined."""
    return bool(exhibit and recheck and recheck.sha256 and recheck.sha256 != exhibit.sha256)


def _identity(exhibit: Exhibit) -> tuple[Fact, ...]:
    return (
        Fact("File name", exhibit.name),
        Fact("Path", exhibit.path, Style.CODE),
        Fact("Size", byte_count(exhibit.facts.size)),
        Fact("SHA-256", exhibit.sha256, Style.CODE),
        Fact("SHA-256 taken", f"{instant(exhibit.hashed_at)}, before anything was decoded"),
    )


def _integrity(exhibit: Exhibit, recheck: Recheck | None) -> list[Block]:
    caption = "The same file when this report was made"
    if recheck is None:
        return [Text("The SHA-256 was not taken again when this report was made.", Style.WARNING)]
    if not recheck.sha256:
        return [
            Text(
                f"The SHA-256 could not be taken again when this report was made ({instant(recheck.at)}): "
                f"{recheck.problem} Whether the file is still the one that was examined is not known.",
                Style.WARNING,
            )
        ]
    rows = (
        Fact("SHA-256", recheck.sha256, Style.CODE),
        Fact("SHA-256 taken", instant(recheck.at)),
    )
    if not changed(exhibit, recheck):
        return [Facts((*rows, Fact("Comparison", "Identical: the file is unchanged.")), caption)]
    warning = Fact("Comparison", "NOT IDENTICAL: the file was changed after it was taken in.", Style.WARNING)
    return [
        Facts((*rows, warning), caption),
        Text(
            "The exhibit was changed after it was taken in. Everything in this report was found in the file with "
            "the first SHA-256; the file that now lies at this path is another one. The report was made "
            "nevertheless because the change was acknowledged.",
            Style.WARNING,
        ),
    ]


def _decoded(facts: MediaFacts) -> tuple[Fact, ...]:
    rows = [
        Fact("Kind", "video" if not facts.is_image else "picture"),
        Fact("Container, codec", f"{facts.container}; {facts.codec}"),
        Fact("Picture", f"{facts.width} × {facts.height} pixels, {facts.bit_depth} bits a sample{_layout(facts)}"),
    ]
    if facts.rotation:
        rows.append(Fact("Rotation", f"stored turned; shown upright here, turned {facts.rotation} degrees clockwise"))
    if not facts.is_image:
        rate = f"{facts.frame_rate:.3f} frames a second on average"
        rows += [
            Fact("Duration", f"{clock(facts.duration)} (h:m:s), {facts.frame_count:,} frames"),
            Fact("Frame rate", f"{rate}, {'variable' if facts.variable_frame_rate else 'constant'}"),
        ]
    if facts.start_time:
        rows.append(Fact("First time stamp", f"{facts.start_time:.3f} s in the file; 0 in this report"))
    if facts.bit_rate:
        rows.append(Fact("Bit rate", f"{facts.bit_rate / 1000:,.0f} kbit/s"))
    if facts.colour:
        rows.append(Fact("Colour", facts.colour))
    if not facts.is_image:
        rows.append(Fact("Sound", facts.audio or "none"))
    return tuple(rows)


def _layout(facts: MediaFacts) -> str:
    return f", {facts.pixel_format}" if facts.pixel_format else ""
