"""`carriers.prices`: rows of price tables, by weight band or by first weight and steps (FUL-5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment.importers import base
from fulfillment.models import PriceRow, PriceTable
from opsdesk.exchange import values
from opsdesk.exchange.columns import Column
from opsdesk.exchange.problems import Problem
from opsdesk.exchange.sheets import Readers, Sheet

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

Tables = dict[tuple[str, str, str], list[int]]


class PriceImporter(base.CarrierImporter):
    name = "carriers.prices"
    permission = "fulfillment.change_pricetable"
    title = gettext_lazy("Price rows of carriers (CSV or XLSX)")
    description = gettext_lazy(
        "Columns carrier, service, table, region, first_price, perhaps origin, above_g, up_to_g, "
        "first_g, step_g, step_price, minimum. The table is made before; a row of the same origin, "
        "region and lower bound is told anew."
    )
    columns = (
        base.CARRIER,
        base.SERVICE,
        Column(
            "table",
            gettext_lazy("price table"),
            ("table", "price table", "价格表", "报价表"),
            is_required=True,
        ),
        Column(
            "origin",
            gettext_lazy("from region"),
            ("origin", "from", "始发地", "发货地", "始发省"),
        ),
        base.REGION,
        Column("above_grams", gettext_lazy("above (g)"), ("above_g", "above", "大于(g)", "大于")),
        Column(
            "up_to_grams", gettext_lazy("up to (g)"), ("up_to_g", "up to", "不超过(g)", "不超过")
        ),
        Column(
            "first_grams",
            gettext_lazy("first weight (g)"),
            ("first_g", "first weight", "首重(g)", "首重"),
        ),
        Column(
            "first_price",
            gettext_lazy("price of the first weight"),
            ("first_price", "price", "首重价格", "首费", "价格"),
            is_required=True,
        ),
        Column("step_grams", gettext_lazy("step (g)"), ("step_g", "step", "续重(g)", "续重")),
        Column(
            "step_price",
            gettext_lazy("price of a step"),
            ("step_price", "续重价格", "续费"),
        ),
        Column("minimum", gettext_lazy("at least"), ("minimum", "at least", "最低收费")),
    )
    model = PriceRow
    key_fields = ("table_id", "origin", "region", "above_grams")
    told_fields = (
        "up_to_grams",
        "first_grams",
        "first_price",
        "step_grams",
        "step_price",
        "minimum",
    )

    def readers(self) -> Readers:
        grams = ("above_grams", "up_to_grams", "first_grams", "step_grams")
        amounts = ("first_price", "step_price", "minimum")
        return {
            **base.READERS,
            "origin": base.region,
            "table": lambda cell: values.text(cell, limit=120),
            **dict.fromkeys(grams, base.whole),
            **dict.fromkeys(amounts, values.money),
        }

    def owners(self, store: Store) -> Tables:
        found: Tables = {}
        tables = PriceTable.objects.filter(service__carrier__store=store)
        named = ("service__carrier__code", "service__code", "name")
        for pk, *key in tables.values_list("pk", *named):
            carrier, service, name = key
            found.setdefault((carrier, service, name), []).append(pk)
        return found

    def owner_of(self, data: dict[str, Any], owners: Any) -> Problem | None:
        found = owners.get((data["carrier"], data["service"], data["table"]), [])
        data.setdefault("above_grams", 0)
        data.setdefault("origin", "")
        if len(found) == 1:
            data["table_id"] = found[0]
            return None
        words = (
            _("The service has several price tables %(table)s: give them different names.")
            if found
            else _("The service has no price table %(table)s: add it first.")
        )
        return Problem("unknown_table", "table", words % {"table": data["table"]})

    def unsound(self, sheet: Sheet, data: dict[str, Any]) -> Problem | None:
        up_to = data.get("up_to_grams")
        if up_to is not None and up_to <= data["above_grams"]:
            words = _("The band is empty: it ends at or below where it begins.")
            return Problem("empty_band", sheet.column("up_to_grams"), words)
        if not data.get("step_grams") and float(data.get("step_price", 0)):
            return sheet.missing("step_grams")
        if data.get("step_grams") == 0:
            data["step_grams"] = None
        return None

    def refused(self) -> str:
        return _("Two weight bands of this region overlap.")
