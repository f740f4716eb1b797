"""What the inspection brings to start pages: how the morning stands, what people look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from opsdesk.alerts.models import Alert
from opsdesk.desk import ahead, cards, starts
from opsdesk.desk.ahead import Coming
from opsdesk.desk.cards import Figure
from opsdesk.desk.starts import Looker, Shown, Telling, Tile
from opsdesk.inspection import checks, history
from opsdesk.inspection.models import InspectionRun, InspectionSheet, ManualItem
from opsdesk.inspection.numbers import STARTS
from opsdesk.inspection.services.answering import ANSWER
from opsdesk.inspection.services.signing import SIGN
from opsdesk.navigation import MOST, shown
from opsdesk.stores import procedure
from opsdesk.stores.roles import EVERYONE, Role

if TYPE_CHECKING:
    from django.http import HttpRequest

    from opsdesk.stores.models import Store

DAY = "admin:inspection_day"
SEE = "inspection.view_inspectionrun"


def unanswered(looker: Looker) -> QuerySet[ManualItem]:
    """What nobody has looked at yet today, by each store's own day."""
    by_day: dict[date, list[int]] = {}
    for store in looker.stores:
        by_day.setdefault(store.business_date(looker.at), []).append(store.pk)
    left = Q(pk__in=[])
    for day, store_ids in by_day.items():
        of_day = ManualItem.objects.in_stores(store_ids).unanswered(day)
        left |= Q(pk__in=of_day.values("pk"))
    return ManualItem.objects.active().viewable_by(looker.user).filter(left)


def to_answer(looker: Looker) -> QuerySet[ManualItem]:
    """Of that what their own roles look at."""
    if looker.user.is_superuser:
        return unanswered(looker)
    mine = Q(pk__in=[])
    for store in looker.stores:
        mine |= Q(store=store, owner_role__in=sorted(looker.user.roles_in(store.pk)))
    return unanswered(looker).filter(mine)


def _morning(looker: Looker) -> Iterator[Shown]:
    """How far this morning's inspection is, in each store. Three statements."""
    days = {store.pk: store.business_date(looker.at) for store in looker.stores}
    of_today = Q(pk__in=[])
    for store_id, day in days.items():
        of_today |= Q(store=store_id, business_date=day)
    runs = InspectionRun.objects.filter(of_today).order_by("store_id", "-pk").distinct("store_id")
    by_store = {run.store_id: run for run in runs}
    signed = set(InspectionSheet.objects.filter(of_today).values_list("store", flat=True))
    waiting = Counter(unanswered(looker).filter(is_required=True).values_list("store", flat=True))
    several = len(looker.stores) > 1
    for store in looker.stores:
        words, detail, tone = _standing(
            by_store.get(store.pk), store.pk in signed, waiting[store.pk], _may_sign(looker, store)
        )
        label = _("Inspection · %(store)s") % {"store": store} if several else _("Inspection today")
        yield Shown(f"inspection-{store.pk}", label, words, detail, tone=tone, link=_page(store))


def _may_sign(looker: Looker, store: Store) -> bool:
    return looker.user.has_perm(SIGN, store)


def _standing(
    run: InspectionRun | None, is_signed: bool, waiting: int, may_sign: bool
) -> tuple[str, str, str]:
    """How it stands, what hinders the signature, and the tone."""
    if is_signed:
        return _("signed"), "", "good"
    if run is None:
        return _("not yet"), "", "warning"
    if run.is_under_way:
        return f"{run.percent} %", _("under way"), ""
    if run.state != InspectionRun.State.DONE:
        return _("stopped"), "", "danger"
    if waiting:
        return _("done"), _("%(count)s still to be looked at") % {"count": waiting}, "warning"
    return _("done"), _("sign it") if may_sign else _("to be signed"), "warning"


def _page(store: Store) -> str:
    return f"{reverse(DAY)}?store={store.pk}"


def board_figures(request: HttpRequest, stores: list[Store], at: datetime) -> list[Figure]:
    """How today's inspection stands, and how many days in a row were signed: for the wall board."""
    found = []
    for store, tile in zip(stores, _morning(Looker(request, stores, at)), strict=True):
        found.append(Figure(tile.label, tile.value, tone=tile.tone if tile.waits else ""))
        days = history.streak_of(store, store.business_date(at))
        words = ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
        found.append(Figure(_("Signed in a row"), words))
    return found


def _findings(looker: Looker) -> Iterator[Shown]:
    """Open findings by clause, and by who has to act. One statement."""
    open_alerts = Alert.objects.unfolded().viewable_by(looker.user).in_stores(looker.store_ids)
    codes = sorted({kind.code for check in checks.all_checks() for kind in check.kinds})
    rows = list(
        open_alerts.filter(check_code__in=codes)
        .order_by()
        .values_list("clause", "owner_role")[: 10 * MOST]
    )
    clauses = Counter(clause for clause, _role in rows)
    owners = Counter(role for _clause, role in rows)
    told = [f"{clause} {count}" for clause, count in clauses.most_common(3)]
    told += [f"{Role(role).label} {count}" for role, count in owners.most_common(2)]
    yield Shown(
        "findings",
        _("Open findings"),
        shown(min(len(rows), MOST + 1)) or "0",
        " · ".join(told),
        tone="warning" if rows else "good",
        link=f"{reverse('admin:alerts_alert_changelist')}?tab=open",
    )


def _next_inspection(looker: Looker) -> Iterable[Coming]:
    """The next morning of each store. One statement."""
    hours = procedure.values_by_store(STARTS.key, stores=looker.stores, at=looker.at)
    for store in looker.stores:
        local = looker.at.astimezone(store.zone)
        start = store.midnight(local.date())
        start += timedelta(hours=float(hours[store.pk]))
        if start <= looker.at:
            start += timedelta(days=1)
        words = _("inspection of %(store)s") % {"store": store}
        yield Coming(start, words, f"{start:%m-%d %H:%M}", _page(store))


PARTS = (
    Telling("inspection", (Role.OPERATIONS_LEAD,), SEE, _morning, rank=1),
    Telling("findings", (Role.OPERATIONS_LEAD,), SEE, _findings, rank=2),
    Tile(
        "to-look-at",
        gettext_lazy("To be looked at today"),
        EVERYONE,
        ANSWER,
        DAY,
        to_answer,
        hides_zero=True,
        rank=5,
    ),
)


def register() -> None:
    """Called once, when the admin's screens are made."""
    starts.register(*PARTS)
    cards.register_figures(SEE, board_figures)
    ahead.register(EVERYONE, _next_inspection)
