"""The whole flow from drop to report, and what the window itself does."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit

from tests.ui.fakes import make_exhibit, make_trace
from tests.ui.test_exhibit import drop
from tests.ui.test_session import finding
from tests.ui.test_tracing import ARCHIVE, SUSPECT, trace
from vtl_desktop.core.case import Case, CaseDetails
from vtl_desktop.core.errors import MissingMedia
from vtl_desktop.ui.errors import ErrorDialog, message_of
from vtl_desktop.ui.main_window import MainWindow
from vtl_desktop.ui.report.contents import CASE_STEP, COMPARE_STEP, REPORT_STEP, TRACE_STEP


def compare(window, qtbot, rank=1):
    trace(window, qtbot)
    window.choose_candidate(window.session.trace.candidates[rank - 1])
    qtbot.waitUntil(lambda: window.compare_page.comparison.shown is not None)


def test_from_drop_to_report(window, qtbot, bench, tmp_path):
    drop(window, ARCHIVE, SUSPECT)
    qtbot.waitUntil(lambda: window.session.trace is not None)
    assert window.pages.currentIndex() == TRACE_STEP
    qtbot.mouseClick(window.trace_page.banner.compare_button, Qt.MouseButton.LeftButton)
    view = window.compare_page.comparison
    qtbot.waitUntil(lambda: view.shown is not None and view.shown.source is not None)
    assert view.shown.time == pytest.approx(2.0)
    assert view.shown.source_time == pytest.approx(5.0)
    form = window.compare_page.form
    form.texts["observations"].setPlainText("Same scene; a caption was added.")
    form.conclusions.button(0).setChecked(True)
    qtbot.keyClicks(form.examiner, "A. Examiner")
    qtbot.mouseClick(form.save_button, Qt.MouseButton.LeftButton)
    window.show_step(REPORT_STEP)
    qtbot.keyClicks(window.report_page.details.lines["name"], "Harbour")
    window.report_page.path.setText(str(tmp_path / "report.pdf"))
    window.report_page.path.textEdited.emit(window.report_page.path.text())
    qtbot.mouseClick(window.report_page.write_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(window.report_page.result.isVisible)
    assert bench.reported["findings"][0].observations == "Same scene; a caption was added."
    assert all(window.rail._done)
    assert window.banner.problems == ()


def test_no_service_runs_in_the_gui_thread(window, qtbot, bench):
    compare(window, qtbot)
    assert bench.calls
    assert threading.main_thread().name not in {thread for _, thread in bench.calls}


def test_steps_are_always_clickable_and_empty_ones_say_what_to_do(window):
    for number in range(4):
        window.rail.buttons[number].click()
        assert window.pages.currentIndex() == number
    assert window.compare_page._empty_title.text() == "Nothing to compare yet"
    assert window.trace_page.card.title.text() == "No suspect yet"


def test_a_missing_source_can_be_located(window, qtbot, bench, asker):
    bench.missing_sources = {"/archive/archive clip 001.mp4"}
    trace(window, qtbot)
    window.choose_candidate(window.session.trace.candidates[0])
    view = window.compare_page.comparison
    qtbot.waitUntil(lambda: bench.count("source_file") == 1 and view.shown is not None)
    form = window.compare_page.form
    qtbot.waitUntil(lambda: "not at hand" in form.texts["limits"].toPlainText())
    assert view.shown.source is None
    asker.answers["moved_source"] = Path("/new disk/archive clip 001.mp4")
    view.locateRequested.emit(window.session.candidate)
    qtbot.waitUntil(lambda: view.shown is not None and view.shown.source is not None)
    assert window.session.trace.candidates[0].source.path == "/new disk/archive clip 001.mp4"
    assert "not at hand" not in form.texts["limits"].toPlainText()


def test_a_wrong_file_is_refused_when_locating(window, qtbot, bench, asker):
    compare(window, qtbot)
    bench.errors["relocate"] = MissingMedia(
        "other.mp4 is not the file that was enrolled.", "Choose the unchanged file."
    )
    asker.answers["moved_source"] = Path("/other.mp4")
    window.compare_page.locate()
    qtbot.waitUntil(window.banner.isVisible)
    assert window.session.candidate.source.path == "/archive/archive clip 001.mp4"


def test_next_and_previous_candidate(window, qtbot):
    compare(window, qtbot)
    window.compare_page.move_candidate(-1)
    assert window.session.candidate.rank == 1
    window.compare_page.move_candidate(1)
    window.compare_page.move_candidate(1)
    assert window.session.candidate.rank == 3
    assert window.session.viewed == {1, 2, 3}
    assert window.compare_page.list.currentIndex().row() == 2


def test_playback_stops_when_another_step_is_shown(window, qtbot):
    compare(window, qtbot)
    clock = window.compare_page.comparison.comparison.clock
    clock.play()
    assert clock.playing
    window.show_step(REPORT_STEP)
    assert not clock.playing
    assert not window.compare_menu.isEnabled()


def test_letters_typed_into_the_form_are_text_and_no_commands(window, qtbot):
    compare(window, qtbot)
    window.activateWindow()
    text = window.compare_page.form.texts["observations"]
    text.setFocus()
    qtbot.waitUntil(text.hasFocus)
    qtbot.keyClicks(text, "Dark jacket, lit left: 0 K")
    assert text.toPlainText() == "Dark jacket, lit left: 0 K"
    assert not window.compare_page.comparison.comparison.clock.playing


def test_errors_never_stack_dialogs(window, qtbot):
    for number in range(3):
        window.session.report_problem(MissingMedia(f"{number}.mp4 is not there.", "Look."))
    window.session.report_problem(MissingMedia("0.mp4 is not there.", "Look."))
    assert window.banner.message.text() == "0.mp4 is not there."
    assert len(window.banner.problems) == 3
    window.banner.show_details()
    window.banner.show_details()
    qtbot.waitUntil(lambda: len([d for d in window.findChildren(ErrorDialog) if d.isVisible()]) == 1)
    dialog = next(d for d in window.findChildren(ErrorDialog) if d.isVisible())
    dialog.copy_details()
    assert "0.mp4 is not there." in QGuiApplication.clipboard().text()
    assert "Traceback" not in dialog.message.text()
    dialog.close()
    for _ in range(3):
        window.banner.dismiss()
    assert not window.banner.isVisible()


def test_unexpected_errors_are_told_in_words():
    message, hint = message_of(ZeroDivisionError("division by zero"))
    assert "ZeroDivisionError" in message
    assert "evidence is untouched" in hint
    message, _ = message_of(OSError(13, "Permission denied", "/x"))
    assert message == "The system refused a file operation: Permission denied (/x)."


def test_a_case_file_opens_where_it_was_left(window, qtbot, bench, tmp_path):
    exhibit = make_exhibit()
    database = tmp_path / "archive.h5"
    database.touch()
    bench.case = Case(
        CaseDetails("Harbour", examiner="E"),
        "2026-11-20T10:00:00+00:00",
        exhibit,
        make_trace(exhibit, database),
        findings=(replace(finding(), observations="Seen."),),
    )
    window.open_paths([tmp_path / "harbour.vtlcase"])
    qtbot.waitUntil(lambda: window.compare_page.comparison.shown is not None)
    assert window.pages.currentIndex() == COMPARE_STEP
    assert window.compare_page.form.texts["observations"].toPlainText() == "Seen."
    assert window.session.details.name == "Harbour"
    qtbot.waitUntil(lambda: window.session.database_path == database)
    assert bench.count("trace") == 0
    assert window.session.findings


def test_closing_asks_about_findings_and_remembers_the_window(qtbot, bench, store, asker):
    window = MainWindow(bench, store, asker)
    qtbot.addWidget(window)
    window.show()
    window.session.set_exhibit(make_exhibit())
    window.session.set_trace(make_trace(make_exhibit(), ARCHIVE))
    window.session.add_finding(finding())
    asker.says_yes = False
    assert not window.close()
    assert window.isVisible()
    asker.says_yes = True
    assert window.close()
    assert not store.bytes("geometry").isEmpty()
    assert not store.bytes("compare").isEmpty()


def test_closing_while_enrolling_asks(qtbot, bench, store, asker):
    window = MainWindow(bench, store, asker)
    qtbot.addWidget(window)
    bench.gates["enroll"] = threading.Event()
    window.enrolling.start([Path("/videos")], ARCHIVE, "auto")
    asker.says_yes = False
    assert not window.close()
    asker.says_yes = True
    assert window.close()
    assert asker.questions == ["Still at work", "Still at work"]


def test_settings_take_effect(window, store):
    from vtl_desktop.ui.settings.settings_dialog import SettingsDialog

    dialog = SettingsDialog(store.load(), window)
    dialog.device.setCurrentIndex(dialog.device.findData("cpu"))
    dialog.point.setCurrentIndex(dialog.point.findData("careful"))
    assert dialog.point_means.text().startswith("Fewest false alarms")
    dialog.examiner.setText("A. Examiner")
    window.apply_settings(dialog)
    assert store.load().device == "cpu"
    assert store.load().point == "careful"
    assert store.load().examiner == "A. Examiner"
    assert window.status.device.text() == "CPU"
    dialog.close()


def test_every_control_has_a_name(window, qtbot):
    compare(window, qtbot)
    for step in (CASE_STEP, TRACE_STEP, COMPARE_STEP, REPORT_STEP):
        window.show_step(step)
        for kind in (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox):
            for control in window.pages.currentWidget().findChildren(kind):
                # Parts of Qt's own widgets (a tree's corner, a spin box's field) are named by their owner.
                if control.objectName().startswith("qt_") or not control.isVisible():
                    continue
                text = control.text() if isinstance(control, QAbstractButton) else ""
                assert text or control.accessibleName() or control.toolTip(), control


def test_every_shortcut_is_used_once(window):
    from vtl_desktop.ui.actions import ShortcutsDialog

    keys = [
        shortcut.toString()
        for menu in window.menuBar().actions()
        for action in menu.menu().actions()
        for shortcut in action.shortcuts()
    ]
    assert len(keys) == len(set(keys))
    assert {"Ctrl+O", "Ctrl+E", "F1", "Space", "D"} <= set(keys)
    dialog = ShortcutsDialog(window)
    assert dialog.table.topLevelItemCount() >= 5
    dialog.close()


@pytest.mark.parametrize("size", [(1024, 700), (1920, 1080)])
def test_every_page_paints_at_any_size(window, qtbot, size):
    compare(window, qtbot)
    window.resize(*size)
    for step in range(4):
        window.show_step(step)
        assert not window.grab().isNull()
