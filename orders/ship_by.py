"""By when orders are to leave: the clock of theirs that stops once they are shipped (FUL-2).

Which rule that is, a chapter above says: the one on orders that is reached with `shipped_at`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk import wording
from opsdesk.deadlines import rules
from opsdesk.deadlines.models import Deadline, DeadlineQuerySet
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

SUBJECT = "orders.order"
REACHED = "shipped_at"

NEAR = Setting(
    key="orders.ship_by_near",
    clause="FUL-2",
    title=_("A ship-by is shown as near before it by"),
    default=Decimal(4 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    maximum=Decimal(7 * 24 * 60),
)


@dataclass(frozen=True)
class ShipBy:
    """When an order has to leave, and when it left. A paused clock doesn't run out."""

    due_at: datetime
    is_paused: bool = False
    left_at: datetime | None = None

    @classmethod
    def of(cls, clock: Deadline) -> ShipBy:
        return cls(clock.due_at, clock.state == Deadline.State.PAUSED, clock.met_at)

    def tone(self, at: datetime, soon: timedelta) -> str:
        """danger where it is or was too late, warning where it is due so soon."""
        if self.is_paused:
            return ""
        if (self.left_at or at) > self.due_at:
            return "danger"
        return "warning" if self.left_at is None and self.due_at - at <= soon else ""

    def words(self, at: datetime) -> str:
        """How long is left, or by how much it is or was over."""
        if self.is_paused:
            return gettext("paused")
        if self.left_at is None:
            return wording.time_left(self.due_at - at)
        if self.left_at <= self.due_at:
            return gettext("left in time")
        late = wording.duration(self.left_at - self.due_at)
        return gettext("left %(duration)s late") % {"duration": late}


def codes() -> list[str]:
    """The rules whose clocks say by when orders leave."""
    return [rule.code for rule in rules.for_subject(SUBJECT) if rule.reached == REACHED]


def clocks() -> QuerySet[Deadline]:
    """Clocks to ship that are not over: running, paused, or run out and still owed."""
    return _to_ship().open()


def running() -> QuerySet[Deadline]:
    """Of those the ones that run; open is not said beside it, or few of them are expected."""
    return _to_ship().filter(state=Deadline.State.RUNNING)


def _to_ship() -> DeadlineQuerySet:
    kind = ContentType.objects.get_for_model(Order)
    return Deadline.objects.filter(subject_type=kind, rule__in=codes())


def of_orders(order_ids: Iterable[int]) -> dict[int, ShipBy]:
    """Order id → by when it leaves, of those that still have to. One query."""
    rows = clocks().filter(subject_id__in=list(order_ids)).order_by("-due_at")
    rows = rows.only("subject_id", "state", "due_at", "met_at")
    return {clock.subject_id: ShipBy.of(clock) for clock in rows}


def first_running(order_ids: Iterable[int]) -> ShipBy | None:
    """What runs out first of these orders' ship-bys; a paused one comes last. One query."""
    return first_among(of_orders(order_ids).values())


def first_among(found: Iterable[ShipBy]) -> ShipBy | None:
    """What is paused waits for somebody else: it comes after all that run."""
    return min(found, key=lambda each: (each.is_paused, each.due_at), default=None)


def first_of(clocks: Iterable[Deadline]) -> ShipBy | None:
    """Of the clocks of one order the one to ship: one that is open before one that was met."""
    mine = [clock for clock in clocks if clock.rule in codes()]
    standing = [clock for clock in mine if clock.state in Deadline.OPEN]
    met = [clock for clock in mine if clock.state == Deadline.State.MET]
    chosen = min(standing or met, key=lambda clock: clock.due_at, default=None)
    return ShipBy.of(chosen) if chosen else None


def with_ship_by(orders: QuerySet[Order]) -> QuerySet[Order]:
    """The orders with `ship_by`; None where no clock to ship is open."""
    first = clocks().filter(subject_id=OuterRef("pk")).order_by("due_at").values("due_at")[:1]
    return orders.annotate(ship_by=Subquery(first))


def near(stores: Sequence[Store], at: datetime) -> dict[int, timedelta]:
    """Store id → so long before it a ship-by is shown as near. One query."""
    found = procedure.values_by_store(NEAR.key, stores=stores, at=at)
    return {store_id: timedelta(minutes=float(value)) for store_id, value in found.items()}
