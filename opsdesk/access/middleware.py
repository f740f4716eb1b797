"""What a session may open before its second step, and that refusals are on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.access import refusals, second_step
from opsdesk.api.problems import MEDIA_TYPE, REFUSED, problem

OPEN = {
    "admin:second-step",
    "admin:second-step-set-up",
    "admin:login",
    "admin:logout",
    "choose-language",
    "health-live",
    "health-ready",
}


class SecondStepMiddleware:
    """After the session's limits. What comes without a session (a token) has no second step."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return None
        if request.resolver_match is not None and request.resolver_match.view_name in OPEN:
            return None
        if not second_step.is_due(request.session, request.user):
            return None
        if request.path_info.startswith("/api/"):
            detail = _("Take the second step of the log-in first.")
            body = problem(403, "second_step_due", detail)
            return JsonResponse(body, status=403, content_type=MEDIA_TYPE)
        address = reverse("admin:second-step")
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return redirect(f"{address}?{urlencode({'next': request.get_full_path()})}")


class RefusalMiddleware:
    """Every 401 and 403 to somebody who is known is on record, after what was rolled back is.

    Inside of what says who acts.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code in REFUSED:
            refusals.note_request(request, status=response.status_code)
        return response
