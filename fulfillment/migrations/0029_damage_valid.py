from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("fulfillment", "0028_damage")]

    operations = [
        ValidateConstraint("carrierscore", "carrier_score_damaged_of_settled"),
        ValidateConstraint("trackingevent", "tracking_event_known_state"),
    ]
