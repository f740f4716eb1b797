from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("alerts", "0009_ladder_valid"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="alert",
            index=models.Index(
                condition=Q(("folded_into", None), Q(("state", "resolved"), _negated=True)),
                fields=["id"],
                name="alert_unfolded",
            ),
        ),
    ]
