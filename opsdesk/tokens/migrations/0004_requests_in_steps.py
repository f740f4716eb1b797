from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """What every request asks of its token and its key is planned once per connection."""

    dependencies = [
        ("stores", "0008_rights_by_role"),
        ("tokens", "0003_rights_on_record"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "requests_v1.sql").read_text(encoding="utf-8"),
            """
            DROP FUNCTION keep_answer(
                bigint, uuid, text, text, integer, text, text, timestamptz
            );
            DROP FUNCTION hold_key(uuid, text);
            DROP FUNCTION admit_request(text, timestamptz, timestamptz);
            """,
        ),
    ]
