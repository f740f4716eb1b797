"""Who will carry orders that are not packed yet, as a parcel of theirs would be offered (FUL-1,
FUL-5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from catalog.models import Sku, Warehouse
from fulfillment import regions
from fulfillment.services import offers, permits
from fulfillment.services.promises import Promises
from fulfillment.services.quoting import Wish
from fulfillment.tariff import Load
from orders.models import Order

if TYPE_CHECKING:
    from fulfillment.services.drafting import Group


def foresee(warehouse: Warehouse, groups: Sequence[Group], *, at: datetime) -> None:
    """Each group knows the service that its parcel would be offered first (`service_id`).

    As `offers.for_parcel` does: by where its first order goes, what its pieces here weigh, which
    permits they ask for and by when it is promised. None where region or a weight is not known. A
    fixed number of queries, however many groups.
    """
    rows = Order.objects.filter(pk__in=[pk for group in groups for pk in group.orders])
    orders = {order.pk: order for order in rows.defer("sealed_contact", "phone_digest")}
    skus = {want.sku_id for group in groups for want in group.wants}
    weights = dict(Sku.objects.filter(pk__in=skus).values_list("pk", "weight_grams"))
    needed = permits.needed_by_sku(skus, store_id=warehouse.store_id)
    promises = Promises.of(warehouse.store)
    asked: dict[tuple[Wish, datetime | None], list[Group]] = defaultdict(list)
    for group in groups:
        mine = [orders[pk] for pk in sorted(group.orders) if pk in orders]
        region = next((code for order in mine if (code := regions.found_in(order.region))), "")
        grams = _grams(group, weights)
        if not region or not grams:
            continue
        kinds = frozenset(kind for want in group.wants for kind in needed.get(want.sku_id, ()))
        moments = [moment for order in mine if (moment := promises.deliver_by(order))]
        wish = Wish(warehouse, region, Load(grams), kinds)
        asked[wish, min(moments, default=None)].append(group)
    found = offers.best_of(list(asked), warehouse=warehouse, at=at)
    for several, service in zip(asked.values(), found, strict=True):
        for group in several:
            group.service_id = service.pk if service else None


def _grams(group: Group, weights: dict[int, int | None]) -> int:
    """Zero where some article's weight is not known."""
    if any(not weights.get(want.sku_id) for want in group.wants):
        return 0
    return sum((weights[want.sku_id] or 0) * want.pieces for want in group.wants)
