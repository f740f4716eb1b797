from pathlib import Path

import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

from opsdesk.migrating import CreateModels

SQL = Path(__file__).resolve().parent.parent / "sql"


def install_triggers(apps, schema_editor):
    """Each trigger that a table above names; as operations of their own they would take a minute."""
    for model in apps.get_app_config("alerts").get_models():
        for trigger in getattr(model._meta, "triggers", []):
            schema_editor.execute(trigger.install_sql, params=None)


def written(name):
    return (SQL / name).read_text(encoding="utf-8")


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


class Migration(migrations.Migration):
    """All there was of alerts after twelve migrations, without the steps that led there."""

    initial = True

    replaces = [
        ("alerts", "0001_initial"),
        ("alerts", "0002_lean_indexes"),
        ("alerts", "0003_assignee_index"),
        ("alerts", "0004_storms"),
        ("alerts", "0005_storm_indexes"),
        ("alerts", "0006_storms_valid"),
        ("alerts", "0007_ladder"),
        ("alerts", "0008_ladder_indexes"),
        ("alerts", "0009_ladder_valid"),
        ("alerts", "0010_unfolded_index"),
        ("alerts", "0011_event_time_index"),
        ("alerts", "0012_recurring_index"),
    ]

    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("deadlines", "0004_clocks_in_working_time"),
        ("stores", "0007_rights_in"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Alert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("check_code", models.CharField(max_length=60, verbose_name="check")),
                        ("key", models.CharField(max_length=120, verbose_name="key")),
                        (
                            "clause",
                            models.CharField(blank=True, max_length=12, verbose_name="clause"),
                        ),
                        ("subject_id", models.BigIntegerField(null=True)),
                        ("subject_label", models.CharField(max_length=120, verbose_name="subject")),
                        (
                            "severity",
                            models.CharField(
                                choices=[
                                    ("info", "info"),
                                    ("warning", "warning"),
                                    ("critical", "critical"),
                                ],
                                default="warning",
                                max_length=10,
                                verbose_name="severity",
                            ),
                        ),
                        (
                            "owner_role",
                            models.CharField(
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
                                max_length=30,
                                verbose_name="owner",
                            ),
                        ),
                        ("evidence", models.JSONField(default=dict, verbose_name="evidence")),
                        (
                            "money_at_risk",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=14,
                                null=True,
                                verbose_name="money at risk",
                            ),
                        ),
                        (
                            "deadline_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="act by"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("acknowledged", "acknowledged"),
                                    ("resolved", "resolved"),
                                ],
                                default="open",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(verbose_name="opened")),
                        ("last_seen_at", models.DateTimeField(verbose_name="last seen")),
                        (
                            "snoozed_until",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="snoozed until"
                            ),
                        ),
                        (
                            "resolved_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="resolved"),
                        ),
                        (
                            "resolution",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("self", "closed by itself"),
                                    ("person", "resolved by a person"),
                                ],
                                max_length=10,
                                verbose_name="resolution",
                            ),
                        ),
                        (
                            "times_reopened",
                            models.PositiveIntegerField(default=0, verbose_name="times reopened"),
                        ),
                        (
                            "assignee",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="assigned_alerts",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="assigned to",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "subject_type",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="contenttypes.contenttype",
                            ),
                        ),
                        (
                            "folded_into",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="folded",
                                to="alerts.alert",
                                verbose_name="storm",
                            ),
                        ),
                        ("climbs_at", models.DateTimeField(null=True, verbose_name="climbs")),
                        (
                            "days_seen",
                            models.PositiveSmallIntegerField(
                                db_default=1, default=1, verbose_name="days seen"
                            ),
                        ),
                        (
                            "escalated_to",
                            models.CharField(
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
                        (
                            "is_recurring",
                            models.BooleanField(
                                db_default=False, default=False, verbose_name="keeps coming back"
                            ),
                        ),
                        (
                            "level",
                            models.PositiveSmallIntegerField(
                                db_default=0, default=0, verbose_name="level"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "alert",
                        "verbose_name_plural": "alerts",
                        "ordering": ["-opened_at", "-pk"],
                        "permissions": [
                            ("act_on_alert", "Can acknowledge, snooze, assign and resolve alerts"),
                            ("raise_alert", "Can raise an alert by hand"),
                        ],
                        "indexes": [
                            models.Index(fields=["store", "-opened_at", "-id"], name="alert_list"),
                            models.Index(
                                fields=["subject_type", "subject_id"], name="alert_subject"
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("assignee__isnull", False),
                                    models.Q(("state", "resolved"), _negated=True),
                                ),
                                fields=["assignee"],
                                name="alert_assignee",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("folded_into", None),
                                    models.Q(("state", "resolved"), _negated=True),
                                ),
                                fields=["owner_role", "store", "deadline_at"],
                                name="alert_on_desk",
                            ),
                            models.Index(
                                condition=models.Q(("state", "resolved"), _negated=True),
                                fields=["store", "check_code", "owner_role", "opened_at"],
                                name="alert_news",
                            ),
                            models.Index(
                                condition=models.Q(("folded_into__isnull", False)),
                                fields=["folded_into", "state"],
                                name="alert_folded",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("climbs_at__isnull", False),
                                    ("folded_into", None),
                                    models.Q(("state", "resolved"), _negated=True),
                                ),
                                fields=["climbs_at"],
                                name="alert_climbing",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("folded_into", None),
                                    models.Q(("state", "resolved"), _negated=True),
                                    models.Q(("escalated_to", ""), _negated=True),
                                ),
                                fields=["escalated_to", "store", "deadline_at"],
                                name="alert_escalated",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("folded_into", None),
                                    models.Q(("state", "resolved"), _negated=True),
                                ),
                                fields=["id"],
                                name="alert_unfolded",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("folded_into", None),
                                    ("is_recurring", True),
                                    models.Q(("state", "resolved"), _negated=True),
                                ),
                                fields=["id"],
                                name="alert_recurring",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "check_code", "key"),
                                name="alert_unique_store_check_key",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("resolved_at__isnull", False),
                                        ("state", "resolved"),
                                        models.Q(("resolution", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("state", "resolved"), _negated=True),
                                        ("resolution", ""),
                                        ("resolved_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="alert_resolved_has_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "resolved"), _negated=True),
                                    ("snoozed_until", None),
                                    _connector="OR",
                                ),
                                name="alert_resolved_does_not_snooze",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("folded_into", None),
                                    models.Q(
                                        ("assignee", None),
                                        ("snoozed_until", None),
                                        ("state__in", ["open", "resolved"]),
                                        models.Q(("check_code", "alerts.storm"), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="alert_folded_is_nobodys",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("escalated_to", ""), ("level", 0)),
                                    models.Q(
                                        ("level__gte", 1),
                                        models.Q(("escalated_to", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="alert_level_has_role",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
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
                        ("at", models.DateTimeField(verbose_name="at")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                        ("data", models.JSONField(default=dict, verbose_name="details")),
                        (
                            "actor",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        (
                            "alert",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="events",
                                to="alerts.alert",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "alert event",
                        "verbose_name_plural": "alert events",
                        "ordering": ["at", "pk"],
                        "indexes": [
                            django.contrib.postgres.indexes.BrinIndex(
                                autosummarize=True, fields=["at"], name="alert_event_at"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="c4291561419247b4521e58e62c7f57f65465c4a7",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_2fa35",
                                    table="alerts_alertevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
            ]
        ),
        migrations.RunPython(install_triggers, migrations.RunPython.noop),
        migrations.RunSQL(
            written("storms_v1.sql") + BEFORE + written("ladder_v1.sql") + written("storms_v2.sql"),
            BACK,
        ),
    ]
