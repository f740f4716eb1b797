import uuid
from decimal import Decimal
from pathlib import Path

import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import orders.models.contracts
import orders.models.invoices
from opsdesk.migrating import CreateModels

SQL = Path(__file__).resolve().parent.parent / "sql"


def install_triggers(apps, schema_editor):
    """Each trigger that a table above names; as operations of their own they would take a minute."""
    for model in apps.get_app_config("orders").get_models():
        for trigger in getattr(model._meta, "triggers", []):
            schema_editor.execute(trigger.install_sql, params=None)


class Migration(migrations.Migration):
    """All there was of orders after twenty-five migrations, without the steps that led there.

    Intake and reservation run inside the database: one round trip, one cached plan. A later
    version of a function is a new file and a new migration; these files stay as they are.
    """

    initial = True

    replaces = [
        ("orders", "0001_initial"),
        ("orders", "0002_intake_functions"),
        ("orders", "0003_rare_states"),
        ("orders", "0004_paid_days"),
        ("orders", "0005_superseded_copies"),
        ("orders", "0006_touched_days"),
        ("orders", "0007_recorded_amounts"),
        ("orders", "0008_sealed_contact"),
        ("orders", "0009_no_plain_contact"),
        ("orders", "0010_erasures"),
        ("orders", "0011_open_orders_of_a_store"),
        ("orders", "0012_articles_by_any_code"),
        ("orders", "0013_reservations_of_parts"),
        ("orders", "0014_bundles"),
        ("orders", "0015_copies_of_sources"),
        ("orders", "0016_channels_compared"),
        ("orders", "0017_holds"),
        ("orders", "0018_edits"),
        ("orders", "0019_parts_of_orders"),
        ("orders", "0020_former_contacts"),
        ("orders", "0021_review_visits"),
        ("orders", "0022_unpaid"),
        ("orders", "0023_orders_to_pay"),
        ("orders", "0024_money"),
        ("orders", "0025_invoices_and_contracts"),
    ]

    dependencies = [
        ("approvals", "0004_to_decide"),
        ("audit", "0005_verbs_validated"),
        ("catalog", "0001_squashed_0020_presale_balance"),
        ("deadlines", "0004_clocks_in_working_time"),
        ("exchange", "0009_webhooks"),
        ("stores", "0006_store_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Customer",
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
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="customers",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        ("external_id", models.CharField(max_length=120, verbose_name="buyer id")),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="first seen",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "customer",
                        "verbose_name_plural": "customers",
                        "permissions": [
                            ("export_customer", "Can export what is known of one customer"),
                            (
                                "erase_customer",
                                "Can ask to erase the personal data of one customer",
                            ),
                            ("approve_erasure", "Can decide on erasures"),
                        ],
                        "indexes": [
                            models.Index(
                                django.contrib.postgres.indexes.OpClass(
                                    django.db.models.functions.text.Upper("external_id"),
                                    "text_pattern_ops",
                                ),
                                name="customer_prefix",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "external_id"),
                                name="customer_unique_store_external_id",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True),
                                name="customer_has_external_id",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.customer', later.id, left(('#' || later.id)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['external_id']::text[], ARRAY['external_id']::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['external_id']::text[], ARRAY['external_id']::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.external_id) IS DISTINCT FROM ROW(later.external_id)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="fe1a50a866a850cb845eb81b3eff44dc3259830b",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_4fa79",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="orders_customer",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.customer', earlier.id, left(('#' || earlier.id)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['external_id']::text[], ARRAY['external_id']::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="fed0212b5ad0c61a4452e568d7ae8e07a30b2dbb",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_8350c",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_customer",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Erasure",
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
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        ("customer_number", models.BigIntegerField(verbose_name="customer")),
                        ("first_seen", models.DateTimeField(verbose_name="first seen")),
                        ("erased_at", models.DateTimeField(verbose_name="erased")),
                    ],
                    options={
                        "verbose_name": "erasure",
                        "verbose_name_plural": "erasures",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "customer_number", "first_seen"),
                                name="erasure_once_per_customer",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="5fb238d49a3aee3f4d51959e6b86b9bf6fe439bc",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_84863",
                                    table="orders_erasure",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Order",
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
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="stores.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "external_number",
                            models.CharField(max_length=80, verbose_name="order number"),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="orders.customer",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "review_state",
                            models.CharField(
                                choices=[
                                    ("waiting", "to review"),
                                    ("passed", "passed"),
                                    ("held", "held"),
                                    ("not_tracked", "not tracked"),
                                ],
                                default="waiting",
                                max_length=12,
                                verbose_name="review",
                            ),
                        ),
                        (
                            "payment_state",
                            models.CharField(
                                choices=[
                                    ("unpaid", "unpaid"),
                                    ("paid", "paid"),
                                    ("part_refunded", "partly refunded"),
                                    ("refunded", "refunded"),
                                ],
                                default="unpaid",
                                max_length=14,
                                verbose_name="payment",
                            ),
                        ),
                        (
                            "fulfilment_state",
                            models.CharField(
                                choices=[
                                    ("waiting", "waiting for stock"),
                                    ("reserved", "to ship"),
                                    ("shipped", "shipped"),
                                    ("delivered", "delivered"),
                                    ("cancelled", "cancelled"),
                                    ("not_tracked", "not tracked"),
                                ],
                                default="waiting",
                                max_length=12,
                                verbose_name="fulfilment",
                            ),
                        ),
                        (
                            "after_sales_state",
                            models.CharField(
                                choices=[
                                    ("none", "none"),
                                    ("requested", "requested"),
                                    ("closed", "closed"),
                                ],
                                default="none",
                                max_length=12,
                                verbose_name="after-sales",
                            ),
                        ),
                        (
                            "is_amount_only",
                            models.BooleanField(default=False, verbose_name="amounts only"),
                        ),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        (
                            "total_amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="total"
                            ),
                        ),
                        (
                            "freight_amount",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=14,
                                verbose_name="freight",
                            ),
                        ),
                        (
                            "discount_amount",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=14,
                                verbose_name="discount",
                            ),
                        ),
                        (
                            "paid_amount",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=14,
                                verbose_name="paid",
                            ),
                        ),
                        (
                            "refunded_amount",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=14,
                                verbose_name="refunded",
                            ),
                        ),
                        ("placed_at", models.DateTimeField(verbose_name="placed")),
                        ("paid_at", models.DateTimeField(null=True, verbose_name="paid at")),
                        ("reviewed_at", models.DateTimeField(null=True, verbose_name="reviewed")),
                        (
                            "confirmed_at",
                            models.DateTimeField(null=True, verbose_name="stock confirmed"),
                        ),
                        ("shipped_at", models.DateTimeField(null=True, verbose_name="shipped")),
                        ("delivered_at", models.DateTimeField(null=True, verbose_name="delivered")),
                        ("cancelled_at", models.DateTimeField(null=True, verbose_name="cancelled")),
                        (
                            "region",
                            models.CharField(blank=True, max_length=120, verbose_name="region"),
                        ),
                        (
                            "sealed_contact",
                            models.BinaryField(db_default=b"", default=b"", verbose_name="contact"),
                        ),
                        ("phone_digest", models.BinaryField(null=True)),
                        (
                            "contact_cleared_at",
                            models.DateTimeField(
                                editable=False, null=True, verbose_name="contact cleared"
                            ),
                        ),
                        ("content_hash", models.CharField(editable=False, max_length=32)),
                        (
                            "import_session",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.importsession",
                                verbose_name="came with",
                            ),
                        ),
                        (
                            "split_from",
                            models.ForeignKey(
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parts",
                                to="orders.order",
                                verbose_name="split from",
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="taken in",
                            ),
                        ),
                        (
                            "updated_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="last changed",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "order",
                        "verbose_name_plural": "orders",
                        "permissions": [
                            ("review_order", "Can pass orders through review"),
                            ("cancel_order", "Can cancel orders"),
                            ("ship_order", "Can record that orders were shipped or delivered"),
                            ("reveal_contact", "Can see the contact of one order, with a reason"),
                        ],
                        "indexes": [
                            models.Index(fields=["placed_at", "id"], name="order_list"),
                            models.Index(
                                fields=["store", "placed_at", "id"], name="order_list_store"
                            ),
                            models.Index(fields=["updated_at"], name="order_updated"),
                            django.contrib.postgres.indexes.BrinIndex(
                                autosummarize=True,
                                fields=["paid_at"],
                                name="order_paid",
                                pages_per_range=16,
                            ),
                            models.Index(
                                django.contrib.postgres.indexes.OpClass(
                                    django.db.models.functions.text.Upper("external_number"),
                                    "text_pattern_ops",
                                ),
                                name="order_number_prefix",
                            ),
                            models.Index(
                                condition=models.Q(("fulfilment_state", "waiting")),
                                fields=["placed_at", "id"],
                                name="order_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("fulfilment_state", "waiting")),
                                fields=["store", "placed_at", "id"],
                                name="order_waiting_store",
                            ),
                            models.Index(
                                condition=models.Q(("fulfilment_state", "reserved")),
                                fields=["store", "placed_at", "id"],
                                name="order_ship_store",
                            ),
                            models.Index(
                                condition=models.Q(("review_state__in", ["waiting", "held"])),
                                fields=["store", "placed_at", "id"],
                                name="order_review_store",
                            ),
                            models.Index(
                                condition=models.Q(("payment_state", "unpaid")),
                                fields=["placed_at", "id"],
                                name="order_unpaid",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("fulfilment_state__in", ["waiting", "reserved"]),
                                    ("payment_state", "unpaid"),
                                ),
                                fields=["channel", "placed_at", "id"],
                                name="order_to_pay",
                            ),
                            models.Index(
                                condition=models.Q(("after_sales_state", "none"), _negated=True),
                                fields=["placed_at", "id"],
                                name="order_after_sales",
                            ),
                            models.Index(
                                condition=models.Q(("fulfilment_state", "cancelled")),
                                fields=["placed_at", "id"],
                                name="order_cancelled",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("fulfilment_state", "cancelled"),
                                    ("payment_state__in", ["paid", "part_refunded"]),
                                ),
                                fields=["store"],
                                name="order_cancelled_paid",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("payment_state__in", ["part_refunded", "refunded"])
                                ),
                                fields=["placed_at", "id"],
                                name="order_refunded",
                            ),
                            models.Index(
                                condition=models.Q(("is_amount_only", True)),
                                fields=["placed_at", "id"],
                                name="order_amount_only",
                            ),
                            models.Index(
                                condition=models.Q(("import_session__isnull", False)),
                                fields=["import_session"],
                                name="order_import_session",
                            ),
                            models.Index(
                                condition=models.Q(("sealed_contact", b""), _negated=True),
                                fields=["placed_at"],
                                name="order_to_clear",
                            ),
                            models.Index(
                                condition=models.Q(("phone_digest__isnull", False)),
                                fields=["phone_digest"],
                                name="order_phone",
                            ),
                            models.Index(
                                condition=models.Q(("split_from__isnull", False)),
                                fields=["split_from"],
                                name="order_split_from",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "external_number"),
                                name="order_unique_store_external_number",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("external_number", ""), _negated=True),
                                name="order_has_number",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("freight_amount__gte", 0),
                                    ("paid_amount__gte", 0),
                                    ("total_amount__gte", 0),
                                    ("discount_amount__gte", 0),
                                    ("refunded_amount__gte", 0),
                                ),
                                name="order_amounts_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("refunded_amount__lte", models.F("paid_amount"))
                                ),
                                name="order_refunded_lte_paid",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("paid_at", None), ("payment_state", "unpaid")),
                                    models.Q(
                                        models.Q(("payment_state", "unpaid"), _negated=True),
                                        ("paid_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="order_paid_has_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("cancelled_at__isnull", False),
                                        ("fulfilment_state", "cancelled"),
                                    ),
                                    models.Q(
                                        models.Q(("fulfilment_state", "cancelled"), _negated=True),
                                        ("cancelled_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="order_cancelled_has_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("fulfilment_state", "reserved"), _negated=True),
                                    ("confirmed_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="order_reserved_has_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("fulfilment_state__in", ["shipped", "delivered"]),
                                        _negated=True,
                                    ),
                                    ("shipped_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="order_shipped_has_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("contact_cleared_at", None),
                                    models.Q(("phone_digest", None), ("sealed_contact", b"")),
                                    _connector="OR",
                                ),
                                name="order_cleared_has_no_contact",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="identity",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."external_number" IS DISTINCT FROM (NEW."external_number") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="481826b5b6f43ba457b0d2df912f0ec17b1100e5",
                                    operation="UPDATE",
                                    pgid="pgtrigger_identity_5544f",
                                    table="orders_order",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."discount_amount" IS DISTINCT FROM (NEW."discount_amount") OR OLD."freight_amount" IS DISTINCT FROM (NEW."freight_amount") OR OLD."paid_amount" IS DISTINCT FROM (NEW."paid_amount") OR OLD."refunded_amount" IS DISTINCT FROM (NEW."refunded_amount") OR OLD."region" IS DISTINCT FROM (NEW."region") OR OLD."sealed_contact" IS DISTINCT FROM (NEW."sealed_contact") OR OLD."total_amount" IS DISTINCT FROM (NEW."total_amount"))',
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.order', NEW.id, left((NEW.external_number)::text, 120), NEW.store_id,\naudit_differing(to_jsonb(OLD), to_jsonb(NEW), ARRAY['currency', 'total_amount', 'freight_amount', 'discount_amount', 'paid_amount', 'refunded_amount', 'region', 'sealed_contact']::text[], ARRAY['region', 'sealed_contact']::text[]),\naudit_differing(to_jsonb(NEW), to_jsonb(OLD), ARRAY['currency', 'total_amount', 'freight_amount', 'discount_amount', 'paid_amount', 'refunded_amount', 'region', 'sealed_contact']::text[], ARRAY['region', 'sealed_contact']::text[]);\nRETURN NULL;",
                                    hash="a784c760dbc8d8b89bd401cd29ef3e75aa73d665",
                                    operation='UPDATE OF "currency", "total_amount", "freight_amount", "discount_amount", "paid_amount", "refunded_amount", "region", "sealed_contact"',
                                    pgid="pgtrigger_audit_update_3c21b",
                                    table="orders_order",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.order', earlier.id, left((earlier.external_number)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['currency', 'total_amount', 'freight_amount', 'discount_amount', 'paid_amount', 'refunded_amount', 'region', 'sealed_contact']::text[], ARRAY['region', 'sealed_contact']::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="ad94eb476240badbfbbd09c4d5655bbf87843ad1",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_4ee4e",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_order",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SupersededCopy",
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
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="superseded_copies",
                                to="orders.order",
                            ),
                        ),
                        ("content_hash", models.CharField(max_length=32)),
                    ],
                    options={
                        "verbose_name": "superseded copy",
                        "verbose_name_plural": "superseded copies",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "content_hash"),
                                name="superseded_copy_unique_order_hash",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TouchedDay",
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
                            "store",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="stores.store",
                            ),
                        ),
                        ("day", models.DateField()),
                    ],
                    options={
                        "verbose_name": "touched day",
                        "verbose_name_plural": "touched days",
                    },
                ),
                migrations.CreateModel(
                    name="ContactAttempt",
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
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contact_attempts",
                                to="orders.order",
                            ),
                        ),
                        (
                            "by",
                            models.CharField(
                                choices=[
                                    ("call", "call"),
                                    ("sms", "text message"),
                                    ("message", "message at the channel"),
                                ],
                                max_length=8,
                                verbose_name="by",
                            ),
                        ),
                        ("was_reached", models.BooleanField(verbose_name="reached")),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("agreed", "agreed to a change"),
                                    ("waits", "wants to wait"),
                                    ("cancels", "wants to cancel"),
                                    ("later", "answers later"),
                                    ("none", "no answer"),
                                ],
                                max_length=8,
                                verbose_name="outcome",
                            ),
                        ),
                        ("topic", models.CharField(max_length=20, verbose_name="about")),
                        ("script", models.TextField(blank=True, verbose_name="script")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                        (
                            "is_sent_by_us",
                            models.BooleanField(default=False, verbose_name="sent from here"),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="who",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                    ],
                    options={
                        "verbose_name": "contact with a buyer",
                        "verbose_name_plural": "contacts with buyers",
                        "ordering": ["at", "pk"],
                        "permissions": [("contact_buyer", "Can record that a buyer was contacted")],
                        "default_permissions": ("view",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("was_reached", True),
                                    ("outcome__in", ["none", "later"]),
                                    _connector="OR",
                                ),
                                name="contact_attempt_outcome_of_somebody",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="a5351b4d4a37d736acf59ea37524428102b71795",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_c2674",
                                    table="orders_contactattempt",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BusinessOrder",
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
                            "order",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="business",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "marked_by",
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
                            "marked_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="marked"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "business order",
                        "verbose_name_plural": "business orders",
                        "permissions": [("mark_business", "Can mark orders as business orders")],
                        "default_permissions": (),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.businessorder', later.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = later.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = later.order_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['order_id', 'marked_by_id']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="df139a1421ffb693bd7c64f9079124ae1ad48f7b",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_c1aac",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="orders_businessorder",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.businessorder', later.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = later.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = later.order_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['order_id', 'marked_by_id']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['order_id', 'marked_by_id']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.order_id, earlier.marked_by_id) IS DISTINCT FROM ROW(later.order_id, later.marked_by_id)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="532b0f00c2c9ecce187ca0ba5cbf964fb7df32f8",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_792c6",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="orders_businessorder",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.businessorder', earlier.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = earlier.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = earlier.order_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['order_id', 'marked_by_id']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="5cb9033380ecde07f0b39763320a2454d0c3ab8d",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_76b26",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_businessorder",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Contract",
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
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contracts",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contracts",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "version",
                            models.PositiveSmallIntegerField(default=1, verbose_name="version"),
                        ),
                        (
                            "corrects",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="corrected_by",
                                to="orders.contract",
                                verbose_name="corrects",
                            ),
                        ),
                        (
                            "file",
                            models.FileField(
                                max_length=250,
                                upload_to=orders.models.contracts.contract_path,
                                verbose_name="file",
                            ),
                        ),
                        (
                            "file_name",
                            models.CharField(max_length=255, verbose_name="name of the file"),
                        ),
                        (
                            "type",
                            models.CharField(
                                choices=[("pdf", "PDF"), ("jpeg", "JPEG"), ("png", "PNG")],
                                max_length=4,
                                verbose_name="type",
                            ),
                        ),
                        ("size", models.PositiveIntegerField(verbose_name="bytes")),
                        ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                        ("signed_on", models.DateField(verbose_name="signed on")),
                        ("buyer", models.CharField(max_length=200, verbose_name="buyer")),
                        ("seller", models.CharField(max_length=200, verbose_name="seller")),
                        (
                            "uploaded_by",
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
                            "uploaded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="handed in"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "contract",
                        "verbose_name_plural": "contracts",
                        "ordering": ["-pk"],
                        "default_permissions": ("view", "add"),
                        "indexes": [models.Index(fields=["store", "-id"], name="contract_list")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "version"), name="contract_unique_order_version"
                            ),
                            models.UniqueConstraint(
                                fields=("order", "sha256"), name="contract_unique_order_digest"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("corrects", None), ("version", 1)),
                                    models.Q(("corrects__isnull", False), ("version__gt", 1)),
                                    _connector="OR",
                                ),
                                name="contract_later_version_corrects",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sha256__regex", "^[0-9a-f]{64}$"),
                                    models.Q(("file", ""), _negated=True),
                                    ("size__gt", 0),
                                ),
                                name="contract_has_its_file",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("buyer", ""), _negated=True),
                                    models.Q(("seller", ""), _negated=True),
                                ),
                                name="contract_names_its_parties",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="410437ff5a998ee087b9ffd461012b643c6d31b8",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_142d6",
                                    table="orders_contract",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="of_its_order",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF NOT EXISTS (\n                        SELECT FROM orders_order o\n                        WHERE o.id = NEW.order_id AND o.store_id = NEW.store_id\n                    ) OR NEW.corrects_id IS NOT NULL AND NOT EXISTS (\n                        SELECT FROM orders_contract c\n                        WHERE c.id = NEW.corrects_id AND c.order_id = NEW.order_id\n                          AND c.version = NEW.version - 1\n                    ) THEN\n                        RAISE EXCEPTION 'A contract corrects the version before it of its order.'\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'contract_of_its_order';\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="faec2115b7283406cff4940dca2022555ff2037e",
                                    operation="INSERT",
                                    pgid="pgtrigger_of_its_order_83b7b",
                                    table="orders_contract",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.contract', later.id, left((later.file_name)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['order_id', 'version', 'sha256', 'signed_on']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="a2f1e8d9b88dabf6126a979c09f2cc6e035a3f39",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_ca30f",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="orders_contract",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.contract', later.id, left((later.file_name)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['order_id', 'version', 'sha256', 'signed_on']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['order_id', 'version', 'sha256', 'signed_on']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.order_id, earlier.version, earlier.sha256, earlier.signed_on) IS DISTINCT FROM ROW(later.order_id, later.version, later.sha256, later.signed_on)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="7542da0bd9294d30c64b1c06554c27ee9db3df16",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_0c49a",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="orders_contract",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.contract', earlier.id, left((earlier.file_name)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['order_id', 'version', 'sha256', 'signed_on']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="6bbcc0e279b89d65f3f0c0cb813fc0914be2ba58",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_4ebda",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_contract",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChannelSays",
                    fields=[
                        (
                            "order",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="channel_says",
                                serialize=False,
                                to="orders.order",
                            ),
                        ),
                        ("lines", models.JSONField(null=True, verbose_name="lines")),
                        (
                            "total_amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, null=True, verbose_name="total"
                            ),
                        ),
                        (
                            "paid_amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, null=True, verbose_name="paid"
                            ),
                        ),
                        (
                            "freight_amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, null=True, verbose_name="freight"
                            ),
                        ),
                        (
                            "discount_amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, null=True, verbose_name="discount"
                            ),
                        ),
                        ("contact", models.JSONField(default=dict, verbose_name="contact")),
                    ],
                    options={
                        "verbose_name": "word of the channel",
                        "verbose_name_plural": "words of the channel",
                        "permissions": [
                            (
                                "change_address",
                                "Can change whom an order goes to, before it leaves",
                            ),
                            ("change_goods", "Can change the goods of an order, before it leaves"),
                            ("split_order", "Can split an order, before it leaves"),
                        ],
                        "default_permissions": (),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("lines", None), ("total_amount", None)),
                                    models.Q(("lines__isnull", False), ("total_amount__gte", 0)),
                                    _connector="OR",
                                ),
                                name="channel_says_lines_with_total",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("discount_amount", None),
                                        ("freight_amount", None),
                                        ("paid_amount", None),
                                    ),
                                    models.Q(
                                        ("discount_amount__gte", 0),
                                        ("freight_amount__gte", 0),
                                        ("lines__isnull", False),
                                        ("paid_amount__gte", 0),
                                    ),
                                    _connector="OR",
                                ),
                                name="channel_says_money_of_a_family",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderEvent",
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
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="events",
                                to="orders.order",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("placed", "placed"),
                                    ("paid", "paid"),
                                    ("reserved", "stock reserved"),
                                    ("released", "stock released"),
                                    ("held", "held"),
                                    ("let_go", "hold released"),
                                    ("reviewed", "review passed"),
                                    ("shipped", "shipped"),
                                    ("delivered", "delivered"),
                                    ("cancelled", "cancelled"),
                                    ("refunded", "refunded"),
                                    ("changed", "changed"),
                                    ("conflicted", "contradicting copy refused"),
                                ],
                                max_length=12,
                                verbose_name="kind",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="recorded"
                            ),
                        ),
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
                        ("data", models.JSONField(default=dict, verbose_name="details")),
                    ],
                    options={
                        "verbose_name": "order event",
                        "verbose_name_plural": "order events",
                        "ordering": ["at", "pk"],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="7d910be96f697ed8c0d24b8d8a9b6e268d3d09ae",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_39cdb",
                                    table="orders_orderevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FormerContact",
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
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="former_contacts",
                                to="orders.order",
                            ),
                        ),
                        (
                            "region",
                            models.CharField(blank=True, max_length=120, verbose_name="region"),
                        ),
                        ("sealed_contact", models.BinaryField(default=b"", verbose_name="contact")),
                        ("until", models.DateTimeField(verbose_name="until")),
                        (
                            "replaced_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="replaced by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "former contact",
                        "verbose_name_plural": "former contacts",
                        "ordering": ["-until", "-pk"],
                        "default_permissions": (),
                    },
                ),
                migrations.CreateModel(
                    name="ReviewRule",
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
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="review_rules",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "code",
                            models.SlugField(db_index=False, max_length=40, verbose_name="rule"),
                        ),
                        ("version", models.PositiveIntegerField(verbose_name="version")),
                        ("is_on", models.BooleanField(default=True, verbose_name="on")),
                        (
                            "position",
                            models.PositiveSmallIntegerField(
                                help_text="Rules with a smaller number are looked at first.",
                                verbose_name="order of looking",
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
                                max_length=40,
                                verbose_name="for",
                            ),
                        ),
                        ("parameters", models.JSONField(default=dict, verbose_name="values")),
                        (
                            "reason",
                            models.CharField(blank=True, max_length=300, verbose_name="reason"),
                        ),
                        (
                            "set_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="set by",
                            ),
                        ),
                        (
                            "set_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="set",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "review rule",
                        "verbose_name_plural": "review rules",
                        "ordering": ["store_id", "position", "code", "-version"],
                        "default_permissions": ("view", "change"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "code", "version"),
                                name="review_rule_unique_version",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("version__gte", 1)),
                                name="review_rule_version_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("version", 1),
                                    models.Q(
                                        ("set_by__isnull", False),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="review_rule_changed_with_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "owner_role__in",
                                        [
                                            "operations_lead",
                                            "catalog_operator",
                                            "order_reviewer",
                                            "warehouse",
                                            "customer_service",
                                            "service_lead",
                                            "marketing_operator",
                                            "marketing_lead",
                                            "finance",
                                            "analyst",
                                            "administrator",
                                        ],
                                    )
                                ),
                                name="review_rule_owner_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="91724035149028259bc568db5df46471bb67fd3a",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_16530",
                                    table="orders_reviewrule",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.reviewrule', later.id, left((later.code)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['code', 'version', 'is_on', 'position', 'owner_role', 'parameters', 'reason']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="0d0fd3b9a16c86350177bca6fb8711bbe3b6cf95",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_c3a90",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="orders_reviewrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.reviewrule', later.id, left((later.code)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['code', 'version', 'is_on', 'position', 'owner_role', 'parameters', 'reason']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['code', 'version', 'is_on', 'position', 'owner_role', 'parameters', 'reason']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.code, earlier.version, earlier.is_on, earlier.position, earlier.owner_role, earlier.parameters, earlier.reason) IS DISTINCT FROM ROW(later.code, later.version, later.is_on, later.position, later.owner_role, later.parameters, later.reason)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="99e30c50a8efe88706e37d815f906194511ea563",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_b8761",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="orders_reviewrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.reviewrule', earlier.id, left((earlier.code)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['code', 'version', 'is_on', 'position', 'owner_role', 'parameters', 'reason']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="90ced295715eedabcd23d1f4b66db7919c6bd1a0",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_5af01",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_reviewrule",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReviewResult",
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
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="review_results",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        ("has_passed", models.BooleanField(verbose_name="passed")),
                        ("verdicts", models.JSONField(verbose_name="verdicts")),
                    ],
                    options={
                        "verbose_name": "review result",
                        "verbose_name_plural": "review results",
                        "ordering": ["order_id", "pk"],
                        "default_permissions": ("view",),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="751a68f60168f568826840b0e7d95b9e70b94611",
                                    operation="UPDATE",
                                    pgid="pgtrigger_append_only_5ae3a",
                                    table="orders_reviewresult",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Hold",
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
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="holds",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "code",
                            models.SlugField(db_index=False, max_length=40, verbose_name="reason"),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.reviewrule",
                                verbose_name="rule",
                            ),
                        ),
                        ("evidence", models.JSONField(default=dict, verbose_name="evidence")),
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
                                max_length=40,
                                verbose_name="for",
                            ),
                        ),
                        ("raised_at", models.DateTimeField(verbose_name="held since")),
                        (
                            "seen_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="last found"
                            ),
                        ),
                        (
                            "contacted_at",
                            models.DateTimeField(null=True, verbose_name="customer contacted"),
                        ),
                        ("released_at", models.DateTimeField(null=True, verbose_name="released")),
                        (
                            "released_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="released by",
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("passed", "passed as it is"),
                                    ("mended", "mended"),
                                    ("swapped", "goods swapped"),
                                    ("readdressed", "address changed"),
                                    ("refunded", "refunded"),
                                    ("cancelled", "order cancelled"),
                                    ("gone", "no longer so"),
                                ],
                                max_length=12,
                                verbose_name="outcome",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                    ],
                    options={
                        "verbose_name": "hold",
                        "verbose_name_plural": "holds",
                        "ordering": ["order_id", "pk"],
                        "default_permissions": ("view",),
                        "indexes": [
                            models.Index(fields=["order", "code"], name="hold_order"),
                            models.Index(
                                condition=models.Q(("released_at", None)),
                                fields=["code", "order"],
                                name="hold_open_code",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("released_at", None)),
                                fields=("order", "code"),
                                name="hold_one_open_per_order_and_code",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("outcome", ""),
                                        ("released_at", None),
                                        ("released_by", None),
                                    ),
                                    models.Q(
                                        ("released_at__isnull", False),
                                        models.Q(("outcome", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="hold_released_has_outcome",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "owner_role__in",
                                        [
                                            "operations_lead",
                                            "catalog_operator",
                                            "order_reviewer",
                                            "warehouse",
                                            "customer_service",
                                            "service_lead",
                                            "marketing_operator",
                                            "marketing_lead",
                                            "finance",
                                            "analyst",
                                            "administrator",
                                        ],
                                    )
                                ),
                                name="hold_owner_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="what_was_held_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."owner_role" IS DISTINCT FROM (NEW."owner_role") OR OLD."raised_at" IS DISTINCT FROM (NEW."raised_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="f7c14b56eec53d69a18ce74d92330c1f12a6fdc5",
                                    operation="UPDATE",
                                    pgid="pgtrigger_what_was_held_stays_22844",
                                    table="orders_hold",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="released_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."released_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="758defc6058f25242503e0862fbd9c6e771c52e6",
                                    operation="UPDATE",
                                    pgid="pgtrigger_released_is_final_7d928",
                                    table="orders_hold",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."outcome" IS DISTINCT FROM (NEW."outcome") OR OLD."released_at" IS DISTINCT FROM (NEW."released_at") OR OLD."released_by_id" IS DISTINCT FROM (NEW."released_by_id"))',
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.hold', NEW.id, left((NEW.code)::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = NEW.order_id),\naudit_differing(to_jsonb(OLD), to_jsonb(NEW), ARRAY['released_at', 'released_by_id', 'outcome', 'note']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(NEW), to_jsonb(OLD), ARRAY['released_at', 'released_by_id', 'outcome', 'note']::text[], ARRAY[]::text[]);\nRETURN NULL;",
                                    hash="e57febfbf773828eaa7ed53fe16ff4ada51ffadd",
                                    operation='UPDATE OF "released_at", "released_by_id", "outcome", "note"',
                                    pgid="pgtrigger_audit_update_436aa",
                                    table="orders_hold",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.hold', earlier.id, left((earlier.code)::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = earlier.order_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['released_at', 'released_by_id', 'outcome', 'note']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="a1cd403e35835d2aa787e8394123df2b57afc58f",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_a700f",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_hold",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BlacklistEntry",
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
                        ("reason", models.CharField(max_length=300, verbose_name="reason")),
                        (
                            "added_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="added by",
                            ),
                        ),
                        (
                            "added_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="added",
                            ),
                        ),
                        (
                            "until",
                            models.DateTimeField(
                                blank=True,
                                help_text="Empty: until somebody ends it.",
                                null=True,
                                verbose_name="until",
                            ),
                        ),
                        (
                            "ended_at",
                            models.DateTimeField(editable=False, null=True, verbose_name="ended"),
                        ),
                        (
                            "ended_by",
                            models.ForeignKey(
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="ended by",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blacklist",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "hint",
                            models.CharField(
                                editable=False, max_length=40, verbose_name="recipient"
                            ),
                        ),
                        ("sealed_phone", models.BinaryField(db_default=b"", default=b"")),
                        ("phone_digest", models.BinaryField(null=True)),
                        (
                            "customer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="blacklisted",
                                to="orders.customer",
                                verbose_name="customer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "blacklisted recipient",
                        "verbose_name_plural": "blacklist",
                        "ordering": ["-pk"],
                        "default_permissions": ("view", "change"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("phone_digest__isnull", False),
                                    ("customer__isnull", False),
                                    _connector="OR",
                                ),
                                name="blacklist_names_somebody",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("ended_at", None), ("phone_digest__isnull", False)
                                ),
                                fields=("store", "phone_digest"),
                                name="blacklist_phone_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("customer__isnull", False), ("ended_at", None)),
                                fields=("store", "customer"),
                                name="blacklist_customer_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("ended_by", None)),
                                    models.Q(
                                        ("ended_at__isnull", False), ("ended_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="blacklist_ended_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="blacklist_has_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("until", None),
                                    ("until__gt", models.F("added_at")),
                                    _connector="OR",
                                ),
                                name="blacklist_until_later",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.blacklistentry', later.id, left((later.hint)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['reason', 'until', 'ended_at', 'ended_by_id']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="1d90a551f01656240a7c69ac800f68c498f3e38e",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_8020d",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="orders_blacklistentry",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.blacklistentry', later.id, left((later.hint)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['reason', 'until', 'ended_at', 'ended_by_id']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['reason', 'until', 'ended_at', 'ended_by_id']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.reason, earlier.until, earlier.ended_at, earlier.ended_by_id) IS DISTINCT FROM ROW(later.reason, later.until, later.ended_at, later.ended_by_id)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="8da8b43d5572b3ea720d7bd0492fcfb44e3bf4d7",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_b54bb",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="orders_blacklistentry",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.blacklistentry', earlier.id, left((earlier.hint)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['reason', 'until', 'ended_at', 'ended_by_id']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="4e7de05b24c0a756c82ebe694a4b0b5be833b4aa",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_24204",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_blacklistentry",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BlockedRegion",
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
                        ("reason", models.CharField(max_length=300, verbose_name="reason")),
                        (
                            "added_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="added by",
                            ),
                        ),
                        (
                            "added_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="added",
                            ),
                        ),
                        (
                            "until",
                            models.DateTimeField(
                                blank=True,
                                help_text="Empty: until somebody ends it.",
                                null=True,
                                verbose_name="until",
                            ),
                        ),
                        (
                            "ended_at",
                            models.DateTimeField(editable=False, null=True, verbose_name="ended"),
                        ),
                        (
                            "ended_by",
                            models.ForeignKey(
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="ended by",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blocked_regions",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        ("code", models.CharField(max_length=6, verbose_name="region code")),
                        (
                            "name",
                            models.CharField(editable=False, max_length=120, verbose_name="region"),
                        ),
                    ],
                    options={
                        "verbose_name": "blocked region",
                        "verbose_name_plural": "blocked regions",
                        "ordering": ["code", "-pk"],
                        "default_permissions": ("view", "change"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("code__regex", "^[1-9]\\d{5}$")),
                                name="blocked_region_code",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("store", "code"),
                                name="blocked_region_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("ended_by", None)),
                                    models.Q(
                                        ("ended_at__isnull", False), ("ended_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="blocked_region_ended_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="blocked_region_has_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("until", None),
                                    ("until__gt", models.F("added_at")),
                                    _connector="OR",
                                ),
                                name="blocked_region_until_later",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.blockedregion', later.id, left((later.name)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['code', 'reason', 'until', 'ended_at', 'ended_by_id']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="a9762641d72adee57ceef2cb0aae40573c2ea564",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_6c5ac",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="orders_blockedregion",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.blockedregion', later.id, left((later.name)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['code', 'reason', 'until', 'ended_at', 'ended_by_id']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['code', 'reason', 'until', 'ended_at', 'ended_by_id']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.code, earlier.reason, earlier.until, earlier.ended_at, earlier.ended_by_id) IS DISTINCT FROM ROW(later.code, later.reason, later.until, later.ended_at, later.ended_by_id)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="37223aeda0d5a83864b4cc678225e7a7afab8417",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_ff80a",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="orders_blockedregion",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.blockedregion', earlier.id, left((earlier.name)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['code', 'reason', 'until', 'ended_at', 'ended_by_id']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="106de9b445803b7bf1bc0ffa78a82b868bf7665b",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_899a0",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_blockedregion",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InvoiceSeries",
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
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invoice_series",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "year",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(2000),
                                    django.core.validators.MaxValueValidator(2999),
                                ],
                                verbose_name="year",
                            ),
                        ),
                        (
                            "prefix",
                            models.CharField(
                                blank=True,
                                help_text="A number is the prefix, the year and the counted digits: INV-2026000001.",
                                max_length=12,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[A-Z0-9-]*$", "Capital letters, digits and hyphens."
                                    )
                                ],
                                verbose_name="prefix",
                            ),
                        ),
                        (
                            "width",
                            models.PositiveSmallIntegerField(
                                default=6,
                                validators=[
                                    django.core.validators.MinValueValidator(3),
                                    django.core.validators.MaxValueValidator(9),
                                ],
                                verbose_name="digits",
                            ),
                        ),
                        (
                            "provider",
                            models.CharField(
                                default="own_pdf", max_length=20, verbose_name="made by"
                            ),
                        ),
                        (
                            "last",
                            models.PositiveBigIntegerField(
                                default=0, editable=False, verbose_name="last number given"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "invoice series",
                        "verbose_name_plural": "invoice series",
                        "ordering": ["store_id", "-year"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "year"), name="invoice_series_unique_store_year"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("width__gte", 3), ("width__lte", 9)),
                                name="invoice_series_width_sound",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="counts_up",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF NEW.last NOT IN (OLD.last, OLD.last + 1) THEN\n                        RAISE EXCEPTION 'A series gives one number after the other.'\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_series_counts_up';\n                    ELSIF OLD.last > 0 AND (NEW.store_id, NEW.year, NEW.prefix, NEW.width)\n                       IS DISTINCT FROM (OLD.store_id, OLD.year, OLD.prefix, OLD.width) THEN\n                        RAISE EXCEPTION 'Numbers of this series were given: it stays as it is.'\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_series_settled';\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="d40ec47aba9d9be56833d69f661304309b10f6e5",
                                    operation="UPDATE",
                                    pgid="pgtrigger_counts_up_060dc",
                                    table="orders_invoiceseries",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.invoiceseries', later.id, left((later.prefix || later.year)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['store_id', 'year', 'prefix', 'width', 'provider']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="610cfa5dfef9410868af5d981087fe11be348dae",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_2aa65",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="orders_invoiceseries",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."prefix" IS DISTINCT FROM (NEW."prefix") OR OLD."provider" IS DISTINCT FROM (NEW."provider") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."width" IS DISTINCT FROM (NEW."width") OR OLD."year" IS DISTINCT FROM (NEW."year"))',
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.invoiceseries', NEW.id, left((NEW.prefix || NEW.year)::text, 120), NEW.store_id,\naudit_differing(to_jsonb(OLD), to_jsonb(NEW), ARRAY['store_id', 'year', 'prefix', 'width', 'provider']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(NEW), to_jsonb(OLD), ARRAY['store_id', 'year', 'prefix', 'width', 'provider']::text[], ARRAY[]::text[]);\nRETURN NULL;",
                                    hash="708ed7ceed23c63e671611b81e93c4d669a82978",
                                    operation='UPDATE OF "store_id", "year", "prefix", "width", "provider"',
                                    pgid="pgtrigger_audit_update_aba9e",
                                    table="orders_invoiceseries",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.invoiceseries', earlier.id, left((earlier.prefix || earlier.year)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['store_id', 'year', 'prefix', 'width', 'provider']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="9f167ea207e51c6b6c4fdf3af5224470e85b19f7",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_d92f0",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_invoiceseries",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invoice",
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
                            "reference",
                            models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invoices",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invoices",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "original",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="red",
                                to="orders.invoice",
                                verbose_name="voids the invoice",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("requested", "requested"),
                                    ("issued", "issued"),
                                    ("sent", "sent"),
                                    ("voided", "voided"),
                                    ("declined", "declined"),
                                ],
                                default="requested",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("electronic", "electronic"), ("paper", "paper")],
                                default="electronic",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "vat_kind",
                            models.CharField(
                                choices=[
                                    ("none", "without distinction"),
                                    ("ordinary", "ordinary VAT invoice"),
                                    ("special", "special VAT invoice"),
                                ],
                                default="none",
                                max_length=10,
                                verbose_name="VAT invoice",
                            ),
                        ),
                        (
                            "is_company",
                            models.BooleanField(
                                default=False, verbose_name="made out to a company"
                            ),
                        ),
                        ("sealed_buyer", models.BinaryField(default=b"", verbose_name="buyer")),
                        (
                            "cleared_at",
                            models.DateTimeField(
                                editable=False, null=True, verbose_name="buyer cleared"
                            ),
                        ),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        (
                            "net",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="net"
                            ),
                        ),
                        (
                            "tax",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="tax"
                            ),
                        ),
                        (
                            "gross",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="gross"
                            ),
                        ),
                        (
                            "series",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invoices",
                                to="orders.invoiceseries",
                                verbose_name="series",
                            ),
                        ),
                        ("position", models.PositiveBigIntegerField(editable=False, null=True)),
                        (
                            "number",
                            models.CharField(blank=True, max_length=40, verbose_name="number"),
                        ),
                        (
                            "requested_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="requested by",
                            ),
                        ),
                        (
                            "requested_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="requested"
                            ),
                        ),
                        (
                            "issued_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="issued by",
                            ),
                        ),
                        ("issued_at", models.DateTimeField(null=True, verbose_name="issued")),
                        (
                            "sent_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="sent by",
                            ),
                        ),
                        ("sent_at", models.DateTimeField(null=True, verbose_name="sent")),
                        (
                            "waybill",
                            models.CharField(blank=True, max_length=80, verbose_name="waybill"),
                        ),
                        (
                            "ended_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="ended by",
                            ),
                        ),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                        (
                            "reason",
                            models.CharField(blank=True, max_length=300, verbose_name="reason"),
                        ),
                        (
                            "document",
                            models.FileField(
                                blank=True,
                                editable=False,
                                max_length=200,
                                upload_to=orders.models.invoices.document_path,
                                verbose_name="document",
                            ),
                        ),
                        (
                            "sha256",
                            models.CharField(
                                blank=True, editable=False, max_length=64, verbose_name="SHA-256"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "invoice",
                        "verbose_name_plural": "invoices",
                        "ordering": ["-pk"],
                        "permissions": [
                            ("request_invoice", "Can ask for invoices"),
                            ("issue_invoice", "Can issue, send and decline invoices"),
                            ("void_invoice", "Can void invoices with a red one"),
                        ],
                        "default_permissions": ("view",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "requested")),
                                fields=["store", "requested_at"],
                                name="invoice_to_issue",
                            ),
                            models.Index(fields=["store", "-id"], name="invoice_list"),
                            models.Index(
                                django.contrib.postgres.indexes.OpClass(
                                    django.db.models.functions.text.Upper("number"),
                                    "text_pattern_ops",
                                ),
                                name="invoice_prefix",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("cleared_at", None),
                                    ("sha256", ""),
                                    models.Q(("number", ""), _negated=True),
                                ),
                                fields=["id"],
                                name="invoice_without_document",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("issued_at__isnull", True),
                                        ("sent_at__isnull", True),
                                        ("state", "requested"),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("issued_at__isnull", False),
                                        ("sent_at__isnull", True),
                                        ("state", "issued"),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("issued_at__isnull", False),
                                        ("sent_at__isnull", False),
                                        ("state", "sent"),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("issued_at__isnull", False),
                                        ("state", "voided"),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("issued_at__isnull", True),
                                        ("sent_at__isnull", True),
                                        ("state", "declined"),
                                    ),
                                    _connector="OR",
                                ),
                                name="invoice_moments_fit_state",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("issued_at", None),
                                        ("number", ""),
                                        ("position", None),
                                        ("series", None),
                                    ),
                                    models.Q(
                                        models.Q(("number", ""), _negated=True),
                                        ("issued_at__isnull", False),
                                        ("position__gte", 1),
                                        ("series__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="invoice_numbered_when_issued",
                            ),
                            models.UniqueConstraint(
                                fields=("series", "position"), name="invoice_unique_series_position"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("number", ""), _negated=True),
                                fields=("store", "number"),
                                name="invoice_unique_store_number",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "gross",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("net"), "+", models.F("tax")
                                        ),
                                    )
                                ),
                                name="invoice_gross_is_net_and_tax",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("gross__gt", 0),
                                        ("net__gt", 0),
                                        ("original", None),
                                        ("tax__gte", 0),
                                    ),
                                    models.Q(
                                        ("gross__lt", 0),
                                        ("net__lt", 0),
                                        ("original__isnull", False),
                                        ("tax__lte", 0),
                                    ),
                                    _connector="OR",
                                ),
                                name="invoice_red_is_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("original", None),
                                    ("state__in", ["issued", "sent"]),
                                    _connector="OR",
                                ),
                                name="invoice_red_is_issued",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["requested", "issued", "sent"]),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="invoice_ended_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("vat_kind", "special"), _negated=True),
                                    ("is_company", True),
                                    _connector="OR",
                                ),
                                name="invoice_special_for_companies",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cleared_at", None),
                                    models.Q(("document", ""), ("sealed_buyer", b"")),
                                    _connector="OR",
                                ),
                                name="invoice_cleared_names_nobody",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept_once_numbered",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.\"number\" > '')",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="b370604432fae2ec9d79fdbf7e40eef11f551a10",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_once_numbered_b2464",
                                    table="orders_invoice",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="stays_what_was_asked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."original_id" IS DISTINCT FROM (NEW."original_id") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."net" IS DISTINCT FROM (NEW."net") OR OLD."tax" IS DISTINCT FROM (NEW."tax") OR OLD."gross" IS DISTINCT FROM (NEW."gross") OR OLD."requested_by_id" IS DISTINCT FROM (NEW."requested_by_id") OR OLD."requested_at" IS DISTINCT FROM (NEW."requested_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="9cf9c8bb3ff0509e1b3900855983121d7bd75df0",
                                    operation="UPDATE",
                                    pgid="pgtrigger_stays_what_was_asked_0e261",
                                    table="orders_invoice",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="goes_forward",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE _is_valid_transition BOOLEAN;",
                                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{requested:issued,requested:declined,issued:sent,issued:voided,sent:voided}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                                    hash="333f9eb7b3ba66d69444a9b2105f253e9ae42413",
                                    operation="UPDATE",
                                    pgid="pgtrigger_goes_forward_dde4c",
                                    table="orders_invoice",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="stays_what_was_issued",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.\"number\" > '')",
                                    func="\n                    IF (NEW.number, NEW.series_id, NEW.position, NEW.issued_at, NEW.issued_by_id,\n                        NEW.kind, NEW.vat_kind, NEW.is_company)\n                       IS DISTINCT FROM\n                       (OLD.number, OLD.series_id, OLD.position, OLD.issued_at, OLD.issued_by_id,\n                        OLD.kind, OLD.vat_kind, OLD.is_company)\n                       OR (OLD.sha256 <> '' AND NEW.sha256 <> OLD.sha256)\n                       OR (OLD.sha256 <> '' AND NEW.document <> OLD.document\n                           AND NEW.cleared_at IS NULL)\n                       OR (OLD.cleared_at IS NOT NULL AND NEW.cleared_at IS DISTINCT FROM\n                           OLD.cleared_at)\n                    THEN\n                        RAISE EXCEPTION 'An invoice stays as it was issued.'\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_stays_as_issued';\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="2740301b3ce9337eaa350847f3d3a86ffa99dbfd",
                                    operation="UPDATE",
                                    pgid="pgtrigger_stays_what_was_issued_70cf1",
                                    table="orders_invoice",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="within_paid",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.\"original_id\" IS NULL AND NEW.\"state\" IN ('requested', 'issued', 'sent'))",
                                    declare="DECLARE kept numeric; taken numeric;",
                                    func="\n                    IF TG_OP = 'UPDATE' THEN\n                        IF NEW.state = OLD.state OR OLD.state <> 'requested' THEN\n                            RETURN NEW;\n                        END IF;\n                    END IF;\n                    SELECT paid_amount - refunded_amount INTO kept FROM orders_order\n                    WHERE id = NEW.order_id AND store_id = NEW.store_id\n                      AND currency = NEW.currency\n                    FOR NO KEY UPDATE;\n                    SELECT coalesce(sum(gross), 0) INTO taken FROM orders_invoice\n                    WHERE order_id = NEW.order_id AND id <> NEW.id AND original_id IS NULL\n                      AND (state IN ('issued', 'sent')\n                           OR (NEW.state = 'requested' AND state = 'requested'));\n                    IF kept IS NULL OR taken + NEW.gross > kept THEN\n                        RAISE EXCEPTION 'More would be invoiced than was paid.'\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_within_paid';\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="5faa1245af2f164d102497be76191fbf45f4521a",
                                    operation='INSERT OR UPDATE OF "state"',
                                    pgid="pgtrigger_within_paid_73750",
                                    table="orders_invoice",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.invoice', later.id, left((CASE later.number WHEN '' THEN '#' || later.id ELSE later.number END)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['state', 'kind', 'vat_kind', 'number', 'waybill', 'reason', 'gross', 'sha256', 'sealed_buyer']::text[], ARRAY['sealed_buyer']::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="b56d2c7c502a082e143c802a5d4aab3ac04c8a0f",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_a449e",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="orders_invoice",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.invoice', later.id, left((CASE later.number WHEN '' THEN '#' || later.id ELSE later.number END)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['state', 'kind', 'vat_kind', 'number', 'waybill', 'reason', 'gross', 'sha256', 'sealed_buyer']::text[], ARRAY['sealed_buyer']::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['state', 'kind', 'vat_kind', 'number', 'waybill', 'reason', 'gross', 'sha256', 'sealed_buyer']::text[], ARRAY['sealed_buyer']::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.state, earlier.kind, earlier.vat_kind, earlier.number, earlier.waybill, earlier.reason, earlier.gross, earlier.sha256, earlier.sealed_buyer) IS DISTINCT FROM ROW(later.state, later.kind, later.vat_kind, later.number, later.waybill, later.reason, later.gross, later.sha256, later.sealed_buyer)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="9d81e7fb9ea928162ccc129a9ac4692a27521a70",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_ec6df",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="orders_invoice",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.invoice', earlier.id, left((CASE earlier.number WHEN '' THEN '#' || earlier.id ELSE earlier.number END)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['state', 'kind', 'vat_kind', 'number', 'waybill', 'reason', 'gross', 'sha256', 'sealed_buyer']::text[], ARRAY['sealed_buyer']::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="de469685057591fd2594ea20fd766fa6436672fd",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_d3468",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_invoice",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InvoiceLine",
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
                            "invoice",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="orders.invoice",
                                verbose_name="invoice",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(verbose_name="line")),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        (
                            "sku_code",
                            models.CharField(blank=True, max_length=80, verbose_name="SKU code"),
                        ),
                        ("quantity", models.IntegerField(verbose_name="quantity")),
                        (
                            "tax_rate",
                            models.DecimalField(
                                decimal_places=2, max_digits=5, verbose_name="tax rate, percent"
                            ),
                        ),
                        (
                            "net",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="net"
                            ),
                        ),
                        (
                            "tax",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="tax"
                            ),
                        ),
                        (
                            "gross",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="gross"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "line of an invoice",
                        "verbose_name_plural": "lines of invoices",
                        "ordering": ["invoice_id", "position"],
                        "default_permissions": (),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("invoice", "position"), name="invoice_line_unique_position"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "gross",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("net"), "+", models.F("tax")
                                        ),
                                    ),
                                    models.Q(("gross", Decimal("0")), _negated=True),
                                ),
                                name="invoice_line_gross_is_net_and_tax",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("tax_rate__gte", 0), ("tax_rate__lt", 100)),
                                name="invoice_line_rate_sound",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="cc51b09ddef92c7aa51d73d57bb30d95955e9691",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_a3473",
                                    table="orders_invoiceline",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderLine",
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
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="orders.order",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(verbose_name="line")),
                        (
                            "sku",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="order_lines",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        ("sku_code", models.CharField(max_length=80, verbose_name="SKU code")),
                        (
                            "title",
                            models.CharField(blank=True, max_length=200, verbose_name="title"),
                        ),
                        ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                        (
                            "unit_price",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="unit price"
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="amount"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "order line",
                        "verbose_name_plural": "order lines",
                        "ordering": ["order_id", "position"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "position"),
                                name="order_line_unique_order_position",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="order_line_quantity_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0), ("unit_price__gte", 0)),
                                name="order_line_amounts_not_negative",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."quantity" IS DISTINCT FROM (NEW."quantity") OR OLD."sku_code" IS DISTINCT FROM (NEW."sku_code") OR OLD."unit_price" IS DISTINCT FROM (NEW."unit_price"))',
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.orderline', NEW.id, left((NEW.sku_code)::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = NEW.order_id),\naudit_differing(to_jsonb(OLD), to_jsonb(NEW), ARRAY['sku_code', 'quantity', 'unit_price', 'amount']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(NEW), to_jsonb(OLD), ARRAY['sku_code', 'quantity', 'unit_price', 'amount']::text[], ARRAY[]::text[]);\nRETURN NULL;",
                                    hash="d488aac5ed71e940478c7b0e33eabdc57a0e3a3e",
                                    operation='UPDATE OF "sku_code", "quantity", "unit_price", "amount"',
                                    pgid="pgtrigger_audit_update_3954b",
                                    table="orders_orderline",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.orderline', earlier.id, left((earlier.sku_code)::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = earlier.order_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['sku_code', 'quantity', 'unit_price', 'amount']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="03f74842f53c35ebcef1eb0d0d3eab7a10d5fd76",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_9c6d1",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_orderline",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reservation",
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
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reservations",
                                to="orders.orderline",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.sku",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                        ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("shipped", "shipped"),
                                    ("released", "released"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("reserved_at", models.DateTimeField(verbose_name="reserved")),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="closed")),
                    ],
                    options={
                        "verbose_name": "reservation",
                        "verbose_name_plural": "reservations",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["sku", "warehouse"],
                                name="reservation_open_stock",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("line", "sku"),
                                name="reservation_one_open_per_line_and_sku",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="reservation_quantity_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at", None), ("state", "open")),
                                    models.Q(
                                        models.Q(("state", "open"), _negated=True),
                                        ("closed_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="reservation_closed_has_moment",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OptOut",
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
                        (
                            "made_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="entered by",
                            ),
                        ),
                        ("made_at", models.DateTimeField(verbose_name="entered")),
                        (
                            "ended_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="ended by",
                            ),
                        ),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                    ],
                    options={
                        "verbose_name": "opt-out",
                        "verbose_name_plural": "opt-outs",
                        "ordering": ["-pk"],
                        "default_permissions": ("view", "add", "change"),
                        "indexes": [models.Index(fields=["store", "-id"], name="opt_out_list")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("store", "purpose", "phone_digest"),
                                name="opt_out_one_in_force",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("ended_by", None)),
                                    models.Q(
                                        ("ended_at__isnull", False), ("ended_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="opt_out_ended_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("purpose__in", ["marketing", "service"])),
                                name="opt_out_purpose_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
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
                            pgtrigger.compiler.Trigger(
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
                            pgtrigger.compiler.Trigger(
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
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CustomerMessage",
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
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="customer_messages",
                                to="orders.order",
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
                                    (
                                        "unreadable",
                                        "the contact can't be read with the present keys",
                                    ),
                                    ("no_provider", "the store has no provider of text messages"),
                                ],
                                max_length=12,
                                verbose_name="not said because",
                            ),
                        ),
                        (
                            "message",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.outboundmessage",
                                verbose_name="message",
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
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "kind", "turn"), name="customer_message_said_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withheld", ""), ("message", None), _connector="OR"
                                ),
                                name="customer_message_withheld_is_not_sent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("content__isnull", False),
                                        ("kind__in", ["confirmation", "correction"]),
                                        ("version__isnull", False),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("kind__in", ["confirmation", "correction"]),
                                            _negated=True,
                                        ),
                                        ("content", None),
                                        ("version", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="customer_message_confirms_something",
                            ),
                        ],
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
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("due_at__lte", models.F("at"))),
                                name="lapsed_order_was_due",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payment",
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
                            "provider",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("alipay", "Alipay"),
                                    ("wechat", "WeChat Pay"),
                                    ("generic", "other provider"),
                                ],
                                max_length=10,
                                verbose_name="provider",
                            ),
                        ),
                        (
                            "reference",
                            models.CharField(
                                blank=True, max_length=80, verbose_name="provider's reference"
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="amount"
                            ),
                        ),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="recorded",
                            ),
                        ),
                        (
                            "order",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="payment",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "fee",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=14,
                                verbose_name="fee",
                            ),
                        ),
                        ("paid_at", models.DateTimeField(verbose_name="paid at")),
                    ],
                    options={
                        "verbose_name": "payment",
                        "verbose_name_plural": "payments",
                        "indexes": [models.Index(fields=["store", "paid_at"], name="payment_days")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("reference", ""), _negated=True),
                                fields=("store", "provider", "reference"),
                                name="payment_unique_reference",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="payment_not_negative"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount"))',
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.payment', NEW.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = NEW.order_id))::text, 120), NEW.store_id,\naudit_differing(to_jsonb(OLD), to_jsonb(NEW), ARRAY['amount']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(NEW), to_jsonb(OLD), ARRAY['amount']::text[], ARRAY[]::text[]);\nRETURN NULL;",
                                    hash="f10f2dcb7b1a4df3f135d6e321a58c309826baa7",
                                    operation='UPDATE OF "amount"',
                                    pgid="pgtrigger_audit_update_3e910",
                                    table="orders_payment",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.payment', earlier.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = earlier.order_id))::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['amount']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="586c035fb9ba61438199ae4a123eac9344fb82bd",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_cd9e9",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_payment",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Refund",
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
                            "provider",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("alipay", "Alipay"),
                                    ("wechat", "WeChat Pay"),
                                    ("generic", "other provider"),
                                ],
                                max_length=10,
                                verbose_name="provider",
                            ),
                        ),
                        (
                            "reference",
                            models.CharField(
                                blank=True, max_length=80, verbose_name="provider's reference"
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="amount"
                            ),
                        ),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="recorded",
                            ),
                        ),
                        (
                            "order",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="refund",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        ("refunded_at", models.DateTimeField(verbose_name="refunded at")),
                    ],
                    options={
                        "verbose_name": "refund",
                        "verbose_name_plural": "refunds",
                        "indexes": [
                            models.Index(fields=["store", "refunded_at"], name="refund_days")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("reference", ""), _negated=True),
                                fields=("store", "provider", "reference"),
                                name="refund_unique_reference",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="refund_not_negative"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount"))',
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.refund', NEW.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = NEW.order_id))::text, 120), NEW.store_id,\naudit_differing(to_jsonb(OLD), to_jsonb(NEW), ARRAY['amount']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(NEW), to_jsonb(OLD), ARRAY['amount']::text[], ARRAY[]::text[]);\nRETURN NULL;",
                                    hash="3d06e6353dc83942923e3de75aed82d6c957bd88",
                                    operation='UPDATE OF "amount"',
                                    pgid="pgtrigger_audit_update_d1515",
                                    table="orders_refund",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.refund', earlier.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = earlier.order_id))::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['amount']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="a920904fa469933ce5ff24f426cf29f43aac5a73",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_8613a",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_refund",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FeeRate",
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
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fee_rates",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "provider",
                            models.CharField(
                                choices=[
                                    ("alipay", "Alipay"),
                                    ("wechat", "WeChat Pay"),
                                    ("generic", "other provider"),
                                ],
                                max_length=10,
                                verbose_name="provider",
                            ),
                        ),
                        (
                            "percent",
                            models.DecimalField(
                                decimal_places=3,
                                max_digits=6,
                                validators=[
                                    django.core.validators.MinValueValidator(0),
                                    django.core.validators.MaxValueValidator(100),
                                ],
                                verbose_name="percent",
                            ),
                        ),
                        (
                            "comes_back",
                            models.BooleanField(
                                default=True, verbose_name="given back with refunds"
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="valid from")),
                    ],
                    options={
                        "verbose_name": "fee rate",
                        "verbose_name_plural": "fee rates",
                        "ordering": ["-valid_from", "-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "provider", "valid_from"),
                                name="fee_rate_unique_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("percent__gte", 0), ("percent__lte", 100)),
                                name="fee_rate_is_a_share",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.feerate', later.id, left((later.provider)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['provider', 'percent', 'comes_back', 'valid_from']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="8e4ec45d801470da1cedc31d6361836479976a78",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_ecf07",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="orders_feerate",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.feerate', later.id, left((later.provider)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['provider', 'percent', 'comes_back', 'valid_from']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['provider', 'percent', 'comes_back', 'valid_from']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.provider, earlier.percent, earlier.comes_back, earlier.valid_from) IS DISTINCT FROM ROW(later.provider, later.percent, later.comes_back, later.valid_from)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="0815312670bce6133a561179ab504490eea3c1df",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_f4143",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="orders_feerate",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.feerate', earlier.id, left((earlier.provider)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['provider', 'percent', 'comes_back', 'valid_from']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="d13a119eef0c06e361d977e4ebd0ea26e7b8735e",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_8cc5c",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_feerate",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PresaleOrder",
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
                            "order",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="presale",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="catalog.presalelot",
                                verbose_name="presale",
                            ),
                        ),
                        (
                            "deposit_amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="deposit"
                            ),
                        ),
                        ("promised_from", models.DateTimeField(verbose_name="promised")),
                        (
                            "balance_from",
                            models.DateTimeField(null=True, verbose_name="balance from"),
                        ),
                        (
                            "balance_until",
                            models.DateTimeField(null=True, verbose_name="balance until"),
                        ),
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
                        (
                            "missed_at",
                            models.DateTimeField(null=True, verbose_name="balance missed"),
                        ),
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
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("balance_paid_at", None),
                                    ("missed_at", None),
                                    ("balance_until__isnull", False),
                                    ("deposit_paid_at__isnull", False),
                                ),
                                fields=["balance_until"],
                                name="presale_order_owing",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("balance_paid__gte", 0),
                                    ("deposit_amount__gte", 0),
                                    ("deposit_paid__gte", 0),
                                ),
                                name="presale_order_amounts_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("deposit_paid", 0), ("deposit_paid_at", None)),
                                    ("deposit_paid_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="presale_order_deposit_has_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("balance_paid", 0), ("balance_paid_at", None)),
                                    models.Q(
                                        ("balance_paid_at__isnull", False),
                                        ("deposit_paid_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="presale_order_balance_after_deposit",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("missed_at", None),
                                    models.Q(
                                        ("balance_paid_at", None),
                                        ("deposit_paid_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="presale_order_missed_is_not_paid",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deposit_returned_at", None),
                                    models.Q(
                                        ("balance_paid_at", None),
                                        ("deposit_paid_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="presale_order_returns_a_deposit",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("balance_from", None), ("balance_until", None)),
                                    ("balance_from__lt", models.F("balance_until")),
                                    _connector="OR",
                                ),
                                name="presale_order_window_whole",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
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
                            pgtrigger.compiler.Trigger(
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
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Quotation",
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
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="quotations",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        ("number", models.CharField(max_length=20, verbose_name="number")),
                        (
                            "version",
                            models.PositiveSmallIntegerField(default=1, verbose_name="version"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("replaced", "replaced"),
                                    ("accepted", "accepted"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "customer",
                            models.CharField(
                                help_text="The company's name, nobody's own.",
                                max_length=200,
                                verbose_name="customer",
                            ),
                        ),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        (
                            "valid_until",
                            models.DateField(
                                help_text="The last day it holds.", verbose_name="valid until"
                            ),
                        ),
                        (
                            "remark",
                            models.CharField(blank=True, max_length=300, verbose_name="remark"),
                        ),
                        (
                            "order",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="quotation",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "quoted_by",
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
                            "quoted_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="quoted"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "quotation",
                        "verbose_name_plural": "quotations",
                        "ordering": ["-pk"],
                        "default_permissions": ("view", "add"),
                        "indexes": [models.Index(fields=["store", "-id"], name="quotation_list")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "number", "version"),
                                name="quotation_unique_number_version",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["open", "accepted"])),
                                fields=("store", "number"),
                                name="quotation_one_version_counts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("order__isnull", False), ("state", "accepted")),
                                    models.Q(
                                        models.Q(("state", "accepted"), _negated=True),
                                        ("order", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="quotation_accepted_by_an_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("number", ""), _negated=True),
                                    models.Q(("customer", ""), _negated=True),
                                    ("version__gte", 1),
                                ),
                                name="quotation_names_its_customer",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept_once_settled",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.\"state\" IS DISTINCT FROM 'open')",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="71aed140c8257b6ff9ce88c0da8460a4ad5f7ee7",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_once_settled_69a24",
                                    table="orders_quotation",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="stays_as_quoted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."customer" IS DISTINCT FROM (NEW."customer") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."valid_until" IS DISTINCT FROM (NEW."valid_until") OR OLD."remark" IS DISTINCT FROM (NEW."remark") OR OLD."quoted_by_id" IS DISTINCT FROM (NEW."quoted_by_id") OR OLD."quoted_at" IS DISTINCT FROM (NEW."quoted_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="912d60dbbea4e147e4685d8ff415497f09b49055",
                                    operation="UPDATE",
                                    pgid="pgtrigger_stays_as_quoted_3532a",
                                    table="orders_quotation",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="goes_forward",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE _is_valid_transition BOOLEAN;",
                                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{open:replaced,open:accepted,open:withdrawn}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                                    hash="26f83c6017bc98f7e16fbd57c79e3200441865a7",
                                    operation="UPDATE",
                                    pgid="pgtrigger_goes_forward_1a26e",
                                    table="orders_quotation",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.quotation', later.id, left((later.number)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['state', 'order_id']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="cd1ecff3d727f659d469e617992a4a73732d280a",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_8a7fb",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="orders_quotation",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.quotation', later.id, left((later.number)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['state', 'order_id']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['state', 'order_id']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.state, earlier.order_id) IS DISTINCT FROM ROW(later.state, later.order_id)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="8a6e6235bea476e398f0f28947c20eb6b8b9d6b8",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_c187a",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="orders_quotation",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.quotation', earlier.id, left((earlier.number)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['state', 'order_id']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="b5c8d9c1b73b310f9643c46e5f453dd5d64dee4e",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_23ba6",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_quotation",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QuotationLine",
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
                            "quotation",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="orders.quotation",
                                verbose_name="quotation",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(verbose_name="line")),
                        (
                            "sku",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                        (
                            "unit_price",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="unit price"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "line of a quotation",
                        "verbose_name_plural": "lines of quotations",
                        "ordering": ["quotation_id", "position"],
                        "default_permissions": (),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("quotation", "position"),
                                name="quotation_line_unique_position",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0), ("unit_price__gte", 0)),
                                name="quotation_line_sound",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="d717d43fc208c5d6ff7c6c8d2acd5029e1e95bd1",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_34fb4",
                                    table="orders_quotationline",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChannelReconciliation",
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
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reconciliations",
                                to="stores.channel",
                                verbose_name="channel",
                            ),
                        ),
                        ("source", models.CharField(max_length=120, verbose_name="source")),
                        ("since", models.DateTimeField(verbose_name="from")),
                        ("until", models.DateTimeField(verbose_name="until")),
                        (
                            "covers_since",
                            models.DateTimeField(null=True, verbose_name="answer from"),
                        ),
                        (
                            "covers_until",
                            models.DateTimeField(null=True, verbose_name="answer until"),
                        ),
                        ("at", models.DateTimeField(verbose_name="compared")),
                        (
                            "listed",
                            models.PositiveIntegerField(
                                default=0, verbose_name="orders in the answer"
                            ),
                        ),
                        (
                            "agreeing",
                            models.PositiveIntegerField(default=0, verbose_name="agreeing"),
                        ),
                        (
                            "missing_here",
                            models.PositiveIntegerField(default=0, verbose_name="missing here"),
                        ),
                        (
                            "missing_there",
                            models.PositiveIntegerField(default=0, verbose_name="missing there"),
                        ),
                        (
                            "different",
                            models.PositiveIntegerField(default=0, verbose_name="different"),
                        ),
                        (
                            "problem",
                            models.CharField(blank=True, max_length=300, verbose_name="problem"),
                        ),
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
                    ],
                    options={
                        "verbose_name": "comparison with a channel",
                        "verbose_name_plural": "comparisons with channels",
                        "ordering": ["-pk"],
                        "permissions": [
                            ("reconcile_orders", "Can compare orders with channels and settle it")
                        ],
                        "indexes": [
                            models.Index(
                                fields=["channel", "-id"], name="channel_reconciliation_list"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("since__lt", models.F("until"))),
                                name="channel_reconciliation_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("covers_since", None), ("covers_until", None)),
                                    models.Q(
                                        ("covers_since__lte", models.F("covers_until")),
                                        ("problem", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="channel_reconciliation_answered_or_not",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChannelDifference",
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
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="order_differences",
                                to="stores.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                help_text="The last run that told it.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="differences",
                                to="orders.channelreconciliation",
                                verbose_name="found by",
                            ),
                        ),
                        (
                            "external_number",
                            models.CharField(max_length=80, verbose_name="order number"),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("missing_here", "missing here"),
                                    ("missing_there", "missing there"),
                                    ("different", "different"),
                                ],
                                max_length=14,
                                verbose_name="difference",
                            ),
                        ),
                        (
                            "field",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("state", "state"),
                                    ("paid", "paid"),
                                    ("refunded", "refunded"),
                                ],
                                max_length=10,
                                verbose_name="field",
                            ),
                        ),
                        ("ours", models.CharField(blank=True, max_length=40, verbose_name="ours")),
                        (
                            "theirs",
                            models.CharField(blank=True, max_length=40, verbose_name="theirs"),
                        ),
                        (
                            "changed_at",
                            models.DateTimeField(null=True, verbose_name="changed there"),
                        ),
                        ("opened_at", models.DateTimeField(verbose_name="opened")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("taken_in", "taken in since"),
                                    ("agrees", "agrees by now"),
                                    ("explained", "explained"),
                                    ("ignored", "ignored"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                        (
                            "settled_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="settled by",
                            ),
                        ),
                        ("settled_at", models.DateTimeField(null=True, verbose_name="settled")),
                    ],
                    options={
                        "verbose_name": "difference with a channel",
                        "verbose_name_plural": "differences with channels",
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                fields=["channel", "external_number"],
                                name="channel_difference_order",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("channel", "external_number", "field"),
                                name="channel_difference_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("settled_at", None), ("state", "open")),
                                    models.Q(
                                        models.Q(("state", "open"), _negated=True),
                                        ("settled_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="channel_difference_settled_at_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ["explained", "ignored"]), _negated=True
                                    ),
                                    models.Q(
                                        models.Q(("note", ""), _negated=True),
                                        ("settled_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="channel_difference_settled_with_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind", "different"),
                                        models.Q(("field", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("kind", "different"), _negated=True),
                                        ("field", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="channel_difference_is_about_a_field",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.channeldifference', later.id, left((later.external_number)::text, 120), (SELECT c.store_id FROM stores_channel c WHERE c.id = later.channel_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['state', 'note']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['state', 'note']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.state, earlier.note) IS DISTINCT FROM ROW(later.state, later.note)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="2412cd4610288815bcf2d2ac6da89101bb19c8b7",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_a8afc",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="orders_channeldifference",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.channeldifference', earlier.id, left((earlier.external_number)::text, 120), (SELECT c.store_id FROM stores_channel c WHERE c.id = earlier.channel_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['state', 'note']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="ec357cb2b5f3dad0481ff8ddeeb0f15007c23aad",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_efb54",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_channeldifference",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefundRequest",
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
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refund_requests",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="amount"
                            ),
                        ),
                        ("reason", models.CharField(max_length=300, verbose_name="reason")),
                        ("lines", models.JSONField(default=list, verbose_name="lines")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "asked for"),
                                    ("approved", "agreed to"),
                                    ("refused", "refused"),
                                    ("withdrawn", "withdrawn"),
                                    ("void", "void"),
                                    ("paid", "paid out"),
                                ],
                                default="asked",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "is_alone",
                            models.BooleanField(default=False, verbose_name="agreed to alone"),
                        ),
                        (
                            "approval",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="approvals.approval",
                                verbose_name="request for approval",
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="asked for by",
                            ),
                        ),
                        ("asked_at", models.DateTimeField(verbose_name="asked for at")),
                        ("settled_at", models.DateTimeField(null=True, verbose_name="settled")),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                    ],
                    options={
                        "verbose_name": "refund request",
                        "verbose_name_plural": "refund requests",
                        "ordering": ["-asked_at", "-pk"],
                        "permissions": [
                            ("request_refund", "Can ask for a refund"),
                            ("refund_alone", "Can agree to small refunds of their own"),
                            ("approve_refund", "Can agree to refunds that others ask for"),
                        ],
                        "default_permissions": ("view",),
                        "indexes": [
                            models.Index(
                                fields=["asked_by", "asked_at"], name="refund_request_sums"
                            ),
                            models.Index(
                                condition=models.Q(("state", "asked")),
                                fields=["id"],
                                name="refund_request_undecided",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)),
                                name="refund_request_amount_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("settled_at", None), ("state", "asked")),
                                    models.Q(
                                        models.Q(("state", "asked"), _negated=True),
                                        ("settled_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="refund_request_settled_has_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ["approved", "paid"]), _negated=True),
                                    ("is_alone", True),
                                    ("approval__isnull", False),
                                    _connector="OR",
                                ),
                                name="refund_request_agreed_by_somebody",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="states",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE _is_valid_transition BOOLEAN;",
                                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{asked:approved,asked:refused,asked:withdrawn,asked:void,approved:void,approved:paid}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                                    hash="f1ff6f088f9c2f1021e333043850ca2009618ba2",
                                    operation="UPDATE",
                                    pgid="pgtrigger_states_2a55f",
                                    table="orders_refundrequest",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="what_is_asked_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."lines" IS DISTINCT FROM (NEW."lines") OR OLD."is_alone" IS DISTINCT FROM (NEW."is_alone") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="c4adbd969ed09c02563f50f5a71a547f14e3c41e",
                                    operation="UPDATE",
                                    pgid="pgtrigger_what_is_asked_stays_79986",
                                    table="orders_refundrequest",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="within_paid",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.state IN ('asked', 'approved'))",
                                    declare="DECLARE room numeric;",
                                    func="\n    SELECT o.paid_amount - o.refunded_amount INTO room FROM orders_order o\n    WHERE o.id = NEW.order_id FOR NO KEY UPDATE;\n    SELECT room - coalesce(sum(r.amount), 0) INTO room FROM orders_refundrequest r\n    WHERE r.order_id = NEW.order_id AND r.state IN ('asked', 'approved') AND r.id <> NEW.id;\n    IF NEW.amount > room THEN\n        RAISE EXCEPTION 'refund_request_within_paid: % left', room\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n",
                                    hash="1d5e3d127262bff654cd4ce3373d3d55802f1d94",
                                    operation='INSERT OR UPDATE OF "state"',
                                    pgid="pgtrigger_within_paid_db673",
                                    table="orders_refundrequest",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.refundrequest', later.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = later.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = later.order_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['amount', 'state', 'note']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="9605424026fbeacb0ca532d1692d58e736015d01",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_3369d",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="orders_refundrequest",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.refundrequest', later.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = later.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = later.order_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['amount', 'state', 'note']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['amount', 'state', 'note']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.amount, earlier.state, earlier.note) IS DISTINCT FROM ROW(later.amount, later.state, later.note)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="df7873278af83fec23958d9ca97fd08a333bfb2d",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_a0622",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="orders_refundrequest",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.refundrequest', earlier.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = earlier.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = earlier.order_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['amount', 'state', 'note']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="2cc13314421809b96b585a015dde17d7d2f17ee1",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_5453e",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_refundrequest",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SourceCopy",
                    fields=[
                        (
                            "order",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="source_copy",
                                serialize=False,
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        ("stated_at", models.DateTimeField(verbose_name="as of")),
                        ("progress", models.PositiveSmallIntegerField(verbose_name="progress")),
                        ("content_hash", models.CharField(max_length=32)),
                    ],
                    options={
                        "verbose_name": "copy of the source",
                        "verbose_name_plural": "copies of the source",
                    },
                ),
                migrations.CreateModel(
                    name="SourceFact",
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
                            "external_number",
                            models.CharField(max_length=80, verbose_name="order number"),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("paid", "paid"),
                                    ("cancelled", "cancelled"),
                                    ("refund", "refund"),
                                    ("shipment", "shipment"),
                                    ("shipped", "shipped whole"),
                                    ("delivered", "delivered whole"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "key",
                            models.CharField(
                                blank=True, max_length=80, verbose_name="id at the source"
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "amount",
                            models.DecimalField(
                                db_default=Decimal("0"),
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=14,
                                verbose_name="amount",
                            ),
                        ),
                        (
                            "pieces",
                            models.PositiveIntegerField(
                                db_default=0, default=0, verbose_name="pieces"
                            ),
                        ),
                        ("delivered_at", models.DateTimeField(null=True, verbose_name="delivered")),
                        (
                            "is_void",
                            models.BooleanField(
                                db_default=False, default=False, verbose_name="taken back"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "fact of the source",
                        "verbose_name_plural": "facts of the source",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "external_number", "kind", "key"),
                                name="source_fact_unique_store_number_kind_key",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)),
                                name="source_fact_amount_positive",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Statement",
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
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="statements",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "provider",
                            models.CharField(
                                choices=[
                                    ("alipay", "Alipay"),
                                    ("wechat", "WeChat Pay"),
                                    ("generic", "other provider"),
                                ],
                                max_length=10,
                                verbose_name="provider",
                            ),
                        ),
                        (
                            "import_session",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.importsession",
                                verbose_name="came with",
                            ),
                        ),
                        ("first_day", models.DateField(verbose_name="from")),
                        ("last_day", models.DateField(verbose_name="until")),
                    ],
                    options={
                        "verbose_name": "statement",
                        "verbose_name_plural": "statements",
                        "permissions": [
                            ("import_statement", "Can bring statements of providers in")
                        ],
                        "indexes": [
                            models.Index(fields=["store", "first_day", "id"], name="statement_days")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("first_day__lte", models.F("last_day"))),
                                name="statement_begins_before_its_end",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StatementLine",
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
                            "statement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.statement",
                                verbose_name="statement",
                            ),
                        ),
                        ("row", models.PositiveIntegerField(verbose_name="line in the file")),
                        (
                            "provider",
                            models.CharField(
                                choices=[
                                    ("alipay", "Alipay"),
                                    ("wechat", "WeChat Pay"),
                                    ("generic", "other provider"),
                                ],
                                max_length=10,
                                verbose_name="provider",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("payment", "payment"),
                                    ("refund", "refund"),
                                    ("fee", "fee"),
                                    ("payout", "transfer"),
                                    ("other", "other"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "reference",
                            models.CharField(max_length=80, verbose_name="provider's reference"),
                        ),
                        (
                            "trade",
                            models.CharField(blank=True, max_length=80, verbose_name="trade"),
                        ),
                        (
                            "order_number",
                            models.CharField(
                                blank=True, max_length=80, verbose_name="order number"
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="amount"
                            ),
                        ),
                        (
                            "fee",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=14,
                                verbose_name="fee",
                            ),
                        ),
                        (
                            "balance",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, null=True, verbose_name="balance"
                            ),
                        ),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("at", models.DateTimeField(verbose_name="booked")),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="statement_lines",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "payment",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="lines",
                                to="orders.payment",
                                verbose_name="payment",
                            ),
                        ),
                        (
                            "refund",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="lines",
                                to="orders.refund",
                                verbose_name="refund",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "statement line",
                        "verbose_name_plural": "statement lines",
                        "indexes": [
                            models.Index(fields=["store", "at", "id"], name="statement_line_days"),
                            models.Index(
                                condition=models.Q(("trade", ""), _negated=True),
                                fields=["store", "trade"],
                                name="statement_line_trade",
                            ),
                            models.Index(
                                condition=models.Q(("order_number", ""), _negated=True),
                                fields=["store", "order_number"],
                                name="statement_line_order_number",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "provider", "kind", "reference"),
                                name="statement_line_unique_reference",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reference", ""), _negated=True),
                                name="statement_line_has_reference",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("amount__gt", 0), ("kind", "payment"), ("refund", None)
                                    ),
                                    models.Q(
                                        ("amount__lt", 0), ("kind", "refund"), ("payment", None)
                                    ),
                                    models.Q(
                                        ("kind__in", ["fee", "payout", "other"]),
                                        ("payment", None),
                                        ("refund", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="statement_line_matched_once_by_its_kind",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."statement_id" IS DISTINCT FROM (NEW."statement_id") OR OLD."row" IS DISTINCT FROM (NEW."row") OR OLD."provider" IS DISTINCT FROM (NEW."provider") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."trade" IS DISTINCT FROM (NEW."trade") OR OLD."order_number" IS DISTINCT FROM (NEW."order_number") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."fee" IS DISTINCT FROM (NEW."fee") OR OLD."balance" IS DISTINCT FROM (NEW."balance") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="a5560e13df740307f25a8e39e6c7e881027c4c41",
                                    operation="UPDATE",
                                    pgid="pgtrigger_append_only_77306",
                                    table="orders_statementline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="60c3077f566825ab0c34b49b2a143b35c02d6ab3",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_a2573",
                                    table="orders_statementline",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MoneyDifference",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("missing_here", "missing here"),
                                    ("missing_there", "missing there"),
                                    ("amount", "amount"),
                                    ("duplicate", "duplicate"),
                                    ("fee", "fee"),
                                    ("late", "late"),
                                ],
                                max_length=14,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "payment",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="differences",
                                to="orders.payment",
                                verbose_name="payment",
                            ),
                        ),
                        (
                            "refund",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="differences",
                                to="orders.refund",
                                verbose_name="refund",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="differences",
                                to="orders.statementline",
                                verbose_name="statement line",
                            ),
                        ),
                        (
                            "ours",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="ours"
                            ),
                        ),
                        (
                            "theirs",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, verbose_name="theirs"
                            ),
                        ),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("at", models.DateTimeField(verbose_name="as of")),
                        ("opened_at", models.DateTimeField(verbose_name="opened")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("asked", "waits for approval"),
                                    ("settled", "settled"),
                                    ("gone", "gone by itself"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "how",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("accepted", "the provider's figure is accepted"),
                                    ("claimed", "claimed from the provider"),
                                    ("paid_back", "paid back to the buyer"),
                                    ("corrected", "the order is corrected"),
                                    ("written_off", "written off"),
                                ],
                                max_length=12,
                                verbose_name="how it is settled",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                        (
                            "approval",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="approvals.approval",
                                verbose_name="request",
                            ),
                        ),
                        (
                            "settled_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="settled by",
                            ),
                        ),
                        ("settled_at", models.DateTimeField(null=True, verbose_name="settled")),
                    ],
                    options={
                        "verbose_name": "money difference",
                        "verbose_name_plural": "money differences",
                        "permissions": [
                            ("settle_moneydifference", "Can settle differences of money"),
                            (
                                "approve_settlement",
                                "Can agree to settlements of large differences of money",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["store", "at", "id"], name="money_difference_list"
                            ),
                            models.Index(
                                condition=models.Q(("state__in", ["open", "asked"])),
                                fields=["store", "id"],
                                name="money_difference_open",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "payment", "refund", "line"),
                                name="money_difference_one_each",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("line", None), ("payment__isnull", False), ("refund", None)
                                    ),
                                    models.Q(
                                        ("line", None), ("payment", None), ("refund__isnull", False)
                                    ),
                                    models.Q(
                                        ("line__isnull", False), ("payment", None), ("refund", None)
                                    ),
                                    _connector="OR",
                                ),
                                name="money_difference_of_one_thing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("settled_at__isnull", False),
                                        ("state", "settled"),
                                        models.Q(("how", ""), _negated=True),
                                        models.Q(("note", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("approval__isnull", False),
                                        ("state", "asked"),
                                        models.Q(("how", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("approval", None),
                                        ("how", ""),
                                        ("settled_at", None),
                                        ("state", "open"),
                                    ),
                                    ("state", "gone"),
                                    _connector="OR",
                                ),
                                name="money_difference_settled_with_a_note",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."how" IS DISTINCT FROM (NEW."how") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."ours" IS DISTINCT FROM (NEW."ours") OR OLD."settled_by_id" IS DISTINCT FROM (NEW."settled_by_id") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."theirs" IS DISTINCT FROM (NEW."theirs"))',
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.moneydifference', NEW.id, left((NEW.kind || ' ' || NEW.ours || ' / ' || NEW.theirs)::text, 120), NEW.store_id,\naudit_differing(to_jsonb(OLD), to_jsonb(NEW), ARRAY['ours', 'theirs', 'state', 'how', 'note', 'settled_by_id']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(NEW), to_jsonb(OLD), ARRAY['ours', 'theirs', 'state', 'how', 'note', 'settled_by_id']::text[], ARRAY[]::text[]);\nRETURN NULL;",
                                    hash="a89fbc4277926d47704625a6761c878922296a13",
                                    operation='UPDATE OF "ours", "theirs", "state", "how", "note", "settled_by_id"',
                                    pgid="pgtrigger_audit_update_eab65",
                                    table="orders_moneydifference",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.moneydifference', earlier.id, left((earlier.kind || ' ' || earlier.ours || ' / ' || earlier.theirs)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['ours', 'theirs', 'state', 'how', 'note', 'settled_by_id']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="4d70b0076e508296ebe07837939615077a96c8f5",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_6e66c",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_moneydifference",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ShipTogether",
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
                            "formed_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="formed by",
                            ),
                        ),
                        ("formed_at", models.DateTimeField(verbose_name="formed")),
                    ],
                    options={
                        "verbose_name": "shipment of several orders",
                        "verbose_name_plural": "shipments of several orders",
                        "permissions": [
                            ("merge_order", "Can have orders of one recipient shipped as one")
                        ],
                        "default_permissions": (),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="formed_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="3eeb0fc91057d9e54e7ee2ab1878fd41ca1be1c2",
                                    operation="UPDATE",
                                    pgid="pgtrigger_formed_once_c07d3",
                                    table="orders_shiptogether",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ShipTogetherMember",
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
                            "group",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="members",
                                to="orders.shiptogether",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shipments_together",
                                to="orders.order",
                            ),
                        ),
                        ("left_at", models.DateTimeField(null=True, verbose_name="left")),
                    ],
                    options={
                        "verbose_name": "order shipped with others",
                        "verbose_name_plural": "orders shipped with others",
                        "default_permissions": (),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("left_at", None)),
                                fields=("order",),
                                name="ship_together_one_per_order",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.shiptogethermember', later.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = later.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = later.order_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['group_id', 'order_id', 'left_at']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="1885aff778174302b1e2492a388d4c1ba9b4f322",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_c218e",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="orders_shiptogethermember",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.shiptogethermember', later.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = later.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = later.order_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['group_id', 'order_id', 'left_at']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['group_id', 'order_id', 'left_at']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.group_id, earlier.order_id, earlier.left_at) IS DISTINCT FROM ROW(later.group_id, later.order_id, later.left_at)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="3eb31d3b0185b2454709915e1d65be003d69a9db",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_b20e6",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="orders_shiptogethermember",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.shiptogethermember', earlier.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = earlier.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = earlier.order_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['group_id', 'order_id', 'left_at']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="74eae8bfb1a5bfb04c5c20f0fdaa50b2c414db72",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_4ece1",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="orders_shiptogethermember",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReviewVisit",
                    fields=[
                        (
                            "person",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="review_visits",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(verbose_name="opened")),
                        ("seen_at", models.DateTimeField(verbose_name="last seen")),
                    ],
                    options={
                        "verbose_name": "visit of the review desk",
                        "verbose_name_plural": "visits of the review desk",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("seen_at__gte", models.F("opened_at"))),
                                name="review_visit_seen_after_opened",
                            )
                        ],
                    },
                ),
            ]
        ),
        migrations.RunPython(install_triggers, migrations.RunPython.noop),
        migrations.RunSQL(
            (SQL / "reserve_orders_v2.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION reserve_orders(bigint[], timestamptz, bigint)",
        ),
        migrations.RunSQL(
            (SQL / "place_orders_v3.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION place_orders(bigint, bigint, text, bigint, bigint, timestamptz,"
            " integer, text, json, text[], json, json)",
        ),
        migrations.RunSQL(
            (SQL / "bundle_not_waited_for_v1.sql").read_text(encoding="utf-8"),
            "DROP TRIGGER bundle_not_waited_for ON catalog_bundlepart;"
            "DROP FUNCTION bundle_not_waited_for()",
        ),
    ]
