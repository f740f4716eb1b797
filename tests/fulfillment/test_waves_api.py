"""The warehouse's programs plan, release, assign and pick (FUL-1)."""

import pytest

from fulfillment.models import BinStock, Pick, PickLine, ShortPick, Wave
from opsdesk.stores.roles import Role
from tests import factories
from tests.fulfillment.picking import Shelves
from tests.tokens.programs import client_with, program, secret_for

ROOT = "/api/v1/"


@pytest.fixture
def shop(db):
    return Shelves()


@pytest.fixture
def robot(shop):
    return program(shop.store, role=Role.WAREHOUSE)


def post(client, path, given, key):
    return client.post(f"{ROOT}{path}", given, "application/json", headers={"Idempotency-Key": key})


def picking(shop, robot, *orders):
    """A released pick list of these orders, taken by the robot's person."""
    wave = post(robot, "waves/", {"warehouse": shop.warehouse.code}, "plan").json()["waves"][0]
    assert post(robot, f"waves/{wave['id']}/release/", {}, "release").status_code == 200
    pick = robot.get(f"{ROOT}picks/?wave={wave['id']}").json()["results"][0]
    assert post(robot, f"picks/{pick['id']}/assign/", {}, "assign").status_code == 200
    return pick


def test_a_day_of_a_wave_from_its_plan_to_its_last_piece(shop, robot):
    """FUL-1: what a scanner's program needs, in the order in which it asks."""
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 10)
    shop.ordered((sku, 3))
    pick = picking(shop, robot)
    [line] = pick["lines"]
    assert (line["bin"], line["sku_code"], line["wanted"]) == ("A-01-01-1", sku.code, 3)

    done = {"line": line["id"], "picked": 3, "bin_code": "A-01-01-1", "sku_code": sku.code}
    answer = post(robot, f"picks/{pick['id']}/lines/", {"lines": [done]}, "lines").json()
    again = post(robot, f"picks/{pick['id']}/lines/", {"lines": [done]}, "lines").json()

    assert answer == again
    assert answer["state"] == "done"
    assert [(one["outcome"], one["picked"]) for one in answer["results"]] == [("done", 3)]
    assert BinStock.objects.get(sku=sku).quantity == 7
    assert Wave.objects.get().state == "picked"


def test_each_line_is_settled_for_itself(shop, robot):
    right, wrong = shop.sku(), shop.sku()
    for bay, sku in enumerate((right, wrong), start=1):
        shop.lay(sku, shop.bin(bay=bay), 5)
    shop.ordered((right, 1), (wrong, 1))
    pick = picking(shop, robot)
    one, other = pick["lines"]
    lines = [
        {"line": other["id"], "picked": 1, "sku_code": right.code},
        {"line": one["id"], "picked": 1},
        {"line": "999999", "picked": 1},
        {"line": other["id"], "short": "missing"},
    ]

    answer = post(robot, f"picks/{pick['id']}/lines/", {"lines": lines}, "lines").json()

    assert [one["outcome"] for one in answer["results"]] == ["refused", "done", "refused", "done"]
    assert answer["results"][0]["code"] == "wrong_item"
    assert answer["state"] == "short"
    assert ShortPick.objects.get().pieces == 1


def test_a_pick_list_that_somebody_has_is_not_taken_away(shop, robot):
    shop.ordered((shop.sku(), 1))
    pick = picking(shop, robot)
    other = program(shop.store, role=Role.WAREHOUSE)

    answer = post(other, f"picks/{pick['id']}/assign/", {}, "mine")

    assert answer.status_code == 409
    assert answer.json()["code"] == "pick_taken"


def test_a_wave_that_is_cancelled_leaves_its_orders_to_the_next(shop, robot):
    shop.ordered((shop.sku(), 1))
    first = post(robot, "waves/", {"warehouse": shop.warehouse.code}, "one").json()["waves"][0]

    cancelled = post(robot, f"waves/{first['id']}/cancel/", {}, "cancel")
    second = post(robot, "waves/", {"warehouse": shop.warehouse.code}, "two").json()["waves"]

    assert cancelled.json()["state"] == "cancelled"
    assert [len(wave["orders"]) for wave in second] == [1]
    assert post(robot, f"waves/{first['id']}/release/", {}, "late").status_code == 409


def test_waves_of_another_store_or_warehouse_are_not_there(shop):
    shop.ordered((shop.sku(), 1))
    [wave] = shop.plan()
    pick = Pick.objects.get()
    bound = factories.WarehouseAssignmentFactory(
        membership__store=shop.store,
        membership__role=Role.WAREHOUSE,
        warehouse=factories.WarehouseFactory(store=shop.store),
    )
    elsewhere = client_with(secret_for(bound.membership.user, shop.store))
    stranger = program(factories.StoreFactory(), role=Role.WAREHOUSE)

    for client in (elsewhere, stranger):
        given = {"lines": [{"line": str(PickLine.objects.get().pk), "picked": 1}]}
        plan = {"warehouse": shop.warehouse.code}
        assert client.get(f"{ROOT}waves/{wave.pk}/").status_code == 404
        assert post(client, f"waves/{wave.pk}/release/", {}, "a").status_code == 404
        assert post(client, f"picks/{pick.pk}/assign/", {}, "b").status_code == 404
        assert post(client, f"picks/{pick.pk}/lines/", given, "c").status_code == 404
        assert post(client, "waves/", plan, "d").status_code == 404


def test_a_short_pick_is_read_decided_and_counted(shop, robot):
    """FUL-1: programs decide what people would on its page."""
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 2)
    order = shop.ordered((sku, 2))
    pick = picking(shop, robot)
    gone = {"line": pick["lines"][0]["id"], "short": "missing"}
    post(robot, f"picks/{pick['id']}/lines/", {"lines": [gone]}, "short")
    [short] = robot.get(f"{ROOT}short-picks/?state=open").json()["results"]
    assert (short["order"], short["sku_code"], short["pieces"]) == (str(order.pk), sku.code, 2)

    counted = post(robot, f"short-picks/{short['id']}/count/", {}, "count").json()
    path = f"short-picks/{short['id']}/decide/"
    unclear = post(robot, path, {"decision": "elsewhere"}, "unclear")
    decided = post(robot, path, {"decision": "back_order"}, "decide")
    again = post(robot, path, {"decision": "back_order"}, "again")

    assert (counted["on_record"], counted["proposed"]) == (2, 0)
    assert unclear.status_code == 409
    assert decided.json()["decision"] == "back_order"
    assert [each["order"] for each in decided.json()["back_orders"]] == [str(order.pk)]
    assert again.status_code == 409


def test_short_picks_are_served_from_warehouses_of_the_store_only(shop, robot):
    short = factories.ShortPickFactory(
        line__promise=factories.ReservationFactory(
            line__order__store=shop.store, line__sku__store=shop.store, warehouse=shop.warehouse
        )
    )
    elsewhere = factories.WarehouseFactory(code="theirs")

    path = f"short-picks/{short.pk}/decide/"
    answer = post(robot, path, {"decision": "elsewhere", "warehouse": elsewhere.code}, "move")

    assert answer.status_code == 404
    assert ShortPick.objects.get().state == "open"
