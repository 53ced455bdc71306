from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vtl_desktop import __version__
from vtl_desktop.cli.main import app

COMMANDS = ["demo", "enroll", "trace", "examine", "report", "database", "train"]
runner = CliRunner()


def test_help_names_every_command_and_every_status() -> None:
    told = runner.invoke(app, ["--help"]).stdout
    assert all(command in told for command in COMMANDS)
    assert "Exit status: 0 done" in told


@pytest.mark.parametrize("command", [[c] for c in COMMANDS] + [["database", "info"], ["train", "vithash"]])
def test_every_command_teaches(command: list[str]) -> None:
    done = runner.invoke(app, [*command, "--help"])
    assert done.exit_code == 0
    assert "Usage" in done.stdout


def test_version() -> None:
    assert __version__ in runner.invoke(app, ["--version"]).stdout


def test_wrong_usage_is_status_2() -> None:
    assert runner.invoke(app, ["trace"]).exit_code == 2


def test_a_word_that_is_no_command_and_no_file_is_status_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vtl_desktop", "tracee"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert "neither a command nor a file" in done.stderr


def test_a_missing_database_is_status_4_and_says_what_to_do(tmp_path: Path) -> None:
    suspect = tmp_path / "suspect.mp4"
    suspect.write_bytes(b"x")
    done = runner.invoke(app, ["trace", str(suspect), "--database", str(tmp_path / "none.h5")])
    assert done.exit_code == 4
    assert "none.h5" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_foreign_database_is_status_4(tmp_path: Path) -> None:
    foreign = tmp_path / "notes.h5"
    foreign.write_text("shopping list")
    done = runner.invoke(app, ["database", "info", str(foreign)])
    assert done.exit_code == 4
    assert "notes.h5" in done.stderr


def test_nothing_to_enroll_is_status_2(tmp_path: Path) -> None:
    done = runner.invoke(app, ["enroll", str(tmp_path), "--database", str(tmp_path / "a.h5")])
    assert done.exit_code == 2
    assert not (tmp_path / "a.h5").exists()


def test_a_code_length_that_there_is_not_is_status_2(tmp_path: Path) -> None:
    done = runner.invoke(app, ["enroll", str(tmp_path), "--database", str(tmp_path / "a.h5"), "--bits", "500"])
    assert done.exit_code == 2
    assert "64, 128, 256, 512, 1024" in done.stderr


def test_database_commands_on_an_empty_database(tmp_path: Path) -> None:
    from vtl_desktop.storage.hash_center_database import HashCenterDatabase

    path = tmp_path / "a.h5"
    HashCenterDatabase.create(path, bits=512, weights_sha256="0" * 64).close()
    told = json.loads(runner.invoke(app, ["database", "info", str(path), "--json"]).stdout)
    assert (told["sources"], told["bits"]) == (0, 512)
    assert runner.invoke(app, ["database", "verify", str(path)]).exit_code == 0
    done = runner.invoke(app, ["database", "remove", str(path), "nobody.mp4"])
    assert done.exit_code == 2
    assert "nobody.mp4" in done.stderr
