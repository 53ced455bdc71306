"""Measures sound as a second witness on real clips: right outcomes, error of the place, false agreement, and speed.

    python tests/bench/bench_sound.py --media DIR

`DIR/bench/` holds real clips. From each with enough sound suspects are made, one each way; the alignment from pictures
is taken as known, as only the sound is on trial. Then every clip is put against every other.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

import av
import numpy as np
from sound_material import ATTACKS, Made, Sound, write_suspect

from vtl_desktop.core import sound as words
from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.sound_bands import SAMPLE_RATE, BandEnergies, BandMeter, loudness
from vtl_desktop.core.sound_comparison import compare_sound
from vtl_desktop.core.tracing import Candidate, Source
from vtl_desktop.media.indexed import IndexedVideo
from vtl_desktop.media.probe import probe
from vtl_desktop.media.sound import NoSound, SoundReader
from vtl_desktop.services.sound import hear

QUIET = -55.0
SAME_SOUND = {frozenset(("st_aoc.mp4", "vr_3.mp4"))}
"""Clips cut from one recording: their sound is the same."""


def candidate_for(path: Path, segments: tuple[Segment, ...]) -> Candidate:
    source = Source(1, str(path), "0" * 64, 1, 15.0, 25.0, 640, 360, "h264", "")
    return Candidate(1, source, 0.0, 0.0, False, Alignment(segments), (), 0.0, 0.0)


def read(path: Path) -> tuple[Sound, BandEnergies] | None:
    meter, blocks = BandMeter(), []
    try:
        for start, samples in SoundReader(path, SAMPLE_RATE).blocks(CancelToken()):
            meter.add(start, samples)
            blocks.append(samples)
    except NoSound:
        return None
    return Sound(path, np.concatenate(blocks)), meter.energies()


def ask(made: Made, source: Path, folder: Path) -> words.SoundWitness:
    path = folder / f"suspect{made.ending}"
    write_suspect(made, path)
    told = hear(Exhibit(str(path), "0" * 64, "", probe(path)), candidate_for(source, made.segments))
    assert told is not None
    return told


def attacks(sounds: list[Sound], folder: Path) -> None:
    print("| suspect's sound | n | right | outcomes | place, ms: median | largest |\n|---|---|---|---|---|---|")
    for name, attack in ATTACKS.items():
        counts: Counter[str] = Counter()
        right, errors = 0, []
        for number, sound in enumerate(sounds):
            others = [
                s
                for s in sounds
                if s.path != sound.path and frozenset((s.path.name, sound.path.name)) not in SAME_SOUND
            ]
            made = attack(sound, others[number % len(others)], np.random.default_rng(number))
            if made is None:
                continue
            told = ask(made, sound.path, folder)
            counts[told.outcome] += 1
            right += told.outcome in made.expected
            if told.outcome not in made.expected:
                print(f"    {name} {sound.path.name}: {told.in_words}")
            if told.outcome in made.expected and made.offset is not None and told.offset is not None:
                errors.append(1000 * abs(told.offset - made.offset))
        total = sum(counts.values())
        told = ", ".join(f"{key} {count}" for key, count in counts.most_common())
        place = f"{np.median(errors):.0f} | {max(errors):.0f}" if errors else "- | -"
        print(f"| {name} | {total} | {right} | {told} | {place} |", flush=True)


def strangers(heard: dict[str, BandEnergies]) -> None:
    for label, names in (("all", list(heard)), ("grid talkers", [n for n in heard if n.startswith("grid_")])):
        counts: Counter[str] = Counter()
        for one in names:
            for other in names:
                if one == other or frozenset((one, other)) in SAME_SOUND:
                    continue
                end = min(heard[one].end, heard[other].end)
                told = compare_sound(heard[one], heard[other], Alignment((Segment(0, end, 0),)), (1.0,))
                counts[told.outcome] += 1
                if told.seconds(words.AGREES) or told.seconds(words.ELSEWHERE):
                    print(f"    {one} against {other}: {told.in_words}")
        print(f"Different clips, {label}: {sum(counts.values())} pairs: {dict(counts.most_common())}", flush=True)


def speed(paths: list[Path]) -> None:
    listening = decoding = seconds = 0.0
    for path in paths:
        facts = probe(path)
        begun = time.process_time()
        hear(Exhibit(str(path), "0" * 64, "", facts), candidate_for(path, (Segment(0, facts.duration, 0),)))
        listening += time.process_time() - begun
        begun = time.process_time()
        video = IndexedVideo(path)
        for _ in video.decode_all():
            pass
        video.close()
        decoding += 2 * (time.process_time() - begun)
        seconds += facts.duration
    print(
        f"CPU seconds for {len(paths)} pairs of {seconds / len(paths):.1f} s: comparing sound "
        f"{listening / len(paths):.3f} a pair, decoding both videos {decoding / len(paths):.3f}: "
        f"{listening / decoding:.0%}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, required=True, help="folder with bench/")
    parser.add_argument("--limit", type=int, default=0, help="only so many clips")
    chosen = parser.parse_args()
    found = {path: read(path) for path in sorted((chosen.media / "bench").glob("*.mp4")) if has_sound(path)}
    known = {path: pair for path, pair in found.items() if pair is not None}
    clear = {path: p for path, p in known.items() if np.percentile(loudness(p[1].power[0]), 95) >= QUIET}
    paths = list(clear)[: chosen.limit or None]
    print(f"{len(known)} clips have a sound track; in {len(clear)} something is heard ({QUIET:g} dB or more).\n")
    with tempfile.TemporaryDirectory() as folder:
        attacks([clear[path][0] for path in paths], Path(folder))
    print()
    strangers({path.name: clear[path][1] for path in paths})
    speed(paths)


def has_sound(path: Path) -> bool:
    with av.open(str(path)) as container:
        return bool(container.streams.audio)


if __name__ == "__main__":
    main()
