"""Lists of what could not be done by itself: people decide about one row or about many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opsdesk import posted
from opsdesk.errors import DomainError
from opsdesk.lists import ReadOnlyList
from opsdesk.stores.models import User

# More at once would keep the page waiting; the next press takes the next ones.
MOST = 2_000


@dataclass(frozen=True)
class Decision:
    """`run(ids, actor, at)` acts on the rows that can be decided about and returns how many.

    `states` are those of a row on whose page it is offered; `done` says what happened, with
    `%(count)s`.
    """

    code: str
    title: str | Promise
    done: str | Promise
    states: Sequence[str]
    run: Callable[[Iterable[int], User, datetime], int]


class SettlingList(ReadOnlyList):
    """A list whose rows wait for a decision; `settle` is the right to make it."""

    settle = ""
    decisions: Sequence[Decision] = ()

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        allowed = request.user.has_perm(self.settle)
        return [(each.code, each.title) for each in self.decisions] if allowed else []

    def bulk(self, request: HttpRequest) -> HttpResponse:
        decision = self._decision(request, request.POST.get("bulk", ""))
        if request.POST.get("everything"):
            _filters, rows = self.filtered(request)
            ids = list(rows.order_by("pk").values_list("pk", flat=True)[:MOST])
        else:
            ids = posted.ids_of(request.POST.getlist("ids")[:MOST])
        if not ids:
            raise DomainError(_("Tick at least one row."))
        self._decide(request, decision, ids)
        return redirect(request.get_full_path())

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.act))
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        return [path("<int:object_id>/act/", view, name=name), *super().get_urls()]

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """One decision about one row, from its page."""
        row = self.get_object(request, str(object_id))
        decision = self._decision(request, request.POST.get("do", ""), row)
        self._decide(request, decision, [row.pk])
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return redirect(reverse(name, args=[row.pk]))

    def offered(self, request: HttpRequest, row: Any) -> list[Decision]:
        """What this person can decide about this row now."""
        if not request.user.has_perm(self.settle, row):
            return []
        return [each for each in self.decisions if row.state in each.states]

    def _decision(self, request: HttpRequest, code: str, row: Any = None) -> Decision:
        decision = next((each for each in self.decisions if each.code == code), None)
        if decision is None:
            raise Http404
        if not request.user.has_perm(self.settle, row):
            raise PermissionDenied
        return decision

    def _decide(self, request: HttpRequest, decision: Decision, ids: list[int]) -> None:
        count = decision.run(ids, request.user, timezone.now())
        if count:
            messages.success(request, decision.done % {"count": count})
        if count < len(ids):
            messages.warning(
                request,
                _("Left alone: %(count)s. They have moved on, or you may not do this.")
                % {"count": len(ids) - count},
            )
