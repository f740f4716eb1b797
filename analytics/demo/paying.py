"""Who has not paid yet, who paid something down, and what they were told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from analytics.demo.ahead import RANKS
from analytics.demo.opening import Demonstration
from catalog.models import PresaleLot
from opsdesk.exchange.models import OutboundAttempt, OutboundMessage, Target
from opsdesk.stores.roles import Role
from orders.models import OptOut, Purpose
from orders.services.balances import cancel_missed, look_for_deposits, remind_of_balances
from orders.services.confirming import confirm_orders
from orders.services.drafts import OrderDraft
from orders.services.intake import place_orders
from orders.services.opting_out import opt_out
from orders.services.unpaid import cancel_unpaid, look_for_late_money, remind_unpaid

# How many minutes ago orders were placed that nobody has paid; the last is paid too late.
_UNPAID = (20, 45, 70, 24 * 60 + 40, 25 * 60)


def plan_payments(it: Demonstration, *, at: datetime) -> None:
    """Orders to be paid in every state; reminders and confirmations went out."""
    provider = Target.objects.create(
        store=it.store, code="sms", name="短信 · 控制台", adapter="sms-console"
    )
    shop = it.shops["own"]
    drafts = [shop.draft(at - timedelta(minutes=minutes)) for minutes in _UNPAID]
    _place(it, drafts, at=at)
    opt_out(
        store=it.store,
        phone=drafts[2].phone,
        purpose=Purpose.MARKETING,
        way=OptOut.Way.CALL,
        actor=it.people[Role.CUSTOMER_SERVICE],
        at=at - timedelta(days=3),
    )
    _buy_ahead(it, at=at)
    remind_unpaid(at=at)
    remind_of_balances(at=at)
    cancel_unpaid(at=at)
    cancel_missed(at=at)
    late = drafts[-1]
    paid = replace(late, paid_at=late.placed_at, paid_amount=late.total_amount)
    _place(it, [paid], at=at)
    look_for_late_money(it.store, at=at)
    look_for_deposits(it.store, at=at)
    confirm_orders(at=at)
    _sent(provider, at=at)


def _buy_ahead(it: Demonstration, *, at: datetime) -> None:
    """Of each open presale one order whose deposit is due, one that paid it, one paid whole."""
    placed_at = at - timedelta(hours=20)
    for rank in RANKS[:2]:
        article = it.articles[rank]
        lot = PresaleLot.objects.get(store=it.store, sku__code=article.code)
        due, down, whole = (it.shops["own"].draft(placed_at, article=article) for _each in range(3))
        pieces = sum(line.quantity for line in down.lines)
        paid = [
            due,
            replace(down, paid_at=placed_at, paid_amount=lot.deposit * pieces),
            replace(whole, paid_at=placed_at, paid_amount=whole.total_amount),
        ]
        _place(it, paid, at=placed_at)


def _place(it: Demonstration, drafts: list[OrderDraft], *, at: datetime) -> None:
    place_orders(drafts, store=it.store, channel=it.shops["own"].channel, at=at)


def _sent(provider: Target, *, at: datetime) -> None:
    """The provider took all of them: the demonstration has nothing to send."""
    for message in OutboundMessage.objects.filter(target=provider).order_by("pk"):
        message.public_id = uuid5(NAMESPACE_URL, f"demonstration:{message.key}")
        message.state, message.attempts = OutboundMessage.State.SENT, 1
        message.finished_at = at
        message.save()
        OutboundAttempt.objects.create(
            message=message, number=1, outcome=OutboundAttempt.Outcome.SENT, at=at, milliseconds=90
        )
