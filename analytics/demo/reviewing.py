"""How the demonstration's orders are reviewed: its numbers are nobody's, and a buyer is barred."""

from __future__ import annotations

from datetime import datetime, timedelta

from analytics.demo.opening import Demonstration
from opsdesk.stores.roles import Role
from orders.services import barring, review_rules

BARRED_PHONE = "15400000017"
# Number like those that no operator has: in the demonstration everybody has one of them.
ANY_NUMBER = {"is_strict": False}


def set_up_review(it: Demonstration, *, at: datetime) -> None:
    """The rules take the demonstration's numbers; at home a buyer and a region are barred."""
    lead = it.people[Role.OPERATIONS_LEAD]
    rules = review_rules.in_force([it.store.pk], at=at)[it.store.pk]
    [phone] = [rule for rule in rules if rule.code == "phone"]
    review_rules.change_rule(
        rule_id=phone.pk,
        is_on=True,
        position=phone.position,
        owner_role=phone.owner_role,
        parameters=ANY_NUMBER,
        reason="演示数据使用不存在的号段" if it.is_at_home else "Demo numbers belong to nobody",
        actor=lead,
        at=at,
    )
    if it.is_at_home:
        barring.blacklist_recipient(
            store=it.store, phone=BARRED_PHONE, reason="多次拒收", actor=lead, at=at
        )
        barring.block_region(
            store=it.store,
            region="新疆",
            reason="大雪封路，承运商暂停收件",
            until=at + timedelta(days=120),
            actor=lead,
            at=at,
        )
