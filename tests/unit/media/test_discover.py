from __future__ import annotations

import os

import pytest

from vtl_desktop.media.discover import find_media


@pytest.fixture
def archive(tmp_path):
    for name in ("b.MP4", "a.mkv", "notes.txt", "x/c.mov", "x/y/d.avi", "x/p.jpg", ".hidden/e.mp4", "x/.f.mp4"):
        path = tmp_path / "archive" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "archive"


def names(archive, found):
    return [path.relative_to(archive).as_posix() for path in found]


def test_folders_to_any_depth_sorted(archive):
    assert names(archive, find_media([archive])) == ["a.mkv", "b.MP4", "x/c.mov", "x/y/d.avi"]


def test_pictures_on_request(archive):
    assert "x/p.jpg" in names(archive, find_media([archive], images=True))


def test_each_once_in_the_order_given(archive):
    found = find_media([archive / "x" / "c.mov", archive, archive / "a.mkv"])
    assert names(archive, found) == ["x/c.mov", "a.mkv", "b.MP4", "x/y/d.avi"]


def test_a_file_that_is_named_is_taken_whatever_its_ending(archive):
    assert names(archive, find_media([archive / "notes.txt"])) == ["notes.txt"]


def test_what_cannot_be_searched_is_not_left_out_in_silence(archive, monkeypatch):
    assert names(archive, find_media([archive / "gone.mp4", archive / "b.MP4"])) == ["gone.mp4", "b.MP4"]
    assert find_media([]) == []

    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("y"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert "x/y" in names(archive, find_media([archive]))
