"""Two workers at once: each event is answered once."""

from functools import partial

import pytest

from opsdesk.automation.models import Firing, FiringEffect, Rule, Tag
from opsdesk.automation.services import firing, writing
from opsdesk.errors import Conflict
from tests.automation.rules import TAG, a_rule, lead, paid, where, work
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT, OrderFactory, StoreFactory
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_workers_answer_each_event_once(monkeypatch):
    monkeypatch.setattr(firing, "_insert", slowly(firing._insert, 0.2))
    store = StoreFactory()
    rule = a_rule(store, TAG)
    for _order in range(3):
        paid(OrderFactory(store=store))

    acted = run_together([work, work])

    assert sorted(acted) == [0, 3]
    assert Firing.objects.count() == FiringEffect.objects.count() == Tag.objects.count() == 3
    assert Rule.objects.get(pk=rule.pk).is_on
    assert_invariants_hold("automation")


def test_of_two_who_save_at_once_the_second_is_told():
    store = StoreFactory()
    rule = a_rule(store, TAG, is_on=False)
    people = [lead(store), lead(store)]
    definition = {"trigger": {"kind": "event", "event": "orders.placed"}}
    definition |= {"conditions": where(), "actions": [TAG]}
    save = partial(
        writing.save_version,
        rule_id=rule.pk,
        expected_version=1,
        definition=definition,
        at=MOMENT,
    )

    results = run_together([partial(save, actor=person) for person in people])

    assert [type(result) for result in results].count(Conflict) == 1
    assert rule.versions.count() == 2
