from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import Error

from opsdesk.errors import NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.models import SettingOverride
from opsdesk.stores.roles import Role
from opsdesk.stores.services import InvalidNumber, set_number
from tests.factories import (
    MOMENT,
    ChannelFactory,
    MembershipFactory,
    SettingOverrideFactory,
    StoreFactory,
    UserFactory,
)

CONFIRM = "orders.confirm_within"
SHIP = "fulfillment.ship_within"


@pytest.fixture
def store(db):
    return StoreFactory()


@pytest.fixture
def channel(store):
    return store.channels.get()


def test_without_overrides_the_procedures_default_holds(store, channel):
    """ORD-2: ten minutes."""
    assert procedure.value_of(CONFIRM, store=store, channel=channel, at=MOMENT) == 10


def test_a_platforms_promise_goes_before_the_default(store):
    """FUL-2: Douyin 48 hours."""
    douyin = ChannelFactory(store=store, platform="douyin")

    assert procedure.value_of(SHIP, store=store, channel=douyin, at=MOMENT) == 48 * 60


def test_the_most_specific_override_wins(store, channel):
    SettingOverrideFactory(value=20)
    assert procedure.value_of(CONFIRM, store=store, channel=channel, at=MOMENT) == 20
    SettingOverrideFactory(store=store, value=30)
    assert procedure.value_of(CONFIRM, store=store, channel=channel, at=MOMENT) == 30
    SettingOverrideFactory(store=store, channel=channel, value=40)
    assert procedure.value_of(CONFIRM, store=store, channel=channel, at=MOMENT) == 40
    assert procedure.value_of(CONFIRM, store=store, at=MOMENT) == 30
    assert procedure.value_of(CONFIRM, store=StoreFactory(), at=MOMENT) == 20


def test_an_override_holds_from_its_moment_on(store):
    SettingOverrideFactory(store=store, value=30, valid_from=MOMENT + timedelta(days=1))

    assert procedure.value_of(CONFIRM, store=store, at=MOMENT) == 10
    assert procedure.value_of(CONFIRM, store=store, at=MOMENT + timedelta(days=1)) == 30


def test_an_empty_value_ends_an_override(store):
    SettingOverrideFactory(store=store, value=30)
    SettingOverrideFactory(store=store, value=None, valid_from=MOMENT + timedelta(hours=1))

    assert procedure.value_of(CONFIRM, store=store, at=MOMENT + timedelta(hours=2)) == 10


def test_all_numbers_of_a_channel_cost_one_query(store, channel, django_assert_num_queries):
    with django_assert_num_queries(1):
        procedure.numbers_of([CONFIRM, SHIP], store=store, channel=channel, at=MOMENT)


def test_an_unknown_setting_is_an_error(store):
    with pytest.raises(procedure.UnknownSetting, match="nonsense"):
        procedure.value_of("nonsense", store=store, at=MOMENT)


def change(store, **fields):
    fields = {
        "key": CONFIRM,
        "value": Decimal(15),
        "channel": None,
        "valid_from": MOMENT,
        "actor": None,
        "reason": "agreed with the platform",
        "at": MOMENT,
    } | fields
    return set_number(store=store, **fields)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"value": Decimal(0)}, "from 1 to"),
        ({"value": Decimal(-5)}, "from 1 to"),
        ({"reason": "  "}, "why"),
        ({"valid_from": MOMENT - timedelta(minutes=1)}, "past"),
    ],
)
def test_a_senseless_number_is_refused_in_words(store, wrong, says):
    with pytest.raises(InvalidNumber, match=says):
        change(store, **wrong)


def test_a_channel_of_another_store_is_refused(store):
    with pytest.raises(InvalidNumber, match="another store"):
        change(store, channel=ChannelFactory())


def test_only_the_stores_administrator_changes_its_numbers(store):
    lead = UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    administrator = UserFactory(role=Role.ADMINISTRATOR, store=store)

    with pytest.raises(NotAllowed):
        change(store, actor=lead)
    assert change(store, actor=administrator).set_by == administrator


def test_numbers_of_every_store_need_the_administrator_of_every_store(store):
    administrator = UserFactory(role=Role.ADMINISTRATOR, store=store)
    other = StoreFactory()

    with pytest.raises(NotAllowed):
        change(None, actor=administrator)

    MembershipFactory(user=administrator, store=other, role=Role.ADMINISTRATOR)
    administrator = type(administrator).objects.get(pk=administrator.pk)
    assert change(None, actor=administrator).store is None


@pytest.mark.parametrize("doing", ["update", "delete"])
def test_the_history_of_a_number_cant_be_edited(store, doing):
    override = SettingOverrideFactory(store=store)
    rows = SettingOverride.objects.filter(pk=override.pk)

    with pytest.raises(Error, match="append_only"):
        rows.update(value=1) if doing == "update" else rows.delete()
