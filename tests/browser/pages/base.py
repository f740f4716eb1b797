"""What every screen has: an address, a sign that it is there, its width."""

from __future__ import annotations

from typing import Self

from playwright.sync_api import Locator, Page, expect


class Screen:
    """`ready` is what stands on the screen once a person can work with it."""

    path = "/admin/"
    ready = "#main h1"

    def __init__(self, page: Page, site: str = "") -> None:
        self.page = page
        self.site = site or page.url.split("/admin/")[0]

    def open(self, path: str = "") -> Self:
        self.page.goto(f"{self.site}{path or self.path}")
        return self

    def is_ready(self) -> bool:
        """Waits for a screen that is put together in the browser."""
        try:
            expect(self.page.locator(self.ready).first).to_be_visible()
        except AssertionError:
            return False
        return True

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    def expect_message(self, words: str) -> None:
        expect(self.page.get_by_text(words).first).to_be_visible()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def do(self, verb: str) -> None:
        self.page.get_by_role("button", name=verb).click()

    def fill(self, **values: str) -> None:
        """Fields of the screen's form, by their names in it."""
        for name, value in values.items():
            field = self.page.locator(f"#main form [name={name}]")
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)

    def complaint(self, name: str) -> Locator:
        """What the form says beside a field that it does not accept."""
        return self.page.locator(".od-field", has=self.page.locator(f"[name={name}]")).locator(
            ".errorlist"
        )


class List(Screen):
    """A list of ours: tabs, filters, rows, what can be done with ticked ones."""

    ready = "#main .od-panel"

    @property
    def rows(self) -> Locator:
        return self.page.locator("#od-list tbody tr")

    def row(self, words: str) -> Locator:
        return self.rows.filter(has_text=words)

    def open_row(self, words: str) -> None:
        self.row(words).locator("a.od-main").click()

    def tab(self, words: str) -> None:
        self.page.locator(".od-tabs").get_by_role("link", name=words).click()

    def tick(self, *numbers: str) -> None:
        for number in numbers:
            self.row(number).get_by_role("checkbox").check()

    def bulk(self, verb: str) -> None:
        self.page.locator(".od-foot").get_by_role("button", name=verb).click()


class ThemeList(Screen):
    """A short list, as the theme makes it."""

    ready = "#changelist"

    @property
    def rows(self) -> Locator:
        return self.page.locator("#result_list tbody tr")

    def open_row(self, words: str) -> None:
        self.rows.filter(has_text=words).get_by_role("link").first.click()


class SignIn(Screen):
    path = "/admin/login/"
    ready = "#login-form"

    def enter(self, name: str, password: str) -> None:
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", password)
        self.page.click("#login-form button[type=submit]")

    def as_person(self, name: str, password: str) -> None:
        self.enter(name, password)
        self.page.wait_for_url("**/admin/")


class SecondStep(Screen):
    path = "/admin/second-step/set-up/"
    ready = "input[name=code]"

    @property
    def secret(self) -> str:
        return self.page.locator("code").inner_text().replace(" ", "")

    def enter(self, code: str) -> None:
        self.page.fill("input[name=code]", code)
        self.page.locator("form button.primary").click()


class Search(Screen):
    def find(self, words: str) -> None:
        self.page.wait_for_function("window.Alpine !== undefined")
        self.page.keyboard.press("Control+k")
        expect(self.page.locator("#search-input-command")).to_be_visible()
        self.page.locator("#search-input-command").press_sequentially(words)

    @property
    def results(self) -> Locator:
        return self.page.locator("#command-results-list li")
