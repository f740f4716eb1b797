from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """Orders leave by one statement, however many."""

    dependencies = [("orders", "0032_parcel_message")]

    operations = [
        migrations.RunSQL(
            (SQL / "ship_orders_v1.sql").read_text(encoding="utf-8"),
            """
            DROP FUNCTION ship_orders(bigint[], bigint, timestamptz);
            DROP FUNCTION ship_reserved(bigint[], bigint, timestamptz);
            """,
        ),
    ]
