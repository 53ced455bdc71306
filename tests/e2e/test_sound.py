"""Sound beside the straight line: a cut with its sound, one with somebody else's, and without asking."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.e2e.conftest import Archive, cut
from tests.helpers.sounding_video import RATE, add_sound, speech
from vtl_desktop.cli.main import app
from vtl_desktop.core.sound import AGREES, DIFFERS
from vtl_desktop.media.writers import write_video
from vtl_desktop.services.enroll import enroll

runner = CliRunner()


@pytest.fixture(scope="module")
def folder(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounding")
    add_sound(archive.source("hills"), speech(5.0, 5), folder / "source.mp4")
    part = write(folder / "part.mp4", cut(archive, "hills", 25, 75))
    add_sound(part, speech(5.0, 5)[RATE : 4 * RATE], folder / "copy.mp4")
    add_sound(part, speech(3.0, 6), folder / "redubbed.mp4")
    enroll([folder / "source.mp4"], folder / "archive.h5")
    return folder


def write(path: Path, pictures: list) -> Path:
    write_video(path, pictures, 25.0)
    return path


def answer(folder: Path, name: str, *more: str) -> dict:
    arguments = ["trace", str(folder / name), "--database", str(folder / "archive.h5"), "--json", *more]
    done = runner.invoke(app, arguments)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["candidates"][0]


def test_the_sound_of_the_leader_is_compared_unless_told_not_to(folder: Path) -> None:
    told = answer(folder, "copy.mp4")
    assert told["sound"]["outcome"] == AGREES
    assert abs(told["sound"]["offset"]) < 0.05
    assert answer(folder, "redubbed.mp4")["sound"]["outcome"] == DIFFERS
    assert answer(folder, "copy.mp4", "--no-sound")["sound"] is None
