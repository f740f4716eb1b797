"""CAT-16: differences are settled on record, and channels are offered their share."""

from datetime import timedelta
from functools import partial

import pytest

from catalog.models import StockDifference, StockLevel
from catalog.services.differences import look, settle_difference
from catalog.services.sharing import allocated
from opsdesk.alerts.models import Alert
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services.ending import end
from opsdesk.audit.models import AuditEntry
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold
from tests.tokens.programs import ROOT, program, send

HOUR = timedelta(hours=1)


@pytest.fixture
def level(db):
    return factories.StockLevelFactory(available=100, sku__cost=10)


@pytest.fixture
def clerk(level):
    return factories.UserFactory(role=Role.WAREHOUSE, store=level.sku.store)


def difference_of(level, theirs):
    return factories.StockDifferenceFactory(
        sku=level.sku, warehouse=level.warehouse, ours=level.available, theirs=theirs
    )


def settle(difference, state, actor, note="looked"):
    return settle_difference(
        difference_id=difference.pk, state=state, note=note, actor=actor, at=MOMENT + HOUR
    )


def test_accepting_theirs_corrects_the_stock(level, clerk):
    settled = settle(difference_of(level, 97), "accepted", clerk)

    level.refresh_from_db()
    assert level.available == 97
    assert (settled.state, settled.settled_by, settled.settled_at) == (
        "accepted",
        clerk,
        MOMENT + HOUR,
    )
    assert_invariants_hold()


def test_accepting_a_large_one_asks_finance(level, clerk):
    """CAT-7, CAT-16: the limits of corrections hold here, too."""
    settled = settle(difference_of(level, 10), "accepted", clerk)

    level.refresh_from_db()
    assert level.available == 100
    assert settled.approval == Approval.objects.get()


@pytest.mark.parametrize("state", ["kept", "ignored"])
def test_ours_is_kept_or_the_difference_ignored(level, clerk, state):
    assert settle(difference_of(level, 97), state, clerk).note == "looked"
    level.refresh_from_db()
    assert level.available == 100


def test_what_is_ignored_needs_a_note(level, clerk):
    with pytest.raises(DomainError, match="why"):
        settle(difference_of(level, 97), "ignored", clerk, note=" ")


def test_only_who_works_in_the_warehouse_settles_there(level):
    finance = factories.UserFactory(role=Role.FINANCE, store=level.sku.store)

    with pytest.raises(NotAllowed):
        settle(difference_of(level, 97), "kept", finance)


@pytest.mark.django_db(transaction=True)
def test_a_difference_is_settled_once():
    level = factories.StockLevelFactory(available=100, sku__cost=1)
    clerk = factories.UserFactory(role=Role.WAREHOUSE, store=level.sku.store)
    difference = difference_of(level, 97)

    results = run_together([partial(settle, difference, "accepted", clerk)] * 3)

    assert [type(result) for result in results].count(Conflict) == 2
    level.refresh_from_db()
    assert level.available == 97


def test_a_difference_that_waits_too_long_is_an_alert_until_it_is_settled(level, clerk):
    """CAT-16: differences are settled, not collected."""
    difference = difference_of(level, 97)

    look(None, MOMENT + timedelta(hours=23))
    assert not Alert.objects.exists()
    look(None, MOMENT + timedelta(hours=25))
    alert = Alert.objects.get()
    assert (alert.key, alert.state, alert.money_at_risk) == (level.sku.code, "open", 30)
    settle(difference, "kept", clerk)
    look(None, MOMENT + timedelta(hours=26))
    alert.refresh_from_db()
    assert alert.state == "resolved"


def withdraw(approval, clerk):
    end(approval, Approval.State.VOIDED, why="withdrawn", by=clerk, at=MOMENT + 2 * HOUR)


def test_what_was_accepted_is_open_again_when_the_request_comes_to_nothing(level, clerk):
    """CAT-16: nothing counts as settled that nobody corrected; it goes on waiting from before."""
    difference = settle(difference_of(level, 10), "accepted", clerk)
    look(None, MOMENT + 2 * HOUR)
    assert not StockDifference.objects.open().exists()

    withdraw(difference.approval, clerk)
    look(None, MOMENT + timedelta(hours=25))

    difference.refresh_from_db()
    assert (difference.state, difference.settled_at) == ("open", None)
    assert Alert.objects.get().state == "open"
    assert settle(difference, "kept", clerk).approval is None


def test_a_refused_one_that_was_told_anew_is_gone(level, clerk):
    """CAT-16: a place and a source have one open difference."""
    difference = settle(difference_of(level, 10), "accepted", clerk)
    newer = difference_of(level, 11)
    withdraw(difference.approval, clerk)

    look(None, MOMENT + 3 * HOUR)

    difference.refresh_from_db()
    assert difference.state == "gone"
    assert list(StockDifference.objects.open()) == [newer]


def test_every_sku_that_waits_too_long_has_its_alert(level, clerk):
    """CAT-16: however many differences of other SKUs are older."""
    for source in ("wms", "shop", "scale"):
        factories.StockDifferenceFactory(sku=level.sku, warehouse=level.warehouse, source=source)
    other = factories.SkuFactory(store=level.sku.store)
    factories.StockDifferenceFactory(sku=other, opened_at=MOMENT + HOUR)

    look(None, MOMENT + timedelta(hours=26))

    assert set(Alert.objects.values_list("key", flat=True)) == {level.sku.code, other.code}


def test_a_difference_is_settled_on_its_page(client, level, clerk):
    client.force_login(clerk)
    difference = difference_of(level, 97)
    page = f"/admin/catalog/stockdifference/{difference.pk}/"

    unsaid = client.post(f"{page}settle/", {"state": "ignored", "note": ""})
    client.post(f"{page}settle/", {"state": "ignored", "note": "their scale is broken"})

    assert "Say why" in unsaid.content.decode()
    difference.refresh_from_db()
    assert (difference.state, difference.settled_by) == ("ignored", clerk)
    assert client.get(f"{page}change/").context["form"] is None


def statement(level, quantity, **fields):
    return {
        "warehouse": str(level.warehouse_id),
        "source": "wms-1",
        "lines": [{"sku_code": level.sku.code, "quantity": quantity}],
        **fields,
    }


def test_a_program_sends_a_statement_to_be_compared(level):
    """CAT-16: by REST; nothing moves."""
    wms = program(level.sku.store, "stock:compare", role=Role.WAREHOUSE)

    answer = send(wms, "stock-differences", statement(level, 97))
    forbidden = send(wms, "stock-differences", statement(level, 97, takes_over=True), key="2")

    assert answer.json() == {
        "same": 0,
        "different": 1,
        "corrected": 0,
        "unknown": [],
        "refused": [],
    }
    assert forbidden.status_code == 403
    assert StockDifference.objects.get().theirs == 97
    level.refresh_from_db()
    assert level.available == 100


def test_a_program_takes_a_statement_over_within_the_limits(level):
    other = factories.StockLevelFactory(
        sku=factories.SkuFactory(store=level.sku.store, cost=1),
        warehouse=level.warehouse,
        available=100,
    )
    body = statement(level, 97, takes_over=True)
    body["lines"] += [
        {"sku_code": other.sku.code, "quantity": 10},
        {"sku_code": "NOBODY", "quantity": 1},
    ]

    answer = send(program(level.sku.store, role=Role.WAREHOUSE), "stock-differences", body)

    assert answer.json() | {"same": 0} == {
        "same": 0,
        "different": 1,
        "corrected": 1,
        "unknown": ["NOBODY"],
        "refused": [],
    }
    assert list(StockLevel.objects.order_by("pk").values_list("available", flat=True)) == [97, 100]
    assert StockDifference.objects.get().pieces == -90
    assert_invariants_hold()


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"at": "2100-01-01T00:00:00Z"}, 409), ({"source": ""}, 400), ({"lines": []}, 400)],
)
def test_a_wrong_statement_is_refused(level, wrong, status):
    wms = program(level.sku.store, role=Role.WAREHOUSE)

    assert send(wms, "stock-differences", statement(level, 97) | wrong).status_code == status


@pytest.fixture
def channel(level):
    return factories.ChannelFactory(store=level.sku.store)


def share(channel, sku=None, **fields):
    return factories.ChannelShareFactory(channel=channel, sku=sku, **{"percent": 100} | fields)


def test_without_a_share_a_channel_may_offer_everything(level, channel):
    far = factories.WarehouseFactory(store=level.sku.store)
    factories.StockLevelFactory(sku=level.sku, warehouse=far, available=5)

    assert allocated(level.sku, channel) == 105


@pytest.mark.parametrize(
    ("fields", "pieces"),
    [
        ({"percent": 33}, 33),
        ({"kept_back": 30}, 70),
        ({"percent": 50, "kept_back": 20}, 30),
        ({"percent": 0}, 0),
        ({"kept_back": 500}, 0),
    ],
)
def test_a_channel_is_offered_its_share_less_what_is_kept_back(level, channel, fields, pieces):
    """CAT-16: share in percent, rounded down, or pieces kept back; never below zero."""
    share(channel, **fields)

    assert allocated(level.sku, channel) == pieces


def test_a_skus_own_share_goes_before_the_channels(level, channel):
    share(channel, percent=10)
    share(channel, sku=level.sku, percent=80)

    assert allocated(level.sku, channel) == 80


def test_what_a_channel_may_offer_leaves_as_a_file(client, level, channel):
    """CAT-16: pushed by file, for a channel that takes no other; on record like every file."""
    share(channel, percent=25)
    factories.ListingFactory(
        store=channel.store, product=level.sku.product, channel=channel, external_id="T-77"
    )
    factories.SkuCodeFactory(store=channel.store, sku=level.sku, code="ALIAS")
    factories.SkuFactory(store=channel.store, code="ZZ-OFF", is_active=False)
    lead = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=channel.store)
    client.force_login(lead)
    page = "/admin/catalog/stocklevel/channel/"

    file = client.post(page, {"channel": channel.pk, "kind": "csv"})
    foreign = client.post(page, {"channel": factories.ChannelFactory().pk, "kind": "csv"})

    assert file.getvalue().decode("utf-8-sig").splitlines() == [
        "sku_code,aliases,channel_number,quantity",
        f"{level.sku.code},ALIAS,T-77,25",
    ]
    assert AuditEntry.objects.filter(verb="exported", actor=lead).count() == 1
    assert "Select a valid choice" in foreign.content.decode()
    client.force_login(factories.UserFactory(role=Role.WAREHOUSE, store=channel.store))
    assert client.get(page).status_code == 403


def test_programs_read_what_a_channel_may_offer(level, channel):
    share(channel, percent=25)
    reader = program(level.sku.store, "stock:read")
    factories.StockLevelFactory()

    plain = reader.get(f"{ROOT}stock-levels/").json()["results"]
    of_channel = reader.get(f"{ROOT}stock-levels/", {"channel": str(channel.pk)}).json()["results"]
    theirs = factories.ChannelFactory()
    foreign = reader.get(f"{ROOT}stock-levels/", {"channel": str(theirs.pk)}).json()["results"]

    assert [row["allocated"] for row in plain] == [None]
    assert [(row["sku_code"], row["allocated"]) for row in of_channel] == [(level.sku.code, 25)]
    assert foreign == []
    assert reader.get(f"{ROOT}stock-levels/", {"channel": "x"}).status_code == 400
