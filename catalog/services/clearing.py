"""A measure against slow stock is chosen: it becomes a price request or somebody's task (CAT-9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import ClearancePlan, PriceChange, SlowStock
from catalog.services.measures import Choice, Proposal, propose
from catalog.services.price_checks import Asked
from catalog.services.pricing import FILED_AHEAD
from catalog.services.repricing import file_price_change
from opsdesk.deadlines import services as deadlines
from opsdesk.deadlines.rules import Rule
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.models import User
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

PLAN = "catalog.add_clearanceplan"
# A person reads what is chosen for so many at once.
MOST = 200
State = ClearancePlan.State

DONE_WITHIN = Setting(
    key="catalog.clearance_within",
    clause="CAT-9",
    title=gettext_lazy("A clearance measure is carried out within"),
    default=Decimal(5),
    unit=Unit.WORKING_DAYS,
    minimum=Decimal(1),
    maximum=Decimal(366),
    has_clock=True,
)
CARRIED_OUT = Rule(
    code="catalog.clearance",
    clause="CAT-9",
    title=gettext_lazy("Carry out a clearance measure"),
    setting=DONE_WITHIN.key,
    subject="catalog.clearanceplan",
    starts="planned_at",
    reached="done_at",
    owner_role=Role.CATALOG_OPERATOR,
)


@dataclass(frozen=True)
class Task:
    """What is to be done, by whom."""

    measure: ClearancePlan.Measure
    owner: User
    note: str = ""


def owners_in(store: Store) -> QuerySet[User]:
    """Who may be given a task: its clock is on the desk of the catalog operators."""
    return User.objects.filter(
        is_active=True, memberships__store=store, memberships__role=Role.CATALOG_OPERATOR
    ).order_by("username")


def chosen(rows: Iterable[SlowStock], measure: Choice, *, at: datetime) -> dict[int, Proposal]:
    """Id of a row → its proposal of this measure."""
    proposals = propose(rows, at=at)
    return {pk: next(p for p in made if p.measure == measure) for pk, made in proposals.items()}


def cut_prices(*, row_ids: Sequence[int], actor: User, at: datetime) -> list[PriceChange]:
    """The proposed prices of these open rows are asked for, as one request per store.

    They begin as early as a price may. A SKU that stands in several rows is asked for once. Raises
    NotAllowed, DomainError where a price can't be cut, and PriceRefused; nothing is filed then.
    """
    rows = _rows(row_ids, actor)
    by_store: dict[Store, list[Asked]] = {}
    proposals = chosen(rows, Choice.PRICE_CUT, at=at)
    for row in {row.sku_id: row for row in rows}.values():
        proposal = proposals[row.pk]
        if proposal.problem or proposal.price is None:
            raise DomainError(f"{row.sku}: {proposal.problem}")
        by_store.setdefault(row.store, []).append(
            Asked(
                sku=row.sku,
                amount=proposal.price,
                starts=_earliest(row.store, at),
                reason=_("Clearance: %(finding)s") % {"finding": row.get_finding_display()},
            )
        )
    with transaction.atomic():
        return [
            file_price_change(store=store, lines=lines, actor=actor, at=at)
            for store, lines in sorted(by_store.items(), key=lambda entry: entry[0].pk)
        ]


def _earliest(store: Store, at: datetime) -> datetime:
    """The first full minute for which a price may be filed now."""
    ahead = procedure.value_of(FILED_AHEAD.key, store=store, at=at)
    earliest = at + timedelta(minutes=float(ahead))
    full = earliest.replace(second=0, microsecond=0)
    return full if full == earliest else full + timedelta(minutes=1)


def plan_clearance(
    *, row_ids: Sequence[int], task: Task, actor: User, at: datetime
) -> list[ClearancePlan]:
    """Each of these open rows' SKUs has an open plan of the measure, with its clock running.

    Left alone are SKUs that have one, and those for which the measure can't be chosen. Raises
    NotAllowed, and Conflict where somebody else was planning the same.
    """
    rows = _rows(row_ids, actor)
    for store in {row.store for row in rows}:
        _require(store, actor, task.owner)
    proposals = chosen(rows, Choice(task.measure), at=at)
    known = ClearancePlan.objects.open().filter(
        sku__in={row.sku_id for row in rows}, measure=task.measure
    )
    taken = set(known.values_list("sku", flat=True))
    plans = [
        ClearancePlan(
            store=row.store,
            sku=row.sku,
            row=row,
            measure=task.measure,
            owner=task.owner,
            note=task.note[:300],
            pieces_then=row.pieces,
            value_then=row.value,
            planned_by=actor,
            planned_at=at,
        )
        for row in {row.sku_id: row for row in rows}.values()
        if row.sku_id not in taken and not proposals[row.pk].problem
    ]
    try:
        with transaction.atomic():
            ClearancePlan.objects.bulk_create(plans)
            _start_clocks(plans, at)
    except IntegrityError as error:
        raise Conflict(_("Somebody else has just planned this. Look again.")) from error
    return plans


def _require(store: Store, actor: User, owner: User) -> None:
    if not actor.has_perm(PLAN, store):
        raise NotAllowed(_("You may not plan clearance measures in %(store)s.") % {"store": store})
    if not owners_in(store).filter(pk=owner.pk).exists():
        raise DomainError(
            _("%(person)s is no catalog operator of %(store)s.") % {"person": owner, "store": store}
        )


def _start_clocks(plans: Sequence[ClearancePlan], at: datetime) -> None:
    by_store: dict[Store, list[deadlines.Subject]] = {}
    for plan in plans:
        by_store.setdefault(plan.store, []).append(
            deadlines.Subject(plan.pk, plan.sku.code, at, plan.value_then)
        )
    for store, subjects in by_store.items():
        deadlines.start(
            ClearancePlan, subjects, on=CARRIED_OUT.starts, store=store, channel=None, at=at
        )


@transaction.atomic
def finish_plan(*, plan_id: int, result: str, actor: User, at: datetime) -> ClearancePlan:
    """The measure is carried out: its clock is met. `result` says what came of it.

    Raises NotAllowed, DomainError without a result, Conflict where the plan has ended already.
    """
    plan = _end(plan_id, result, actor, state=State.DONE, done_at=at)
    deadlines.reach(ClearancePlan, [plan.pk], reached=CARRIED_OUT.reached, at=at)
    return plan


@transaction.atomic
def drop_plan(*, plan_id: int, result: str, actor: User, at: datetime) -> ClearancePlan:
    """The measure is not carried out after all: its clock ends. `result` says why. See above."""
    plan = _end(plan_id, result, actor, state=State.DROPPED, dropped_at=at)
    deadlines.cancel(ClearancePlan, [plan.pk], at=at)
    return plan


def may_end(plan: ClearancePlan, person: User) -> bool:
    """Its owner, and whoever may plan in the store."""
    return person.pk == plan.owner_id or person.has_perm(PLAN, plan)


def _end(plan_id: int, result: str, actor: User, **values: object) -> ClearancePlan:
    plan = ClearancePlan.objects.visible_to(actor).get(pk=plan_id)
    if not may_end(plan, actor):
        raise NotAllowed(_("Only its owner, or who may plan measures, ends this."))
    if not result.strip():
        raise DomainError(_("Say what came of it."))
    still_open = ClearancePlan.objects.open().filter(pk=plan.pk)
    if not still_open.update(result=result.strip()[:300], ended_by=actor, **values):
        raise Conflict(_("This measure has ended before."))
    plan.refresh_from_db()
    return plan


def _rows(row_ids: Sequence[int], actor: User) -> list[SlowStock]:
    """Open rows the person may see, those that tie up most money first."""
    rows = (
        SlowStock.objects.visible_to(actor)
        .open()
        .filter(pk__in=list(row_ids)[:MOST])
        .select_related("store", "sku__product")
        .order_by("-value", "pk")
    )
    found = list(rows)
    if not found:
        raise DomainError(_("Nothing of this is open any more."))
    return found
