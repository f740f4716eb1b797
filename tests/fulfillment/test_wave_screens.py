"""Waves on the board, pick lists in a hand, both on paper (FUL-1)."""

from datetime import UTC, datetime, time

import pytest
from django.urls import reverse

from fulfillment.models import Pick, PickLine, ShortPick, Wave
from fulfillment.services.cut_offs import last_cut_off, plan_due, tell_short_picks
from opsdesk.alerts.models import Alert
from opsdesk.audit.models import AuditEntry
from opsdesk.stores.roles import Role
from orders.contacts import Contact
from orders.services.lifecycle import cancel_orders
from tests import factories
from tests.fulfillment.picking import LATER, Shelves


@pytest.fixture
def shop(db):
    return Shelves()


@pytest.fixture
def at_work(client, shop):
    client.force_login(shop.packer)
    return client


@pytest.fixture
def stocked(shop):
    shop.goods, shop.place = shop.sku(), shop.bin()
    shop.lay(shop.goods, shop.place, 10)
    shop.order_ = shop.ordered((shop.goods, 3), due=5)
    return shop


def act(client, pick, **given):
    return client.post(reverse("admin:fulfillment_pick_act", args=[pick.pk]), given)


def scan(client, pick, bin_code="", sku_code="", pieces=3, position=1):
    return act(
        client,
        pick,
        do="scan",
        bin_code=bin_code,
        sku_code=sku_code,
        pieces=pieces,
        position=position,
    )


def test_waves_are_previewed_planned_and_released_on_the_board(at_work, stocked):
    """FUL-1: what is planned is seen before, and who presses the button twice plans once."""
    plan = reverse("admin:fulfillment_wave_plan")

    assert "Plan these waves" in at_work.get(plan).content.decode()
    assert not Wave.objects.exists()
    at_work.post(plan)
    at_work.post(plan)
    wave = Wave.objects.get()
    board = at_work.get(reverse("admin:fulfillment_wave_board")).content.decode()
    assert wave.number in board
    assert "Release" in board
    at_work.post(
        reverse("admin:fulfillment_wave_act", args=[wave.pk]), {"do": "release", "from": "board"}
    )
    wave.refresh_from_db()
    assert wave.state == "released"


def test_the_board_shows_no_button_to_who_may_only_look(client, stocked):
    stocked.plan()
    client.force_login(stocked.person(Role.OPERATIONS_LEAD))

    board = client.get(reverse("admin:fulfillment_wave_board")).content.decode()

    assert Wave.objects.get().number in board
    assert 'name="do"' not in board
    assert reverse("admin:fulfillment_wave_plan") not in board


def test_the_board_asks_as_little_for_many_waves_as_for_few(
    at_work, shop, django_assert_max_num_queries
):
    factories.WaveRuleFactory(warehouse=shop.warehouse, most_orders=1)
    for _ in range(12):
        shop.ordered((shop.sku(), 1))
    shop.plan()

    with django_assert_max_num_queries(16):
        at_work.get(reverse("admin:fulfillment_wave_board"))


def test_a_picker_scans_bin_then_article_and_is_led_on(at_work, stocked):
    """FUL-1: the cursor waits where the next scan belongs."""
    pick = stocked.taken()

    first = scan(at_work, pick, bin_code=stocked.place.code).content.decode()
    assert f'value="{stocked.place.code}"' in first
    assert 'name="sku_code"' in first.split("autofocus")[0].rsplit("<input", 1)[1]
    second = scan(at_work, pick, stocked.place.code, stocked.goods.code).content.decode()

    assert 'data-sound="done"' in second
    assert PickLine.objects.get().state == "picked"


@pytest.mark.parametrize("wrong", ["bin", "article"])
def test_what_is_wrong_is_refused_by_colour_sound_and_words(at_work, stocked, wrong):
    """FUL-1: wrong parcels 0."""
    pick = stocked.taken()
    bin_code = "A-99-99-9" if wrong == "bin" else stocked.place.code
    sku_code = stocked.goods.code if wrong == "bin" else stocked.sku().code

    told = scan(at_work, pick, bin_code, sku_code).content.decode()

    assert 'data-sound="wrong"' in told
    assert f"is the wrong {wrong}" in told
    assert PickLine.objects.get().picked == 0


def test_what_is_not_there_is_told_with_its_reason_and_decided_on(at_work, stocked):
    pick = stocked.taken()

    told = act(at_work, pick, do="short", reason="missing", position=1).content.decode()
    assert "The warehouse is told" in told
    short = ShortPick.objects.get()
    assert tell_short_picks(stocked.store, at=LATER) == 1
    assert Alert.objects.get(check_code="fulfillment.short_picks").state == "open"
    stocked.lay(stocked.goods, stocked.bin(bay=7), 5)
    page = reverse("admin:fulfillment_shortpick_change", args=[short.pk])
    assert "Look in other bins again" in at_work.get(page).content.decode()
    at_work.post(reverse("admin:fulfillment_shortpick_act", args=[short.pk]), {"do": "again"})

    short.refresh_from_db()
    assert short.state == "replanned"
    assert PickLine.objects.open().get().wanted == 3
    assert Wave.objects.get().state == "picking"
    assert tell_short_picks(stocked.store, at=LATER) == 0
    assert Alert.objects.get(check_code="fulfillment.short_picks").state == "resolved"


def test_looking_again_in_vain_changes_nothing_and_says_how_many_there_are(at_work, stocked):
    pick = stocked.taken()
    act(at_work, pick, do="short", reason="missing", position=1)
    short = ShortPick.objects.get()
    again = reverse("admin:fulfillment_shortpick_act", args=[short.pk])

    at_work.post(again, {"do": "again"})

    short.refresh_from_db()
    assert short.state == "open"
    assert Pick.objects.count() == 1


def test_an_order_taken_out_of_its_wave_can_be_planned_again(at_work, stocked):
    pick = stocked.taken()
    act(at_work, pick, do="short", reason="missing", position=1)
    short = ShortPick.objects.get()

    at_work.post(reverse("admin:fulfillment_shortpick_act", args=[short.pk]), {"do": "out"})

    short.refresh_from_db()
    assert short.state == "settled"
    assert [wave.order_count for wave in stocked.plan()] == [1]


def test_a_short_pick_s_page_offers_what_can_be_done_and_shows_what_was(at_work, stocked):
    """FUL-1: no button that would refuse; what waits can be planned again by hand."""
    pick = stocked.taken()
    act(at_work, pick, do="short", reason="missing", position=1)
    short = ShortPick.objects.get()
    page = reverse("admin:fulfillment_shortpick_change", args=[short.pk])
    decide = reverse("admin:fulfillment_shortpick_act", args=[short.pk])
    before = at_work.get(page).content.decode()
    for code in ("again", "back_order", "contact", "out", "count"):
        assert f'value="{code}"' in before
    assert 'value="elsewhere"' not in before
    assert 'value="split"' not in before

    at_work.post(decide, {"do": "back_order"})

    after = at_work.get(page).content.decode()
    assert "Waits for the goods" in after
    assert "Is being counted" in after
    assert "What can be done" not in after
    listed = reverse("admin:fulfillment_shortpick_changelist")
    assert stocked.goods.code in at_work.get(listed, {"tab": "waiting"}).content.decode()
    at_work.post(decide, {"do": "resume"})
    assert "Waits for the goods" not in at_work.get(page).content.decode()
    assert len(stocked.plan()) == 1


def test_warehouses_that_have_all_of_an_order_are_offered(at_work, stocked):
    place = factories.WarehouseFactory(store=stocked.store, name="North")
    lacking = factories.WarehouseFactory(store=stocked.store, name="South")
    for warehouse, pieces in ((place, 3), (lacking, 2)):
        factories.StockLevelFactory(sku=stocked.goods, warehouse=warehouse, available=pieces)
    pick = stocked.taken()
    act(at_work, pick, do="short", reason="missing", position=1)
    short = ShortPick.objects.get()

    page = reverse("admin:fulfillment_shortpick_change", args=[short.pk])
    shown = at_work.get(page).content.decode()

    assert f'<option value="{place.pk}">' in shown
    assert f'<option value="{lacking.pk}">' not in shown


def test_the_picker_is_told_of_an_order_that_was_cancelled(at_work, stocked):
    """FUL-1, ORD-5: what is in the tote goes back."""
    pick = stocked.taken()
    scan(at_work, pick, stocked.place.code, stocked.goods.code, pieces=2)
    cancel_orders(order_ids=[stocked.order_.pk], reason="", actor=None, at=LATER)

    told = at_work.get(reverse("admin:fulfillment_pick_change", args=[pick.pk])).content.decode()

    assert "dropped out" in told
    assert f"2 × {stocked.goods.code}" in told


def test_a_picker_begins_by_scanning_or_takes_the_next(at_work, stocked):
    [pick] = stocked.released()
    work = reverse("admin:fulfillment_pick_work")

    wrong = at_work.post(work, {"number": "K000999999"}).content.decode()
    begun = at_work.post(work, {"number": pick.number.lower()})
    again = at_work.post(work, {"warehouse": stocked.warehouse.pk})

    assert 'data-sound="wrong"' in wrong
    page = reverse("admin:fulfillment_pick_change", args=[pick.pk])
    assert begun.url == again.url == page


def test_a_pick_list_on_paper_goes_bin_by_bin_with_codes_to_scan(at_work, stocked):
    """FUL-1: pick lists and delivery notes with scannable codes, printable."""
    pick = stocked.taken()

    page = at_work.get(reverse("admin:fulfillment_pick_print", args=[pick.pk])).content.decode()

    assert f'aria-label="{pick.number}"' in page
    assert f'aria-label="{stocked.goods.code}"' in page
    assert stocked.place.code in page
    assert "size: A4" in page


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.OPERATIONS_LEAD])
def test_a_delivery_note_says_whom_it_goes_to_to_who_prints_labels_only(client, stocked, role):
    """FUL-1: with a code to scan; who reads a recipient in full is on record, others don't."""
    order = stocked.order_
    order.contact = Contact("张小明", "13800138000", "文三路 90 号")
    order.save()
    [wave] = stocked.plan()
    client.force_login(stocked.person(role))

    page = client.get(reverse("admin:fulfillment_wave_notes", args=[wave.pk])).content.decode()

    assert f'aria-label="{order.external_number}"' in page
    in_full = role == Role.WAREHOUSE
    for secret in ("张小明", "13800138000", "文三路 90 号"):
        assert (secret in page) == in_full
    entries = AuditEntry.objects.filter(verb=AuditEntry.Verb.REVEALED)
    assert [entry.subject_id for entry in entries] == ([order.pk] if in_full else [])


def test_a_rule_plans_at_its_cut_off_by_the_store_s_clock_once(shop):
    """FUL-1: 18:00 in Shanghai is 10:00 UTC; a run that was missed is made up for."""
    rule = factories.WaveRuleFactory(
        warehouse=shop.warehouse,
        cut_offs=[time(9), time(18)],
        planned_for=datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
    )
    shop.ordered((shop.sku(), 1))
    before = datetime(2026, 3, 2, 9, 59, tzinfo=UTC)
    after = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)

    assert plan_due(before) == 0
    assert plan_due(after) == 1
    shop.ordered((shop.sku(), 1))
    assert plan_due(after) == 0

    rule.refresh_from_db()
    assert last_cut_off(rule, after) == rule.planned_for == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert Wave.objects.get().cut_off == rule.planned_for
