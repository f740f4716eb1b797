"""What a rule has to answer: events of a stretch of its source, or rows whose time has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import BigIntegerField, Exists, F, OuterRef, QuerySet, Value

from opsdesk.automation.definition import Definition, Trigger
from opsdesk.automation.events import Source
from opsdesk.automation.matching import rows_that_meet
from opsdesk.automation.models import Firing, Rule
from opsdesk.automation.services.firing import Cause
from opsdesk.stores.models import Store


def events_that_count(
    definition: Definition, store: Store, *, after: int, to: int, at: datetime
) -> QuerySet:
    """Rows of the source with ids in (after, to] whose subject is the store's and meets the rule.

    One statement. Fields are compared as they are now, not as they were at the event.
    """
    source = definition.trigger.source
    assert source is not None
    subjects = rows_that_meet(definition, store, at)
    rows = source.model._base_manager.filter(definition.trigger.where, pk__gt=after, pk__lte=to)
    return rows.filter(**{f"{source.subject}__in": subjects.values("pk")})


def stretch_after(source: Source, after: int, end: int, *, most: int) -> int:
    """Up to which id the next so many rows of the source go. One statement."""
    rows = source.model._base_manager.filter(pk__gt=after, pk__lte=end).order_by("pk")
    last = rows.values_list("pk", flat=True)[most - 1 : most].first()
    return end if last is None else last


def causes_of_events(
    definition: Definition, store: Store, *, after: int, to: int, at: datetime
) -> list[Cause]:
    """Each event a cause, in their order, with the rules that led to it. Three statements.

    The same events as `events_that_count`, by their keys: a stretch is so new that the database
    has no figures of it to plan by.
    """
    source = definition.trigger.source
    assert source is not None
    origin = source.origin() if source.origin else Value(None, output_field=BigIntegerField())
    rows = list(
        source.model._base_manager.filter(definition.trigger.where, pk__gt=after, pk__lte=to)
        .annotate(came_of=origin, about=F(source.subject))
        .order_by("pk")
        .values_list("pk", "about", "came_of")
    )
    if not rows:
        return []
    ids = sorted({about for _pk, about, _of in rows})
    met = definition.subject.labels(rows_that_meet(definition, store, at).filter(pk__in=ids))
    counting = [row for row in rows if row[1] in met]
    chains = _chains(of for _pk, _about, of in counting if of is not None)
    return [
        Cause(f"{source.code}:{pk}", about, met[about], chains.get(of, ()))
        for pk, about, of in counting
    ]


def _chains(firings: Iterable[int]) -> dict[int | None, tuple[int, ...]]:
    """Firing → the rules up to it, its own the last."""
    found = Firing.objects.filter(pk__in=set(firings))
    return {
        pk: (*chain, rule_id) for pk, chain, rule_id in found.values_list("pk", "chain", "rule_id")
    }


def rows_whose_time_has_come(
    definition: Definition, rule: Rule, cause: str, at: datetime
) -> QuerySet:
    """Rows of the subject that meet the rule and that it has not acted on for this cause."""
    acted = Firing.objects.filter(
        rule=rule,
        cause=cause,
        subject_type=definition.subject.type_id,
        subject_id=OuterRef("pk"),
    )
    return rows_that_meet(definition, rule.store, at).filter(~Exists(acted))


def causes_of_time(
    definition: Definition, rule: Rule, *, most: int, at: datetime
) -> Sequence[Cause]:
    """The first of them, by id. One statement."""
    trigger: Trigger = definition.trigger
    cause = trigger.cause_at(rule.store, at)
    rows = rows_whose_time_has_come(definition, rule, cause, at).order_by("pk")
    return [Cause(cause, pk, label) for pk, label in definition.subject.labels(rows[:most]).items()]
