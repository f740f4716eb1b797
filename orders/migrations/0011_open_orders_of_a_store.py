from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the writers: a plain index locks a big table for as long as it takes.
    atomic = False

    dependencies = [
        ("orders", "0010_erasures"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("fulfilment_state", "waiting")),
                fields=["store", "placed_at", "id"],
                name="order_waiting_store",
            ),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("fulfilment_state", "reserved")),
                fields=["store", "placed_at", "id"],
                name="order_ship_store",
            ),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("review_state__in", ["waiting", "held"])),
                fields=["store", "placed_at", "id"],
                name="order_review_store",
            ),
        ),
        RemoveIndexConcurrently(model_name="order", name="order_to_ship"),
        RemoveIndexConcurrently(model_name="order", name="order_to_review"),
    ]
