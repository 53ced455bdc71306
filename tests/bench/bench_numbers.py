"""Exact frames through the whole line: numbered videos of seven rates, edited in time, enrolled, traced, aligned.

    python tests/bench/bench_numbers.py [--out DIR] [--rates 24,25,...] [--edits "jump cut;..."] [--no-shown]

For each suspect: the share of its frames whose aligned source time names the very frame they show (the nearest by
timestamps; and the one on screen at that time), the share that the compare view lays over the very frame, and the
worst error in frames. One JSON line a suspect is written to DIR/numbers.jsonl.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.helpers.frame_truth import exactness  # noqa: E402
from tests.helpers.numbered_scene import RATES, make_source, make_suspect, plans  # noqa: E402
from vtl_desktop.media.video_file import VideoFile  # noqa: E402
from vtl_desktop.services.enroll import enroll  # noqa: E402
from vtl_desktop.services.intake import take_in  # noqa: E402
from vtl_desktop.services.trace import trace  # noqa: E402

HEAD = "| source | edit | frames | covered | exact | on screen | shown | worst | segments |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("bench-numbers-out"))
    parser.add_argument("--rates", default=",".join(RATES), help="of the sources")
    parser.add_argument("--edits", default="", help="only these, divided by semicolons; all by default")
    parser.add_argument("--no-shown", action="store_true", help="alignment only, without laying frames over each other")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    archive = arguments.out / "archive.h5"
    sources = {rate: arguments.out / f"source_{rate}.mp4" for rate in RATES}
    for seed, (rate, path) in enumerate(sources.items()):
        if not path.exists():
            make_source(path, rate, seed + 1)
    archive.unlink(missing_ok=True)
    enroll(list(sources.values()), archive)
    print(HEAD, "|".join([""] + ["---"] * 9 + [""]), sep="\n", flush=True)
    with (arguments.out / "numbers.jsonl").open("w") as out:
        for rate in arguments.rates.split(","):
            with VideoFile(sources[rate]) as video:
                every = plans(video.times)
            for name, plan in every.items():
                if arguments.edits and name not in arguments.edits.split(";"):
                    continue
                if name == f"at {rate}":
                    continue
                suspect = arguments.out / f"{rate}__{name.replace(' ', '_').replace(',', '')}.mp4"
                if not suspect.exists():
                    make_suspect(suspect, sources[rate], plan)
                started = time.monotonic()
                result = trace(take_in(suspect), archive)
                took = time.monotonic() - started
                first = result.candidates[0] if result.candidates else None
                right = first is not None and first.source.name == sources[rate].name
                found = exactness(suspect, first if right else None, shown=not arguments.no_shown)
                segments = [asdict(s) for s in first.alignment.segments] if first and right else []
                row = {"source": rate, "edit": name, "right": right, **asdict(found), "alignment": segments}
                out.write(json.dumps({**row, "seconds": took}) + "\n")
                out.flush()
                print(
                    f"| {rate} | {name} | {found.frames} | {found.covered:.3f} | {found.exact:.3f} | "
                    f"{found.on_screen:.3f} | {found.shown:.3f} | {found.worst} | {found.segments} |",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
