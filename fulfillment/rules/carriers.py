"""The numbers, jobs and rights that have to do with carriers: papers, coverage, prices (FUL-5)."""

from __future__ import annotations

from catalog import files
from fulfillment.models import CarrierDocument
from fulfillment.services import paper_watch, papers, permits
from opsdesk.alerts import checks as alert_kinds
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


def register() -> None:
    procedure.register(paper_watch.WARNED_AHEAD, permits.LICENCE_REQUIRED)
    alert_kinds.register(paper_watch.EXPIRING, paper_watch.EXPIRED, paper_watch.ALTERED)
    jobs.register(paper_watch.JOB)
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
        ],
        to=COST_READERS,
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
    grant([papers.ADD, papers.WITHDRAW], to=KEEPERS)
