from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the writers: a plain index locks a big table for as long as it takes.
    atomic = False

    dependencies = [
        ("orders", "0022_unpaid"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(
                    ("fulfilment_state__in", ["waiting", "reserved"]), ("payment_state", "unpaid")
                ),
                fields=["channel", "placed_at", "id"],
                name="order_to_pay",
            ),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(
                    ("fulfilment_state", "cancelled"),
                    ("payment_state__in", ["paid", "part_refunded"]),
                ),
                fields=["store"],
                name="order_cancelled_paid",
            ),
        ),
    ]
