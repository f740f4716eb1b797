"""The screens as a person meets them: what can be read there and done there."""

from __future__ import annotations

from typing import Self

from playwright.sync_api import Locator, Page, expect


class Screen:
    path = "/admin/"

    def __init__(self, page: Page, site: str = "") -> None:
        self.page = page
        self.site = site or page.url.split("/admin/")[0]

    def open(self, path: str = "") -> Self:
        self.page.goto(f"{self.site}{path or self.path}")
        return self

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    def expect_message(self, words: str) -> None:
        expect(self.page.get_by_text(words).first).to_be_visible()


class SignIn(Screen):
    path = "/admin/login/"

    def as_person(self, name: str, password: str) -> None:
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", password)
        self.page.click("#login-form button[type=submit]")
        self.page.wait_for_url("**/admin/")


class Desk(Screen):
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

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


class OrderPage(Screen):
    def do(self, verb: str) -> None:
        self.page.get_by_role("button", name=verb).click()

    def cancel(self, reason: str) -> None:
        self.do("Cancel…")
        dialog = self.page.locator("dialog[open]")
        dialog.locator("textarea").fill(reason)
        dialog.get_by_role("button", name="Cancel", exact=True).click()

    @property
    def timeline(self) -> Locator:
        return self.page.locator(".od-timeline")


class OrderList(Screen):
    path = "/admin/orders/order/"

    @property
    def rows(self) -> Locator:
        return self.page.locator("#od-list tbody tr")

    def tick(self, *numbers: str) -> None:
        for number in numbers:
            self.rows.filter(has_text=number).get_by_role("checkbox").check()

    def bulk(self, verb: str) -> None:
        self.page.locator(".od-foot").get_by_role("button", name=verb).click()


class Number(Screen):
    path = "/admin/stores/settingoverride/of/orders.confirm_within/"

    def set(self, value: str, reason: str, *, where: str) -> None:
        self.page.get_by_label("Where").select_option(label=where)
        self.page.get_by_label("Value").fill(value)
        self.page.get_by_label("Reason").fill(reason)
        self.page.get_by_role("button", name="Set").click()


class Search(Screen):
    def find(self, words: str) -> None:
        self.page.wait_for_function("window.Alpine !== undefined")
        self.page.keyboard.press("Control+k")
        expect(self.page.locator("#search-input-command")).to_be_visible()
        self.page.locator("#search-input-command").press_sequentially(words)

    @property
    def results(self) -> Locator:
        return self.page.locator("#command-results-list li")
