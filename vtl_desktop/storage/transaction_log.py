"""What lies on the disk for transactions: the header in a file's first 512 bytes, and the redo log beside the file.

The log holds one transaction: the pages it changes, between a prefix and a digest of everything before it. A log whose
digest is right was written completely and may be applied, again if need be; any other log never happened.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vtl_desktop.storage.raw_file import RawFile

HEADER_SIZE = 512
"""Bytes; no disk tears a sector of this size when the power fails, so the header is either the old or the new one."""
PAGE = 4096
HEADER_VERSION = 1

_MAGIC = b"VTL Desktop hash centers\n\x1a\x00"
_HEADER = struct.Struct("<32sIIQQ16s")
_LOG_MAGIC = b"VTL Desktop log\n"
_PREFIX = struct.Struct("<16sII16sQ16sQQ")
_DIGEST = 16
_BATCH = 1 << 20


@dataclass(frozen=True, slots=True)
class Header:
    """The first 512 bytes of a transactional file.

    Attributes:
        length: bytes in the file, this header included.
        revision: transactions committed so far.
        state: 16 random bytes, new with every transaction: tells which logs belong to this very content.
        version: of this layout.
    """

    length: int
    revision: int
    state: bytes
    version: int = HEADER_VERSION

    def pack(self) -> bytes:
        """The 512 bytes."""
        head = _HEADER.pack(_MAGIC, self.version, 0, self.revision, self.length, self.state)
        return (head + struct.pack("<I", zlib.crc32(head))).ljust(HEADER_SIZE, b"\0")

    @classmethod
    def parse(cls, data: bytes) -> Header | None:
        """The header in a file's first bytes, or None where there is none or it is damaged."""
        if len(data) < HEADER_SIZE:
            return None
        _, version, _, revision, length, state = _HEADER.unpack_from(data)
        (crc,) = struct.unpack_from("<I", data, _HEADER.size)
        if not has_magic(data) or crc != zlib.crc32(data[: _HEADER.size]):
            return None
        return cls(length, revision, state, version)


def has_magic(data: bytes) -> bool:
    """Whether a file with these first bytes was meant to be a transactional file, damaged or not."""
    return data.startswith(_MAGIC)


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction, as the log holds it.

    Attributes:
        before: the file's state and length before it.
        after: the header that the file has after it; it is in page 0, too.
        pages: page number to its `PAGE` bytes.
    """

    before: Header
    after: Header
    pages: Mapping[int, bytes | bytearray]

    def belongs_to(self, header: Header) -> bool:
        """Whether a file with this header is what the transaction was made for: not yet, partly or wholly applied."""
        return header.state in (self.before.state, self.after.state)


def runs(pages: Mapping[int, bytes | bytearray]) -> Iterator[tuple[int, bytearray]]:
    """Neighbouring pages joined, up to a mebibyte: (offset in the file, bytes), by offset."""
    start, joined = -1, bytearray()
    for number in sorted(pages):
        if joined and (number * PAGE != start + len(joined) or len(joined) >= _BATCH):
            yield start, joined
            joined = bytearray()
        if not joined:
            start = number * PAGE
        joined += pages[number]
    if joined:
        yield start, joined


def write_log(log: RawFile, transaction: Transaction) -> None:
    """Writes a transaction over whatever the log held and returns when it lies on the disk.

    Raises:
        OSError: e.g. no space left; the log then holds no transaction.
    """
    numbers = sorted(transaction.pages)
    before, after = transaction.before, transaction.after
    prefix = _PREFIX.pack(
        _LOG_MAGIC, PAGE, len(numbers), before.state, before.length, after.state, after.length, after.revision
    )
    digest = hashlib.blake2b(digest_size=_DIGEST)
    part = bytearray(prefix + struct.pack(f"<{len(numbers)}Q", *numbers))
    offset = 0
    for number in numbers:
        part += transaction.pages[number]
        if len(part) >= _BATCH:
            digest.update(part)
            log.write(part, offset)
            offset += len(part)
            part = bytearray()
    digest.update(part)
    log.write(part + digest.digest(), offset)
    log.sync()


def is_log(log: RawFile) -> bool:
    """Whether a file is a log, even one torn at its first write, and not something that only has its name."""
    start = log.read(len(_LOG_MAGIC), 0)
    return _LOG_MAGIC.startswith(start) or not any(start)


def read_log(log: RawFile) -> Transaction | None:
    """The transaction in a log, or None where there is none or it was not written to its end.

    Raises:
        OSError: the log cannot be read.
    """
    size = log.size()
    data = log.read(_PREFIX.size, 0)
    if len(data) < _PREFIX.size:
        return None
    magic, page, count, before_state, before_length, after_state, length, revision = _PREFIX.unpack(data)
    total = _PREFIX.size + count * (8 + PAGE) + _DIGEST
    if magic != _LOG_MAGIC or page != PAGE or total > size:
        return None
    data = log.read(total, 0)
    if hashlib.blake2b(memoryview(data)[:-_DIGEST], digest_size=_DIGEST).digest() != data[-_DIGEST:]:
        return None
    numbers = struct.unpack_from(f"<{count}Q", data, _PREFIX.size)
    first = _PREFIX.size + 8 * count
    pages = {number: data[first + i * PAGE : first + (i + 1) * PAGE] for i, number in enumerate(numbers)}
    return Transaction(Header(before_length, 0, before_state), Header(length, revision, after_state), pages)
