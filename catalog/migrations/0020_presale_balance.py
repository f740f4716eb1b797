import django.contrib.postgres.fields.ranges
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0019_bundles"),
        ("stores", "0006_store_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="presalelot",
            name="what_was_filed_stays",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="presalelot",
            name="audit_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="presalelot",
            name="audit_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="presalelot",
            name="audit_delete",
        ),
        migrations.AddField(
            model_name="presalelot",
            name="balance",
            field=django.contrib.postgres.fields.ranges.DateTimeRangeField(
                null=True, verbose_name="balance to be paid"
            ),
        ),
        migrations.AddField(
            model_name="presalelot",
            name="returns_deposit",
            field=models.BooleanField(
                db_default=False,
                default=False,
                verbose_name="deposit goes back when the balance is missed",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="presalelot",
            trigger=pgtrigger.compiler.Trigger(
                name="what_was_filed_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."sku_id" IS DISTINCT FROM (NEW."sku_id") OR OLD."channel_id" IS DISTINCT FROM (NEW."channel_id") OR OLD."supplier_id" IS DISTINCT FROM (NEW."supplier_id") OR OLD."offered" IS DISTINCT FROM (NEW."offered") OR OLD."deposit" IS DISTINCT FROM (NEW."deposit") OR OLD."promised_on" IS DISTINCT FROM (NEW."promised_on") OR OLD."balance" IS DISTINCT FROM (NEW."balance") OR OLD."returns_deposit" IS DISTINCT FROM (NEW."returns_deposit") OR OLD."filed_by_id" IS DISTINCT FROM (NEW."filed_by_id") OR OLD."filed_at" IS DISTINCT FROM (NEW."filed_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="6f4509f647be0011b183426d0409b272b3b0df58",
                    operation="UPDATE",
                    pgid="pgtrigger_what_was_filed_stays_cbfd8",
                    table="catalog_presalelot",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="presalelot",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.presalelot', later.id, left(((SELECT k.code FROM catalog_sku k WHERE k.id = later.sku_id))::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['state', 'price', 'deposit', 'offered', 'sold', 'promised_on', 'balance', 'returns_deposit', 'confirmed_for', 'reason']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                    hash="8a3dce2cf4aac70867386a423edd6c70f2761e74",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_9ea01",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="catalog_presalelot",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="presalelot",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.presalelot', later.id, left(((SELECT k.code FROM catalog_sku k WHERE k.id = later.sku_id))::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['state', 'price', 'deposit', 'offered', 'sold', 'promised_on', 'balance', 'returns_deposit', 'confirmed_for', 'reason']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['state', 'price', 'deposit', 'offered', 'sold', 'promised_on', 'balance', 'returns_deposit', 'confirmed_for', 'reason']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.state, earlier.price, earlier.deposit, earlier.offered, earlier.sold, earlier.promised_on, earlier.balance, earlier.returns_deposit, earlier.confirmed_for, earlier.reason) IS DISTINCT FROM ROW(later.state, later.price, later.deposit, later.offered, later.sold, later.promised_on, later.balance, later.returns_deposit, later.confirmed_for, later.reason)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                    hash="635ec0d80fc12c1eac58133cbe6f54a631ae4183",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_1f8ff",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_presalelot",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="presalelot",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.presalelot', earlier.id, left(((SELECT k.code FROM catalog_sku k WHERE k.id = earlier.sku_id))::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['state', 'price', 'deposit', 'offered', 'sold', 'promised_on', 'balance', 'returns_deposit', 'confirmed_for', 'reason']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                    hash="0947a4d40638a24e71a1be025dbc70d18c23b329",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_cc346",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_presalelot",
                    when="AFTER",
                ),
            ),
        ),
        AddConstraintNotValid(
            model_name="presalelot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("balance", None),
                    models.Q(
                        ("balance__isempty", False),
                        ("balance__lower_inf", False),
                        ("balance__upper_inf", False),
                        ("deposit__gt", 0),
                    ),
                    _connector="OR",
                ),
                name="presale_lot_balance_after_deposit",
            ),
        ),
        ValidateConstraint(model_name="presalelot", name="presale_lot_balance_after_deposit"),
    ]
