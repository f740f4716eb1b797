"""Who looks after boxes and packaging rules (FUL-6)."""

from opsdesk.stores.roles import Role, grant


def register() -> None:
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
