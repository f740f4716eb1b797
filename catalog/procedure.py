"""The rights, limits and requests of the catalog chapter."""

from django.utils.translation import gettext_lazy as _

from catalog import files, gates, rules
from catalog.invariants import INVARIANTS
from catalog.services import adjusting, completeness, qualifying, watching
from opsdesk import invariants
from opsdesk.alerts import checks
from opsdesk.approvals import kinds
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.roles import EVERYONE, Role, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope

SCOPES = (
    Scope(
        "catalog:read",
        _("Read products and SKUs"),
        ("catalog.view_product", "catalog.view_sku"),
    ),
    Scope(
        "stock:read",
        _("Read stock levels, movements and warehouses"),
        ("catalog.view_stocklevel", "catalog.view_stockmovement", "catalog.view_warehouse"),
    ),
    Scope("stock:receive", _("Receive goods into stock"), ("catalog.receive_stock",)),
)
# Listings with what belongs to them: everybody looks, the catalog operator keeps them.
SHOWN_TO_ALL = (
    "listing",
    "listingprofile",
    "productpicture",
    "picturereview",
    "productvideo",
    "qualification",
    "requiredqualification",
    "knowledgeentry",
)
KEPT_BY_CATALOG = (
    "catalog.add_listing",
    "catalog.change_listing",
    "catalog.add_picturereview",
    *(
        f"catalog.{verb}_{model}"
        for verb in ("add", "change", "delete")
        for model in (
            "listingprofile",
            "productpicture",
            "productvideo",
            "requiredqualification",
            "knowledgeentry",
        )
    ),
    "catalog.add_qualification",
    "catalog.change_qualification",
)


def register() -> None:
    invariants.register(*INVARIANTS)
    procedure.register(adjusting.PIECES_ALONE, adjusting.AMOUNT_ALONE)
    kinds.register(adjusting.ADJUSTMENT)
    scopes.register(*SCOPES)
    procedure.register(*rules.SETTINGS, qualifying.WARNED_AHEAD)
    checks.register(watching.INCOMPLETE, qualifying.EXPIRING, qualifying.EXPIRED)
    jobs.register(watching.NIGHTLY, files.STRAYS)
    gates.register(completeness.gate, qualifying.gate)
    grant([f"catalog.view_{model}" for model in SHOWN_TO_ALL], to=EVERYONE)
    grant(["catalog.publish_listing", *KEPT_BY_CATALOG], to=[Role.CATALOG_OPERATOR])
    grant(["catalog.view_product", "catalog.view_sku"], to=EVERYONE)
    grant(
        ["catalog.view_warehouse", "catalog.view_stocklevel", "catalog.view_stockmovement"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.ORDER_REVIEWER,
            Role.WAREHOUSE,
            Role.SERVICE_LEAD,
            Role.FINANCE,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant(
        [
            "catalog.add_product",
            "catalog.change_product",
            "catalog.add_sku",
            "catalog.change_sku",
        ],
        to=[Role.CATALOG_OPERATOR],
    )
    grant(
        ["catalog.receive_stock", "catalog.adjust_stock"],
        to=[Role.CATALOG_OPERATOR, Role.WAREHOUSE],
    )
    grant(["catalog.approve_adjustment"], to=[Role.FINANCE])
    grant(
        [
            "catalog.add_warehouse",
            "catalog.change_warehouse",
            "catalog.view_warehouseassignment",
            "catalog.add_warehouseassignment",
            "catalog.delete_warehouseassignment",
        ],
        to=[Role.ADMINISTRATOR],
    )
