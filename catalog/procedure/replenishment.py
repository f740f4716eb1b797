"""What runs out, when, and what to order of it (CAT-8)."""

from catalog import tasks
from catalog.services import low_stock, proposals, replenishment, stock
from opsdesk.alerts import checks
from opsdesk.schedule import jobs
from opsdesk.schedule.hints import hint
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant


def register() -> None:
    procedure.register(*replenishment.SETTINGS, proposals.TARGET)
    checks.register(low_stock.LOW, low_stock.COMING)
    jobs.register(*low_stock.JOBS)
    stock.on_arrival(look_again_at_low_stock)
    grant(
        ["catalog.view_stockcover", "catalog.view_supplier", "catalog.view_supplieritem"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.WAREHOUSE,
            Role.FINANCE,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant(
        [
            "catalog.add_supplier",
            "catalog.change_supplier",
            "catalog.add_supplieritem",
            "catalog.change_supplieritem",
            "catalog.delete_supplieritem",
        ],
        to=[Role.CATALOG_OPERATOR],
    )


def look_again_at_low_stock(sku_ids: list[int]) -> None:
    hint(tasks.look_again_at_low_stock, sku_ids)
