import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0008_rights_on_record"),
        ("stores", "0005_rights_on_record"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookRefusal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("day", models.DateField(verbose_name="day")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("not_set_up", "not set up, or switched off"),
                            ("no_signature", "without a signature"),
                            ("forged", "signature doesn't fit"),
                            ("late", "sent too long ago"),
                            ("early", "dated in the future"),
                        ],
                        max_length=20,
                        verbose_name="reason",
                    ),
                ),
                ("count", models.PositiveBigIntegerField(default=0, verbose_name="refused")),
            ],
            options={
                "verbose_name": "refused deliveries",
                "verbose_name_plural": "refused deliveries",
                "ordering": ["-day", "source", "reason"],
            },
        ),
        migrations.CreateModel(
            name="WebhookSource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("sealed_secret", models.TextField(editable=False)),
                ("sealed_previous", models.TextField(blank=True, editable=False)),
                ("changed_at", models.DateTimeField(editable=False, verbose_name="secret entered")),
                (
                    "previous_until",
                    models.DateTimeField(
                        editable=False, null=True, verbose_name="old secret good until"
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="While it is not, its deliveries are refused.",
                        verbose_name="active",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
                "ordering": ["store_id", "source"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="inbounddelivery",
            name="inbound_settled_has_moment",
        ),
        migrations.AlterField(
            model_name="inbounddelivery",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "waiting"),
                    ("working", "being worked on"),
                    ("done", "done"),
                    ("ignored", "ignored"),
                    ("parked", "parked"),
                    ("discarded", "discarded"),
                ],
                default="waiting",
                max_length=10,
                verbose_name="state",
            ),
        ),
        AddConstraintNotValid(
            model_name="inbounddelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("finished_at__isnull", False),
                        ("state__in", ["done", "ignored", "parked", "discarded"]),
                    ),
                    models.Q(("finished_at", None), ("state__in", ["waiting", "working"])),
                    _connector="OR",
                ),
                name="inbound_settled_has_moment",
            ),
        ),
        ValidateConstraint(model_name="inbounddelivery", name="inbound_settled_has_moment"),
        migrations.AddField(
            model_name="webhookrefusal",
            name="store",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stores.store",
                verbose_name="store",
            ),
        ),
        migrations.AddField(
            model_name="webhooksource",
            name="channel",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stores.channel",
                verbose_name="channel",
            ),
        ),
        migrations.AddField(
            model_name="webhooksource",
            name="store",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stores.store",
                verbose_name="store",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookrefusal",
            constraint=models.UniqueConstraint(
                fields=("store", "source", "day", "reason"),
                name="webhook_refusal_unique_store_source_day_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhooksource",
            constraint=models.UniqueConstraint(
                fields=("store", "source"), name="webhook_source_unique_store_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhooksource",
            constraint=models.CheckConstraint(
                condition=models.Q(("sealed_secret", ""), _negated=True),
                name="webhook_source_has_secret",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhooksource",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("previous_until", None), ("sealed_previous", "")),
                    models.Q(
                        models.Q(("sealed_previous", ""), _negated=True),
                        ("previous_until__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="webhook_source_old_secret_ends",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="webhooksource",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'exchange.webhooksource', later.id, left((later.source)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['store_id', 'source', 'channel_id', 'is_active', 'sealed_secret', 'sealed_previous']::text[], ARRAY['sealed_secret', 'sealed_previous']::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                    hash="687678bf8b0bee6ffa46c863e3cc29fd51695cbf",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_f7cb6",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="exchange_webhooksource",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="webhooksource",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'exchange.webhooksource', later.id, left((later.source)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['store_id', 'source', 'channel_id', 'is_active', 'sealed_secret', 'sealed_previous']::text[], ARRAY['sealed_secret', 'sealed_previous']::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['store_id', 'source', 'channel_id', 'is_active', 'sealed_secret', 'sealed_previous']::text[], ARRAY['sealed_secret', 'sealed_previous']::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.store_id, earlier.source, earlier.channel_id, earlier.is_active, earlier.sealed_secret, earlier.sealed_previous) IS DISTINCT FROM ROW(later.store_id, later.source, later.channel_id, later.is_active, later.sealed_secret, later.sealed_previous)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                    hash="70930aee5be8509ac98128a5d6aee6dc947c5cca",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_c6cb1",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="exchange_webhooksource",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="webhooksource",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'exchange.webhooksource', earlier.id, left((earlier.source)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['store_id', 'source', 'channel_id', 'is_active', 'sealed_secret', 'sealed_previous']::text[], ARRAY['sealed_secret', 'sealed_previous']::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                    hash="3069e2dad849d141b7e2b98378c708451dee4567",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_d0319",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="exchange_webhooksource",
                    when="AFTER",
                ),
            ),
        ),
    ]
