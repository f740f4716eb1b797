"""SKUs that are made of others."""

from catalog.services import bundles, presales, purchasing
from opsdesk.stores.roles import EVERYONE, Role, grant


def register() -> None:
    bundles.on_becoming(purchasing.why_no_bundle)
    bundles.on_becoming(presales.why_no_bundle)
    grant(["catalog.view_bundlepart"], to=EVERYONE)
    grant(
        [f"catalog.{verb}_bundlepart" for verb in ("add", "change", "delete")],
        to=[Role.CATALOG_OPERATOR],
    )
