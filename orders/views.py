"""Pages that customers open without signing in, by a signed link."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from opsdesk.access import throttle
from opsdesk.network import client_address
from orders.services import opting_out


# Mail programs post to it by themselves, as RFC 8058 has it: without cookies, so without a token
# in one. The signature stands for the person who was sent the link.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop_reminders(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, so that whoever looks ahead at links stops nothing; POST does it (ORD-6)."""
    at = timezone.now()
    order = opting_out.order_of(token)
    if order is None:
        return _guessed(request)
    if request.method == "POST":
        opting_out.opt_out_by_link(order, at=at)
    with translation.override(order.store.language):
        page = {"store": order.store, "is_done": request.method == "POST"}
        answer = render(request, "orders/stop_reminders.html", page)
        answer["Content-Language"] = translation.get_language()
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _guessed(request: HttpRequest) -> HttpResponse:
    """Nothing is there; whoever goes on guessing has to wait."""
    keys = throttle.link_keys(client_address(request))
    wait = throttle.take_turn(keys, at=timezone.now())
    if wait is None:
        raise Http404
    seconds = str(int(wait.total_seconds()) + 1)
    return HttpResponse(
        _("Too many attempts. Try again later."),
        status=429,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": seconds},
    )
