"""Who may bring files in and take them back."""

from opsdesk.stores.roles import Role, grant


def register() -> None:
    grant(
        ["exchange.view_importsession", "exchange.view_importrow"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.ORDER_REVIEWER,
            Role.FINANCE,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant(["exchange.run_import"], to=[Role.OPERATIONS_LEAD, Role.ORDER_REVIEWER])
    grant(["exchange.undo_import"], to=[Role.OPERATIONS_LEAD])
