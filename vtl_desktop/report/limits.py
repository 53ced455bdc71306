"""What the examination cannot say, and how often the method errs."""

from __future__ import annotations

from vtl_desktop.core.alignment import uncovered
from vtl_desktop.core.case import Case, FramePair
from vtl_desktop.core.localization import LOCALIZATOR
from vtl_desktop.core.media import MediaFacts
from vtl_desktop.core.tracing import Candidate, TraceResult
from vtl_desktop.report.exhibit import changed
from vtl_desktop.report.sound import of_the_sound
from vtl_desktop.report.values import Block, Bullets, Circumstances, Fact, Facts, Section, Style, Text
from vtl_desktop.report.wording import clock, holding_findings, plural, sentence, share, subject

COMPRESSION = (
    "A mask shows disagreement after registration. Compression, noise, scaling and small errors of registration "
    "alone can produce difference: a marked area is a place to look at, not proof of tampering, and an unmarked "
    "one is no proof of the contrary."
)
NOT_ENROLLED = "A source that is not in the database cannot be found."
NONE_MEASURED = "No error rates were measured for the weights used here. The result must be read without them."


def limits_section(case: Case, circumstances: Circumstances) -> Section:
    """Limits that follow from the data, then the examiner's."""
    blocks: list[Block] = [Bullets(automatic_limits(case, circumstances))]
    own = tuple(
        f"On {subject(case, finding)}: {sentence(finding.limits)}"
        for finding in holding_findings(case.findings)
        if finding.limits.strip()
    )
    if own:
        blocks += [Text("The examiner adds:"), Bullets(own)]
    return Section("Limits", tuple(blocks))


def automatic_limits(case: Case, circumstances: Circumstances) -> tuple[str, ...]:
    """What the values of the case themselves say about how far they reach."""
    limits: list[str] = []
    if changed(case.exhibit, circumstances.recheck):
        limits.append("The exhibit's file was changed after it was taken in (section 2).")
    if case.exhibit is not None:
        limits += _of_the_exhibit(case.exhibit.facts)
        limits += of_the_sound(case.exhibit.facts, case.trace.leader if case.trace else None)
    if case.trace is None:
        return (*limits, "The exhibit was not searched for in a database.")
    limits += _of_the_search(case, case.trace)
    if case.pairs:
        limits += _of_the_pairs(case.pairs, surveyed=any(found.complete for found in case.surveys))
    elif case.surveys:
        limits.append(f"What was changed in the picture is told by masks alone. {COMPRESSION}")
    elif case.trace.leader is not None:
        limits.append("What was changed in the picture was not examined: no frame pairs were chosen.")
    return tuple(limits)


def _of_the_exhibit(facts: MediaFacts) -> list[str]:
    limits = [f"The exhibit's picture has {facts.width} × {facts.height} pixels; finer detail cannot be compared."]
    if facts.variable_frame_rate:
        limits.append("The exhibit has a variable frame rate: times are exact, frame numbers do not follow from them.")
    limits += [sentence(note) for note in facts.notes if note.strip().rstrip(".").lower() != "variable frame rate"]
    return limits


def _of_the_search(case: Case, trace: TraceResult) -> list[str]:
    limits = [f"{NOT_ENROLLED} This search covered {plural(trace.database_sources, 'source')}."]
    if not case.database_sha256:
        limits.append("The SHA-256 of the database was not recorded: whether it is still the same cannot be checked.")
    leader = trace.leader
    if leader is not None and not trace.traced:
        limits.append("The search could not tell whether candidate 1 is the source or another take of the same scene.")
    if leader is not None and case.exhibit is not None:
        limits += _of_the_leader(leader, case.exhibit.facts)
    limits += [sentence(note) for note in trace.notes]
    return limits


def _of_the_leader(leader: Candidate, facts: MediaFacts) -> list[str]:
    limits = []
    gaps = uncovered(leader.alignment.segments, facts.duration)
    if gaps:
        told = ", ".join(f"{clock(start)} to {clock(end)}" for start, end in gaps[:5])
        more = f" and {plural(len(gaps) - 5, 'further stretch', 'further stretches')}" if len(gaps) > 5 else ""
        limits.append(f"Not aligned with candidate 1, and not compared with it: exhibit {told}{more}.")
    if not facts.is_image and leader.alignment.segments and not leader.moment_confirmed:
        limits.append(
            "The moments and the speed of the alignment with candidate 1 are not confirmed by motion (only "
            f"{leader.motion_in_words}): they are a supposition, and masks may compare wrong moments: check them by "
            "eye."
        )
    if leader.ambiguous:
        told = ", ".join(f"{clock(start)} to {clock(end)}" for start, end in leader.ambiguous[:5])
        more = " and further stretches" if len(leader.ambiguous) > 5 else ""
        limits.append(
            f"The exact moment is open where nothing moves: exhibit {told}{more}. Frames near by look the same there."
        )
    if leader.source.width * leader.source.height < facts.width * facts.height:
        limits.append(
            f"The leading source has fewer pixels ({leader.source.width} × {leader.source.height}) than the exhibit."
        )
    registration = leader.registration
    if registration is not None and registration.trusted and registration.coverage < 0.95:
        limits.append(
            f"The leading source fills {share(registration.coverage)} of the exhibit's picture; the rest was compared "
            "with nothing."
        )
    if registration is None:
        limits.append("The leading candidate was not confirmed by registration.")
    elif not registration.trusted:
        limits.append("The registration of the leading candidate was not confirmed by enough keypoints.")
    return limits


def _of_the_pairs(pairs: tuple[FramePair, ...], *, surveyed: bool) -> list[str]:
    shown = f"{plural(len(pairs), 'frame pair')} of the exhibit are shown"
    limits = [
        f'{shown}; what masks mark in the other frames is told under "Changed regions".'
        if surveyed
        else f"{shown}; other frames may have other changes."
    ]
    if any(pair.mask is not None for pair in pairs):
        methods = sorted({pair.mask_method for pair in pairs if pair.mask is not None})
        limits.append(
            f"The masks were made by: {', '.join(methods) or 'not recorded'}. {_method(methods)}{COMPRESSION}"
        )
    if any(pair.source is None for pair in pairs):
        limits.append("The source's file was not at hand for every frame pair; there only its database entry was used.")
    if any("not confirmed" in pair.registration for pair in pairs):
        limits.append(
            "The registration of some frame pairs was not confirmed by keypoints; their masks may be misplaced."
        )
    return limits


def _method(methods: list[str]) -> str:
    if methods == [LOCALIZATOR]:
        return "Localizator is a neural network; it can err like any other. "
    if LOCALIZATOR in methods:
        return ""
    return "This is arithmetic on the two pictures; no neural network took part in the masks. "


def error_section(circumstances: Circumstances) -> Section:
    """What was measured of the weights, or plainly that nothing was."""
    weights = circumstances.weights
    if not weights.measured:
        return Section("Error rates", (Text(NONE_MEASURED, Style.WARNING),))
    return Section(
        "Error rates",
        (
            Facts(tuple(Fact(name, value) for name, value in weights.measured), "As measured for the weights used"),
            Text(
                "Measured on the data named there, not on this exhibit. For footage of another kind, or "
                "alterations of another kind, the rates may differ.",
                Style.NOTE,
            ),
        ),
    )
