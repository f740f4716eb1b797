"""What was selected is first sold in small: a cap on what is ordered, and a judgement (CAT-12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Product, SelectionCandidate, StockMovement, Trial
from catalog.services.selection import DECIDE
from opsdesk.deadlines import services as deadlines
from opsdesk.deadlines.rules import Rule
from opsdesk.deadlines.services import Subject
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.stores.models import User

Kind, State = StockMovement.Kind, Trial.State

CAP = Setting(
    key="catalog.trial_cap",
    clause="CAT-12",
    title=gettext_lazy("Pieces that may be ordered of a product on trial"),
    default=Decimal(50),
    unit=Unit.PIECES,
    minimum=Decimal(1),
)
JUDGED_WITHIN = Setting(
    key="catalog.trial_judged_within",
    clause="CAT-12",
    title=gettext_lazy("Trials are judged within"),
    default=Decimal(30 * 24 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    has_clock=True,
)
RULE = Rule(
    code="catalog.trial_judgement",
    clause="CAT-12",
    title=gettext_lazy("Trial to judge"),
    setting=JUDGED_WITHIN.key,
    subject="catalog.selectioncandidate",
    starts="trial__started_at",
    reached="trial__judged_at",
    owner_role=Role.OPERATIONS_LEAD,
)


class TrialCapExceeded(DomainError):
    """More would be ordered of a product on trial than may be."""

    code = "trial_cap_exceeded"


@dataclass(frozen=True)
class Figures:
    """Pieces of a trial, by the stock ledger since it began, and the days it has run."""

    received: int
    sold: int
    returned: int
    days: int

    @property
    def sell_through(self) -> int | None:
        """Percent of what came in that left for buyers."""
        return 100 * self.sold // self.received if self.received else None

    @property
    def return_rate(self) -> int | None:
        """Percent of what left for buyers that they sent back."""
        return 100 * self.returned // self.sold if self.sold else None


def start_trial(*, candidate_id: int, product_id: int, actor: User, at: datetime) -> Trial:
    """The candidate is on sale in small as this product; the cap of today holds until the end.

    Its clock runs until it is judged. Raises NotAllowed, Conflict where candidate or product is on
    trial already. Locks the candidate.
    """
    with transaction.atomic():
        candidates = SelectionCandidate.objects.visible_to(actor).select_for_update(of=("self",))
        candidate = candidates.select_related("store").get(pk=candidate_id)
        _require(actor, candidate)
        if candidate.state != SelectionCandidate.State.TRIAL:
            raise Conflict(_("It has not been decided to try this candidate."))
        product = Product.objects.filter(pk=product_id, store=candidate.store_id).first()
        if product is None:
            raise DomainError(_("The product is one of the store that selects."))
        cap = procedure.value_of(CAP.key, store=candidate.store, at=at)
        try:
            with transaction.atomic():
                trial = Trial.objects.create(
                    candidate=candidate,
                    product=product,
                    cap=int(cap),
                    started_by=actor,
                    started_at=at,
                )
        except IntegrityError as error:
            raise Conflict(_("The candidate or the product has its trial already.")) from error
        deadlines.start(
            SelectionCandidate,
            [Subject(candidate.pk, candidate.name[:120], at)],
            on=RULE.starts,
            store=candidate.store,
            channel=None,
            at=at,
        )
    return trial


def judge_trial(*, trial_id: int, takes_on: bool, reason: str, actor: User, at: datetime) -> Trial:
    """The trial is over, with its figures of now: taken on, which lifts the cap, or dropped.

    Raises NotAllowed, Conflict where it was judged before, DomainError without a reason. Locks the
    trial; its clock is met.
    """
    if not reason.strip():
        raise DomainError(_("Say why the product is taken on or dropped."))
    with transaction.atomic():
        trials = Trial.objects.visible_to(actor).select_related("candidate__store")
        trial = trials.locked().get(pk=trial_id)
        _require(actor, trial.candidate)
        if trial.state != State.RUNNING:
            raise Conflict(_("The trial was judged already."))
        trial.state = State.TAKEN_ON if takes_on else State.DROPPED
        trial.judged_by, trial.judged_at, trial.reason = actor, at, reason.strip()
        trial.figures = asdict(figures_of(trial, at=at))
        trial.save(update_fields=["state", "judged_by", "judged_at", "reason", "figures"])
        deadlines.reach(SelectionCandidate, [trial.candidate_id], reached=RULE.reached, at=at)
    return trial


def _require(actor: User, candidate: SelectionCandidate) -> None:
    if not actor.has_perm(DECIDE, candidate):
        words = _("You may not decide on trials in %(store)s.")
        raise NotAllowed(words % {"store": candidate.store})


def figures_of(trial: Trial, *, at: datetime) -> Figures:
    """By the ledger's lines since the trial began; what it was judged on once it is over."""
    if trial.figures is not None:
        return Figures(**trial.figures)
    lines = StockMovement.objects.filter(
        sku__product=trial.product_id, at__gte=trial.started_at, at__lte=at
    )
    kinds = {"received": Kind.RECEIVE, "sold": Kind.SHIP, "returned": Kind.RETURN}
    sums = lines.aggregate(
        **{name: Coalesce(Sum("quantity", filter=Q(kind=kind)), 0) for name, kind in kinds.items()}
    )
    return Figures(**sums, days=(at - trial.started_at).days)


def check_trial_cap(
    ordered: Mapping[int, int], *, already: Mapping[int, int], at: datetime
) -> None:
    """Nothing is ordered of a product on trial beyond its cap.

    Product id → pieces about to be `ordered`, and pieces ordered so far, which the caller counts
    under the lock that its orders are written under. Products never on trial, and those taken on,
    have no cap; dropped ones keep theirs. Raises TrialCapExceeded. One query.
    """
    capped = Trial.objects.filter(product__in=list(ordered), started_at__lte=at)
    for trial in capped.exclude(state=State.TAKEN_ON).select_related("product").order_by("pk"):
        more, so_far = ordered[trial.product_id], already.get(trial.product_id, 0)
        if so_far + more > trial.cap:
            raise TrialCapExceeded(
                _(
                    "%(product)s: %(already)s ordered already, %(more)s more would be %(total)s;"
                    " a trial is at most %(cap)s."
                )
                % {
                    "product": trial.product,
                    "already": so_far,
                    "more": more,
                    "total": so_far + more,
                    "cap": trial.cap,
                },
                product=trial.product_id,
                already=so_far,
                more=more,
                cap=trial.cap,
            )
