"""What the daily inspection finds in the catalog."""

from datetime import timedelta

import pytest

from catalog.checks import REPLENISHED
from catalog.services.low_stock import COMING, LOW
from opsdesk.alerts import services as alerts
from opsdesk.alerts.models import Alert
from opsdesk.inspection import checks
from opsdesk.inspection.numbers import ACT_WITHIN
from tests import factories
from tests.catalog.purchases import Desk
from tests.factories import MOMENT
from tests.inspection.walked import found, inspected

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def desk():
    return Desk()


def low_place(desk, sku=None, *, available=3, safety_stock=8, **fields):
    sku = sku or desk.sku()
    factories.StockLevelFactory(sku=sku, warehouse=desk.warehouse, available=available)
    return factories.StockCoverFactory(
        sku=sku,
        warehouse=desk.warehouse,
        available=available,
        safety_stock=safety_stock,
        computed_at=MOMENT,
        **fields,
    )


def replenished(desk, at=MOMENT):
    return inspected(desk.store, REPLENISHED, at=at)


def test_a_low_sku_with_nothing_under_way_is_a_finding(desk):
    """INS-3: at or under safety stock with no replenishment under way."""
    cover = low_place(desk)

    result = replenished(desk)

    assert (result.outcome, result.new) == ("findings", 1)
    assert result.figures == {"low": 1, "coming": 0}
    row = found(result)[0]
    assert (row.subject, row.owner_role, row.severity) == (cover.sku, "catalog_operator", "warning")
    assert row.deadline_at is not None


def test_nothing_left_is_graver_than_few(desk):
    low_place(desk, available=0)

    assert found(replenished(desk))[0].severity == "critical"


@pytest.mark.parametrize("stage", ["asked", "approved", "sent", "moved"])
def test_goods_under_way_are_no_finding_and_are_followed_as_one_alert(desk, stage):
    """INS-3: asked for, agreed to, sent by the supplier, or from another warehouse; told once."""
    cover = low_place(desk)
    replenished(desk)
    if stage == "asked":
        desk.ask(desk.draft((cover.sku, 24)))
    elif stage == "moved":
        line = factories.TransferLineFactory(sku=cover.sku, sent=24)
        line.transfer.target = desk.warehouse
        line.transfer.save()
    else:
        getattr(desk, stage)((cover.sku, 24))

    result = replenished(desk, MOMENT + 3 * HOUR)

    assert (result.outcome, result.cleared) == ("passed", 1)
    assert result.figures == {"low": 1, "coming": 1}
    alert = Alert.objects.open().get(check_code__startswith="catalog.low_stock")
    assert (alert.check_code, alert.severity) == (COMING.code, "info")


def test_a_draft_and_a_refused_request_are_nothing_under_way(desk):
    """INS-3: what nobody agreed to brings no goods."""
    drafted, refused = low_place(desk), low_place(desk, desk.sku("B-1"))
    desk.draft((drafted.sku, 24))
    order = desk.ask(desk.draft((refused.sku, 24)))
    desk.decide(order, "reject")

    assert replenished(desk, MOMENT + 2 * HOUR).new == 2


def test_too_little_under_way_is_followed_as_a_warning(desk):
    cover = low_place(desk, safety_stock=80)
    desk.sent((cover.sku, 12))

    replenished(desk, MOMENT + 3 * HOUR)

    alert = Alert.objects.get(check_code=COMING.code)
    assert (alert.severity, alert.evidence["ordered"]) == ("warning", 12)
    assert alert.evidence["expected_on"]


def test_the_goods_are_in_and_nothing_is_found_any_more(desk):
    cover = low_place(desk)
    order = desk.sent((cover.sku, 24))
    replenished(desk, MOMENT + 3 * HOUR)
    desk.receive(order)

    result = replenished(desk, MOMENT + DAY + HOUR)

    assert result.outcome == "passed"
    assert not Alert.objects.open().filter(check_code__in=[LOW.code, COMING.code]).exists()


def test_what_nobody_has_measured_can_t_be_checked(desk):
    """INS-3: never passed where nobody knows."""
    factories.StockLevelFactory(sku=desk.sku(), warehouse=desk.warehouse)

    result = replenished(desk)

    assert (result.outcome, result.reason) == (
        "unchecked",
        "How fast goods sell has never been measured.",
    )


def test_an_old_measurement_can_t_be_checked_with(desk):
    low_place(desk)
    replenished(desk)

    result = replenished(desk, MOMENT + 2 * DAY + HOUR)

    assert result.outcome == "unchecked"
    assert "was last measured on" in result.reason
    assert Alert.objects.open().filter(check_code=LOW.code).exists()


def test_a_store_without_goods_and_another_store_s_goods_pass(desk):
    low_place(Desk())

    assert replenished(desk).outcome == "passed"


def test_every_finding_is_due(desk):
    """INS-3: the alert's own deadline, or the procedure's number."""
    low_place(desk, cover_days=4)
    assert found(replenished(desk))[0].deadline_at == MOMENT + 4 * DAY

    Alert.objects.update(deadline_at=None)
    row = found(replenished(desk, MOMENT + HOUR))[0]
    assert row.deadline_at == MOMENT + timedelta(minutes=int(ACT_WITHIN.default))


def test_what_was_acknowledged_climbs_at_the_deadline_it_is_given(desk):
    """INS-3: nobody is let off since nothing said when."""
    low_place(desk)
    alert = found(replenished(desk))[0]
    alerts.acknowledge(alert_ids=[alert.pk], actor=desk.operator, at=MOMENT)
    Alert.objects.update(deadline_at=None, climbs_at=None)

    row = found(replenished(desk, MOMENT + HOUR))[0]

    assert row.climbs_at == row.deadline_at == MOMENT + timedelta(minutes=int(ACT_WITHIN.default))


def test_the_checks_are_registered():
    assert REPLENISHED in checks.named("INS-3")
