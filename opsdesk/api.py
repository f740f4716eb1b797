"""The REST interface's conventions: one store's rows, masked, paged by cursor, plain errors."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, re_path
from django.views import defaults
from django_filters.rest_framework import DjangoFilterBackend, FilterSet, NumberFilter
from drf_spectacular.views import SpectacularAPIView
from rest_framework import exceptions, serializers, viewsets
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.views import exception_handler as drf_handler

from opsdesk import posted
from opsdesk.errors import DomainError, NotAllowed

router = SimpleRouter()
PREFIX = "/api/"


def urls() -> list[URLPattern]:
    schema = SpectacularAPIView.as_view()
    return [
        *router.urls,
        path("schema/", schema, name="api-schema"),
        # Last. Without a trailing slash nothing matches, so that one is added first.
        re_path(r"^(?:.*/)?$", nothing_there),
    ]


def nothing_there(request: HttpRequest, **kwargs: Any) -> JsonResponse:
    return _answer(HTTPStatus.NOT_FOUND, "not_found", "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """What is answered where an error was not foreseen; Django has logged it with its cause."""
    if not request.path_info.startswith(PREFIX):
        return defaults.server_error(request)
    return _answer(
        HTTPStatus.INTERNAL_SERVER_ERROR, "error", "Something went wrong here; it is on record."
    )


def _answer(status: HTTPStatus, code: str, detail: str) -> JsonResponse:
    body = problem(status, code, detail)
    return JsonResponse(body, status=status, content_type="application/problem+json")


class Pages(CursorPagination):
    """Newest first unless a resource says otherwise; no counting."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = "-pk"

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Where the last page ended: an id. Anything else is a 404."""
        cursor = super().decode_cursor(request)
        position = cursor.position if cursor else None
        if position is not None and posted.id_of(position) is None:
            raise exceptions.NotFound(self.invalid_cursor_message)
        return cursor


class MayView(BasePermission):
    """In some store; which rows is decided by `viewable_by`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        meta = view.queryset.model._meta
        return request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}")


class IdField(serializers.CharField):
    """Ids are strings: clients must not calculate with them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)


class IdFilterSet(FilterSet):
    """Foreign keys are filtered by plain id: whether a row exists elsewhere is not told."""

    FILTER_DEFAULTS = {**FilterSet.FILTER_DEFAULTS, ForeignKey: {"filter_class": NumberFilter}}


class IdFilterBackend(DjangoFilterBackend):
    filterset_base = IdFilterSet


class ReadOnlyResource(viewsets.ReadOnlyModelViewSet):
    """Rows of the stores in which the person may view this kind; any other is a 404."""

    pagination_class = Pages
    permission_classes = [MayView]
    filter_backends = [IdFilterBackend]

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().viewable_by(self.request.user)


def problem(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """A problem document as in RFC 9457."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": uuid4().hex,
        **more,
    }


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | JsonResponse | None:
    """Every error answer is a problem document; a refusal of the business is a 409."""
    if isinstance(error, DomainError):
        status = HTTPStatus.FORBIDDEN if isinstance(error, NotAllowed) else HTTPStatus.CONFLICT
        body = problem(status, error.code, error.message, **error.facts)
        return Response(body, status=status, content_type="application/problem+json")
    response = drf_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        body = problem(
            response.status_code,
            "invalid",
            "Some fields are not valid.",
            errors=_fields(error.get_full_details()),
        )
    else:
        code = error.get_codes() if isinstance(error, exceptions.APIException) else "not_found"
        body = problem(response.status_code, str(code), str(response.data.get("detail", "")))
    response.data = body
    response.content_type = "application/problem+json"
    return response


def _fields(details: Any) -> list[dict[str, str]]:
    if not isinstance(details, dict):
        details = {"non_field_errors": details}
    return [
        {"field": name, "code": str(entry["code"]), "detail": str(entry["message"])}
        for name, entries in details.items()
        for entry in (entries if isinstance(entries, list) else [entries])
        if isinstance(entry, dict) and "code" in entry
    ]
