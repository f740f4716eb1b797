import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    """What left in the last weeks is found without reading through all orders."""

    atomic = False

    dependencies = [("orders", "0030_deliver_by")]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True,
                fields=["shipped_at"],
                name="order_shipped",
                pages_per_range=16,
            ),
        ),
    ]
