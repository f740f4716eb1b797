"""CAT-12: what is sold next is scored, weighed, and decided on by more than one person."""

from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Criterion, Scorecard, SelectionCandidate, SelectionDecision
from catalog.services import selection
from catalog.services.selection import (
    THRESHOLD,
    USUAL,
    Mark,
    decide_candidate,
    score_candidate,
    scorecard_of,
    set_weights,
)
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT, ScorecardFactory, SelectionCandidateFactory, UserFactory

pytestmark = pytest.mark.django_db
EQUAL = dict.fromkeys(Criterion.values, 20)


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def operator(store):
    return UserFactory(role=Role.CATALOG_OPERATOR, store=store)


@pytest.fixture
def lead(store):
    return UserFactory(role=Role.OPERATIONS_LEAD, store=store)


@pytest.fixture
def candidate(store):
    return SelectionCandidateFactory(store=store)


def score(candidate, actor, *scores, **named):
    given = dict(zip(Criterion.values, scores, strict=False)) | named
    marks = [Mark(criterion, value, "as measured") for criterion, value in given.items()]
    score_candidate(candidate_id=candidate.pk, marks=marks, actor=actor, at=MOMENT)


def decide(candidate, actor, verdict="trial", reason=""):
    return decide_candidate(
        candidate_id=candidate.pk, verdict=verdict, reason=reason, actor=actor, at=MOMENT
    )


def total_of(candidate):
    candidate.refresh_from_db()
    return candidate.total


def weigh(store, lead, weights, seen=1):
    return set_weights(store=store, weights=weights, seen=seen, actor=lead, at=MOMENT)


def test_the_total_weighs_each_criterion(candidate, operator):
    """CAT-12: 30 % × 5 + 25 % × 4 + 20 % × 3 + 15 % × 2 + 10 % × 1, of five."""
    score(candidate, operator, 5, 4, 3, 2, 1)

    assert total_of(candidate) == Decimal(70)
    assert (candidate.scored, USUAL[Criterion.HEAT]) == (5, 30)


def test_a_newer_score_takes_the_place_of_an_older_one(candidate, operator, lead):
    score(candidate, operator, 5, 5, 5, 5, 5)
    score(candidate, lead, heat=1)

    assert total_of(candidate) == Decimal(76)
    assert candidate.scores.count() == 6


@pytest.mark.parametrize(("value", "reason"), [(0, "as measured"), (6, "as measured"), (3, " ")])
def test_a_score_is_one_to_five_and_says_why(candidate, operator, value, reason):
    with pytest.raises(DomainError, match="1 to 5"):
        score_candidate(
            candidate_id=candidate.pk,
            marks=[Mark(Criterion.HEAT, value, reason)],
            actor=operator,
            at=MOMENT,
        )


def test_weights_sum_to_a_hundred(store, lead):
    """CAT-12: in the service and in the database."""
    with pytest.raises(DomainError, match="sum to 99"):
        weigh(store, lead, EQUAL | {"heat": 19})
    with pytest.raises(IntegrityError, match="scorecard_weights_sum"), transaction.atomic():
        ScorecardFactory(store=store, heat=19)


def test_other_weights_total_anew_what_is_not_decided(store, candidate, operator, lead):
    """CAT-12: an old decision keeps the weights it was taken with."""
    decided = SelectionCandidateFactory(store=store)
    for one in (candidate, decided):
        score(one, operator, 5, 4, 3, 2, 1)
    decision = decide(decided, lead)

    newest = weigh(store, lead, EQUAL)

    assert (total_of(candidate), total_of(decided)) == (Decimal(60), Decimal(70))
    assert (decision.scorecard.version, newest.version) == (1, 2)


def test_weights_changed_meanwhile_are_looked_at_first(store, lead):
    weigh(store, lead, EQUAL)

    with pytest.raises(Conflict, match="meanwhile"):
        weigh(store, lead, EQUAL, seen=1)


def test_who_may_not_weigh_does_not(store, operator):
    with pytest.raises(NotAllowed):
        weigh(store, operator, EQUAL)


@pytest.mark.parametrize(
    ("scores", "verdict", "reason", "is_taken"),
    [
        ((5, 4, 3, 2, 1), "trial", "", True),
        ((5, 4, 3, 1, 1), "trial", "", False),
        ((5, 4, 3, 1, 1), "trial", "a fair is coming", True),
        ((5, 4, 3, 2, 1), "rejected", "", False),
        ((5, 4, 3, 2, 1), "later", "after the fair", True),
    ],
)
def test_below_the_threshold_a_trial_needs_a_reason(
    candidate, operator, lead, scores, verdict, reason, is_taken
):
    """CAT-12: 70 of 100 at the least; other verdicts always need one."""
    score(candidate, operator, *scores)

    if is_taken:
        decision = decide(candidate, lead, verdict, reason)
        assert (decision.total, decision.threshold) == (total_of(candidate), THRESHOLD.default)
        assert candidate.state == verdict
    else:
        with pytest.raises(DomainError, match="Say why"):
            decide(candidate, lead, verdict, reason)


def test_who_alone_scored_does_not_decide(candidate, operator, lead):
    """CAT-12: four eyes."""
    score(candidate, lead, 5, 5, 5, 5, 5)
    with pytest.raises(NotAllowed, match="alone"):
        decide(candidate, lead)

    score(candidate, operator, heat=4)

    assert decide(candidate, lead).verdict == "trial"


def test_what_is_not_scored_is_not_decided(candidate, operator, lead):
    score(candidate, operator, heat=5)

    with pytest.raises(DomainError, match="1 of 5"):
        decide(candidate, lead, reason="trust me")


def test_a_decision_is_final_except_later(candidate, operator, lead):
    score(candidate, operator, 5, 5, 5, 5, 5)
    decide(candidate, lead, "later", "after the fair")
    decide(candidate, lead, "rejected", "nobody asked for it at the fair")

    for step in (partial(decide, candidate, lead), partial(score, candidate, operator, heat=1)):
        with pytest.raises(Conflict, match="decided on already"):
            step()
    assert SelectionDecision.objects.filter(candidate=candidate).count() == 2


def test_who_may_not_decide_does_not(candidate, operator, lead):
    score(candidate, lead, 5, 5, 5, 5, 5)

    with pytest.raises(NotAllowed, match="select products"):
        decide(candidate, operator)


@pytest.mark.django_db(transaction=True)
def test_scores_given_while_the_weights_change_are_totalled_by_the_new_ones(
    candidate, store, operator, lead, monkeypatch
):
    """CAT-12: whoever comes first, the total is that of the scores and weights on record."""
    scorecard_of(store, at=MOMENT)
    monkeypatch.setattr(selection, "_total", slowly(selection._total))

    results = run_together(
        [
            partial(score, candidate, operator, 5, 4, 3, 2, 1),
            partial(weigh, store, lead, EQUAL),
        ]
    )

    assert not [result for result in results if isinstance(result, Exception)], results
    assert Scorecard.objects.count() == 2
    assert SelectionCandidate.objects.get().total == Decimal(60)
