from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("alerts", "0005_storm_indexes")]

    operations = [
        ValidateConstraint(model_name="alert", name="alert_folded_is_nobodys"),
    ]
