"""The hash-center database: what goes in comes out, what is wrong is named, nothing is lost."""

from __future__ import annotations

import csv
import errno
import hashlib
import os
import stat
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from vtl_desktop.core.errors import (
    Cancelled,
    DatabaseError,
    DatabaseLocked,
    DatabaseMismatch,
    DatabaseTooNew,
    NotADatabase,
    StorageFull,
)
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.motion_signature import ROW_BYTES, MotionSignature
from vtl_desktop.core.tracing import Source
from vtl_desktop.storage.hash_center_database import EnrolledSource, HashCenterDatabase
from vtl_desktop.storage.raw_file import RawFile
from vtl_desktop.storage.transaction_log import HEADER_SIZE, Header

BITS = 128
WEIGHTS = "ab" * 32
OTHER_WEIGHTS = "cd" * 32


def enrolled(number: int, *, clips: int = 12, bits: int = BITS, thumbnails: int = 2) -> EnrolledSource:
    chance = np.random.default_rng(number)
    frames = clips * 5
    source = Source(
        id=0,
        path=f"/archive/Beitrag {number} – Straße.mp4",
        sha256=hashlib.sha256(b"%d" % number).hexdigest(),
        size=1000 + number,
        duration=clips / 4,
        frame_rate=25.0,
        width=640,
        height=360,
        codec="h264",
        enrolled_at="2026-01-02T03:04:05+01:00",
    )
    return EnrolledSource(
        source=source,
        centers=chance.integers(0, 256, (3, bits // 8), np.uint8),
        center_margins=chance.integers(0, 256, (3, bits), np.uint8),
        center_spans=np.array([[0, clips / 4], [0, 1], [1, clips / 4]], np.float64),
        center_whole=np.array([True, False, False]),
        clip_codes=chance.integers(0, 256, (clips, bits // 8), np.uint8),
        clip_times=np.arange(clips) / 4,
        crop_codes=chance.integers(0, 256, (9, bits // 8), np.uint8),
        crop_times=np.full(9, clips / 8),
        crop_boxes=chance.random((9, 4), np.float32),
        motion_times=np.arange(frames) / 25,
        motion_signals=chance.random((frames, 3), np.float32),
        thumbnails=tuple((float(i), chance.bytes(50 + i)) for i in range(thumbnails)),
        signature=MotionSignature.from_rows(
            np.arange(frames) / 25, chance.integers(-31, 32, (frames, ROW_BYTES), np.int8) // 8 * 8
        ),
    )


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, name, lambda fd: None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "archive.h5"
    HashCenterDatabase.create(target, bits=BITS, weights_sha256=WEIGHTS, weights_name="vithash-1").close()
    return target


@pytest.fixture
def filled(path: Path) -> Path:
    with HashCenterDatabase.open(path, write=True) as database:
        for number in range(5):
            database.add(enrolled(number))
    return path


def same(database: HashCenterDatabase, source_id: int, expected: EnrolledSource) -> None:
    codes, times = database.clip_codes(source_id)
    np.testing.assert_array_equal(codes, expected.clip_codes)
    np.testing.assert_array_equal(times, expected.clip_times)
    motion_times, signals = database.motion(source_id)
    np.testing.assert_array_equal(motion_times, expected.motion_times)
    assert signals.dtype == np.float32
    np.testing.assert_allclose(signals, expected.motion_signals, rtol=1e-3)
    assert database.thumbnails(source_id) == expected.thumbnails
    assert database.source(source_id) == replace(expected.source, id=source_id)


# --- what goes in comes out


def test_round_trip(path: Path) -> None:
    sources = [enrolled(0), enrolled(1, clips=30), enrolled(2, clips=0, thumbnails=0), enrolled(3, thumbnails=9)]
    with HashCenterDatabase.open(path, write=True) as database:
        ids = [database.add(source).id for source in sources]
        assert ids == [1, 2, 3, 4]
        for source_id, source in zip(ids, sources, strict=True):
            same(database, source_id, source)
    with HashCenterDatabase.open(path, weights_sha256=WEIGHTS, bits=BITS) as database:
        assert len(database) == 4
        assert list(database.sources()) == [
            replace(source.source, id=i) for i, source in zip(ids, sources, strict=True)
        ]
        for source_id, source in zip(ids, sources, strict=True):
            same(database, source_id, source)
            assert database.find(source.source.sha256) == database.source(source_id)
            assert source.source.sha256 in database
        assert database.find("00" * 32) is None
        assert database.enrolled_digests() == {source.source.sha256 for source in sources}
        table = database.clip_table()
        np.testing.assert_array_equal(table.codes, np.concatenate([source.clip_codes for source in sources]))
        np.testing.assert_array_equal(table.source_ids, np.repeat(ids, [12, 30, 0, 12]))
        np.testing.assert_array_equal(table.times, np.concatenate([source.clip_times for source in sources]))
        assert table.codes.flags.c_contiguous
        assert table.source_ids.dtype == np.int64
        centers = database.centers_table()
        np.testing.assert_array_equal(centers.codes, np.concatenate([source.centers for source in sources]))
        np.testing.assert_array_equal(centers.spans, np.concatenate([source.center_spans for source in sources]))
        assert centers.whole.tolist() == [True, False, False] * 4
        assert centers.source_ids.tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
        parts = list(database.iter_clips(sources=3))
        assert [len(part) for part in parts] == [42, 12]
        np.testing.assert_array_equal(np.concatenate([part.codes for part in parts]), table.codes)
        assert database.verify() == []


def test_info(filled: Path) -> None:
    with HashCenterDatabase.open(filled, write=True) as database:
        database.remove(2)
        info = database.info()
    assert (info.sources, info.clips, info.centers, info.removed) == (4, 48, 12, 1)
    assert (info.bits, info.weights_sha256, info.weights_name, info.schema) == (BITS, WEIGHTS, "vithash-1", 3)
    assert info.seconds_of_video == pytest.approx(12.0)
    assert info.size == filled.stat().st_size
    assert info.path == str(filled)
    assert info.created_at


def test_thumbnail_near(path: Path) -> None:
    source = enrolled(7, thumbnails=4)
    with HashCenterDatabase.open(path, write=True) as database:
        database.add(enrolled(6))
        database.add(source)
        database.add(enrolled(8, thumbnails=0))
        assert database.thumbnail_near(2, 1.6) == source.thumbnails[2][1]
        assert database.thumbnail_near(2, -5) == source.thumbnails[0][1]
        assert database.thumbnail_near(2, 99) == source.thumbnails[3][1]
        assert database.thumbnail_near(3, 0) is None


def test_file_names_that_are_no_text(path: Path) -> None:
    odd = os.fsdecode(b"/archive/\xff\xfe\n.mp4")
    with HashCenterDatabase.open(path, write=True) as database:
        database.add(replace(enrolled(1), source=replace(enrolled(1).source, path=odd)))
    with HashCenterDatabase.open(path) as database:
        assert database.source(1).path == odd
        assert os.fsencode(database.source(1).path) == b"/archive/\xff\xfe\n.mp4"


def test_remove(filled: Path) -> None:
    with HashCenterDatabase.open(filled, write=True) as database:
        database.remove(2)
        database.remove(5)
        with pytest.raises(DatabaseError, match="Source 2 was removed"):
            database.remove(2)
    with HashCenterDatabase.open(filled, write=True) as database:
        assert len(database) == 3
        assert [source.id for source in database.sources()] == [1, 3, 4]
        assert sorted(set(database.clip_table().source_ids.tolist())) == [1, 3, 4]
        np.testing.assert_array_equal(
            database.clip_table().codes, np.concatenate([enrolled(number).clip_codes for number in (0, 2, 3)])
        )
        assert set(database.centers_table().source_ids.tolist()) == {1, 3, 4}
        assert database.find(enrolled(1).source.sha256) is None
        assert enrolled(1).source.sha256 not in database.enrolled_digests()
        for read in (database.source, database.clip_codes, database.motion, database.thumbnails):
            with pytest.raises(DatabaseError, match="Source 2 was removed"):
                read(2)
        again = database.add(enrolled(1))
        assert again.id == 6, "an id is never given again"
        assert database.find(again.sha256) == again
        assert database.verify() == []


def test_relocate(filled: Path) -> None:
    with HashCenterDatabase.open(filled, write=True) as database:
        moved = database.relocate(3, "/elsewhere/ein viel längerer Name als zuvor, und noch etwas mehr.mov")
        assert moved.path.endswith("mehr.mov")
        assert database.source(3) == moved
    with HashCenterDatabase.open(filled) as database:
        assert database.source(3) == moved
        assert database.find(enrolled(2).source.sha256) == moved
        assert [source.path for source in database.sources()][2] == moved.path
        same(database, 4, enrolled(3))
        assert database.verify() == []


def test_state_changes_with_the_contents(filled: Path) -> None:
    states = []
    for number in range(3):
        with HashCenterDatabase.open(filled, write=True) as database:
            states.append(database.state)
            if number:
                database.remove(number)
                states.append(database.state)
        with HashCenterDatabase.open(filled) as database:
            assert database.state == states[-1]
    assert states[1] == states[0]
    assert states[3] == states[2]
    assert len({states[0], states[2], states[4]}) == 3


def test_unknown_source(filled: Path) -> None:
    with HashCenterDatabase.open(filled) as database:
        for wrong in (0, -1, 6):
            with pytest.raises(DatabaseError, match=f"holds no source {wrong}"):
                database.source(wrong)


def test_same_digest_twice(filled: Path) -> None:
    with HashCenterDatabase.open(filled, write=True) as database:
        with pytest.raises(DatabaseError, match="enrolled already, as source 3"):
            database.add(enrolled(2))
        assert len(database) == 5


def test_wrong_shapes_are_refused_and_change_nothing(filled: Path) -> None:
    good = enrolled(9)
    wrong = [
        replace(good, clip_codes=good.clip_codes[:, :-1]),
        replace(good, clip_codes=good.clip_codes.astype(np.int64)),
        replace(good, clip_times=good.clip_times[:-1]),
        replace(good, clip_times=np.full(12, np.nan)),
        replace(good, centers=good.centers[:1]),
        replace(good, center_whole=np.zeros(3)),
        replace(good, motion_signals=good.motion_signals[:, :2]),
        replace(good, source=replace(good.source, sha256="AB" * 32)),
    ]
    before = filled.read_bytes()
    with HashCenterDatabase.open(filled, write=True) as database:
        for source in wrong:
            with pytest.raises(ValueError, match=r"is|holds"):
                database.add(source)
    assert filled.read_bytes() == before


def test_compact(filled: Path) -> None:
    with HashCenterDatabase.open(filled, write=True) as database:
        for number in range(5, 40):
            database.add(enrolled(number, thumbnails=60))
        for source_id in range(6, 40):
            database.remove(source_id)
        database.relocate(2, "/moved.mp4")
        with h5py.File(filled, "r", locking=False) as before:
            bytes_before = before["jpegs/data"].shape[0]
        database.compact()
        with h5py.File(filled, "r", locking=False) as after:
            assert after["jpegs/data"].shape[0] < bytes_before / 10
        assert database.verify() == []
        assert database.add(enrolled(50)).id == 41
        assert database.add(enrolled(6)).id == 42
    with HashCenterDatabase.open(filled) as database:
        assert [source.id for source in database.sources()] == [1, 2, 3, 4, 5, 40, 41, 42]
        assert database.source(2).path == "/moved.mp4"
        same(database, 5, enrolled(4))
        same(database, 40, enrolled(39, thumbnails=60))
        same(database, 42, enrolled(6))
        assert database.verify() == []
    assert sorted(p.name for p in filled.parent.iterdir()) == ["archive.h5"]


def test_compacting_can_be_cancelled(filled: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with HashCenterDatabase.open(filled, write=True) as database:
        with pytest.raises(Cancelled):
            database.compact(cancel=cancel)
        database.add(enrolled(9))
        assert database.verify() == []
    assert sorted(p.name for p in filled.parent.iterdir()) == ["archive.h5"]


def test_export_csv(filled: Path, tmp_path: Path) -> None:
    out = tmp_path / "sources.csv"
    with HashCenterDatabase.open(filled, write=True) as database:
        database.relocate(1, os.fsdecode(b"/a,\xff\n.mp4"))
        database.remove(2)
        database.export_csv(out)
    with out.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["id"] for row in rows] == ["1", "3", "4", "5"]
    assert rows[0]["path"] == "/a,\\udcff\n.mp4"
    assert rows[1]["path"] == enrolled(2).source.path
    assert rows[1]["sha256"] == enrolled(2).source.sha256


def test_plain_hdf5_reads_it(filled: Path) -> None:
    with h5py.File(filled, "r") as h5:
        assert h5.attrs["format"] == "vtl-desktop hash centers"
        assert h5["clips/codes"].shape == (60, BITS // 8)


# --- what is refused


def test_refuses_missing_and_foreign_files(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no database\n" * 100)
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as h5:
        h5["x"] = np.arange(1000)
    before = other.read_bytes()
    empty = tmp_path / "empty.h5"
    empty.touch()
    for write in (False, True):
        with pytest.raises(NotADatabase, match=r"There is no database .*none\.h5"):
            HashCenterDatabase.open(tmp_path / "none.h5", write=write)
        with pytest.raises(NotADatabase, match="is a folder"):
            HashCenterDatabase.open(tmp_path, write=write)
        for foreign in (text, other, empty):
            with pytest.raises(NotADatabase, match=rf"{foreign.name} is no hash-center database") as caught:
                HashCenterDatabase.open(foreign, write=write)
            assert caught.value.hint
    assert other.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty.h5", "notes.txt", "other.h5"]


def test_refuses_a_shortened_file(filled: Path) -> None:
    whole = filled.read_bytes()
    for length in (len(whole) - 1, len(whole) // 2, 600, 100):
        filled.write_bytes(whole[:length])
        for write in (False, True):
            with pytest.raises(NotADatabase, match=r"is damaged|is no hash-center database"):
                HashCenterDatabase.open(filled, write=write)


def rewritten(path: Path, change) -> None:
    """Changes the HDF5 inside, and nothing of the header but the length."""
    with h5py.File(path, "r+") as h5:
        change(h5)
    data = bytearray(path.read_bytes())
    header = Header.parse(bytes(data[:HEADER_SIZE]))
    assert header is not None
    data[:HEADER_SIZE] = replace(header, length=len(data)).pack()
    path.write_bytes(data)


def test_refuses_a_newer_schema(filled: Path) -> None:
    rewritten(filled, lambda h5: h5.attrs.modify("schema", 4))
    with pytest.raises(DatabaseTooNew, match=r"newer version of this program \(layout 4; this version reads up to 3\)"):
        HashCenterDatabase.open(filled)


@pytest.mark.parametrize("schema", [1, 2])
def test_refuses_an_older_schema(filled: Path, schema: int) -> None:
    rewritten(filled, lambda h5: h5.attrs.modify("schema", schema))
    with pytest.raises(
        DatabaseMismatch, match=rf"earlier version.*\(layout {schema}; this version works with 3\)"
    ) as no:
        HashCenterDatabase.open(filled)
    assert "Enroll its sources again" in str(no.value)


def test_a_layout_without_signatures_is_said_to_be_damaged(filled: Path) -> None:
    def without(h5: h5py.File) -> None:
        del h5["flows/data"]

    rewritten(filled, without)
    with pytest.raises(NotADatabase, match="flows/data missing"):
        HashCenterDatabase.open(filled)


def test_motion_signatures_come_back_also_after_compacting(filled: Path) -> None:
    with HashCenterDatabase.open(filled, write=True) as database:
        database.remove(1)
        database.compact()
        assert database.verify() == []
    with HashCenterDatabase.open(filled) as database:
        for number in range(1, 5):
            expected, found = enrolled(number).signature, database.motion_signature(number + 1)
            np.testing.assert_array_equal(found.rows(), expected.rows())
            np.testing.assert_array_equal(found.times, expected.times)


def test_a_source_without_signature_has_an_empty_one(path: Path) -> None:
    with HashCenterDatabase.open(path, write=True) as database:
        database.add(replace(enrolled(0), signature=MotionSignature.empty()))
        assert len(database.motion_signature(1)) == 0
        assert database.verify() == []


def test_a_signature_has_to_have_as_many_frames_as_the_track(path: Path) -> None:
    source = enrolled(0)
    short = source.signature.between(0.0, 1.0)
    with (
        HashCenterDatabase.open(path, write=True) as database,
        pytest.raises(ValueError, match="signature of 25 of 60"),
    ):
        database.add(replace(source, signature=short))


def test_a_damaged_signature_is_named(filled: Path) -> None:
    def change(h5: h5py.File) -> None:
        h5["flows/data"][:40] = 255

    rewritten(filled, change)
    with HashCenterDatabase.open(filled) as database:
        with pytest.raises(NotADatabase, match="motion signature cannot be unpacked"):
            database.motion_signature(1)
        assert any("Source 1" in problem for problem in database.verify())


def test_crops_come_back_source_by_source(filled: Path) -> None:
    with HashCenterDatabase.open(filled, write=True) as database:
        database.remove(2)
        table, sources = database.crop_table(), [source.id for source in database.sources()]
    kept = [enrolled(number - 1) for number in sources]
    np.testing.assert_array_equal(table.codes, np.concatenate([source.crop_codes for source in kept]))
    np.testing.assert_array_equal(table.boxes, np.concatenate([source.crop_boxes for source in kept]))
    np.testing.assert_array_equal(table.times, np.concatenate([source.crop_times for source in kept]))
    np.testing.assert_array_equal(table.source_ids, np.repeat(sources, 9))


@pytest.mark.parametrize(
    "change",
    [
        lambda h5: h5.pop("clips/codes"),
        lambda h5: h5.attrs.pop("bits"),
        lambda h5: h5.attrs.modify("bits", 7),
        lambda h5: h5.attrs.modify("bits", 256),
        lambda h5: h5.attrs.__setitem__("weights_sha256", 5),
        lambda h5: h5.pop("motion"),
        lambda h5: (h5.pop("jpegs/data"), h5.create_dataset("jpegs/data", (4,), "u1", external=[("x", 0, 4)])),
    ],
)
def test_refuses_what_lacks_something(filled: Path, change) -> None:
    rewritten(filled, change)
    for write in (False, True):
        with pytest.raises(NotADatabase, match="is damaged"):
            HashCenterDatabase.open(filled, write=write)


def test_refuses_other_weights_and_bits(filled: Path) -> None:
    with pytest.raises(DatabaseMismatch) as caught:
        HashCenterDatabase.open(filled, weights_sha256=OTHER_WEIGHTS)
    assert WEIGHTS[:12] in caught.value.message
    assert OTHER_WEIGHTS[:12] in caught.value.message
    assert caught.value.hint == "Enroll again with these weights, or use the weights it was made with."
    with pytest.raises(DatabaseMismatch, match="codes of 128 bits, not of 512"):
        HashCenterDatabase.open(filled, bits=512)
    HashCenterDatabase.open(filled, write=True).close()


def test_create_refuses(path: Path, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="exists already"):
        HashCenterDatabase.create(path, bits=BITS, weights_sha256=WEIGHTS)
    with pytest.raises(DatabaseError, match="There is no folder"):
        HashCenterDatabase.create(tmp_path / "no" / "archive.h5", bits=BITS, weights_sha256=WEIGHTS)
    with pytest.raises(ValueError, match="bits"):
        HashCenterDatabase.create(tmp_path / "b.h5", bits=100, weights_sha256=WEIGHTS)


def test_reading_only_and_closed(filled: Path) -> None:
    with HashCenterDatabase.open(filled) as database:
        for write in (lambda: database.add(enrolled(9)), lambda: database.remove(1), database.compact):
            with pytest.raises(DatabaseError, match="opened for reading only"):
                write()
    for use in (database.info, database.clip_table, lambda: database.source(1), lambda: len(database)):
        with pytest.raises(DatabaseError, match="is closed"):
            use()
    database.close()


# --- other processes


def run_python(script: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    package = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=cwd,
        env=environment,
    )


OPEN_BOTH_WAYS = """
    import sys
    from vtl_desktop.core.errors import VtlError
    from vtl_desktop.storage.hash_center_database import HashCenterDatabase
    for write in (False, True):
        try:
            HashCenterDatabase.open(sys.argv[1], write=write).close()
            print("opened")
        except VtlError as error:
            print(type(error).__name__, error.message)
"""


def test_locked_by_another_process(filled: Path) -> None:
    with HashCenterDatabase.open(filled, write=True):
        assert run_python(OPEN_BOTH_WAYS, str(filled)).stdout.splitlines() == [
            f"DatabaseLocked {filled} is being written by another process.",
            f"DatabaseLocked {filled} is being written or read by another process.",
        ]
    with HashCenterDatabase.open(filled):
        assert run_python(OPEN_BOTH_WAYS, str(filled)).stdout.splitlines() == [
            "opened",
            f"DatabaseLocked {filled} is being written or read by another process.",
        ]
    assert run_python(OPEN_BOTH_WAYS, str(filled)).stdout.splitlines() == ["opened", "opened"]
    with HashCenterDatabase.open(filled), pytest.raises(DatabaseLocked) as caught:
        HashCenterDatabase.open(filled, write=True)
    assert "wait until it is done" in caught.value.hint


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="needs another user")
def test_a_folder_that_may_only_be_read(filled: Path) -> None:
    script = """
        import os, sys
        import h5py
        from vtl_desktop.core.errors import VtlError
        from vtl_desktop.storage.hash_center_database import HashCenterDatabase
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        with HashCenterDatabase.open("archive.h5") as database:
            print(len(database), len(database.clip_table()), database.source(1).id, database._file.pending)
        for use in (
            lambda: HashCenterDatabase.open("archive.h5", write=True),
            lambda: HashCenterDatabase.create("new.h5", bits=64, weights_sha256="ab" * 32),
        ):
            try:
                use()
            except VtlError as error:
                print(type(error).__name__, error.message)
    """
    expected = [
        "5 60 1 False",
        "StorageFull archive.h5 could not be written: the file or its folder may not be written.",
        "StorageFull new.h5 could not be written: the file or its folder may not be written.",
    ]
    folder = filled.parent
    above = [parent for parent in (folder.parent, folder.parent.parent) if not parent.stat().st_mode & stat.S_IXOTH]
    filled.chmod(0o444)
    folder.chmod(0o555)
    try:
        for parent in above:
            parent.chmod(0o711)  # root runs the script as somebody else, who has to get there
        ran = run_python(script, cwd=folder)
        assert ran.stdout.splitlines() == expected, ran.stderr
        # The same, where a killed process left a source in the log.
        folder.chmod(0o755)
        filled.chmod(0o644)
        leave_in_log(filled, enrolled(9))
        filled.chmod(0o444)
        folder.chmod(0o555)
        before = filled.read_bytes()
        ran = run_python(script, cwd=folder)
        assert ran.stdout.splitlines() == ["6 72 1 True", *expected[1:]], ran.stderr
        assert filled.read_bytes() == before
    finally:
        for parent in above:
            parent.chmod(stat.S_IRWXU)
        folder.chmod(stat.S_IRWXU)
        filled.chmod(0o644)
    with HashCenterDatabase.open(filled) as database:
        assert len(database) == 6
        same(database, 6, enrolled(9))


def leave_in_log(path: Path, source: EnrolledSource) -> None:
    """Adds a source as a process does that is killed between the log and the file."""
    with pytest.MonkeyPatch.context() as patch:
        real = RawFile.write

        def write(file: RawFile, data: bytes, offset: int) -> None:
            if file.path.suffix == ".h5":
                raise OSError(errno.EIO, "killed")
            real(file, data, offset)

        patch.setattr(RawFile, "write", write)
        with HashCenterDatabase.open(path, write=True) as database:
            database.add(source)
    assert path.with_name("archive.h5.log").exists()


def test_a_source_left_in_the_log(filled: Path) -> None:
    leave_in_log(filled, enrolled(9))
    with HashCenterDatabase.open(filled) as database:
        assert len(database) == 6
        same(database, 6, enrolled(9))
        assert database.verify() == []


# --- full disks


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES])
def test_what_counts_as_full(filled: Path, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with HashCenterDatabase.open(filled, write=True) as database:
        with monkeypatch.context() as patch:
            patch.setattr(RawFile, "write", write)
            for change in (lambda: database.add(enrolled(9)), lambda: database.remove(1)):
                with pytest.raises(StorageFull, match="could not be written") as caught:
                    change()
                assert caught.value.hint
        assert len(database) == 5
        database.remove(1)
        assert database.verify() == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_no_space_at_any_write(filled: Path, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real = {name: getattr(RawFile, name) for name in ("write", "reserve", "sync")}
    steps: list[str] = []
    fail_at = [10**9]

    def failing(name: str):
        def step(file: RawFile, *arguments: object) -> None:
            steps.append(f"{name} {file.path.name}")
            if fail_at[0] <= len(steps) - 1:
                raise OSError(code, os.strerror(code))
            real[name](file, *arguments)

        return step

    for name in real:
        monkeypatch.setattr(RawFile, name, failing(name))
    expected = DatabaseError if code == errno.EIO else StorageFull
    with HashCenterDatabase.open(filled, write=True) as database:
        steps.clear()
        database.add(enrolled(20))
        total, added = len(steps), 6
        assert total >= 5
        for step in range(total):
            new = enrolled(30 + step, thumbnails=40)
            steps.clear()
            fail_at[0] = step
            try:
                database.add(new)
            except expected as error:
                assert str(filled) in error.message  # noqa: PT017 - some steps may fail without an error
                assert new.source.sha256 not in database
                assert len(database) == added
            else:
                added += 1  # it lay safely in the log by then
                same(database, added, new)
            fail_at[0] = 10**9
            if new.source.sha256 not in database:
                database.add(new)
                added += 1
            assert len(database) == added
            assert database.verify() == []
    with HashCenterDatabase.open(filled) as database:
        assert len(database) == added
        assert database.verify() == []


def test_compacting_without_space_changes_nothing(filled: Path) -> None:
    script = """
        import resource, signal, sys
        from vtl_desktop.core.errors import VtlError
        from vtl_desktop.storage.hash_center_database import HashCenterDatabase
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with HashCenterDatabase.open(sys.argv[1], write=True) as database:
            database.remove(1)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
            try:
                database.compact()
            except VtlError as error:
                print(type(error).__name__)
            print(len(database), database.verify())
    """
    ran = run_python(script, str(filled))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["StorageFull", "4 []"]
    with HashCenterDatabase.open(filled) as database:
        assert len(database) == 4
    assert [p.name for p in filled.parent.iterdir()] == ["archive.h5"]


def test_a_job_that_is_interrupted_in_the_middle(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vtl_desktop.storage import database_layout

    real, left = database_layout.append, [4]

    def append(*arguments: object) -> int:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return real(*arguments)

    with HashCenterDatabase.open(filled, write=True) as database:
        monkeypatch.setattr(database_layout, "append", append)
        with pytest.raises(KeyboardInterrupt):
            database.add(enrolled(9))
        assert len(database) == 5
        assert database.verify() == []
        assert database.add(enrolled(9)).id == 6
        same(database, 6, enrolled(9))
        assert database.verify() == []


# --- damage


def damage(path: Path, dataset: str, row: int) -> None:
    """Turns one bit of one row, as a failing disk does."""
    with h5py.File(path, "r", locking=False) as h5:
        before = h5[dataset][:row].nbytes
        column, end = h5[dataset][:].tobytes(), h5[dataset][: row + 1].nbytes
    contents = bytearray(path.read_bytes())
    assert contents.count(column) == 1
    assert end > before
    contents[contents.index(column) + end - 1] ^= 4
    path.write_bytes(contents)


@pytest.mark.parametrize(
    ("dataset", "row", "problem"),
    [
        ("clips/codes", 13, "Source 2: its codes, times or thumbnails are not what was written."),
        ("clips/times", 59, "Source 5: its codes, times or thumbnails are not what was written."),
        ("motion/signals", 0, "Source 1: its codes, times or thumbnails are not what was written."),
        ("jpegs/data", 250, "Source 3: its codes, times or thumbnails are not what was written."),
        ("sources/digests", 3, "Source 4: its facts (path, digest, size ...) are not what was written."),
        ("sources/texts", 5, "Source 1: its facts (path, digest, size ...) are not what was written."),
        ("sources/rows", 1, "Source 2: its facts (path, digest, size ...) are not what was written."),
    ],
)
def test_verify_names_damage(filled: Path, dataset: str, row: int, problem: str) -> None:
    damage(filled, dataset, row)
    with HashCenterDatabase.open(filled) as database:
        assert database.verify() == [problem]


def test_verify_names_impossible_rows(filled: Path) -> None:
    def change(h5: h5py.File) -> None:
        rows = h5["sources/rows"][:]
        rows["clips_start"][1] = 10**6
        rows["id"][3] = 77
        h5["sources/rows"][:] = rows
        h5["sources/digests"][4] = h5["sources/digests"][0]
        h5.attrs.modify("removed_sources", 2)

    rewritten(filled, change)
    with HashCenterDatabase.open(filled) as database:
        problems = database.verify()
        for text in (
            "0 sources were removed, but 2 are said to be.",
            "Source 4 calls itself source 77.",
            "Source 2 names rows that it cannot have.",
            "Sources 1 and 5 have the same digest.",
        ):
            assert text in problems
        with pytest.raises(NotADatabase, match="is damaged: clips/codes has no rows"):
            database.clip_codes(2)
        with pytest.raises(NotADatabase, match="is damaged"):
            database.clip_table()


def test_verify_can_be_cancelled_and_tells_how_far(filled: Path) -> None:
    told: list[float] = []
    cancel = CancelToken()
    with HashCenterDatabase.open(filled) as database:
        database.verify(progress=lambda fraction, message: told.append(fraction))
        assert told == [0.0]
        cancel.cancel()
        with pytest.raises(Cancelled):
            database.verify(cancel=cancel)


def test_never_closed(filled: Path) -> None:
    script = """
        import sys
        from vtl_desktop.storage.hash_center_database import HashCenterDatabase
        database = HashCenterDatabase.open(sys.argv[1], write=True)
        database.remove(1)
        keep = [database]
        keep.append(keep)
    """
    ran = run_python(script, str(filled))
    assert ran.returncode == 0, ran.stderr
    assert not ran.stderr
    with HashCenterDatabase.open(filled) as database:
        assert len(database) == 4
