"""The straight line on real video: suspects with known truth are made from a folder of clips, traced, and scored.

    python tests/bench/bench_real.py --media DIR [--scripts DIR] [--out DIR] [--per-source 1] [--limit N]
        [--seed 0] [--no-masks] [--strangers] [--programmes 20] [--point balanced]

With --programmes the clips are joined to programmes of eight shots first (`make_programmes.py`); give --per-source 4.

DIR holds `bench/` with the clips. The scripts folder (by default DIR/../bench) holds `make_suspects.py` and `score.py`,
which are called as they are. Suspects, database, answers and masks are kept in the out folder; suspects of an
earlier run with the same settings are used again, everything else is done anew.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
VIDEO_ENDINGS = {".mp4", ".mkv", ".avi", ".mov", ".webm"}
DECISIONS = ("traced", "uncertain", "no_source")


def main() -> int:
    arguments = parse()
    clips, scripts = arguments.media / "bench", arguments.scripts or arguments.media.parent / "bench"
    for needed in (clips, scripts / "make_suspects.py", scripts / "score.py"):
        if not needed.exists():
            print(f"{needed} is not there. Name the folder with --media (and --scripts).", file=sys.stderr)
            return 2
    sources = videos_in(clips)[: arguments.limit]
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    if arguments.programmes:
        clips = programmes(arguments.programmes, clips, scripts, out)
        sources = videos_in(clips)
    suspects = make_suspects(arguments, clips, scripts, out)
    forget(out)
    timings = {}
    # The clips by name, not their folder: it may hold mask videos in folders below.
    timings["enroll"] = product(out, "enroll", *map(str, sources), "--database", str(out / "archive.h5"))
    answers, masks = out / "answers.jsonl", out / "masks"
    masked = [] if arguments.no_masks else ["--masks", str(masks)]
    timings["trace" if arguments.no_masks else "trace, masks included"] = product(
        out, *trace_of(suspects, out / "archive.h5", answers, arguments.point), *masked
    )
    scored = [sys.executable, str(scripts / "score.py"), "--truth", str(out / "suspects" / "truth.jsonl")]
    scored += ["--answers", str(answers), *masked, "--by", arguments.by, "--json", str(out / "score.json")]
    run(scored)
    moments_told(out)
    moments_apart(out)
    wrong_ones(out)
    decisions_on_the_enrolled(out)
    print(f"{len(sources)} sources, {len(suspects)} suspects")
    for step, took in timings.items():
        print(f"{step}: {took:.0f} s")
    if arguments.strangers:
        false_alarms(arguments.media, out, arguments.point)
        false_alarms_among_look_alikes(sources, out, arguments.point)
    return judge(json.loads((out / "score.json").read_text()))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, required=True, help="folder that holds bench/ with the clips")
    parser.add_argument(
        "--scripts", type=Path, help="folder with make_suspects.py and score.py; MEDIA/../bench by default"
    )
    parser.add_argument("--out", type=Path, default=Path("bench-real-out"), help="everything that is made goes here")
    parser.add_argument("--per-source", type=int, default=1, help="attacks a source")
    parser.add_argument("--limit", type=int, help="only the first N sources")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--strangers", action="store_true", help="also trace MEDIA/strangers, and suspects whose source is left out"
    )
    parser.add_argument("--point", default="balanced", help="operating point of the decision")
    parser.add_argument("--programmes", type=int, default=0, help="join the clips to so many programmes first")
    parser.add_argument("--no-masks", action="store_true", help="trace only")
    parser.add_argument("--by", choices=("attack", "family"), default="attack")
    return parser.parse_args()


def programmes(count: int, clips: Path, scripts: Path, out: Path) -> Path:
    """The folder of programmes of eight shots, made unless they are there."""
    folder = out / f"programmes-{count}"
    if not (folder / "programmes.jsonl").exists():
        made = [sys.executable, str(scripts / "make_programmes.py"), "--clips", str(clips), "--out", str(folder)]
        run([*made, "--count", str(count)])
    return folder


def false_alarms(media: Path, out: Path, point: str) -> None:
    """What is decided on videos without a source among those enrolled, and which of them are called traced."""
    answers = out / "strangers.jsonl"
    product(out, *trace_of([str(media / "strangers")], out / "archive.h5", answers, point))
    print(f"strangers: {decisions(answers)} {called_traced(answers)}")


def called_traced(answers: Path) -> str:
    told = map(json.loads, lines(answers))
    return " ".join(Path(answer["suspect"]).name for answer in told if answer["decision"] == "traced")


def videos_in(folder: Path) -> list[Path]:
    """The videos of a folder, not those in folders below."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEO_ENDINGS)


def false_alarms_among_look_alikes(sources: list[Path], out: Path, point: str) -> None:
    """The same for suspects whose source is left out, while half of the clips are enrolled; with either half in turn.

    Look-alikes of what is left out are among them.
    """
    shuffled = sorted(sources)
    random.Random(0).shuffle(shuffled)
    middle = len(shuffled) // 2
    for number, half in enumerate((shuffled[:middle], shuffled[middle:]), start=1):
        database, answers = out / f"half-{number}.h5", out / f"half-{number}.jsonl"
        database.unlink(missing_ok=True)
        enrolled = {path.name for path in half}
        suspects = [
            str(out / "suspects" / row["file"])
            for row in map(json.loads, lines(out / "suspects" / "truth.jsonl"))
            # These show a second clip, which may be enrolled.
            if row["attack"] not in ("pip", "inset", "two_sources")
            and not any(segment[2] in enrolled for segment in row["segments"])
        ]
        product(out, "enroll", *map(str, half), "--database", str(database))
        product(out, *trace_of(suspects, database, answers, point))
        print(f"half {number} enrolled, suspects of the other: {decisions(answers)} {called_traced(answers)}")


def decisions(answers: Path) -> str:
    """How often each decision was made."""
    made = Counter(json.loads(line)["decision"] for line in lines(answers))
    return ", ".join(f"{decision} {made[decision]}" for decision in DECISIONS) + f" of {made.total()}"


def decisions_on_the_enrolled(out: Path) -> None:
    """How often each decision was made where the source is enrolled, apart for right and wrong leaders."""
    made: Counter[tuple[str, bool]] = Counter()
    for answer, row in answered(out):
        true = {segment[2] for segment in row["segments"]}
        leader = answer["candidates"][0]["source"] if answer["candidates"] else ""
        made[answer["decision"], leader in true] += 1
    for right in (True, False):
        told = ", ".join(f"{decision} {made[decision, right]}" for decision in DECISIONS)
        print(f"source enrolled, {'right' if right else 'wrong'} leader: {told}")


def moments_told(out: Path) -> None:
    """Of the true sources found, how many have a stretch more than half a second off, by what motion says of them."""
    told: dict[bool, list[bool]] = {True: [], False: []}
    for answer, row in answered(out):
        segments = row["segments"]
        for candidate in answer["candidates"]:
            true = [segment for segment in segments if segment[2] == candidate["source"]]
            if true and candidate["segments"]:
                told[candidate["confirmed"]].append(any(off(found, true) for found in candidate["segments"]))
    for confirmed, wrong in told.items():
        words = "confirmed" if confirmed else "not confirmed"
        print(f"moments {words} by motion: {sum(wrong)} of {len(wrong)} true sources have a stretch over .5 s off")


def moments_apart(out: Path) -> None:
    """Errors of the moments that are said to be open, as nothing moves, and of all others."""
    errors: dict[bool, list[float]] = {True: [], False: []}
    for answer, row in answered(out):
        by_name = {candidate["source"]: candidate for candidate in reversed(answer["candidates"])}
        for begin, end, source, start, rate in row["segments"]:
            candidate = by_name.get(source, {"segments": [], "ambiguous": []})
            for moment in np.arange(begin + 0.1, end - 0.1, 0.1).tolist():
                said = source_time(candidate["segments"], moment)
                if said is not None:
                    open_there = any(low <= moment <= high for low, high in candidate["ambiguous"])
                    errors[open_there].append(25 * abs(said - (start + rate * (moment - begin))))
    total = sum(map(len, errors.values()))
    for open_there, some in errors.items():
        words = "said to be open" if open_there else "others"
        if some:
            middle, most = np.percentile(some, (50, 95))
            over = np.mean(np.array(some) > 1.001)
            print(
                f"moments {words}: {len(some) / total:.3f} of all, errors in frames of 1/25 s: median {middle:.2f}, "
                f"95 % {most:.2f}, over one frame {over:.3f}"
            )


def wrong_ones(out: Path) -> None:
    """Every suspect with a wrong leader, another decision than traced, little aligned, or moments over a frame off."""
    for answer, row in answered(out):
        true = {segment[2]: segment for segment in row["segments"]}
        leader = answer["candidates"][0]["source"] if answer["candidates"] else "nothing"
        right = next((one for one in answer["candidates"] if one["source"] in true), {"segments": []})
        asked, errors = 0, []
        for begin, end, source, start, rate in row["segments"]:
            if source != right.get("source"):
                continue
            for moment in np.arange(begin + 0.1, end - 0.1, 0.1).tolist():
                asked += 1
                said = source_time(right["segments"], moment)
                errors += [] if said is None else [25 * abs(said - (start + rate * (moment - begin)))]
        wrong = [] if leader in true else [f"first is {leader}"]
        wrong += [] if answer["decision"] == "traced" else [answer["decision"]]
        wrong += [f"{len(errors) / asked:.0%} aligned"] if asked and len(errors) < 0.9 * asked else []
        if errors and np.mean(np.array(errors) > 1.001) > 0.05:
            wrong.append(f"95 % within {np.percentile(errors, 95):.1f} frames")
        if wrong:
            print(f"{row['file']}: {', '.join(wrong)}")


def answered(out: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each answer and the truth of its suspect."""
    truth = {row["file"]: row for row in map(json.loads, lines(out / "suspects" / "truth.jsonl"))}
    answers = map(json.loads, lines(out / "answers.jsonl"))
    return [(answer, truth[Path(answer["suspect"]).name]) for answer in answers]


def source_time(segments: list[dict[str, float]], moment: float) -> float | None:
    """The source's moment that is said to be shown at a moment of the suspect."""
    for one in segments:
        if one["suspect_start"] - 1e-6 <= moment <= one["suspect_end"] + 1e-6:
            return one["source_start"] + one["rate"] * (moment - one["suspect_start"])
    return None


def off(found: dict[str, float], true: list[list[float]]) -> bool:
    """Whether a segment that was found is over half a second off at its start, middle or end."""
    span = found["suspect_end"] - found["suspect_start"]
    for share in (0.05, 0.5, 0.95):
        moment = found["suspect_start"] + share * span
        said = found["source_start"] + found["rate"] * share * span
        errors = [
            abs(said - (start + rate * (moment - begin)))
            for begin, end, _, start, rate in true
            if begin <= moment <= end
        ]
        if not errors or min(errors) > 0.5:
            return True
    return False


def lines(path: Path) -> list[str]:
    """The lines of a text file that are not empty."""
    return [line for line in path.read_text().splitlines() if line.strip()]


def make_suspects(arguments: argparse.Namespace, clips: Path, scripts: Path, out: Path, attacks: str = "") -> list[str]:
    """The suspects' paths, of all attacks or the named ones; made unless the same settings made them before."""
    folder, note = out / "suspects", out / "suspects.json"
    settings = {
        "clips": str(clips.resolve()), "per_source": arguments.per_source, "limit": arguments.limit,
        "seed": arguments.seed,
    }  # fmt: skip
    if attacks:
        settings["attacks"] = attacks
    if not (note.exists() and json.loads(note.read_text()) == settings):
        command = [sys.executable, str(scripts / "make_suspects.py"), "--sources", str(clips), "--out", str(folder)]
        command += ["--per-source", str(arguments.per_source), "--seed", str(arguments.seed)]
        if arguments.limit:
            command += ["--limit", str(arguments.limit)]
        if attacks:
            command += ["--attacks", attacks]
        run(command)
        note.write_text(json.dumps(settings))
    return [str(folder / json.loads(line)["file"]) for line in lines(folder / "truth.jsonl")]


def forget(out: Path) -> None:
    """Removes what an earlier run found: other weights may have made it."""
    made = ("archive.h5", "answers.jsonl", "strangers.jsonl", "half-1.jsonl", "half-2.jsonl")
    for old in [*(out / name for name in made), *(out / "masks").glob("*.mkv")]:
        old.unlink(missing_ok=True)


def trace_of(suspects: list[str], database: Path, answers: Path, point: str) -> list[str]:
    """The command that traces suspects at an operating point."""
    return ["trace", *suspects, "--database", str(database), "--answers", str(answers), "--point", point]


def product(out: Path, *arguments: str) -> float:
    """Runs a command of the program, its answers into a log; seconds that it took."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    started = time.perf_counter()
    with (out / f"{arguments[0]}.log").open("w") as log:
        done = subprocess.run(
            [sys.executable, "-m", "vtl_desktop", *arguments], env=environment, stdout=log, check=False
        )
    if done.returncode not in (0, 3):
        raise SystemExit(f"vtl-desktop {arguments[0]} ended with status {done.returncode}; see {log.name}")
    return time.perf_counter() - started


def run(command: list[str]) -> None:
    if subprocess.run(command, check=False).returncode:
        raise SystemExit(f"{Path(command[1]).name} failed")


def judge(score: dict[str, dict[str, float]]) -> int:
    """Says whether the aims over all suspects are met: Top-10 .90, Top-1 .80, every suspect answered."""
    over_all = score["ALL"]
    met = True
    for name, aim in (("top10", 0.90), ("top1", 0.80)):
        good = over_all[name] >= aim
        met &= good
        print(f"{name} {over_all[name]:.3f} of {over_all['n']}, aim {aim:.2f}: {'met' if good else 'NOT MET'}")
    if over_all["answered"] < over_all["n"]:
        met = False
        print(f"{over_all['n'] - over_all['answered']} suspects were not answered")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
