"""Writing a hash-center database anew without what was removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.jobs import CancelToken, Progress
from vtl_desktop.storage import database_layout as layout
from vtl_desktop.storage.database_blocks import Block, blocks
from vtl_desktop.storage.database_rows import sealed

_KEPT_ATTRIBUTES = ("weights_sha256", "weights_name", "created_at", "program_version")


def write_compacted(h5: h5py.File, draft: Path, *, progress: Progress, cancel: CancelToken | None) -> None:
    """Copies all that is not removed; of a removed source only its number is left, so that it is not given again.

    Args:
        h5: the open database.
        draft: the new file.
        progress, cancel: as everywhere.

    Raises:
        OSError: the new file cannot be written.
    """
    rows = layout.read_all(h5, "sources/rows")
    gone = rows["removed"] != 0
    for field in layout.ROW.names or ():
        if field not in ("id", "removed"):
            rows[field][gone] = 0
    with layout.open_h5(str(draft), "w") as new:
        layout.create_layout(new, layout.number(h5, "bits"), {name: layout.text(h5, name) for name in _KEPT_ATTRIBUTES})
        new.attrs["removed_sources"] = int(gone.sum())
        for block in blocks(h5, rows):
            if cancel is not None:
                cancel.check()
            progress(block.first / max(len(rows), 1), f"copying source {block.first + 1} of {len(rows)}")
            _copy(block, new)


def _copy(block: Block, new: h5py.File) -> None:
    rows, digests, texts = block.rows.copy(), block.digests.copy(), block.texts()
    digests[rows["removed"] != 0] = 0
    tables = block.tables()
    for part, names in layout.PARTS.items():
        for name in names:
            start = layout.append(new, name, tables[name])
        counts = rows[f"{part}_count"]
        rows[f"{part}_start"] = start + np.cumsum(counts) - counts
    lengths = np.array([len(text) for text in texts], np.int64)
    start = layout.append(new, "sources/texts", np.frombuffer(b"".join(texts), np.uint8))
    rows["text_start"] = start + np.cumsum(lengths) - lengths
    layout.append(new, "sources/digests", digests)
    layout.append(new, "sources/rows", _sealed_all(rows, digests, texts))


def _sealed_all(rows: NDArray[Any], digests: NDArray[np.uint8], texts: list[bytes]) -> NDArray[Any]:
    return np.array(
        [sealed(row, digest.tobytes(), text) for row, digest, text in zip(rows, digests, texts, strict=True)],
        rows.dtype,
    )
