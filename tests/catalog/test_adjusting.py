"""CAT-7: corrections of stock are ledger lines; above the limits finance agrees first."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine

from catalog.models import StockMovement
from catalog.services import adjusting
from catalog.services.adjusting import adjust_stock
from catalog.services.stock import Kind, Move, move_stock
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import carrying
from opsdesk.approvals.services.deciding import decide
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

HOUR = timedelta(hours=1)
PAGE = "/admin/catalog/stocklevel/adjust/"


@pytest.fixture
def level(db):
    return factories.StockLevelFactory(available=200, sku__cost=10)


@pytest.fixture
def clerk(level):
    return factories.UserFactory(role=Role.WAREHOUSE, store=level.sku.store)


@pytest.fixture
def finance(level):
    return factories.UserFactory(role=Role.FINANCE, store=level.sku.store)


def adjust(level, actor, pieces, at=MOMENT, reason="counted"):
    return adjust_stock(
        sku_id=level.sku_id,
        warehouse_id=level.warehouse_id,
        pieces=pieces,
        reason=reason,
        actor=actor,
        at=at,
    )


def agree(approval, actor, at=MOMENT + HOUR):
    decide(approval_id=approval.pk, verdict="approve", actor=actor, at=at)
    return carrying.carry_out(approval_id=approval.pk, at=at)


def available(level):
    level.refresh_from_db()
    return level.available


@pytest.mark.parametrize(("pieces", "left"), [(-50, 150), (50, 250)])
def test_up_to_the_limit_one_person_corrects_alone(pieces, left, level, clerk):
    line = adjust(level, clerk, pieces)

    assert isinstance(line, StockMovement)
    assert (line.kind, line.actor, line.note) == ("count", clerk, "counted")
    assert available(level) == left
    assert_invariants_hold()


def test_above_it_nothing_moves_until_finance_has_agreed(level, clerk, finance):
    approval = adjust(level, clerk, -51)
    assert (available(level), approval.amount) == (200, 510)

    assert agree(approval, finance) == "carried_out"

    line = StockMovement.objects.get(kind="count")
    assert (line.quantity, line.actor) == (51, clerk)
    assert line.reference == f"approval:{approval.pk}"
    assert available(level) == 149
    assert_invariants_hold()


def test_dear_pieces_meet_the_limit_of_the_amount(level, clerk):
    level.sku.cost = 2_501
    level.sku.save()

    assert isinstance(adjust(level, clerk, -1), StockMovement)
    assert isinstance(adjust(level, clerk, -1), Approval)


def test_without_a_cost_a_piece_is_worth_what_it_sells_for(level, clerk):
    level.sku.cost = None
    level.sku.list_price = 5_001
    level.sku.save()

    assert isinstance(adjust(level, clerk, -1), Approval)


def test_small_corrections_add_up_within_a_day(level, clerk):
    first = [adjust(level, clerk, -20, at=MOMENT + number * HOUR) for number in range(2)]
    third = adjust(level, clerk, -20, at=MOMENT + 2 * HOUR)
    next_day = adjust(level, clerk, -40, at=MOMENT + 25 * HOUR)

    assert [type(line) for line in first] == [StockMovement] * 2
    assert (type(third), third.counted_amount) == (Approval, 600)
    assert isinstance(next_day, Approval), "What is asked for counts as well."
    assert isinstance(adjust(level, clerk, -20, at=MOMENT + 51 * HOUR), StockMovement)


def test_what_others_corrected_does_not_count(level, clerk):
    adjust(level, factories.UserFactory(role=Role.WAREHOUSE, store=level.sku.store), -40)

    assert isinstance(adjust(level, clerk, -40), StockMovement)


def test_orders_that_take_pieces_meanwhile_dont_stand_in_its_way(level, clerk, finance):
    approval = adjust(level, clerk, -60)
    move_stock([Move(level.sku_id, level.warehouse_id, Kind.RESERVE, 30)], actor=None, at=MOMENT)

    assert agree(approval, finance) == "carried_out"
    assert available(level) == 110


def test_a_cost_that_changed_meanwhile_voids_it(level, clerk, finance):
    approval = adjust(level, clerk, -60)
    level.sku.cost = 1_000
    level.sku.save()

    assert agree(approval, finance) == "voided"
    assert available(level) == 200


def test_pieces_that_are_no_longer_there_are_a_recorded_failure(level, clerk, finance):
    approval = adjust(level, clerk, -180)
    move_stock([Move(level.sku_id, level.warehouse_id, Kind.RESERVE, 30)], actor=None, at=MOMENT)

    assert agree(approval, finance) == "failed"

    approval.refresh_from_db()
    assert approval.note == "180 pieces wanted, 170 available."
    assert available(level) == 170


def test_who_was_bound_to_another_warehouse_meanwhile_corrects_nothing(level, clerk, finance):
    approval = adjust(level, clerk, -60)
    factories.WarehouseAssignmentFactory(membership=clerk.memberships.get())

    assert agree(approval, finance) == "failed"
    assert available(level) == 200


@pytest.mark.parametrize(
    ("wrong", "says"), [({"pieces": 0}, "no pieces"), ({"reason": " "}, "Say why")]
)
def test_a_senseless_correction_is_refused_in_words(wrong, says, level, clerk):
    with pytest.raises(DomainError, match=says):
        adjust(level, clerk, **({"pieces": 1} | wrong))


@pytest.mark.parametrize("role", [Role.FINANCE, Role.ADMINISTRATOR, Role.CUSTOMER_SERVICE])
def test_only_who_works_with_goods_corrects_them(role, level):
    with pytest.raises(NotAllowed):
        adjust(level, factories.UserFactory(role=role, store=level.sku.store), 1)


@pytest.mark.django_db(transaction=True)
def test_corrections_at_once_add_up(monkeypatch):
    """E21: without the lock each sees only its own pieces, and all are made alone."""
    monkeypatch.setattr(adjusting, "_move", slowly(adjusting._move))
    level = factories.StockLevelFactory(available=200, sku__cost=10)
    clerk = factories.UserFactory(role=Role.WAREHOUSE, store=level.sku.store)

    results = run_together([partial(adjust, level, clerk, -30) for _ in range(3)])

    assert sorted(type(result).__name__ for result in results) == [
        "Approval",
        "Approval",
        "StockMovement",
    ]
    assert available(level) == 170


@pytest.fixture
def _soon_after():
    with time_machine.travel(MOMENT + HOUR, tick=False):
        yield


def posted(level, pieces):
    return {
        "sku": level.sku.code,
        "warehouse": level.warehouse_id,
        "pieces": pieces,
        "reason": "counted",
    }


def test_the_page_corrects_or_files(client, level, clerk):
    client.force_login(clerk)

    client.post(PAGE, posted(level, -5))
    response = client.post(PAGE, posted(level, -100), follow=True)

    assert available(level) == 195
    approval = Approval.objects.get()
    assert response.redirect_chain[-1][0].endswith(f"/approvals/approval/{approval.pk}/change/")
    assert "-100 pieces" in response.content.decode()


@pytest.mark.usefixtures("_soon_after")
def test_a_request_is_edited_on_the_page_it_was_filed_on(client, level, clerk):
    """The old one is void; a smaller one still waits for finance."""
    old = adjust(level, clerk, -100)
    colleague = factories.UserFactory(role=Role.WAREHOUSE, store=level.sku.store)
    client.force_login(colleague)
    shown = client.get(f"/admin/approvals/approval/{old.pk}/change/")

    form = client.get(shown.context["edit_link"]).context["form"]
    assert form.initial["pieces"] == -100
    client.post(shown.context["edit_link"], posted(level, -10))

    old.refresh_from_db()
    assert (old.state, old.why) == ("voided", "edited")
    assert (old.replaced_by.asked["pieces"], old.replaced_by.last_editor) == (-10, colleague)
    assert available(level) == 200


@pytest.mark.usefixtures("_soon_after")
def test_who_may_not_ask_is_not_offered_to_edit(client, level, clerk, finance):
    approval = adjust(level, clerk, -100)
    client.force_login(finance)

    shown = client.get(f"/admin/approvals/approval/{approval.pk}/change/")

    assert shown.context["may_decide"] is True
    assert shown.context["edit_link"] == ""
    assert client.get(f"{PAGE}?replaces={approval.pk}").status_code == 403


def test_a_request_of_another_store_is_not_there_to_edit(client, clerk):
    client.force_login(clerk)

    theirs = factories.ApprovalFactory()

    assert client.get(f"{PAGE}?replaces={theirs.pk}").status_code == 404


def test_the_page_needs_its_right(client, level, finance):
    client.force_login(finance)

    assert client.get(PAGE).status_code == 403
    assert PAGE not in client.get("/admin/catalog/stocklevel/").content.decode()


def test_the_page_of_a_level_leads_there(client, level, clerk):
    client.force_login(clerk)

    page = client.get(f"/admin/catalog/stocklevel/{level.pk}/change/").content.decode()

    assert f"{PAGE}?sku={level.sku.code}&warehouse={level.warehouse_id}" in page
