"""Warehouses, and who is bound to them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.models import (
    Warehouse,
    WarehouseAssignment,
)
from opsdesk.admin import ScopedModelAdmin, ScopedTabularInline


class WarehouseAssignmentInline(ScopedTabularInline):
    """Who is bound to this warehouse; without any binding a person works in all of them."""

    model = WarehouseAssignment
    fields = ["membership"]
    can_delete_rows = True

    def choices_for(self, db_field: Any, request: HttpRequest) -> QuerySet | None:
        choices = super().choices_for(db_field, request)
        return choices.select_related("user", "store") if choices is not None else None


@admin.register(Warehouse)
class WarehouseAdmin(ScopedModelAdmin):
    list_display = ["name", "code", "store", "priority", "is_active"]
    list_select_related = ["store"]
    fields = [("store", "code"), ("name", "priority"), ("region", "is_active")]
    inlines = [WarehouseAssignmentInline]
