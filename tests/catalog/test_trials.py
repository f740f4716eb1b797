"""CAT-12: a trial batch is capped, and judged by its figures."""

from datetime import timedelta

import pytest

from catalog.models import Trial
from catalog.services.stock import Kind, Move, move_stock
from catalog.services.trials import (
    CAP,
    RULE,
    Figures,
    TrialCapExceeded,
    check_trial_cap,
    figures_of,
    judge_trial,
    start_trial,
)
from opsdesk.deadlines.models import Deadline
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT, ProductFactory, TrialFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def candidate():
    return factories.SelectionCandidateFactory(is_on_trial=True)


@pytest.fixture
def product(candidate):
    return ProductFactory(store=candidate.store, name="Cup")


@pytest.fixture
def lead(candidate):
    return UserFactory(role=Role.OPERATIONS_LEAD, store=candidate.store)


def start(candidate, product, lead):
    return start_trial(candidate_id=candidate.pk, product_id=product.pk, actor=lead, at=MOMENT)


def judge(trial, lead, takes_on, reason="sold out in a week"):
    return judge_trial(
        trial_id=trial.pk, takes_on=takes_on, reason=reason, actor=lead, at=MOMENT + 7 * DAY
    )


def check(product, more, already=0):
    check_trial_cap({product.pk: more}, already={product.pk: already}, at=MOMENT + DAY)


@pytest.mark.parametrize(("already", "more", "is_refused"), [(0, 50, False), (40, 11, True)])
def test_a_trial_is_at_most_fifty_pieces(candidate, product, lead, already, more, is_refused):
    """CAT-12: of all that was ordered and is about to be."""
    start(candidate, product, lead)

    if is_refused:
        words = "40 ordered already, 11 more would be 51; a trial is at most 50"
        with pytest.raises(TrialCapExceeded, match=words):
            check(product, more, already)
    else:
        check(product, more, already)


def test_the_cap_is_that_of_the_day_the_trial_began(candidate, product, lead):
    """CAT-12: a number that changes later changes nothing here."""
    trial = start(candidate, product, lead)
    factories.SettingOverrideFactory(key=CAP.key, store=candidate.store, value=500)

    assert trial.cap == 50
    with pytest.raises(TrialCapExceeded):
        check(product, 51)


def test_taken_on_lifts_the_cap_and_dropped_keeps_it(candidate, product, lead):
    """CAT-12"""
    judge(start(candidate, product, lead), lead, takes_on=True)
    dropped = judge(TrialFactory(candidate__store=candidate.store), lead, takes_on=False)

    check(product, 5_000)
    check(ProductFactory(), 5_000)
    with pytest.raises(TrialCapExceeded):
        check(dropped.product, 51)


def test_many_products_are_checked_in_one_query(django_assert_num_queries):
    trials = [TrialFactory() for _ in range(3)]

    with django_assert_num_queries(1):
        check_trial_cap(dict.fromkeys([t.product_id for t in trials], 50), already={}, at=MOMENT)


def test_a_trial_is_judged_by_what_the_ledger_says(candidate, product, lead):
    """CAT-12: the figures are kept as they were then."""
    sku = factories.SkuFactory(store=candidate.store, product=product)
    level = factories.StockLevelFactory(sku=sku, available=0)
    trial = start(candidate, product, lead)

    def move(kind, quantity):
        moves = [Move(sku.pk, level.warehouse_id, kind, quantity)]
        move_stock(moves, actor=None, at=MOMENT + DAY)

    for kind, quantity in (
        (Kind.RECEIVE, 40),
        (Kind.RESERVE, 30),
        (Kind.SHIP, 30),
        (Kind.DELIVER, 30),
        (Kind.RETURN, 3),
    ):
        move(kind, quantity)
    judged = judge(trial, lead, takes_on=True)
    move(Kind.RETURN, 9)

    found = figures_of(judged, at=MOMENT + 9 * DAY)
    assert found == Figures(received=40, sold=30, returned=3, days=7)
    assert (found.sell_through, found.return_rate) == (75, 10)


def test_a_trial_is_judged_within_thirty_days(candidate, product, lead):
    """CAT-12: its clock runs from its beginning until somebody judges."""
    trial = start(candidate, product, lead)
    assert Deadline.objects.get(rule=RULE.code).due_at == MOMENT + 30 * DAY

    judge(trial, lead, takes_on=False)

    assert Deadline.objects.get(rule=RULE.code).state == "met"


def test_it_is_judged_once_and_with_a_reason(candidate, product, lead):
    trial = start(candidate, product, lead)
    with pytest.raises(DomainError, match="Say why"):
        judge(trial, lead, takes_on=True, reason=" ")
    judge(trial, lead, takes_on=True)

    with pytest.raises(Conflict, match="judged already"):
        judge(trial, lead, takes_on=False)
    assert Trial.objects.get().state == "taken_on"


def test_only_what_was_decided_is_tried_and_once(candidate, product, lead):
    undecided = factories.SelectionCandidateFactory(store=candidate.store)
    with pytest.raises(Conflict, match="not been decided"):
        start(undecided, product, lead)
    with pytest.raises(DomainError, match="one of the store"):
        start(candidate, ProductFactory(), lead)
    start(candidate, product, lead)

    with pytest.raises(Conflict, match="its trial already"):
        start(candidate, ProductFactory(store=candidate.store), lead)


def test_who_may_not_decide_begins_no_trial(candidate, product):
    with pytest.raises(NotAllowed):
        start(candidate, product, UserFactory(role=Role.CATALOG_OPERATOR, store=candidate.store))
