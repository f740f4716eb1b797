"""Programs that ask for what another warehouse or store has find nothing, and that is noted."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import Model, QuerySet
from django.http import Http404

from catalog.models import Warehouse
from opsdesk.access import refusals
from opsdesk.api.problems import NotThere

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

    from opsdesk.stores.models import User

logger = logging.getLogger("opsdesk.api")


class NotesElsewhere:
    """Mixed into resources: a 404 for a row that is there, but not for this token, is on record."""

    request: Request
    kwargs: dict[str, Any]

    def handle_exception(self: Any, exc: Exception) -> Response:
        if isinstance(exc, Http404 | NotThere) and self.asks_elsewhere():
            note(self.request)
        return super().handle_exception(exc)

    def asks_elsewhere(self: Any) -> bool:
        """Whether the address names a row, or the body a warehouse, that is not theirs to see."""
        pk = self.kwargs.get("pk")
        if pk and _are_hidden(self.queryset.model, {int(pk)}, self.get_queryset()):
            return True
        return names_elsewhere(self.request.data, self.request.user)


def note(request: Request) -> None:
    """It is in the log, and in the trail of who asks."""
    logger.warning("Not there (%s): %s", request.method, request.path)
    refusals.note_request(request, status=404)


def names_elsewhere(given: Any, user: User) -> bool:
    """Whether what was sent names a warehouse of their stores in which they do not work."""
    named = given.get("warehouse") if isinstance(given, Mapping) else None
    if not isinstance(named, str):
        return False
    rows = Warehouse.objects.filter(code=named)
    return rows.in_stores(user.store_ids).exists() and not rows.visible_to(user).exists()


def has_hidden(model: type[Model], ids: Iterable[int], user: User) -> bool:
    """Whether one of these rows is there, and not theirs to look at."""
    return _are_hidden(model, set(ids), model._default_manager.visible_to(user))


def _are_hidden(model: type[Model], ids: set[int], seen: QuerySet) -> bool:
    if not ids:
        return False
    there = set(model._default_manager.filter(pk__in=ids).values_list("pk", flat=True))
    return bool(there - set(seen.filter(pk__in=there).values_list("pk", flat=True)))
