from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("fulfillment", "0032_price_zones"),
    ]

    operations = [
        ValidateConstraint(model_name="pricerow", name="price_row_origin_code"),
    ]
