"""Makes the demonstration, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from analytics import services as rollups
from analytics.demo import curves, history, opening
from analytics.demo.ahead import sell_ahead
from analytics.demo.automating import plan_rules
from analytics.demo.bundling import put_together
from analytics.demo.carriers import sign_up_carriers
from analytics.demo.channel_figures import say_figures
from analytics.demo.channels import compare_channels
from analytics.demo.choosing import choose_products
from analytics.demo.clearance import clear_out, keep_leftovers, plan_last_week
from analytics.demo.connecting import connect
from analytics.demo.desks import plan_desks
from analytics.demo.editing import edit_orders
from analytics.demo.files import plan_files
from analytics.demo.inspecting import walk_through
from analytics.demo.money import reconcile
from analytics.demo.opening import Demonstration
from analytics.demo.papers import write_papers
from analytics.demo.paying import plan_payments
from analytics.demo.prices import plan_prices
from analytics.demo.purchases import order_goods
from analytics.demo.recording import date_back
from analytics.demo.requests import plan_requests
from analytics.demo.reviewing import set_up_review
from analytics.demo.sampling import plan_checks
from analytics.demo.shelves import plan_shelves
from analytics.demo.showcase import plan_showcase
from analytics.demo.silence import fall_silent
from analytics.demo.storefront import put_up_pages
from analytics.demo.supply import stock_up
from analytics.demo.telling import tell_people
from analytics.demo.timeline import Timeline
from analytics.demo.today import Stockroom, plan_open_work
from analytics.demo.warehouse import run_warehouse
from analytics.demo.week import Week
from analytics.demo.words import write_words
from analytics.models import RollupMark
from opsdesk.alerts.models import Alert
from opsdesk.approvals.services import carrying
from opsdesk.deadlines.models import Deadline
from opsdesk.deadlines.sweeping import sweep
from opsdesk.errors import DomainError
from opsdesk.stores import demo
from opsdesk.stores.models import Store, User
from orders import checks
from orders.models import Order

LIVE_DAYS = 7
LEAST_DAYS = 3
ABROAD_SHARE = 0.06
SWEEP_EVERY = timedelta(minutes=30)
LOOK_EVERY = timedelta(hours=2)


class NotForProduction(DomainError):
    """Accounts with a password that everybody knows are not made where real people work."""

    code = "not_for_production"


class NamesTaken(DomainError):
    """An account or store of this name is somebody's real one."""

    code = "names_taken"


def make_demonstration(
    *, at: datetime, days: int = 90, orders: int = 6000, in_production: bool = False
) -> bool:
    """Two stores with `days` of sales, open work for every role, one log-in per role.

    The same rows for the same arguments, whatever machine; dates are relative to `at`. The last
    week is lived through the real services, what lies before is taken over as history. False and
    nothing changed if it is there already. Raises NotForProduction, NamesTaken.
    """
    if settings.PRODUCTION and not in_production:
        raise NotForProduction(_("Everybody knows the demonstration's password: not here."))
    if days < LEAST_DAYS:
        raise DomainError(
            _("The demonstration needs at least %(days)s days.") % {"days": LEAST_DAYS}
        )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('analytics.demo'))")
        if Store.objects.filter(code=demo.STORE).exists():
            return False
        _check_names()
        _make(at.replace(microsecond=0), days=days, orders=orders)
    return True


def _check_names() -> None:
    names = [*opening.PEOPLE, demo.WAREHOUSE_SOUTH, demo.REVIEWER_ABROAD]
    taken = sorted(User.objects.filter(username__in=names).values_list("username", flat=True))
    if taken or Store.objects.filter(code=demo.STORE_ABROAD).exists():
        raise NamesTaken(
            _("These names are taken already: %(names)s.")
            % {"names": ", ".join(taken) or demo.STORE_ABROAD}
        )


# What is planned of home's days, and what is there of its last one by the end; in this order.
_PLANNED = (
    plan_desks,
    plan_files,
    plan_shelves,
    plan_requests,
    plan_prices,
    plan_showcase,
    plan_checks,
    plan_rules,
)
_OF_GOODS = (
    run_warehouse,
    stock_up,
    clear_out,
    order_goods,
    sell_ahead,
    plan_payments,
    choose_products,
    put_together,
)
_OF_PAPERS = (
    reconcile,
    write_papers,
    edit_orders,
    compare_channels,
    say_figures,
    put_up_pages,
    fall_silent,
)


def _make(at: datetime, *, days: int, orders: int) -> None:
    first = at - timedelta(days=days)
    home, abroad = _open(first, at)
    _live(home, abroad, first=first, days=days, orders=orders, end=at)
    checks.look(at=at)
    plan_last_week(home, at=at)
    for step in _OF_GOODS:
        step(home, at=at)
    connect(home, "generic", at=at)
    connect(abroad, "shopify", at=at)
    for step in _OF_PAPERS:
        step(home, at=at)
    carrying.expire_approvals(at=at)
    date_back()
    sweep(at=at)
    tell_people(home, at=at)
    for store in (home.store, abroad.store):
        _roll_up(store, first=first, end=at)
    walk_through(home, at=at)


def _open(first: datetime, end: datetime) -> tuple[Demonstration, Demonstration]:
    """Both stores as they stand on the first day."""
    home = opening.open_at_home(at=first)
    abroad = opening.open_abroad(home.people, at=first)
    opening.set_numbers(home, first=first, end=end)
    for it in (home, abroad):
        sign_up_carriers(it, at=first, end=end)
    write_words(home, at=first)
    set_up_review(home, at=first)
    set_up_review(abroad, at=first)
    keep_leftovers(home, first=first, end=end)
    return home, abroad


def _live(
    home: Demonstration,
    abroad: Demonstration,
    *,
    first: datetime,
    days: int,
    orders: int,
    end: datetime,
) -> None:
    """The days from the first to the last, orders and people's work in the order of their time."""
    timeline = Timeline()
    shares = curves.spread(orders, {"home": 1 - ABROAD_SHARE, "abroad": ABROAD_SHARE})
    for it, count in ((home, shares["home"]), (abroad, shares["abroad"])):
        start = _live_from(it.store, at=end, days=days)
        week = _prepare(it, timeline, orders=count, first=first, start=start, end=end)
        plan_open_work(week, end=end)
    start = _live_from(home.store, at=end, days=days)
    Stockroom(home, timeline).plan(start=start, end=end)
    for plan in _PLANNED:
        plan(home, timeline, end=end)
    _plan_watch(timeline, start=start, end=end)
    timeline.run(until=end)


def _roll_up(store: Store, *, first: datetime, end: datetime) -> None:
    """All its days are rolled up, and known to be: the inspection asks for that (INS-8)."""
    rollups.roll_up(store=store, first=store.business_date(first), last=store.business_date(end))
    RollupMark.objects.create(store=store, rolled_up_to=end, timezone=store.timezone)


def _live_from(store: Store, *, at: datetime, days: int) -> datetime:
    """The store's midnight at which it began to work with OpsDesk."""
    day = store.business_date(at - timedelta(days=min(days, LIVE_DAYS)))
    return datetime.combine(day, time(), tzinfo=store.zone).astimezone(UTC)


def _prepare(
    it: Demonstration,
    timeline: Timeline,
    *,
    orders: int,
    first: datetime,
    start: datetime,
    end: datetime,
) -> Week:
    """The store's history is there, its stock is counted, its live days are planned."""
    zone = it.store.zone
    first_day, last_day = it.store.business_date(first), it.store.business_date(end)
    counts = curves.spread(orders, curves.day_weights(first_day, end, zone))
    big_day = curves.big_day(first_day, last_day)
    old, new = _split(counts, it.store.business_date(start))
    history.take_over_history(it, old, big_day=big_day, end=end)
    opening.receive_opening_stock(it, a_week=sum(new.values()), at=start)
    week = Week(it, timeline)
    week.plan_orders(new, big_day=big_day, end=end)
    week.plan_work(start=start, end=end)
    return week


def _split(counts: Mapping[date, int], live_from: date) -> tuple[dict[date, int], dict[date, int]]:
    old = {day: count for day, count in counts.items() if day < live_from}
    return old, {day: count for day, count in counts.items() if day >= live_from}


def _plan_watch(timeline: Timeline, *, start: datetime, end: datetime) -> None:
    """The clocks are swept and the checks look, as they would every minute."""
    for every, step in ((SWEEP_EVERY, sweep), (LOOK_EVERY, checks.look)):
        moment = start + every
        while moment < end:
            timeline.plan(moment, partial(_at, step))
            moment += every


def _at(step: Any, at: datetime) -> None:
    step(at=at)


def figures() -> dict[str, Any]:
    """What there is to see: counts of both stores."""
    stores = Store.objects.filter(code__in=[demo.STORE, demo.STORE_ABROAD])
    ids = list(stores.values_list("pk", flat=True))
    return {
        "stores": sorted(store.code for store in stores),
        "orders": Order.objects.in_stores(ids).count(),
        "open_clocks": Deadline.objects.in_stores(ids).open().count(),
        "open_alerts": Alert.objects.in_stores(ids).open().count(),
        "accounts": sorted(
            User.objects.filter(memberships__store__in=ids)
            .distinct()
            .values_list("username", flat=True)
        ),
    }
