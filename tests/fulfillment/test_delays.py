"""Customers are told of delays before they happen, and compensated by rule (FUL-2)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from fulfillment.models import Compensation, LateRisk
from fulfillment.services import compensating
from fulfillment.services.compensating import compensate_delays, end_refused
from fulfillment.services.delay_telling import TELLS, tell_by_itself, tell_of_delays
from fulfillment.services.granting import grant_compensations
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services.carrying import carry_out
from opsdesk.approvals.services.deciding import decide
from opsdesk.errors import DomainError
from opsdesk.exchange.models import OutboundMessage
from opsdesk.stores.roles import Role
from orders.models import CustomerMessage, Order
from orders.services import opting_out
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Reason = LateRisk.Reason


@pytest.fixture
def channel():
    channel = factories.ChannelFactory(platform="own")
    factories.TargetFactory(store=channel.store, adapter="sms-console", address="")
    return channel


@pytest.fixture
def clerk(channel):
    return factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=channel.store)


def risk(channel, *, paid="100.00", **values):
    """Goods are missing; the order leaves two days and an hour after its ship-by."""
    order = factories.OrderFactory(
        store=channel.store,
        channel=channel,
        fulfilment_state="waiting",
        total_amount=Decimal(paid),
    )
    fields = {"reason": Reason.SHORTAGE, "expected_at": MOMENT + 2 * DAY + 2 * HOUR, **values}
    return factories.LateRiskFactory(order=order, **fields)


def tell(clerk, *risks, at=MOMENT):
    return tell_of_delays([risk.pk for risk in risks], clerk, at)


def give(clerk, *risks, at=MOMENT):
    return compensate_delays([risk.pk for risk in risks], clerk, at)


def texts():
    return [message.payload["text"] for message in OutboundMessage.objects.order_by("pk")]


def test_the_customer_is_told_once_a_delay(channel, clerk):
    """FUL-2: when it should have left and when it will; another ship-by is another delay."""
    late = risk(channel)

    assert tell(clerk, late).changed == [late.pk]
    assert not tell(clerk, late).changed

    [text] = texts()
    for told in (late.order.external_number, "03-02 11:00", "03-04 12:00"):
        assert told in text
    late.refresh_from_db()
    assert late.told_at == MOMENT

    LateRisk.objects.update(told_at=None, delay=2)
    assert tell(clerk, late).changed == [late.pk]
    assert len(texts()) == 2


def test_when_nobody_knows_no_day_is_promised(channel, clerk):
    tell(clerk, risk(channel, expected_at=None))

    assert "尽快" in texts()[0] or "as soon as we can" in texts()[0]


def test_nobody_opts_out_of_what_goes_wrong_with_an_order(channel, clerk):
    """FUL-2: offers and confirmations are another thing."""
    late = risk(channel)
    boss = factories.UserFactory(is_superuser=True)
    for purpose in ("marketing", "service"):
        opting_out.opt_out(
            store=channel.store,
            phone=late.order.contact.phone,
            purpose=purpose,
            way="call",
            actor=boss,
            at=MOMENT,
        )

    assert tell(clerk, late).changed == [late.pk]


def test_who_can_not_be_told_is_named_with_the_reason(channel, clerk):
    """FUL-2: somebody may call them; what is withheld is on record."""
    masked = factories.ChannelFactory(store=channel.store, platform="jd", masks_recipients=True)
    late, gone = risk(masked), risk(channel)
    Order.objects.filter(pk=gone.order_id).update(
        fulfilment_state="shipped", shipped_at=MOMENT, confirmed_at=MOMENT
    )

    done = tell(clerk, late, gone)

    assert not done.changed
    assert list(done.refused) == [late.pk]
    assert CustomerMessage.objects.get().withheld == "masked"
    late.refresh_from_db()
    assert late.told_at is None


def test_only_who_may_tells(channel):
    late = risk(channel)
    packer = factories.UserFactory(role=Role.WAREHOUSE, store=channel.store)
    stranger = factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=factories.StoreFactory())

    for person in (packer, stranger):
        assert not tell(person, late).changed
        assert not give(person, late).changed
    assert not texts()


@pytest.mark.parametrize(
    ("values", "is_told"),
    [
        ({}, True),
        ({"reason": Reason.NOT_READY, "expected_at": None}, False),
        ({"reason": Reason.NOT_READY, "expected_at": None, "due_at": MOMENT}, True),
        ({"reason": Reason.CAPACITY}, True),
    ],
)
def test_what_is_certain_is_told_by_itself_where_the_procedure_says_so(values, is_told, channel):
    """FUL-2: what is not packed yet may still be."""
    risk(channel, **values)
    assert tell_by_itself(None, MOMENT) == {"told": 0}

    factories.SettingOverrideFactory(key=TELLS.key, store=channel.store, value=1)

    assert tell_by_itself(None, MOMENT) == {"told": int(is_told)}
    assert tell_by_itself(None, MOMENT + timedelta(minutes=10)) == {"told": 0}


def test_nobody_is_told_by_itself_at_night(channel):
    risk(channel)
    factories.SettingOverrideFactory(key=TELLS.key, store=channel.store, value=1)

    assert tell_by_itself(None, MOMENT + 13 * HOUR) == {"told": 0}
    assert tell_by_itself(None, MOMENT + 23 * HOUR) == {"told": 1}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_tell_at_once_one_does(monkeypatch):
    channel = factories.ChannelFactory(platform="own")
    factories.TargetFactory(store=channel.store, adapter="sms-console", address="")
    clerk = factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=channel.store)
    late = risk(channel)

    done = run_together([partial(tell, clerk, late)] * 3)

    assert sorted(len(one.changed) for one in done) == [0, 0, 1]
    assert len(texts()) == 1


@pytest.mark.parametrize(
    ("rule", "paid", "amount"),
    [
        ({"percent": 10}, "100.00", "10.00"),
        ({"percent": 10}, "100.05", "10.01"),
        ({"percent": 10, "cap": 5}, "100.00", "5.00"),
        ({"percent": None, "amount": Decimal(8)}, "100.00", "8.00"),
    ],
)
def test_a_rule_gives_a_fixed_amount_or_a_share_with_a_cap(rule, paid, amount, channel, clerk):
    """FUL-2: half a cent up."""
    factories.CompensationRuleFactory(store=channel.store, **rule)

    give(clerk, risk(channel, paid=paid))

    given = Compensation.objects.get()
    assert (given.amount, given.hours_late, given.state) == (Decimal(amount), 49, "approved")


def test_the_rule_for_the_hours_is_taken_and_a_channel_s_own_first(channel, clerk):
    """FUL-2: compensate by rule."""
    make = partial(factories.CompensationRuleFactory, store=channel.store, percent=None, cap=None)
    make(hours_from=1, hours_to=24, amount=Decimal(1))
    make(hours_from=24, amount=Decimal(2))
    make(hours_from=24, amount=Decimal(3), channel=channel)
    make(hours_from=24, amount=Decimal(9), channel=factories.ChannelFactory(store=channel.store))
    other = factories.ChannelFactory(store=channel.store, platform="own")
    mine, theirs = risk(channel), risk(other)
    soon = risk(channel, expected_at=MOMENT + 2 * HOUR)
    in_time = risk(channel, expected_at=None)

    done = give(clerk, mine, theirs, soon, in_time)

    amounts = dict(Compensation.objects.values_list("order", "amount"))
    assert amounts == {mine.order_id: 3, theirs.order_id: 2, soon.order_id: 1}
    assert list(done.refused) == [in_time.pk]


def test_a_delay_is_compensated_once(channel, clerk):
    """FUL-2: also when the danger comes back, held by the database."""
    factories.CompensationRuleFactory(store=channel.store)
    late = risk(channel)
    give(clerk, late)
    LateRisk.objects.filter(pk=late.pk).update(closed_at=MOMENT, ended="gone")
    again = factories.LateRiskFactory(order=late.order, expected_at=late.expected_at)

    assert list(give(clerk, again).refused) == [again.pk]
    with pytest.raises(IntegrityError, match="one_per_order_and_delay"), transaction.atomic():
        factories.CompensationFactory(order=late.order, rule=Compensation.objects.get().rule)


def test_what_left_late_is_compensated_for_the_hours_it_was(channel, clerk):
    factories.CompensationRuleFactory(store=channel.store)
    late = risk(channel)
    Order.objects.filter(pk=late.order_id).update(
        fulfilment_state="shipped", confirmed_at=MOMENT, shipped_at=MOMENT + 6 * HOUR
    )
    LateRisk.objects.update(closed_at=MOMENT + 6 * HOUR, ended="shipped")

    give(clerk, late, at=MOMENT + DAY)

    assert Compensation.objects.get().hours_late == 5


def large(channel, clerk):
    factories.CompensationRuleFactory(store=channel.store, percent=50)
    late = risk(channel)
    give(clerk, late)
    return late


def test_above_the_limit_a_second_person_agrees(channel, clerk):
    """FUL-2: who proposed it may not."""
    large(channel, clerk)
    given = Compensation.objects.get()
    assert given.state == "asked"

    lead = factories.UserFactory(role=Role.SERVICE_LEAD, store=channel.store)
    decide(approval_id=given.approval_id, verdict="approve", actor=lead, at=MOMENT + HOUR)
    carry_out(approval_id=given.approval_id, at=MOMENT + HOUR)

    given.refresh_from_db()
    assert (given.state, given.approved_at) == ("approved", MOMENT + HOUR)


def test_what_is_refused_is_over(channel, clerk):
    late = large(channel, clerk)
    approval = Approval.objects.get()
    lead = factories.UserFactory(role=Role.SERVICE_LEAD, store=channel.store)
    decide(approval_id=approval.pk, verdict="reject", reason="Too much", actor=lead, at=MOMENT)

    assert [end_refused(), end_refused()] == [1, 0]
    assert Compensation.objects.get().state == "refused"
    assert list(give(clerk, late).refused) == [late.pk]


def test_small_sums_to_one_customer_add_up(channel, clerk):
    """FUL-2: the limit can't be got round in parts."""
    factories.CompensationRuleFactory(store=channel.store, percent=15)
    first, second = risk(channel), risk(channel)
    Order.objects.filter(pk=second.order_id).update(customer=first.order.customer)

    give(clerk, first)
    give(clerk, second)

    assert list(Compensation.objects.order_by("pk").values_list("state", flat=True)) == [
        "approved",
        "asked",
    ]


def agreed(channel, clerk, **rule):
    """A compensation that one person gives alone, not granted yet."""
    factories.CompensationRuleFactory(store=channel.store, **rule)
    give(clerk, risk(channel))
    return Compensation.objects.get()


def grant(person, *rows, how="Coupon 8F3K", at=MOMENT + DAY):
    return grant_compensations([row.pk for row in rows], person, at, how)


def test_what_was_agreed_on_is_granted_once_and_says_how(channel, clerk):
    """FUL-2: by whom, when, and what proves it."""
    given = agreed(channel, clerk)

    assert grant(clerk, given).changed == [given.pk]
    assert not grant(clerk, given, how="Another one").changed

    given.refresh_from_db()
    assert (given.state, given.granted_by, given.granted_at, given.granted_how) == (
        "granted",
        clerk,
        MOMENT + DAY,
        "Coupon 8F3K",
    )


def test_money_is_paid_by_somebody_other_than_who_proposed_it(channel, clerk):
    """FUL-2: four eyes, also below the limit; the database holds it."""
    given = agreed(channel, clerk, kind="money")
    assert list(grant(clerk, given).refused) == [given.pk]

    own = {"state": "granted", "granted_at": MOMENT, "granted_by": clerk, "granted_how": "No. 1"}
    with pytest.raises(IntegrityError, match="money_takes_two"), transaction.atomic():
        Compensation.objects.filter(pk=given.pk).update(**own)

    finance = factories.UserFactory(role=Role.FINANCE, store=channel.store)
    assert grant(finance, given, how="Payment 2026-771").changed == [given.pk]


def test_nothing_is_granted_that_nobody_agreed_on_or_without_a_word(channel, clerk):
    """FUL-2"""
    large(channel, clerk)
    asked = Compensation.objects.get()
    stranger = factories.UserFactory(role=Role.FINANCE, store=factories.StoreFactory())

    for person in (clerk, stranger):
        assert not grant(person, asked).changed
    with pytest.raises(DomainError):
        grant(clerk, asked, how=" ")
    with pytest.raises(IntegrityError, match="granted_by_somebody"), transaction.atomic():
        Compensation.objects.update(granted_how="By telephone")


def test_the_list_of_compensations_grants_after_a_preview(client, channel, clerk):
    """FUL-2: money of one's own is left alone before anything is clicked."""
    given = agreed(channel, clerk, kind="money")
    page = "/admin/fulfillment/compensation/"
    what = {"bulk": "compensation_granted", "ids": [given.pk]}

    client.force_login(clerk)
    assert client.post(page, what).context["left_alone"] == 1
    client.force_login(factories.UserFactory(role=Role.FINANCE, store=channel.store))
    assert client.post(page, what).context["count"] == 1
    client.post(f"{page}bulk/", {**what, "reason": "Payment 2026-771"})

    shown = client.get(f"{page}{given.pk}/change/").content.decode()
    assert "Payment 2026-771" in shown


@pytest.mark.django_db(transaction=True)
def test_of_two_who_grant_at_once_one_does(monkeypatch):
    """FUL-2"""
    monkeypatch.setattr(Compensation, "is_by", slowly(Compensation.is_by))
    channel = factories.ChannelFactory(platform="own")
    clerk = factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=channel.store)
    given = agreed(channel, clerk, kind="money")
    payers = [factories.UserFactory(role=Role.FINANCE, store=channel.store) for _ in range(3)]

    done = run_together([partial(grant, payer, given) for payer in payers])

    assert sorted(len(one.changed) for one in done) == [0, 0, 1]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_compensate_at_once_one_does(monkeypatch):
    monkeypatch.setattr(compensating, "offer_for", slowly(compensating.offer_for))
    channel = factories.ChannelFactory(platform="own")
    clerk = factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=channel.store)
    factories.CompensationRuleFactory(store=channel.store)
    late = risk(channel)

    done = run_together([partial(give, clerk, late)] * 3)

    assert sorted(len(one.changed) for one in done) == [0, 0, 1]
    assert Compensation.objects.count() == 1


def test_two_rules_never_hold_for_the_same_hours(channel):
    rule = factories.CompensationRuleFactory(store=channel.store, hours_from=1, hours_to=24)
    factories.CompensationRuleFactory(store=channel.store, hours_from=24)
    factories.CompensationRuleFactory(store=channel.store, channel=channel)

    with pytest.raises(IntegrityError, match="one_per_hour"), transaction.atomic():
        factories.CompensationRuleFactory(store=channel.store, hours_from=23)
    rule.hours_to = 1
    with pytest.raises(ValidationError):
        rule.clean()


def test_the_list_tells_and_compensates_after_a_preview(client, channel, clerk):
    """FUL-2: the page says first what would happen with each."""
    factories.CompensationRuleFactory(store=channel.store)
    first, second = risk(channel), risk(channel)
    tell(clerk, first)
    client.force_login(clerk)
    page = "/admin/fulfillment/laterisk/"

    preview = client.post(page, {"bulk": "delay_told", "ids": [first.pk, second.pk]})
    assert (preview.context["count"], preview.context["left_alone"]) == (1, 1)
    client.post(f"{page}bulk/", {"bulk": "delay_told", "ids": preview.context["ids"]})
    client.post(f"{page}bulk/", {"bulk": "delay_compensated", "ids": f"{first.pk},{second.pk}"})

    assert len(texts()) == 2
    assert Compensation.objects.count() == 2
    shown = client.get(f"{page}{first.pk}/change/").content.decode()
    assert "¥10.00" in shown


def test_the_list_costs_the_same_for_many_rows(
    client, channel, clerk, django_assert_max_num_queries
):
    client.force_login(clerk)
    for _ in range(5):
        risk(channel)

    with django_assert_max_num_queries(17):
        client.get("/admin/fulfillment/laterisk/?tab=open")
