"""The sidebar: chapters in their order, each with its screens and live counts.

An app registers its screens (`register`); the site shows the person those they may see. Counts
are capped, and read for the whole sidebar in one statement.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from opsdesk.estimates import capped_counts

Rows = Callable[[HttpRequest], QuerySet]
MOST = 99


@dataclass(frozen=True)
class Screen:
    """A line of the sidebar; low `rank` comes first. `waiting` names the rows counted beside it.

    With `in_header` its icon and count are also on top of every page, where a phone shows them.
    """

    title: str | Promise
    icon: str
    view: str
    permission: str
    query: str = ""
    waiting: Rows | None = None
    tone: str = "info"
    rank: int = 50
    in_header: bool = False

    # Asked for each screen on every page: worked out once.
    @cached_property
    def code(self) -> str:
        return f"{self.view}{self.query}".replace(":", "-").replace("?", "-").replace("=", "-")

    @cached_property
    def address(self) -> str:
        return reverse(self.view)

    @property
    def link(self) -> str:
        return self.address + self.query


CHAPTERS: dict[str, str | Promise] = {
    "desk": "",
    "orders": _("Orders"),
    "catalog": _("Catalog"),
    "stock": _("Stock and supply"),
    "fulfillment": _("Fulfilment"),
    "aftersales": _("After-sales"),
    "marketing": _("Marketing"),
    "analytics": _("Analysis"),
    "exchange": _("Exchange"),
    "setup": _("Setup"),
}

_screens: dict[str, list[Screen]] = {chapter: [] for chapter in CHAPTERS}


def register(chapter: str, *screens: Screen) -> None:
    for screen in screens:
        if screen not in _screens[chapter]:
            _screens[chapter].append(screen)
    _screens[chapter].sort(key=lambda screen: screen.rank)


def shown(count: int) -> str:
    """A count as the sidebar shows it: nothing for none, 99+ beyond that."""
    if not count:
        return ""
    return f"{MOST}+" if count > MOST else str(count)


def screens_for(request: HttpRequest) -> dict[str, list[Screen]]:
    """Chapter → the screens this person may open; chapters without any are left out."""
    if not hasattr(request, "_opsdesk_screens"):
        allowed = {
            chapter: [s for s in screens if not s.permission or request.user.has_perm(s.permission)]
            for chapter, screens in _screens.items()
        }
        request._opsdesk_screens = {
            chapter: screens for chapter, screens in allowed.items() if screens
        }
    return request._opsdesk_screens


def counts_for(request: HttpRequest, only: Container[str] | None = None) -> dict[str, str]:
    """Screen code → what its badge says. One statement per request, or for `only` these screens."""
    if hasattr(request, "_opsdesk_counts"):
        return request._opsdesk_counts
    rows = {
        screen.code: screen.waiting(request)
        for screens in screens_for(request).values()
        for screen in screens
        if screen.waiting and (only is None or screen.code in only)
    }
    counts = {code: shown(count) for code, count in capped_counts(rows, MOST).items()}
    if only is None:
        request._opsdesk_counts = counts
    return counts


def count_of_tab(request: HttpRequest, view: str, tab: str) -> str | None:
    """What the sidebar says of a screen that is this tab of a list; None if it has none."""
    query = f"?tab={tab}"
    return next(
        (
            counts_for(request)[screen.code]
            for screens in screens_for(request).values()
            for screen in screens
            if screen.waiting and screen.view == view and screen.query == query
        ),
        None,
    )


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups in the shape the sidebar's template reads."""
    counts = counts_for(request)
    return [
        {
            "title": CHAPTERS[chapter],
            "items": [
                {
                    "title": screen.title,
                    "icon": screen.icon,
                    "link": screen.link,
                    "active": _is_active(request, screen),
                    "code": screen.code,
                    "counted": screen.waiting is not None,
                    "badge": counts.get(screen.code, ""),
                    "tone": screen.tone,
                }
                for screen in screens
            ],
        }
        for chapter, screens in screens_for(request).items()
    ]


def header(request: HttpRequest) -> list[dict[str, Any]]:
    """The screens that have their place on top of every page."""
    counts = counts_for(request)
    return [
        {
            "title": screen.title,
            "icon": screen.icon,
            "link": screen.link,
            "code": screen.code,
            "badge": counts.get(screen.code, ""),
        }
        for screens in screens_for(request).values()
        for screen in screens
        if screen.in_header
    ]


@dataclass(frozen=True)
class Badge:
    code: str
    count: str
    tone: str
    in_header: bool


def badges(request: HttpRequest, only: Container[str] | None = None) -> list[Badge]:
    """The counts alone, for the live refresh: of all screens, or of these."""
    counts = counts_for(request, only)
    return [
        Badge(screen.code, counts[screen.code], screen.tone, screen.in_header)
        for screens in screens_for(request).values()
        for screen in screens
        if screen.waiting and (only is None or screen.code in only)
    ]


def stand_in(request: HttpRequest, view: str) -> None:
    """The page is marked in the sidebar as one of this screen, from which it was opened."""
    request._opsdesk_stands_in = reverse(view)


def _is_active(request: HttpRequest, screen: Screen) -> bool:
    """A screen that is a tab of a list is active on that tab; its list on everything else."""
    link, tab = screen.address, request.GET.get("tab", "")
    path = getattr(request, "_opsdesk_stands_in", request.path)
    if screen.query:
        return path == link and f"?tab={tab}" == screen.query
    if link == reverse("admin:index") or tab:
        return path == link and not tab
    return path.startswith(link) and not _is_within(request, path, link)


def _is_within(request: HttpRequest, path: str, link: str) -> bool:
    """Is the page of another screen, whose address begins with this one's?"""
    return any(
        len(other.address) > len(link) and path.startswith(other.address)
        for screens in screens_for(request).values()
        for other in screens
    )
