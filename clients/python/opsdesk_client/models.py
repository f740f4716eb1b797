"""What OpsDesk answers, as values. Fields that are not known here are passed over.

Ids are text. Money is `Decimal` in the store's currency, moments are aware, weights are grams.
"""

from __future__ import annotations

import types
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def read(kind: type[T], data: dict[str, Any]) -> T:
    """The value of a row. Raises KeyError if the row lacks a field."""
    hints = _hints(cast("Any", kind))
    of_a_row = fields(cast("Any", kind))
    return kind(**{each.name: _value(hints[each.name], data[each.name]) for each in of_a_row})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], each) for each in value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    if hint is Decimal:
        return Decimal(value)
    return read(hint, value) if hasattr(hint, "__dataclass_fields__") else value


@dataclass(frozen=True, slots=True)
class Warehouse:
    id: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Order:
    id: str
    external_number: str
    review_state: str
    payment_state: str
    fulfilment_state: str
    total_amount: Decimal
    placed_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShipmentOrder:
    order: str
    external_number: str


@dataclass(frozen=True, slots=True)
class ShipmentItem:
    order: str
    sku: str
    sku_code: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel: `packed`, `handed_over`, `delivered`, …"""

    id: str
    number: str
    warehouse: str
    state: str
    carrier: str | None
    service: str | None
    waybill: str
    weight_grams: int | None
    freight_cost: Decimal | None
    packed_at: datetime | None
    handed_over_at: datetime | None
    ended_at: datetime | None
    replaces: str | None
    orders: tuple[ShipmentOrder, ...]
    items: tuple[ShipmentItem, ...]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`outcome` is `created`, or `known`: the waybill was told before with the same content."""

    outcome: str
    id: str
    number: str
    state: str
    waybill: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one of many; `refused` comes with `code` and `detail`."""

    outcome: str
    id: str | None
    number: str | None
    state: str | None
    waybill: str
    code: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class WaveOrder:
    order: str
    external_number: str
    slot: int
    left_at: datetime | None
    left_because: str


@dataclass(frozen=True, slots=True)
class Wave:
    """Orders that are picked together; those with `left_at` dropped out."""

    id: str
    number: str
    warehouse: str
    state: str
    due_at: datetime | None
    order_count: int
    piece_count: int
    orders: tuple[WaveOrder, ...]


@dataclass(frozen=True, slots=True)
class PickLine:
    """So many pieces of a SKU from a bin; without `bin` they lie in none. `slot` is the tote."""

    id: str
    position: int
    bin: str | None
    sku: str
    sku_code: str
    order: str
    slot: int
    wanted: int
    picked: int
    state: str


@dataclass(frozen=True, slots=True)
class Pick:
    """A pick list: one walk of one person, its lines in walking order by `position`."""

    id: str
    number: str
    wave: str
    warehouse: str
    zone: str | None
    state: str
    assigned_to: str | None
    lines: tuple[PickLine, ...]


@dataclass(frozen=True, slots=True)
class LineSettled:
    """What became of one line: `done`, or `refused` with `code` and `detail`."""

    outcome: str
    line: str
    state: str | None
    picked: int | None
    code: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """A carrier's word; `mark` says why it does not count, where it does not."""

    at: datetime
    state: str
    text: str
    place: str
    code: str
    source: str
    mark: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """`stored`, or `known` where the same was told before."""

    outcome: str
    mark: str


@dataclass(frozen=True, slots=True)
class QuotePart:
    """A line of the cost."""

    words: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class QuoteOffer:
    """What a service asks; `arrives_on` is a day (2026-03-01), `points` are of 100."""

    carrier: str
    service: str
    cost: Decimal
    days: int
    arrives_on: str
    in_time: bool | None
    points: Decimal
    judged: int
    on_time: int
    reasons: tuple[str, ...]
    parts: tuple[QuotePart, ...]


@dataclass(frozen=True, slots=True)
class QuoteRefused:
    """A service that can't carry it, and why."""

    carrier: str
    service: str
    reason: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Offers, the best first, and who can't carry the parcel."""

    region: str
    currency: str
    offers: tuple[QuoteOffer, ...]
    refused: tuple[QuoteRefused, ...]
