"""Enrolling is killed fifty times at random moments: every source that was reported as enrolled is there, each time.

Run as a program, this file does the killing: it forks the child that enrolls, which spares starting Python each time.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from vtl_desktop.core.tracing import Source
from vtl_desktop.storage.hash_center_database import EnrolledSource, HashCenterDatabase

BITS = 256
WEIGHTS = "0f" * 32
ROUNDS = 50


def synthetic(number: int) -> EnrolledSource:
    """A source that its number tells all of."""
    chance = np.random.default_rng(number)
    clips, frames = 20 + number % 60, 100 + number % 300
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    return EnrolledSource(
        source=Source(
            0, f"/a/{number}.mp4", digest, number, clips / 4, 25.0, 64, 36, "h264", "2026-01-01T00:00:00+00:00"
        ),
        centers=chance.integers(0, 256, (2, BITS // 8), np.uint8),
        center_margins=chance.integers(0, 256, (2, BITS), np.uint8),
        center_spans=np.zeros((2, 2)),
        center_whole=np.array([True, False]),
        clip_codes=chance.integers(0, 256, (clips, BITS // 8), np.uint8),
        clip_times=np.arange(clips) / 4,
        crop_codes=chance.integers(0, 256, (9, BITS // 8), np.uint8),
        crop_times=np.zeros(9),
        crop_boxes=chance.random((9, 4), np.float32),
        motion_times=np.arange(frames) / 25,
        motion_signals=chance.random((frames, 3), np.float32),
        thumbnails=tuple((float(i), chance.bytes(2000)) for i in range(1 + number % 9)),
    )


def enroll_for_ever(path: Path, report: int) -> None:
    """Adds one source after the other; says each number only after `add` returned."""
    with HashCenterDatabase.open(path, write=True) as database:
        number = len(database)
        while True:
            database.add(synthetic(number))
            os.write(report, b"%d\n" % number)
            number += 1


def kill_once(path: Path, sources: int, delay: float) -> list[int]:
    """Lets a child report so many sources and go on for so many seconds, kills it, returns what it reported."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            enroll_for_ever(path, writing)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        lines = [pipe.readline() for _ in range(sources)]
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        reported = [int(line) for line in [*lines, *pipe.read().split()]]
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise SystemExit("the child ended before it was killed")
    return reported


def check(path: Path, reported: list[int], checked: int) -> int:
    """Opens what the killed process left and looks for every reported source; returns how many sources there are."""
    with HashCenterDatabase.open(path, weights_sha256=WEIGHTS, bits=BITS) as database:
        problems = database.verify()
        if problems:
            raise SystemExit(f"problems: {problems}")
        count = len(database)
        expected = max(reported, default=-1) + 1
        if not expected <= count <= max(expected, checked) + 1:
            raise SystemExit(f"{expected} sources were reported, {count} are there")
        for number in {*reported, *range(checked, count)}:
            wanted = synthetic(number)
            found = database.find(wanted.source.sha256)
            if found is None or found.id != number + 1:
                raise SystemExit(f"source {number} is not there")
            codes, _ = database.clip_codes(found.id)
            if not np.array_equal(codes, wanted.clip_codes) or database.thumbnails(found.id) != wanted.thumbnails:
                raise SystemExit(f"source {number} is not what it was")
        return count


def main(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    HashCenterDatabase.create(path, bits=BITS, weights_sha256=WEIGHTS).close()
    count = logs = 0
    for _ in range(ROUNDS):
        # Without a source to wait for, it dies while it opens and puts in order what the one before left.
        reported = kill_once(path, chance.randint(0, 4), chance.uniform(0, 0.025))
        logs += path.with_name(path.name + ".log").exists()
        count = check(path, reported, count)
    print(f"{count} sources after {ROUNDS} kills, {logs} of them with a log left")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_killed_fifty_times(tmp_path: Path) -> None:
    path = tmp_path / "archive.h5"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    ran = subprocess.run(
        [sys.executable, __file__, str(path), "20260101"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    count = int(ran.stdout.split()[0])
    assert count > ROUNDS, "hardly anything was enrolled between the kills"
    with HashCenterDatabase.open(path, write=True) as database:
        assert database.add(synthetic(count)).id == count + 1
        assert database.verify() == []
    assert [entry.name for entry in tmp_path.iterdir()] == ["archive.h5"]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
