"""The wall board: how one store stands, for a screen in the office that nobody touches."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from opsdesk import navigation, wording
from opsdesk.desk import cards, health, pulse, queries
from opsdesk.desk.cards import Figure
from opsdesk.desk.pulse import Pulse
from opsdesk.desk.rows import rows_for
from opsdesk.people import stores_of
from opsdesk.stores.models import Store

SEE = "alerts.view_alert"
# As many as can be read from across a room.
SHOWN = 10
# Seconds for which a store is shown.
QUICKEST, SLOWEST, LONGEST = 5, 3600, 5


@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """The board of the person's first store; others are chosen on it."""
    stores = _allowed(request)
    if not stores:
        raise Http404
    return redirect("admin:board-store", stores[0].pk)


@require_GET
@never_cache
def show(request: HttpRequest, store_id: int) -> HttpResponse:
    """The whole page, or what of it changes: asked for by itself, again and again."""
    stores = _allowed(request)
    store = next((each for each in stores if each.pk == store_id), None)
    if store is None:
        raise Http404
    at = timezone.now()
    known = Pulse.parse(request.headers.get("If-None-Match", ""))
    work = pulse.of_store(store, at=at, limit=SHOWN)
    if known is not None and known.work == work and known.is_fresh(at):
        return HttpResponse(status=304, headers={"ETag": str(known)})
    state = _state(request, store, at)
    found = Pulse(work, _said(state), int(at.timestamp()))
    if found.shows_the_same_as(known):
        return HttpResponse(status=304, headers={"ETag": str(found)})
    parts = {"store": store, "stores": stores, "pulse": str(found), **state}
    parts |= _walk(request, store, stores)
    is_part = bool(request.headers.get("HX-Request"))
    name = f"desk/board{'_state' if is_part else ''}.html"
    return TemplateResponse(request, name, parts, headers={"ETag": str(found)})


def _walk(request: HttpRequest, store: Store, stores: list[Store]) -> dict[str, Any]:
    """The boards before and after this one, and for how long each is shown if they take turns.

    `cycle` in the address says so, in seconds; out of range it is taken for the nearest.
    """
    asked = request.GET.get("cycle", "")
    seconds = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= LONGEST else 0
    cycle = min(max(seconds, QUICKEST), SLOWEST) if seconds else 0
    query = f"?cycle={cycle}" if cycle else ""
    place = stores.index(store)

    def address(step: int) -> str:
        other = stores[(place + step) % len(stores)]
        return reverse("admin:board-store", args=[other.pk]) + query if other != store else ""

    return {"cycle": cycle, "next": address(1), "previous": address(-1), "query": query}


def _allowed(request: HttpRequest) -> list[Store]:
    return [store for store in stores_of(request) if request.user.has_perm(SEE, store)]


def _state(request: HttpRequest, store: Store, at: datetime) -> dict[str, Any]:
    """A fixed number of statements. Names no person: everybody who passes by reads it."""
    counts = queries.store_counts(store, at=at, most=navigation.MOST)
    work = queries.store_rows(store, at=at, limit=SHOWN)
    return {
        "now": at.astimezone(store.zone),
        "time_words": wording.words_of_time(),
        "figures": [
            _count(_("Overdue"), counts["overdue"], "danger"),
            _count(_("Due today"), counts["today"], ""),
            *cards.figures_for(request, [store], at),
        ],
        "rows": rows_for(request, work, [store], at),
        "signs": [sign for sign in health.signs_for(request, at) if sign.tone != "good"],
    }


def _said(state: dict[str, Any]) -> str:
    figures = ((figure.value, figure.tone) for figure in state["figures"])
    return pulse.digest([*figures, *((sign.text, sign.tone) for sign in state["signs"])])


def _count(label: str, count: int, tone: str) -> Figure:
    return Figure(label=label, value=navigation.shown(count) or "0", tone=tone if count else "")
