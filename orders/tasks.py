from celery import shared_task
from django.utils import timezone

from orders.models import Order
from orders.services import holding, invoice_documents, reservation


@shared_task(name="orders.reserve_waiting_orders")
def reserve_waiting_orders(sku_ids: list[int]) -> int:
    """Stock of these SKUs arrived. Losing this hint costs a minute: the job finds the orders."""
    return reservation.reserve_waiting_orders(at=timezone.now(), sku_ids=sku_ids)


@shared_task(name="orders.make_invoice_documents")
def make_invoice_documents() -> dict[str, int]:
    """Invoices were issued. Losing this hint costs a minute: the job finds them."""
    return invoice_documents.make_missing()


@shared_task(name="orders.review_orders")
def review_orders(order_ids: list[int]) -> int:
    """These were paid or changed. Losing this hint costs a minute: the job finds the orders."""
    return holding.review(order_ids, at=timezone.now()).passed


@shared_task(name="orders.review_held_orders")
def review_held_orders(store_id: int) -> int:
    """What the store's orders are judged by has changed. Losing this hint costs minutes."""
    held = Order.objects.to_review().filter(store=store_id, review_state=Order.Review.HELD)
    return holding.review(held.values_list("pk", flat=True), at=timezone.now()).passed
