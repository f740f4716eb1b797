"""Whatever chapters register can be asked, told and answered, in every way that is offered."""

from datetime import timedelta
from decimal import Decimal

import pytest

from opsdesk.automation import actions, events, reading, subjects, words
from opsdesk.automation.fields import SEVERAL, WITHOUT_VALUE, FieldKind, Operator
from opsdesk.automation.matching import rows_that_meet
from opsdesk.automation.services import finding, trying
from tests.automation.rules import TAG, a_rule, where
from tests.factories import (
    MOMENT,
    AlertFactory,
    CarrierFactory,
    ChannelFactory,
    OrderFactory,
    OrderLineFactory,
    ParcelFactory,
    ParcelProgressFactory,
    SkuFactory,
    StockCoverFactory,
    StoreFactory,
    TagFactory,
    WarehouseFactory,
)

pytestmark = pytest.mark.django_db

ALERT = {"action": "alert", "role": "warehouse", "severity": "info", "text": "{subject}"}
ASKED = [
    pytest.param(subject, field, operator, id=f"{subject.code}-{field.code}-{operator}")
    for subject in subjects.all_subjects()
    for field in subject.fields
    for operator in field.operators
]
VALUES = {
    FieldKind.TEXT: "x%_'",
    FieldKind.NUMBER: "-1.5",
    FieldKind.MONEY: "12.50",
    FieldKind.FLAG: True,
    FieldKind.MOMENT: "2026-03-01T08:00",
    FieldKind.AGE: "36",
    FieldKind.CODES: "A-1",
    FieldKind.TAGS: "look",
}
PERSONAL = ("name", "phone", "address", "email", "contact", "digest", "sealed", "note")


@pytest.fixture
def store():
    store = StoreFactory()
    ChannelFactory(store=store)
    WarehouseFactory(store=store)
    service = CarrierFactory(store=store).services
    service.create(code="standard", name="Standard")
    return store


def value_for(field, operator, store):
    if operator in WITHOUT_VALUE:
        return None
    if field.kind == FieldKind.CHOICE:
        code = field.choices_in(store)[0][0]
        return [code] if operator in SEVERAL else code
    return VALUES[field.kind]


@pytest.mark.parametrize(("subject", "field", "operator"), ASKED)
def test_every_field_can_be_asked_in_every_way(
    store, subject, field, operator, django_assert_num_queries
):
    asked = {"field": field.code, "is": operator, "value": value_for(field, operator, store)}
    clock = {"kind": "time", "subject": subject.code, "every": "hour"}
    raw = {"trigger": clock, "conditions": where(asked), "actions": [ALERT]}
    definition = reading.read(raw, store=store)
    assert subject.type_id

    with django_assert_num_queries(1):
        list(rows_that_meet(definition, store, MOMENT))

    assert str(field.title) in words.sentence(definition, store)
    assert reading.read(definition.raw, store=store).raw == definition.raw


@pytest.mark.parametrize("event", events.all_events(), ids=lambda event: event.code)
def test_every_event_can_be_answered_and_tried(store, event):
    raw = {"trigger": {"kind": "event", "event": event.code}, "actions": [ALERT]}
    definition = reading.read(raw, store=store)

    assert finding.causes_of_events(definition, store, after=0, to=10**6, at=MOMENT) == []
    assert trying.first_since(event.source, MOMENT) == 1


@pytest.mark.parametrize("subject", subjects.all_subjects(), ids=lambda subject: subject.code)
def test_no_field_is_personal(subject):
    paths = [field.path for field in subject.fields]

    assert not [
        path for path in paths if any(word in path for word in PERSONAL) and "product" not in path
    ]


@pytest.mark.parametrize(
    "make", [AlertFactory, OrderFactory, SkuFactory, StockCoverFactory, ParcelFactory]
)
def test_the_fields_of_rows_are_told_in_one_statement(make, django_assert_num_queries):
    rows = [make(), make()]
    subject = subjects.get(rows[0]._meta.label_lower)

    with django_assert_num_queries(1):
        told = subject.told([row.pk for row in rows], MOMENT)

    assert set(told) == {row.pk for row in rows}
    assert subject.type_id
    assert all(subject.labels(subject.among([rows[0].pk])).values())


def test_orders_are_asked_for_what_is_in_them(store):
    order = OrderFactory(store=store, total_amount=Decimal("60.00"))
    OrderLineFactory(order=order, sku_code="A-1", quantity=3)
    OrderFactory(store=store)
    TagFactory(subject=order, name="look")

    def met(*items, match="all"):
        raw = {
            "trigger": {"kind": "time", "subject": "orders.order", "every": "day", "hour": 9},
            "conditions": where(*items, match=match),
            "actions": [TAG],
        }
        return rows_that_meet(reading.read(raw, store=store), store, MOMENT).count()

    assert met({"field": "skus", "is": "has", "value": "A-1"}) == 1
    assert met({"field": "skus", "is": "has_not", "value": "A-1"}) == 1
    assert met({"field": "pieces", "is": "at_least", "value": "3"}) == 1
    assert met({"field": "pieces", "is": "is", "value": "3.5"}) == 0
    assert met({"field": "pieces", "is": "at_most", "value": "999999999999"}) == 2
    assert met({"field": "tags", "is": "has", "value": "look"}) == 1
    nothing = {"field": "pieces", "is": "more_than", "value": 99}
    assert met(nothing, {"field": "tags", "is": "has", "value": "look"}, match="any") == 1
    assert met({"field": "total", "is": "is", "value": "60", "currency": "USD"}) == 0
    assert met({"field": "total", "is": "is", "value": "60", "currency": "CNY"}) == 1


def test_an_age_is_told_in_hours():
    order = OrderFactory(placed_at=MOMENT - timedelta(minutes=90))

    told = subjects.get("orders.order").told([order.pk], MOMENT)

    assert told[order.pk]["placed_for"] == Decimal("1.5")


def test_a_parcel_without_news_is_found(store):
    silent = ParcelProgressFactory(
        parcel__warehouse__store=store,
        news_at=MOMENT - timedelta(days=4),
        event_at=MOMENT - timedelta(days=4),
    )
    ParcelProgressFactory(parcel__warehouse__store=store)
    a_rule(store, TAG, is_on=False)
    raw = {
        "trigger": {"kind": "time", "subject": "fulfillment.parcel", "every": "hour"},
        "conditions": where({"field": "silent_for", "is": "more_than", "value": "72"}),
        "actions": [TAG],
    }

    found = rows_that_meet(reading.read(raw, store=store), store, MOMENT)

    assert [row.pk for row in found] == [silent.parcel_id]


def test_every_action_suits_something_and_asks_a_right():
    for action in actions.all_actions():
        assert any(action.suits(subject) for subject in subjects.all_subjects())
        assert action.permission.count(".") == 1
    assert Operator.IS in subjects.get("orders.order").by_code["channel"].operators
