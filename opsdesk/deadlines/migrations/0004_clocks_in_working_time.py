from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("deadlines", "0003_narrow_timers"),
        ("stores", "0003_work_time"),
    ]

    operations = [
        migrations.AddField(
            model_name="deadline",
            name="allowed_days",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="allowed working days"),
        ),
        migrations.AddField(
            model_name="deadline",
            name="unit",
            field=models.CharField(
                choices=[
                    ("minutes", "minutes"),
                    ("working_minutes", "minutes of working time"),
                    ("working_days", "working days"),
                ],
                db_default="minutes",
                default="minutes",
                max_length=20,
                verbose_name="counts",
            ),
        ),
        migrations.AddIndex(
            model_name="deadline",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["running", "paused"]),
                    models.Q(("unit", "minutes"), _negated=True),
                ),
                fields=["store"],
                name="deadline_in_working_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="deadline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("allowed_days", None), ("unit__in", ["minutes", "working_minutes"])),
                    models.Q(("allowed_days__gt", 0), ("unit", "working_days")),
                    _connector="OR",
                ),
                name="deadline_days_with_their_unit",
            ),
        ),
        migrations.RunSQL(
            (SQL / "clock_time_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION clock_seconds(text, bigint, timestamptz, timestamptz);"
            "DROP FUNCTION clock_later(text, bigint, timestamptz, numeric);"
            "DROP FUNCTION clock_due(text, bigint, timestamptz, integer, integer);"
            "DROP FUNCTION clock_next_step(text, bigint, timestamptz, integer, timestamptz);"
            "DROP FUNCTION clock_last_warning(text, bigint, timestamptz, integer, timestamptz)",
        ),
    ]
