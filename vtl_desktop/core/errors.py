"""One tree of errors: each says what is wrong, with which file, and what to do."""

from __future__ import annotations


class VtlError(Exception):
    """Something the user can be told about.

    Attributes:
        message: what is wrong, naming the file.
        hint: what to do about it; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Cancelled(Exception):  # noqa: N818 - not an error: the user asked for it
    """The user cancelled the job. Not a `VtlError`: nothing went wrong."""


class MediaError(VtlError):
    """A video or picture could not be read."""


class MissingMedia(MediaError):  # noqa: N818
    """The file is not there (any more), or may not be read."""


class UnreadableMedia(MediaError):  # noqa: N818
    """The file is empty, truncated beyond use, or no video or picture at all."""


class NoPicture(MediaError):  # noqa: N818
    """The file holds no picture: audio only, or zero frames."""


class FrameUnavailable(MediaError):  # noqa: N818
    """The file has no frame there."""


class WeightsError(VtlError):
    """Weights are missing, damaged, or not those that the manifest names."""


class DatabaseError(VtlError):
    """A hash-center database cannot be used."""


class NotADatabase(DatabaseError):  # noqa: N818
    """The file is no hash-center database of this program, or is damaged."""


class DatabaseLocked(DatabaseError):  # noqa: N818
    """Another process has the database open."""


class DatabaseMismatch(DatabaseError):  # noqa: N818
    """The database was made with other weights or another code length."""


class DatabaseTooOld(DatabaseMismatch):
    """The database was written by an earlier version of the program, in a layout that is no longer read."""


class DatabaseTooNew(DatabaseError):  # noqa: N818
    """The database was written by a newer version of the program."""


class CaseError(VtlError):
    """A case file cannot be used."""


class StorageFull(VtlError):  # noqa: N818
    """The disk is full, or the folder cannot be written."""


class ReportError(VtlError):
    """A report cannot be made."""


class UsageError(VtlError):
    """The program was asked for something that cannot be."""
