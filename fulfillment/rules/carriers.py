"""Numbers, jobs and rights that have to do with carriers and what stores promise (FUL-5, FUL-8)."""

from __future__ import annotations

from catalog import files
from fulfillment import importers
from fulfillment.models import CarrierDocument
from fulfillment.services import (
    billing,
    exceptions,
    expecting,
    insuring,
    offers,
    paper_watch,
    papers,
    permits,
    scoring,
)
from opsdesk.alerts import checks as alert_kinds
from opsdesk.approvals import kinds as approvals
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant

# Who knows what carriers cost; the warehouse chooses by it.
COST_READERS = [
    Role.OPERATIONS_LEAD,
    Role.WAREHOUSE,
    Role.FINANCE,
    Role.ANALYST,
    Role.ADMINISTRATOR,
]
KEEPERS = [Role.OPERATIONS_LEAD, Role.ADMINISTRATOR]
_KEPT = (
    "carrier",
    "carrierservice",
    "requiredpermit",
    "coveragearea",
    "pricetable",
    "pricerow",
    "surcharge",
)
_TERMS = (
    "freighttemplate",
    "freightrow",
    "deliverypromise",
    "freightinsurance",
    "insuranceband",
)


def register() -> None:
    procedure.register(
        paper_watch.WARNED_AHEAD,
        *permits.BLOCKS.values(),
        exceptions.MOST_DAYS,
        insuring.RATE_DAYS,
        *offers.SETTINGS,
        *scoring.SETTINGS,
    )
    approvals.register(exceptions.EXCEPTION)
    alert_kinds.register(paper_watch.EXPIRING, paper_watch.EXPIRED, paper_watch.ALTERED)
    jobs.register(paper_watch.JOB, *expecting.JOBS, scoring.JOB)
    importers.register()
    files.keep("carriers", CarrierDocument, "file")
    _grant()


def _grant() -> None:
    grant(
        [
            "fulfillment.view_carrierdocument",
            "fulfillment.view_requiredpermit",
            "fulfillment.view_coveragearea",
            "fulfillment.view_pricetable",
            "fulfillment.view_pricerow",
            "fulfillment.view_surcharge",
            "fulfillment.view_carrierscore",
            billing.SEE,
        ],
        to=COST_READERS,
    )
    grant([billing.BILL], to=[Role.OPERATIONS_LEAD, Role.FINANCE, Role.ADMINISTRATOR])
    grant(
        ["fulfillment.view_lanetime"],
        to=[*COST_READERS, Role.CUSTOMER_SERVICE, Role.SERVICE_LEAD],
    )
    grant(
        [f"fulfillment.{verb}_{model}" for model in _KEPT for verb in ("add", "change")],
        to=KEEPERS,
    )
    grant(
        [
            f"fulfillment.delete_{model}"
            for model in ("requiredpermit", "coveragearea", "pricerow", "surcharge")
        ],
        to=KEEPERS,
    )
    grant(["fulfillment.view_carrierexception"], to=COST_READERS)
    grant([exceptions.ASK, exceptions.APPROVE], to=KEEPERS)
    grant([papers.ADD, papers.WITHDRAW], to=KEEPERS)
    grant(
        [f"fulfillment.view_{model}" for model in _TERMS],
        to=[*COST_READERS, Role.CUSTOMER_SERVICE, Role.SERVICE_LEAD, Role.CATALOG_OPERATOR],
    )
    grant(
        [f"fulfillment.{verb}_{model}" for model in _TERMS for verb in ("add", "change")],
        to=KEEPERS,
    )
    grant(
        [f"fulfillment.delete_{model}" for model in ("freightrow", "insuranceband")],
        to=KEEPERS,
    )
