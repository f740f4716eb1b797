"""Goods are fetched by scanning; wrong is refused, missing is told and looked for (FUL-1)."""

from datetime import timedelta
from functools import partial

import pytest
from django.db.models import Sum

from fulfillment.models import BinMovement, BinStock, Pick, PickLine, ShortPick, Wave, WaveOrder
from fulfillment.services import picking, waves
from fulfillment.services.bins import NotInBin, not_put_away
from fulfillment.services.packing import TooMany, WrongItem, open_parcel
from fulfillment.services.picking import Scan, WrongBin, pick_pieces, pick_stop, report_short
from fulfillment.services.unpicked import NotPicked
from fulfillment.services.waves import PickTaken, assign_pick, cancel_wave, close_waves, take_next
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.stores.roles import Role
from orders.models import Order
from orders.services.lifecycle import cancel_orders
from tests import factories
from tests.concurrency import run_together, slowly
from tests.fulfillment.picking import LATER, Shelves
from tests.invariants import assert_invariants_hold


@pytest.fixture
def shop(db):
    return Shelves()


@pytest.fixture
def stocked(shop):
    """A shop with a SKU in a bin of ten, and a pick list for three of them."""
    shop.goods = shop.sku()
    shop.place = shop.bin()
    shop.lay(shop.goods, shop.place, 10)
    shop.order_ = shop.ordered((shop.goods, 3))
    shop.pick = shop.taken()
    shop.line = shop.pick.lines.get()
    return shop


def pick(shop, line, pieces, *, bin_code=None, sku_code=None, actor=None):
    return pick_pieces(
        pick_id=line.pick_id,
        line_id=line.pk,
        pieces=pieces,
        scan=Scan(bin_code, sku_code),
        actor=actor or shop.packer,
        at=LATER,
    )


def short(shop, line, reason="missing"):
    return report_short(
        pick_id=line.pick_id, line_id=line.pk, reason=reason, actor=shop.packer, at=LATER
    )


def in_bin(place):
    return BinStock.objects.filter(bin=place).aggregate(sum=Sum("quantity"))["sum"] or 0


def test_what_is_picked_leaves_its_bin_and_waits_in_the_tote(stocked):
    """FUL-1: every piece is in one place: a bin, a tote, or not put away yet."""
    pick(stocked, stocked.line, 1)
    stocked.pick.refresh_from_db()
    assert stocked.pick.state == "picking"
    done = pick(stocked, stocked.line, 2)

    assert (done.state, done.picked) == ("picked", 3)
    assert in_bin(stocked.place) == 7
    assert not_put_away(stocked.warehouse.pk, [stocked.goods.pk]) == {stocked.goods.pk: 0}
    assert BinMovement.objects.filter(kind="picked", reference=stocked.pick.number).count() == 2
    stocked.pick.refresh_from_db()
    assert stocked.pick.state == "done"
    assert Wave.objects.get().state == "picked"
    assert_invariants_hold()


def test_the_wrong_bin_and_the_wrong_article_are_refused(stocked):
    """FUL-1: wrong parcels 0."""
    stranger = stocked.sku()

    with pytest.raises(WrongBin, match=stocked.place.code):
        pick(stocked, stocked.line, 1, bin_code="A-09-09-9")
    with pytest.raises(WrongItem, match=stocked.goods.code):
        pick(stocked, stocked.line, 1, bin_code=stocked.place.code, sku_code=stranger.code)
    with pytest.raises(TooMany):
        pick(stocked, stocked.line, 4)

    assert in_bin(stocked.place) == 10
    assert pick(stocked, stocked.line, 3, bin_code="a-01-01-1", sku_code=stocked.goods.code)


def test_a_stop_is_picked_for_all_its_orders_at_once(shop):
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 10)
    for _ in range(3):
        shop.ordered((sku, 2))
    taken = shop.taken()
    stop = partial(
        pick_stop, pick_id=taken.pk, position=1, scan=Scan(), actor=shop.packer, at=LATER
    )

    stop(pieces=3)
    lines = taken.lines.order_by("wave_order__slot").values_list("picked", flat=True)
    assert list(lines) == [2, 1, 0]
    stop(pieces=None)
    assert list(lines.all()) == [2, 2, 2]
    with pytest.raises(Conflict):
        stop(pieces=None)


def test_what_one_bin_lacks_is_fetched_from_the_next(stocked):
    """FUL-1: another bin of the warehouse that has pieces free joins the walk."""
    other = stocked.bin(bay=5)
    stocked.lay(stocked.goods, other, 4)
    pick(stocked, stocked.line, 1)

    told = short(stocked, stocked.line)

    assert told.state == "replanned"
    new = stocked.pick.lines.open().get()
    assert (new.bin, new.wanted) == (other, 2)
    assert in_bin(stocked.place) == 0
    pick(stocked, new, 2)
    stocked.pick.refresh_from_db()
    assert stocked.pick.state == "short"
    assert_invariants_hold()


def test_what_no_bin_has_waits_for_a_decision_and_nothing_is_booked_as_damaged(stocked):
    """FUL-1: the bin is counted down to what was found; the stock of the warehouse stays."""
    level = stocked.goods.stock_levels.get()
    pick(stocked, stocked.line, 2)

    told = short(stocked, stocked.line)

    assert (told.state, told.pieces) == ("open", 1)
    assert in_bin(stocked.place) == 0
    after = stocked.goods.stock_levels.get()
    assert (after.on_hand, after.damaged) == (level.on_hand, 0)
    assert not_put_away(stocked.warehouse.pk, [stocked.goods.pk])[stocked.goods.pk] == 8
    assert Wave.objects.get().state == "picked"


def test_of_damaged_pieces_only_those_that_were_wanted_are_gone_from_the_bin(stocked):
    short(stocked, stocked.line, "damaged")

    # Three are damaged; three others of the seven that are left join the walk.
    assert in_bin(stocked.place) == 7
    assert stocked.pick.lines.open().get().wanted == 3


def test_a_bin_that_was_emptied_meanwhile_is_said_in_words_and_nothing_goes_below_zero(stocked):
    """FUL-1: stock that vanished makes a short pick, not a stuck order."""
    BinStock.objects.filter(bin=stocked.place).update(quantity=1)

    with pytest.raises(NotInBin) as refusal:
        pick(stocked, stocked.line, 3)
    pick(stocked, stocked.line, 1)
    told = short(stocked, stocked.line)

    assert refusal.value.facts["there"] == 1
    assert (told.state, told.pieces) == ("open", 2)
    assert in_bin(stocked.place) == 0
    cancel_orders(order_ids=[stocked.order_.pk], reason="", actor=None, at=LATER)
    assert ShortPick.objects.get().state == "settled"


def test_a_cancelled_order_drops_out_and_what_was_fetched_is_to_be_put_back(stocked):
    """FUL-1, ORD-5: nobody fetches goods for an order that is gone."""
    other = stocked.ordered((stocked.goods, 1))
    [wave] = stocked.plan()
    pick(stocked, stocked.line, 2)

    cancel_orders(order_ids=[stocked.order_.pk, other.pk], reason="", actor=None, at=LATER)

    stocked.line.refresh_from_db()
    assert (stocked.line.state, stocked.line.picked) == ("dropped", 2)
    assert not WaveOrder.objects.current().exists()
    with pytest.raises(Conflict):
        pick(stocked, stocked.line, 1)
    assert not_put_away(stocked.warehouse.pk, [stocked.goods.pk])[stocked.goods.pk] == 2
    wave.refresh_from_db()
    assert wave.state == "cancelled"


def test_a_wave_is_cancelled_until_the_first_piece_is_picked(stocked):
    pick(stocked, stocked.line, 1)

    with pytest.raises(Conflict):
        cancel_wave(wave_id=stocked.pick.wave_id, actor=stocked.packer, at=LATER)

    stocked.ordered((stocked.goods, 1))
    [second] = stocked.plan()
    assert cancel_wave(wave_id=second.pk, actor=stocked.packer, at=LATER).state == "cancelled"
    assert len(stocked.plan()) == 1


def test_a_pick_list_goes_to_who_asks_most_urgent_first(shop):
    for due in (9, 2):
        shop.ordered((shop.sku(), 1), due=due)
        shop.released()
    urgent = Pick.objects.order_by("wave__due_at").first()

    mine = take_next(warehouse_id=shop.warehouse.pk, actor=shop.packer, at=LATER)
    again = take_next(warehouse_id=shop.warehouse.pk, actor=shop.packer, at=LATER)
    other = take_next(warehouse_id=shop.warehouse.pk, actor=shop.person(), at=LATER)
    none = take_next(warehouse_id=shop.warehouse.pk, actor=shop.person(), at=LATER)

    assert mine == again == urgent
    assert other not in (None, mine)
    assert none is None


def test_one_who_plans_gives_a_pick_list_to_another_until_it_is_begun(stocked):
    lead, other = stocked.person(), stocked.person()

    assign_pick(pick_id=stocked.pick.pk, to_id=other.pk, actor=lead, at=LATER)
    with pytest.raises(PickTaken):
        pick(stocked, stocked.line, 1)
    pick(stocked, stocked.line, 1, actor=other)
    with pytest.raises(PickTaken):
        assign_pick(pick_id=stocked.pick.pk, to_id=stocked.packer.pk, actor=lead, at=LATER)


def test_who_does_not_pick_here_picks_nothing(stocked):
    reviewer = stocked.person(Role.ORDER_REVIEWER)

    with pytest.raises(NotAllowed):
        pick(stocked, stocked.line, 1, actor=reviewer)
    with pytest.raises(NotAllowed):
        assign_pick(pick_id=stocked.pick.pk, to_id=reviewer.pk, actor=stocked.packer, at=LATER)


def test_a_picked_wave_is_closed_when_its_orders_have_left(stocked):
    pick(stocked, stocked.line, 3)

    assert close_waves(at=LATER) == 0
    Order.objects.filter(pk=stocked.order_.pk).update(fulfilment_state="shipped", shipped_at=LATER)
    assert close_waves(at=LATER + timedelta(hours=1)) == 1
    assert Wave.objects.get().state == "closed"


def test_packing_waits_for_picking_where_the_procedure_says_so(stocked):
    """FUL-1: with waves and without; what is still in its bins is said with its wave."""
    start = partial(
        open_parcel,
        order_id=stocked.order_.pk,
        warehouse_id=stocked.warehouse.pk,
        actor=stocked.packer,
        at=LATER,
    )
    factories.SettingOverrideFactory(
        key="fulfillment.pack_after_picking", store=stocked.store, value=1
    )

    with pytest.raises(NotPicked) as refusal:
        start()
    pick(stocked, stocked.line, 3)

    assert refusal.value.facts == {"wave": stocked.pick.wave.number, "pieces": 3}
    assert start().state == "open"


def test_the_database_keeps_what_is_picked_within_what_is_wanted(stocked):
    with pytest.raises(Exception, match="pick_line"):
        PickLine.objects.filter(pk=stocked.line.pk).update(picked=4)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_a_pick_list_at_once_one_has_it(monkeypatch):
    """FUL-1: the second is told who was first."""
    shop = Shelves()
    shop.ordered((shop.sku(), 1))
    [free] = shop.released()
    people = [shop.person() for _ in range(3)]
    monkeypatch.setattr(waves, "_changed", slowly(waves._changed))

    results = run_together(
        [partial(assign_pick, pick_id=free.pk, to_id=one.pk, actor=one, at=LATER) for one in people]
    )

    assert [type(result) for result in results].count(PickTaken) == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_scan_the_last_piece_at_once_one_has_it(monkeypatch):
    shop = Shelves()
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 5)
    shop.ordered((sku, 1))
    line = shop.taken().lines.get()
    monkeypatch.setattr(picking, "_check", slowly(picking._check))

    results = run_together([partial(pick, shop, line, 1)] * 3)

    assert sum(isinstance(result, PickLine) for result in results) == 1
    assert BinStock.objects.get().quantity == 4


@pytest.mark.django_db(transaction=True)
def test_short_picks_at_once_do_not_count_on_the_same_pieces(monkeypatch):
    """FUL-1: what another walk looks for is not promised twice."""
    shop = Shelves()
    sku = shop.sku()
    shop.lay(sku, shop.bin(bay=1), 2)
    shop.lay(sku, shop.bin(bay=2), 2)
    factories.WaveRuleFactory(warehouse=shop.warehouse, most_orders=1)
    for _ in range(2):
        shop.ordered((sku, 2))
    lines = [one.lines.get() for one in shop.released()]
    shop.lay(sku, shop.bin(bay=3), 2)
    monkeypatch.setattr(picking, "lay_out", slowly(picking.lay_out))
    monkeypatch.setattr(picking, "free_stock", slowly(picking.free_stock))
    people = [shop.person() for _ in lines]

    def tell(line, person):
        return report_short(
            pick_id=line.pick_id, line_id=line.pk, reason="missing", actor=person, at=LATER
        )

    results = run_together(
        [partial(tell, line, one) for line, one in zip(lines, people, strict=True)]
    )

    assert sorted(result.state for result in results) == ["open", "replanned"]


@pytest.mark.django_db(transaction=True)
def test_what_two_tell_missing_at_once_is_one_short_pick(monkeypatch):
    """FUL-1: a scanner that sends twice counts the bin down once."""
    shop = Shelves()
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 5)
    shop.ordered((sku, 2))
    line = shop.taken().lines.get()
    monkeypatch.setattr(picking, "_count_down", slowly(picking._count_down))
    tell = partial(
        report_short,
        pick_id=line.pick_id,
        line_id=line.pk,
        reason="missing",
        actor=shop.packer,
        at=LATER,
    )

    results = run_together([tell] * 3)

    assert [type(result) for result in results].count(Conflict) == 2
    assert BinStock.objects.get().quantity == 0
