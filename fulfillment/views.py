"""Where a parcel is, for whoever was sent the link (FUL-7)."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from fulfillment import public_tracking
from fulfillment.expected import expected_of
from fulfillment.models import Parcel, ParcelProgress
from fulfillment.told import latest_events
from opsdesk.access import throttle
from opsdesk.network import client_address


@require_safe
def track_parcel(request: HttpRequest, token: str) -> HttpResponse:
    """No name, no address, of an order's number the end: the link may be passed on."""
    parcel = public_tracking.parcel_of(token)
    if parcel is None:
        return _guessed(request)
    at = timezone.now()
    wait = throttle.count(throttle.page_rates(token, client_address(request)), at=at)
    if wait is not None:
        return _too_often(request, parcel, wait)
    progress = ParcelProgress.objects.filter(parcel=parcel).first()
    numbers = parcel.parcel_orders.values_list("order__external_number", flat=True)
    page = {
        "store": parcel.store,
        "zone": parcel.store.timezone,
        "parcel": parcel,
        "orders": public_tracking.last_four(numbers),
        "progress": progress,
        "expected": expected_of(parcel, progress, at=at),
        "events": latest_events(parcel, at=at),
    }
    return _shown(request, parcel, "fulfillment/track_parcel.html", page)


def _too_often(request: HttpRequest, parcel: Parcel, wait: timedelta) -> HttpResponse:
    """The link is good; whoever looks at it like a program has to wait."""
    seconds = ceil(wait.total_seconds())
    page = {"store": parcel.store, "seconds": seconds}
    answer = _shown(request, parcel, "fulfillment/track_wait.html", page)
    answer.status_code = 429
    answer["Retry-After"] = str(seconds)
    return answer


def _shown(
    request: HttpRequest, parcel: Parcel, template: str, page: dict[str, Any]
) -> HttpResponse:
    """In the store's language; kept by nobody, found by no search, told to no other site."""
    with translation.override(parcel.store.language):
        answer = render(request, template, page)
        answer["Content-Language"] = translation.get_language()
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _guessed(request: HttpRequest) -> HttpResponse:
    """Nothing is there; whoever goes on guessing has to wait."""
    keys = throttle.link_keys(client_address(request))
    wait = throttle.take_turn(keys, at=timezone.now())
    if wait is None:
        raise Http404
    return HttpResponse(
        _("Too many attempts. Try again later."),
        status=429,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": str(int(wait.total_seconds()) + 1)},
    )
