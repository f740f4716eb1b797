"""What becomes of pieces that were not there: six ways, each decided once (FUL-1)."""

from datetime import timedelta
from functools import partial

import pytest

from catalog.models import CountLine, StockLevel
from catalog.services import doubts
from catalog.services.counting import record_count
from catalog.services.posting import post_count
from catalog.services.stock import InsufficientStock, Kind, Move, move_stock
from fulfillment.models import BackOrder, BinMovement, Pick, ShortPick, WaveOrder
from fulfillment.services import back_orders, short_picks
from fulfillment.services.picking import Scan, pick_pieces, report_short
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from orders.models import Hold, Order, Reservation
from orders.services import holding, lifecycle
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT
from tests.fulfillment.picking import LATER, Shelves
from tests.invariants import assert_invariants_hold

Decision = ShortPick.Decision


class Missing(Shelves):
    """Of an order's two articles one is picked, and of three pieces of the other two are not
    there."""

    def __init__(self) -> None:
        super().__init__()
        self.planner = self.person()
        factories.MembershipFactory(user=self.planner, store=self.store, role=Role.ORDER_REVIEWER)
        self.goods, self.other = self.sku(), self.sku()
        self.place = self.bin()
        self.lay(self.goods, self.place, 3)
        self.lay(self.other, self.bin(2), 4)
        self.wanted = self.ordered((self.goods, 3), (self.other, 1), due=5)
        pick = self.taken()
        for line in pick.lines.order_by("position"):
            pick_pieces(
                pick_id=pick.pk,
                line_id=line.pk,
                pieces=1,
                scan=Scan(),
                actor=self.packer,
                at=LATER,
            )
        self.line = pick.lines.get(sku=self.goods)
        self.short = report_short(
            pick_id=pick.pk, line_id=self.line.pk, reason="missing", actor=self.packer, at=LATER
        )

    def decided(self, decision, actor=None, **more):
        short_picks.decide(
            short_id=self.short.pk,
            decision=decision,
            actor=actor or self.planner,
            at=LATER,
            **more,
        )
        self.short.refresh_from_db()
        return self.short

    def waves_of(self, order):
        return WaveOrder.objects.current().filter(order=order).count()


@pytest.fixture
def shop(db):
    return Missing()


def elsewhere(shop, **pieces):
    """Another warehouse with so many pieces of the two articles."""
    place = factories.WarehouseFactory(store=shop.store, priority=9)
    for sku, count in ((shop.goods, pieces["goods"]), (shop.other, pieces["other"])):
        move_stock([Move(sku.pk, place.pk, Kind.RECEIVE, count)], actor=None, at=MOMENT)
    return place


def test_an_order_waits_until_bins_have_its_goods_and_is_planned_again(shop):
    """FUL-1: a back order keeps its promise and is in no wave meanwhile."""
    short = shop.decided(Decision.BACK_ORDER)

    assert (short.state, short.decision, short.settled_by) == (
        "settled",
        "back_order",
        shop.planner,
    )
    assert shop.waves_of(shop.wanted) == 0
    assert shop.plan() == []
    assert back_orders.end_met(LATER) == 0
    shop.lay(shop.goods, shop.bin(7), 2)
    assert back_orders.end_met(LATER) == 1
    assert back_orders.end_met(LATER) == 0
    [wave] = shop.plan()
    assert list(wave.wave_orders.values_list("order", flat=True)) == [shop.wanted.pk]
    assert BackOrder.objects.get().ended_because == BackOrder.Ended.ARRIVED


def test_who_waited_longest_gets_the_pieces_that_come(shop):
    first = shop.decided(Decision.BACK_ORDER).back_orders.get()
    other = shop.ordered((shop.goods, 1), due=1)
    later = factories.BackOrderFactory(
        short=first.short, order=other, sku=shop.goods, since=LATER + timedelta(hours=1)
    )
    shop.lay(shop.goods, shop.bin(7), 2)

    back_orders.end_met(LATER)

    first.refresh_from_db()
    later.refresh_from_db()
    assert (first.ended_because, later.ended_because) == ("arrived", "")


def test_a_cancelled_order_waits_for_nothing(shop):
    shop.decided(Decision.BACK_ORDER)

    lifecycle.cancel_orders(order_ids=[shop.wanted.pk], reason="sold out", actor=None, at=LATER)
    back_orders.end_met(LATER)

    assert BackOrder.objects.get().ended_because == BackOrder.Ended.GONE


def test_an_order_that_waits_is_planned_again_when_somebody_says_so(shop):
    shop.decided(Decision.BACK_ORDER)

    back_orders.resume(short_id=shop.short.pk, actor=shop.packer, at=LATER)

    assert len(shop.plan()) == 1
    with pytest.raises(Conflict):
        back_orders.resume(short_id=shop.short.pk, actor=shop.packer, at=LATER)


def test_another_warehouse_serves_the_whole_order(shop):
    """FUL-1, ORD-2: an order is served from one warehouse."""
    place = elsewhere(shop, goods=3, other=1)

    shop.decided(Decision.ELSEWHERE, warehouse_id=place.pk)

    held = Reservation.objects.open().filter(line__order=shop.wanted)
    assert set(held.values_list("warehouse", "quantity")) == {(place.pk, 3), (place.pk, 1)}
    here = StockLevel.objects.get(sku=shop.goods, warehouse=shop.warehouse)
    assert (here.available, here.reserved) == (3, 0)
    assert Order.objects.get(pk=shop.wanted.pk).fulfilment_state == "reserved"
    event = shop.wanted.events.order_by("pk").last()
    assert event.data["what"] == "rerouted"
    assert event.data["told"] == f"{shop.warehouse} → {place}"
    assert shop.plan() == []
    assert_invariants_hold("catalog")
    assert_invariants_hold("orders")


def test_a_warehouse_that_lacks_a_piece_serves_nothing_and_nothing_is_decided(shop):
    place = elsewhere(shop, goods=2, other=1)

    with pytest.raises(InsufficientStock):
        shop.decided(Decision.ELSEWHERE, warehouse_id=place.pk)
    with pytest.raises(Conflict):
        shop.decided(Decision.ELSEWHERE, warehouse_id=factories.WarehouseFactory().pk)

    shop.short.refresh_from_db()
    assert (shop.short.state, shop.short.decision) == ("open", "")
    assert shop.waves_of(shop.wanted) == 1
    assert not CountLine.objects.exists()


def test_the_missing_pieces_are_split_off_and_the_rest_leaves(shop):
    """FUL-1, ORD-5: the part waits, the rest is planned again."""
    shop.decided(Decision.SPLIT)

    part = Order.objects.get(split_from=shop.wanted)
    assert dict(part.lines.values_list("sku_id", "quantity")) == {shop.goods.pk: 2}
    assert BackOrder.objects.open().get().order == part
    [wave] = shop.plan()
    assert list(wave.wave_orders.values_list("order", flat=True)) == [shop.wanted.pk]
    assert wave.piece_count == 2
    assert_invariants_hold("orders")


def test_who_may_not_split_orders_decides_otherwise(shop):
    with pytest.raises(NotAllowed):
        shop.decided(Decision.SPLIT, actor=shop.packer)

    shop.short.refresh_from_db()
    assert shop.short.state == "open"


def test_the_buyer_is_asked_and_the_order_is_held_until_then(shop):
    """FUL-1, ORD-5: customer service has a hold and a clock."""
    shop.decided(Decision.CONTACT)

    hold = Hold.objects.open().get(order=shop.wanted)
    assert (hold.code, hold.owner_role) == ("goods_missing", Role.CUSTOMER_SERVICE)
    assert hold.evidence == {"sku": shop.goods.code, "pieces": 2}
    assert shop.plan() == []
    shop.lay(shop.goods, shop.bin(7), 2)
    back_orders.end_met(LATER)
    assert shop.plan() == []
    holding.approve_order(order_id=shop.wanted.pk, actor=shop.planner, at=LATER)
    assert len(shop.plan()) == 1


def test_out_of_its_wave_an_order_can_be_planned_again_at_once(shop):
    shop.decided(Decision.OUT)

    assert len(shop.plan()) == 1


def test_what_is_decided_goes_for_all_that_is_missing_of_the_order(shop):
    second = factories.ShortPickFactory(
        line=factories.PickLineFactory(
            promise=Reservation.objects.open().get(sku=shop.other),
            wave_order=shop.line.wave_order,
            pick=shop.line.pick,
            state="short",
        )
    )

    shop.decided(Decision.BACK_ORDER)

    second.refresh_from_db()
    assert second.decision == Decision.BACK_ORDER
    assert BackOrder.objects.open().filter(order=shop.wanted).count() == 2


def test_looking_again_takes_what_was_put_away_meanwhile(shop):
    shop.lay(shop.goods, shop.bin(7), 2)

    shop.decided(Decision.AGAIN)

    assert Pick.objects.count() == 2
    assert shop.waves_of(shop.wanted) == 1
    assert not CountLine.objects.exists()


def test_what_was_not_there_waits_to_be_counted(shop):
    """CAT-7: the count is proposed, and posted only once somebody counted."""
    line = short_picks.have_counted(short_id=shop.short.pk, actor=shop.packer, at=LATER)

    assert (line.sku, line.book, line.counted, line.wants_recount) == (shop.goods, 3, 1, True)
    with pytest.raises(DomainError, match="counted again"):
        post_count(session_id=line.session_id, actor=shop.packer, at=LATER)
    record_count(
        session_id=line.session_id,
        sku_code=shop.goods.code,
        quantity=1,
        actor=shop.packer,
        at=LATER,
    )
    lifecycle.cancel_orders(order_ids=[shop.wanted.pk], reason="sold out", actor=None, at=LATER)
    post_count(session_id=line.session_id, actor=shop.packer, at=LATER)
    assert StockLevel.objects.get(sku=shop.goods).on_hand == 1
    assert_invariants_hold("fulfillment.bins")


def test_a_sku_that_is_being_counted_is_counted_again_there(shop):
    """CAT-7: two open counts of one place would correct the same loss twice."""
    first = short_picks.have_counted(short_id=shop.short.pk, actor=shop.packer, at=LATER)
    CountLine.objects.filter(pk=first.pk).update(wants_recount=False)

    shop.decided(Decision.BACK_ORDER)

    again = CountLine.objects.get()
    assert (again.pk, again.wants_recount) == (first.pk, True)


def test_only_who_plans_here_decides(shop):
    for person in (shop.person(Role.CUSTOMER_SERVICE), Shelves().packer):
        with pytest.raises(NotAllowed):
            shop.decided(Decision.BACK_ORDER, actor=person)
        with pytest.raises(NotAllowed):
            short_picks.have_counted(short_id=shop.short.pk, actor=person, at=LATER)


@pytest.mark.parametrize("decision", ["", "sell", Decision.ELSEWHERE])
def test_what_is_no_decision_is_refused_in_words(shop, decision):
    with pytest.raises(DomainError, match="Choose"):
        shop.decided(decision)


@pytest.mark.django_db(transaction=True)
def test_a_short_pick_that_two_decide_at_once_is_decided_once(monkeypatch):
    shop = Missing()
    monkeypatch.setattr(short_picks, "drop_orders", slowly(short_picks.drop_orders))

    results = run_together(
        [
            partial(shop.decided, Decision.BACK_ORDER),
            partial(shop.decided, Decision.OUT),
            partial(shop.decided, Decision.CONTACT),
        ]
    )

    refused = [each for each in results if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [Conflict, Conflict]
    assert CountLine.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_sku_that_two_doubt_at_once_is_on_one_stock_take(monkeypatch):
    shop = Missing()
    monkeypatch.setattr(doubts, "_opened", slowly(doubts._opened))
    doubt = partial(short_picks.have_counted, short_id=shop.short.pk, actor=shop.packer, at=LATER)

    results = run_together([doubt] * 3)

    assert {line.pk for line in results} == {CountLine.objects.get().pk}


def test_the_bin_was_counted_down_to_what_was_found(shop):
    assert BinMovement.objects.filter(kind="counted", bin=shop.place).get().quantity == -2
