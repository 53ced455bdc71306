"""Writes that last all together or not at all: against a bytearray, with crashes, full disks, power cuts anywhere."""

from __future__ import annotations

import errno
import gc
import os
import random
import resource
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vtl_desktop.core.errors import DatabaseError, DatabaseTooNew, NotADatabase
from vtl_desktop.storage.file_creation import create_file
from vtl_desktop.storage.raw_file import RawFile
from vtl_desktop.storage.transaction_log import HEADER_SIZE, Header
from vtl_desktop.storage.transactional_file import TransactionalFile

PAYLOAD = bytes(range(256)) * 50
LIMIT = 40_000


class Crash(BaseException):
    """The process dies here."""


class FaultyDisk:
    """Stands between `RawFile` and the disk: dies or fails at one step, and knows what a power cut may leave."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps = 0
        self.fail_at: int | None = None
        self.fail_until: int | None = None
        self.error: BaseException = Crash()
        self.open_files: list[RawFile] = []
        self.durable: dict[Path, bytes] = {}
        self.unsynced: dict[Path, list[tuple[int, bytes] | int]] = {}
        self._real = {name: getattr(RawFile, name) for name in ("__init__", "write", "reserve", "truncate", "sync")}
        for name in self._real:
            monkeypatch.setattr(RawFile, name, getattr(self, f"_{name.strip('_')}_method")())

    def run_from_here(self, fail_at: int | None, error: BaseException, *, count: int = 1) -> None:
        self.steps, self.fail_at, self.error = 0, fail_at, error
        self.fail_until = None if fail_at is None else fail_at + count

    def _step(self) -> bool:
        self.steps += 1
        return self.fail_at is not None and self.fail_at <= self.steps - 1 < self.fail_until

    def _init_method(self):
        def init(file, path, *, writable, create=False):
            self._real["__init__"](file, path, writable=writable, create=create)
            self.open_files.append(file)
            if path not in self.durable:
                self.durable[path] = path.read_bytes()
                self.unsynced[path] = []

        return init

    def _write_method(self):
        def write(file, data, offset):
            data = bytes(data)
            if self._step():
                part = data[: len(data) // 2]
                self._real["write"](file, part, offset)
                self.unsynced[file.path].append((offset, part))
                raise self.error
            self._real["write"](file, data, offset)
            self.unsynced[file.path].append((offset, data))

        return write

    def _reserve_method(self):
        def reserve(file, start, end):
            if self._step():
                self._real["reserve"](file, start, (start + end) // 2)
                raise self.error
            self._real["reserve"](file, start, end)
            self.unsynced[file.path].append((start, bytes(max(end - start, 0))))

        return reserve

    def _truncate_method(self):
        def truncate(file, size):
            if self._step():
                raise self.error
            self._real["truncate"](file, size)
            self.unsynced[file.path].append(size)

        return truncate

    def _sync_method(self):
        def sync(file):
            if self._step():
                raise self.error
            self.durable[file.path] = file.path.read_bytes()
            self.unsynced[file.path] = []

        return sync

    def kill(self) -> None:
        """The process is gone: its files are closed as they are."""
        for file in self.open_files:
            file.close()
        self.open_files = []
        self.run_from_here(None, Crash())

    def cut_power(self, chance: random.Random) -> None:
        """Of what was written since the last sync any sector may have reached the disk, or not, in any order."""
        for path, changes in self.unsynced.items():
            contents = bytearray(self.durable[path])
            for change in changes:
                if isinstance(change, int):
                    if chance.random() < 0.5:
                        contents[change:] = bytes(max(change - len(contents), 0))
                    continue
                offset, data = change
                for start in range(0, len(data), 512 - offset % 512 or 512):
                    if chance.random() < 0.5:
                        end = min(start + 512, len(data))
                        if len(contents) < offset + end:
                            contents.extend(bytes(offset + end - len(contents)))
                        contents[offset + start : offset + end] = data[start:end]
            path.write_bytes(contents)
        self.durable, self.unsynced = {}, {}


@pytest.fixture(scope="module", autouse=True)
def _no_waiting_for_the_disk():
    with pytest.MonkeyPatch.context() as patch:
        for name in ("fsync", "fdatasync"):
            patch.setattr(os, name, lambda fd: None)
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "archive.h5"
    create_file(target, bytes(HEADER_SIZE) + PAYLOAD)
    return target


def contents(path: Path) -> bytes:
    file = TransactionalFile(path)
    try:
        file.seek(HEADER_SIZE)
        return file.read()
    finally:
        file.close()


def put(file: TransactionalFile, offset: int, data: bytes) -> None:
    file.seek(offset + HEADER_SIZE)
    assert file.write(data) == len(data)


# --- as a file


operation = st.one_of(
    st.tuples(st.just("write"), st.integers(0, LIMIT), st.binary(min_size=0, max_size=300)),
    st.tuples(st.just("fill"), st.integers(0, LIMIT), st.integers(0, 3 * 4096)),
    st.tuples(st.just("truncate"), st.integers(0, LIMIT), st.none()),
    st.tuples(st.just("read"), st.integers(0, LIMIT), st.integers(0, 3 * 4096)),
    st.tuples(st.sampled_from(["commit", "rollback", "reopen"]), st.none(), st.none()),
)


def change(oracle: bytearray, name: str, first: int, second: bytes | int | None) -> None:
    if name == "truncate":
        oracle[first:] = bytes(max(first - len(oracle), 0))
        return
    data = bytes([first % 255 + 1]) * second if isinstance(second, int) else second
    if data:
        oracle.extend(bytes(max(first + len(data) - len(oracle), 0)))
        oracle[first : first + len(data)] = data


def apply_to(file: TransactionalFile, name: str, first: int, second: bytes | int | None) -> None:
    if name == "truncate":
        file.truncate(first + HEADER_SIZE)
    else:
        put(file, first, bytes([first % 255 + 1]) * second if isinstance(second, int) else second)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=st.lists(operation, max_size=25))
def test_reads_back_what_a_bytearray_would(tmp_path: Path, operations) -> None:
    path = tmp_path / "oracle.h5"
    path.unlink(missing_ok=True)
    create_file(path, bytes(HEADER_SIZE) + PAYLOAD)
    committed, now = bytearray(PAYLOAD), bytearray(PAYLOAD)
    file = TransactionalFile(path, write=True)
    for name, first, second in operations:
        if name == "read":
            file.seek(first + HEADER_SIZE)
            assert file.read(second) == now[first : first + second]
        elif name == "commit":
            file.commit()
            committed = bytearray(now)
        elif name == "rollback":
            file.rollback()
            now = bytearray(committed)
        elif name == "reopen":
            file.close()
            assert path.stat().st_size == HEADER_SIZE + len(committed)
            file = TransactionalFile(path, write=True)
            now = bytearray(committed)
        else:
            apply_to(file, name, first, second)
            change(now, name, first, second)
        assert file.length == HEADER_SIZE + len(now)
    file.seek(HEADER_SIZE)
    assert file.read() == now
    file.close()
    assert contents(path) == committed
    assert path.read_bytes()[HEADER_SIZE:] == committed
    assert not path.with_name("oracle.h5.log").exists()


def test_nothing_lasts_without_commit(path: Path) -> None:
    file = TransactionalFile(path, write=True)
    put(file, 100, b"lost")
    before = path.read_bytes()
    file.close()
    assert path.read_bytes() == before


def test_an_empty_commit_writes_nothing(path: Path) -> None:
    file = TransactionalFile(path, write=True)
    before, revision = path.read_bytes(), file.revision
    file.commit()
    assert file.revision == revision
    file.close()
    assert path.read_bytes() == before


def test_the_header_cannot_be_written_over(path: Path) -> None:
    file = TransactionalFile(path, write=True)
    file.seek(HEADER_SIZE - 1)
    with pytest.raises(ValueError, match="header"):
        file.write(b"x")
    with pytest.raises(ValueError, match="header"):
        file.truncate(HEADER_SIZE - 1)
    file.close()


def test_a_reader_cannot_write(path: Path) -> None:
    file = TransactionalFile(path)
    file.seek(HEADER_SIZE)
    with pytest.raises(OSError, match="reading"):
        file.write(b"x")
    with pytest.raises(OSError, match="reading"):
        file.truncate(5000)
    with pytest.raises(OSError, match="reading"):
        file.commit()
    file.close()


# --- killed, out of space, without power


ROUNDS = (
    [("write", 10, b"A" * 700), ("fill", 30_000, 9000)],
    [("truncate", 5000, None), ("fill", 20_000, 5000), ("write", 4000, b"B" * 3000)],
    [("truncate", 100, None), ("write", 50, b"C")],
)


def prepared(tmp_path: Path) -> tuple[Path, list[bytes]]:
    """A file that went through the first round, and what it holds after each round."""
    path = tmp_path / "archive.h5"
    for leftover in (path, path.with_name("archive.h5.log")):
        leftover.unlink(missing_ok=True)
    create_file(path, bytes(HEADER_SIZE) + PAYLOAD)
    states, now = [PAYLOAD], bytearray(PAYLOAD)
    for operations in ROUNDS:
        for operation_ in operations:
            change(now, *operation_)
        states.append(bytes(now))
    return path, states


def run_rounds(path: Path, done: list[int]) -> None:
    file = TransactionalFile(path, write=True)
    for number, operations in enumerate(ROUNDS):
        for operation_ in operations:
            apply_to(file, *operation_)
        file.commit()
        done.append(number + 1)
    file.close()


def count_steps(tmp_path: Path, disk: FaultyDisk) -> int:
    path, _ = prepared(tmp_path)
    disk.run_from_here(None, Crash())
    run_rounds(path, [])
    return disk.steps


def test_killed_at_any_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FaultyDisk(monkeypatch)
    total = count_steps(tmp_path, disk)
    assert total > 12
    for step in range(total):
        path, states = prepared(tmp_path)
        done = [0]
        disk.run_from_here(step, Crash())
        with pytest.raises(Crash):
            run_rounds(path, done)
        disk.kill()
        found = contents(path)
        # What was committed is there; what was about to be may be there whole, too.
        assert found in states[done[-1] : done[-1] + 2], f"killed at step {step}"
        file = TransactionalFile(path, write=True)
        put(file, 0, b"goes on")
        file.commit()
        file.close()
        assert contents(path) == b"goes on" + found[7:]


def test_power_cut_at_any_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FaultyDisk(monkeypatch)
    total = count_steps(tmp_path, disk)
    for step in range(total):
        for seed in range(4):
            path, states = prepared(tmp_path)
            disk.durable, disk.unsynced = {}, {}
            done = [0]
            disk.run_from_here(step, Crash())
            with pytest.raises(Crash):
                run_rounds(path, done)
            disk.kill()
            disk.cut_power(random.Random(1000 * step + seed))
            assert contents(path) in states[done[-1] : done[-1] + 2], f"power cut at step {step}, seed {seed}"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_no_space_at_any_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    disk = FaultyDisk(monkeypatch)
    total = count_steps(tmp_path, disk)
    for step in range(total):
        path, states = prepared(tmp_path)
        file = TransactionalFile(path, write=True)
        disk.run_from_here(step, OSError(number, os.strerror(number)), count=3)
        for number_of_round, operations in enumerate(ROUNDS):
            for attempt in range(6):
                for operation_ in operations:
                    apply_to(file, *operation_)
                try:
                    file.commit()
                    break
                except OSError:
                    assert attempt < 5
                    file.rollback()
                    file.seek(HEADER_SIZE)
                    assert file.read() == states[number_of_round], f"full at step {step}"
            file.seek(HEADER_SIZE)
            assert file.read() == states[number_of_round + 1]
        file.close()
        disk.kill()
        assert contents(path) == states[-1]


def test_killed_while_a_commit_could_not_be_applied(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FaultyDisk(monkeypatch)
    file = TransactionalFile(path, write=True)
    put(file, 0, b"kept in the log")
    real_write = RawFile.write

    def write(raw: RawFile, data: bytes, offset: int) -> None:
        if raw.path.name == "archive.h5":
            raise OSError(errno.EIO, "broken")
        real_write(raw, data, offset)

    with monkeypatch.context() as patch:
        patch.setattr(RawFile, "write", write)
        file.commit()
        assert file.pending
        file.seek(HEADER_SIZE)
        assert file.read(4) == b"kept"
        put(file, 0, b"and")
        with pytest.raises(OSError, match="broken"):
            file.commit()
        file.rollback()
        file.close()
        # A reader that cannot apply it, either, reads through the log.
        reader = TransactionalFile(path)
        assert reader.pending
        reader.seek(HEADER_SIZE)
        assert reader.read() == b"kept in the log" + PAYLOAD[15:]
        reader.close()
    disk.kill()
    assert contents(path) == b"kept in the log" + PAYLOAD[15:]
    assert path.read_bytes()[HEADER_SIZE:] == b"kept in the log" + PAYLOAD[15:]


def test_space_is_taken_before_anything_counts_as_done(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reserve(raw: RawFile, start: int, end: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    file = TransactionalFile(path, write=True)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(RawFile, "reserve", reserve)
        put(file, len(PAYLOAD), b"more" * 5000)
        with pytest.raises(OSError, match="no space left"):
            file.commit()
        file.rollback()
    assert path.read_bytes() == before
    assert path.with_name("archive.h5.log").stat().st_size == 0
    put(file, len(PAYLOAD), b"less")
    file.commit()
    file.close()
    assert contents(path) == PAYLOAD + b"less"


def test_quota(tmp_path: Path) -> None:
    path = tmp_path / "archive.h5"
    create_file(path, bytes(HEADER_SIZE) + PAYLOAD)
    script = """
        import resource, signal, sys
        from pathlib import Path
        from vtl_desktop.storage.transactional_file import TransactionalFile
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        file = TransactionalFile(Path(sys.argv[1]), write=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
        for size in (100_000, 30_000):
            file.seek(20_000)
            file.write(b"x" * size)
            try:
                file.commit()
                print("done", size)
            except OSError as error:
                print("failed", error.errno)
                file.rollback()
        file.close()
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(path)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["failed", str(errno.EFBIG), "done", "30000"]
    assert contents(path) == PAYLOAD.ljust(20_000 - HEADER_SIZE, b"\0") + b"x" * 30_000
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 60_000


# --- logs


def crashed(path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes) -> Path:
    """Leaves a complete log that was not applied; returns it."""
    file = TransactionalFile(path, write=True)
    put(file, 0, data)
    with monkeypatch.context() as patch:
        patch.setattr(TransactionalFile, "_apply", lambda self: (_ for _ in ()).throw(OSError(errno.EIO, "no")))
        file.commit()
        file.close()
    del file
    gc.collect()
    log = path.with_name(path.name + ".log")
    assert log.exists()
    assert path.read_bytes()[HEADER_SIZE:] == PAYLOAD
    return log


def test_a_complete_log_is_applied_by_a_reader(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = crashed(path, monkeypatch, b"from the log")
    assert contents(path).startswith(b"from the log")
    assert path.read_bytes()[HEADER_SIZE:].startswith(b"from the log")
    assert not log.exists()


def test_an_incomplete_log_never_happened(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = crashed(path, monkeypatch, b"from the log")
    whole = log.read_bytes()
    before = path.read_bytes()
    for torn in (whole[:-1], whole[:100], whole[:3], b"", bytes(len(whole)), whole[:-50] + b"x" + whole[-49:]):
        path.write_bytes(before)
        log.write_bytes(torn)
        assert contents(path) == PAYLOAD
        TransactionalFile(path, write=True).close()
        assert contents(path) == PAYLOAD


def test_a_log_of_another_state_is_not_applied(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = path.read_bytes()
    log = crashed(path, monkeypatch, b"first")
    stale = log.read_bytes()
    file = TransactionalFile(path, write=True)
    put(file, 0, b"second")
    file.commit()
    file.close()
    newer = path.read_bytes()
    log.write_bytes(stale)
    assert contents(path).startswith(b"second"), "the file is newer than the log"
    path.write_bytes(newer)
    later = crashed_again(path, monkeypatch)
    path.write_bytes(older)
    log.write_bytes(later)
    assert contents(path) == PAYLOAD, "a restored copy is older than the log"


def crashed_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    file = TransactionalFile(path, write=True)
    put(file, 0, b"third")
    with monkeypatch.context() as patch:
        patch.setattr(TransactionalFile, "_apply", lambda self: (_ for _ in ()).throw(OSError(errno.EIO, "no")))
        file.commit()
        file.close()
    return path.with_name(path.name + ".log").read_bytes()


def test_a_copy_with_its_log_is_put_in_order(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = crashed(path, monkeypatch, b"from the log")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(path, elsewhere)
    shutil.copy(log, elsewhere)
    assert contents(elsewhere / "archive.h5").startswith(b"from the log")


def test_somebody_elses_file_with_the_logs_name_stays(path: Path) -> None:
    notes = path.with_name("archive.h5.log")
    notes.write_text("my own notes on enrolling")
    with pytest.raises(DatabaseError, match="is in the way"):
        TransactionalFile(path, write=True)
    assert notes.read_text() == "my own notes on enrolling"
    assert contents(path) == PAYLOAD
    assert notes.exists()


def test_links_to_one_file_share_its_log(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "link.h5"
    link.symlink_to(path)
    crashed(path, monkeypatch, b"from the log")
    assert contents(link).startswith(b"from the log")
    file = TransactionalFile(link, write=True)
    assert not (tmp_path / "link.h5.log").exists()
    file.close()


# --- who may have it open, and what is refused


def test_one_writer_or_many_readers(path: Path) -> None:
    writer = TransactionalFile(path, write=True)
    for write in (False, True):
        with pytest.raises(BlockingIOError):
            TransactionalFile(path, write=write)
    writer.close()
    first, second = TransactionalFile(path), TransactionalFile(path)
    with pytest.raises(BlockingIOError):
        TransactionalFile(path, write=True)
    first.close()
    second.close()
    TransactionalFile(path, write=True).close()


def test_refuses_what_it_did_not_make(tmp_path: Path) -> None:
    for name, data in (("empty", b""), ("text", b"hello\n" * 500), ("hdf", b"\x89HDF\r\n\x1a\n" + bytes(4000))):
        foreign = tmp_path / name
        foreign.write_bytes(data)
        for write in (False, True):
            with pytest.raises(NotADatabase, match="is no hash-center database"):
                TransactionalFile(foreign, write=write)
        assert foreign.read_bytes() == data
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "hdf", "text"]


def test_refuses_a_damaged_or_shortened_file(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:60] + b"\xff" + whole[61:])
    with pytest.raises(NotADatabase, match="damaged at its beginning"):
        TransactionalFile(path)
    path.write_bytes(whole[:-1])
    for write in (False, True):
        with pytest.raises(NotADatabase, match=f"ends after {len(whole) - 1} of {len(whole)} bytes"):
            TransactionalFile(path, write=write)
    assert not path.with_name("archive.h5.log").exists()


def test_refuses_a_newer_layout(path: Path) -> None:
    header = Header(path.stat().st_size, 3, bytes(16), version=2).pack()
    path.write_bytes(header + PAYLOAD)
    with pytest.raises(DatabaseTooNew, match="newer version"):
        TransactionalFile(path)


def test_create_never_replaces(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        create_file(path, bytes(2000))
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["archive.h5"]


def test_what_a_crash_left_behind_the_end_is_cut(path: Path) -> None:
    with path.open("ab") as out:
        out.write(b"rest" * 5000)
    assert contents(path) == PAYLOAD
    file = TransactionalFile(path, write=True)
    put(file, len(PAYLOAD) + 9000, b"end")
    file.commit()
    file.close()
    assert contents(path) == PAYLOAD + bytes(9000) + b"end"
