"""Rules that the operations lead wrote: two at work, one that is not yet switched on."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from analytics.demo.opening import Demonstration
from analytics.demo.recording import date_back
from analytics.demo.timeline import Timeline
from opsdesk.automation.models import Rule
from opsdesk.automation.services import switching, trying, working, writing
from opsdesk.stores.roles import Role

LARGE = {
    "trigger": {"kind": "event", "event": "orders.paid"},
    "conditions": {
        "match": "all",
        "items": [{"field": "total", "is": "more_than", "value": "300"}],
    },
    "actions": [{"action": "tag", "tag": "大额 Large"}],
}
LATE = {
    "trigger": {"kind": "time", "subject": "orders.order", "every": "hour", "again": False},
    "conditions": {
        "match": "all",
        "items": [
            {"field": "paid_for", "is": "more_than", "value": "20"},
            {"field": "fulfilment", "is": "one_of", "value": ["waiting", "reserved"]},
            {
                "match": "any",
                "items": [
                    {"field": "total", "is": "more_than", "value": "200"},
                    {"field": "tags", "is": "has", "value": "大额 Large"},
                ],
            },
        ],
    },
    "actions": [
        {
            "action": "alert",
            "role": "warehouse",
            "severity": "warning",
            "text": "{subject}: {total} {currency}, paid {paid_for} h ago and not shipped",
            "closes_itself": True,
        },
        {"action": "tag", "tag": "催发货 Hurry"},
    ],
}
SILENT = {
    "trigger": {"kind": "time", "subject": "fulfillment.parcel", "every": "day", "hour": 10},
    "conditions": {
        "match": "all",
        "items": [
            {"field": "state", "is": "is", "value": "handed_over"},
            {"field": "silent_for", "is": "more_than", "value": "72"},
        ],
    },
    "actions": [{"action": "tag", "tag": "无轨迹 Silent"}],
}


def plan_rules(it: Demonstration, timeline: Timeline, *, end: datetime) -> None:
    """Written, tried and switched on two days ago; at work since."""
    timeline.plan(end - timedelta(days=2), partial(_write, it))
    timeline.plan(end - timedelta(hours=1), partial(_work, it))


def _write(it: Demonstration, at: datetime) -> None:
    # What a trial tells is told by the days on which it was learnt.
    date_back()
    _rule(it, "大额订单打标签 Tag large orders", LARGE, at=at, is_on=True)
    _rule(it, "已付款未发货提醒 Paid and not shipped", LATE, at=at, is_on=True)
    _rule(it, "三天无轨迹 Three days without news", SILENT, at=at, is_on=False)


def _rule(
    it: Demonstration, name: str, definition: dict[str, Any], *, at: datetime, is_on: bool
) -> Rule:
    actor = it.people[Role.OPERATIONS_LEAD]
    rule = writing.create_rule(store=it.store, name=name, definition=definition, actor=actor, at=at)
    trial = trying.ask_for_trial(rule_id=rule.pk, actor=actor, at=at)
    trying.run_trial(trial.pk, at=at)
    if is_on:
        switching.switch_on(rule_id=rule.pk, expected_version=1, actor=actor, at=at)
    return rule


def _work(_it: Demonstration, at: datetime) -> None:
    working.work(at=at)
