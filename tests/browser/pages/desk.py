"""What lies before a person: the desk, what is late, what waits for a yes, what they are told."""

from __future__ import annotations

from playwright.sync_api import Locator

from tests.browser.pages.base import List, Screen, ThemeList


class Desk(Screen):
    ready = "#desk-list"

    @property
    def rows(self) -> Locator:
        return self.page.locator(".od-todo")

    @property
    def selected(self) -> Locator:
        return self.page.locator(".od-todo.od-selected")

    def row(self, words: str) -> Locator:
        return self.rows.filter(has_text=words)

    def act(self, words: str, verb: str) -> None:
        self.row(words).get_by_role("button", name=verb).click()

    def resolve(self, words: str, note: str) -> None:
        self.act(words, "Resolve")
        dialog = self.page.locator("#od-resolve")
        dialog.locator("textarea").fill(note)
        dialog.get_by_role("button", name="Resolve").click()


class Approvals(List):
    path = "/admin/approvals/approval/"


class ApprovalPage(Screen):
    def approve(self) -> None:
        self.do("Approve")

    @property
    def timeline(self) -> Locator:
        return self.page.locator(".od-timeline")


class Absences(List):
    path = "/admin/approvals/delegation/"


class ApprovalRules(Screen):
    path = "/admin/approvals/approvalpolicy/"
    ready = "#main .od-panel"

    def open_rule(self, words: str) -> None:
        self.page.locator("#main").get_by_role("link", name=words).click()


class Notices(List):
    path = "/admin/notices/notice/"

    @property
    def bell(self) -> Locator:
        return self.page.locator(".od-bell")

    def read_all(self) -> None:
        self.do("Mark all as read")


class Alerts(List):
    path = "/admin/alerts/alert/"


class Clocks(List):
    path = "/admin/deadlines/deadline/"


class Rules(List):
    path = "/admin/automation/rule/"


class RuleBuilder(Screen):
    """The page on which a rule is written."""

    path = "/admin/automation/rule/new/"
    ready = "#od-builder"

    def choose(self, field: str, words: str) -> None:
        """In a list that the page is drawn anew for."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            self.page.locator(f"#{field}").select_option(label=words)

    def click(self, words: str) -> None:
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            self.page.get_by_role("button", name=words, exact=True).click()

    @property
    def sentence(self) -> Locator:
        return self.page.locator("#od-sentence")


class Inspections(List):
    path = "/admin/inspection/inspectionrun/"


class DaysSheet(Screen):
    path = "/admin/inspection/inspectionsheet/day/"
    ready = "#main .od-panel"

    def item(self, title: str) -> Locator:
        return self.page.locator(".od-inspected", has_text=title)


class SignedSheets(List):
    path = "/admin/inspection/inspectionsheet/"


class ItemsToLookAt(ThemeList):
    path = "/admin/inspection/manualitem/"
