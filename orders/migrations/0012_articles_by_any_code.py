from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """Orders find an article by any code of its SKU, also one of old."""

    dependencies = [
        ("orders", "0011_open_orders_of_a_store"),
        ("catalog", "0005_codes"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "place_orders_v3.sql").read_text(encoding="utf-8"),
            (SQL / "place_orders_v2.sql").read_text(encoding="utf-8"),
        ),
    ]
