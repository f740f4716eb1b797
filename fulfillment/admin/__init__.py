"""The staff's screens of the chapter, and their places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from fulfillment import desk
from fulfillment.admin import bins
from opsdesk import navigation
from opsdesk.navigation import Screen

navigation.register(
    "fulfillment",
    Screen(
        _("Put away and count"),
        "shelf_position",
        "admin:fulfillment_bin_work",
        "fulfillment.move_bin_stock",
        rank=40,
    ),
    Screen(_("Bins"), "shelves", "admin:fulfillment_bin_changelist", "fulfillment.view_bin"),
)
navigation.register(
    "setup",
    Screen(
        _("Zones of warehouses"),
        "map",
        "admin:fulfillment_zone_changelist",
        "fulfillment.view_zone",
    ),
)
desk.register()

__all__ = ["bins"]
