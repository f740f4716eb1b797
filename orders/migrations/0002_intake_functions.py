from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """Intake and reservation run inside the database: one round trip, one cached plan.

    A later version of a function is a new file and a new migration; these files stay as they are.
    """

    dependencies = [
        ("orders", "0001_initial"),
        ("deadlines", "0001_initial"),
        ("catalog", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "reserve_orders_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION reserve_orders(bigint[], timestamptz, bigint)",
        ),
        migrations.RunSQL(
            (SQL / "place_orders_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION place_orders(bigint, bigint, text, bigint, bigint, timestamptz,"
            " integer, text, json, text[], json, json)",
        ),
    ]
