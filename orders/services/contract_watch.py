"""Business orders without a contract, and papers that are not what they were (ORD-8, ORD-10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Severity
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role
from orders.models import BusinessOrder, Contract, Invoice, Order

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

CONTRACT_WITHIN = Setting(
    key="orders.contract_within",
    clause="ORD-10",
    title=_("A business order carries its contract within"),
    default=Decimal(3),
    unit=Unit.DAYS,
    maximum=Decimal(366),
)
NO_CONTRACT = AlertKind(
    code="orders.contract_missing",
    title=_("A business order without its contract"),
    clause="ORD-10",
    runbook=_(
        "Ask the customer for the signed contract and hand it in on the order's page. An order "
        "that is none between businesses is unmarked there. The alert closes by itself."
    ),
    evidence={"marked_on": _("a business order since"), "days": _("days allowed")},
)
ALTERED = AlertKind(
    code="orders.paper_altered",
    title=_("A kept paper is gone or was altered"),
    clause="ORD-10",
    runbook=_(
        "The file on the disk is not the one whose digest is on record. Find out who had access "
        "to the server, and bring the file back from a backup. The alert closes once it is what "
        "it was."
    ),
    evidence={
        "paper": _("paper"),
        "expected": _("digest on record"),
        "found": _("digest found"),
    },
    words={"found": {"gone": _("the file is gone")}},
)
GONE = "gone"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Altered:
    """A row whose file is not what was kept. `found` is the digest of what is there, or GONE."""

    row: Contract | Invoice
    found: str


def look_for_missing(store: Store, *, at: datetime) -> int:
    """One open alert per business order that is late with its contract. Returns how many.

    Safe to repeat.
    """
    days = procedure.value_of(CONTRACT_WITHIN.key, store=store, at=at)
    late = (
        BusinessOrder.objects.without_contract()
        .filter(order__store=store, marked_at__lt=at - timedelta(days=float(days)))
        .exclude(order__fulfilment_state=Order.Fulfilment.CANCELLED)
        .select_related("order")
        .order_by("pk")
    )
    content_type = ContentType.objects.get_for_model(Order)
    found = [
        alerts.Finding(
            key=str(each.order_id),
            subject_type_id=content_type.pk,
            subject_id=each.order_id,
            subject_label=each.order.external_number,
            owner_role=Role.OPERATIONS_LEAD,
            evidence={
                "marked_on": store.business_date(each.marked_at).isoformat(),
                "days": f"{days.normalize():f}",
            },
            money_at_risk=each.order.total_amount,
        )
        for each in late
    ]
    alerts.report(NO_CONTRACT, found, store_id=store.pk, at=at)
    return len(found)


def look_at(order: Order, *, at: datetime) -> None:
    """The order's alert closes by itself. Called once it carries a contract, or needs none."""
    alerts.close_themselves(
        store_id=order.store_id, check_code=NO_CONTRACT.code, keys=[str(order.pk)], at=at
    )


def altered_papers(store: Store | None = None) -> Iterator[Altered]:
    """Contracts and invoices whose files are gone or differ, of a store or all; reads them."""
    scope = Q(store=store) if store else Q()
    contracts = Contract.objects.filter(scope).order_by("pk")
    invoices = Invoice.objects.filter(scope, cleared_at=None).exclude(sha256="").order_by("pk")
    for contract in contracts.iterator():
        found = digest_of(str(contract.file))
        if found != contract.sha256:
            yield Altered(contract, found)
    for invoice in invoices.iterator():
        found = digest_of(str(invoice.document))
        if found != invoice.sha256:
            yield Altered(invoice, found)


def digest_of(name: str) -> str:
    """The SHA-256 of the kept file of this name, or GONE."""
    digest = sha256()
    try:
        with default_storage.open(name, "rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except FileNotFoundError:
        return GONE
    return digest.hexdigest()


def verify_papers(store: Store, *, at: datetime) -> int:
    """One critical alert per paper of the store that is not what was kept. Returns how many.

    Safe to repeat; an alert closes once the file is there again.
    """
    findings = [_altered(each) for each in altered_papers(store)]
    alerts.report(ALTERED, findings, store_id=store.pk, at=at)
    return len(findings)


def _altered(altered: Altered) -> alerts.Finding:
    row = altered.row
    return alerts.Finding(
        key=f"{row._meta.model_name}:{row.pk}",
        subject_type_id=ContentType.objects.get_for_model(row).pk,
        subject_id=row.pk,
        subject_label=str(row)[:120],
        owner_role=Role.FINANCE,
        severity=Severity.CRITICAL,
        evidence={"paper": str(row), "expected": row.sha256, "found": altered.found},
    )


def altered_sql() -> str:
    """For `manage.py verify`: the papers that differ, as a query."""
    broken = [
        f"('{each.row._meta.model_name}', {each.row.pk}, '{each.row.sha256}', '{each.found}')"
        for each in altered_papers()
    ]
    values = ", ".join(broken) or "(NULL, NULL::bigint, NULL, NULL)"
    return f"SELECT * FROM (VALUES {values}) AS p (paper, id, expected, found) WHERE id IS NOT NULL"


def _look(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None
    return {
        "without_contract": look_for_missing(slot.store, at=at),
        "altered": verify_papers(slot.store, at=at),
    }


JOB = Job(
    "orders.verify_papers",
    _("Contracts and invoices are what they were"),
    _look,
    daily_at=time(3, 45),
)
