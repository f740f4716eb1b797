from celery import shared_task
from django.utils import timezone

from orders.services import invoice_documents, reservation


@shared_task(name="orders.reserve_waiting_orders")
def reserve_waiting_orders(sku_ids: list[int]) -> int:
    """Stock of these SKUs arrived. Losing this hint costs a minute: the job finds the orders."""
    return reservation.reserve_waiting_orders(at=timezone.now(), sku_ids=sku_ids)


@shared_task(name="orders.make_invoice_documents")
def make_invoice_documents() -> dict[str, int]:
    """Invoices were issued. Losing this hint costs a minute: the job finds them."""
    return invoice_documents.make_missing()
