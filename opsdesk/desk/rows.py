"""A row of the desk in words: what, whose, how long, how much, and where to act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.contrib.admin import site
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from opsdesk import wording
from opsdesk.alerts import storms
from opsdesk.alerts.checks import MANUAL, list_to_act_on, title_of
from opsdesk.alerts.models import Alert
from opsdesk.approvals import kinds
from opsdesk.approvals.models import Approval
from opsdesk.deadlines.models import Deadline
from opsdesk.desk.queries import Work, due_of
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role

SOON = timedelta(minutes=30)


@dataclass(frozen=True)
class Row:
    """Ready to be shown: the template of a row only puts these in place."""

    key: str
    pk: int
    css: str
    title: str
    subject: str
    link: str
    due: str
    due_at: str
    left: str
    tone: str
    money: str
    where: str
    is_new: bool
    may_act: bool


@dataclass(frozen=True)
class Reader:
    """For whom rows are worded: their stores, names they see, what they may do, and when."""

    request: HttpRequest
    stores: dict[int, Store]
    people: dict[int, User]
    may_act_in: set[int]
    at: datetime


def rows_for(
    request: HttpRequest, found: Sequence[Work], stores: Iterable[Store], at: datetime
) -> list[Row]:
    """One query for the names of those alerts are assigned to, one for what storms stand for.

    The rest is at hand.
    """
    ids = {row.assignee_id for row in found if isinstance(row, Alert) and row.assignee_id}
    reader = Reader(
        request=request,
        stores={store.pk: store for store in stores},
        people=User.objects.in_bulk(ids) if ids else {},
        may_act_in=set(request.user.stores_allowing("alerts.act_on_alert")),
        at=at,
    )
    storms.count_folded(row for row in found if isinstance(row, Alert))
    return [_row(row, reader) for row in found]


def _row(row: Work, reader: Reader) -> Row:
    if isinstance(row, Approval):
        return _request(row, reader)
    alert = row if isinstance(row, Alert) else None
    store = reader.stores[row.store_id]
    due = due_of(row)
    left = due - reader.at if due else None
    by_hand = alert is not None and alert.check_code == MANUAL.code
    return Row(
        key=f"alert-{row.pk}" if alert else f"clock-{row.pk}",
        pk=row.pk,
        css=f"{alert.severity} {alert.state}" if alert else "clock",
        title=title_of(alert) if alert else row.title,
        subject="" if by_hand else alert.subject_words if alert else row.subject_label,
        link=place_to_act(reader.request, row),
        due=wording.moment(due, store.zone),
        due_at=due.isoformat() if due else "",
        left=wording.time_left(left) if left is not None else gettext("no date"),
        tone=_tone(left),
        money=wording.money(row.money_at_risk, store.currency),
        where=" · ".join(part for part in _where(row, store, reader) if part),
        is_new=alert is not None and alert.state == Alert.State.OPEN,
        may_act=alert is not None and row.store_id in reader.may_act_in,
    )


def _request(row: Approval, reader: Reader) -> Row:
    """Something to decide; where it concerns every store, in the page's own time zone."""
    kind = kinds.get(row.kind)
    store = reader.stores[row.store_id] if row.store_id else None
    left = row.expires_at - reader.at
    where = (kind.clause, str(store or gettext("Every store")), str(row.filer))
    return Row(
        key=f"request-{row.pk}",
        pk=row.pk,
        css="request",
        title=gettext("To decide: %(kind)s") % {"kind": kind.title},
        subject=kind.describe(row).summary,
        link=reverse("admin:approvals_approval_change", args=[row.pk]),
        due=wording.moment(row.expires_at, store.zone if store else None),
        due_at=row.expires_at.isoformat(),
        left=wording.time_left(left),
        tone=_tone(left),
        money=wording.money(row.amount, row.currency),
        where=" · ".join(part for part in where if part),
        is_new=False,
        may_act=False,
    )


def _where(row: Alert | Deadline, store: Store, reader: Reader) -> Iterator[str]:
    """Clause, store, whose it is, and what happened to it so far."""
    yield row.clause
    yield str(store)
    if isinstance(row, Deadline):
        yield str(Role(row.owner_role).label)
        return
    if row.assignee_id == reader.request.user.pk:
        yield gettext("mine")
    elif row.assignee_id:
        yield str(reader.people[row.assignee_id])
    else:
        yield str(Role(row.owner_role).label)
    if row.state == Alert.State.ACKNOWLEDGED:
        yield gettext("acknowledged")
    if row.level:
        yield gettext("escalated to: %(role)s") % {"role": Role(row.escalated_to).label}
    if row.is_recurring:
        yield gettext("keeps coming back")
    if row.times_reopened:
        yield ngettext(
            "came back %(count)s time", "came back %(count)s times", row.times_reopened
        ) % {"count": row.times_reopened}


def _tone(left: timedelta | None) -> str:
    if left is None:
        return ""
    if left < timedelta(0):
        return "danger"
    return "warning" if left <= SOON else ""


def place_to_act(request: HttpRequest, row: Alert | Deadline) -> str:
    """Where it is mended, if the person may look there, else the alert's or clock's own page."""
    link = place_of_subject(request, row)
    if link:
        return link
    own: models.Model = row
    return reverse(f"admin:{own._meta.app_label}_{own._meta.model_name}_change", args=[row.pk])


def place_of_subject(request: HttpRequest, row: Alert | Deadline) -> str | None:
    """The list that the alert's kind names, or the subject's page; None if neither may be seen."""
    place = list_to_act_on(row) if isinstance(row, Alert) else None
    if place and request.user.has_perm(place.permission, Store(pk=row.store_id)):
        return f"{reverse(place.view)}?{urlencode(place.query_for(row.subject_label))}"
    if row.subject_type_id is None:
        return None
    subject = ContentType.objects.get_for_id(row.subject_type_id)
    return page_of(request, subject.app_label, subject.model, row.subject_id, row.store_id)


def page_of(request: HttpRequest, app_label: str, model: str, pk: int, store_id: int) -> str | None:
    """The admin page of a row, if there is one and the person may look at it."""
    content_type = ContentType.objects.get_by_natural_key(app_label, model)
    model_class = content_type.model_class()
    if model_class is None or not site.is_registered(model_class):
        return None
    if not request.user.has_perm(f"{app_label}.view_{model}", Store(pk=store_id)):
        return None
    return reverse(f"admin:{app_label}_{model}_change", args=[pk])
