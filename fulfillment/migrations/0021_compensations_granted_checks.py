from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fulfillment", "0020_compensations_granted")]

    operations = [
        AddConstraintNotValid(
            model_name="compensation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("granted_by__isnull", False),
                        ("state", "granted"),
                        models.Q(("granted_how", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "granted"), _negated=True),
                        ("granted_by", None),
                        ("granted_how", ""),
                    ),
                    _connector="OR",
                ),
                name="compensation_granted_by_somebody",
            ),
        ),
        AddConstraintNotValid(
            model_name="compensation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("granted_by", None),
                    models.Q(("kind", "money"), _negated=True),
                    models.Q(("granted_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="compensation_money_takes_two",
            ),
        ),
    ]
