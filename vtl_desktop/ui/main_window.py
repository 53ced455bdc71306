"""The one window. It composes the parts and sends wishes from one to another; it owns no state of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vtl_desktop.core.case import Case, CaseDetails
from vtl_desktop.core.tracing import Candidate, TraceResult
from vtl_desktop.ui.asking import Asker
from vtl_desktop.ui.case.compare_page import ComparePage
from vtl_desktop.ui.case.finding_dialog import FindingDialog
from vtl_desktop.ui.database.build_dialog import BuildDialog
from vtl_desktop.ui.database.enrolling import Enrolling
from vtl_desktop.ui.database.keeper import DatabaseKeeper
from vtl_desktop.ui.errors import ErrorBanner
from vtl_desktop.ui.exhibit.case_page import CasePage
from vtl_desktop.ui.exhibit.intake import Intake
from vtl_desktop.ui.jobs import JobBoard
from vtl_desktop.ui.menus import build_menus
from vtl_desktop.ui.opening import Opening
from vtl_desktop.ui.rail import StepRail
from vtl_desktop.ui.report.contents import CASE_STEP, COMPARE_STEP, REPORT_STEP, TRACE_STEP
from vtl_desktop.ui.report.report_page import ReportPage
from vtl_desktop.ui.report.writer import ReportWriter
from vtl_desktop.ui.session import Session
from vtl_desktop.ui.settings.settings import SettingsStore
from vtl_desktop.ui.settings.settings_dialog import SettingsDialog
from vtl_desktop.ui.status import StatusBar
from vtl_desktop.ui.tasks import TaskRunner
from vtl_desktop.ui.theme import apply_theme
from vtl_desktop.ui.tracing.candidate_list import CandidateKeeper
from vtl_desktop.ui.tracing.trace_card import TraceWishes
from vtl_desktop.ui.tracing.trace_page import TracePage
from vtl_desktop.ui.tracing.tracer import Tracer

if TYPE_CHECKING:
    from vtl_desktop.services.workbench import Workbench


class MainWindow(QMainWindow):
    """Four steps, a banner for errors, a status bar; takes files dropped anywhere."""

    def __init__(self, workbench: Workbench, store: SettingsStore, asker: Asker | None = None) -> None:
        super().__init__()
        self.setWindowTitle("VTL Desktop")
        self.setAcceptDrops(True)
        self.store = store
        self.asker = asker or Asker(self, store)
        self.session = Session(self)
        self.runner = TaskRunner(self)
        self.board = JobBoard(self.runner, self.session, self)
        self.keeper = DatabaseKeeper(self.session, self.board, workbench, store, self.may_discard, self)
        self.intake = Intake(self.session, self.board, workbench, self.may_discard, self)
        self.tracer = Tracer(self.session, self.board, workbench, store, self.may_discard, self)
        self.enrolling = Enrolling(self.board, workbench, self)
        self.writer = ReportWriter(self.session, self.board, workbench, self)
        self.candidates = CandidateKeeper(self.session, self.board, workbench, self)
        self.opening = Opening(
            self.session, self.asker, self.intake.take, self.intake.open_case, self.keeper.open, self._build_from
        )
        self._build_dialog: BuildDialog | None = None
        self.banner = ErrorBanner()
        self.rail = StepRail()
        self._make_pages(workbench)
        self._lay_out()
        self.compare_menu = build_menus(self)
        self._connect()
        self._restore()

    def _make_pages(self, workbench: Workbench) -> None:
        wishes = TraceWishes(
            self.opening.ask_suspect,
            self.opening.ask_database,
            self.build_database,
            lambda: self.show_step(TRACE_STEP),
            self.conclude_on_suspect,
        )
        self.case_page = CasePage(self.session, self.board, workbench, self.intake, self.keeper, self.tracer, wishes)
        self.trace_page = TracePage(self.session, self.tracer, self.candidates.model, wishes)
        self.compare_page = ComparePage(
            self.session, self.board, self.runner, workbench, self.candidates.model, self.asker
        )
        self.report_page = ReportPage(self.session, self.writer, self.asker)
        self.status = StatusBar(self.session, self.board)

    def _lay_out(self) -> None:
        self.pages = QStackedWidget()
        for page in (self.case_page, self.trace_page, self.compare_page, self.report_page):
            self.pages.addWidget(page)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        margin = QVBoxLayout()
        margin.setContentsMargins(12, 8, 12, 0)
        margin.addWidget(self.banner)
        right.addLayout(margin)
        right.addWidget(self.pages, 1)
        centre = QWidget()
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
        self.setCentralWidget(centre)
        self.setStatusBar(self.status)

    def _connect(self) -> None:
        self.rail.stepChosen.connect(self.show_step)
        self.rail.settingsWanted.connect(self.change_settings)
        self.session.problemFound.connect(self.banner.add)
        self.session.databaseChanged.connect(
            lambda _info: self.case_page.database_card.show_recent(self.store.recent_databases)
        )
        for signal in (
            self.session.exhibitChanged,
            self.session.databaseChanged,
            self.session.traceChanged,
            self.session.findingsChanged,
        ):
            signal.connect(self._show_done)
        self.intake.started.connect(lambda _path: self.show_step(CASE_STEP))
        self.intake.caseOpened.connect(self._case_opened)
        self.session.traceChanged.connect(self._trace_changed)
        self.trace_page.candidateChosen.connect(self.choose_candidate)
        self.report_page.stepWanted.connect(self.show_step)
        self.report_page.conclusionWanted.connect(self.conclude_on_suspect)
        self.writer.finished.connect(lambda _written: self._show_done())

    def _restore(self) -> None:
        settings = self.store.load()
        self.session.set_details(self._new_details())
        self.status.show_device(settings.device)
        self.case_page.database_card.show_recent(self.store.recent_databases)
        self.resize(1440, 900)
        geometry = self.store.bytes("geometry")
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
        self.compare_page.restore(self.store)
        self.show_step(CASE_STEP)

    # What menus, pages and tests call.

    def open_paths(self, paths: list[Path]) -> None:
        """Opens what was named on the command line or dropped."""
        self.opening.open(paths)

    def build_database(self) -> None:
        """Shows the dialog that enrolls videos, set to the open database."""
        self._build_from([])

    def show_step(self, number: int) -> None:
        """Shows a step's page."""
        if number != COMPARE_STEP:
            self.compare_page.comparison.pause()
        self.compare_menu.setEnabled(number == COMPARE_STEP)
        self.pages.setCurrentIndex(number)
        self.rail.show_step(number)

    def choose_candidate(self, candidate: Candidate) -> None:
        """Compares a candidate."""
        self.session.set_candidate(candidate)
        self.show_step(COMPARE_STEP)

    def conclude_on_suspect(self) -> None:
        """Asks for a finding on the suspect as a whole."""
        if self.session.trace is not None:
            dialog = FindingDialog(self.session, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def write_report(self) -> None:
        """Shows the report's step, and writes it when nothing is missing."""
        self.show_step(REPORT_STEP)
        self.report_page.write()

    def change_settings(self) -> None:
        dialog = SettingsDialog(self.store.load(), self)
        if dialog.exec():
            self.apply_settings(dialog)

    def apply_settings(self, dialog: SettingsDialog) -> None:
        """Keeps the choices of a dialog; they count from now on."""
        before, after = self.store.load(), dialog.settings()
        self.store.save(after)
        self.status.show_device(after.device)
        if before.theme != after.theme:
            application = QApplication.instance()
            if isinstance(application, QApplication):
                apply_theme(application, after.theme)
            self.statusBar().showMessage("Icons follow the new appearance after a restart", 8000)

    def reset_layout(self) -> None:
        """Sizes and splitters as on the first day."""
        self.store.forget_window()
        self.resize(1440, 900)
        self.compare_page.reset_layout()

    def may_discard(self) -> bool:
        """Whether findings that are in no report yet may go; asks when there are some."""
        return not self.session.unreported or self.asker.confirm(
            "Findings not reported yet",
            "There are findings that are in no report and no case file yet. They are lost when you go on.",
            "Go on without them",
        )

    # What happens by itself.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            self.case_page.drop_area.set_hot(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.case_page.drop_area.set_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.case_page.drop_area.set_hot(False)
        event.acceptProposedAction()
        self.open_paths([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.may_discard() or not self._may_stop_jobs():
            event.ignore()
            return
        self.store.save_bytes("geometry", self.saveGeometry())
        self.compare_page.save(self.store)
        self.store.sync()
        self.hide()
        self.compare_page.shut_down()
        self.runner.shutdown()
        event.accept()

    def _may_stop_jobs(self) -> bool:
        if not (self.enrolling.running or self.writer.running):
            return True
        return self.asker.confirm(
            "Still at work",
            "Enrolling or writing a report is under way. What is enrolled stays; an unfinished report is not written.",
            "Stop and quit",
        )

    def _new_details(self) -> CaseDetails:
        settings = self.store.load()
        return replace(self.session.details, examiner=settings.examiner, laboratory=settings.laboratory)

    def _build_from(self, paths: list[Path]) -> None:
        if self._build_dialog is None:
            self._build_dialog = BuildDialog(self.enrolling, self.asker, self.store.load().device, self)
            self._build_dialog.databaseReady.connect(self.keeper.open)
        self._build_dialog.device = self.store.load().device
        self._build_dialog.prefill(self.session.database_path, paths)
        self._build_dialog.show()
        self._build_dialog.raise_()
        self._build_dialog.activateWindow()

    def _trace_changed(self, trace: TraceResult | None) -> None:
        if trace is not None and self.pages.currentIndex() == CASE_STEP and not _writing():
            self.show_step(TRACE_STEP)

    def _case_opened(self, case: Case) -> None:
        if case.trace is None:
            self.show_step(CASE_STEP)
            return
        path = Path(case.trace.database_path)
        if self.session.database is None and path.is_file():
            self.keeper.open(path)
        if case.trace.leader is not None:
            self.choose_candidate(case.trace.leader)
        else:
            self.show_step(TRACE_STEP)

    def _show_done(self, *_: object) -> None:
        session = self.session
        self.rail.show_done(
            (
                session.exhibit is not None and session.database is not None,
                session.trace is not None,
                bool(session.findings),
                bool(session.findings) and not session.unreported,
            )
        )


def _writing() -> bool:
    """Whether the analyst is filling in a form: the page must not change under the cursor then."""
    field = QApplication.focusWidget()
    if isinstance(field, QLineEdit):
        return bool(field.text())
    return isinstance(field, QPlainTextEdit) and bool(field.toPlainText())
