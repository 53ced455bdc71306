"""Files that break lesser programs: each gives a named error or an answer, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from tests.e2e.conftest import Archive
from tests.helpers.numbered_video import cut_off, make_video
from vtl_desktop.cli.main import app
from vtl_desktop.core.errors import DatabaseError, DatabaseLocked
from vtl_desktop.services.enroll import enroll
from vtl_desktop.services.intake import take_in
from vtl_desktop.services.trace import trace
from vtl_desktop.storage.hash_center_database import HashCenterDatabase

runner = CliRunner()


def audio_only(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), format="fltp", layout="mono")
        frame.rate = 44100
        for packet in [*stream.encode(frame), *stream.encode()]:
            container.mux(packet)


def test_unreadable_files_are_named_and_the_others_still_done(archive: Archive, tmp_path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video at all")
    audio_only(tmp_path / "sound.mp4")
    whole = make_video(tmp_path / "whole.mp4", count=40)
    cut_off(whole, tmp_path / "truncated.mp4", 0.5)
    done = runner.invoke(app, ["trace", str(tmp_path), "--database", str(archive.database), "--json"])
    assert done.exit_code == 3
    for name in ("empty.mp4", "text.mp4", "sound.mp4", "truncated.mp4"):
        assert f"{name}" in done.stderr
    assert "Traceback" not in done.stderr
    assert any("whole.mp4" in line for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    "made",
    [
        {"count": 1},
        {"count": 20, "size": (2, 2)},
        {"count": 20, "size": (321, 181), "codec": "ffv1", "name": "suspect.mkv"},
        {"count": 20, "rotation": 90},
        {"count": 30, "steps": (0.02, 0.1, 0.05, 0.2)},
    ],
    ids=["one frame", "2 x 2 pixels", "odd size", "rotated", "variable frame rate"],
)
def test_odd_files_are_answered(archive: Archive, tmp_path, made: dict) -> None:
    made = dict(made)
    suspect = tmp_path / made.pop("name", "suspect.mp4")
    if made.get("size") == (2, 2):
        made["picture"] = lambda number, width, height: np.full((height, width, 3), number * 9 % 255, np.uint8)
    make_video(suspect, **made)
    result = trace(take_in(suspect), archive.database)
    assert result.candidates
    assert result.reason


def test_a_database_locked_by_another_process_says_so(archive: Archive, tmp_path) -> None:
    code = (
        "import sys, time\nfrom vtl_desktop.storage.hash_center_database import HashCenterDatabase\n"
        f"with HashCenterDatabase.open({str(archive.database)!r}, write=True):\n"
        "    print('open', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline().strip() == "open"
            with pytest.raises(DatabaseLocked, match=r"archive\.h5"):
                trace(take_in(archive.source("hills")), archive.database)
        finally:
            holder.kill()
    HashCenterDatabase.open(archive.database).close()


def test_a_full_disk_while_enrolling_keeps_what_was_enrolled(archive: Archive, tmp_path, monkeypatch) -> None:
    database = tmp_path / "full.h5"
    enroll([archive.source("hills")], database)
    code = (
        "import resource, signal, sys\nfrom pathlib import Path\n"
        "from vtl_desktop.core.errors import StorageFull\nfrom vtl_desktop.services.enroll import enroll\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        # No file may grow beyond this: the transaction's log does not fit any more.
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))\n"
        f"try:\n    enroll([Path({str(archive.source('street'))!r})], Path({str(database)!r}))\n"
        "except StorageFull as error:\n    print('StorageFull', error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.startswith("StorageFull"), done.stderr
    with HashCenterDatabase.open(database) as opened:
        assert [source.name for source in opened.sources()] == ["hills.mp4"]
        assert opened.verify() == []
    assert len(enroll([archive.source("street")], database).enrolled) == 1


def test_a_folder_that_cannot_be_written_is_named(archive: Archive, tmp_path) -> None:
    (tmp_path / "file").write_text("a file where a folder is wanted")
    with pytest.raises(DatabaseError, match="file"):
        enroll([archive.source("hills")], tmp_path / "file" / "archive.h5")
