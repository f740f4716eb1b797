"""How lists are narrowed: by the columns a resource names, wrong values are said."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db.models import ForeignKey, QuerySet
from django_filters import Filter
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from drf_spectacular.utils import extend_schema_field
from rest_framework.request import Request

from opsdesk.api.fields import ID


class IdFormField(forms.CharField):
    default_validators = [RegexValidator(ID, "An id is a string of up to 18 digits.")]


@extend_schema_field({"type": "string", "pattern": "^[0-9]{1,18}$"})
class IdFilter(Filter):
    field_class = IdFormField

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        return super().filter(rows, int(value) if value else None)


class IdFilterSet(FilterSet):
    """Foreign keys are filtered by plain id: whether a row exists elsewhere is not told."""

    FILTER_DEFAULTS = {**FilterSet.FILTER_DEFAULTS, ForeignKey: {"filter_class": IdFilter}}


class ColumnFilters(DjangoFilterBackend):
    """The set of a resource is made once, and asked only when something is filtered."""

    filterset_base = IdFilterSet

    def get_filterset_class(self, view: Any, queryset: QuerySet | None = None) -> Any:
        return _filterset_of(type(view))

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        asked = _filterset_of(type(view)).base_filters.keys() & request.query_params.keys()
        return super().filter_queryset(request, queryset, view) if asked else queryset


@cache
def _filterset_of(view_class: Any) -> type[FilterSet]:
    class Meta:
        model = view_class.queryset.model
        fields = view_class.filterset_fields

    return type("Filters", (IdFilterSet,), {"Meta": Meta})
