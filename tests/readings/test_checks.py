"""The inspection asks what channels tell: balance, payment, answers, ratings, what is usual."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opsdesk.alerts.models import Alert
from opsdesk.inspection import checks as inspection
from opsdesk.inspection.models import CheckResult
from opsdesk.inspection.services.walking import ask_for_inspection, walk
from opsdesk.readings import figures
from opsdesk.readings.models import Reading
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = MOMENT.date()
YESTERDAY = TODAY - DAY


@pytest.fixture
def store():
    store = factories.StoreFactory(channel=None)
    factories.ChannelFactory(store=store, code="tmall", name="Tmall")
    return store


@pytest.fixture
def tell(store):
    """The store's channel tells a figure, in the morning of the day after."""

    def tell(figure, value, day=YESTERDAY, *, industry=None, channel=None, taken_at=None):
        whole = datetime.combine(day + DAY, datetime.min.time(), ZoneInfo("Asia/Shanghai"))
        taken = taken_at or min(whole + timedelta(hours=6), MOMENT)
        row, _made = Reading.objects.update_or_create(
            store=store,
            channel=channel or store.channels.get(code="tmall"),
            figure=figure,
            day=day,
            defaults={
                "value": Decimal(value),
                "industry": None if industry is None else Decimal(industry),
                "source": "test",
                "taken_at": taken,
            },
        )
        return row

    return tell


@pytest.fixture
def jd(store):
    return factories.ChannelFactory(store=store, code="jd", name="JD")


@pytest.fixture
def look(store):
    """How the check ended: its result."""

    def look(code, at=MOMENT):
        run = ask_for_inspection(
            store=store, codes=[code], actor=None, at=at, waits_for_worker=False
        )
        assert walk(run.pk, at=at) == "done"
        return CheckResult.objects.get(run=run)

    return look


def the_alert():
    return Alert.objects.exclude(state="resolved").get()


LATER = MOMENT + timedelta(minutes=10)
EVERY = ["INS-1.ad_balance", "INS-1.payment", "INS-5.unanswered", "INS-7.index", "INS-8.range"]
# Check → a figure that it asks for, and a value that is all right.
ASKED = {
    "INS-1.ad_balance": ("ad_balance", "500"),
    "INS-1.payment": ("payment_methods_failing", "0"),
    "INS-5.unanswered": ("complaints_open", "0"),
    "INS-7.index": ("dsr_service", "4.9"),
    "INS-8.range": ("uv", "1000"),
}


@pytest.mark.parametrize("code", EVERY)
def test_where_no_channel_tells_anything_nothing_is_checked(code, look):
    """INS: never passed without data."""
    result = look(code)

    assert result.outcome == "unchecked"
    assert result.reason == "店铺没有渠道报过这些指标。" or "No channel" in result.reason


@pytest.mark.parametrize("code", EVERY)
def test_what_used_to_come_and_has_not_come_is_unchecked_by_name(code, look, tell):
    """INS-8: a day without figures is not a good day."""
    figure, value = ASKED[code]
    tell(figure, value, TODAY - 3 * DAY)

    result = look(code)

    assert result.outcome == "unchecked"
    assert "Tmall" in result.reason


@pytest.mark.parametrize("code", EVERY)
def test_another_store_s_figures_don_t_count(code, look):
    """INS"""
    other = factories.StoreFactory()
    figure, value = ASKED[code]
    factories.ReadingFactory(store=other, figure=figure, value=value, day=TODAY)

    assert look(code).outcome == "unchecked"


@pytest.mark.parametrize("code", EVERY)
def test_a_channel_that_is_switched_off_is_not_waited_for(code, look, tell, store):
    """INS"""
    tell(ASKED[code][0], ASKED[code][1], TODAY - 3 * DAY)
    store.channels.update(is_active=False)

    assert "Tmall" not in look(code).reason


def test_every_check_is_registered_with_its_steps_and_owner():
    """INS"""
    for code in EVERY:
        check = inspection.get(code)
        assert check.steps
        assert check.numbers


# INS-1


def spend(tell, *values):
    for days, value in enumerate(values, start=1):
        tell("ad_spend", value, TODAY - days * DAY)


def test_a_balance_below_a_usual_day_s_spend_is_found_and_closes_when_topped_up(look, tell):
    """INS-1: the median of the last days; one big day does not make it short."""
    spend(tell, "100", "90", "110", "5000", "100")
    tell("ad_balance", "99", TODAY)

    assert look("INS-1.ad_balance").outcome == "findings"
    alert = the_alert()
    assert (alert.check_code, alert.owner_role) == ("readings.ad_balance", Role.MARKETING_OPERATOR)
    assert (alert.evidence["value"], alert.evidence["needed"]) == ("99", "100")
    assert alert.deadline_at == MOMENT + timedelta(hours=1)

    tell("ad_balance", "100", TODAY, taken_at=LATER)
    again = look("INS-1.ad_balance", LATER)
    assert (again.outcome, again.cleared) == ("passed", 1)


def test_the_balance_is_compared_by_the_store_s_own_number(look, tell, store):
    """INS-1"""
    factories.SettingOverrideFactory(key="readings.balance", store=store, value=Decimal(3))
    spend(tell, "100", "100")
    tell("ad_balance", "299", TODAY)

    assert look("INS-1.ad_balance").outcome == "findings"


def test_a_balance_that_lasts_half_a_day_is_critical(look, tell):
    """INS-1"""
    spend(tell, "100")
    tell("ad_balance", "49", TODAY)
    look("INS-1.ad_balance")

    assert the_alert().severity == "critical"


def test_without_any_spend_it_can_t_be_said_whether_the_balance_lasts(look, tell):
    """INS-1"""
    tell("ad_balance", "1", TODAY)

    result = look("INS-1.ad_balance")

    assert result.outcome == "unchecked"
    assert "Tmall" in result.reason


def test_a_payment_method_that_fails_is_found(look, tell):
    """INS-1"""
    tell("payment_methods_failing", "1", TODAY)

    assert look("INS-1.payment").outcome == "findings"
    assert (the_alert().check_code, the_alert().severity) == ("readings.payment", "critical")

    tell("payment_methods_failing", "0", TODAY)
    assert look("INS-1.payment", LATER).outcome == "passed"


# INS-5


@pytest.mark.parametrize(
    ("figure", "severity", "owner"),
    [
        ("complaints_open", "warning", Role.SERVICE_LEAD),
        ("reviews_unanswered", "warning", Role.CUSTOMER_SERVICE),
        ("violations_open", "critical", Role.OPERATIONS_LEAD),
        ("points_deducted", "critical", Role.OPERATIONS_LEAD),
    ],
)
def test_what_waits_for_an_answer_is_found_for_whoever_gives_it(
    figure, severity, owner, look, tell, store
):
    """INS-5"""
    reading = tell(figure, "2", TODAY)

    assert look("INS-5.unanswered").outcome == "findings"
    alert = the_alert()
    assert (alert.severity, alert.owner_role, alert.evidence["value"]) == (severity, owner, "2")
    assert alert.subject_type == ContentType.objects.get_for_model(Reading)
    assert (alert.subject_id, alert.store_id) == (reading.pk, store.pk)


def test_what_one_channel_tells_is_told_though_another_is_silent(look, tell, jd):
    """INS-5: and the alert on the silent one stays as it was."""
    tell("complaints_open", "3", TODAY)
    tell("complaints_open", "1", TODAY, channel=jd)
    look("INS-5.unanswered")
    tomorrow = MOMENT + DAY
    tell("complaints_open", "4", TODAY + DAY, taken_at=tomorrow)

    result = look("INS-5.unanswered", tomorrow)

    assert (result.outcome, result.figures["missing"]) == ("findings", 1)
    assert Alert.objects.exclude(state="resolved").count() == 2


def test_nothing_found_and_one_channel_silent_is_not_passed(look, tell, jd):
    """INS-5"""
    tell("complaints_open", "0", TODAY)
    tell("complaints_open", "0", TODAY - 2 * DAY, channel=jd)

    result = look("INS-5.unanswered")

    assert result.outcome == "unchecked"
    assert "JD" in result.reason
    assert "Tmall" not in result.reason


def test_before_the_hour_the_day_before_is_what_is_due(look, tell):
    """INS-8: at seven nobody waits for what comes by eight."""
    tell("complaints_open", "0", YESTERDAY)
    seven = MOMENT - timedelta(hours=3)

    assert look("INS-5.unanswered", seven).outcome == "passed"
    assert look("INS-5.unanswered").outcome == "unchecked"


# INS-7


@pytest.mark.parametrize(
    ("before", "now", "industry", "found"),
    [
        ("4.80", "4.80", None, None),
        ("4.80", "4.76", None, None),
        ("4.80", "4.74", None, "warning"),
        ("4.80", "4.90", None, None),
        ("4.80", "4.80", "4.81", "warning"),
        ("4.80", "4.80", "4.80", None),
        ("4.80", "4.70", "4.75", "critical"),
    ],
)
def test_a_rating_is_held_against_yesterday_and_the_industry(
    before, now, industry, found, look, tell
):
    """INS-7: it may fall by one percent."""
    tell("dsr_service", before, YESTERDAY)
    tell("dsr_service", now, TODAY, industry=industry)

    assert look("INS-7.index").outcome == ("findings" if found else "passed")
    if found:
        assert the_alert().severity == found
        assert the_alert().evidence["before"] == "4.8"


def test_a_first_rating_has_only_the_industry_to_be_held_against(look, tell):
    """INS-7"""
    tell("after_sales_index", "80", TODAY, industry="85")

    assert look("INS-7.index").outcome == "findings"
    assert "before" not in the_alert().evidence


# INS-8


def weeks(tell, figure, *values, before=YESTERDAY, **more):
    for week, value in enumerate(values, start=1):
        tell(figure, value, before - 7 * week * DAY, **more)


def test_a_day_outside_the_usual_range_is_found_with_what_is_usual(look, tell):
    """INS-8"""
    weeks(tell, "uv", "980", "1000", "1020", "1000", "990")
    tell("uv", "300")

    assert look("INS-8.range").outcome == "findings"
    alert = the_alert()
    assert (alert.check_code, alert.severity) == ("readings.unusual", "warning")
    assert (alert.evidence["middle"], alert.evidence["weeks"]) == ("1000", 5)
    assert Decimal(alert.evidence["low"]) > 300

    tell("uv", "1010")
    assert look("INS-8.range", LATER).outcome == "passed"


@pytest.mark.parametrize(
    ("figure", "value", "severity"),
    [("uv", "3000", "info"), ("refund_rate", "30", "warning"), ("refund_rate", "0", "info")],
)
def test_what_is_unusually_good_is_only_worth_knowing(figure, value, severity, look, tell):
    """INS-8"""
    usual = {"uv": ("980", "1000", "1020", "990"), "refund_rate": ("4", "5", "6", "5")}
    weeks(tell, figure, *usual[figure])
    tell(figure, value)
    look("INS-8.range")

    assert the_alert().severity == severity


def test_only_the_same_weekday_tells_what_is_usual(look, tell):
    """INS-8: a quiet Sunday is no breakdown."""
    weeks(tell, "uv", "100", "110", "90", "100")
    for days in range(1, 7):
        for week in range(4):
            tell("uv", "1000", YESTERDAY - (7 * week + days) * DAY)
    tell("uv", "105")

    assert look("INS-8.range").outcome == "passed"


def test_too_few_weeks_tell_nothing(look, tell):
    """INS-8: then it is unchecked, with the reason."""
    weeks(tell, "uv", "1000", "1000", "1000")
    tell("uv", "1")

    result = look("INS-8.range")

    assert (result.outcome, Alert.objects.count()) == ("unchecked", 0)


def test_a_figure_with_too_few_weeks_is_counted_beside_the_others(look, tell):
    """INS-8"""
    weeks(tell, "uv", "1000", "1010", "990", "1000")
    tell("uv", "1000")
    tell("pv", "5000")

    result = look("INS-8.range")

    assert (result.outcome, result.figures["judged"], result.figures["unknown"]) == ("passed", 1, 1)


def test_today_s_unfinished_day_is_never_compared(look, tell):
    """INS-8: 40 visitors by ten o'clock are no breakdown, and yesterday is what is judged."""
    weeks(tell, "uv", "1000", "1010", "990", "1000")
    weeks(tell, "uv", "1000", "1010", "990", "1000", before=TODAY)
    tell("uv", "1000")
    tell("uv", "40", TODAY, taken_at=MOMENT)

    assert look("INS-8.range").outcome == "passed"


def test_what_was_read_before_the_day_was_over_is_not_taken_for_the_day(look, tell):
    """INS-8: yesterday's visitors as of yesterday noon are not yesterday's visitors."""
    weeks(tell, "uv", "1000", "1010", "990", "1000")
    tell("uv", "400", taken_at=MOMENT - DAY)

    result = look("INS-8.range")

    assert (result.outcome, Alert.objects.count()) == ("unchecked", 0)
    assert "Tmall" in result.reason


def test_many_channels_and_days_take_as_many_statements_as_one(look, tell, store):
    """INS-8"""

    def statements():
        check = inspection.get("INS-8.range")
        with CaptureQueriesContext(connection) as asked:
            check.look(store, MOMENT)
        return len(asked)

    weeks(tell, "uv", "980", "1000", "1020", "1000")
    tell("uv", "300")
    statements()  # Content types are remembered.
    one = statements()
    for number in range(5):
        channel = factories.ChannelFactory(store=store, code=f"more-{number}")
        for figure in ("uv", "pv"):
            weeks(tell, figure, "980", "1000", "1020", "1000", channel=channel)
            tell(figure, "300", channel=channel)

    assert statements() == one
    assert Alert.objects.count() == 11


def test_no_figure_is_without_words():
    """INS: evidence has words for every figure."""
    kinds = [kind for code in EVERY for kind in inspection.get(code).kinds]

    assert all(
        kind.words["figure"].keys() >= {each.code for each in figures.FIGURES} for kind in kinds
    )
