from pathlib import Path

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0002_work_calendar"),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("ends_at", models.DateTimeField(verbose_name="work ends")),
            ],
            options={
                "verbose_name": "working day",
                "verbose_name_plural": "working days",
            },
        ),
        migrations.CreateModel(
            name="WorkLayout",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="digest")),
                ("laid_out_at", models.DateTimeField(verbose_name="laid out")),
                (
                    "followed_at",
                    models.DateTimeField(null=True, verbose_name="clocks follow since"),
                ),
            ],
            options={
                "verbose_name": "layout of working time",
                "verbose_name_plural": "layouts of working time",
            },
        ),
        migrations.CreateModel(
            name="WorkSpan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="opens")),
                ("ends_at", models.DateTimeField(verbose_name="closes")),
                ("before_seconds", models.BigIntegerField(verbose_name="seconds before")),
            ],
            options={
                "verbose_name": "span of working time",
                "verbose_name_plural": "spans of working time",
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="settingoverride",
            name="append_only_update",
        ),
        migrations.AddField(
            model_name="settingoverride",
            name="unit",
            field=models.CharField(
                blank=True,
                choices=[
                    ("minutes", "minutes"),
                    ("working_minutes", "minutes of working time"),
                    ("working_days", "working days"),
                ],
                default="",
                help_text="Of a promise; empty: the number's own.",
                max_length=20,
                verbose_name="unit",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="settingoverride",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."channel_id" IS DISTINCT FROM (NEW."channel_id") OR OLD."value" IS DISTINCT FROM (NEW."value") OR OLD."unit" IS DISTINCT FROM (NEW."unit") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."set_by_id" IS DISTINCT FROM (NEW."set_by_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="61292d71501a424c6755ccabcc3cbed9cb55eaed",
                    operation="UPDATE",
                    pgid="pgtrigger_append_only_update_338df",
                    table="stores_settingoverride",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="settingoverride",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("unit__in", ["", "minutes", "working_minutes", "working_days"])
                ),
                name="setting_override_unit_known",
            ),
        ),
        migrations.AddField(
            model_name="workday",
            name="store",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stores.store",
            ),
        ),
        migrations.AddField(
            model_name="worklayout",
            name="store",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="work_layout",
                to="stores.store",
                verbose_name="store",
            ),
        ),
        migrations.AddField(
            model_name="workspan",
            name="store",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stores.store",
            ),
        ),
        migrations.AddConstraint(
            model_name="workday",
            constraint=models.UniqueConstraint(fields=("store", "day"), name="work_day_unique_day"),
        ),
        migrations.AddConstraint(
            model_name="workday",
            constraint=models.UniqueConstraint(
                fields=("store", "number"), name="work_day_unique_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="workspan",
            constraint=models.UniqueConstraint(
                fields=("store", "starts_at"), name="work_span_unique_start"
            ),
        ),
        migrations.AddConstraint(
            model_name="workspan",
            constraint=models.UniqueConstraint(
                fields=("store", "before_seconds"), name="work_span_unique_before"
            ),
        ),
        migrations.AddConstraint(
            model_name="workspan",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="work_span_ends_after_start",
            ),
        ),
        migrations.RunSQL(
            (SQL / "work_time_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION work_done(bigint, timestamptz);"
            "DROP FUNCTION work_done_by(bigint, timestamptz);"
            "DROP FUNCTION work_moment(bigint, numeric);"
            "DROP FUNCTION work_moment_of(bigint, numeric);"
            "DROP FUNCTION work_days_later(bigint, timestamptz, integer)",
        ),
    ]
