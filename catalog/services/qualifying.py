"""Papers that goods need: what is missing blocks a listing, what runs out is warned of (CAT-14)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.gates import Blocker
from catalog.models import (
    Listing,
    Product,
    Qualification,
    QualificationKind,
    RequiredQualification,
)
from catalog.profiles import lies_in
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.alerts.models import Severity
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

WARNED_AHEAD = Setting(
    key="catalog.qualification_warning",
    clause="CAT-14",
    title=gettext_lazy("A qualification that runs out is warned of ahead"),
    default=Decimal(30),
    unit=Unit.DAYS,
    maximum=Decimal(365),
)
_HELD_IN = ListPlace(
    "admin:catalog_qualification_changelist", "catalog.view_qualification", "number"
)
EXPIRING = AlertKind(
    code="catalog.qualification_expiring",
    title=gettext_lazy("A qualification runs out soon"),
    clause="CAT-14",
    runbook=gettext_lazy(
        "Ask for the new paper now and enter it beside the old one; the alert closes itself."
    ),
    evidence={"kind": gettext_lazy("kind"), "valid_until": gettext_lazy("valid until")},
    words={"kind": dict(QualificationKind.choices)},
    acts_on=_HELD_IN,
)
EXPIRED = AlertKind(
    code="catalog.qualification_expired",
    title=gettext_lazy("A qualification has run out"),
    clause="CAT-14",
    runbook=gettext_lazy(
        "Listings that need it were taken off. Enter the new paper, then publish them again."
    ),
    evidence={"kind": gettext_lazy("kind"), "valid_until": gettext_lazy("valid until")},
    words={"kind": dict(QualificationKind.choices)},
    acts_on=_HELD_IN,
)


def gate(listings: Sequence[Listing], at: datetime) -> dict[int, list[Blocker]]:
    """A paper that the category asks for, or that the product had, must be valid. Two queries."""
    if not listings:
        return {}
    store = listings[0].store
    day = store.business_date(at)
    required = list(RequiredQualification.objects.filter(store=store))
    goods = {listing.product_id: listing.product for listing in listings}
    held = Qualification.objects.filter(store=store).of_product_or_category(*goods.values())
    papers = list(held)
    return {
        listing.pk: [
            Blocker(
                "qualification",
                "CAT-14",
                _("There is no valid %(kind)s.") % {"kind": QualificationKind(kind).label},
                "qualifications",
            )
            for kind in missing_kinds(listing.product, required, papers, day)
        ]
        for listing in listings
    }


def missing_kinds(
    product: Product,
    required: Iterable[RequiredQualification],
    papers: Iterable[Qualification],
    day: date,
) -> list[str]:
    """Kinds that the product needs on that day and has no valid paper of, sorted.

    It needs what its category asks for, and goes on needing what it was given once.
    """
    own = [paper for paper in papers if covers(paper, product)]
    needed = {one.kind for one in required if lies_in(product.category, one.category)}
    needed |= {paper.kind for paper in own}
    valid = {paper.kind for paper in own if paper.valid_from <= day <= paper.valid_until}
    return sorted(needed - valid)


def covers(paper: Qualification, product: Product) -> bool:
    if paper.product_id is not None:
        return paper.product_id == product.pk
    return lies_in(product.category, paper.category)


def look(store: Store, *, at: datetime) -> int:
    """One alert per paper that has run out or soon will; it closes when a newer one holds.

    Returns how many have run out. Safe to repeat.
    """
    day = store.business_date(at)
    ahead = procedure.value_of(WARNED_AHEAD.key, store=store, at=at)
    last = _last_of_each(Qualification.objects.filter(store=store))
    over = [paper for paper in last if paper.valid_until < day]
    soon_until = day + timedelta(days=int(ahead))
    soon = [paper for paper in last if day <= paper.valid_until <= soon_until]
    alerts.report(EXPIRING, _findings(soon, Severity.WARNING), store_id=store.pk, at=at)
    alerts.report(EXPIRED, _findings(over, Severity.CRITICAL), store_id=store.pk, at=at)
    return len(over)


def _last_of_each(papers: Iterable[Qualification]) -> list[Qualification]:
    """Of the papers of one kind for the same goods the one that holds longest."""
    last: dict[tuple[int | None, str, str], Qualification] = {}
    for paper in papers:
        goods = (paper.product_id, paper.category, paper.kind)
        if goods not in last or paper.valid_until > last[goods].valid_until:
            last[goods] = paper
    return list(last.values())


def _findings(papers: Sequence[Qualification], severity: str) -> list[alerts.Finding]:
    content_type = ContentType.objects.get_for_model(Qualification)
    return [
        alerts.Finding(
            key=str(paper.pk),
            subject_type_id=content_type.pk,
            subject_id=paper.pk,
            subject_label=paper.number,
            owner_role=Role.CATALOG_OPERATOR,
            severity=severity,
            evidence={"kind": paper.kind, "valid_until": paper.valid_until.isoformat()},
        )
        for paper in papers
    ]
