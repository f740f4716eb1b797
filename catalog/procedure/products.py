"""Products and SKUs: who sees and who makes them."""

from django.utils.translation import gettext_lazy as _

from opsdesk.stores.roles import EVERYONE, Role, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope


def register() -> None:
    scopes.register(
        Scope(
            "catalog:read",
            _("Read products and SKUs"),
            ("catalog.view_product", "catalog.view_sku"),
        )
    )
    grant(["catalog.view_product", "catalog.view_sku"], to=EVERYONE)
    grant(
        [
            "catalog.add_product",
            "catalog.change_product",
            "catalog.add_sku",
            "catalog.change_sku",
        ],
        to=[Role.CATALOG_OPERATOR],
    )
