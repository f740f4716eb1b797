"""An order's page: everything known about one order, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from catalog.models import StockLevel, Warehouse
from opsdesk import privacy, wording
from opsdesk.alerts.checks import title_of
from opsdesk.alerts.models import Alert, AlertEvent
from opsdesk.audit import reading
from opsdesk.deadlines.models import Deadline, DeadlineEvent
from opsdesk.desk.rows import page_of
from orders import actions, customer_messages, money_panel, ship_by, told
from orders.models import LapsedOrder, Order, OrderEvent, OrderLine, PresaleOrder, Reservation
from orders.review import words
from orders.screens import edits
from orders.services import contact
from orders.tones import fulfilment_tone, tone

if TYPE_CHECKING:
    from opsdesk.stores.models import User

SAME_MOMENT = timedelta(minutes=1)
WARNINGS = (50, 80)


@dataclass(frozen=True)
class Line:
    line: OrderLine
    stock: list[StockLevel]
    reserved: list[Reservation]


@dataclass(frozen=True)
class Clock:
    clock: Deadline
    standing: str | Promise
    left: str
    percent: int
    tone: str
    share: int


@dataclass(frozen=True)
class Moment:
    """A line of the timeline. `recorded_at` only where it was learnt noticeably later."""

    at: datetime
    what: str
    who: str
    note: str
    tone: str
    recorded_at: datetime | None = None


def outline(order: Order, user: User, at: datetime) -> dict[str, Any]:
    """What every page of an order shows: where it stands, what is in it, who gets it."""
    clocks = list(Deadline.objects.of(order).order_by("due_at", "pk"))
    alerts = list(_alerts(order).select_related("assignee"))
    masked = order.masked_contact
    return {
        "order": order,
        "at": at,
        "states": _states(order),
        "actions": actions.fitting(order, user),
        "lines": _lines(order, user),
        "clocks": [_clock(clock, at) for clock in clocks],
        "alerts": [(alert, title_of(alert)) for alert in alerts],
        "timeline": _timeline(order, clocks, alerts),
        "may_reveal": contact.may_reveal(user, order, at),
        "masked": masked,
        "masked_address": privacy.mask_address(order.region, masked.address),
    }


def context_for(request: HttpRequest, order: Order, at: datetime) -> dict[str, Any]:
    """The order's own page: its outline, and all that is known of it besides."""
    user: User = request.user
    may_see_holds = user.has_perm("orders.view_hold", order)
    outlined = outline(order, user, at)
    return {
        **outlined,
        "ship_by": _ship_by(order, [entry.clock for entry in outlined["clocks"]], at),
        "money": money_panel.money_of(order, user),
        "history": reading.history_of(order, user),
        "import_link": _import_link(request, order),
        "customer_messages": customer_messages.panel_of(order, user, at=at),
        "presale": PresaleOrder.objects.filter(order=order).first(),
        "may_see_presale": user.has_perm("orders.view_presaleorder", order),
        **edits.of_order(order, user),
        "holds": words.holds_of(order) if may_see_holds else [],
        "looks": words.looks_of(order) if may_see_holds else [],
    }


def _import_link(request: HttpRequest, order: Order) -> str | None:
    if order.import_session_id is None:
        return None
    return page_of(request, "exchange", "importsession", order.import_session_id, order.store_id)


def _states(order: Order) -> list[tuple[str, str, str]]:
    return [
        (_("Review"), order.get_review_state_display(), tone(order.review_state)),
        (_("Payment"), order.get_payment_state_display(), tone(order.payment_state)),
        (_("Fulfilment"), order.get_fulfilment_state_display(), fulfilment_tone(order)),
        (_("After-sales"), order.get_after_sales_state_display(), tone(order.after_sales_state)),
    ]


def _lines(order: Order, user: User) -> list[Line]:
    """The lines with what of their stock lies in warehouses of this person's."""
    lines = list(order.lines.select_related("sku"))
    may_see_stock = user.has_perm("catalog.view_stocklevel", order)
    levels: dict[int, list[StockLevel]] = {}
    if may_see_stock:
        rows = StockLevel.objects.of_skus(line.sku_id for line in lines if line.sku_id)
        rows = rows.visible_to(user).select_related("warehouse")
        for level in rows.order_by("warehouse__priority", "pk"):
            levels.setdefault(level.sku_id, []).append(level)
    held: dict[int, list[Reservation]] = {}
    reserved = Reservation.objects.filter(
        line__order=order, warehouse__in=Warehouse.objects.visible_to(user)
    )
    for row in reserved.select_related("warehouse", "sku"):
        held.setdefault(row.line_id, []).append(row)
    return [
        Line(line=line, stock=levels.get(line.sku_id, []), reserved=held.get(line.pk, []))
        for line in lines
    ]


def _clock(clock: Deadline, at: datetime) -> Clock:
    ended = clock.met_at or clock.paused_at or at
    allowed = max((clock.due_at - clock.started_at).total_seconds(), 1)
    percent = round(100 * (ended - clock.started_at).total_seconds() / allowed)
    open_ = clock.state in Deadline.OPEN
    standing = clock.standing(at)
    late = standing in (Deadline.Standing.OVERDUE, Deadline.Standing.MET_LATE)
    shown = "danger" if late else ("warning" if open_ and percent >= WARNINGS[1] else "")
    if not open_:
        left = _("took %(duration)s") % {"duration": wording.duration(ended - clock.started_at)}
    else:
        left = wording.time_left(clock.time_left(at))
    return Clock(
        clock=clock,
        standing=standing.label,
        left=left if clock.state != Deadline.State.CANCELLED else "",
        percent=max(percent, 0),
        tone=shown,
        share=min(max(percent, 0), 100),
    )


def _ship_by(order: Order, clocks: list[Deadline], at: datetime) -> dict[str, Any] | None:
    """By when it leaves, in words; None where no clock says so."""
    shown = ship_by.first_of(clocks)
    if shown is None:
        return None
    soon = ship_by.near([order.store], at)[order.store_id]
    return {"due_at": shown.due_at, "words": shown.words(at), "tone": shown.tone(at, soon)}


def _alerts(order: Order) -> QuerySet[Alert]:
    content_type = ContentType.objects.get_for_model(order)
    return Alert.objects.filter(subject_type=content_type, subject_id=order.pk)


def _timeline(order: Order, clocks: Iterable[Deadline], alerts: Iterable[Alert]) -> list[Moment]:
    """Newest first: what happened to the order, its clocks and its alerts, in one list."""
    moments = [
        *_order_moments(order),
        *_clock_moments(clocks),
        *_alert_moments(alerts),
    ]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def _order_moments(order: Order) -> list[Moment]:
    tones = {
        OrderEvent.Kind.CANCELLED: "danger",
        OrderEvent.Kind.CONFLICTED: "danger",
        OrderEvent.Kind.REFUNDED: "warning",
        OrderEvent.Kind.CHANGED: "warning",
        OrderEvent.Kind.HELD: "warning",
        OrderEvent.Kind.LET_GO: "good",
        OrderEvent.Kind.PLACED: "good",
        OrderEvent.Kind.PAID: "good",
    }
    return [
        Moment(
            at=event.at,
            what=told.what(event),
            who=str(event.actor or ""),
            note=told.note(event.data) if "what" in event.data else _said(event.data),
            tone=tones.get(event.kind, ""),
            recorded_at=(event.recorded_at if event.recorded_at - event.at > SAME_MOMENT else None),
        )
        for event in order.events.select_related("actor")
    ]


def _clock_moments(clocks: Iterable[Deadline]) -> list[Moment]:
    by_id = {clock.pk: clock for clock in clocks}
    tones = {DeadlineEvent.Kind.BREACHED: "danger", DeadlineEvent.Kind.WARNED: "warning"}
    return [
        Moment(
            at=event.at,
            what=_("Clock “%(clock)s”: %(event)s")
            % {"clock": by_id[event.deadline_id].title, "event": event.get_kind_display()},
            who="",
            note=f"{event.percent} %" if event.percent else event.note,
            tone=tones.get(event.kind, ""),
        )
        for event in DeadlineEvent.objects.filter(deadline__in=list(by_id))
    ]


def _alert_moments(alerts: Iterable[Alert]) -> list[Moment]:
    by_id = {alert.pk: alert for alert in alerts}
    tones = {AlertEvent.Kind.OPENED: "danger", AlertEvent.Kind.REOPENED: "danger"}
    events = AlertEvent.objects.filter(alert__in=list(by_id)).select_related("actor")
    return [
        Moment(
            at=event.at,
            what=_("Alert “%(alert)s”: %(event)s")
            % {"alert": title_of(by_id[event.alert_id]), "event": event.get_kind_display()},
            who=str(event.actor or ""),
            note=event.note,
            tone=tones.get(event.kind, "good" if "clos" in event.kind else ""),
        )
        for event in events
    ]


def _said(data: dict[str, Any]) -> str:
    """What an event's details tell a person; the rest is for machines."""
    if data.get("holds"):
        said = words.titles_of(data["holds"])
        return f"{said}: {data['reason']}" if data.get("reason") else said
    if data.get("reason"):
        return str(data["reason"])
    if data.get("lapse"):
        return str(LapsedOrder.Cause(data["lapse"]).label)
    return told.fields(data)
