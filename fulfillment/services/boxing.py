"""Which boxes a parcel's goods go into (FUL-6). What is proposed binds nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.models import Sku, Warehouse
from fulfillment.cartons import Carton, Filled, Piece, pack, padded
from fulfillment.models import Box, PackagingRule, Parcel
from fulfillment.services.packaging import Mark, marks_of, rules_for
from fulfillment.services.packing import owed

# Beyond that the packing is no longer worked out while somebody waits.
MOST_PIECES = 60


@dataclass(frozen=True)
class Proposal:
    """Boxes with what goes into each, the first one first.

    `unknown` are codes of SKUs whose size or weight nobody entered, `too_large` of those that fit
    into no box; neither is in a box. `materials` are to be added, `marks` to be on the label.
    """

    boxes: list[Filled] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    too_large: list[str] = field(default_factory=list)
    materials: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    codes: Mapping[int, str] = field(default_factory=dict)
    is_too_many: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every piece has its box."""
        missing = self.unknown or self.too_large or self.is_too_many
        return bool(self.boxes) and not missing

    def contents(self, filled: Filled) -> list[tuple[str, int]]:
        """(SKU code, pieces) of one of the boxes."""
        counts = Counter(each.piece.sku_id for each in filled.placed)
        return sorted((self.codes[sku_id], pieces) for sku_id, pieces in counts.items())


def for_parcel(parcel_id: int) -> Proposal:
    """For what is in the parcel and what still belongs into it. Eight queries, no lock."""
    parcel = Parcel.objects.select_related("warehouse").get(pk=parcel_id)
    wanted: Counter[int] = Counter()
    for sku_id, quantity in parcel.items.values_list("sku_id", "quantity"):
        wanted[sku_id] += quantity
    if parcel.state == Parcel.State.OPEN:
        orders = list(parcel.parcel_orders.values_list("order_id", flat=True))
        for (_line, sku_id), quantity in owed(orders, parcel.warehouse_id).items():
            wanted[sku_id] += quantity
    return propose(wanted, warehouse=parcel.warehouse)


def propose(wanted: Mapping[int, int], *, warehouse: Warehouse) -> Proposal:
    """For so many pieces of each SKU (by id) with the boxes of the warehouse. Three queries.

    The same pieces and boxes always give the same proposal.
    """
    skus = list(Sku.objects.filter(pk__in=list(wanted)).select_related("product").order_by("code"))
    rules = rules_for(skus)
    known, unknown = [], []
    for sku in skus:
        piece = _piece(sku, rules.get(sku.pk))
        if piece is None:
            unknown.append(sku.code)
        else:
            known += [piece] * wanted[sku.pk]
    codes = {sku.pk: sku.code for sku in skus}
    materials = {rule.material for rule in rules.values() if rule.material}
    told: dict[str, Any] = {
        "unknown": unknown,
        "materials": sorted(materials),
        "marks": marks_of(rules.values()),
        "codes": codes,
    }
    if len(known) > MOST_PIECES:
        return Proposal(**told, is_too_many=True)
    boxes, left = pack(known, [_carton(box) for box in Box.objects.usable(warehouse)])
    too_large = sorted({codes[piece.sku_id] for piece in left})
    return Proposal(boxes=boxes, too_large=too_large, **told)


def _piece(sku: Sku, rule: PackagingRule | None) -> Piece | None:
    """The SKU's piece as it is packed; None while its size or weight is not known."""
    length, width, height, grams = sku.length_mm, sku.width_mm, sku.height_mm, sku.weight_grams
    if not (length and width and height) or grams is None:
        return None
    piece = Piece(sku.pk, (length, width, height), grams)
    if rule is None:
        return piece
    kept_apart = Piece(
        sku.pk, piece.size, grams, rule.upright, rule.group, rule.apart_from - {rule.group}
    )
    return padded(kept_apart, rule.padding_mm)


def _carton(box: Box) -> Carton:
    inner = (box.inner_length_mm, box.inner_width_mm, box.inner_height_mm)
    return Carton(box.pk, box.code, inner, box.most_grams, box.own_grams, box.cost)
