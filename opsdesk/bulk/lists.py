"""Rows of a list that people ticked or narrowed down to, and doing something with all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk import posted
from opsdesk.bulk import services
from opsdesk.bulk.models import BulkTask
from opsdesk.bulk.services import Done, Row, Verb
from opsdesk.errors import DomainError
from opsdesk.lists import Column, crumbs

if TYPE_CHECKING:
    from opsdesk.lists import KeysetModelAdmin
    from opsdesk.stores.models import User

PAGE = "admin:bulk_bulktask_change"
SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class Action:
    """A verb on rows in certain states; the service leaves others alone.

    `fitting` narrows rows to those states, `blocked(rows, at)` says of fitting rows what keeps them
    from changing now. `done` tells how many changed, with %(count)s. `asks` stands over the words
    that one with `needs_reason` wants.
    """

    code: str
    title: str | Promise
    permission: str
    run: Callable[[Sequence[int], User, datetime, str], Done]
    done: str | Promise
    fitting: Callable[[QuerySet], QuerySet] = QuerySet.all
    blocked: Callable[[QuerySet, datetime], Mapping[int, Sequence[str]]] | None = None
    needs_reason: bool = False
    asks: str | Promise = gettext_lazy("Reason")
    tone: str = ""

    def rows(self, rows: QuerySet, user: User) -> QuerySet:
        """Of these the ones that would change, in stores where the person may do this."""
        rows = self.fitting(rows)
        return rows if user.is_superuser else rows.in_stores(user.stores_allowing(self.permission))


@dataclass(frozen=True)
class Words:
    """What people are told of the rows; `too_many` has %(most)s. `why` rows are left alone."""

    tick_one: str | Promise
    too_many: str | Promise
    none_chosen: str | Promise
    say_why: str | Promise
    left_alone: Callable[[int], str]
    why: str | Promise
    back: str | Promise


@dataclass(frozen=True)
class BulkList:
    """How the actions of one list are previewed and carried out.

    Up to `directly` rows are done while the person waits, more by the worker; never more than
    `most` at once. `name` and `state` say in words which row it is and where it is now; they read
    what is `related`.
    """

    model: type[Model]
    actions: Mapping[str, Action]
    state: Callable[[Any], str]
    directly: int
    most: int
    words: Words
    name: Callable[[Any], str] = str
    related: tuple[str, ...] = ()

    def verbs(self) -> list[Verb]:
        """To register: what the worker does, and how its rows are called."""
        return [
            Verb(self._code(action), action.title, action.run, self.rows_of)
            for action in self.actions.values()
        ]

    def buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        """Of the list: what this person may do in some store."""
        return [
            (action.code, action.title)
            for action in self.actions.values()
            if request.user.has_perm(action.permission)
        ]

    def preview(self, screen: KeysetModelAdmin, request: HttpRequest) -> TemplateResponse:
        """What the action would do with the ticked rows, or with the whole selection."""
        action = self._action(request)
        ids = self._ids_of(chosen_rows(screen, request, tick_one=self.words.tick_one))
        base = screen.list_rows(request).filter(pk__in=ids)
        fitting = action.rows(base, request.user)
        blocked = action.blocked(fitting, timezone.now()) if action.blocked else {}
        found = fitting.order_by("pk").values_list("pk", flat=True)
        free = [pk for pk in found if not blocked.get(pk)]
        changing = set(free)
        shown = list(base.order_by("pk")[:SHOWN])
        screen.work_out(request, shown)
        columns = _narrowed(screen.columns)
        context = {
            **frame(screen, request, action.title),
            "action": action,
            "doing": self._address("bulk"),
            "list": self._address("changelist"),
            "words": self.words,
            "columns": columns,
            "ids": ",".join(map(str, free)),
            "count": len(free),
            "left_alone": len(ids) - len(free),
            "lines": [
                (
                    [(column.css, column.cell(row)) for column in columns],
                    row.pk in changing,
                    blocked.get(row.pk, ()),
                )
                for row in shown
            ],
            "more": max(len(ids) - SHOWN, 0),
            "in_background": len(free) > self.directly,
        }
        return TemplateResponse(request, "parts/bulk_preview.html", context)

    def run(self, request: HttpRequest) -> HttpResponse:
        """Do with the posted ids what the preview said. Few are done here, then leads to the list.

        Many are done by the worker, and a page shows how far it is.
        """
        action = self._action(request)
        ids = posted.ids_of(request.POST.get("ids", "").split(","))[: self.most]
        reason = posted.text_of(request, "reason", most=300)
        if not ids:
            raise DomainError(str(self.words.none_chosen))
        if action.needs_reason and not reason:
            raise DomainError(str(self.words.say_why))
        do = services.start if len(ids) > self.directly else services.carry_out
        task = do(
            code=self._code(action),
            row_ids=ids,
            note=reason,
            actor=request.user,
            at=timezone.now(),
        )
        if task.state != BulkTask.State.DONE:
            return redirect(PAGE, task.pk)
        self._tell(request, action, task)
        return redirect(self._address("changelist") + selection_of(request))

    def rows_of(self, ids: Collection[int], user: User) -> dict[int, Row]:
        """Those of the rows that the person may look at. One statement."""
        rows = self.model._default_manager.viewable_by(user).select_related(*self.related)
        return {
            row.pk: Row(self.name(row), self._address("change", row.pk), self.state(row))
            for row in rows.filter(pk__in=ids)
        }

    def _ids_of(self, rows: QuerySet) -> list[int]:
        """By id. Raises DomainError for more than can be done at once."""
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[: self.most + 1])
        if len(ids) > self.most:
            raise DomainError(str(self.words.too_many) % {"most": self.most})
        return ids

    def _tell(self, request: HttpRequest, action: Action, task: BulkTask) -> None:
        """What became of the rows; of those that did not change, where it says why."""
        if task.changed:
            messages.success(request, action.done % {"count": task.changed})
        if task.changed < task.total:
            why = format_html(
                '{} <a href="{}" style="text-decoration:underline">{}</a>',
                self.words.left_alone(task.total - task.changed),
                reverse(PAGE, args=[task.pk]),
                _("Which, and why"),
            )
            messages.warning(request, why)

    def _action(self, request: HttpRequest) -> Action:
        """The one that was posted. Raises Http404, PermissionDenied."""
        action = self.actions.get(request.POST.get("bulk", ""))
        if action is None:
            raise Http404
        if not request.user.has_perm(action.permission):
            raise PermissionDenied
        return action

    def _code(self, action: Action) -> str:
        return f"{self.model._meta.app_label}.{action.code}"

    def _address(self, page: str, *args: int) -> str:
        opts = self.model._meta
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)


def frame(screen: KeysetModelAdmin, request: HttpRequest, title: str | Promise) -> dict[str, Any]:
    """What every page shows that says what would be done with chosen rows of a list."""
    return {
        **screen.admin_site.each_context(request),
        "title": title,
        "crumbs": crumbs(screen.opts),
        "opts": screen.opts,
        "is_fullwidth": 1,
        "selection": selection_of(request),
    }


def chosen_rows(
    screen: KeysetModelAdmin, request: HttpRequest, *, tick_one: str | Promise
) -> QuerySet:
    """The ticked rows of a list, or all that tab and filters leave. Raises DomainError for none."""
    if request.POST.get("everything"):
        _filters, rows = screen.filtered(request)
        return rows
    ids = posted.ids_of(request.POST.getlist("ids"))
    if not ids:
        raise DomainError(str(tick_one))
    return screen.list_rows(request).filter(pk__in=ids)


def selection_of(request: HttpRequest) -> str:
    """Tab and filters of the list that the person came from, as they stand in its address."""
    kept = request.GET.copy()
    for place in ("before", "after"):
        kept.pop(place, None)
    return f"?{kept.urlencode()}" if kept else ""


def _narrowed(columns: Sequence[Column]) -> list[Column]:
    """Those of the list, on a phone the first two: what would be done with a row stands last."""
    first, others = columns[:2], columns[2:]
    return [*first, *(replace(one, css=f"{one.css} od-wide".strip()) for one in others)]
