"""Rows of a list that people ticked or narrowed down to, and doing something with all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise

from opsdesk import posted
from opsdesk.bulk import services
from opsdesk.errors import DomainError

if TYPE_CHECKING:
    from opsdesk.lists import KeysetModelAdmin
    from opsdesk.stores.models import User


class Action(Protocol):
    """`run(ids, actor, at, reason)` answers how many it changed; `done` says so, with %(count)s."""

    @property
    def code(self) -> str: ...
    @property
    def run(self) -> Callable[[Sequence[int], User, datetime, str], int]: ...
    @property
    def done(self) -> str | Promise: ...
    @property
    def needs_reason(self) -> bool: ...


@dataclass(frozen=True)
class Words:
    """What people are told of the rows; `too_many` has %(most)s."""

    tick_one: str | Promise
    too_many: str | Promise
    none_chosen: str | Promise
    say_why: str | Promise
    left_alone: Callable[[int], str]


@dataclass(frozen=True)
class BulkList:
    """How the actions of one list are carried out.

    `app` begins the codes of their verbs, `view` is the list. Up to `directly` rows are done while
    the person waits, more by the worker; never more than `most` at once.
    """

    app: str
    view: str
    directly: int
    most: int
    words: Words

    def chosen(self, screen: KeysetModelAdmin, request: HttpRequest) -> QuerySet:
        """The ticked rows, or all that tab and filters leave. Raises DomainError for none."""
        if request.POST.get("everything"):
            _filters, rows = screen.filtered(request)
            return rows
        ids = _ids(request.POST.getlist("ids"))
        if not ids:
            raise DomainError(str(self.words.tick_one))
        return screen.get_queryset(request).filter(pk__in=ids)

    def ids_of(self, rows: QuerySet) -> list[int]:
        """By id. Raises DomainError for more than can be done at once."""
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[: self.most + 1])
        if len(ids) > self.most:
            raise DomainError(str(self.words.too_many) % {"most": self.most})
        return ids

    def run(self, action: Action, request: HttpRequest) -> HttpResponse:
        """Do with the posted ids what the preview said, and lead back to the list."""
        ids = _ids(request.POST.get("ids", "").split(","))[: self.most]
        reason = posted.text_of(request, "reason", most=300)
        if not ids:
            raise DomainError(str(self.words.none_chosen))
        if action.needs_reason and not reason:
            raise DomainError(str(self.words.say_why))
        at = timezone.now()
        if len(ids) > self.directly:
            task = services.start(
                code=f"{self.app}.{action.code}",
                row_ids=ids,
                note=reason,
                actor=request.user,
                at=at,
            )
            return redirect(reverse("admin:bulk_bulktask_change", args=[task.pk]))
        changed = action.run(ids, request.user, at, reason)
        messages.success(request, action.done % {"count": changed})
        if changed < len(ids):
            messages.warning(request, self.words.left_alone(len(ids) - changed))
        return redirect(reverse(self.view) + selection_of(request))


def selection_of(request: HttpRequest) -> str:
    """Tab and filters of the list that the person came from, as they stand in its address."""
    kept = request.GET.copy()
    for place in ("before", "after"):
        kept.pop(place, None)
    return f"?{kept.urlencode()}" if kept else ""


def _ids(texts: Sequence[str]) -> list[int]:
    named = map(posted.id_of, texts)
    return [pk for pk in named if pk is not None]
