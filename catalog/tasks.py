from celery import shared_task
from django.utils import timezone

from catalog.services import low_stock


@shared_task(name="catalog.look_again_at_low_stock")
def look_again_at_low_stock(sku_ids: list[int]) -> int:
    """Stock of these SKUs arrived. Losing this hint costs ten minutes: the job closes alerts."""
    return low_stock.look_again(sku_ids=sku_ids, at=timezone.now())
