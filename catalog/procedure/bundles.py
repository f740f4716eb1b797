"""SKUs that are made of others."""

from opsdesk.stores.roles import EVERYONE, Role, grant


def register() -> None:
    grant(["catalog.view_bundlepart"], to=EVERYONE)
    grant(
        [f"catalog.{verb}_bundlepart" for verb in ("add", "change", "delete")],
        to=[Role.CATALOG_OPERATOR],
    )
