"""How lists are narrowed: by the columns a resource names, wrong values are said."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db.models import BooleanField, CharField, ForeignKey, QuerySet, SlugField
from django_filters import CharFilter, ChoiceFilter, Filter
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from opsdesk.api.fields import ID, Moment


class IdFormField(forms.CharField):
    default_validators = [RegexValidator(ID, "An id is a string of up to 18 digits.")]


@extend_schema_field({"type": "string", "pattern": "^[0-9]{1,18}$"})
class IdFilter(Filter):
    field_class = IdFormField

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        return super().filter(rows, int(value) if value else None)


@extend_schema_field({"type": "string", "minLength": 1, "pattern": "^[^\\u0000]*$"})
class TextFilter(CharFilter):
    """Exactly this text."""


class MomentFormField(forms.CharField):
    """As the interface writes moments: with their zone."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return Moment().to_internal_value(text)
        except serializers.ValidationError as error:
            raise forms.ValidationError(Moment.default_error_messages["invalid"]) from error


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentFilter(Filter):
    field_class = MomentFormField


@extend_schema_field({"type": "boolean"})
class TruthFilter(ChoiceFilter):
    """`true` or `false`; anything else is said, not taken for either."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, choices=[("true", "true"), ("false", "false")], **kwargs)

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(**{self.field_name: value == "true"}) if value else rows


class ColumnFilterSet(FilterSet):
    """Foreign keys are filtered by plain id: whether a row exists elsewhere is not told."""

    FILTER_DEFAULTS = {
        **FilterSet.FILTER_DEFAULTS,
        BooleanField: {"filter_class": TruthFilter},
        CharField: {"filter_class": TextFilter},
        SlugField: {"filter_class": TextFilter},
        ForeignKey: {"filter_class": IdFilter},
    }


class ColumnFilters(DjangoFilterBackend):
    """The set of a resource is made once, and asked only when something is filtered."""

    filterset_base = ColumnFilterSet

    def get_filterset_class(self, view: Any, queryset: QuerySet | None = None) -> Any:
        return _filterset_of(type(view))

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        filters = self.get_filterset_class(view, queryset).base_filters
        asked = filters.keys() & request.query_params.keys()
        unclear = [name for name in sorted(asked) if not _is_clear(request, name)]
        if unclear:
            raise ValidationError(dict.fromkeys(unclear, "Write one value."), code="invalid")
        return super().filter_queryset(request, queryset, view) if asked else queryset


def _is_clear(request: Request, name: str) -> bool:
    """Once, and not empty: else a list would not be what was asked for."""
    return len(request.query_params.getlist(name)) == 1 and request.query_params[name] != ""


@cache
def _filterset_of(view_class: Any) -> type[FilterSet]:
    class Meta:
        model = view_class.queryset.model
        fields = view_class.filterset_fields

    return type("Filters", (ColumnFilterSet,), {"Meta": Meta, **view_class.more_filters})
