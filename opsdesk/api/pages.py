"""Pages by key, as on the screens: as fast on the last page as on the first, nothing counted."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from opsdesk.api.rows import Read, Rows
from opsdesk.keyset import BadPlace, Place, Sorting

SIZE, MOST = 50, 200
_SIZE = re.compile(r"[0-9]{1,4}").fullmatch


@dataclass(frozen=True)
class Asked:
    """Which page a request asks for: so many rows after a place, or before it."""

    size: int
    place: str = ""
    backwards: bool = False

    @classmethod
    def of(cls, request: Request) -> Asked:
        cursor = request.query_params.get("cursor")
        return cls(_size(request), *(_opened(cursor) if cursor is not None else ()))


def _size(request: Request) -> int:
    text = request.query_params.get("page_size", str(SIZE))
    if not (_SIZE(text) and 1 <= int(text) <= MOST):
        raise ValidationError({"page_size": f"Write a number from 1 to {MOST}."}, code="invalid")
    return int(text)


def _opened(cursor: str) -> tuple[str, bool]:
    try:
        text = urlsafe_b64decode(cursor.encode("ascii")).decode()
    except ValueError as error:
        raise NotFound("That page is not there.") from error
    if text[:1] not in ("a", "b") or len(text) == 1:
        raise NotFound("That page is not there.")
    return text[1:], text[0] == "b"


def cursor_to(direction: str, place: Place) -> str:
    """The cursor of the page after ("a") or before ("b") the place."""
    return urlsafe_b64encode(f"{direction}{place}".encode()).decode()


class Pages(BasePagination):
    """`next` and `previous` lead on; what a cursor holds is nobody's business but ours."""

    def answer(
        self, queryset: QuerySet, request: Request, rows: Rows, sorting: Sorting
    ) -> dict[str, Any]:
        asked = Asked.of(request)
        selected = sorting.sort(queryset, backwards=asked.backwards)
        if asked.place:
            try:
                place = sorting.parse(queryset.model, asked.place)
            except BadPlace as error:
                raise NotFound("That page is not there.") from error
            selected = sorting.beyond(selected, place, backwards=asked.backwards)
        found = rows.read(selected[: asked.size + 1], sorting)
        more = len(found.rows) > asked.size
        found = found.first(asked.size)
        if asked.backwards:
            found = found.reversed()
        return {
            "next": self._link(request, "a", found, is_there=asked.backwards or more),
            "previous": self._link(
                request, "b", found, is_there=more if asked.backwards else bool(asked.place)
            ),
            "results": found.rows,
        }

    def _link(self, request: Request, direction: str, found: Read, is_there: bool) -> str | None:
        if not is_there or not found.rows:
            return None
        place = found.places[-1 if direction == "a" else 0]
        address = request.build_absolute_uri()
        return replace_query_param(address, "cursor", cursor_to(direction, place))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "Taken from `next` or `previous`; any other is a 404.",
                "schema": {"type": "string"},
            },
            {
                "name": "page_size",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": SIZE},
            },
        ]
