from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """What a token's person may do is asked with every request."""

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("stores", "0006_store_language"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "rights_in_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION rights_in(bigint, bigint)",
        ),
    ]
