from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
BEFORE = (SQL / "reserve_orders_v1.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """The line of a bundle reserves its parts."""

    dependencies = [
        ("orders", "0013_reservations_of_parts"),
        ("catalog", "0019_bundles"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "reserve_orders_v2.sql").read_text(encoding="utf-8"),
            BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1),
        ),
        migrations.RunSQL(
            (SQL / "bundle_not_waited_for_v1.sql").read_text(encoding="utf-8"),
            "DROP TRIGGER bundle_not_waited_for ON catalog_bundlepart;"
            "DROP FUNCTION bundle_not_waited_for()",
        ),
    ]
