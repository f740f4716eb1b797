"""The rules of the review as a store has set them: versions, changes, what a change would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from opsdesk.db import is_taken
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.schedule.hints import hint
from orders import tasks
from orders.models import Order, ReviewRule
from orders.review import judging, registry, values
from orders.review.registry import Evidence

if TYPE_CHECKING:
    from opsdesk.stores.models import User

CHANGE = "orders.change_reviewrule"
# A dry run reads the latest orders of the days asked for, and no more than these.
MOST_TRIED = 2_000


def in_force(store_ids: Iterable[int], *, at: datetime) -> dict[int, list[ReviewRule]]:
    """Store id → its rules in the order of looking. A store that lacks one gets what it came with.

    One statement, a second where something was lacking. Safe to repeat and to run twice at once.
    """
    ids = set(store_ids)
    found = _current(ids)
    checks = registry.all_checks()
    lacking = [
        ReviewRule(
            store_id=store_id,
            code=check.code,
            version=1,
            is_on=check.is_on,
            position=check.position,
            owner_role=check.owner_role,
            parameters=values.cleaned(check.values, {}),
            set_at=at,
        )
        for store_id in sorted(ids)
        for check in checks
        if check.code not in {rule.code for rule in found[store_id]}
    ]
    if lacking:
        ReviewRule.objects.bulk_create(lacking, ignore_conflicts=True)
        found = _current(ids)
    return found


def _current(store_ids: set[int]) -> dict[int, list[ReviewRule]]:
    found: dict[int, list[ReviewRule]] = {store_id: [] for store_id in store_ids}
    rules = ReviewRule.objects.current().filter(store__in=store_ids)
    for rule in rules.order_by("position", "code"):
        found[rule.store_id].append(rule)
    return found


def change_rule(
    *,
    rule_id: int,
    is_on: bool,
    position: int,
    owner_role: str,
    parameters: Mapping[str, Any],
    reason: str,
    actor: User,
    at: datetime,
) -> ReviewRule:
    """The rule holds as given from now on, as a new version of the one that was looked at.

    Raises NotAllowed, WrongValue, and Conflict where somebody changed the rule since.
    """
    before = ReviewRule.objects.select_related("store").get(pk=rule_id)
    if not actor.has_perm(CHANGE, before):
        raise NotAllowed(_("You may not change rules of %(store)s.") % {"store": before.store})
    check = registry.check_called(before.code)
    if check is None:
        raise DomainError(_("This rule is not looked at any more."))
    if not reason.strip():
        raise DomainError(_("Say why the rule changes, so that others can read it."))
    changed = ReviewRule(
        store=before.store,
        code=before.code,
        version=before.version + 1,
        is_on=is_on,
        position=position,
        owner_role=owner_role,
        parameters=values.cleaned(check.values, parameters),
        reason=reason.strip(),
        set_by=actor,
        set_at=at,
    )
    try:
        with transaction.atomic():
            changed.save(force_insert=True)
    except IntegrityError as error:
        if not is_taken(error):
            raise
        raise Conflict(_who_was_first(before)) from error
    hint(tasks.review_held_orders, changed.store_id)
    return changed


def _who_was_first(before: ReviewRule) -> str:
    later = ReviewRule.objects.select_related("set_by").get(
        store=before.store_id, code=before.code, version=before.version + 1
    )
    return _("%(person)s changed this rule since you looked at it: %(reason)s") % {
        "person": later.set_by,
        "reason": later.reason,
    }


def try_rule(
    rule: ReviewRule, *, parameters: Mapping[str, Any], days: int, at: datetime
) -> tuple[int, list[tuple[Order, Evidence]]]:
    """How many paid orders of the last days were looked at, and which the rule would have held.

    Nothing is written. The newest orders come first, of which no more than `MOST_TRIED` are read.
    What depends on the moment (stock, a blacklist) is judged as it is now.
    """
    check = registry.check_called(rule.code)
    if check is None:
        raise DomainError(_("This rule is not looked at any more."))
    tried = ReviewRule(
        store=rule.store,
        code=rule.code,
        version=rule.version,
        owner_role=rule.owner_role,
        position=rule.position,
        is_on=True,
        parameters=values.cleaned(check.values, parameters),
    )
    orders = (
        Order.objects.paid()
        .filter(store=rule.store, placed_at__gte=at - timedelta(days=days), placed_at__lte=at)
        .filter(contact_cleared_at=None, is_amount_only=False)
        .select_related("store", "channel")
        .order_by("-placed_at", "-pk")[:MOST_TRIED]
    )
    judged = judging.judge(orders, rules={rule.store_id: [tried]}, at=at)
    held = [(each.order, evidence) for each in judged for _rule, evidence in each.failures.values()]
    return len(judged), held
