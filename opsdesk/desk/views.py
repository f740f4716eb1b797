"""My desk: the start page, its live parts, and the actions on its rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from opsdesk import navigation, posted, wording
from opsdesk.alerts import services as alerts
from opsdesk.alerts.models import Alert
from opsdesk.approvals import kinds
from opsdesk.deadlines import rules
from opsdesk.desk import ahead, cards, charts, health, pulse, queries, starts
from opsdesk.desk.pulse import Pulse
from opsdesk.desk.rows import Row, rows_for
from opsdesk.errors import DomainError
from opsdesk.people import stores_of
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role

PAGE = 50
MORNING = time(9)
# Its screen in the sidebar, whose count is that of the list.
DESK = "admin-index"


def index(request: HttpRequest, each_context: dict[str, Any]) -> TemplateResponse:
    at = timezone.now()
    stores = stores_of(request)
    context = {
        **each_context,
        "title": _("My desk"),
        "crumbs": [],
        "index": True,
        "is_fullwidth": True,
        "drawings": [charts.draw(chart) for chart in cards.charts_for(request, stores, at)],
        "time_words": wording.words_of_time(),
        **_live(request, at),
    }
    return TemplateResponse(request, "desk/index.html", context)


def desk_list(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """The list, its chips and where the next page begins."""
    stores = stores_of(request)
    chosen = _chosen(request)
    after = queries.Place.parse(request.GET.get("after", ""))
    found = queries.desk_rows(
        request.user, stores, at=at, limit=PAGE + 1, chosen=chosen, after=after
    )
    shown = found[:PAGE]
    counts = queries.desk_counts(
        request.user, stores, at=at, most=navigation.MOST, work=_work_counts(request, at)
    )
    return {
        "words": {
            "risk": _("Money at risk"),
            "acknowledge": _("Acknowledge"),
            "more": _("More"),
            "resolve": _("Resolve"),
        },
        "rows": rows_for(request, shown, stores, at),
        "next_place": str(queries.Place.of(shown[-1])) if len(found) > PAGE else "",
        "chosen": chosen,
        "has_choice": chosen != queries.Chosen(),
        "counts": {when: navigation.shown(count) or "0" for when, count in counts.items()},
        "clauses": clauses_of(request.user),
        "stores": stores,
        "query": _query(chosen),
    }


@require_GET
def rows(request: HttpRequest) -> HttpResponse:
    """The list alone: asked for again and again, or its next page.

    Answers 304 as long as nothing changed since the pulse that the page has, and leaves the list
    alone if only what stands around it did.
    """
    at = timezone.now()
    if request.GET.get("after"):
        return TemplateResponse(request, "desk/more.html", desk_list(request, at))
    known = Pulse.parse(request.headers.get("If-None-Match", ""))
    work = _pulse_of_work(request, at)
    if known is None or known.work != work:
        return _exchanged(request, at, work, known)
    if known.is_fresh(at):
        return _unchanged(known)
    around = _around(request, at)
    found = _pulse(work, around, at)
    if found.shows_the_same_as(known):
        return _unchanged(found)
    return TemplateResponse(
        request,
        "desk/around.html",
        {**around, "first": _first(request, at), "is_part": True},
        headers={"ETag": str(found), "HX-Reswap": "none"},
    )


def _exchanged(
    request: HttpRequest, at: datetime, work: str, known: Pulse | None
) -> TemplateResponse:
    """The list anew. What stands around it is too, unless that was looked at just now: then only
    what the list itself says there follows at once, the rest at the next look.
    """
    shown = {"at": at, "is_part": True, **desk_list(request, at)}
    first = _first(request, at, shown)
    if known is not None and known.is_fresh(at) and first is not None:
        found = Pulse(work, known.around, known.looked)
        shown |= {"badges": navigation.badges(request, only={DESK}), "list_only": True}
    else:
        around = _around(request, at)
        found = _pulse(work, around, at)
        shown |= around
    context = {**shown, "first": first, "pulse": str(found)}
    return TemplateResponse(request, "desk/list.html", context, headers={"ETag": str(found)})


def _unchanged(known: Pulse) -> HttpResponse:
    return HttpResponse(status=304, headers={"ETag": str(known)})


@require_GET
def badges(request: HttpRequest) -> HttpResponse:
    """The sidebar's counts, as fragments that replace the old ones; 304 if they are the same."""
    found = f'"{pulse.digest(navigation.counts_for(request).items())}"'
    if request.headers.get("If-None-Match") == found:
        return HttpResponse(status=304, headers={"ETag": found})
    context = {"badges": navigation.badges(request)}
    return TemplateResponse(request, "desk/badges.html", context, headers={"ETag": found})


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """One quick action on one alert: `do` is "verb:alert id"."""
    verb, _colon, written = request.POST.get("do", "").partition(":")
    pk = posted.id_of(written)
    if verb not in ACTIONS or pk is None:
        return HttpResponseBadRequest()
    at = timezone.now()
    try:
        changed = ACTIONS[verb](request, pk, at)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        _report(request, verb, changed)
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('admin:index')}?{_query(_chosen(request))}")
    return TemplateResponse(request, "desk/list.html", {**_live(request, at), "is_part": True})


def _live(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """The list, and with it the sidebar's counts and the figures: they agree with each other."""
    work = _pulse_of_work(request, at)
    shown = desk_list(request, at)
    around = _around(request, at)
    return {
        "at": at,
        **shown,
        **around,
        "first": _first(request, at, shown),
        "pulse": str(_pulse(work, around, at)),
    }


def _first(request: HttpRequest, at: datetime, shown: dict[str, Any] | None = None) -> Row | None:
    """What is to be done first of all, whatever the list is narrowed to."""
    if shown is not None and not shown["has_choice"]:
        return next(iter(shown["rows"]), None)
    stores = stores_of(request)
    found = queries.desk_rows(request.user, stores, at=at, limit=1)
    return next(iter(rows_for(request, found, stores, at)), None)


def _around(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """What stands around the list."""
    stores = stores_of(request)
    tiles = starts.tiles_for(request, at)
    return {
        "badges": navigation.badges(request),
        "figures": cards.figures_for(request, stores, at, roles=starts.roles_of(request.user)),
        "signs": health.signs_for(request, at),
        "tiles": tiles,
        "waiting": next((tile for tile in tiles if tile.waits), None),
        "coming": ahead.coming_for(request, at),
    }


def _pulse_of_work(request: HttpRequest, at: datetime) -> str:
    stores, chosen = stores_of(request), _chosen(request)
    counts = _work_counts(request, at)
    return pulse.of_work(request.user, stores, at=at, limit=PAGE + 1, chosen=chosen, counts=counts)


def _work_counts(request: HttpRequest, at: datetime) -> queries.WorkCounts:
    """Once per request: the chips say them, and the pulse tells when they change."""
    if not hasattr(request, "_opsdesk_work_counts"):
        scope = queries.scope_of(request.user, stores_of(request), at, queries.Chosen())
        request._opsdesk_work_counts = queries.work_counts(scope, navigation.MOST)
    return request._opsdesk_work_counts


def _pulse(work: str, around: dict[str, Any], at: datetime) -> Pulse:
    said = [
        *((badge.code, badge.count) for badge in around["badges"]),
        *((figure.value, figure.tone) for figure in around["figures"]),
        *((sign.text, sign.tone) for sign in around["signs"]),
        *((tile.code, tile.value, tile.tone) for tile in around["tiles"]),
        *((coming.at, coming.what) for coming in around["coming"]),
    ]
    return Pulse(work, pulse.digest(said), int(at.timestamp()))


def _report(request: HttpRequest, verb: str, changed: list[int]) -> None:
    if changed:
        messages.success(request, DONE[verb]())
    else:
        messages.warning(
            request, _("Nothing was changed: somebody else was first, or you may not do this.")
        )


def _acknowledge(request: HttpRequest, pk: int, at: datetime) -> list[int]:
    return alerts.acknowledge(alert_ids=[pk], actor=request.user, at=at)


def _snooze_hour(request: HttpRequest, pk: int, at: datetime) -> list[int]:
    until = at + timedelta(hours=1)
    return alerts.snooze(alert_ids=[pk], until=until, actor=request.user, at=at)


def _snooze_tomorrow(request: HttpRequest, pk: int, at: datetime) -> list[int]:
    alert = Alert.objects.visible_to(request.user).select_related("store").filter(pk=pk).first()
    if alert is None:
        return []
    day = alert.store.business_date(at) + timedelta(days=1)
    until = datetime.combine(day, MORNING, tzinfo=alert.store.zone)
    return alerts.snooze(alert_ids=[pk], until=until, actor=request.user, at=at)


def _take(request: HttpRequest, pk: int, at: datetime) -> list[int]:
    return alerts.assign(alert_ids=[pk], assignee=request.user, actor=request.user, at=at)


def _resolve(request: HttpRequest, pk: int, at: datetime) -> list[int]:
    note = posted.text_of(request, "note", most=500)
    if not note:
        raise DomainError(_("Say in a word how it was settled."))
    return alerts.resolve(alert_ids=[pk], note=note, actor=request.user, at=at)


ACTIONS: dict[str, Callable[[HttpRequest, int, datetime], list[int]]] = {
    "acknowledge": _acknowledge,
    "snooze-hour": _snooze_hour,
    "snooze-tomorrow": _snooze_tomorrow,
    "take": _take,
    "resolve": _resolve,
}
DONE: dict[str, Callable[[], str]] = {
    "acknowledge": lambda: _("Acknowledged."),
    "snooze-hour": lambda: _("Back on the desk in an hour."),
    "snooze-tomorrow": lambda: _("Back on the desk tomorrow morning."),
    "take": lambda: _("It is yours now."),
    "resolve": lambda: _("Resolved."),
}


def _chosen(request: HttpRequest) -> queries.Chosen:
    """What the chips say; anything unknown counts as not chosen."""
    when, store = request.GET.get("when", ""), request.GET.get("store", "")
    ids = {str(store.pk): store.pk for store in stores_of(request)}
    clause = request.GET.get("clause", "")
    return queries.Chosen(
        when=when if when in ("overdue", "today") else "",
        clause=clause if clause and clause in clauses_of(request.user) else "",
        store_id=ids.get(store),
    )


def _query(chosen: queries.Chosen) -> str:
    parts = {"when": chosen.when, "clause": chosen.clause, "store": chosen.store_id}
    return "&".join(f"{name}={value}" for name, value in parts.items() if value)


def clauses_of(user: User) -> list[str]:
    """Clauses whose clocks, or requests to decide, land on this person's desk."""
    roles = set(Role.values)
    if not user.is_superuser:
        roles = {role for held in user.roles_by_store.values() for role in held}
    clauses = {rule.clause for rule in rules.all_rules() if rule.owner_role in roles}
    decided = {kind.clause for kind in kinds.all_kinds() if user.has_perm(kind.decides)}
    return sorted(clauses | decided - {""})
