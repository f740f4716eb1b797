from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """What shipments name is read, and their parcels are made, by plans kept per connection."""

    dependencies = [
        ("fulfillment", "0037_picks_in_walking_order"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "shipping_steps_v1.sql").read_text(encoding="utf-8"),
            """
            DROP FUNCTION pack_parcels(jsonb, bigint, timestamptz);
            DROP FUNCTION shipping_yard(
                bigint, bigint[], text[], text[], text[], text[], bigint
            );
            """,
        ),
    ]
