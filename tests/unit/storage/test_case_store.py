from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.helpers import sample_case
from vtl_desktop.core.case import FramePair
from vtl_desktop.core.errors import CaseError, StorageFull
from vtl_desktop.storage.case_log import BEFORE_THE_FIRST, first_break, next_entry
from vtl_desktop.storage.case_pictures import decode_png, encode_png, pair_from_json, pair_to_json
from vtl_desktop.storage.case_schema import SCHEMA
from vtl_desktop.storage.case_store import CaseStore
from vtl_desktop.storage.case_versions import collect_versions


@pytest.fixture
def path(tmp_path):
    return tmp_path / "harbour.vtlcase"


@pytest.fixture
def filled(path):
    """A closed case file with three records, one picture, and a plain log entry."""
    body, pictures = pair_to_json(sample_case.pair(0, width=64, height=36))
    with CaseStore.create(path, clock=sample_case.steps()) as store:
        store.append("details", {"name": "Harbour"}, "case created", {"user": "mueller"})
        store.append("finding", {"conclusion": "inconclusive"}, "finding recorded", {})
        store.append("pairs", [body], "frame pairs chosen", {}, pictures)
        store.log("report written", {"file": "report.pdf"})
    return path


def _tamper(path, *statements):
    """What somebody with an SQLite tool could do."""
    with sqlite3.connect(path) as connection:
        for name in [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='trigger'")]:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_records_come_back_in_order(filled):
    with CaseStore.open(filled, read_only=True) as store:
        assert store.latest("details") == {"name": "Harbour"}
        assert store.every("finding") == [{"conclusion": "inconclusive"}]
        assert store.latest("trace") is None
        assert [entry.action for entry in store.entries()] == [
            "case created",
            "finding recorded",
            "frame pairs chosen",
            "report written",
        ]
        assert store.entries()[0].previous == BEFORE_THE_FIRST


def test_the_last_of_a_kind_holds_and_the_chain_goes_on_after_reopening(filled):
    with CaseStore.open(filled) as store:
        store.append("finding", {"conclusion": "not examined"}, "finding changed", {})
        assert store.latest("finding") == {"conclusion": "not examined"}
        assert len(store.every("finding")) == 2
    with CaseStore.open(filled) as store:
        assert first_break(store.entries()) == ""
        assert len(store.entries()) == 5


def test_pictures_come_back_exactly(filled):
    expected = sample_case.pair(0, width=64, height=36)
    with CaseStore.open(filled) as store:
        found = pair_from_json(store.latest("pairs")[0], store.picture)
    for name in ("suspect", "source", "mask"):
        assert np.array_equal(getattr(found, name), getattr(expected, name))
        assert getattr(found, name).flags.c_contiguous
    assert (found.caption, found.changed_share) == (expected.caption, expected.changed_share)


def test_png_keeps_colour_grey_and_order():
    rng = np.random.default_rng(1)
    for shape in ((7, 5, 3), (7, 5)):
        picture = rng.integers(0, 256, shape, np.uint8)
        assert np.array_equal(decode_png(encode_png(picture)), picture)
    for wrong in (np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4), np.float32), np.zeros((0, 4), np.uint8)):
        with pytest.raises(ValueError, match="cannot be kept"):
            encode_png(wrong)
    with pytest.raises(ValueError, match="no PNG"):
        decode_png(b"nothing")


def test_a_pair_without_source_comes_back(path):
    alone = FramePair(1.0, 2.0, 25, 50, np.zeros((4, 6, 3), np.uint8))
    body, pictures = pair_to_json(alone)
    found = pair_from_json(body, pictures.__getitem__)
    assert found.source is None
    assert found.mask is None


@pytest.mark.parametrize("table", ["log", "records", "pictures"])
@pytest.mark.parametrize("change", ["UPDATE {} SET rowid = rowid", "DELETE FROM {}"])
def test_triggers_refuse_changes(filled, table, change):
    with sqlite3.connect(filled) as connection, pytest.raises(sqlite3.DatabaseError, match="only ever added to"):
        connection.execute(change.format(table))
    connection.close()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE log SET action='case closed' WHERE number=1", "Entry 1 of the audit log was altered"),
        ("DELETE FROM log WHERE number=2", "Entry 2 of the audit log is missing"),
        ('UPDATE records SET body=\'{"conclusion":"derived"}\' WHERE number=2', "Record 2 \\(finding\\) is not what"),
        ("DELETE FROM records WHERE number=2", "Record 2 was taken out"),
        (
            "INSERT INTO records SELECT 9, kind, body, sha256, entry FROM records WHERE number=2",
            "Record 9 \\(finding\\)",
        ),
        ("UPDATE pictures SET png=x'00'", "is not what was written"),
    ],
)
def test_alterations_are_found_on_opening(filled, statement, message):
    _tamper(filled, statement)
    for read_only in (True, False):
        with pytest.raises(CaseError, match=message):
            CaseStore.open(filled, read_only=read_only)


def test_a_rewritten_entry_breaks_the_chain_after_it():
    entries = list(sample_case.log())
    entries[1] = next_entry(entries[0], entries[1].time, "something else", {})
    assert first_break(entries) == "Entry 3 of the audit log does not follow the one before."


def test_foreign_files_are_named(path, tmp_path):
    with pytest.raises(CaseError, match="There is no case file"):
        CaseStore.open(path)
    path.write_bytes(b"")
    with pytest.raises(CaseError, match="is not a case file"):
        CaseStore.open(path)
    path.write_bytes(b"%PDF-1.7" + bytes(200))
    with pytest.raises(CaseError, match="is not a case file"):
        CaseStore.open(path)
    other = tmp_path / "other.vtlcase"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t(a)")
    connection.close()
    with pytest.raises(CaseError, match="database of another program"):
        CaseStore.open(other)
    with pytest.raises(CaseError, match="cannot be read"):
        CaseStore.open(tmp_path)


def test_a_newer_schema_is_named(filled):
    with sqlite3.connect(filled) as connection:
        connection.execute(f"PRAGMA user_version={SCHEMA + 1}")
    connection.close()
    with pytest.raises(CaseError, match="newer version"):
        CaseStore.open(filled)


@pytest.mark.parametrize("keep", [0.4, 0.8])
def test_a_damaged_file_is_named_and_left_as_it_is(filled, keep):
    whole = filled.read_bytes()
    filled.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(CaseError, match="damaged"):
        CaseStore.open(filled)
    torn = bytearray(whole)
    torn[4096 : 4096 + 600] = bytes(600)
    filled.write_bytes(torn)
    with pytest.raises(CaseError, match=r"damaged|altered"):
        CaseStore.open(filled)
    assert filled.read_bytes() == bytes(torn)


def test_a_case_open_elsewhere_is_locked(filled):
    code = (
        "import sys\nfrom pathlib import Path\nfrom vtl_desktop.storage.case_store import CaseStore\n"
        "store = CaseStore.open(Path(sys.argv[1]))\nprint('open', flush=True)\nsys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(filled)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        for read_only in (False, True):
            with pytest.raises(CaseError, match="open in another window or program"):
                CaseStore.open(filled, read_only=read_only)
        other.communicate("")
    CaseStore.open(filled).close()


def test_readers_share_a_case(filled):
    with CaseStore.open(filled, read_only=True) as one, CaseStore.open(filled, read_only=True) as two:
        assert one.entries() == two.entries()
        with pytest.raises(CaseError, match="read-only"):
            one.log("looked at", {})


def test_an_existing_file_is_never_overwritten(filled):
    before = filled.read_bytes()
    with pytest.raises(CaseError, match="is there already"):
        CaseStore.create(filled)
    assert filled.read_bytes() == before


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(CaseError, match="There is no folder"):
        CaseStore.create(tmp_path / "nowhere" / "a.vtlcase")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path, filled):
    closed = tmp_path / "closed"
    closed.mkdir()
    shutil.copy(filled, closed / "a.vtlcase")
    (closed / "a.vtlcase").chmod(0o400)
    closed.chmod(0o500)
    try:
        with pytest.raises(StorageFull):
            CaseStore.create(closed / "b.vtlcase")
        with pytest.raises(StorageFull):
            CaseStore.open(closed / "a.vtlcase")
        CaseStore.open(closed / "a.vtlcase", read_only=True).close()
    finally:
        closed.chmod(0o700)


def test_a_full_disk_leaves_everything_that_was_written(filled):
    with CaseStore.open(filled) as store:
        before = store.entries()
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count={pages}")  # as SQLite meets a disk with no room left
        with pytest.raises(StorageFull, match="could not be written"):
            store.append("finding", {"observations": "x" * 100_000}, "finding recorded", {})
        assert store.entries() == before
        assert store.every("finding") == [{"conclusion": "inconclusive"}]
        store._connection.execute(f"PRAGMA max_page_count={pages + 200}")
        store.append("finding", {"observations": "y"}, "finding recorded", {})
    with CaseStore.open(filled) as store:
        assert len(store.entries()) == len(before) + 1


def test_a_killed_process_loses_nothing_that_it_reported(path):
    code = (
        "import sys\nfrom pathlib import Path\nfrom vtl_desktop.storage.case_store import CaseStore\n"
        "store = CaseStore.open(Path(sys.argv[1]))\n"
        "while True:\n"
        "    entry = store.append('finding', {'n': 'x' * 20000}, 'finding recorded', {})\n"
        "    print(entry.number, flush=True)\n"
    )
    CaseStore.create(path).close()
    reported = 0
    for attempt in range(3):
        with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            reported = max(reported, int(writer.stdout.readline()))
            time.sleep(0.02 + 0.03 * attempt)
            writer.kill()
            lines = [line for line in writer.stdout.read().split("\n") if line.strip()]
            reported = max([reported, *(int(line) for line in lines[:-1])])
        with CaseStore.open(path) as store:
            assert len(store.entries()) >= reported
            assert len(store.every("finding")) == len(store.entries())


def test_a_write_cut_off_half_way_is_rolled_back(filled, tmp_path):
    copy = tmp_path / "copy.vtlcase"
    with CaseStore.open(filled) as store:
        before = store.entries()
        store._connection.execute("PRAGMA cache_size=1")  # so that half of the transaction is in the file already
        store._connection.execute("BEGIN IMMEDIATE")
        for number in range(90, 140):
            store._connection.execute("INSERT INTO log VALUES (?, '', '', ?, '', '')", (number, "x" * 5000))
        shutil.copy(filled, copy)
        shutil.copy(f"{filled}-journal", f"{copy}-journal")
        store._connection.execute("ROLLBACK")
    with pytest.raises(CaseError, match="was being written when the program ended"):
        CaseStore.open(copy, read_only=True)
    with CaseStore.open(copy) as store:
        assert store.entries() == before


def test_mistakes_of_the_caller_are_refused(filled):
    with CaseStore.open(filled) as store:
        with pytest.raises(ValueError, match="no such kind"):
            store.append("opinion", {}, "x", {})
        with pytest.raises(ValueError, match="announces a record"):
            store.log("x", {"stored": {}})
        with pytest.raises(CaseError, match="lacks the picture"):
            store.picture("0" * 64)
        with pytest.raises(ValueError, match="finite"):
            store.log("x", {"distance": float("nan")})
        assert len(store.entries()) == 4


def test_versions_name_the_libraries_without_importing_torch():
    code = (
        "import sys\nfrom vtl_desktop.storage.case_versions import collect_versions\n"
        "v = collect_versions()\nprint('torch' in sys.modules, v['numpy'], v['VTL Desktop'])\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert said[:2] == ["False", np.__version__]
    versions = collect_versions()
    assert {"Python", "Operating system", "PyAV", "OpenCV", "h5py", "FFmpeg libavcodec"} <= set(versions)


def _schema_of(path):
    with sqlite3.connect(path) as connection:
        found = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return found


@pytest.fixture
def old(filled):
    """A case file as version 1 of the format wrote it."""
    with sqlite3.connect(filled) as connection:
        connection.execute("PRAGMA user_version=1")
    connection.close()
    return filled


def test_a_file_of_the_first_version_is_read_and_added_to_as_it_is(old):
    with CaseStore.open(old, read_only=True) as store:
        assert store.schema == 1
        assert store.every("survey") == []
    with CaseStore.open(old) as store:
        store.append("finding", {"conclusion": "not examined"}, "finding changed", {})
    assert _schema_of(old) == 1


def test_the_first_survey_raises_the_version_and_the_log_says_so(old):
    with CaseStore.open(old) as store:
        store.append("survey", {"regions": []}, "frames surveyed", {})
        assert store.schema == SCHEMA == 2
        store.append("survey", {"regions": [1]}, "frames surveyed", {})
    assert _schema_of(old) == 2
    with CaseStore.open(old, read_only=True) as store:
        assert first_break(store.entries()) == ""
        assert [entry.action for entry in store.entries()][-3:] == [
            "case format raised",
            "frames surveyed",
            "frames surveyed",
        ]
        assert store.every("survey") == [{"regions": []}, {"regions": [1]}]


def test_a_survey_that_cannot_be_written_leaves_the_version_alone(old):
    with CaseStore.open(old) as store:
        store._connection.execute(
            "CREATE TEMP TRIGGER full BEFORE INSERT ON records BEGIN SELECT RAISE(ABORT, 'x'); END"
        )
        with pytest.raises(CaseError):
            store.append("survey", {}, "frames surveyed", {})
        assert store.schema == 1
        store._connection.execute("DROP TRIGGER full")
        store.append("finding", {}, "finding changed", {})
    assert _schema_of(old) == 1
    with CaseStore.open(old, read_only=True) as store:
        assert first_break(store.entries()) == ""
