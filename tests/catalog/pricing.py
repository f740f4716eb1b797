"""Price changes as the tests ask for them, agree on them and let their moment come."""

from datetime import timedelta
from decimal import Decimal

from catalog.models import PriceChangeLine
from catalog.services.price_checks import Asked
from catalog.services.repricing import file_price_change
from opsdesk.approvals.services import carrying
from opsdesk.approvals.services.deciding import decide
from tests.factories import MOMENT

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BEGINS = MOMENT + 2 * DAY


def asked(sku, amount="95.00", *, starts=BEGINS, until=None, channel=None, reason="cheaper"):
    return Asked(sku, Decimal(amount), starts, reason, channel, until)


def file(actor, *lines, at=MOMENT):
    return file_price_change(store=lines[0].sku.store, lines=lines, actor=actor, at=at)


def agree(change, actor, at=MOMENT + HOUR):
    """Somebody approves, and the worker carries it out; answers what became of the request."""
    decide(approval_id=change.approval_id, verdict="approve", actor=actor, at=at)
    return carrying.carry_out(approval_id=change.approval_id, at=at)


def states(change):
    rows = PriceChangeLine.objects.filter(change=change).order_by("pk")
    return list(rows.values_list("state", flat=True))
