"""What is kept only for a while: apps say which rows and for how many days, one job deletes them.

Orders, ledgers, approvals and audit are none of it; of an order only whom it was for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

BATCH = 5_000
# A run ends long before its lease does; what it leaves is the next run's.
MOST_BATCHES = 200


@dataclass(frozen=True)
class Kept:
    """`rows(before)` are those that may go, once older than the days that `setting` says.

    Where the row itself stays, `clear(keys, at)` empties it, so that `rows` names it no more.
    """

    code: str
    setting: Setting
    rows: Callable[[datetime], QuerySet]
    clear: Callable[[list[int], datetime], Any] | None = None


_kept: dict[str, Kept] = {}


def register(*rules: Kept) -> None:
    for rule in rules:
        procedure.register(rule.setting)
        _kept.setdefault(rule.code, rule)


def delete_old_rows(_slot: Slot, at: datetime) -> dict[str, Any]:
    """Rows past their days are gone; answers how many, by rule. Safe to repeat."""
    return {code: _delete(rule, at) for code, rule in sorted(_kept.items())}


def _delete(rule: Kept, at: datetime) -> int:
    """In batches that commit on their own, oldest first, so that nobody waits long for a lock."""
    days = procedure.value_of(rule.setting.key, store=None, at=at)
    old = rule.rows(at - timedelta(days=int(days)))
    deleted = 0
    for _batch in range(MOST_BATCHES):
        with transaction.atomic():
            free = old.select_for_update(skip_locked=True).order_by("pk")
            keys = list(free.values_list("pk", flat=True)[:BATCH])
            if rule.clear is None:
                deleted += old.model._base_manager.filter(pk__in=keys).delete()[0]
            elif keys:
                rule.clear(keys, at)
                deleted += len(keys)
        if len(keys) < BATCH:
            break
    return deleted


JOB = Job(
    "retention.delete_old_rows",
    _("Rows that are kept for a while only"),
    delete_old_rows,
    every=timedelta(hours=1),
)
