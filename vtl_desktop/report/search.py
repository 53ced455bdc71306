"""The sections on the automated part: method, database, ranking, alignment."""

from __future__ import annotations

from vtl_desktop.core.case import Case
from vtl_desktop.core.decision import POINTS
from vtl_desktop.core.media import MediaFacts
from vtl_desktop.core.tracing import CLIP_RATE, Candidate, TraceResult
from vtl_desktop.report.sound import sound_line, sound_method, sound_stretches
from vtl_desktop.report.values import AlignmentPlot, Block, Bullets, Column, Fact, Facts, Section, Style, Table, Text
from vtl_desktop.report.wording import bits, clock, holding_findings, instant, plural, sentence, share, short_digest

AUTOMATED = "The ranking was produced by an automated method; the conclusion is the examiner's."

_PROPOSITIONS = (
    "Proposition 1: the exhibit, or a part of it, was made from the named source.",
    (
        "Proposition 2: it was not; what agrees has another reason, for instance a recording of the same scene by "
        "another camera, or a third video from which both were made."
    ),
)

_RANKING = (
    Column("Rank", 0.66, right=True),
    Column("Source", 2.8),
    Column("Distance (bits)", 1.02, right=True),
    Column("Margin (bits)", 0.9, right=True),
    Column("Mirrored", 1.12),
    Column("Picture", 0.95),
    Column("Share aligned", 0.95, right=True),
    Column("Best moment of the exhibit", 1.5),
    Column("Best moment of the source", 1.5),
)

_SEGMENTS = (
    Column("No.", 0.4, right=True),
    Column("Exhibit from", 1.2),
    Column("Exhibit to", 1.2),
    Column("Source from", 1.2),
    Column("Source to", 1.2),
    Column("Rate", 1.6),
)


def method_section(case: Case) -> Section:
    """What was asked, how the program works, what it was compared with."""
    blocks: list[Block] = [
        Text(
            "Question: is there, among the authentic videos enrolled in the database, one from which the exhibit "
            "was made; if so, which of its moments does the exhibit show, and what was changed in the picture?"
        )
    ]
    if case.trace is None:
        blocks.append(Text("The search itself has not been made.", Style.NOTE))
        return Section("Question and method", tuple(blocks))
    blocks += [Text(text) for text in _method(case.trace)]
    blocks += [
        Text("Two propositions are set against each other:"),
        Bullets(_PROPOSITIONS),
        Facts(_database(case, case.trace), "Where was searched"),
    ]
    return Section("Question and method", tuple(blocks))


def _method(trace: TraceResult) -> list[str]:
    more = ""
    if trace.parameters.mirror:
        more = " Unless the nearest source was nearly identical, each clip was also compared left-right reversed."
    if trace.parameters.parts:
        more += (
            " Where no source was near and ahead, parts of the exhibit's picture were compared as well (what bars "
            "leave free, rectangles with lasting edges, a fixed grid), and all of it with parts of the sources'."
        )
    verify = (
        "Some aligned frame pairs were laid over each other (registration) to confirm or demote candidates; where only "
        "parts of both pictures showed the same, these parts were aligned. The best few were laid over the exhibit "
        "frame by frame: the frames most alike in what moves gave the moments, and the share of what moves in one "
        "that moves alike in the other was taken: near 100 % in a copy, low in another take of the same scene, and "
        "low as well where what moves was itself altered. "
        if trace.parameters.verify
        else "Candidates were not verified by laying frames over each other (registration): this was switched off. "
    )
    return [
        (
            f"Search. The program cuts the exhibit into clips, {CLIP_RATE:g} a second. A neural network turns each "
            f"clip into a code of {trace.bits} bits, made so that clips of the same footage get codes that differ "
            "in few bits even after re-encoding, cropping or partial alteration. Every enrolled source went "
            f"through the same network before.{more} The distance of a candidate is the number of bits in which "
            "the exhibit's clips differ from the source's nearest clips, as a mean over the better half of the "
            "clips. It is a measure of likeness. It is not a probability, and neither is the rank."
        ),
        (
            "Alignment. Which clips agree, and when, gives the segments in which a moment of the exhibit shows a "
            f"moment of the source, and at which speed. {verify}"
        ),
        (
            "Localization. For an aligned pair of frames, the source's frame is registered: shifted, scaled, "
            "turned or mirrored until it lies over the exhibit's frame. The mask then says for every pixel how "
            "surely it was changed, from 0 (unchanged, black) to 255 (surely changed, white)."
        ),
        *sound_method(trace),
    ]


def _database(case: Case, trace: TraceResult) -> tuple[Fact, ...]:
    digest = case.database_sha256
    return (
        Fact("Database", trace.database_path, Style.CODE),
        Fact("SHA-256 when searched", digest or "not recorded", Style.CODE if digest else Style.WARNING),
        Fact("Enrolled sources", f"{trace.database_sources:,}"),
        Fact("Length of the codes", f"{trace.bits} bits"),
        Fact("SHA-256 of the weights", trace.weights_sha256, Style.CODE),
        Fact("Computed on", f"{trace.device}, in {trace.seconds:.1f} s"),
    )


def ranking_section(case: Case) -> Section:
    """The decision of the search, and the candidates."""
    title = "Result of the automated search"
    trace = case.trace
    if trace is None:
        return Section(title, (Text("The exhibit was not searched for in a database.", Style.STATEMENT),))
    blocks: list[Block] = [Text(_decision(trace), Style.STATEMENT), Text(sentence(trace.reason))]
    if trace.parameters.point in POINTS:
        point = POINTS[trace.parameters.point]
        blocks.append(Text(f"A source is called found: {point.label.lower()}. {point.means} {trace.rates}".strip()))
    if trace.leader is None:
        blocks.append(
            Text(
                "This is a result like any other: none of the enrolled sources is near enough to the exhibit. It "
                "does not show that the exhibit is authentic, nor that it has no source: a source that is not "
                "enrolled cannot be found, and one that was altered beyond what the codes bear may be missed."
            )
        )
    if trace.candidates:
        blocks.append(_ranking(trace))
    else:
        blocks.append(Text("No candidates were listed."))
    if told := sound_line(trace):
        blocks.append(Text(told))
    blocks += [Text(sentence(note), Style.NOTE) for note in trace.notes]
    blocks.append(Text(AUTOMATED, Style.STATEMENT))
    return Section(title, tuple(blocks))


def _decision(trace: TraceResult) -> str:
    if trace.traced:
        return "A source was found."
    if trace.leader is not None:
        return "Uncertain: candidate 1 is the source, or another take of the same scene."
    return "No source was found in this database."


def _ranking(trace: TraceResult) -> Table:
    rows = tuple(
        (
            str(c.rank),
            c.source.name,
            bits(c.distance),
            bits(c.margin) if c.rank < len(trace.candidates) else "–",
            "yes" if c.mirrored else "no",
            "a part" if c.part else "all",
            share(c.matched_share),
            clock(c.best_suspect_time),
            clock(c.best_source_time),
        )
        for c in trace.candidates
    )
    listed = "The candidates are listed though none was near enough. " if trace.leader is None else ""
    return Table(
        f"The {plural(len(rows), 'best candidate')}",
        _RANKING,
        rows,
        f"{listed}Distance: bits of {trace.bits} that differ; fewer is more alike. Order: by "
        "distance, motion, and keypoints that agree on one place. Margin: bits to the next candidate, "
        "negative where motion and place outweigh the distance. Mirrored: nearer when reversed left-right. Picture: "
        "whether all of the exhibit's picture was compared or a part of it (what bars leave free, or an inset). "
        "Share aligned: of the exhibit's duration. Best moments: the pair of moments that agree best (h:m:s). Paths "
        "and digests of the sources: Appendix A.",
    )


def alignment_section(case: Case) -> Section | None:
    """The segments of the source found and of every candidate with a finding; None where there are none."""
    if case.trace is None or case.exhibit is None or not case.trace.candidates:
        return None
    judged = {finding.source_sha256 for finding in holding_findings(case.findings)}
    leader = case.trace.leader
    shown = [c for c in case.trace.candidates if c is leader or c.source.sha256 in judged]
    if not shown:
        return None
    blocks: list[Block] = []
    for candidate in shown:
        blocks += _alignment(candidate, case.trace.bits, case.exhibit.facts)
    return Section("Alignment in time", tuple(blocks))


def _place(candidate: Candidate, facts: MediaFacts) -> list[Block]:
    """What was done to the picture, where the source's was laid over it."""
    registration, source = candidate.registration, candidate.source
    if registration is None or not source.width * source.height:
        return []
    told = registration.describe((facts.width, facts.height), (source.width, source.height))
    pixels = " One standard error, in pixels of the exhibit." if "±" in told else ""
    return [Text(f"The picture, at the best pair of moments: {told}.{pixels}", Style.NOTE)]


def _speed(rate: float) -> str:
    if rate < 0:
        return " (exhibit played backwards)"
    if abs(rate - 1) < 0.0005:
        return ""
    return " (exhibit faster)" if rate > 1 else " (exhibit slower)"


def _alignment(candidate: Candidate, code_bits: int, facts: MediaFacts) -> list[Block]:
    name = f"candidate {candidate.rank}, {candidate.source.name}"
    segments = candidate.alignment.segments
    if not segments:
        return [Text(f"No stretch of the exhibit could be aligned with {name}.")]
    rows = tuple(
        (
            str(number),
            clock(s.suspect_start),
            clock(s.suspect_end),
            clock(s.source_start),
            clock(s.source_end),
            f"{s.rate:.3f}" + _speed(s.rate),
        )
        for number, s in enumerate(segments, start=1)
    )
    told = "; ".join(f"exhibit {r[1]} to {r[2]} shows source {r[3]} to {r[4]} at rate {r[5]}" for r in rows)
    table: list[Block] = [
        Table(
            f"Segments of {name}",
            _SEGMENTS,
            rows,
            "Times in h:m:s from the first frame of each file. Rate: seconds of the source a second of the exhibit. "
            f"Aligned: {share(candidate.matched_share)} of the exhibit's duration. Source: SHA-256 "
            f"{short_digest(candidate.source.sha256)}, enrolled {instant(candidate.source.enrolled_at)}.",
        )
    ]
    table += sound_stretches(candidate)
    if facts.duration <= 0:  # a picture has no time to plot
        return [*table, *_place(candidate, facts)]
    return [
        *table,
        AlignmentPlot(
            f"Alignment with {name}. Above: the moment of the source that each moment of the exhibit shows. Below: "
            "distance of each clip of the exhibit to the source's nearest clip.",
            f"Plot of the alignment with {name}: {told}.",
            facts.duration,
            segments,
            candidate.clips,
            code_bits,
        ),
        *_place(candidate, facts),
    ]
