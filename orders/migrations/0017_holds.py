import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Rules of the review, what each look found, and what orders are held for."""

    dependencies = [
        ("orders", "0016_channels_compared"),
        ("stores", "0005_rights_on_record"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="orderevent",
            name="kind",
            field=models.CharField(
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
        migrations.CreateModel(
            name="BlockedRegion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                (
                    "added_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="added"
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
                ("ended_at", models.DateTimeField(editable=False, null=True, verbose_name="ended")),
                ("code", models.CharField(max_length=6, verbose_name="region code")),
                ("name", models.CharField(editable=False, max_length=120, verbose_name="region")),
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
            ],
            options={
                "verbose_name": "blocked region",
                "verbose_name_plural": "blocked regions",
                "ordering": ["code", "-pk"],
                "default_permissions": ("view", "change"),
            },
        ),
        migrations.CreateModel(
            name="ReviewResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("has_passed", models.BooleanField(verbose_name="passed")),
                ("verdicts", models.JSONField(verbose_name="verdicts")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="review_results",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "review result",
                "verbose_name_plural": "review results",
                "ordering": ["order_id", "pk"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="ReviewRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(db_index=False, max_length=40, verbose_name="rule")),
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
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "set_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="set"
                    ),
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
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review_rules",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "review rule",
                "verbose_name_plural": "review rules",
                "ordering": ["store_id", "position", "code", "-version"],
                "default_permissions": ("view", "change"),
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(db_index=False, max_length=40, verbose_name="reason")),
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
            ],
            options={
                "verbose_name": "hold",
                "verbose_name_plural": "holds",
                "ordering": ["order_id", "pk"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="BlacklistEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                (
                    "added_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="added"
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
                ("ended_at", models.DateTimeField(editable=False, null=True, verbose_name="ended")),
                ("hint", models.CharField(editable=False, max_length=40, verbose_name="recipient")),
                ("sealed_phone", models.BinaryField(db_default=b"", default=b"")),
                ("phone_digest", models.BinaryField(null=True)),
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
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blacklisted",
                        to="orders.customer",
                        verbose_name="customer",
                    ),
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
                        condition=models.Q(("ended_at", None), ("phone_digest__isnull", False)),
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
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
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
                            ("until", None), ("until__gt", models.F("added_at")), _connector="OR"
                        ),
                        name="blacklist_until_later",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="blacklistentry",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="blacklistentry",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="blacklistentry",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        migrations.AddConstraint(
            model_name="blockedregion",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[1-9]\\d{5}$")), name="blocked_region_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="blockedregion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("store", "code"),
                name="blocked_region_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="blockedregion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="blocked_region_ended_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="blockedregion",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="blocked_region_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="blockedregion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until", None), ("until__gt", models.F("added_at")), _connector="OR"
                ),
                name="blocked_region_until_later",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="blockedregion",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="blockedregion",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="blockedregion",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reviewresult",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="751a68f60168f568826840b0e7d95b9e70b94611",
                    operation="UPDATE",
                    pgid="pgtrigger_append_only_5ae3a",
                    table="orders_reviewresult",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewrule",
            constraint=models.UniqueConstraint(
                fields=("store", "code", "version"), name="review_rule_unique_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("version__gte", 1)), name="review_rule_version_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("version", 1),
                    models.Q(("set_by__isnull", False), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="review_rule_changed_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewrule",
            constraint=models.CheckConstraint(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reviewrule",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reviewrule",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reviewrule",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reviewrule",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(fields=["order", "code"], name="hold_order"),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(
                condition=models.Q(("released_at", None)),
                fields=["code", "order"],
                name="hold_open_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at", None)),
                fields=("order", "code"),
                name="hold_one_open_per_order_and_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", ""), ("released_at", None), ("released_by", None)),
                    models.Q(
                        ("released_at__isnull", False), models.Q(("outcome", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="hold_released_has_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="hold",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="hold",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="hold",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="hold",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
    ]
