import django.contrib.postgres.constraints
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import fulfillment.models.prices

UNIQUE = """
    ALTER TABLE fulfillment_pricerow ADD CONSTRAINT price_row_unique_zone_band
    UNIQUE USING INDEX price_row_unique_zone_band
"""
APART = """
    ALTER TABLE fulfillment_pricerow ADD CONSTRAINT price_row_zone_bands_apart
    EXCLUDE USING gist (
        table_id WITH =, region WITH =, origin WITH =,
        (INT4RANGE(above_grams, up_to_grams, '(]')) WITH &&
    )
"""


def dropping(name):
    return f"ALTER TABLE fulfillment_pricerow DROP CONSTRAINT IF EXISTS {name}"


class Migration(migrations.Migration):
    """Bands are told apart by origin as well; the new rules hold before the old ones go.

    The rule that no bands overlap can't be added beside work: prices wait while it is checked, two
    hundred thousand rows for some seconds.
    """

    atomic = False

    dependencies = [
        ("fulfillment", "0031_price_origins"),
    ]

    operations = [
        AddConstraintNotValid(
            model_name="pricerow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("origin", ""),
                    ("origin__regex", "^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$"),
                    _connector="OR",
                ),
                name="price_row_origin_code",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY price_row_unique_zone_band"
                    " ON fulfillment_pricerow (table_id, region, origin, above_grams)",
                    "DROP INDEX CONCURRENTLY IF EXISTS price_row_unique_zone_band",
                ),
                migrations.RunSQL(UNIQUE, dropping("price_row_unique_zone_band")),
                migrations.RunSQL(APART, dropping("price_row_zone_bands_apart")),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="pricerow",
                    constraint=models.UniqueConstraint(
                        fields=("table", "region", "origin", "above_grams"),
                        name="price_row_unique_zone_band",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="pricerow",
                    constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("table", "="),
                            ("region", "="),
                            ("origin", "="),
                            (
                                fulfillment.models.prices.Weights("above_grams", "up_to_grams"),
                                "&&",
                            ),
                        ],
                        name="price_row_zone_bands_apart",
                        violation_error_message="Two weight bands of this region overlap.",
                    ),
                ),
            ],
        ),
        migrations.RemoveConstraint(model_name="pricerow", name="price_row_unique_band"),
        migrations.RemoveConstraint(model_name="pricerow", name="price_row_bands_apart"),
    ]
