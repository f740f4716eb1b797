"""What the rules promise right now: the time in force per rule, store and channel."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from opsdesk.deadlines import rules
from opsdesk.deadlines.models import SECONDS_PER_MINUTE, Deadline
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Number, Unit

if TYPE_CHECKING:
    from opsdesk.deadlines.rules import Rule
    from opsdesk.stores.models import Channel, Store


def for_subject(
    subject: str, *, store: Store, channel: Channel | None, at: datetime
) -> list[dict[str, Any]]:
    """The rules of a subject as plain rows: code, owner_role, source, starts, reached, and how
    long: unit, seconds, days (one of the two is None).

    One query, however many rules.
    """
    subject_rules = rules.for_subject(subject)
    in_force = procedure.numbers_of(
        [rule.setting for rule in subject_rules], store=store, channel=channel, at=at
    )
    return [
        {
            "code": rule.code,
            "owner_role": str(rule.owner_role),
            "source": _source(rule, channel),
            "starts": rule.starts,
            "reached": rule.reached,
            **allowed(in_force[rule.setting]),
        }
        for rule in subject_rules
    ]


def allowed(number: Number) -> dict[str, Any]:
    """The time a number allows, as the database's clocks take it."""
    in_days = number.unit == Unit.WORKING_DAYS
    return {
        "unit": str(number.unit),
        "seconds": None if in_days else int(number.value * SECONDS_PER_MINUTE),
        "days": int(number.value) if in_days else None,
    }


def _source(rule: Rule, channel: Channel | None) -> str:
    if channel and channel.platform in rule.number.platforms:
        return Deadline.Source.CHANNEL
    return Deadline.Source.OWN
