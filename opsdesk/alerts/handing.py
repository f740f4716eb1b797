"""Alerts that the system puts on a person's desk, on nobody's behalf."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from opsdesk.alerts import ladder, storms
from opsdesk.alerts.models import Alert, AlertEvent
from opsdesk.stores.models import Store, User


def hand_over(
    *, alert_ids: Collection[int], assignee: User, store: Store, at: datetime
) -> frozenset[int]:
    """Open alerts of the store are this person's, who works there. Returns those that were not.

    As `services.assign` does for a person who acts. Locks the alerts in id order.
    """
    with transaction.atomic():
        found = Alert.objects.open().filter(pk__in=alert_ids, store=store)
        fresh = list(
            found.exclude(assignee=assignee).select_for_update(of=("self",)).order_by("pk")
        )
        ids = [alert.pk for alert in fresh]
        Alert.objects.filter(pk__in=ids).update(
            assignee=assignee, folded_into=None, climbs_at=ladder.ClimbsAt(at)
        )
        AlertEvent.objects.bulk_create(
            AlertEvent(
                alert=alert,
                kind=AlertEvent.Kind.ASSIGNED,
                at=at,
                data={"assignee": assignee.pk},
            )
            for alert in fresh
        )
        left = {alert.folded_into_id for alert in fresh if alert.folded_into_id}
        if left:
            storms.end_storms(at=at, storm_ids=left)
    return frozenset(ids)
