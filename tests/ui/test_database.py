"""Choosing, remembering and building databases."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from vtl_desktop.core.errors import DatabaseMismatch, StorageFull
from vtl_desktop.ui.settings.settings import SettingsStore

ARCHIVE = Path("/archive/archive.h5")


def open_database(window, qtbot, path=ARCHIVE):
    window.keeper.open(path)
    qtbot.waitUntil(lambda: window.session.database_path == path)


def test_without_a_database_the_card_says_what_to_do(window):
    card = window.case_page.database_card
    assert "Choose one, or build one" in card.words.text()
    assert card.build_button.text() == "Build one from videos…"


def test_a_chosen_database_is_shown_and_remembered(window, qtbot, asker, store):
    asker.answers["database"] = ARCHIVE
    qtbot.mouseClick(window.case_page.database_card.choose_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.database is not None)
    card = window.case_page.database_card
    assert card.name.text() == "archive.h5"
    assert card.build_button.text() == "Add videos…"
    assert "archive.h5, 181 sources" in window.status.database.text()
    assert store.last_database == str(ARCHIVE)
    assert store.recent_databases == (str(ARCHIVE),)


def test_the_last_database_is_opened_again_and_a_lost_one_is_no_error(window, qtbot, store, tmp_path):
    store.last_database = str(tmp_path / "gone.h5")
    window.keeper.open_remembered()
    assert window.banner.problems == ()
    there = tmp_path / "there.h5"
    there.touch()
    store.last_database = str(there)
    window.keeper.open_remembered()
    qtbot.waitUntil(lambda: window.session.database_path == there)


def test_a_refused_database_leaves_the_one_before(window, qtbot, bench):
    open_database(window, qtbot)
    bench.errors["database_info"] = DatabaseMismatch("other.h5 was made with other weights.", "Enroll again.")
    window.open_paths([Path("/archive/other.h5")])
    qtbot.waitUntil(lambda: window.banner.isVisible())
    assert window.session.database_path == ARCHIVE
    assert window.case_page.database_card.words.text() == ""


def test_an_empty_database_is_not_traced_in(window, qtbot, bench):
    bench.sources = 0
    open_database(window, qtbot)
    window.open_paths([Path("/evidence/suspect.mp4")])
    qtbot.waitUntil(lambda: window.session.exhibit is not None)
    assert bench.count("trace") == 0
    assert window.trace_page.card.title.text() == "The database is empty"
    assert "no source yet" in window.case_page.database_card.words.text()


@pytest.fixture
def dialog(window):
    window.build_database()
    made = window._build_dialog
    yield made
    made.close()


def test_nothing_starts_before_videos_and_a_file_are_named(dialog, tmp_path):
    folder = tmp_path / "2025"
    folder.mkdir()
    assert not dialog.start_button.isEnabled()
    dialog.add_paths([folder])
    assert dialog.database.text() == str(tmp_path / "2025.h5")
    assert dialog.start_button.isEnabled()
    dialog.add_paths([folder])
    assert dialog.paths.count() == 1
    dialog.database.clear()
    assert not dialog.start_button.isEnabled()


def test_building_shows_progress_then_skipped_files_and_opens_the_database(window, qtbot, bench, dialog):
    bench.enroll_failures = (("/videos/broken.mov", "The file ends early."),)
    bench.gates["enroll"] = threading.Event()
    dialog.add_paths([Path("/videos")])
    dialog.database.setText(str(ARCHIVE))
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    assert dialog.cancel_button.isVisible()
    assert not dialog.paths.isEnabled()
    assert "Enrolling into archive.h5" in window.status.job.text()
    bench.gates["enroll"].set()
    qtbot.waitUntil(lambda: not window.enrolling.running)
    assert dialog.outcome.text().startswith("4 sources enrolled, 1 file already in the database, 1 file skipped")
    assert dialog.failures.topLevelItem(0).text(0) == "broken.mov"
    assert dialog.failures.topLevelItem(0).text(1) == "The file ends early."
    qtbot.waitUntil(lambda: window.session.database_path == ARCHIVE)


def test_a_cancelled_run_keeps_what_is_enrolled(window, qtbot, bench, dialog):
    seen = []
    window.enrolling.sourceEnrolled.connect(seen.append)
    dialog.add_paths([Path("/videos")])
    dialog.database.setText(str(ARCHIVE))
    gate = bench.gates["enroll"] = threading.Event()
    dialog.start()
    qtbot.waitUntil(lambda: bench.count("enroll") == 1)
    dialog.cancel_button.click()
    qtbot.waitUntil(lambda: not window.enrolling.running)
    assert "Stopped. 0 sources" in dialog.outcome.text()
    assert dialog.start_button.isVisible()
    gate.set()
    assert window.banner.problems == ()


def test_a_full_disk_is_told_and_what_is_enrolled_stays(window, qtbot, bench, dialog):
    bench.errors["enroll"] = StorageFull("The disk with /archive is full.", "Free some space and start again.")
    dialog.add_paths([Path("/videos")])
    dialog.start()
    qtbot.waitUntil(lambda: window.banner.isVisible())
    assert "disk" in dialog.outcome.text()
    assert "0 sources of this run stay enrolled" in dialog.outcome.text()


def test_a_dropped_folder_opens_the_dialog(window, tmp_path):
    window.open_paths([tmp_path])
    assert window._build_dialog.isVisible()
    assert window._build_dialog.paths.item(0).text() == str(tmp_path)
    window._build_dialog.close()


def test_settings_survive_and_nonsense_does_not(tmp_path):
    from vtl_desktop.ui.settings.settings import Settings

    path = tmp_path / "s.ini"
    SettingsStore(path).save(Settings(device="cpu", theme="dark", examiner="Ä. Ödel", laboratory="L, M"))
    assert SettingsStore(path).load() == Settings(device="cpu", theme="dark", examiner="Ä. Ödel", laboratory="L, M")
    path.write_text("[choices]\ndevice=toaster\ntheme=\n", "utf-8")
    assert SettingsStore(path).load() == Settings()
    store = SettingsStore(path)
    for number in range(9):
        store.last_database = f"/{number}.h5"
    store.last_database = "/7.h5"
    assert store.recent_databases[:2] == ("/7.h5", "/8.h5")
    assert len(store.recent_databases) == 6
