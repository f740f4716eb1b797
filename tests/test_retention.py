"""What is kept for a while only goes when its days are over, and nothing else does."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from opsdesk import retention
from opsdesk.schedule.models import Slot
from opsdesk.stores.procedure import value_of
from opsdesk.tokens.models import KeptAnswer
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
