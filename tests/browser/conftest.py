"""Real pages in the system's Chromium. A failed test leaves its picture in var/screenshots/."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    sync_playwright,
)

from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role
from tests import factories
from tests.browser import looking
from tests.browser.looking import DESKTOP
from tests.browser.pages import SignIn

# Playwright keeps an event loop in the tests' thread; Django would refuse the database there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if program is None:
        pytest.fail("Chromium is missing: apt-get install chromium-headless-shell fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """A page of the wanted size, scheme and language; errors on it fail the test.

    A `calm` one moves nothing: colours are there at once, and `looking.barriers` can be asked for.
    Errors at an address that is `away` are what the test is about.
    """
    opened: list[Page] = []
    errors: list[str] = []
    tolerated: list[str] = []

    def open_page(
        *,
        size: dict[str, int] = DESKTOP,
        scheme: str = "light",
        calm: bool = False,
        away: str = "",
    ) -> Page:
        if away:
            tolerated.append(away)
        context = browser.new_context(
            viewport=size,
            color_scheme=scheme,
            timezone_id="Asia/Shanghai",
            locale="en-GB",
            reduced_motion="reduce" if calm else "no-preference",
        )
        context.set_default_timeout(10_000)
        if calm:
            context.add_init_script(path=looking.AXE)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.extend(_complaints(message)))
        page.on("response", lambda response: errors.extend(_failures(response)))
        page.on("requestfailed", lambda request: errors.extend(_unanswered(request)))
        opened.append(page)
        return page

    yield open_page
    for number, page in enumerate(opened):
        if request.node.stash.get(FAILED, True):
            page.screenshot(path=_picture(request.node.name, number), full_page=True)
        page.context.close()
    assert [each for each in errors if not any(part in each for part in tolerated)] == []


def _complaints(message: ConsoleMessage) -> list[str]:
    """Errors in the console: of scripts, and of what the page's policy forbids.

    What could not be loaded is said better by the answer itself (`_failures`).
    """
    is_load = message.text.startswith("Failed to load resource")
    is_refusal = "Content Security Policy" in message.text
    return [message.text] if is_refusal or (message.type == "error" and not is_load) else []


def _failures(response: Response) -> list[str]:
    """A part of a page that was answered with an error; a whole page may be one."""
    is_part = not response.request.is_navigation_request()
    return [f"{response.status} {response.url}"] if is_part and response.status >= 400 else []


def _unanswered(request: Request) -> list[str]:
    """What nobody answered, unless the page was left before."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.failure} {request.url}"]


def _picture(test: str, number: int) -> Path:
    folder = settings.VAR_DIR / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{test.replace('/', '-')}-{number}.png"


@pytest.fixture
def store(transactional_db: None) -> Store:
    return factories.StoreFactory(name="木语生活 Muyu")


@pytest.fixture
def reviewer(store: Store) -> User:
    return factories.UserFactory(role=Role.ORDER_REVIEWER, store=store, first_name="Xinyi")


@pytest.fixture
def sign_in(live_server, open_page) -> Callable[..., Page]:
    """Through the log-in page to the desk."""

    def sign_in(user: User, **look) -> Page:
        page = open_page(**look)
        SignIn(page, live_server.url).open().as_person(user.username, factories.PASSWORD)
        return page

    return sign_in
