from decimal import Decimal

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0020_presale_balance"),
        ("exchange", "0008_rights_on_record"),
        ("orders", "0021_review_visits"),
        ("stores", "0006_store_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reminder", "payment reminder"),
                            ("confirmation", "order confirmation"),
                            ("correction", "corrected confirmation"),
                            ("balance_opens", "balance can be paid"),
                            ("balance_ends", "balance is due soon"),
                        ],
                        max_length=16,
                        verbose_name="message",
                    ),
                ),
                ("turn", models.PositiveSmallIntegerField(default=1)),
                (
                    "withheld",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("opted_out", "the customer wants no such messages"),
                            ("masked", "the platform gives no telephone number"),
                            ("no_phone", "there is no telephone number"),
                            ("unreadable", "the contact can't be read with the present keys"),
                            ("no_provider", "the store has no provider of text messages"),
                        ],
                        max_length=12,
                        verbose_name="not said because",
                    ),
                ),
                ("version", models.PositiveIntegerField(null=True)),
                ("content", models.BinaryField(null=True)),
                ("at", models.DateTimeField(verbose_name="at")),
            ],
            options={
                "verbose_name": "message to a customer",
                "verbose_name_plural": "messages to customers",
                "ordering": ["at", "pk"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="LapsedOrder",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="lapse",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("unpaid", "not paid in time"),
                            ("balance", "balance not paid in time"),
                        ],
                        max_length=10,
                        verbose_name="cause",
                    ),
                ),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("at", models.DateTimeField(verbose_name="cancelled")),
            ],
            options={
                "verbose_name": "lapsed order",
                "verbose_name_plural": "lapsed orders",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="OptOut",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("marketing", "reminders and offers"),
                            ("service", "order confirmations"),
                        ],
                        max_length=10,
                        verbose_name="messages",
                    ),
                ),
                ("phone_digest", models.BinaryField()),
                ("masked_phone", models.CharField(max_length=40, verbose_name="phone")),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("call", "by telephone"),
                            ("chat", "in a chat"),
                            ("reply", "by a reply to a message"),
                            ("letter", "in writing"),
                        ],
                        max_length=10,
                        verbose_name="told us",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="entered")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
            ],
            options={
                "verbose_name": "opt-out",
                "verbose_name_plural": "opt-outs",
                "ordering": ["-pk"],
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="PresaleOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "deposit_amount",
                    models.DecimalField(decimal_places=2, max_digits=14, verbose_name="deposit"),
                ),
                ("promised_from", models.DateTimeField(verbose_name="promised")),
                ("balance_from", models.DateTimeField(null=True, verbose_name="balance from")),
                ("balance_until", models.DateTimeField(null=True, verbose_name="balance until")),
                (
                    "returns_deposit",
                    models.BooleanField(default=False, verbose_name="deposit goes back"),
                ),
                (
                    "deposit_paid",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0"),
                        max_digits=14,
                        verbose_name="deposit paid",
                    ),
                ),
                (
                    "deposit_paid_at",
                    models.DateTimeField(null=True, verbose_name="deposit paid at"),
                ),
                (
                    "balance_paid",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0"),
                        max_digits=14,
                        verbose_name="balance paid",
                    ),
                ),
                (
                    "balance_paid_at",
                    models.DateTimeField(null=True, verbose_name="balance paid at"),
                ),
                ("missed_at", models.DateTimeField(null=True, verbose_name="balance missed")),
                (
                    "deposit_returned_at",
                    models.DateTimeField(null=True, verbose_name="deposit returned at"),
                ),
            ],
            options={
                "verbose_name": "presale order",
                "verbose_name_plural": "presale orders",
                "ordering": ["-pk"],
                "default_permissions": ("view", "change"),
            },
        ),
        migrations.AddField(
            model_name="customermessage",
            name="message",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="exchange.outboundmessage",
                verbose_name="message",
            ),
        ),
        migrations.AddField(
            model_name="customermessage",
            name="order",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="customer_messages",
                to="orders.order",
            ),
        ),
        migrations.AddConstraint(
            model_name="lapsedorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__lte", models.F("at"))), name="lapsed_order_was_due"
            ),
        ),
        migrations.AddField(
            model_name="optout",
            name="ended_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="ended by",
            ),
        ),
        migrations.AddField(
            model_name="optout",
            name="made_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="entered by",
            ),
        ),
        migrations.AddField(
            model_name="optout",
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
            model_name="presaleorder",
            name="lot",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="catalog.presalelot",
                verbose_name="presale",
            ),
        ),
        migrations.AddField(
            model_name="presaleorder",
            name="order",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="presale",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AddConstraint(
            model_name="customermessage",
            constraint=models.UniqueConstraint(
                fields=("order", "kind", "turn"), name="customer_message_said_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="customermessage",
            constraint=models.CheckConstraint(
                condition=models.Q(("withheld", ""), ("message", None), _connector="OR"),
                name="customer_message_withheld_is_not_sent",
            ),
        ),
        migrations.AddConstraint(
            model_name="customermessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("content__isnull", False),
                        ("kind__in", ["confirmation", "correction"]),
                        ("version__isnull", False),
                    ),
                    models.Q(
                        models.Q(("kind__in", ["confirmation", "correction"]), _negated=True),
                        ("content", None),
                        ("version", None),
                    ),
                    _connector="OR",
                ),
                name="customer_message_confirms_something",
            ),
        ),
        migrations.AddIndex(
            model_name="optout",
            index=models.Index(fields=["store", "-id"], name="opt_out_list"),
        ),
        migrations.AddConstraint(
            model_name="optout",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("store", "purpose", "phone_digest"),
                name="opt_out_one_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="optout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="opt_out_ended_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="optout",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["marketing", "service"])),
                name="opt_out_purpose_known",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="optout",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.optout', later.id, left((later.masked_phone)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['purpose', 'masked_phone', 'way', 'ended_at']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                    hash="2de0176a55d2953ff9d9562df050a12f0f56807b",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_5ca65",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="orders_optout",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="optout",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.optout', later.id, left((later.masked_phone)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['purpose', 'masked_phone', 'way', 'ended_at']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['purpose', 'masked_phone', 'way', 'ended_at']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.purpose, earlier.masked_phone, earlier.way, earlier.ended_at) IS DISTINCT FROM ROW(later.purpose, later.masked_phone, later.way, later.ended_at)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                    hash="21586b6b22d5ee27aa08cae1e5bb1d1eb386579f",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_4ea1b",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="orders_optout",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="optout",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.optout', earlier.id, left((earlier.masked_phone)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['purpose', 'masked_phone', 'way', 'ended_at']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                    hash="fdb5d3c99587e24d4849c4be7b810174e7b3a19c",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_25b4b",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="orders_optout",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="presaleorder",
            index=models.Index(
                condition=models.Q(
                    ("balance_paid_at", None),
                    ("missed_at", None),
                    ("balance_until__isnull", False),
                    ("deposit_paid_at__isnull", False),
                ),
                fields=["balance_until"],
                name="presale_order_owing",
            ),
        ),
        migrations.AddConstraint(
            model_name="presaleorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("balance_paid__gte", 0), ("deposit_amount__gte", 0), ("deposit_paid__gte", 0)
                ),
                name="presale_order_amounts_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="presaleorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("deposit_paid", 0), ("deposit_paid_at", None)),
                    ("deposit_paid_at__isnull", False),
                    _connector="OR",
                ),
                name="presale_order_deposit_has_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="presaleorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("balance_paid", 0), ("balance_paid_at", None)),
                    models.Q(
                        ("balance_paid_at__isnull", False), ("deposit_paid_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="presale_order_balance_after_deposit",
            ),
        ),
        migrations.AddConstraint(
            model_name="presaleorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("missed_at", None),
                    models.Q(("balance_paid_at", None), ("deposit_paid_at__isnull", False)),
                    _connector="OR",
                ),
                name="presale_order_missed_is_not_paid",
            ),
        ),
        migrations.AddConstraint(
            model_name="presaleorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("deposit_returned_at", None),
                    models.Q(("balance_paid_at", None), ("deposit_paid_at__isnull", False)),
                    _connector="OR",
                ),
                name="presale_order_returns_a_deposit",
            ),
        ),
        migrations.AddConstraint(
            model_name="presaleorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("balance_from", None), ("balance_until", None)),
                    ("balance_from__lt", models.F("balance_until")),
                    _connector="OR",
                ),
                name="presale_order_window_whole",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="presaleorder",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."balance_paid" IS DISTINCT FROM (NEW."balance_paid") OR OLD."balance_paid_at" IS DISTINCT FROM (NEW."balance_paid_at") OR OLD."deposit_amount" IS DISTINCT FROM (NEW."deposit_amount") OR OLD."deposit_paid" IS DISTINCT FROM (NEW."deposit_paid") OR OLD."deposit_paid_at" IS DISTINCT FROM (NEW."deposit_paid_at") OR OLD."deposit_returned_at" IS DISTINCT FROM (NEW."deposit_returned_at") OR OLD."missed_at" IS DISTINCT FROM (NEW."missed_at"))',
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.presaleorder', NEW.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = NEW.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = NEW.order_id),\naudit_differing(to_jsonb(OLD), to_jsonb(NEW), ARRAY['deposit_amount', 'deposit_paid', 'deposit_paid_at', 'balance_paid', 'balance_paid_at', 'missed_at', 'deposit_returned_at']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(NEW), to_jsonb(OLD), ARRAY['deposit_amount', 'deposit_paid', 'deposit_paid_at', 'balance_paid', 'balance_paid_at', 'missed_at', 'deposit_returned_at']::text[], ARRAY[]::text[]);\nRETURN NULL;",
                    hash="9f9172b8e32879a444a6a50257707cbefffc7bba",
                    operation='UPDATE OF "deposit_amount", "deposit_paid", "deposit_paid_at", "balance_paid", "balance_paid_at", "missed_at", "deposit_returned_at"',
                    pgid="pgtrigger_audit_update_da69c",
                    table="orders_presaleorder",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="presaleorder",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.presaleorder', earlier.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = earlier.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = earlier.order_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['deposit_amount', 'deposit_paid', 'deposit_paid_at', 'balance_paid', 'balance_paid_at', 'missed_at', 'deposit_returned_at']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                    hash="657c3766e67c7069692629f703e0fe860f82b2f6",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_fa33a",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="orders_presaleorder",
                    when="AFTER",
                ),
            ),
        ),
    ]
