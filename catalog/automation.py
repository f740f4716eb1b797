"""Goods as automation rules know them: SKUs, and how long what is in a warehouse lasts."""

from __future__ import annotations

from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper, F, OuterRef, Q, Subquery, Sum
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import StockLevel, StockMovement, Warehouse
from opsdesk.automation import events, subjects
from opsdesk.automation.events import Event, Source
from opsdesk.automation.fields import Choices, Field, FieldKind
from opsdesk.automation.subjects import Subject
from opsdesk.stores.models import Store


def _warehouses(store: Store) -> Choices:
    found = Warehouse.objects.filter(store=store).order_by("code")
    return [(warehouse.code, str(warehouse)) for warehouse in found]


def _pieces(state: str) -> BaseExpression:
    levels = StockLevel.objects.filter(sku=OuterRef("pk")).order_by().values("sku")
    return Coalesce(Subquery(levels.annotate(pieces=Sum(state)).values("pieces")), 0)


def _available(_at: datetime) -> BaseExpression:
    return _pieces("available")


def _damaged(_at: datetime) -> BaseExpression:
    return _pieces("damaged")


def _is_low(_at: datetime) -> BaseExpression:
    """As `StockCover.objects.low` selects."""
    low = Q(average__gt=0, available__lte=F("safety_stock"))
    return ExpressionWrapper(low, output_field=BooleanField())


# What goods cost is a right of its own, so no rule asks it.
SKU = Subject(
    "catalog.sku",
    _("SKU"),
    label="code",
    is_taggable=True,
    fields=(
        Field("code", _("SKU code"), FieldKind.TEXT, path="code"),
        Field("product", _("product"), FieldKind.TEXT, path="product__name"),
        Field("is_active", _("active"), FieldKind.FLAG, path="is_active"),
        Field("list_price", _("list price"), FieldKind.MONEY, path="list_price"),
        Field("available", _("available"), FieldKind.NUMBER, expression=_available),
        Field("damaged", _("damaged"), FieldKind.NUMBER, expression=_damaged),
        Field("tags", _("tags"), FieldKind.TAGS),
        Field("created_for", _("hours since it was created"), FieldKind.AGE, path="created_at"),
    ),
)
COVER = Subject(
    "catalog.stockcover",
    _("stock of a SKU in a warehouse"),
    label="sku__code",
    fields=(
        Field("sku", _("SKU code"), FieldKind.TEXT, path="sku__code"),
        Field(
            "warehouse",
            _("warehouse"),
            FieldKind.CHOICE,
            path="warehouse__code",
            choices=_warehouses,
        ),
        Field("available", _("available"), FieldKind.NUMBER, path="available"),
        Field("safety_stock", _("safety stock"), FieldKind.NUMBER, path="safety_stock"),
        Field("is_low", _("at or below the safety stock"), FieldKind.FLAG, expression=_is_low),
        Field("cover_days", _("days of cover"), FieldKind.NUMBER, path="cover_days"),
        Field("average", _("average daily sales"), FieldKind.NUMBER, path="average"),
    ),
)
SOURCE = Source("stock", "catalog.StockMovement", subject="sku_id", recorded="at")


def _event(code: str, title: str | Promise, kind: str) -> Event:
    return Event(f"catalog.{code}", title, SKU.code, SOURCE, Q(kind=kind))


Kind = StockMovement.Kind
EVENTS = (
    _event("received", _("goods of a SKU come in"), Kind.RECEIVE),
    _event("counted", _("a count corrects a SKU's stock"), Kind.COUNT),
    _event("damaged", _("pieces of a SKU are damaged"), Kind.DAMAGE),
    _event("written_off", _("pieces of a SKU are written off"), Kind.WRITE_OFF),
)


def register() -> None:
    subjects.register(SKU, COVER)
    events.register(*EVENTS)
