"""What the daily inspection looks at in the catalog."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import StockCover, StockLevel
from catalog.services import clearing, sampling, trials
from catalog.services.low_stock import LOW, look_for_low_stock
from opsdesk.deadlines.overdue import overdue_check
from opsdesk.inspection.checks import CannotCheck, Check, Seen
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role
from opsdesk.wording import moment

COVER_HOLDS = Setting(
    key="catalog.cover_holds",
    clause="INS-3",
    title=gettext_lazy("Average daily sales are believed for"),
    default=Decimal(2),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(30),
)


def _replenished(store: Store, at: datetime) -> Seen:
    measured = StockCover.objects.filter(store=store).aggregate(last=Max("computed_at"))["last"]
    if measured is None:
        sold = StockLevel.objects.filter(sku__store=store, sku__is_active=True)
        if sold.exists():
            raise CannotCheck(_("How fast goods sell has never been measured."))
        return Seen([], {"low": 0, "coming": 0})
    holds = procedure.value_of(COVER_HOLDS.key, store=store, at=at)
    if measured < at - timedelta(days=int(holds)):
        words = _("How fast goods sell was last measured on %(moment)s.")
        raise CannotCheck(words % {"moment": moment(measured, store.zone)})
    low = look_for_low_stock(store, at=at)
    return Seen(figures={"low": low.places, "coming": low.coming})


REPLENISHED = Check(
    code="INS-3.replenished",
    title=gettext_lazy("What runs out is being replenished"),
    looks_at=gettext_lazy(
        "SKUs at or below their safety stock in a warehouse, for which nothing was asked for, is "
        "on order or on its way from another warehouse."
    ),
    steps=(
        gettext_lazy("Open the finding: it tells what is available, and how many days it lasts."),
        gettext_lazy("Tick the row on the board of cover and draft the order that is proposed."),
        gettext_lazy("Where a supplier takes too long, move pieces from another warehouse."),
    ),
    owner_role=Role.CATALOG_OPERATOR,
    kinds=(LOW,),
    look=_replenished,
    numbers=(COVER_HOLDS,),
    figures={
        "low": gettext_lazy("at or below the safety stock"),
        "coming": gettext_lazy("of them with goods under way"),
    },
)

REVIEWS = overdue_check(
    "INS-9.reviews",
    (trials.RULE, sampling.ANSWERED),
    title=gettext_lazy("Products and listings are reviewed in time"),
    looks_at=gettext_lazy(
        "Trials whose day to be judged has passed, and weekly checks of live listings that are not "
        "answered."
    ),
    steps=(
        gettext_lazy("Open the finding: it leads to the trial, or to the week's sheet."),
        gettext_lazy("Judge the trial by its figures; answer what is left of the sheet."),
    ),
    owner_role=Role.CATALOG_OPERATOR,
    numbers=(trials.JUDGED_WITHIN, sampling.ANSWERED_WITHIN),
)
MEASURES = overdue_check(
    "INS-9.measures",
    (clearing.CARRIED_OUT,),
    title=gettext_lazy("Measures are carried out in time"),
    looks_at=gettext_lazy("Measures of clearance plans that are agreed on and not carried out."),
    steps=(
        gettext_lazy("Open the finding: it leads to the plan and its measures."),
        gettext_lazy("Carry out what is agreed on, or end the plan and say why."),
    ),
    owner_role=Role.CATALOG_OPERATOR,
    numbers=(clearing.DONE_WITHIN,),
)

SETTINGS = (COVER_HOLDS,)
CHECKS = (REPLENISHED, REVIEWS, MEASURES)
