"""Trials by REST: asked for once, and worked out for the asker's own store only."""

import pytest

from opsdesk.automation.models import RuleTrial
from opsdesk.automation.services import trying
from tests.automation.rules import TAG, a_rule
from tests.factories import MOMENT, StoreFactory
from tests.tokens.programs import program

pytestmark = pytest.mark.django_db
PATH = "/api/v1/automation-trials/"


def ask(client, rule, key="one"):
    headers = {"Idempotency-Key": key}
    return client.post(PATH, {"rule": str(rule.pk)}, "application/json", headers=headers)


@pytest.fixture
def store():
    return StoreFactory()


def test_a_rule_is_tried_and_the_result_can_be_read(store):
    client = program(store, role="operations_lead")
    rule = a_rule(store, TAG, is_on=False)

    asked = ask(client, rule)

    assert (asked.status_code, asked.json()["state"]) == (201, "waiting")
    trying.run_trial(int(asked.json()["id"]), at=MOMENT)
    shown = client.get(asked["Location"]).json()
    assert (shown["state"], shown["rule"], shown["result"]["total"]) == ("done", str(rule.pk), 0)


def test_asking_again_is_answered_with_the_same_trial(store):
    client = program(store, role="operations_lead")
    rule = a_rule(store, TAG, is_on=False)

    ids = {ask(client, rule, key).json()["id"] for key in ("one", "one", "two")}

    assert len(ids) == RuleTrial.objects.count() == 1


def test_a_rule_of_another_store_is_not_there(store):
    rule = a_rule(StoreFactory(), TAG, is_on=False)

    assert ask(program(store, role="operations_lead"), rule).status_code == 404
    assert not RuleTrial.objects.exists()
