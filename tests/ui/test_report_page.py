"""The report's step: what is missing, writing, the outcome."""

from __future__ import annotations

import threading
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from tests.ui.fakes import digest
from tests.ui.test_session import finding
from tests.ui.test_tracing import trace
from vtl_desktop.core.case import CaseDetails
from vtl_desktop.core.errors import StorageFull
from vtl_desktop.core.tracing import NO_SOURCE
from vtl_desktop.ui.report.contents import COMPARE_STEP, REPORT_STEP, contents_of

OUT = Path("/reports/harbour.pdf")


def texts(window):
    return [item.text for item in contents_of(window.session)]


def link(window, text):
    return next(made for made in window.report_page.body.findChildren(QPushButton) if made.text() == text)


def ready(window, qtbot):
    trace(window, qtbot)
    window.session.set_details(CaseDetails("Harbour", examiner="E"))
    window.show_step(REPORT_STEP)
    window.report_page.path.setText(str(OUT))
    window.report_page.path.textEdited.emit(str(OUT))


def test_the_empty_report_lists_what_is_missing(window, bench):
    window.show_step(REPORT_STEP)
    assert texts(window)[:3] == ["No suspect yet", "The suspect was not traced yet", "The case has no name"]
    assert not window.report_page.write_button.isEnabled()
    assert window.report_page.missing.text() == "No suspect yet"
    window.write_report()
    assert bench.count("write_report") == 0


def test_missing_things_are_links(window, qtbot):
    trace(window, qtbot)
    window.show_step(REPORT_STEP)
    window.activateWindow()
    link(window, "Name it").click()
    qtbot.waitUntil(window.report_page.details.lines["name"].hasFocus)
    qtbot.keyClicks(window.report_page.details.lines["name"], "Harbour")
    assert window.report_page.write_button.isEnabled()
    link(window, "Write one").click()
    assert window.pages.currentIndex() == COMPARE_STEP


def test_the_suggested_path_is_not_beside_the_evidence(window, qtbot):
    trace(window, qtbot)
    suggested = Path(window.report_page.path.text())
    assert suggested.name == "suspect - evidence report.pdf"
    assert suggested.parent == Path("/reports")


def test_a_report_is_written_and_shown_with_its_digest(window, qtbot, bench):
    ready(window, qtbot)
    window.session.add_finding(finding())
    bench.gates["write_report"] = threading.Event()
    qtbot.mouseClick(window.report_page.write_button, Qt.MouseButton.LeftButton)
    page = window.report_page
    qtbot.waitUntil(lambda: page.progress.isVisible() and page.progress.value() == 500)
    assert page.step.text() == "Frame pair 2 of 3"
    assert not page.write_button.isEnabled()
    bench.gates["write_report"].set()
    qtbot.waitUntil(page.result.isVisible)
    assert page.result.path.text() == str(OUT)
    assert digest("pdf") in page.result.digest.accessibleName()
    assert bench.reported["findings"] == window.session.findings
    assert bench.reported["details"].name == "Harbour"
    assert bench.reported["database"] == Path("/archive/archive.h5")
    assert not window.session.unreported
    assert not page.progress.isVisible()


def test_a_finding_written_meanwhile_is_still_unreported(window, qtbot, bench):
    ready(window, qtbot)
    window.session.add_finding(finding())
    bench.gates["write_report"] = threading.Event()
    window.report_page.write()
    qtbot.waitUntil(lambda: bench.count("write_report") == 1)
    window.session.add_finding(finding(2))
    bench.gates["write_report"].set()
    qtbot.waitUntil(window.report_page.result.isVisible)
    assert window.session.unreported


def test_a_full_disk_is_told_and_nothing_is_lost(window, qtbot, bench):
    ready(window, qtbot)
    window.session.add_finding(finding())
    bench.errors["write_report"] = StorageFull("The disk with /reports is full.", "Free some space.")
    window.write_report()
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.message.text() == "The disk with /reports is full."
    assert not window.report_page.result.isVisible()
    assert window.session.unreported
    assert window.report_page.write_button.isEnabled()


def test_an_existing_report_is_not_replaced_unasked(window, qtbot, bench, asker, tmp_path):
    ready(window, qtbot)
    out = tmp_path / "harbour"
    out.with_suffix(".pdf").touch()
    window.report_page.path.setText(str(out))
    asker.says_yes = False
    window.report_page.write()
    assert asker.questions == ["The report exists"]
    assert bench.count("write_report") == 0
    asker.says_yes = True
    window.report_page.write()
    qtbot.waitUntil(window.report_page.result.isVisible)
    assert bench.reported["out"] == out.with_suffix(".pdf")


def test_writing_can_be_cancelled(window, qtbot, bench):
    ready(window, qtbot)
    bench.gates["write_report"] = threading.Event()
    window.write_report()
    qtbot.waitUntil(lambda: bench.count("write_report") == 1)
    window.report_page.cancel_button.click()
    qtbot.waitUntil(lambda: not window.writer.running)
    assert "No report was written" in window.report_page.step.text()
    assert window.banner.problems == ()


def test_no_source_is_concluded_on_the_suspect_as_a_whole(window, qtbot, bench):
    from vtl_desktop.ui.case.finding_dialog import FindingDialog

    bench.decision = NO_SOURCE
    ready(window, qtbot)
    link(window, "Write one").click()
    dialog = window.findChild(FindingDialog)
    assert dialog is not None
    assert dialog.form.rank == 0
    dialog.form.save()
    dialog.accept()
    qtbot.waitUntil(lambda: window.findChild(FindingDialog) is None)
    window.session.add_finding(finding(0))
