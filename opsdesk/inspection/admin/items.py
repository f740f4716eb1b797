"""What people look at each day: the operations lead keeps the list."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from opsdesk import navigation
from opsdesk.admin import ScopedModelAdmin
from opsdesk.inspection.models import ManualItem
from opsdesk.navigation import Screen


@admin.register(ManualItem)
class ManualItemAdmin(ScopedModelAdmin):
    list_display = ["title", "store", "owner_role", "position", "is_required", "is_active"]
    list_select_related = ["store"]
    list_filter = ["is_active"]
    fields = ["store", "title", "hint", "owner_role", "position", "is_required", "is_active"]


navigation.register(
    "setup",
    Screen(
        _("Items to look at"),
        "visibility",
        "admin:inspection_manualitem_changelist",
        "inspection.view_manualitem",
        rank=45,
    ),
)
