"""The appendices: candidates in full, versions and parameters, audit log, words."""

from __future__ import annotations

import json
from itertools import pairwise

from vtl_desktop.core.case import Case, LogEntry
from vtl_desktop.core.decision import POINTS
from vtl_desktop.report.opinion import history
from vtl_desktop.report.values import Block, Circumstances, Column, Fact, Facts, Section, Style, Table, Text
from vtl_desktop.report.wording import clock, instant, plural

_FIRST, _LAST = 5, 25  # entries of the log that are printed; all of them are in the attached JSON

_WORDS = (
    ("alignment", "Which moment of the source each moment of the exhibit shows; made of segments."),
    ("candidate", "A source that the search lists for the exhibit, best first by distance, motion and keypoints."),
    ("changed region", "A place in the exhibit's picture that masks mark over a stretch of time."),
    ("clip", "The few frames of a video that become one code."),
    ("code", "The bits that stand for one clip."),
    ("distance", "The number of bits in which two codes differ."),
    ("exhibit", "A file under examination; the suspect."),
    ("finding", "What the examiner concludes, with observations, interpretation and limits."),
    ("hash center", "The code that stands for a source or for a part of it, voted from the codes of its clips."),
    ("margin", "How many bits nearer a candidate is than the next one."),
    ("mask", "A grey picture, from 0 (unchanged) to 255 (surely changed), in the exhibit's pixels."),
    ("network, weights", "A neural network, and the numbers that it was trained to."),
    ("registration", "Where in the source's frame each pixel of the exhibit's frame lies."),
    ("segment", "A stretch of the exhibit that shows one stretch of the source at one speed."),
    (
        "SHA-256",
        "A number computed from every byte of a file; another file with the same number cannot be made in practice.",
    ),
    ("source", "An authentic video enrolled in the database."),
    ("suspect", "The video under examination; the exhibit."),
)


def candidates_appendix(case: Case) -> Section:
    """Path, digest and facts of every candidate's source."""
    title = "Candidates in full"
    if case.trace is None or not case.trace.candidates:
        return Section(title, (Text("There are no candidates."),), appendix=True)
    columns = (
        Column("Rank", 0.58, right=True),
        Column("Path when enrolled, and SHA-256", 6.42, code=True),
        Column("Video", 1.75),
        Column("Enrolled", 1.25),
    )
    rows = tuple(
        (
            str(c.rank),
            f"{c.source.path}\n{c.source.sha256}",
            f"{clock(c.source.duration)}\n{c.source.width} × {c.source.height}, {c.source.codec}",
            instant(c.source.enrolled_at),
        )
        for c in case.trace.candidates
    )
    note = "The SHA-256 of a source was taken when it was enrolled."
    return Section(title, (Table("Sources of the candidates", columns, rows, note),), appendix=True)


def versions_appendix(case: Case, circumstances: Circumstances) -> Section:
    """Parameters, weights and versions: what another laboratory needs to repeat this."""
    blocks: list[Block] = []
    if case.trace is not None:
        p = case.trace.parameters
        blocks.append(
            Facts(
                (
                    Fact("Candidates asked for", str(p.top)),
                    Fact("Mirror images compared", "yes" if p.mirror else "no"),
                    Fact("Verified by registration", "yes" if p.verify else "no"),
                    Fact("Sound compared", "yes" if any(c.sound for c in case.trace.candidates) else "no"),
                    Fact("A source is called found", POINTS[p.point].label if p.point in POINTS else p.point),
                    Fact("Device asked for", p.device),
                ),
                "Parameters of the search, defaults included",
            )
        )
        described = tuple(Fact(name, value) for name, value in circumstances.weights.facts)
        digest = Fact("SHA-256", case.trace.weights_sha256, Style.CODE)
        blocks.append(Facts((digest, *described), "Weights that made the codes"))
    if case.versions:
        rows = tuple(Fact(name, case.versions[name]) for name in sorted(case.versions, key=_version_order))
        blocks.append(Facts(rows, "Versions of what took part"))
    else:
        blocks.append(Text("No versions were recorded.", Style.WARNING))
    return Section("Parameters and versions", tuple(blocks), appendix=True)


def _version_order(name: str) -> tuple[int, str]:
    first = ("VTL Desktop", "Python", "Operating system", "Processor")
    return (first.index(name) if name in first else len(first), name.casefold())


def log_appendix(case: Case) -> Section:
    """The audit log, its head, and what it can and cannot show."""
    blocks: list[Block] = []
    replaced = history(case)
    if replaced is not None:
        blocks.append(replaced)
    if not case.log:
        blocks.append(Text("The case has no audit log: it was not read from a case file.", Style.WARNING))
        return Section("History and audit log", tuple(blocks), appendix=True)
    head = case.log[-1]
    shown = case.log if len(case.log) <= _FIRST + _LAST else (*case.log[:_FIRST], *case.log[-_LAST:])
    left_out = len(case.log) - len(shown)
    note = (
        f"{plural(left_out, 'entry', 'entries')} between them left out here; the attached JSON has all."
        if left_out
        else ""
    )
    columns = (
        Column("No.", 0.45, right=True),
        Column("Time", 1.75),
        Column("Action and details", 4.2),
        Column("Digest", 1.45, code=True),
    )
    blocks += [
        Facts(
            (
                Fact("Entries", f"{len(case.log):,}, chain intact when read"),
                Fact("Head of the chain", head.digest, Style.CODE),
                Fact("Case file begun", instant(case.created_at)),
            ),
            "Audit log of the case file",
        ),
        Text(
            "Each entry carries a SHA-256 over itself and the digest of the entry before. The chain therefore "
            "shows whether an entry was altered, put in or taken out. It cannot show that somebody rebuilt or cut "
            "the whole file; the head printed here guards against that from the moment this report is signed or "
            "deposited."
        ),
        Table("Extract of the audit log", columns, tuple(_log_row(entry) for entry in shown), note),
    ]
    if back := [later.number for entry, later in pairwise(case.log) if later.time < entry.time]:
        numbers = ", ".join(str(number) for number in back)
        blocks.append(
            Text(f"The clock was set back before entry {numbers}: times there cannot be relied on.", Style.WARNING)
        )
    return Section("History and audit log", tuple(blocks), appendix=True)


def _log_row(entry: LogEntry) -> tuple[str, ...]:
    details = json.loads(entry.details)
    details.pop("stored", None)  # number and digest of the record: for the program's own check
    told = "; ".join(f"{name}: {_told(value)}" for name, value in details.items() if value not in ("", [], {}))
    action = f"{entry.action}: {told}" if told else entry.action
    return str(entry.number), instant(entry.time), action, f"{entry.digest[:16]}…"


def _told(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:160]}…"


def words_appendix() -> Section:
    """The words of this report."""
    return Section("Words", (Facts(tuple(Fact(word, meaning) for word, meaning in _WORDS)),), appendix=True)
