"""A row of the desk in words: what, whose, how long, how much, and where to act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.admin import site
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from opsdesk import wording
from opsdesk.alerts.checks import title_of
from opsdesk.alerts.models import Alert
from opsdesk.deadlines.models import Deadline
from opsdesk.desk.queries import due_of
from opsdesk.stores.models import Store, User

SOON = timedelta(minutes=30)


@dataclass(frozen=True)
class Row:
    key: str
    alert: Alert | None
    title: str
    subject: str
    link: str
    store: Store
    clause: str
    severity: str
    due_at: datetime | None
    left: str
    tone: str
    money: Decimal | None
    owner: str
    assignee: str
    is_mine: bool
    may_act: bool


def rows_for(
    request: HttpRequest, found: Sequence[Alert | Deadline], stores: Iterable[Store], at: datetime
) -> list[Row]:
    """One query for the names of those alerts are assigned to; the rest is at hand."""
    by_id = {store.pk: store for store in stores}
    ids = {row.assignee_id for row in found if isinstance(row, Alert) and row.assignee_id}
    people = User.objects.in_bulk(ids) if ids else {}
    may_act = set(request.user.stores_allowing("alerts.act_on_alert"))
    return [
        _row(request, row, by_id[row.store_id], people, row.store_id in may_act, at)
        for row in found
    ]


def _row(
    request: HttpRequest,
    row: Alert | Deadline,
    store: Store,
    people: dict[int, User],
    may_act: bool,
    at: datetime,
) -> Row:
    alert = row if isinstance(row, Alert) else None
    due = due_of(row)
    left = due - at if due else None
    assignee = people.get(alert.assignee_id) if alert and alert.assignee_id else None
    return Row(
        key=f"alert-{row.pk}" if alert else f"clock-{row.pk}",
        alert=alert,
        title=title_of(alert) if alert else row.title,
        subject="" if alert and alert.check_code == "manual" else row.subject_label,
        link=place_to_act(request, row),
        store=store,
        clause=row.clause,
        severity=alert.severity if alert else "clock",
        due_at=due,
        left=wording.time_left(left) if left is not None else "",
        tone=_tone(left),
        money=row.money_at_risk,
        owner=row.get_owner_role_display(),
        assignee=str(assignee) if assignee else "",
        is_mine=bool(assignee and assignee.pk == request.user.pk),
        may_act=bool(alert) and may_act,
    )


def _tone(left: timedelta | None) -> str:
    if left is None:
        return ""
    if left < timedelta(0):
        return "danger"
    return "warning" if left <= SOON else ""


def place_to_act(request: HttpRequest, row: Alert | Deadline) -> str:
    """The subject's page where the person may see it, else the alert's or clock's own."""
    if row.subject_type_id:
        subject = ContentType.objects.get_for_id(row.subject_type_id)
        link = page_of(request, subject.app_label, subject.model, row.subject_id, row.store_id)
        if link:
            return link
    own: models.Model = row
    return reverse(f"admin:{own._meta.app_label}_{own._meta.model_name}_change", args=[row.pk])


def page_of(request: HttpRequest, app_label: str, model: str, pk: int, store_id: int) -> str | None:
    """The admin page of a row, if there is one and the person may look at it."""
    content_type = ContentType.objects.get_by_natural_key(app_label, model)
    model_class = content_type.model_class()
    if model_class is None or not site.is_registered(model_class):
        return None
    if not request.user.has_perm(f"{app_label}.view_{model}", Store(pk=store_id)):
        return None
    return reverse(f"admin:{app_label}_{model}_change", args=[pk])
