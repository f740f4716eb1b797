from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("alerts", "0011_event_time_index"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="alert",
            index=models.Index(
                condition=Q(
                    ("folded_into", None),
                    ("is_recurring", True),
                    Q(("state", "resolved"), _negated=True),
                ),
                fields=["id"],
                name="alert_recurring",
            ),
        ),
    ]
