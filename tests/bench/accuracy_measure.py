"""Measures what the tables of `accuracy.py` show, but for the peers."""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import accuracy_tables as tables
import numpy as np
from accuracy_run import Gallery, answers_for, answers_without_border
from accuracy_tables import Table
from bench_real import videos_in

from vtl_desktop.core.hashing import BIT_LENGTHS, DEFAULT_BITS
from vtl_desktop.training.evaluation.archives import Answer
from vtl_desktop.training.evaluation.centers import hadamard_codes, random_codes, spread
from vtl_desktop.training.evaluation.truth import SHOWS_ANOTHER, Suspect


def measured(arguments: argparse.Namespace, gallery: Gallery, suspects: list[Suspect]) -> list[Table]:
    """The tables on the suspects that are made, in one pass."""
    asked, every, ours = arguments.tables, set(gallery.names), gallery.first
    product = {}
    if asked & {"attacks", "methods"}:
        keys = gallery.keys(floats=False) if "methods" in asked else [(ours, DEFAULT_BITS)]
        product = {key: gallery.archive(key, every) for key in keys}
    whole = {key: gallery.any_archive(key, every) for key in gallery.keys(floats=True)} if "methods" in asked else {}
    half: dict = {}
    enrolled: set[str] = set()
    if "strangers" in asked:
        drawn = np.random.default_rng(arguments.seed).permutation(len(every))[: len(every) // 2]
        enrolled = {gallery.names[number] for number in drawn}
        half = {key: gallery.archive(key, enrolled) for key in gallery.fewer_keys()}
    paths = [suspect.path for suspect in suspects]
    searched, plain, halved = answers_for(gallery, paths, product=product, whole=whole, half=half)
    made = []
    if (ours, DEFAULT_BITS) in searched:
        keep_answers(arguments.out, suspects, searched[ours, DEFAULT_BITS])
    if "attacks" in asked:
        made.append(tables.by_attack(suspects, searched, ours))
    if "methods" in asked:
        made.append(tables.by_method(suspects, searched, plain))
    if "strangers" in asked:
        folder = arguments.media / "strangers"
        others = videos_in(folder)[: arguments.limit] if folder.is_dir() else []
        far = answers_for(gallery, others, product={}, whole={}, half=half, what="other videos")[2]
        groups = sorted_out(suspects, enrolled, look_alikes(arguments.media))
        made.append(tables.strangers(groups, suspects, halved, far, len(enrolled), arguments.seed))
    return made


def sorted_out(suspects: list[Suspect], enrolled: set[str], group: dict[str, str]) -> dict[str, list[int]]:
    """Numbers of suspects: known to the archive; others; of these, those with a look-alike in it, and those without."""
    familiar = {group[name] for name in enrolled if group.get(name)}
    known = [i for i, suspect in enumerate(suspects) if suspect.sources & enrolled]
    rest = [
        i
        for i, suspect in enumerate(suspects)
        if not suspect.sources & enrolled and suspect.attack not in SHOWS_ANOTHER
    ]
    alike = [i for i in rest if any(group.get(name) in familiar for name in suspects[i].sources)]
    groups = {"known": known, "other half": rest}
    if group:
        groups |= {"other half, look-alikes": alike, "other half, the rest": sorted(set(rest) - set(alike))}
    return groups


def look_alikes(media: Path) -> dict[str, str]:
    """By file name the group of clips that are hard to tell apart, from `manifest.csv`, if there is one."""
    listing = media / "manifest.csv"
    if not listing.is_file():
        return {}
    with listing.open(newline="", encoding="utf-8") as file:
        return {Path(row["file"]).name: row["group"] for row in csv.DictReader(file) if row["split"] == "bench"}


def crop(gallery: Gallery, cuts: list[Suspect], seed: int) -> Table:
    """Plain cuts of all sources, with and without their borders."""
    archives = {key: gallery.any_archive(key, set(gallery.names)) for key in gallery.fewer_keys()}
    plain, without = answers_without_border(gallery, [suspect.path for suspect in cuts], archives)
    return tables.cropped(cuts, plain, without, seed)


def centers(gallery: Gallery, seed: int) -> Table:
    """How far apart the hash centers of whole videos lie."""
    count = len(gallery.names)
    drawn = {bits: [spread(random_codes(count, bits, seed + draw)) for draw in range(3)] for bits in BIT_LENGTHS}
    rows = {bits: hadamard_codes(count, bits) for bits in BIT_LENGTHS}
    best = {bits: None if codes is None else spread(codes) for bits, codes in rows.items()}
    return tables.apart({key: spread(gallery.centers(key)) for key in gallery.keys(floats=False)}, drawn, best)


def keep_answers(out: Path, suspects: list[Suspect], answers: list[Answer]) -> None:
    """Writes what our codes of the default length answered to each suspect."""
    with (out / "answers.jsonl").open("w", encoding="utf-8") as file:
        for suspect, answer in zip(suspects, answers, strict=True):
            row = {
                "suspect": suspect.path.name, "attack": suspect.attack, "sources": sorted(suspect.sources),
                "ranking": answer.ranking, "distance": answer.distance if answer.ranking else None,
            }  # fmt: skip
            file.write(json.dumps(row) + "\n")
