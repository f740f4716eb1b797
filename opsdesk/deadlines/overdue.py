"""Clocks that have run out, as checks of the daily inspection (INS-9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.deadlines.models import Deadline, DeadlineTimer
from opsdesk.deadlines.rules import Rule
from opsdesk.deadlines.sweeping import sweep
from opsdesk.inspection.checks import CannotCheck, Check, Seen

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from opsdesk.stores.models import Store
    from opsdesk.stores.procedure import Setting
    from opsdesk.stores.roles import Role

# A sweep runs every minute; another one may hold what it is at.
SWEPT_WITHIN = timedelta(minutes=10)


def overdue_check(
    code: str,
    rules: Sequence[Rule],
    *,
    title: str | Promise,
    looks_at: str | Promise,
    steps: tuple[str | Promise, ...],
    owner_role: Role,
    numbers: tuple[Setting, ...],
) -> Check:
    """A check that finds the open clocks of these rules that are overdue.

    Its findings are the alerts that the breaches raised; its figures tell how many clocks of each
    rule are overdue.
    """

    def look(store: Store, at: datetime) -> Seen:
        return Seen(figures=tell_overdue(store, rules, at=at))

    return Check(
        code=code,
        title=title,
        looks_at=looks_at,
        steps=steps,
        owner_role=owner_role,
        kinds=tuple(AlertKind(rule.code, rule.title, rule.clause) for rule in rules),
        look=look,
        numbers=numbers,
        figures={rule.code: rule.title for rule in rules},
    )


def tell_overdue(store: Store, rules: Sequence[Rule], *, at: datetime) -> dict[str, int]:
    """Of every overdue clock of these rules the breach's alert is open, also if a person had
    resolved it: it is still owed. Returns how many per rule.

    Sweeps first: who meets a clock closes the alert of a breach that a sweep has seen. Locks the
    clocks by id, so that one that is met meanwhile closes its alert afterwards. A fixed number of
    statements. Raises CannotCheck where sweeps don't keep up.
    """
    sweep(at=at, most_batches=1)
    _refuse_backlog(store, rules, at)
    known = {rule.code: rule for rule in rules}
    found: dict[str, list[alerts.Finding]] = defaultdict(list)
    with transaction.atomic():
        overdue = Deadline.objects.filter(store=store, rule__in=list(known))
        overdue = overdue.standing(Deadline.Standing.OVERDUE, at=at).filter(timer=None)
        overdue = overdue.order_by("pk")
        for clock in overdue.select_for_update(of=("self",), no_key=True):
            found[clock.rule].append(_finding(clock, known[clock.rule]))
        for code, findings in found.items():
            alerts.raise_findings(
                store_id=store.pk,
                check_code=code,
                clause=known[code].clause,
                findings=findings,
                at=at,
            )
    return {code: len(found[code]) for code in known}


def _refuse_backlog(store: Store, rules: Sequence[Rule], at: datetime) -> None:
    codes = [rule.code for rule in rules]
    left = DeadlineTimer.objects.filter(rule__in=codes, deadline__store=store)
    count = left.filter(due_at__lte=at - SWEPT_WITHIN).count()
    if count:
        words = _("%(count)d clocks have run out and were not dealt with: the sweep is behind.")
        raise CannotCheck(words % {"count": count})


def _finding(clock: Deadline, rule: Rule) -> alerts.Finding:
    """As the sweep tells it: it is the same alert."""
    subject = ContentType.objects.get_for_id(clock.subject_type_id)
    return alerts.Finding(
        key=f"{subject.app_label}.{subject.model}:{clock.subject_id}",
        subject_label=clock.subject_label,
        owner_role=clock.owner_role,
        subject_type_id=clock.subject_type_id,
        subject_id=clock.subject_id,
        severity=rule.severity,
        evidence={
            "started_at": clock.started_at.isoformat(),
            "due_at": clock.due_at.isoformat(),
            "allowed_minutes": round(clock.allowed_seconds / 60, 1),
        },
        money_at_risk=clock.money_at_risk,
        deadline_at=clock.due_at,
    )
