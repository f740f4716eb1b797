"""The command search (Ctrl+K): screens, and rows whose number or code begins with the words.

Chapters register what can be found (`register`). A provider returns few rows, by an index.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.dataclasses import SearchResult

from opsdesk.navigation import CHAPTERS, screens_for

EACH = 5
SHORTEST = 2

Provider = Callable[[HttpRequest, str], list[SearchResult]]

_providers: list[tuple[str, Provider]] = []


def register(permission: str, provider: Provider) -> None:
    """Ask this provider when the person holds the permission in some store."""
    if (permission, provider) not in _providers:
        _providers.append((permission, provider))


def find(request: HttpRequest, words: str) -> list[SearchResult]:
    found = _screens(request, words)
    if len(words) < SHORTEST:
        return found
    for permission, provider in _providers:
        if request.user.has_perm(permission):
            found += provider(request, words)
    return found


def _screens(request: HttpRequest, words: str) -> list[SearchResult]:
    return [
        SearchResult(
            title=str(screen.title),
            description=str(CHAPTERS[chapter]),
            link=screen.link,
            icon=screen.icon,
        )
        for chapter, screens in screens_for(request).items()
        for screen in screens
        if words.lower() in str(screen.title).lower()
    ]


def results(request: HttpRequest) -> HttpResponse:
    """In the shape the theme's search box reads."""
    started = time.monotonic()
    words = request.GET.get("s", "").replace("\0", "").strip()
    if not words:
        return HttpResponse()
    pages = Paginator(find(request, words[:80]), 100)
    return TemplateResponse(
        request,
        "unfold/helpers/command_results.html",
        {
            "page_obj": pages,
            "results": pages.page(1),
            "page_counter": 0,
            "execution_time": time.monotonic() - started,
            "command_show_history": False,
        },
        headers={"HX-Trigger": "search"},
    )
