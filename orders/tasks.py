from celery import shared_task
from django.utils import timezone

from orders.services import reservation


@shared_task(name="orders.reserve_waiting_orders")
def reserve_waiting_orders(sku_ids: list[int]) -> int:
    """Stock of these SKUs arrived. Losing this hint costs a minute: the job finds the orders."""
    return reservation.reserve_waiting_orders(at=timezone.now(), sku_ids=sku_ids)
