import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0005_rights_on_record"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="store",
            name="audit_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="store",
            name="audit_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="store",
            name="audit_delete",
        ),
        migrations.AddField(
            model_name="store",
            name="language",
            field=models.CharField(
                choices=[("en", "English"), ("zh-hans", "Simplified Chinese")],
                db_default="zh-hans",
                default="zh-hans",
                help_text="In which the store writes to its customers.",
                max_length=10,
                verbose_name="language",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="store",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'stores.store', later.id, left((later.code)::text, 120), later.id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['code', 'name', 'timezone', 'currency', 'language', 'is_active']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                    hash="6140822fd9df7760604429f2ea8c014bb4dfbfa9",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_89463",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="stores_store",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="store",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'stores.store', later.id, left((later.code)::text, 120), later.id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['code', 'name', 'timezone', 'currency', 'language', 'is_active']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['code', 'name', 'timezone', 'currency', 'language', 'is_active']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.code, earlier.name, earlier.timezone, earlier.currency, earlier.language, earlier.is_active) IS DISTINCT FROM ROW(later.code, later.name, later.timezone, later.currency, later.language, later.is_active)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                    hash="a54d0a00a787b2723a070cce6bab54149cb75ed8",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_8ff0c",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="stores_store",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="store",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'stores.store', earlier.id, left((earlier.code)::text, 120), earlier.id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['code', 'name', 'timezone', 'currency', 'language', 'is_active']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                    hash="8bf0cc02ea6a43b024b1b4fb65ac90d082c8bd7f",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_bfcb2",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="stores_store",
                    when="AFTER",
                ),
            ),
        ),
    ]
