"""`manage.py inspect`, and the schedule it runs by (INS)."""

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from opsdesk.inspection import procedure
from opsdesk.inspection.models import InspectionRun
from opsdesk.schedule import jobs
from opsdesk.schedule import services as schedule
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def nothing_else(monkeypatch):
    """No other job is due."""
    monkeypatch.setattr(jobs, "_jobs", {job.code: job for job in procedure.JOBS})


LATER = (MOMENT + timedelta(hours=1)).isoformat()


def inspect(store, *arguments):
    """(answer, exit code)."""
    out = StringIO()
    code = 0
    try:
        call_command(
            "inspect",
            "--store",
            store.code,
            "--at",
            MOMENT.isoformat(),
            "--json",
            *arguments,
            stdout=out,
        )
    except SystemExit as ended:
        code = ended.code
    return json.loads(out.getvalue()), code


def test_the_answer_names_each_clause_with_its_findings():
    """INS-3: a cause that is mended is no finding of the next run."""
    store = factories.StoreFactory()
    sku = factories.SkuFactory(store=store)
    order = factories.OrderFactory(store=store)
    factories.OrderLineFactory(order=order, sku=sku, quantity=3)

    told, code = inspect(store, "--check", "INS-3")

    (clause,) = told["checks"]
    assert (clause["id"], clause["outcome"], code) == ("INS-3", "findings", 3)
    (finding,) = [each for each in clause["findings"] if each["subject"] == sku.code]
    assert finding["evidence"]["wanted"] == 3

    factories.StockLevelFactory(sku=sku, available=3)
    told, code = inspect(store, "--check", "INS-3", "--at", LATER)
    (covered,) = [part for part in told["checks"][0]["parts"] if part["id"] == "INS-3.covered"]
    assert (covered["outcome"], covered["cleared"]) == ("passed", 1)


def test_an_unknown_check_is_a_bad_argument():
    store = factories.StoreFactory()
    with pytest.raises(CommandError, match="INS-3") as refusal:
        call_command("inspect", "--store", store.code, "--check", "INS-99")
    assert refusal.value.returncode == 2


@pytest.mark.usefixtures("nothing_else")
@pytest.mark.parametrize(
    ("zone", "day", "opens"),
    [
        ("Asia/Shanghai", date(2026, 3, 2), datetime(2026, 3, 2, 0, 30, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 28), datetime(2026, 3, 28, 7, 30, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 29, 6, 30, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 10, 25), datetime(2026, 10, 25, 7, 30, tzinfo=UTC)),
        ("America/New_York", date(2026, 3, 8), datetime(2026, 3, 8, 12, 30, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 1, 13, 30, tzinfo=UTC)),
    ],
)
def test_a_store_is_inspected_at_half_past_eight_of_its_own_day(zone, day, opens):
    """INS: whatever the clocks do that day."""
    store = factories.StoreFactory(timezone=zone)
    tick(opens - timedelta(seconds=1))
    assert not InspectionRun.objects.filter(store=store, business_date=day).exists()
    tick(opens)
    assert InspectionRun.objects.filter(store=store, business_date=day, is_scheduled=True).exists()


def tick(at):
    schedule.make_due_slots(at=at)
    schedule.run_waiting_slots(at=at)


@pytest.mark.usefixtures("nothing_else")
def test_the_time_is_the_store_s_to_choose():
    """INS: by its number, from that day on."""
    store = factories.StoreFactory(timezone="Asia/Shanghai")
    factories.SettingOverrideFactory(key="inspection.starts", value="10.25", store=store)
    tick(datetime(2026, 3, 2, 2, 14, tzinfo=UTC))
    assert not InspectionRun.objects.filter(business_date=date(2026, 3, 2)).exists()
    tick(datetime(2026, 3, 2, 2, 15, tzinfo=UTC))
    assert InspectionRun.objects.filter(business_date=date(2026, 3, 2)).exists()


@pytest.mark.usefixtures("nothing_else")
def test_a_day_that_was_slept_through_is_caught_up_with():
    """INS: nobody worked from the evening to the next noon."""
    store = factories.StoreFactory(timezone="Asia/Shanghai")
    tick(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
    tick(datetime(2026, 3, 3, 4, 0, tzinfo=UTC))
    tick(datetime(2026, 3, 3, 4, 1, tzinfo=UTC))
    days = InspectionRun.objects.filter(store=store, state="done").values_list("business_date")
    assert (date(2026, 3, 3),) in days
