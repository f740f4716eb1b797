from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("alerts", "0008_ladder_indexes")]

    operations = [
        ValidateConstraint(model_name="alert", name="alert_level_has_role"),
    ]
