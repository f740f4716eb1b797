"""What the rules promise right now: the seconds in force per rule, store and channel."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from opsdesk.deadlines import rules
from opsdesk.deadlines.models import Deadline
from opsdesk.stores import procedure

if TYPE_CHECKING:
    from opsdesk.deadlines.rules import Rule
    from opsdesk.stores.models import Channel, Store

SECONDS_PER_MINUTE = 60


def for_subject(
    subject: str, *, store: Store, channel: Channel | None, at: datetime
) -> list[dict[str, Any]]:
    """The rules of a subject as plain rows: code, owner_role, source, starts, reached, seconds.

    One query, however many rules.
    """
    subject_rules = rules.for_subject(subject)
    in_force = procedure.values_for_keys(
        [rule.setting for rule in subject_rules], store=store, channel=channel, at=at
    )
    return [
        {
            "code": rule.code,
            "owner_role": str(rule.owner_role),
            "source": _source(rule, channel),
            "starts": rule.starts,
            "reached": rule.reached,
            "seconds": int(in_force[rule.setting] * SECONDS_PER_MINUTE),
        }
        for rule in subject_rules
    ]


def seconds_of(rule: Rule, *, store: Store, channel: Channel | None, at: datetime) -> int:
    """How long the rule allows in this channel at that moment, in seconds."""
    number = procedure.value_of(rule.setting, store=store, channel=channel, at=at)
    return int(number * SECONDS_PER_MINUTE)


def _source(rule: Rule, channel: Channel | None) -> str:
    if channel and channel.platform in rule.number.platforms:
        return Deadline.Source.CHANNEL
    return Deadline.Source.OWN
