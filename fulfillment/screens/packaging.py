"""Boxes, and how goods are packed (FUL-6)."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from fulfillment.models import Box, PackagingRule
from opsdesk import navigation
from opsdesk.admin import ScopedModelAdmin
from opsdesk.navigation import Screen


@admin.register(Box)
class BoxAdmin(ScopedModelAdmin):
    """Boxes are switched off, not deleted."""

    list_display = ["code", "inside", "most_grams", "cost", "warehouse", "is_active"]
    list_select_related = ["store", "warehouse"]
    fields = [
        ("store", "warehouse"),
        ("code", "is_active"),
        ("inner_length_mm", "inner_width_mm", "inner_height_mm"),
        ("outer_length_mm", "outer_width_mm", "outer_height_mm"),
        ("own_grams", "most_grams"),
        "cost",
    ]

    @admin.display(description=_("inside (mm)"))
    def inside(self, box: Box) -> str:
        return box.inside


@admin.register(PackagingRule)
class PackagingRuleAdmin(ScopedModelAdmin):
    can_delete_rows = True
    list_display = ["what", "shock", "moisture", "dust", "cold", "upright", "padding_mm"]
    list_select_related = ["store", "product"]
    autocomplete_fields = ["product"]
    fields = [
        "store",
        ("product", "category"),
        ("shock", "moisture", "dust"),
        ("cold", "upright"),
        ("padding_mm", "material"),
        ("group", "not_with"),
    ]

    @admin.display(description=_("goods"), ordering="category")
    def what(self, rule: PackagingRule) -> str:
        return str(rule)


navigation.register(
    "fulfillment",
    Screen(
        _("Boxes"), "package_2", "admin:fulfillment_box_changelist", "fulfillment.view_box", rank=60
    ),
    Screen(
        _("Packaging rules"),
        "deployed_code_alert",
        "admin:fulfillment_packagingrule_changelist",
        "fulfillment.view_packagingrule",
        rank=61,
    ),
)
