"""What the daily inspection looks at in the catalog."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Listing, ListingSampleItem, PresaleLot, Sku, StockCover, StockLevel
from catalog.services import checking, clearing, price_effect, price_watch, sampling, trials
from catalog.services.low_stock import LOW, look_for_low_stock
from catalog.services.presale_times import NOT_AS_PLANNED, look_at_presale_times
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

SAMPLES_HOLD = Setting(
    key="catalog.samples_hold",
    clause="INS-1",
    title=gettext_lazy("What the weekly check of live listings found is believed for"),
    default=Decimal(10),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(90),
)


def _prices(store: Store, at: datetime) -> Seen:
    priced = Sku.objects.filter(store=store).exclude(list_price=None)
    if not priced.exists():
        raise CannotCheck(_("No SKU of the store has a price."))
    return Seen(figures=price_watch.look_at_prices(store, at=at))


def _presales(store: Store, at: datetime) -> Seen:
    figures = look_at_presale_times(store, at=at)
    selling = PresaleLot.objects.filter(store=store).selling(at)
    return Seen(figures={"selling": selling.count(), **figures})


def _listings(store: Store, at: datetime) -> Seen:
    live = Listing.objects.filter(store=store).live().count()
    answered = ListingSampleItem.objects.filter(sample__store=store).checked()
    last = answered.aggregate(last=Max("answered_at"))["last"]
    if live and last is None:
        raise CannotCheck(_("Nobody has compared a live listing with its channel yet."))
    holds = procedure.value_of(SAMPLES_HOLD.key, store=store, at=at)
    if live and last < at - timedelta(days=int(holds)):
        words = _("Live listings were last compared with their channels on %(moment)s.")
        raise CannotCheck(words % {"moment": moment(last, store.zone)})
    return Seen(figures={"live": live, "wrong": checking.look(store, at=at)})


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

PRICES = Check(
    code="INS-1.prices",
    title=gettext_lazy("Everything sells for what was approved"),
    looks_at=gettext_lazy(
        "The prices in force on every channel, lasting and for a time, against the requests they "
        "come from; planned prices that did not begin or end at their moment."
    ),
    steps=(
        gettext_lazy("Open the finding: it tells the approved price and the one in force."),
        gettext_lazy("Find out who changed it, on the SKU's timeline."),
        gettext_lazy("File the right price; in an emergency have it carried out at once."),
    ),
    owner_role=Role.MARKETING_LEAD,
    kinds=(price_watch.WRONG_PRICE, price_effect.NOT_APPLIED),
    look=_prices,
    numbers=(price_watch.IN_FORCE_WITHIN,),
    figures={
        "wrong": gettext_lazy("prices that nobody approved"),
        "missed": gettext_lazy("planned prices that missed their moment"),
        "dropped": gettext_lazy("planned prices that did not take effect"),
    },
)
PRESALES = Check(
    code="INS-1.presales",
    title=gettext_lazy("Presales are on sale as planned"),
    looks_at=gettext_lazy(
        "When presales were to begin and to end, and the price that was agreed on when they were "
        "opened, against what holds now."
    ),
    steps=(
        gettext_lazy("Open the finding: it leads to the presale."),
        gettext_lazy("Have it opened, ended or cancelled, here and on its channel."),
    ),
    owner_role=Role.CATALOG_OPERATOR,
    kinds=(NOT_AS_PLANNED,),
    look=_presales,
    numbers=(price_watch.IN_FORCE_WITHIN,),
    figures={
        "selling": gettext_lazy("presales on sale"),
        "not_begun": gettext_lazy("not begun"),
        "not_ended": gettext_lazy("not ended"),
        "price": gettext_lazy("with another price"),
    },
)
LISTINGS = Check(
    code="INS-1.listings",
    title=gettext_lazy("Live listings are what we say"),
    looks_at=gettext_lazy(
        "What people found when they compared drawn live listings with their channels: prices, "
        "texts, pictures and stock."
    ),
    steps=(
        gettext_lazy("Open the finding: it names the listing and what was wrong."),
        gettext_lazy("Mend it on the channel or here, look again and answer “right”."),
    ),
    owner_role=Role.CATALOG_OPERATOR,
    kinds=(checking.WRONG, checking.TOO_MANY),
    look=_listings,
    numbers=(checking.LIMIT, SAMPLES_HOLD),
    figures={
        "live": gettext_lazy("live listings"),
        "wrong": gettext_lazy("of them wrong"),
    },
)

SETTINGS = (COVER_HOLDS, SAMPLES_HOLD, price_watch.IN_FORCE_WITHIN)
CHECKS = (PRICES, PRESALES, LISTINGS, REPLENISHED, REVIEWS, MEASURES)
