"""Resources: rows to read, and what can be written once."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django_filters import Filter
from rest_framework import viewsets
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from opsdesk.api import idempotency
from opsdesk.api.filters import ColumnFilters
from opsdesk.api.given import taken
from opsdesk.api.pages import Pages
from opsdesk.api.rows import rows_of
from opsdesk.keyset import Sorting


class Allowed(BasePermission):
    """The token may do this kind of thing in its store; which rows `viewable_by` decides.

    What nobody can do here (`action` is None) is answered by a 405, whoever asks.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        return view.action is None or request.user.has_perm(view.permission_for(request.method))


class ReadOnlyResource(viewsets.ReadOnlyModelViewSet):
    """Rows of the store in which the token may view this kind; any other is a 404."""

    pagination_class = Pages
    permission_classes = [Allowed]
    filter_backends = [ColumnFilters]
    filterset_fields: list[str] = []
    # Name → how a list is narrowed by what is no column of the row.
    more_filters: dict[str, Filter] = {}
    lookup_value_regex = "[0-9]{1,18}"
    # What an action of a row lists, where it lists anything.
    lists_class: Any = None
    # What an index of the table serves.
    sorting = Sorting()

    @classmethod
    def permission_for(cls, method: str) -> str:
        meta = cls.queryset.model._meta
        return f"{meta.app_label}.view_{meta.model_name}"

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().viewable_by(self.request.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        found = self.filter_queryset(self.get_queryset())
        rows = rows_of(self.serializer_class)
        return Response(self.paginator.answer(found, request, rows, self.sorting))


class CreatesOnce:
    """Mixed into a resource: POST makes one, once per `Idempotency-Key`.

    `write` does it and answers; it runs in the transaction that keeps the answer. `given_class`
    says what is taken, other fields change nothing; `answer_class` what is answered, if that is
    not the row, with one of the statuses of `answers`.
    """

    given_class: Any
    answer_class: Any = None
    answers: tuple[int, ...] = (201,)
    write_permission: str

    @classmethod
    def permission_for(cls, method: str) -> str:
        if method == "POST":
            return cls.write_permission
        return super().permission_for(method)

    def create(self, request: Request) -> HttpResponse:
        return idempotency.once(request, partial(self._write, request))

    def _write(self, request: Request) -> Response:
        return self.write(request, taken(self.given_class, request.data))

    def write(self, request: Request, given: dict[str, Any]) -> Response:
        raise NotImplementedError
