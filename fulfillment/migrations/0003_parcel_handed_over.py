from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """What a warehouse shipped in the last weeks is counted every few minutes."""

    atomic = False

    dependencies = [("fulfillment", "0002_late_risks")]

    operations = [
        AddIndexConcurrently(
            model_name="parcel",
            index=models.Index(
                condition=models.Q(("handed_over_at__isnull", False)),
                fields=["warehouse", "handed_over_at"],
                name="parcel_handed_over",
            ),
        ),
    ]
