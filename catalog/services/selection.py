"""What might be sold is scored by people, totalled by the database and decided on (CAT-12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import (
    CandidateScore,
    Criterion,
    Scorecard,
    SelectionCandidate,
    SelectionDecision,
)
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

ADD, WEIGH = "catalog.add_selectioncandidate", "catalog.change_scorecard"
SCORE, DECIDE = "catalog.score_candidate", "catalog.decide_candidate"
State, Verdict = SelectionCandidate.State, SelectionDecision.Verdict
# What weighs how much in a store that has said nothing.
USUAL: dict[str, int] = {
    Criterion.HEAT: 30,
    Criterion.CONVERSION: 25,
    Criterion.PAIN_POINTS: 20,
    Criterion.SUPPLY: 15,
    Criterion.PAYMENT: 10,
}

THRESHOLD = Setting(
    key="catalog.selection_threshold",
    clause="CAT-12",
    title=gettext_lazy("Total from which on a candidate is tried without a reason"),
    default=Decimal(70),
    unit=Unit.POINTS,
    minimum=Decimal(20),
    maximum=Decimal(100),
)

# The newest score of each criterion, by the weights that are in force.
_TOTAL = """
WITH weights AS (
    SELECT to_jsonb(w) AS of FROM catalog_scorecard w
    WHERE store_id = %(store)s ORDER BY version DESC LIMIT 1
), newest AS (
    SELECT DISTINCT ON (s.candidate_id, s.criterion) s.candidate_id, s.criterion, s.score
    FROM catalog_candidatescore s WHERE s.candidate_id = ANY(%(candidates)s)
    ORDER BY s.candidate_id, s.criterion, s.id DESC
), totals AS (
    SELECT candidate_id, count(*) AS scored,
           sum(score * (weights.of ->> criterion)::integer) / 5.0 AS total
    FROM newest CROSS JOIN weights GROUP BY candidate_id
)
UPDATE catalog_selectioncandidate c SET scored = t.scored, total = t.total
FROM totals t WHERE t.candidate_id = c.id
"""


@dataclass(frozen=True)
class Mark:
    """One to five for a criterion, and what it stands on."""

    criterion: str
    score: int
    reason: str


def scorecard_of(store: Store, *, at: datetime) -> Scorecard:
    """The weights in force; a store that has said nothing has the usual ones as its first."""
    newest = Scorecard.objects.filter(store=store).order_by("-version").first()
    if newest is not None:
        return newest
    first, _is_new = Scorecard.objects.get_or_create(
        store=store, version=1, defaults={**USUAL, "created_at": at}
    )
    return first


def set_weights(
    *, store: Store, weights: Mapping[str, int], seen: int, actor: User, at: datetime
) -> Scorecard:
    """The criteria weigh so from now on, in percent; candidates not decided on are totalled anew.

    `seen` is the version the person changed. Raises NotAllowed, Conflict where another one came
    meanwhile, DomainError unless the weights sum to 100. Locks the pending candidates by id.
    """
    if not actor.has_perm(WEIGH, store):
        raise NotAllowed(_("You may not change the weights in %(store)s.") % {"store": store})
    total = sum(weights.values())
    if set(weights) != set(Criterion.values) or total != 100 or min(weights.values()) < 0:
        raise DomainError(_("The weights sum to %(total)s, not to 100.") % {"total": total})
    with transaction.atomic():
        if scorecard_of(store, at=at).version != seen:
            raise _weighed_meanwhile()
        try:
            with transaction.atomic():
                scorecard = Scorecard.objects.create(
                    store=store, version=seen + 1, created_by=actor, created_at=at, **weights
                )
        except IntegrityError as error:
            raise _weighed_meanwhile() from error
        pending = SelectionCandidate.objects.filter(store=store).pending().order_by("pk")
        _total(store, [candidate.pk for candidate in pending.select_for_update()])
    return scorecard


def _weighed_meanwhile() -> Conflict:
    return Conflict(_("Somebody else changed the weights meanwhile. Look at them first."))


def score_candidate(*, candidate_id: int, marks: list[Mark], actor: User, at: datetime) -> None:
    """The marks count from now on, in place of earlier ones, which stay on record.

    Raises NotAllowed, Conflict for a candidate that is decided on, DomainError for a mark outside
    1 to 5 or without a reason. Locks the candidate.
    """
    if not marks:
        raise DomainError(_("Score at least one criterion."))
    for mark in marks:
        if not 1 <= mark.score <= 5 or not mark.reason.strip():
            raise DomainError(_("A score is 1 to 5 and says what it stands on."))
    with transaction.atomic():
        candidate = _locked(candidate_id, actor, SCORE)
        scorecard_of(candidate.store, at=at)
        CandidateScore.objects.bulk_create(
            CandidateScore(
                candidate=candidate,
                criterion=mark.criterion,
                score=mark.score,
                reason=mark.reason,
                scored_by=actor,
                at=at,
            )
            for mark in marks
        )
        _total(candidate.store, [candidate.pk])


def _total(store: Store, candidate_ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_TOTAL, {"store": store.pk, "candidates": candidate_ids})


def decide_candidate(
    *, candidate_id: int, verdict: str, reason: str = "", actor: User, at: datetime
) -> SelectionDecision:
    """It is tried, rejected, or put off; the total and the weights it stands on are kept.

    Below the threshold a trial needs a reason, the other verdicts always do. Raises NotAllowed
    for somebody who is the only one who scored, Conflict where it was decided before, DomainError
    where something is not scored. Putting off needs no scores. Locks the candidate.
    """
    with transaction.atomic():
        candidate = _locked(candidate_id, actor, DECIDE)
        _refuse_alone(candidate, actor)
        if verdict != Verdict.LATER and candidate.scored < len(Criterion):
            raise DomainError(
                _("%(scored)s of %(all)s criteria are scored.")
                % {"scored": candidate.scored, "all": len(Criterion)}
            )
        threshold = procedure.value_of(THRESHOLD.key, store=candidate.store, at=at)
        if not reason.strip() and (verdict != Verdict.TRIAL or candidate.total < threshold):
            raise DomainError(
                _("Say why: the total is %(total)s, candidates are tried from %(threshold)s on.")
                % {"total": candidate.total, "threshold": threshold}
            )
        candidate.state = State(verdict)
        candidate.save(update_fields=["state"])
        return SelectionDecision.objects.create(
            candidate=candidate,
            scorecard=scorecard_of(candidate.store, at=at),
            verdict=verdict,
            reason=reason.strip(),
            total=candidate.total,
            threshold=threshold,
            decided_by=actor,
            decided_at=at,
        )


def _refuse_alone(candidate: SelectionCandidate, actor: User) -> None:
    scorers = {score.scored_by_id for score in candidate.scores.newest()}
    if scorers == {actor.pk}:
        raise NotAllowed(_("You alone scored it: somebody else scores or decides, too."))


def _locked(candidate_id: int, actor: User, permission: str) -> SelectionCandidate:
    """The candidate, held until the transaction ends. Raises NotAllowed, Conflict."""
    rows = SelectionCandidate.objects.visible_to(actor).select_for_update(of=("self",))
    candidate = rows.select_related("store").filter(pk=candidate_id).first()
    if candidate is None or candidate.state not in SelectionCandidate.PENDING:
        raise Conflict(_("The candidate was decided on already."))
    if not actor.has_perm(permission, candidate):
        words = _("You may not select products in %(store)s.")
        raise NotAllowed(words % {"store": candidate.store})
    return candidate
