"""What every page does for the person who asked: their language, their time, plain refusals."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme

from opsdesk.errors import DomainError, NotAllowed
from opsdesk.people import zone_of

GetResponse = Callable[[HttpRequest], HttpResponse]


class PersonMiddleware:
    """Pages speak the language the person chose, and show times as their stores keep them."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES
        if not (signed_in and request.user.is_authenticated):
            return self.get_response(request)
        if request.user.language:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(zone_of(request)):
            return self.get_response(request)


class SignedOutMiddleware:
    """A part of a page that is asked for after the session ended leads to the log-in page.

    Without this the live parts would show the log-in form inside the page, or nothing at all.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        refused = response.status_code in (302, 403) and not request.user.is_authenticated
        if not (refused and request.headers.get("HX-Request")):
            return response
        page = urlsplit(request.headers.get("HX-Current-URL", "")).path or reverse("admin:index")
        address = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': page})}"
        return HttpResponse(status=204, headers={"HX-Redirect": address})


class DomainErrorMiddleware:
    """A refusal is a message where the person was, with the reason; never an error page.

    The REST interface has its own words for it (opsdesk/api.py).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        if isinstance(error, NotAllowed):
            return render(request, "403.html", {"reason": error.message}, status=403)
        messages.error(request, error.message)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return redirect(came_from(request))


def came_from(request: HttpRequest) -> str:
    """The page the person was on, if it is one of ours and not this very address."""
    page = request.POST.get("next") or request.headers.get("Referer", "")
    own = url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    looping = request.method == "GET" and page == request.build_absolute_uri()
    return page if page and own and not looping else reverse("admin:index")
