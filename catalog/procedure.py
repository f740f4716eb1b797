"""The rights, limits and requests of the catalog chapter."""

from django.utils.translation import gettext_lazy as _

from catalog import importers, price_chart, price_files, tabs
from catalog.codes_tab import CODES
from catalog.invariants import INVARIANTS
from catalog.services import adjusting, price_effect, price_requests, pricing
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


def register() -> None:
    invariants.register(*INVARIANTS)
    procedure.register(adjusting.PIECES_ALONE, adjusting.AMOUNT_ALONE)
    kinds.register(adjusting.ADJUSTMENT)
    scopes.register(*SCOPES)
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
    _register_codes()
    _register_prices()


def _register_codes() -> None:
    importers.register()
    tabs.register(CODES)
    grant(["catalog.view_skucode"], to=EVERYONE)
    grant(
        ["catalog.view_codescheme", "catalog.view_codepart"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.WAREHOUSE,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant(
        [
            f"catalog.{verb}_{model}"
            for verb in ("add", "change")
            for model in ("codescheme", "codepart")
        ]
        + ["catalog.import_products"],
        to=[Role.OPERATIONS_LEAD, Role.CATALOG_OPERATOR],
    )


def _register_prices() -> None:
    procedure.register(*pricing.SETTINGS)
    kinds.register(price_requests.PRICE_CHANGE, price_requests.LARGE_PRICE_CHANGE)
    checks.register(price_effect.NOT_APPLIED)
    jobs.register(price_effect.JOB)
    price_files.register()
    tabs.register(price_chart.TAB)
    grant(["catalog.view_price"], to=EVERYONE)
    grant(
        ["catalog.view_pricechange"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.MARKETING_OPERATOR,
            Role.MARKETING_LEAD,
            Role.FINANCE,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant(
        [price_requests.REQUEST],
        to=[Role.OPERATIONS_LEAD, Role.CATALOG_OPERATOR, Role.MARKETING_LEAD],
    )
    grant([price_requests.APPROVE], to=[Role.MARKETING_LEAD, Role.FINANCE])
