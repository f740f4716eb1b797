"""What is kept for a while only goes when its days are over, and nothing else does."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from opsdesk import retention
from opsdesk.schedule.models import Slot
from opsdesk.stores.procedure import value_of
from opsdesk.tokens.models import KeptAnswer
from orders.contacts import Contact
from orders.models import ChannelReconciliation, Order
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def run(at):
    return retention.delete_old_rows(Slot(), at)


def test_ended_runs_go_after_their_days_but_the_newest_of_a_job_stays():
    old, newest = (
        factories.SlotFactory(job="deadlines.sweep", slot_at=MOMENT + each * DAY, state="done")
        for each in (0, 1)
    )
    waiting = factories.SlotFactory(job="bulk.continue", slot_at=MOMENT)
    factories.SlotFactory(job="bulk.continue", slot_at=MOMENT + DAY, state="done")

    assert run(MOMENT + 90 * DAY)["slots"] == 0
    assert run(MOMENT + 200 * DAY)["slots"] == 1

    assert not Slot.objects.filter(pk=old.pk).exists()
    assert Slot.objects.filter(pk__in=[newest.pk, waiting.pk]).count() == 2


def test_kept_answers_go_after_a_week():
    factories.KeptAnswerFactory(created_at=MOMENT)

    assert run(MOMENT + 7 * DAY)["kept answers"] == 0
    assert run(MOMENT + 7 * DAY + timedelta(seconds=1))["kept answers"] == 1
    assert not KeptAnswer.objects.exists()


def test_comparisons_with_a_channel_go_unless_a_difference_or_the_channel_needs_them():
    """ORD-1: what a difference was told by stays, and how the channel stood last."""
    idle, telling, last = (factories.ChannelReconciliationFactory(at=MOMENT) for _ in range(3))
    ChannelReconciliation.objects.update(channel=idle.channel)
    factories.ChannelDifferenceFactory(channel=idle.channel, run=telling)

    assert run(MOMENT + 90 * DAY)["comparisons with channels"] == 0
    assert run(MOMENT + 91 * DAY)["comparisons with channels"] == 1

    assert set(ChannelReconciliation.objects.all()) == {telling, last}


def test_sessions_that_ran_out_go():
    for number in (-1, 1):
        Session.objects.create(
            session_key=f"s{number}", session_data="", expire_date=MOMENT + number * DAY
        )

    run(MOMENT)

    assert list(Session.objects.values_list("session_key", flat=True)) == ["s1"]


def test_the_days_are_a_number_with_a_history():
    factories.SettingOverrideFactory(key="tokens.answers_kept", value=30, valid_from=MOMENT)
    factories.SettingOverrideFactory(
        key="tokens.answers_kept", value=2, valid_from=MOMENT, store=factories.StoreFactory()
    )
    factories.KeptAnswerFactory(created_at=MOMENT)

    assert value_of("tokens.answers_kept", store=None, at=MOMENT) == 30
    assert value_of("tokens.answers_kept", store=None, at=MOMENT - DAY) == 7
    assert run(MOMENT + 20 * DAY)["kept answers"] == 0
    assert run(MOMENT + 31 * DAY)["kept answers"] == 1


def test_many_rows_go_in_batches(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    factories.KeptAnswerFactory.create_batch(5, token=factories.ApiTokenFactory())

    assert run(MOMENT + 100 * DAY)["kept answers"] == 5


def test_the_contact_of_an_order_goes_180_days_after_it_was_over_and_the_order_stays():
    over = factories.OrderFactory(fulfilment_state="delivered", delivered_at=MOMENT)
    cancelled = factories.OrderFactory(fulfilment_state="cancelled", cancelled_at=MOMENT + DAY)
    asked_about = factories.OrderFactory(
        fulfilment_state="delivered", delivered_at=MOMENT, after_sales_state="requested"
    )
    owed = factories.OrderFactory()
    factories.OrderFactory(recipient="", phone="", address="", fulfilment_state="delivered")

    assert run(MOMENT + 180 * DAY)["contacts of orders"] == 0
    assert run(MOMENT + 180 * DAY + timedelta(seconds=1))["contacts of orders"] == 1
    assert run(MOMENT + 400 * DAY)["contacts of orders"] == 1
    assert run(MOMENT + 400 * DAY)["contacts of orders"] == 0

    kept = {order.pk for order in Order.objects.all() if order.contact.phone}
    assert kept == {asked_about.pk, owed.pk}
    for before in (over, cancelled):
        after = Order.objects.get(pk=before.pk)
        assert (after.contact, after.phone_digest) == (Contact(), None)
        assert (after.total_amount, after.region) == (before.total_amount, before.region)
        assert after.contact_cleared_at
        assert after.content_hash == before.content_hash


def test_how_long_a_contact_is_kept_is_a_number():
    factories.OrderFactory(fulfilment_state="delivered", delivered_at=MOMENT)
    factories.SettingOverrideFactory(key="orders.keep_contacts", value=60, valid_from=MOMENT)

    assert run(MOMENT + 61 * DAY)["contacts of orders"] == 1


def test_the_cells_of_rejected_rows_go_and_why_they_were_rejected_stays():
    old, new = (
        factories.ImportSessionFactory(state="refused", finished_at=MOMENT + days * DAY)
        for days in (0, 20)
    )
    for session in (old, new):
        factories.ImportRowFactory(
            session=session, raw=["13812345678"], outcome="rejected", code="c", reason="why"
        )

    assert run(MOMENT + 31 * DAY)["cells of rejected rows"] == 1
    assert run(MOMENT + 31 * DAY)["cells of rejected rows"] == 0

    row = old.rows.get()
    assert (row.raw, row.data, row.reason) == ([], None, "why")
    assert new.rows.get().raw == ["13812345678"]
