"""Products and SKUs: who sees and who makes them."""

from django.utils.translation import gettext_lazy as _

from opsdesk.stores.roles import EVERYONE, Role, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope


def register() -> None:
    scopes.register(
        Scope(
            "catalog:read",
            _("Read products, SKUs and their prices"),
            ("catalog.view_product", "catalog.view_sku", "catalog.view_price"),
        )
    )
    grant(["catalog.view_product", "catalog.view_sku"], to=EVERYONE)
    grant(
        ["catalog.view_cost"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.MARKETING_OPERATOR,
            Role.MARKETING_LEAD,
            Role.FINANCE,
            Role.ANALYST,
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
