from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """What a person may do is read role by role, by indexes alone."""

    dependencies = [("stores", "0007_rights_in")]

    operations = [
        migrations.RunSQL(
            (SQL / "rights_in_v2.sql").read_text(encoding="utf-8"),
            (SQL / "rights_in_v1.sql").read_text(encoding="utf-8"),
        ),
    ]
