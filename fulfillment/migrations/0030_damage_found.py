from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Damaged parcels are looked for every few minutes."""

    atomic = False

    dependencies = [("fulfillment", "0029_damage_valid")]

    operations = [
        AddIndexConcurrently(
            model_name="parcelprogress",
            index=models.Index(
                condition=models.Q(("damaged_at__isnull", False)),
                fields=["damaged_at"],
                name="parcel_progress_damaged",
            ),
        ),
    ]
