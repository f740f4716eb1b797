from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0003_superusers_given_a_role"),
        ("stores", "0004_recorded_people_and_settings"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "to_decide_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION approvals_to_decide(bigint, timestamptz);"
            "DROP FUNCTION approval_is_closed_to(approvals_approval, bigint);"
            "DROP FUNCTION approval_seat_counts(approvals_approval, stores_membership)",
        ),
    ]
