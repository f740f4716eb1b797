"""CAT-6: a file of prices becomes one price change, or says line by line why not."""

import json
from decimal import Decimal

import pytest
from django.core.management import call_command

from catalog.models import PriceChange, PriceChangeLine
from opsdesk.errors import NotAllowed
from opsdesk.exchange.services import preview, undoing
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog.pricing import agree
from tests.exchange.files import import_file, stage_file
from tests.factories import MOMENT

HEADER = "sku_code,channel,price,from,until,reason\n"
GOOD = (
    HEADER + "MUG-1,,95.00,2026-03-05 00:00:00,,winter is over\n"
    "MUG-2,Flagship,19,2026-03-05,2026-03-08,winter is over\n"
)


@pytest.fixture
def store(db):
    store = factories.StoreFactory()
    store.channels.update(name="Flagship")
    for number in (1, 2):
        factories.SkuFactory(store=store, code=f"MUG-{number}", cost=Decimal(10 * number // 2))
    return store


@pytest.fixture
def lead(store):
    return factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store, username="yan")


def bring(store, path, content, actor):
    return import_file(store, path / "p.csv", content, actor=actor, importer="prices-generic")


def test_a_file_is_one_request_that_somebody_else_decides_on(store, lead, tmp_path):
    session = bring(store, tmp_path, GOOD, lead)

    assert (session.state, session.created, session.rejected) == ("done", 2, 0)
    change = PriceChange.objects.get()
    assert (change.filed_by, change.approval.filer) == (lead, lead)
    first, second = change.lines.order_by("pk")
    assert (first.amount, first.channel, first.valid.upper) == (95, None, None)
    assert first.valid.lower.isoformat() == "2026-03-04T16:00:00+00:00"
    assert (second.amount, second.channel.name) == (19, "Flagship")
    assert second.valid.upper.isoformat() == "2026-03-07T16:00:00+00:00"
    finance = factories.UserFactory(role=Role.FINANCE, store=store)
    assert agree(change, finance) == "carried_out"


BAD = {
    "NONE-1,,95,2026-03-05,,x": ("unknown_sku", "has no SKU NONE-1"),
    "MUG-1,Elsewhere,95,2026-03-05,,x": ("unknown_channel", "has no channel “Elsewhere”"),
    "MUG-1,,5.00,2026-03-05,,x": ("below_floor", "cost 5.00 × 1.15 = 5.75 > 5.00"),
    "MUG-1,,95,2026-03-02,,x": ("too_soon", "1 d 0 h ahead"),
    "MUG-1,,95,2026-03-05,2026-03-04,x": ("ends_first", "ends before it begins"),
    "MUG-2,Flagship,20,2026-03-06,,x": ("repeated_sku", "for the same channel"),
    "MUG-1,,-5,2026-03-05,,x": ("negative", "-5"),
    "MUG-1,,95,2026-03-05,,": ("missing_value", "empty"),
}


@pytest.mark.parametrize("line", BAD)
def test_a_bad_line_is_named_and_nothing_is_asked_for(line, store, lead, tmp_path):
    code, says = BAD[line]
    content = HEADER + "MUG-2,Flagship,19,2026-03-05,,x\n" + line + "\n"

    session = bring(store, tmp_path, content, lead)

    assert session.state == "refused"
    row = session.rows.rejected().get()
    assert (row.line, row.code) == (3, code)
    assert says in row.reason
    assert not PriceChange.objects.exists()


def test_what_was_planned_meanwhile_stops_the_file_with_its_line(store, lead, tmp_path):
    session = stage_file(store, tmp_path / "p.csv", GOOD, actor=lead, importer="prices-generic")
    sku = store.skus.get(code="MUG-1")
    factories.PriceChangeLineFactory(sku=sku, state="planned", change__store=store)

    bring(store, tmp_path, GOOD, lead)

    session.refresh_from_db()
    assert session.state == "refused"
    row = session.rows.rejected().get()
    assert (row.line, row.code) == (2, "planned_already")
    assert PriceChange.objects.count() == 1


def test_the_preview_asks_for_nothing(store, lead, tmp_path):
    session = stage_file(store, tmp_path / "p.csv", GOOD, actor=lead, importer="prices-generic")

    preview.record(session)

    assert session.dialect["preview"]["created"] == 2
    assert not PriceChange.objects.exists()


def test_who_may_not_ask_for_prices_brings_in_no_file(store, tmp_path):
    reviewer = factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)

    with pytest.raises(NotAllowed, match="may not bring files"):
        bring(store, tmp_path, GOOD, reviewer)


def test_an_import_taken_back_withdraws_the_request(store, lead, tmp_path):
    session = bring(store, tmp_path, GOOD, lead)
    undoing.begin_undo(session=session, actor=lead)

    done = undoing.undo(session.pk, actor=lead, at=MOMENT)

    assert done.state == "undone"
    assert session.rows.filter(outcome="undone").count() == 2
    assert PriceChange.objects.get().approval.state == "voided"


def test_the_command_asks_in_the_name_of_a_person(store, lead, tmp_path, capsys):
    path = tmp_path / "prices.csv"
    path.write_text(GOOD)
    options = {"store": store.code, "format": "generic", "by": "yan", "json": True}

    call_command("import_prices", str(path), at=MOMENT.isoformat(), **options)

    answer = json.loads(capsys.readouterr().out)
    assert (answer["read"], answer["created"]) == (2, 2)
    assert set(PriceChangeLine.objects.values_list("change__filed_by", flat=True)) == {lead.pk}
