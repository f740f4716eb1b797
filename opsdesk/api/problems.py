"""Every error answer is a problem document as in RFC 9457, with a stable code."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

from opsdesk import storage, tracing
from opsdesk.db import is_unavailable
from opsdesk.errors import DomainError, NotAllowed

logger = logging.getLogger("opsdesk.api")

# Where programs ask: errors are told in their way.
PREFIXES = ("/api/", "/hooks/")
MEDIA_TYPE = "application/problem+json"
REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
RETRY_AFTER = {"Retry-After": "2"}
TRY_AGAIN = "Try again in a moment, with the same key."


def problem(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
        "request_id": tracing.request_id(),
        **more,
    }


class NotThere(exceptions.NotFound):
    """What the request names is not in the token's store, or nowhere: which is not told."""


def refused(error: DomainError) -> Response:
    """A refusal of the business: 403 for who may not, 409 for what can't be."""
    status = HTTPStatus.FORBIDDEN if isinstance(error, NotAllowed) else HTTPStatus.CONFLICT
    body = problem(status, error.code, str(error.message), **error.facts)
    return Response(body, status=status, content_type=MEDIA_TYPE)


@csrf_exempt
def nothing_there(request: HttpRequest, **kwargs: Any) -> JsonResponse:
    return _answer(HTTPStatus.NOT_FOUND, "not_found", "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """What is answered where an error was not foreseen; Django has logged it with its cause.

    Called while the error is handled, wherever it was raised: a database that went away may be
    noticed by a view or, before it, by whoever looks up the session.
    """
    error = sys.exception()
    if is_unavailable(error):
        return _unavailable(request)
    if storage.is_no_room(error):
        return _no_room(request)
    if not _is_of_a_program(request):
        return defaults.server_error(request)
    return _answer(
        HTTPStatus.INTERNAL_SERVER_ERROR, "error", "Something went wrong here; it is on record."
    )


def _unavailable(request: HttpRequest) -> HttpResponse:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    if _is_of_a_program(request):
        return _answer(status, "unavailable", TRY_AGAIN, RETRY_AFTER)
    return _page("503.html", status, RETRY_AFTER)


def _no_room(request: HttpRequest) -> HttpResponse:
    status = HTTPStatus.INSUFFICIENT_STORAGE
    if _is_of_a_program(request):
        return _answer(status, "no_room", "There is no room for this here; nothing was kept.")
    return _page("507.html", status)


def _page(
    template: str, status: HTTPStatus, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Without the request: what a context processor asks the database would fail again."""
    return HttpResponse(render_to_string(template), status=status, headers=headers)


def _is_of_a_program(request: HttpRequest) -> bool:
    return request.path_info.startswith(PREFIXES)


def _answer(
    status: HTTPStatus, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> JsonResponse:
    body = problem(status, code, detail)
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error answer is a problem document; a refusal of the business is a 409."""
    response = _response_to(error, context)
    if response is not None and response.status_code in REFUSED:
        _log_refusal(context.get("request"), response.data["code"])
    return response


def _response_to(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, DomainError):
        return refused(error)
    if isinstance(error, RequestDataTooBig):
        body = problem(413, "too_large", "The body is larger than what is taken here.")
        return Response(body, status=413, content_type=MEDIA_TYPE)
    if is_unavailable(error):
        logger.exception("The database did not answer")
        body = problem(503, "unavailable", TRY_AGAIN)
        return Response(body, status=503, headers=RETRY_AFTER, content_type=MEDIA_TYPE)
    response = drf_handler(error, context)
    if response is None:
        return None
    response.data = _body(error, response)
    response.content_type = MEDIA_TYPE
    return response


def _body(error: Exception, response: Response) -> dict[str, Any]:
    status = response.status_code
    if isinstance(error, exceptions.ValidationError):
        found = list(_fields(error.get_full_details()))
        return problem(status, "invalid", "Some fields are not valid.", errors=found)
    if isinstance(error, exceptions.APIException):
        return problem(status, str(error.get_codes()), str(error.detail))
    codes = {Http404: "not_found", PermissionDenied: "permission_denied"}
    return problem(status, codes.get(type(error), "error"), str(response.data.get("detail", "")))


def _fields(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Each error with the path to its field, `lines.0.quantity`."""
    if _is_error(details):
        yield {
            "field": path or "non_field_errors",
            "code": str(details["code"]),
            "detail": str(details["message"]),
        }
    elif isinstance(details, dict):
        for name, entry in details.items():
            is_of_all = name == "non_field_errors"
            inner = path if is_of_all else f"{path}.{name}" if path else str(name)
            yield from _fields(entry, inner)
    elif isinstance(details, list):
        are_of_rows = any(not _is_error(entry) for entry in details)
        for number, entry in enumerate(details):
            yield from _fields(entry, f"{path}.{number}" if are_of_rows else path)


def _is_error(details: Any) -> bool:
    return isinstance(details, dict) and details.keys() == {"message", "code"}


def _log_refusal(request: Any, code: str) -> None:
    """Who knocks where they may not come in leaves a trace; the token only by its prefix."""
    if request is not None:
        logger.warning("Refused (%s): %s %s", code, request.method, request.path)
