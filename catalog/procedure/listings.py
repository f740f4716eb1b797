"""Listings, pictures, qualifications and knowledge (CAT-2, CAT-3, CAT-14, CAT-15)."""

from catalog import files, gates, rules
from catalog.services import completeness, qualifying, watching
from opsdesk.alerts import checks
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.roles import EVERYONE, Role, grant

# Everybody looks, the catalog operator keeps them.
SHOWN_TO_ALL = (
    "listing",
    "listingprofile",
    "productpicture",
    "picturereview",
    "productvideo",
    "qualification",
    "requiredqualification",
    "knowledgeentry",
)
KEPT_BY_CATALOG = (
    "catalog.add_listing",
    "catalog.change_listing",
    "catalog.add_picturereview",
    *(
        f"catalog.{verb}_{model}"
        for verb in ("add", "change", "delete")
        for model in (
            "listingprofile",
            "productpicture",
            "productvideo",
            "requiredqualification",
            "knowledgeentry",
        )
    ),
    "catalog.add_qualification",
    "catalog.change_qualification",
)


def register() -> None:
    procedure.register(*rules.SETTINGS, qualifying.WARNED_AHEAD)
    checks.register(watching.INCOMPLETE, qualifying.EXPIRING, qualifying.EXPIRED)
    jobs.register(watching.NIGHTLY, files.STRAYS)
    gates.register(completeness.gate, qualifying.gate)
    grant([f"catalog.view_{model}" for model in SHOWN_TO_ALL], to=EVERYONE)
    grant(["catalog.publish_listing", *KEPT_BY_CATALOG], to=[Role.CATALOG_OPERATOR])
