"""Real forgeries made by others: each is traced among all clips and all originals.

    python tests/bench/bench_pairs.py --media DIR [--out DIR] [--every N] [--sheet]
    python tests/bench/bench_pairs.py --media DIR [--out DIR] [--every N] --masks [--weights FILE] [--licence TEXT]

DIR holds `bench/`, `pairs/` and `manifest.csv`, whose rows name the original of each fake. Printed by where the fakes
come from: how often the original is first and among ten, what was decided, the share aligned, and how far the alignment
is from frame beside frame, which is how the makers keep them. With --sheet a picture with one row a fake is written: a
frame of the fake, the aligned one of the leader, the mask.

With --masks nothing is traced: each fake is laid over its original, frame beside frame, and pictures are written of
suspect, source laid over it, fitted difference and the Localizator's mask, with what was changed and the licence;
--licence CC-BY shows only what may be shown to others under that licence.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np
from bench_real import product, videos_in

HEIGHT = 120
COLUMNS = 4


def main() -> int:
    arguments = parse()
    listing = arguments.media / "manifest.csv"
    if not listing.exists():
        print(f"{listing} is not there. Name the folder with --media.", file=sys.stderr)
        return 2
    with listing.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "pair"]
    fakes = [row for row in rows if row["pair_source"]][:: arguments.every]
    if arguments.masks:
        return masks_only(arguments, fakes)
    originals = [arguments.media / row["file"] for row in rows if not row["pair_source"]]
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    database, answers, masks = out / "archive.h5", out / "answers.jsonl", out / "masks"
    for old in (database, answers):
        old.unlink(missing_ok=True)
    clips = videos_in(arguments.media / "bench")
    product(out, "enroll", *map(str, clips + originals), "--database", str(database))
    suspects = [str(arguments.media / row["file"]) for row in fakes]
    masked = ["--masks", str(masks)] if arguments.sheet else []
    product(out, "trace", *suspects, "--database", str(database), "--answers", str(answers), *masked)
    told = {Path(answer["suspect"]).name: answer for answer in map(json.loads, answers.read_text().splitlines())}
    print(f"{len(clips) + len(originals)} sources enrolled, {len(fakes)} fakes")
    tell(fakes, told)
    if arguments.sheet:
        sheet(arguments.media, fakes, told, masks, out)
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, required=True, help="folder that holds bench/, pairs/ and manifest.csv")
    parser.add_argument("--out", type=Path, default=Path("bench-pairs-out"), help="everything that is made goes here")
    parser.add_argument("--every", type=int, default=1, help="only every so many fakes")
    parser.add_argument("--sheet", action="store_true", help="write masks, and pictures of fake, leader and mask")
    parser.add_argument("--masks", action="store_true", help="trace nothing: write pictures of pairs and their masks")
    parser.add_argument(
        "--weights", type=Path, help="with --masks: .safetensors of a Localizator, instead of the shipped"
    )
    parser.add_argument("--licence", default="", help="with --masks: only pairs whose licence begins so, such as CC-BY")
    return parser.parse_args()


def masks_only(arguments: argparse.Namespace, fakes: list[dict[str, str]]) -> int:
    """Pictures of fakes laid over their originals, and their masks."""
    from pairs_masks import write_sheets

    from vtl_desktop.core.errors import WeightsError
    from vtl_desktop.networks.marking import Marker
    from vtl_desktop.training.comparators.comparator import WithLocalizator

    some = [row for row in fakes if row["licence"].startswith(arguments.licence)]
    try:
        localizator = WithLocalizator(Marker.load(device="cpu", weights=arguments.weights))
    except WeightsError as error:
        if arguments.weights:
            print(error, file=sys.stderr)
            return 2
        print(f"Without the Localizator: {error}", file=sys.stderr)
        localizator = None
    pages = write_sheets(arguments.media, some, localizator, arguments.out)
    print(f"{len(some)} fakes: {', '.join(map(str, pages)) or 'no page'}")
    return 0 if pages else 1


def tell(fakes: list[dict[str, str]], told: dict[str, dict[str, Any]]) -> None:
    """A table by the first part of the fakes' names, and those that are wrong."""
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in fakes:
        groups[Path(row["file"]).name.split("_")[0].rstrip("0123456789")].append(row)
    print(
        "| fakes | n | top1 | top10 | traced | uncertain | no source | aligned | off, frames of 1/25 s: median | 95 % |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, rows in [*sorted(groups.items()), ("**all**", fakes)]:
        decided: Counter[str] = Counter()
        firsts, among, shares, errors = 0, 0, [], []
        for row in rows:
            answer, true = told.get(Path(row["file"]).name), Path(row["pair_source"]).name
            if answer is None:
                continue
            decided[answer["decision"]] += 1
            names = [candidate["source"] for candidate in answer["candidates"]]
            firsts += names[:1] == [true]
            among += true in names
            if true in names:
                right = answer["candidates"][names.index(true)]
                shares.append(right["matched_share"])
                errors += off(right["segments"])
        middle, most = (np.percentile(errors, (50, 95)) if errors else (np.nan, np.nan)) if shares else (np.nan, np.nan)
        count = len(rows)
        print(
            f"| {name} | {count} | {firsts / count:.3f} | {among / count:.3f} | {decided['traced']} | "
            f"{decided['uncertain']} | {decided['no_source']} | {np.mean(shares) if shares else np.nan:.2f} | "
            f"{middle:.2f} | {most:.2f} |"
        )
    for row in fakes:
        answer = told.get(Path(row["file"]).name)
        leader = answer["candidates"][0]["source"] if answer and answer["candidates"] else "nothing"
        if leader != Path(row["pair_source"]).name:
            decision = answer["decision"] if answer else "not answered"
            print(f"{Path(row['file']).name} ({row['manipulation']}): {decision}, first is {leader}")


def off(segments: list[dict[str, float]]) -> list[float]:
    """How far aligned moments are from the same moment of the source, in frames of 1/25 s."""
    return [
        25 * abs(one["source_start"] + one["rate"] * (moment - one["suspect_start"]) - moment)
        for one in segments
        for moment in np.arange(one["suspect_start"], one["suspect_end"], 0.1).tolist()
    ]


def sheet(media: Path, fakes: list[dict[str, str]], told: dict[str, dict[str, Any]], masks: Path, out: Path) -> None:
    """Pictures of fakes, their leaders and masks, some a page."""
    from vtl_desktop.core.errors import MediaError
    from vtl_desktop.core.timeline import frame_nearest
    from vtl_desktop.media.video_file import VideoFile

    tiles = []
    for row in fakes:
        answer = told.get(Path(row["file"]).name)
        if not answer or not answer["candidates"]:
            continue
        leader = answer["candidates"][0]
        try:
            with VideoFile(media / row["file"]) as fake, VideoFile(Path(leader["path"])) as source:
                number = frame_nearest(fake.times, leader["best"]["suspect"])
                pictures = [fake.frame(number).picture]
                pictures.append(source.frame(frame_nearest(source.times, leader["best"]["source"])).picture)
            with VideoFile(masks / f"{Path(row['file']).stem}.mkv") as mask:
                pictures.append(mask.frame(min(number, len(mask.times) - 1)).picture)
        except MediaError:
            continue
        small = [cv2.resize(p, (round(p.shape[1] * HEIGHT / p.shape[0]), HEIGHT)) for p in pictures]
        strip = np.hstack([np.pad(p, ((0, 0), (0, 4), (0, 0)), constant_values=255) for p in small])
        name = np.full((18, strip.shape[1], 3), 255, np.uint8)
        said = f"{Path(row['file']).stem}: {answer['decision']} {leader['source']}"
        cv2.putText(name, said, (2, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
        tiles.append(np.vstack([name, strip]))
    width = max((tile.shape[1] for tile in tiles), default=0)
    tiles = [np.pad(t, ((0, 6), (0, width - t.shape[1]), (0, 0)), constant_values=255) for t in tiles]
    for page in range(0, len(tiles), COLUMNS * 12):
        some = tiles[page : page + COLUMNS * 12]
        some += [np.full_like(some[0], 255)] * (-len(some) % COLUMNS)
        rows = [np.hstack(some[at : at + COLUMNS]) for at in range(0, len(some), COLUMNS)]
        cv2.imwrite(str(out / f"sheet-{page // (COLUMNS * 12) + 1}.png"), np.vstack(rows)[..., ::-1])


if __name__ == "__main__":
    sys.exit(main())
