"""Orders and automation rules: tags on an order, by hand or on many, and what rules did to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import django_filters
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from opsdesk import posted
from opsdesk.automation import actions, showing
from opsdesk.automation.models import Firing, Tag
from opsdesk.automation.services import tags
from opsdesk.bulk.lists import Action
from opsdesk.bulk.services import Done
from opsdesk.filters import PlainSearch
from opsdesk.stores.models import Store
from orders.automation import SUBJECT
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.stores.models import User
    from orders.admin import OrderAdmin

VIEW_TAGS = "automation.view_tag"
VIEW_RUNS = "automation.view_firing"
RUNS_SHOWN = 10


def tagged(name: str) -> Exists:
    """Orders with this tag: a condition."""
    rows = Tag.objects.filter(
        store=OuterRef("store"), subject_type=SUBJECT.type_id, subject_id=OuterRef("pk"), name=name
    )
    return Exists(rows)


class TagFilter(django_filters.CharFilter):
    """Orders with exactly this tag."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Tag"), max_length=tags.LONGEST, widget=PlainSearch, **kwargs)

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(tagged(" ".join(value.split()))) if value else rows


def panel_of(order: Order, user: User) -> dict[str, Any] | None:
    """The order's tags, and the last runs of rules on it. A fixed number of queries."""
    sees_tags = user.has_perm(VIEW_TAGS, order)
    sees_runs = user.has_perm(VIEW_RUNS, order)
    may_tag = user.has_perm(tags.ADD, order)
    rows = Tag.objects.on(Order, [order.pk]).filter(store=order.store_id) if sees_tags else []
    if sees_tags:
        rows = list(rows.select_related("tagged_by", "firing__rule"))
    runs = _runs(order) if sees_runs else []
    if not (rows or runs or may_tag):
        return None
    return {
        "order": order,
        "tags": rows,
        "runs": runs,
        "sees_runs": sees_runs,
        "names": tags.names_in(order.store, SUBJECT.code)[:100] if may_tag else [],
        "longest": tags.LONGEST,
        "may_tag": may_tag,
        "may_untag": user.has_perm(tags.DELETE, order),
    }


def _runs(order: Order) -> list[tuple[Firing, Any, str]]:
    """(run, how it ended, what it did), the last first."""
    runs = Firing.objects.about(order).filter(rule__store=order.store_id)
    found = runs.select_related("rule", "version").prefetch_related("effects").order_by("-pk")
    return [
        (
            firing,
            showing.outcome_of(firing.outcome),
            capfirst("; ".join(actions.title_of(each.action) for each in firing.effects.all())),
        )
        for firing in found[:RUNS_SHOWN]
    ]


def urls(screen: OrderAdmin, find: Callable[[HttpRequest, str], Order]) -> list[URLPattern]:
    """`find` gives the order of a request, or refuses."""
    view = screen.admin_site.admin_view

    def tag(request: HttpRequest, object_id: int) -> HttpResponse:
        return _tag_one(request, find(request, str(object_id)))

    return [path("<int:object_id>/tag/", view(require_POST(tag)), name="orders_order_tag")]


def _tag_one(request: HttpRequest, order: Order) -> HttpResponse:
    is_removed = request.POST.get("verb") == "remove"
    right = tags.DELETE if is_removed else tags.ADD
    if not request.user.has_perm(right, order):
        raise PermissionDenied
    # Not cut: a tag that is too long is refused in words.
    name = posted.text_of(request, "name", most=200)
    if is_removed:
        tags.untag_rows(
            subject=SUBJECT.code, ids=[order.pk], name=name, store=order.store, actor=request.user
        )
        messages.success(request, gettext("The tag “%(name)s” is gone.") % {"name": name})
    else:
        tags.tag_rows(
            subject=SUBJECT.code,
            ids=[order.pk],
            name=name,
            store=order.store,
            actor=request.user,
            at=timezone.now(),
        )
        messages.success(request, gettext("Tagged “%(name)s”.") % {"name": tags.clean(name)})
    return redirect("admin:orders_order_change", order.pk)


def _with_tag(ids: Sequence[int], name: str) -> set[int]:
    found = Tag.objects.on(Order, ids).filter(name=name)
    return set(found.values_list("subject_id", flat=True))


def _stores_of(ids: Sequence[int]) -> QuerySet[Store]:
    return Store.objects.filter(pk__in=Order.objects.filter(pk__in=ids).values("store"))


def _tag(ids: Sequence[int], user: User, at: datetime, reason: str) -> Done:
    name = tags.clean(reason)
    had = _with_tag(ids, name)
    for store in _stores_of(ids):
        tags.tag_rows(subject=SUBJECT.code, ids=ids, name=name, store=store, actor=user, at=at)
    return Done(_with_tag(ids, name) - had)


def _untag(ids: Sequence[int], user: User, at: datetime, reason: str) -> Done:
    name = tags.clean(reason)
    had = _with_tag(ids, name)
    for store in _stores_of(ids):
        tags.untag_rows(subject=SUBJECT.code, ids=ids, name=name, store=store, actor=user)
    return Done(had - _with_tag(ids, name))


TAGGING = {
    action.code: action
    for action in (
        Action(
            code="tag",
            title=_("Tag"),
            permission=tags.ADD,
            run=_tag,
            done=_("Orders tagged: %(count)s."),
            needs_reason=True,
            asks=_("Tag"),
        ),
        Action(
            code="untag",
            title=_("Take a tag away"),
            permission=tags.DELETE,
            run=_untag,
            done=_("Orders that have lost the tag: %(count)s."),
            needs_reason=True,
            asks=_("Tag"),
        ),
    )
}
