"""Stores, people and the procedure; what ran, and who changed what."""

from __future__ import annotations

from tests.browser.pages.base import List, Screen, ThemeList


class Stores(ThemeList):
    path = "/admin/stores/store/"


class Channels(ThemeList):
    path = "/admin/stores/channel/"


class WorkCalendars(ThemeList):
    path = "/admin/stores/workcalendar/"


class People(ThemeList):
    path = "/admin/stores/user/"


class Roles(ThemeList):
    path = "/admin/stores/membership/"


class Numbers(Screen):
    path = "/admin/stores/settingoverride/"
    ready = "#main table"

    def open_number(self, words: str) -> None:
        self.page.locator("#main").get_by_role("link", name=words).click()


class Number(Screen):
    path = "/admin/stores/settingoverride/of/orders.confirm_within/"
    ready = "#main table"

    def set(self, value: str, reason: str, *, where: str) -> None:
        self.page.get_by_label("Where").select_option(label=where)
        self.page.get_by_label("Value").fill(value)
        self.page.get_by_label("Reason").fill(reason)
        self.page.get_by_role("button", name="Set").click()


class AuditTrail(List):
    path = "/admin/audit/auditentry/"


class ScheduledRuns(List):
    path = "/admin/schedule/slot/"


class BulkActions(List):
    path = "/admin/bulk/bulktask/"


class Tokens(List):
    path = "/admin/tokens/apitoken/"


class IssueToken(Screen):
    path = "/admin/tokens/apitoken/add/"
    ready = "#main form"

    def issue(self, purpose: str, *, store: str, person: str, scope: str) -> None:
        self.fill(store=store, user=person, name=purpose)
        self.page.locator(f"[name=scopes][value='{scope}']").check()
        self.page.locator("#main form button.primary").click()


class ApiDescription(Screen):
    path = "/api/v1/docs/"
    ready = ".swagger-ui .opblock"

    def expand(self, operation: str) -> None:
        self.page.locator(".opblock", has_text=operation).first.locator("button").first.click()
