"""The audit log's chain: each entry's digest covers the entry and the digest of the one before.

It shows that an entry was altered, added or taken out in the middle. It cannot show that somebody rebuilt the whole
file, or cut off its end: that takes a copy of the head kept elsewhere, for instance in a signed report.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from vtl_desktop.core.case import LogEntry
from vtl_desktop.storage.json_values import canonical, to_json

BEFORE_THE_FIRST = "0" * 64
"""What stands in the first entry as the digest of the one before."""


def entry_digest(number: int, time: str, action: str, details: str, previous: str) -> str:
    """SHA-256, 64 hexadecimal digits, of the canonical JSON list of the five values in this order."""
    return hashlib.sha256(canonical([number, time, action, details, previous]).encode()).hexdigest()


def next_entry(last: LogEntry | None, time: str, action: str, details: Mapping[str, object]) -> LogEntry:
    """The entry that follows.

    Args:
        last: the last one so far; None for an empty log.
        time: ISO 8601 with zone.
        action: a few words.
        details: what belongs to it; becomes canonical JSON.

    Raises:
        JsonMismatch: the details have no place in JSON.
    """
    number = 1 if last is None else last.number + 1
    previous = BEFORE_THE_FIRST if last is None else last.digest
    text = canonical(to_json(dict(details)))
    return LogEntry(number, time, action, text, previous, entry_digest(number, time, action, text, previous))


def first_break(entries: Sequence[LogEntry]) -> str:
    """Where the chain is broken, in one sentence; "" when it is whole."""
    previous = BEFORE_THE_FIRST
    for number, entry in enumerate(entries, start=1):
        if entry.number != number:
            return f"Entry {number} of the audit log is missing."
        if entry.previous != previous:
            return f"Entry {number} of the audit log does not follow the one before."
        if entry.digest != entry_digest(entry.number, entry.time, entry.action, entry.details, entry.previous):
            return f"Entry {number} of the audit log was altered after it was written."
        previous = entry.digest
    return ""
