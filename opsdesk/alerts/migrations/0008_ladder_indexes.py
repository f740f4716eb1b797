from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("alerts", "0007_ladder"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="alert",
            index=models.Index(
                condition=models.Q(
                    ("climbs_at__isnull", False),
                    ("folded_into", None),
                    models.Q(("state", "resolved"), _negated=True),
                ),
                fields=["climbs_at"],
                name="alert_climbing",
            ),
        ),
        AddIndexConcurrently(
            model_name="alert",
            index=models.Index(
                condition=models.Q(
                    ("folded_into", None),
                    models.Q(("state", "resolved"), _negated=True),
                    models.Q(("escalated_to", ""), _negated=True),
                ),
                fields=["escalated_to", "store", "deadline_at"],
                name="alert_escalated",
            ),
        ),
        AddConstraintNotValid(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("escalated_to", ""), ("level", 0)),
                    models.Q(("level__gte", 1), models.Q(("escalated_to", ""), _negated=True)),
                    _connector="OR",
                ),
                name="alert_level_has_role",
            ),
        ),
    ]
