"""What a request changes is recorded with who asked, from where, and by page or by REST."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from opsdesk import tracing
from opsdesk.audit.context import Facts, telling
from opsdesk.audit.models import AuditEntry
from opsdesk.network import client_address

Via = AuditEntry.Via


class ActingMiddleware:
    """Says who acts, when something is written: a request that only reads asks nothing for it.

    After the authentication's middleware. The id of the request is the trail's cause; behind a
    token stands the person it acts for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def tell() -> Facts:
            return {
                "via": Via.REST if request.path_info.startswith("/api/") else Via.PAGE,
                "actor": tracing.user_id() or request.user.pk,
                "cause": f"request:{tracing.request_id()}",
                "address": client_address(request),
            }

        with telling(tell):
            return self.get_response(request)
