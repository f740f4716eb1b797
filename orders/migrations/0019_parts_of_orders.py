from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the writers: a plain index locks a big table for as long as it takes.
    atomic = False

    dependencies = [
        ("orders", "0018_edits"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("split_from__isnull", False)),
                fields=["split_from"],
                name="order_split_from",
            ),
        ),
    ]
