from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("alerts", "0013_checked_by_an_invariant")]

    operations = [
        AddIndexConcurrently(
            "alert",
            models.Index(
                fields=["snoozed_until"],
                condition=Q(snoozed_until__isnull=False),
                name="alert_asleep",
            ),
        ),
    ]
