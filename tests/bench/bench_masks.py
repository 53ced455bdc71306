"""Masks of the Localizator beside those of other methods, on the same pairs: all tables by one command.

    python tests/bench/bench_masks.py --media DIR [--scripts DIR] [--out DIR] [--per-source 1] [--limit N] [--seed 0]
        [--suspects DIR] [--weights FILE] [--device cpu] [--comparators DIR] [--methods NAMES] [--tables NAMES]
        [--per-kind N] [--quick] [--json FILE] [--markdown FILE]

DIR holds `bench/` with the clips. Suspects are made by `make_suspects.py` in the scripts folder (by default
DIR/../bench), or taken from --suspects. Forgeries and clean copies of them are laid over their sources, aligned by the
truth, placed and coloured by the product; every method sees the same pairs.

| method | what |
|---|---|
| difference, ssim | measures over a threshold; settings from --comparators, or those found on training pairs |
| dmac, dmvn | trained matchers: DIR of --comparators holds what `vtl_desktop.training.comparators.train` wrote |
| fitted | the product's mask without a network |
| localizator | the product's network: weights from --weights, or those that ship |

By default all that are there. --tables: masks (by kind, dirt, flicker), misplaced (source beside its place), unseen
(means of forging), coded (ways of coding), speed; or none. OUT/scores.jsonl keeps every score; with --add those of
earlier runs, of other seeds or methods, go into the tables too.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from bench_real import make_suspects
from bench_table import machine
from masks_material import CODINGS, FORGERY, Sample, Truth, chosen, laid_over, made_anew
from masks_measure import Score, Speed, measured, speeds
from masks_tables import CODED, NAMES, SEEN, SUSPECTS, UNSEEN, tables

from vtl_desktop.core.errors import UsageError, VtlError, WeightsError
from vtl_desktop.networks.marking import Marker
from vtl_desktop.training.comparators.best_settings import DIFFERENCE, FOUND, SSIM, Setting
from vtl_desktop.training.comparators.comparator import Comparator, FittedDifference, WithLocalizator
from vtl_desktop.training.comparators.learned import Learned

KEPT = "scores.jsonl"
TABLES = ("masks", "misplaced", "unseen", "coded", "speed")
NOTHING = "none"
SHIFTS = (0.0, 1.0, 2.0, 3.0, 4.0)


def main() -> int:
    arguments = parse()
    try:
        return run(arguments)
    except VtlError as error:
        print(error, file=sys.stderr)
        return 2


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, required=True, help="folder that holds bench/ with the clips")
    parser.add_argument("--scripts", type=Path, help="folder with make_suspects.py; MEDIA/../bench by default")
    parser.add_argument("--out", type=Path, default=Path("bench-masks-out"), help="everything that is made goes here")
    parser.add_argument("--per-source", type=int, default=1, help="attacks a source")
    parser.add_argument("--limit", type=int, help="only the first N sources")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--suspects", type=Path, help="folder with suspects and truth.jsonl, instead of making them")
    parser.add_argument("--weights", type=Path, help=".safetensors of a Localizator; by default those that ship")
    parser.add_argument("--device", default="cpu", help="of the Localizator: auto, cpu or cuda")
    parser.add_argument("--comparators", type=Path, help="folder that training.comparators.train wrote")
    parser.add_argument("--methods", help=f"of {','.join(NAMES)}; by default all that are there")
    parser.add_argument("--tables", default=",".join(TABLES), help=f"of {','.join(TABLES)}")
    parser.add_argument("--per-kind", type=int, help="at most so many suspects of each attack")
    parser.add_argument("--runs", type=int, default=1, help="runs of frames a suspect")
    parser.add_argument("--length", type=int, default=8, help="frames of a run")
    parser.add_argument(
        "--anew", type=int, default=24, help="forgeries made for each half of the table on unseen means"
    )
    parser.add_argument("--cores", default="1,2", help="threads for the table on speed")
    parser.add_argument("--quick", action="store_true", help="one suspect of each attack, a few of everything else")
    parser.add_argument(
        "--add",
        type=Path,
        action="append",
        default=[],
        help="scores.jsonl of an earlier run, for the tables; repeatable",
    )
    parser.add_argument("--json", type=Path, help="write all scores here")
    parser.add_argument("--markdown", type=Path, help="write the tables here")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.per_kind, arguments.anew = 1, 6
    return arguments


def run(arguments: argparse.Namespace) -> int:
    clips, scripts = arguments.media / "bench", arguments.scripts or arguments.media.parent / "bench"
    for needed in (clips,) if arguments.suspects else (clips, scripts / "make_suspects.py"):
        if not needed.exists():
            print(f"{needed} is not there. Name the folder with --media (and --scripts).", file=sys.stderr)
            return 2
    wanted = arguments.tables.split(",")
    if set(wanted) - {*TABLES, NOTHING}:
        raise UsageError(
            f"No table {', '.join(sorted(set(wanted) - {*TABLES, NOTHING}))}.", f"Known are {', '.join(TABLES)}."
        )
    earlier = [score for path in arguments.add for score in read_scores(path)]
    methods = {} if wanted == [NOTHING] else loaded(arguments)
    arguments.out.mkdir(parents=True, exist_ok=True)
    suspects = arguments.suspects
    if suspects is None and methods:
        make_suspects(arguments, clips, scripts, arguments.out)
        suspects = arguments.out / "suspects"
    about = machine() | {"methods": list(methods), "seed": arguments.seed, "threads": torch.get_num_threads()}
    scores = earlier + (all_scores(arguments, wanted, methods, clips, suspects) if methods else [])
    fast = speed_of(arguments, methods, clips, suspects) if "speed" in wanted else []
    tell(arguments, scores, fast, about)
    return 0


def all_scores(
    arguments: argparse.Namespace, wanted: list[str], methods: dict[str, Comparator], clips: Path, suspects: Path
) -> list[Score]:
    rows = chosen(suspects, arguments.per_kind)
    scores: list[Score] = []
    # Written one by one: a long run that was stopped is not lost.
    kept = (arguments.out / KEPT).open("w", encoding="utf-8")

    def measure(material: str, samples: Iterable[Sample], shifts: tuple[float, ...] = ()) -> None:
        begun, last = time.monotonic(), ""
        for score in measured(methods, samples, material, shifts=shifts, seed=arguments.seed):
            scores.append(score)
            kept.write(json.dumps(plain(score)) + "\n")
            kept.flush()
            if score.suspect != last:
                print(f"{time.monotonic() - begun:6.0f} s  {material}: {score.suspect}", file=sys.stderr)
                last = score.suspect

    def lay(some: list[Truth], coding: str | None = None) -> Iterable[Sample]:
        return laid_over(suspects, clips, some, arguments.runs, arguments.length, coding=coding)

    shifts = SHIFTS if "misplaced" in wanted else ()
    if "masks" in wanted or shifts:
        measure(SUSPECTS, lay(rows if "masks" in wanted else forgeries(rows)), shifts)
    if "coded" in wanted:
        some = [row for row in rows if row["family"] == FORGERY or row["attack"] == "cut"]
        for name in CODINGS:
            measure(CODED + name, lay(some, name))
    if "unseen" in wanted:
        for name, without in ((SEEN, False), (UNSEEN, True)):
            media = arguments.out / "as-training"
            measure(name, made_anew(clips, media, arguments.seed, arguments.anew, unseen=without))
    kept.close()
    return scores


def forgeries(rows: list[Truth]) -> list[Truth]:
    return [row for row in rows if row["family"] == FORGERY]


def speed_of(arguments: argparse.Namespace, methods: dict[str, Comparator], clips: Path, suspects: Path) -> list[Speed]:
    some = forgeries(chosen(suspects, 1))
    sample = next(iter(laid_over(suspects, clips, some, 1, 4)), None)
    if sample is None:
        raise UsageError(f"{suspects}: no forgery could be laid over its source.")
    cores = [int(count) for count in arguments.cores.split(",")]
    return speeds(methods, sample, cores, 1.0 if arguments.quick else 5.0)


def tell(arguments: argparse.Namespace, scores: list[Score], fast: list[Speed], about: dict[str, object]) -> None:
    made = tables(scores, fast, arguments.seed)
    text = "\n".join(table.markdown() for table in made)
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text, encoding="utf-8")
    if arguments.json:
        content = {
            "about": about, "scores": [plain(score) for score in scores], "speed": [asdict(one) for one in fast],
            "tables": {table.key: table.plain() for table in made},
        }  # fmt: skip
        arguments.json.write_text(json.dumps(content, indent=1), encoding="utf-8")


def plain(score: Score) -> dict[str, object]:
    """For JSON, which has no way to say that a number is none."""
    fields = asdict(score)
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in fields.items()}


def read_scores(path: Path) -> list[Score]:
    """What an earlier run kept."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [Score(**{key: math.nan if value is None else value for key, value in row.items()}) for row in rows]


def loaded(arguments: argparse.Namespace) -> dict[str, Comparator]:
    """The methods that are wanted, in the order of the tables; all that are there if none is named."""
    folder = arguments.comparators

    def setting(name: str) -> Comparator:
        stored = folder / "plain.json" if folder else None
        if stored is None or not stored.exists():
            return FOUND[name].comparator(name)
        return Setting(**json.loads(stored.read_text(encoding="utf-8"))[name]).comparator(name)

    def learned(name: str) -> Comparator:
        if folder is None:
            raise WeightsError(f"{name} has to be trained first.", "Name the folder of its weights with --comparators.")
        return Learned.load(name, folder / f"{name}.safetensors")

    makers: dict[str, Callable[[], Comparator]] = {
        "difference": lambda: setting(DIFFERENCE),
        "ssim": lambda: setting(SSIM),
        "dmac": lambda: learned("dmac"),
        "dmvn": lambda: learned("dmvn"),
        "fitted": FittedDifference,
        "localizator": lambda: WithLocalizator(Marker.load(device=arguments.device, weights=arguments.weights)),
    }
    named = arguments.methods.split(",") if arguments.methods else None
    if named and set(named) - set(makers):
        raise UsageError(f"No method {', '.join(sorted(set(named) - set(makers)))}.", f"Known are {', '.join(makers)}.")
    out: dict[str, Comparator] = {}
    for name, make in makers.items():
        if named and name not in named:
            continue
        try:
            out[name] = make()
        except WeightsError as error:
            if named:
                raise
            print(f"{name} is left out: {error}", file=sys.stderr)
    return out


if __name__ == "__main__":
    sys.exit(main())
