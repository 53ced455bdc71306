"""What each of the two levels is worth: scene with and without people, motion, and both, on forged people.

    python tests/bench/levels.py --media DIR [--out DIR] [--seed 0] [--every 1] [--limit N]

DIR holds `manifest.csv` and `bench/` with its clips; those of people are enrolled, and from each suspects of 25 frames
are made, one of every kind of `levels_material.KINDS`. Written: OUT/levels.md and OUT/levels.json. At the end the
published demonstration in kind: frames 10 to 35 of a forged talking head, one of 11 sources, 26 starts to choose from.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench_real import product
from bench_table import machine
from levels_demo import demonstration
from levels_material import KINDS, Cut, make_cuts, people_clips

from vtl_desktop.core.levels import AMBIGUOUS, LevelCandidate, decided, ordered
from vtl_desktop.core.motion_matching import match_motion
from vtl_desktop.core.tracing import NO_SOURCE, TRACED, Source
from vtl_desktop.media.sampling import ClipSamples, sample_clips
from vtl_desktop.services.engine import encoder_for
from vtl_desktop.services.levels import FIRST, Levels
from vtl_desktop.storage.hash_center_database import HashCenterDatabase
from vtl_desktop.vision.motion_signature import SignatureMaker

METHODS = ("scene, people left in", "scene, people masked", "motion", "both, people masked", "both")
HEAD = """| | n | Top-1 | Top-3 | Top-10 | exact start | within 1 | within 5 | median error, frames | temporal IoU |
|---|---|---|---|---|---|---|---|---|---|"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, required=True, help="folder that holds manifest.csv and bench/")
    parser.add_argument("--out", type=Path, default=Path("runs/levels"), help="everything that is made goes here")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=1, help="take every n-th suspect")
    parser.add_argument("--limit", type=int, help="only the first N suspects")
    arguments = parser.parse_args()
    if not (arguments.media / "manifest.csv").exists():
        print(f"{arguments.media}/manifest.csv is not there. Name the folder with --media.", file=sys.stderr)
        return 2
    out = arguments.out
    cuts = make_cuts(arguments.media, out / "cuts", seed=arguments.seed, kinds=tuple(KINDS))
    cuts = cuts[:: arguments.every][: arguments.limit]
    database = out / "people.h5"
    if not database.exists():
        clips = [str(arguments.media / "bench" / name) for name in sorted(people_clips(arguments.media))]
        product(out, "enroll", *clips, "--database", str(database))
    started = time.monotonic()
    with HashCenterDatabase.open(database) as opened:
        encoder = encoder_for(opened.bits, "cpu", weights_sha256=opened.weights_sha256, beside=database)
        masked, plain = Levels(opened, encoder, mask=True), Levels(opened, encoder)
        sources = list(opened.sources())
        rows = []
        for number, cut in enumerate(cuts):
            samples = sample_clips(Path(cut.path), size=encoder.input_size, watch=SignatureMaker)
            rows += judged(cut, samples, sources, masked, plain)
            if number % 20 == 0:
                print(f"{number} of {len(cuts)}, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        text = "\n".join([*report(rows), "", *demonstration(arguments.media, out, plain, arguments.seed)])
    about = {"sources": len(sources), "suspects": len(cuts), "seed": arguments.seed, **machine()}
    about["seconds"] = round(time.monotonic() - started)
    head = "# The two levels\n\n" + "".join(f"- {name}: {value}\n" for name, value in about.items())
    (out / "levels.md").write_text(f"{head}\n{text}\n", encoding="utf-8")
    (out / "levels.json").write_text(json.dumps({"about": about, "rows": rows}, indent=1), encoding="utf-8")
    print(f"{head}\n{text}")
    return 0


def judged(cut: Cut, samples: ClipSamples, sources: list[Source], masked: Levels, plain: Levels) -> list[dict]:
    """One row a method, and one for the decision with the source left out."""
    bits = plain.encoder.bits
    scenes = {"left in": plain.by_scene(samples, sources), "masked": masked.by_scene(samples, sources)}
    told = {
        METHODS[0]: scenes["left in"],
        METHODS[1]: scenes["masked"],
        METHODS[2]: ordered_by_motion(plain, samples, scenes["left in"]),
        METHODS[3]: both_levels(masked, samples, scenes["masked"]),
        METHODS[4]: both_levels(plain, samples, scenes["left in"]),
    }
    rows = [row(cut, method, candidates) for method, candidates in told.items()]
    # The next scene moves up where the source is left out.
    others = [one for one in scenes["left in"] if one.source.name != cut.source]
    without = decided(both_levels(plain, samples, others)[:FIRST], bits)[0]
    return [*rows[:-1], rows[-1] | {"decision": decided(told[METHODS[4]][:FIRST], bits)[0], "without": without}]


def both_levels(levels: Levels, samples: ClipSamples, scenes: list[LevelCandidate]) -> list[LevelCandidate]:
    """The first of the scene level by both, the others behind them."""
    return ordered(levels.by_motion(samples.signature, scenes[:FIRST]), levels.encoder.bits) + scenes[FIRST:]


def ordered_by_motion(levels: Levels, samples: ClipSamples, scenes: list[LevelCandidate]) -> list[LevelCandidate]:
    """All sources by motion alone, at the source's own speed."""
    found = []
    for one in scenes:
        known = levels.sources.motion_signature(one.source.id)
        ways = [match_motion(way, known, rates=(1.0,)) for way in (samples.signature, samples.signature.mirrored())]
        best = max((way for way in ways if way is not None), key=lambda way: way.peak, default=None)
        start = None if best is None else int(np.abs(known.times - best.start).argmin())
        found.append(replace(one, motion=best, start_frame=start))
    return sorted(found, key=lambda one: -(one.motion.peak if one.motion else -2.0))


def row(cut: Cut, method: str, candidates: list[LevelCandidate]) -> dict:
    """Where the true source stands, and how far off its start is there."""
    place = next(number for number, one in enumerate(candidates) if one.source.name == cut.source)
    true = candidates[place]
    error = None if true.start_frame is None else abs(true.start_frame - cut.start)
    overlap = 0.0
    if true.motion is not None:
        both = min(true.motion.end, cut.end_time) - max(true.motion.start, cut.start_time)
        either = max(true.motion.end, cut.end_time) - min(true.motion.start, cut.start_time)
        overlap = max(both, 0.0) / either
    return {
        "kind": cut.kind, "group": cut.group, "source": cut.source, "method": method, "place": place,
        "leader": candidates[0].source.name, "error": error, "iou": overlap, "exact": true.exact,
        "peak": true.motion.peak if true.motion else None,
        "confidence": true.motion.confidence if true.motion else None, "scene": true.scene_distance,
    }  # fmt: skip


def report(rows: list[dict]) -> list[str]:
    lines = ["## Each level alone, and both", "", HEAD]
    lines += [summary(method, [r for r in rows if r["method"] == method]) for method in METHODS]
    both = [r for r in rows if r["method"] == METHODS[4]]
    lines += ["", "## Both, by kind of suspect", "", HEAD]
    lines += [summary(kind, [r for r in both if r["kind"] == kind]) for kind in KINDS]
    lines += ["", "## Both, by group of look-alikes", "", HEAD]
    lines += [summary(group, [r for r in both if r["group"] == group]) for group in sorted({r["group"] for r in both})]
    lines += ["", "## Decisions", "", "| | traced | ambiguous | no source |", "|---|---|---|---|"]
    right = [r for r in both if r["place"] == 0 and r["error"] is not None and r["error"] <= 5]
    wrong = [r for r in both if not (r["place"] == 0 and r["error"] is not None and r["error"] <= 5)]
    for name, some, key in (
        ("source enrolled, leader right, start within 5 frames", right, "decision"),
        ("source enrolled, leader or start wrong", wrong, "decision"),
        ("source left out, look-alikes enrolled", both, "without"),
    ):
        made = Counter(r[key] for r in some)
        lines.append(f"| {name} | {made[TRACED]} | {made[AMBIGUOUS]} | {made[NO_SOURCE]} |")
    return lines


def summary(name: str, rows: list[dict]) -> str:
    places, count = np.array([r["place"] for r in rows]), max(len(rows), 1)
    shares = [f"{(places < first).mean():.3f}" for first in (1, 3, 10)]
    errors = np.array([np.inf if r["error"] is None else r["error"] for r in rows], float)
    if not np.isfinite(errors).any():
        return f"| {name} | {count} | " + " | ".join([*shares, "-", "-", "-", "-", "-"]) + " |"
    starts = [f"{(errors <= most).mean():.3f}" for most in (0, 1, 5)]
    overlap = np.mean([r["iou"] for r in rows])
    return (
        f"| {name} | {count} | " + " | ".join([*shares, *starts, f"{np.median(errors):.0f}", f"{overlap:.3f}"]) + " |"
    )


if __name__ == "__main__":
    sys.exit(main())
