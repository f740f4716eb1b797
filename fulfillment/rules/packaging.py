"""Who looks after boxes and packaging rules (FUL-6)."""

from fulfillment.services import box_stock, packing
from opsdesk.alerts import checks
from opsdesk.schedule import jobs
from opsdesk.stores.roles import Role, grant


def register() -> None:
    packing.on_close(box_stock.take_box)
    checks.register(box_stock.LOW)
    jobs.register(box_stock.JOB)
    grant([box_stock.MOVE], to=[Role.WAREHOUSE])
    grant(
        ["fulfillment.view_boxstock"],
        to=[Role.WAREHOUSE, Role.OPERATIONS_LEAD, Role.ADMINISTRATOR],
    )
    grant(
        ["fulfillment.add_boxstock", "fulfillment.change_boxstock"],
        to=[Role.WAREHOUSE, Role.OPERATIONS_LEAD],
    )
    grant(
        ["fulfillment.view_box", "fulfillment.view_packagingrule"],
        to=[Role.WAREHOUSE, Role.OPERATIONS_LEAD, Role.CATALOG_OPERATOR, Role.ADMINISTRATOR],
    )
    grant(
        [
            "fulfillment.add_box",
            "fulfillment.change_box",
            "fulfillment.add_packagingrule",
            "fulfillment.change_packagingrule",
            "fulfillment.delete_packagingrule",
        ],
        to=[Role.WAREHOUSE, Role.OPERATIONS_LEAD],
    )
