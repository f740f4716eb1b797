"""The demonstration's two stores: channels, warehouses, people, goods on the shelf."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.contrib.auth.hashers import make_password

from analytics.demo.buyers import Crowd
from analytics.demo.catalogue import Article, stock_the_shelves
from analytics.demo.coding import write_down_codes
from analytics.demo.shopping import ABROAD, Shop
from catalog.models import StockMovement, Warehouse, WarehouseAssignment
from catalog.services.opening import open_store
from catalog.services.stock import Move, move_stock
from opsdesk.stores import demo
from opsdesk.stores import services as stores
from opsdesk.stores.layout import lay_out
from opsdesk.stores.models import Channel, Store, User, WorkCalendar, WorkHours
from opsdesk.stores.procedure import Unit
from opsdesk.stores.roles import Role

PEOPLE = {
    Role.OPERATIONS_LEAD: "Xu Anran",
    Role.CATALOG_OPERATOR: "Luo Yifan",
    Role.ORDER_REVIEWER: "Tang Xinyi",
    Role.WAREHOUSE: "Ma Jun",
    Role.CUSTOMER_SERVICE: "He Lili",
    Role.SERVICE_LEAD: "Song Yuan",
    Role.MARKETING_OPERATOR: "Deng Ke",
    Role.MARKETING_LEAD: "Fang Min",
    Role.FINANCE: "Qian Rui",
    Role.ANALYST: "Jiang Ning",
    Role.ADMINISTRATOR: "Shen Bo",
}
IN_BOTH_STORES = (Role.OPERATIONS_LEAD, Role.FINANCE, Role.ANALYST, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Demonstration:
    """One store as it opens: who works there, what it sells and where."""

    store: Store
    people: dict[str, User]
    shops: dict[str, Shop]
    articles: list[Article]
    random: Random

    @property
    def is_at_home(self) -> bool:
        return self.store.code == demo.STORE

    def shop_shares(self) -> dict[str, float]:
        """Channel code → its share of the store's orders."""
        shares = {"tmall": 0.55, "douyin": 0.3, "own": 0.15}
        return {code: shares.get(code, 1.0) for code in self.shops}


def open_at_home(*, at: datetime) -> Demonstration:
    store = open_store(
        code=demo.STORE,
        platform="tmall",
        timezone="Asia/Shanghai",
        currency="CNY",
        name="木语生活 OpsDesk Demo",
    )
    Channel.objects.filter(store=store).update(name="Tmall 木语旗舰店", accepts_waybill_push=True)
    Channel.objects.bulk_create(
        [
            Channel(
                store=store,
                code="douyin",
                name="Douyin 木语生活",
                platform="douyin",
                reserve_on=Channel.ReserveOn.PAID,
                masks_recipients=True,
            ),
            Channel(store=store, code="own", name="muyu.example", platform="own"),
        ]
    )
    store.warehouses.update(name="华东仓 East, Kunshan")
    _work(store, country="CN", windows=[(9, 12), (13, 21)], days=range(6), at=at)
    Warehouse.objects.create(store=store, code="south", name="华南仓 South, Dongguan", priority=2)
    people = {role: _person(role, name) for role, name in PEOPLE.items()}
    for role, person in people.items():
        stores.grant_role(user=person, store=store, role=role, actor=None, at=at)
    people[demo.WAREHOUSE_SOUTH] = _south_keeper(store, at=at)
    random = Random("demo")
    articles = stock_the_shelves(store, at=at)
    write_down_codes(store, at=at)
    random.shuffle(articles)
    numbers = {"tmall": "26011{:014d}", "douyin": "69{:017d}", "own": "MY-{:010d}"}
    shops = {
        channel.code: Shop(
            channel, articles, Crowd(f"{channel.code}_"), random, numbers[channel.code]
        )
        for channel in store.channels.order_by("pk")
    }
    return Demonstration(store, people, shops, articles, random)


def open_abroad(people: dict[str, User], *, at: datetime) -> Demonstration:
    store = open_store(
        code=demo.STORE_ABROAD,
        platform="shopify",
        timezone="America/New_York",
        currency="USD",
        name="Muyu Living US",
    )
    Store.objects.filter(pk=store.pk).update(language="en")
    store.refresh_from_db()
    store.warehouses.update(name="New Jersey")
    _work(store, country="US", windows=[(8, 17)], days=range(5), at=at)
    stores.set_number(
        key="fulfillment.ship_within",
        value=Decimal(2),
        unit=Unit.WORKING_DAYS,
        store=store,
        channel=None,
        valid_from=at,
        actor=None,
        reason="As promised on the product pages",
        at=at,
    )
    staff = {role: people[role] for role in IN_BOTH_STORES}
    for role, person in staff.items():
        stores.grant_role(user=person, store=store, role=role, actor=None, at=at)
    keeper = _person(demo.REVIEWER_ABROAD, "Dana Whitfield")
    for role in (Role.ORDER_REVIEWER, Role.WAREHOUSE):
        stores.grant_role(user=keeper, store=store, role=role, actor=None, at=at)
        staff[role] = keeper
    random = Random("demo-us")
    articles = stock_the_shelves(store, every=4, at=at)
    write_down_codes(store, at=at)
    random.shuffle(articles)
    channel = store.channels.get()
    crowd = Crowd("us_", abroad=True)
    shop = Shop(channel, articles, crowd, random, "#{:010d}", terms=ABROAD)
    return Demonstration(store, staff, {channel.code: shop}, articles, random)


def _work(
    store: Store,
    *,
    country: str,
    windows: Sequence[tuple[int, int]],
    days: Iterable[int],
    at: datetime,
) -> None:
    calendar = WorkCalendar.objects.create(store=store, country=country)
    WorkHours.objects.bulk_create(
        [
            WorkHours(calendar=calendar, weekday=day, start=time(start), end=time(end))
            for day in days
            for start, end in windows
        ]
    )
    lay_out(store, at=at)


def _person(username: str, name: str) -> User:
    first, last = name.split()
    return User.objects.create(
        username=username,
        first_name=first,
        last_name=last,
        password=_password(),
        is_staff=True,
        language="",
    )


_hashes: list[str] = []


def _password() -> str:
    """The same hash for all: the slow hasher has nothing to protect here."""
    if not _hashes:
        _hashes.append(make_password(demo.DEMO_PASSWORD))
    return _hashes[0]


def _south_keeper(store: Store, *, at: datetime) -> User:
    """Somebody who sees one warehouse only."""
    keeper = _person(demo.WAREHOUSE_SOUTH, "Liang Hao")
    membership = stores.grant_role(user=keeper, store=store, role=Role.WAREHOUSE, actor=None, at=at)
    WarehouseAssignment.objects.create(
        membership=membership, warehouse=store.warehouses.get(code="south")
    )
    return keeper


def receive_opening_stock(it: Demonstration, *, a_week: float, at: datetime) -> None:
    """Every SKU lies in the first warehouse, one in three also in the second. Through the ledger.

    `a_week` is how many orders the store expects; popular SKUs get more.
    """
    places = list(it.store.warehouses.order_by("priority"))
    weights = [1 / (rank + 6) for rank in range(len(it.articles))]
    skus = dict(it.store.skus.values_list("code", "pk"))
    moves = []
    for rank, article in enumerate(it.articles):
        weekly = 1.8 * a_week * weights[rank] / sum(weights)
        for place in places if rank % 3 == 0 else places[:1]:
            quantity = int(12 + weekly * it.random.uniform(2.5, 5))
            moves.append(
                Move(
                    skus[article.code],
                    place.pk,
                    StockMovement.Kind.RECEIVE,
                    quantity,
                    reference="opening",
                    note="Counted when the store began to work with OpsDesk",
                )
            )
    move_stock(moves, actor=it.people.get(Role.WAREHOUSE), at=at)


def set_numbers(it: Demonstration, *, first: datetime, end: datetime) -> None:
    """The procedure's numbers have a history: tried, taken back, and one that is still to come."""
    actor = it.people[Role.ADMINISTRATOR]
    douyin = it.shops["douyin"].channel
    changes = (
        (first, "fulfillment.ship_within", Decimal(36 * 60), douyin, "Trial with the new carrier"),
        (
            end - timedelta(days=9),
            "fulfillment.ship_within",
            None,
            douyin,
            "Trial over, back to what Douyin promises",
        ),
        (
            end + timedelta(days=4),
            "orders.review_within",
            Decimal(20),
            None,
            "Faster review during the year-end sale",
        ),
    )
    for valid_from, key, value, channel, reason in changes:
        stores.set_number(
            key=key,
            value=value,
            store=it.store,
            channel=channel,
            valid_from=valid_from,
            actor=actor,
            reason=reason,
            at=min(valid_from, end - timedelta(days=2)),
        )
