"""Many late orders at once: first a page that says what would happen, then it happens (FUL-2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from fulfillment.models import Compensation, LateRisk
from fulfillment.services.compensating import PROPOSE, compensate_delays
from fulfillment.services.delay_telling import TELL, tell_of_delays
from opsdesk.bulk import services as bulk
from opsdesk.bulk.lists import Action, BulkList, Words

if TYPE_CHECKING:
    from opsdesk.stores.models import User


def _uncompensated(rows: QuerySet) -> QuerySet:
    given = Compensation.objects.filter(order=OuterRef("order"), delay=OuterRef("delay"))
    return rows.exclude(order__fulfilment_state="cancelled").filter(~Exists(given))


ACTIONS = {
    "delay_told": Action(
        code="delay_told",
        title=_("Tell the customers"),
        permission=TELL,
        fitting=lambda rows: rows.unsaid(),
        run=tell_of_delays,
        done=_("Customers told: %(count)s."),
    ),
    "delay_compensated": Action(
        code="delay_compensated",
        title=_("Compensate"),
        permission=PROPOSE,
        fitting=_uncompensated,
        run=compensate_delays,
        done=_("Compensated or asked for: %(count)s."),
    ),
}


def _left_alone(count: int) -> str:
    return ngettext(
        "%(count)s order was left alone.", "%(count)s orders were left alone.", count
    ) % {"count": count}


LATE_ORDERS = BulkList(
    model=LateRisk,
    actions=ACTIONS,
    name=lambda risk: risk.order.external_number,
    state=lambda risk: risk.get_ended_display() or risk.get_reason_display(),
    related=("order",),
    directly=200,
    most=20_000,
    words=Words(
        tick_one=_("Tick at least one order."),
        too_many=_("That is more than %(most)s orders. Narrow the selection first."),
        none_chosen=_("No orders were chosen."),
        say_why=_("Say why, so that others can follow it."),
        left_alone=_left_alone,
        why=_(
            "Left alone are orders that are no longer here, whose customer was told or compensated "
            "before, and those of stores where you may not do this."
        ),
        back=_("Back to the late orders"),
    ),
)
bulk.register(*LATE_ORDERS.verbs())


def fitting_actions(risk: LateRisk, user: User) -> list[Action]:
    """What this person may do with the order, and would change something."""
    row = LateRisk.objects.filter(pk=risk.pk)
    return [action for action in ACTIONS.values() if action.rows(row, user).exists()]
