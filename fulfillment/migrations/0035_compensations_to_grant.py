from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """What waits to be granted is counted on every page of those who grant it."""

    atomic = False

    dependencies = [("fulfillment", "0034_leaving")]

    operations = [
        AddIndexConcurrently(
            model_name="compensation",
            index=models.Index(
                condition=models.Q(("state", "approved")),
                fields=["store"],
                name="compensation_to_grant",
            ),
        ),
    ]
