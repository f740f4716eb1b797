"""SKU codes (CAT-1), and the files that bring articles with codes of their own."""

from catalog import importers, tabs
from catalog.codes_tab import CODES
from opsdesk.stores.roles import EVERYONE, Role, grant


def register() -> None:
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
