from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """Clocks are met with every order that moves on: planned once per connection."""

    dependencies = [("deadlines", "0004_clocks_in_working_time")]

    operations = [
        migrations.RunSQL(
            (SQL / "meet_clocks_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION meet_clocks(integer, bigint[], text[], timestamptz)",
        ),
    ]
