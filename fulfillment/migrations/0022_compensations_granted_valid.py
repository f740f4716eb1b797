from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("fulfillment", "0021_compensations_granted_checks")]

    operations = [
        ValidateConstraint("compensation", "compensation_granted_by_somebody"),
        ValidateConstraint("compensation", "compensation_money_takes_two"),
    ]
