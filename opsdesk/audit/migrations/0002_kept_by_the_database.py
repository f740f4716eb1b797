from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"

UNDO = """
DROP TRIGGER audit_no_truncate ON audit_auditentry;
DROP TRIGGER audit_append_only ON audit_auditentry;
DROP TRIGGER audit_stamp ON audit_auditentry;
DROP FUNCTION audit_refuse();
DROP FUNCTION audit_stamp();
DROP FUNCTION audit_differing(jsonb, jsonb, text[], text[]);
"""


class Migration(migrations.Migration):
    """What fills in and guards the trail; the triggers of the tables it follows need it first."""

    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL((SQL / "audit_v1.sql").read_text(encoding="utf-8"), UNDO),
    ]
