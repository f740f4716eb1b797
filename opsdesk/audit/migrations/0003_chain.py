from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"

UNDO = """
DROP TRIGGER audit_no_truncate ON audit_audithead;
DROP TRIGGER audit_append_only ON audit_audithead;
DROP TRIGGER audit_no_truncate ON audit_auditlink;
DROP TRIGGER audit_append_only ON audit_auditlink;
DROP FUNCTION audit_broken_links(bigint, bigint, bigint);
DROP AGGREGATE audit_chain(bytea, text);
DROP FUNCTION audit_chain_step(bytea, bytea, text);
DROP FUNCTION audit_link_hash(bytea, text);
DROP FUNCTION audit_canonical(audit_auditentry);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_kept_by_the_database"),
        ("stores", "0004_recorded_people_and_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditLink",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="link",
                        serialize=False,
                        to="audit.auditentry",
                    ),
                ),
                ("chain", models.BigIntegerField()),
                ("position", models.BigIntegerField(verbose_name="position")),
                ("hash", models.BinaryField(max_length=32, verbose_name="digest")),
            ],
            options={
                "verbose_name": "link of the audit trail",
                "verbose_name_plural": "links of the audit trail",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["chain", "position"], name="audit_link_unique_chain_position"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1)), name="audit_link_from_one_on"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("chain", models.BigIntegerField()),
                ("position", models.BigIntegerField(verbose_name="position")),
                ("hash", models.BinaryField(max_length=32, verbose_name="digest")),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "head of the audit trail",
                "verbose_name_plural": "heads of the audit trail",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["store", "day", "chain"], name="audit_head_unique_store_day_chain"
                    ),
                ],
            },
        ),
        migrations.RunSQL((SQL / "chain_v1.sql").read_text(encoding="utf-8"), UNDO),
    ]
