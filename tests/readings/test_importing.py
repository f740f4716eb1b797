"""Files of what channels say: a line for each figure and day, an outcome for each line."""

import json
from datetime import timedelta
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.core.management import call_command
from openpyxl import Workbook

from opsdesk.errors import NotAllowed
from opsdesk.exchange import importers
from opsdesk.exchange.services import undoing
from opsdesk.readings.models import Reading
from opsdesk.readings.services.taking import Told, take_readings
from opsdesk.stores.roles import Role
from tests import factories
from tests.exchange.files import import_file
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
HEADER = "channel,day,figure,value,industry\n"


@pytest.fixture
def store():
    store = factories.StoreFactory(channel=None)
    factories.ChannelFactory(store=store, code="tmall", name="天猫旗舰店")
    return store


@pytest.fixture
def bring(store, tmp_path):
    def bring(content, **more):
        return import_file(
            store, tmp_path / "figures.csv", content, importer="channel-figures", **more
        )

    return bring


def outcomes(session):
    return [(row.line, row.outcome, row.code, row.column) for row in session.rows.order_by("line")]


def test_a_line_is_a_reading_whatever_the_platform_calls_it(bring, store):
    bring(
        HEADER
        + "tmall,2026-03-01,uv,1200,\n天猫旗舰店,2026/3/1,支付转化率,3.25%,2.9\n"
        + "TMALL,20260301,DSR_SERVICE,4.86,4.79\n"
    )

    found = {each.figure: each for each in Reading.objects.filter(store=store)}
    assert found["uv"].value == 1200
    assert (found["conversion"].value, found["conversion"].industry) == (
        Decimal("3.25"),
        Decimal("2.9"),
    )
    assert found["dsr_service"].value == Decimal("4.86")
    assert {each.day.isoformat() for each in found.values()} == {"2026-03-01"}


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("jd,2026-03-01,uv,1,", "unknown_channel", "channel"),
        (",2026-03-01,uv,1,", "missing_value", "channel"),
        ("tmall,2026-02-30,uv,1,", "not_a_day", "day"),
        ("tmall,yesterday,uv,1,", "not_a_day", "day"),
        ("tmall,2026-03-03,uv,1,", "unfit_reading", "value"),
        ("tmall,2026-03-01,visitors,1,", "unknown_figure", "figure"),
        ("tmall,2026-03-01,uv,1.5,", "unfit_reading", "value"),
        ("tmall,2026-03-01,uv,5%,", "not_an_amount", "value"),
        ('tmall,2026-03-01,uv,"1,200",', "thousands_separator", "value"),
        ("tmall,2026-03-01,uv,-1,", "negative", "value"),
        ("tmall,2026-03-01,uv,,", "missing_value", "value"),
        ("tmall,2026-03-01,dsr_service,5.1,", "unfit_reading", "value"),
        ("tmall,2026-03-01,dsr_service,4.1,n/a", "not_an_amount", "industry"),
        ("tmall,2026-03-01,uv", "ragged_row", ""),
    ],
)
def test_a_bad_line_says_what_is_wrong_and_the_others_come_in(line, code, column, bring):
    session = bring(HEADER + line + "\ntmall,2026-03-01,pv,9000,\n")

    assert outcomes(session)[0] == (2, "rejected", code, column)
    assert Reading.objects.get().figure == "pv"


def test_a_file_tells_a_figure_of_a_day_once(bring):
    session = bring(HEADER + "tmall,2026-03-01,uv,1,\n天猫旗舰店,2026-03-01,访客数,2,\n")

    assert outcomes(session)[1] == (3, "rejected", "repeated_key", "figure")
    assert Reading.objects.get().value == 1


def test_a_file_that_comes_again_changes_nothing_and_a_later_one_corrects(bring):
    bring(HEADER + "tmall,2026-03-01,uv,1,\n")
    again = bring(HEADER + "tmall,2026-03-01,uv,1.0,\n")
    later = bring(HEADER + "tmall,2026-03-01,uv,2,\n")

    assert [each.rows.get().outcome for each in (again, later)] == ["duplicate", "changed"]
    assert Reading.objects.get().value == 2


def test_an_older_file_that_comes_late_takes_nothing_back(bring):
    bring(HEADER + "tmall,2026-03-01,uv,2,\n")

    older = bring(HEADER + "tmall,2026-03-01,uv,1,\n", as_of=MOMENT - timedelta(hours=1))

    assert outcomes(older) == [(2, "duplicate", "outdated", "")]
    assert Reading.objects.get().value == 2


def test_a_workbook_is_read_as_well(store, tmp_path):
    book, file = Workbook(), BytesIO()
    book.active.append(["渠道", "日期", "指标", "数值", "行业均值"])
    book.active.append(["tmall", MOMENT.date(), "退款率", 4.5, None])
    book.save(file)

    import_file(store, tmp_path / "f.xlsx", file.getvalue(), importer="channel-figures")

    assert Reading.objects.get().value == Decimal("4.5")


def test_what_was_made_is_taken_back_unless_it_was_corrected_since(bring, store):
    session = bring(HEADER + "tmall,2026-03-01,uv,1,\ntmall,2026-03-01,pv,5,\n")
    bring(HEADER + "tmall,2026-03-01,pv,6,\n")

    undoing.begin_undo(session=session, actor=None)
    undoing.undo(session.pk, actor=None, at=MOMENT)

    assert list(Reading.objects.values_list("figure", "value")) == [("pv", 6)]


def test_the_command_answers_as_every_import_does(store, tmp_path):
    path, out = tmp_path / "figures.csv", StringIO()
    path.write_text(HEADER + "tmall,2026-03-01,uv,1,\ntmall,2026-03-01,uv,x,\n")

    with pytest.raises(SystemExit) as ended:
        call_command(
            "import_figures",
            str(path),
            *("--store", store.code, "--format", "channel-figures", "--json"),
            *("--at", MOMENT.isoformat()),
            stdout=out,
        )

    told = json.loads(out.getvalue())
    assert (told["read"], told["created"], told["rejected"], ended.value.code) == (2, 1, 1, 3)
    assert (tmp_path / "figures.csv.rejects.csv").exists()


def test_who_may_bring_figures_in_is_offered_the_format(store):
    lead = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    clerk = factories.UserFactory(role=Role.WAREHOUSE, store=store)

    assert importers.stores_for(lead)["channel-figures"] == {store.pk}
    assert importers.stores_for(clerk)["channel-figures"] == set()


@pytest.mark.parametrize(
    ("role", "taken"),
    [
        (Role.MARKETING_OPERATOR, ["uv"]),
        (Role.MARKETING_LEAD, ["uv"]),
        (Role.CUSTOMER_SERVICE, ["reviews_unanswered"]),
        (Role.SERVICE_LEAD, ["dsr_service", "reviews_unanswered"]),
        (Role.OPERATIONS_LEAD, ["dsr_service", "reviews_unanswered", "uv"]),
        (Role.ANALYST, ["dsr_service", "reviews_unanswered", "uv"]),
    ],
)
def test_whoever_acts_on_a_figure_brings_it_in_and_no_other(role, taken, store, bring):
    """INS: a lead brings in what the roles below act on; the rest is refused by name."""
    person = factories.UserFactory(role=role, store=store)
    lines = "".join(
        f"tmall,2026-03-01,{code},4,\n" for code in ("uv", "dsr_service", "reviews_unanswered")
    )

    session = bring(HEADER + lines, actor=person)

    assert importers.stores_for(person)["channel-figures"] == {store.pk}
    assert sorted(Reading.objects.values_list("figure", flat=True)) == taken
    refused = session.rows.filter(outcome="rejected")
    assert set(refused.values_list("code", flat=True)) <= {"not_allowed"}
    assert refused.count() == 3 - len(taken)


def test_programs_bring_in_what_their_person_acts_on(store):
    person = factories.UserFactory(role=Role.MARKETING_OPERATOR, store=store)
    channel = store.channels.get()
    told = [Told(channel.pk, "dsr_service", MOMENT.date(), Decimal(4))]

    with pytest.raises(NotAllowed, match="Service lead"):
        take_readings(store=store, told=told, source="test", actor=person, at=MOMENT)
