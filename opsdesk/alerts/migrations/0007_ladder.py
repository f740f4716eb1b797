from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"
STORM = "alert_storm(bigint, text, text, text[], jsonb, jsonb, timestamptz)"
BEFORE = f"""
DROP FUNCTION alert_open_storm(bigint, text, text, jsonb, timestamptz);
DROP FUNCTION {STORM};
"""
BACK = f"""
DROP FUNCTION alert_open_storm(bigint, text, text, jsonb, jsonb, timestamptz);
DROP FUNCTION {STORM};
DROP FUNCTION alert_storm_since(bigint, timestamptz, jsonb);
DROP FUNCTION alert_number(text, bigint, timestamptz, jsonb);
DROP FUNCTION alert_climbs_at(bigint, text, timestamptz, jsonb);
DROP FUNCTION store_day_is_later(bigint, timestamptz, timestamptz);
"""


def written(name):
    return (SQL / name).read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0006_storms_valid"),
        ("deadlines", "0004_clocks_in_working_time"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="climbs_at",
            field=models.DateTimeField(null=True, verbose_name="climbs"),
        ),
        migrations.AddField(
            model_name="alert",
            name="days_seen",
            field=models.PositiveSmallIntegerField(
                db_default=1, default=1, verbose_name="days seen"
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="escalated_to",
            field=models.CharField(
                blank=True,
                choices=[
                    ("operations_lead", "Operations lead"),
                    ("catalog_operator", "Catalog operator"),
                    ("order_reviewer", "Order reviewer"),
                    ("warehouse", "Warehouse"),
                    ("customer_service", "Customer service"),
                    ("service_lead", "Service lead"),
                    ("marketing_operator", "Marketing operator"),
                    ("marketing_lead", "Marketing lead"),
                    ("finance", "Finance"),
                    ("analyst", "Analyst"),
                    ("administrator", "Administrator"),
                ],
                db_default="",
                default="",
                max_length=30,
                verbose_name="escalated to",
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="is_recurring",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="keeps coming back"
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="level",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="level"),
        ),
        migrations.AlterField(
            model_name="alertevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "opened"),
                    ("reopened", "reopened"),
                    ("acknowledged", "acknowledged"),
                    ("snoozed", "snoozed"),
                    ("assigned", "assigned"),
                    ("commented", "commented"),
                    ("resolved", "resolved"),
                    ("closed_itself", "closed by itself"),
                    ("escalated", "escalated"),
                    ("recurring", "keeps coming back"),
                ],
                max_length=15,
                verbose_name="kind",
            ),
        ),
        migrations.RunSQL(
            BEFORE + written("ladder_v1.sql") + written("storms_v2.sql"),
            BACK + written("storms_v1.sql"),
        ),
    ]
