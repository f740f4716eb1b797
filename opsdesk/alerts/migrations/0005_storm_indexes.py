from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
)
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("alerts", "0004_storms"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="alert",
            index=models.Index(
                condition=Q(("folded_into", None), Q(("state", "resolved"), _negated=True)),
                fields=["owner_role", "store", "deadline_at"],
                name="alert_on_desk",
            ),
        ),
        RemoveIndexConcurrently(model_name="alert", name="alert_desk"),
        AddIndexConcurrently(
            model_name="alert",
            index=models.Index(
                condition=Q(("state", "resolved"), _negated=True),
                fields=["store", "check_code", "owner_role", "opened_at"],
                name="alert_news",
            ),
        ),
        AddIndexConcurrently(
            model_name="alert",
            index=models.Index(
                condition=Q(("folded_into__isnull", False)),
                fields=["folded_into", "state"],
                name="alert_folded",
            ),
        ),
        AddConstraintNotValid(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=Q(
                    ("folded_into", None),
                    Q(
                        ("assignee", None),
                        ("snoozed_until", None),
                        ("state__in", ["open", "resolved"]),
                        Q(("check_code", "alerts.storm"), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="alert_folded_is_nobodys",
            ),
        ),
    ]
