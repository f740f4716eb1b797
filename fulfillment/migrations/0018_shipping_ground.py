from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """What is about to leave is locked and read in one round trip."""

    dependencies = [
        ("fulfillment", "0017_lanes"),
        ("orders", "0033_ship_orders"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "shipping_ground_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION shipping_ground(bigint, bigint[], text[], text[])",
        ),
    ]
