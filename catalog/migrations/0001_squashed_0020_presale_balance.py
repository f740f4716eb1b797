from decimal import Decimal
from pathlib import Path

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

import catalog.models.fields
import catalog.models.knowledge
import catalog.models.pictures
import catalog.models.profiles
import catalog.models.qualifications
import catalog.models.sampling
from opsdesk.migrating import CreateModels

SQL = Path(__file__).resolve().parent.parent / "sql"


def install_triggers(apps, schema_editor):
    """Each trigger that a table above names; as operations of their own they would take a minute."""
    for model in apps.get_app_config("catalog").get_models():
        for trigger in getattr(model._meta, "triggers", []):
            schema_editor.execute(trigger.install_sql, params=None)


class Migration(migrations.Migration):
    """All there was of goods and stock after twenty migrations, without the steps that led there."""

    initial = True

    replaces = [
        ("catalog", "0001_initial"),
        ("catalog", "0002_correcting_rights"),
        ("catalog", "0003_recorded_prices"),
        ("catalog", "0004_listings"),
        ("catalog", "0005_codes"),
        ("catalog", "0006_prices"),
        ("catalog", "0007_words"),
        ("catalog", "0008_stock_moves"),
        ("catalog", "0009_listings"),
        ("catalog", "0010_cover"),
        ("catalog", "0011_ledger_by_time"),
        ("catalog", "0012_suppliers"),
        ("catalog", "0013_transfers_called_off"),
        ("catalog", "0014_clearance"),
        ("catalog", "0015_purchase_orders"),
        ("catalog", "0016_presale"),
        ("catalog", "0017_selection"),
        ("catalog", "0018_samples"),
        ("catalog", "0019_bundles"),
        ("catalog", "0020_presale_balance"),
    ]

    dependencies = [
        ("approvals", "0004_to_decide"),
        ("audit", "0005_verbs_validated"),
        ("stores", "0006_store_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        TrigramExtension(),
        CreateModels(
            [
                migrations.CreateModel(
                    name="Product",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="products",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        ("code", models.CharField(max_length=80, verbose_name="code")),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        (
                            "brand",
                            models.CharField(blank=True, max_length=80, verbose_name="brand"),
                        ),
                        (
                            "category",
                            models.CharField(blank=True, max_length=120, verbose_name="category"),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="created",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "product",
                        "verbose_name_plural": "products",
                        "ordering": ["store_id", "code"],
                        "permissions": [
                            ("import_products", "Can bring in and take out files of products")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "code"), name="product_unique_store_code"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("code", ""), _negated=True),
                                name="product_has_code",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Sku",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="skus",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="skus",
                                to="catalog.product",
                                verbose_name="product",
                            ),
                        ),
                        ("code", models.CharField(max_length=80, verbose_name="SKU code")),
                        ("spec", models.CharField(blank=True, max_length=120, verbose_name="spec")),
                        (
                            "barcode",
                            models.CharField(blank=True, max_length=32, verbose_name="barcode"),
                        ),
                        (
                            "cost",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=12,
                                null=True,
                                verbose_name="cost",
                            ),
                        ),
                        (
                            "list_price",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=12,
                                null=True,
                                verbose_name="list price",
                            ),
                        ),
                        (
                            "weight_grams",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="weight (g)"
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="created",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "SKU",
                        "verbose_name_plural": "SKUs",
                        "ordering": ["store_id", "code"],
                        "permissions": [("view_cost", "Can see what goods cost")],
                        "indexes": [
                            models.Index(
                                django.contrib.postgres.indexes.OpClass(
                                    django.db.models.functions.text.Upper("code"),
                                    "text_pattern_ops",
                                ),
                                name="sku_code_prefix",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "code"), name="sku_unique_store_code"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("code", ""), _negated=True), name="sku_has_code"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cost", None), ("cost__gte", 0), _connector="OR"
                                ),
                                name="sku_cost_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("list_price", None), ("list_price__gte", 0), _connector="OR"
                                ),
                                name="sku_list_price_not_negative",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.sku', later.id, left((later.code)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['code', 'cost', 'list_price', 'is_active']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['code', 'cost', 'list_price', 'is_active']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.code, earlier.cost, earlier.list_price, earlier.is_active) IS DISTINCT FROM ROW(later.code, later.cost, later.list_price, later.is_active)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="40f48564c2f32f73066baa2910cc759398cf998b",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_6d662",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_sku",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.sku', earlier.id, left((earlier.code)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['code', 'cost', 'list_price', 'is_active']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="421c28dd7f4b54fcd64f8c3b44513f73161ef540",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_5b06a",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_sku",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="code_taken",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n    INSERT INTO catalog_skucode (store_id, code, sku_id, kind, source, created_at)\n    SELECT store_id, code, id, 'own', '', created_at FROM new_rows ORDER BY code;\n    RETURN NULL;\n",
                                    hash="54abd82443bf5b0ebb84a1f6b90f0a33849c69be",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_code_taken_ffa6c",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_sku",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="code_renamed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code"))',
                                    func="\n    UPDATE catalog_skucode SET kind = 'former' WHERE sku_id = NEW.id AND kind = 'own';\n    INSERT INTO catalog_skucode AS taken (store_id, code, sku_id, kind, source, created_at)\n    VALUES (NEW.store_id, NEW.code, NEW.id, 'own', '', now())\n    ON CONFLICT (store_id, code) DO UPDATE SET kind = 'own' WHERE taken.sku_id = NEW.id;\n    IF NOT FOUND THEN\n        RAISE EXCEPTION 'Code % has been used: it is never given to another SKU.', NEW.code\n            USING ERRCODE = 'unique_violation', CONSTRAINT = 'sku_code_never_twice';\n    END IF;\n    RETURN NULL;\n",
                                    hash="edf634faa62af5fc98552c053469317cdca78cf0",
                                    operation='UPDATE OF "code"',
                                    pgid="pgtrigger_code_renamed_f68fa",
                                    table="catalog_sku",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="code_kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n    UPDATE catalog_skucode SET kind = 'former', sku_id = NULL\n    WHERE sku_id IN (SELECT id FROM old_rows);\n    RETURN NULL;\n",
                                    hash="78f7e9fde6a060fef872f75d751f0aabdbebc959",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_code_kept_9bc39",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_sku",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BundlePart",
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
                            "bundle",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parts",
                                to="catalog.sku",
                                verbose_name="bundle",
                            ),
                        ),
                        (
                            "part",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="part_of",
                                to="catalog.sku",
                                verbose_name="part",
                            ),
                        ),
                        ("pieces", models.PositiveIntegerField(default=1, verbose_name="pieces")),
                    ],
                    options={
                        "verbose_name": "part of a bundle",
                        "verbose_name_plural": "parts of a bundle",
                        "ordering": ["bundle_id", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("bundle", "part"),
                                name="bundle_part_once",
                                violation_error_message="Name each part once.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("pieces__gt", 0), ("pieces__lte", 1000)),
                                name="bundle_part_has_pieces",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("bundle", models.F("part")), _negated=True),
                                name="bundle_part_is_another_sku",
                                violation_error_message="A bundle does not contain itself.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="sound",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE circle TEXT;",
                                    func="\n    PERFORM FROM catalog_sku WHERE id IN (NEW.bundle_id, NEW.part_id) ORDER BY id FOR UPDATE;\n    WITH RECURSIVE way (sku_id, passed) AS (\n        SELECT NEW.part_id, ARRAY[NEW.bundle_id, NEW.part_id]\n        UNION ALL\n        SELECT p.part_id, way.passed || p.part_id\n        FROM way JOIN catalog_bundlepart p ON p.bundle_id = way.sku_id\n        WHERE way.sku_id <> NEW.bundle_id AND p.part_id <> ALL (way.passed[2:])\n    )\n    SELECT string_agg(k.code, ' → ' ORDER BY step.place) INTO circle\n    FROM (SELECT passed FROM way WHERE sku_id = NEW.bundle_id LIMIT 1) found\n    CROSS JOIN unnest(found.passed) WITH ORDINALITY AS step (id, place)\n    JOIN catalog_sku k ON k.id = step.id;\n    IF circle IS NOT NULL THEN\n        RAISE EXCEPTION 'A bundle would contain itself: %', circle USING ERRCODE = 'OD010';\n    END IF;\n    IF EXISTS (SELECT FROM catalog_bundlepart WHERE bundle_id = NEW.part_id AND id <> NEW.id)\n       OR EXISTS (SELECT FROM catalog_bundlepart WHERE part_id = NEW.bundle_id AND id <> NEW.id)\n    THEN\n        RAISE EXCEPTION 'A part of a bundle is no bundle itself.' USING ERRCODE = 'OD010';\n    END IF;\n    IF EXISTS (SELECT FROM catalog_stocklevel WHERE sku_id = NEW.bundle_id) THEN\n        RAISE EXCEPTION 'A SKU with stock of its own is no bundle.' USING ERRCODE = 'OD010';\n    END IF;\n    IF (SELECT count(DISTINCT store_id) FROM catalog_sku\n        WHERE id IN (NEW.bundle_id, NEW.part_id)) > 1 THEN\n        RAISE EXCEPTION 'A bundle and its parts are of one store.' USING ERRCODE = 'OD010';\n    END IF;\n    RETURN NEW;\n",
                                    hash="c8e4caeabc8c703d2ae890db02d2c77a64d1e487",
                                    operation='INSERT OR UPDATE OF "bundle_id", "part_id"',
                                    pgid="pgtrigger_sound_0a578",
                                    table="catalog_bundlepart",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.bundlepart', later.id, left(((SELECT k.code FROM catalog_sku k WHERE k.id = later.bundle_id))::text, 120), (SELECT k.store_id FROM catalog_sku k WHERE k.id = later.bundle_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['bundle_id', 'part_id', 'pieces']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="9bfcdbdd9866ae20d3f18ec195471e1fac8a70b7",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_8a56a",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_bundlepart",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.bundlepart', later.id, left(((SELECT k.code FROM catalog_sku k WHERE k.id = later.bundle_id))::text, 120), (SELECT k.store_id FROM catalog_sku k WHERE k.id = later.bundle_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['bundle_id', 'part_id', 'pieces']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['bundle_id', 'part_id', 'pieces']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.bundle_id, earlier.part_id, earlier.pieces) IS DISTINCT FROM ROW(later.bundle_id, later.part_id, later.pieces)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="00690cf85f3ea6f6f42bcb25664330c860003821",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_dcc85",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_bundlepart",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.bundlepart', earlier.id, left(((SELECT k.code FROM catalog_sku k WHERE k.id = earlier.bundle_id))::text, 120), (SELECT k.store_id FROM catalog_sku k WHERE k.id = earlier.bundle_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['bundle_id', 'part_id', 'pieces']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="3955f26e668b38575627f558c85bf397943b6cc8",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_30547",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_bundlepart",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Warehouse",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="warehouses",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        ("code", models.SlugField(max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "priority",
                            models.PositiveSmallIntegerField(
                                default=1,
                                help_text="Orders take from the lowest number first.",
                                verbose_name="priority",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "warehouse",
                        "verbose_name_plural": "warehouses",
                        "ordering": ["store_id", "priority", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "code"), name="warehouse_unique_store_code"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.warehouse', later.id, left((later.code)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['code', 'name', 'priority', 'is_active']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="fe3c244f61e803f544eb650176edfbe07db4e1fb",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_4b1ec",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_warehouse",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.warehouse', later.id, left((later.code)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['code', 'name', 'priority', 'is_active']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['code', 'name', 'priority', 'is_active']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.code, earlier.name, earlier.priority, earlier.is_active) IS DISTINCT FROM ROW(later.code, later.name, later.priority, later.is_active)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="06b5450b7ff37649f7da4c6714eddf807dedbc6e",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_64498",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_warehouse",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.warehouse', earlier.id, left((earlier.code)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['code', 'name', 'priority', 'is_active']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="93b4b73a9b27b2e54dfbc78bffdf84270f2a64f9",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_7a12d",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_warehouse",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WarehouseAssignment",
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
                            "membership",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="stores.membership",
                                verbose_name="membership",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="assignments",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "warehouse assignment",
                        "verbose_name_plural": "warehouse assignments",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("membership", "warehouse"),
                                name="warehouse_assignment_unique",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.warehouseassignment', later.id, left(((SELECT w.code FROM catalog_warehouse w WHERE w.id = later.warehouse_id))::text, 120), (SELECT w.store_id FROM catalog_warehouse w WHERE w.id = later.warehouse_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['membership_id', 'warehouse_id']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="4fac68dc9ed0a777fbdb9700c8cabfa81c4f43d5",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_992d3",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_warehouseassignment",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.warehouseassignment', later.id, left(((SELECT w.code FROM catalog_warehouse w WHERE w.id = later.warehouse_id))::text, 120), (SELECT w.store_id FROM catalog_warehouse w WHERE w.id = later.warehouse_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['membership_id', 'warehouse_id']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['membership_id', 'warehouse_id']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.membership_id, earlier.warehouse_id) IS DISTINCT FROM ROW(later.membership_id, later.warehouse_id)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="1d4f9c28fdf372ef8b3420dc8a0e72c52a810584",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_4ef3c",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_warehouseassignment",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.warehouseassignment', earlier.id, left(((SELECT w.code FROM catalog_warehouse w WHERE w.id = earlier.warehouse_id))::text, 120), (SELECT w.store_id FROM catalog_warehouse w WHERE w.id = earlier.warehouse_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['membership_id', 'warehouse_id']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="46a74b4fa76d8d9f7262de4d64c90e773db4b5db",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_3a641",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_warehouseassignment",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StockCover",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="covers",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                        (
                            "average",
                            models.DecimalField(
                                decimal_places=3, max_digits=12, verbose_name="average daily sales"
                            ),
                        ),
                        (
                            "days_counted",
                            models.PositiveSmallIntegerField(verbose_name="days counted"),
                        ),
                        ("safety_stock", models.PositiveIntegerField(verbose_name="safety stock")),
                        ("available", models.IntegerField(verbose_name="available")),
                        (
                            "cover_days",
                            models.DecimalField(
                                decimal_places=1, max_digits=6, verbose_name="days of cover"
                            ),
                        ),
                        ("computed_at", models.DateTimeField(verbose_name="computed")),
                    ],
                    options={
                        "verbose_name": "days of cover",
                        "verbose_name_plural": "days of cover",
                        "indexes": [
                            models.Index(fields=["cover_days", "id"], name="stock_cover_next_out"),
                            models.Index(
                                fields=["store", "cover_days", "id"],
                                name="stock_cover_store_next_out",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("available__lte", models.F("safety_stock")), ("average__gt", 0)
                                ),
                                fields=["cover_days", "id"],
                                name="stock_cover_low",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sku", "warehouse"), name="stock_cover_unique_sku_warehouse"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("average__gte", 0)),
                                name="stock_cover_average_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cover_days__gte", 0), ("cover_days__lte", Decimal("9999"))
                                ),
                                name="stock_cover_days_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PriceChange",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="price_changes",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        ("reason", models.CharField(max_length=300, verbose_name="reason")),
                        (
                            "approval",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="approvals.approval",
                                verbose_name="approval",
                            ),
                        ),
                        (
                            "filed_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="filed by",
                            ),
                        ),
                        (
                            "filed_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="filed"
                            ),
                        ),
                        ("cancelled_at", models.DateTimeField(null=True, verbose_name="cancelled")),
                        (
                            "cancelled_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cancelled by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "price change",
                        "verbose_name_plural": "price changes",
                        "ordering": ["-pk"],
                        "permissions": [
                            ("request_price", "Can ask for other prices"),
                            ("approve_price", "Can decide on price changes"),
                        ],
                        "default_permissions": ("view",),
                        "indexes": [
                            models.Index(fields=["store", "-id"], name="price_change_list")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="price_change_has_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("cancelled_at", None), ("cancelled_by", None)),
                                    models.Q(
                                        ("cancelled_at__isnull", False),
                                        ("cancelled_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="price_change_cancelled_by_somebody",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="456d3cecb56942108b61bb030bca8f6f882e7a3e",
                                    operation="DELETE",
                                    pgid="pgtrigger_never_deleted_f8d41",
                                    table="catalog_pricechange",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="what_was_filed_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."filed_by_id" IS DISTINCT FROM (NEW."filed_by_id") OR OLD."filed_at" IS DISTINCT FROM (NEW."filed_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="2e5135649eb45b77b3cee4bf95f74a5c09adb769",
                                    operation="UPDATE",
                                    pgid="pgtrigger_what_was_filed_stays_44bd6",
                                    table="catalog_pricechange",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PriceChangeLine",
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
                            "change",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="catalog.pricechange",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="price_change_lines",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="stores.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "before",
                            models.DecimalField(
                                decimal_places=2, max_digits=12, null=True, verbose_name="before"
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=12, verbose_name="price"
                            ),
                        ),
                        (
                            "valid",
                            django.contrib.postgres.fields.ranges.DateTimeRangeField(
                                verbose_name="valid"
                            ),
                        ),
                        (
                            "afterwards",
                            models.DecimalField(
                                decimal_places=2,
                                max_digits=12,
                                null=True,
                                verbose_name="afterwards",
                            ),
                        ),
                        ("reason", models.CharField(max_length=200, verbose_name="reason")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "asked for"),
                                    ("planned", "planned"),
                                    ("applied", "took effect"),
                                    ("ended", "over"),
                                    ("dropped", "not applied"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="asked",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("settled_at", models.DateTimeField(null=True, verbose_name="settled")),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                    ],
                    options={
                        "verbose_name": "line of a price change",
                        "verbose_name_plural": "lines of price changes",
                        "ordering": ["change_id", "pk"],
                        "default_permissions": (),
                        "indexes": [
                            models.Index(
                                models.Func(models.F("valid"), function="lower"),
                                condition=models.Q(("state", "planned")),
                                name="price_change_line_due",
                            ),
                            models.Index(
                                models.Func(models.F("valid"), function="upper"),
                                condition=models.Q(
                                    ("state", "applied"), ("valid__upper_inf", False)
                                ),
                                name="price_change_line_to_end",
                            ),
                        ],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("state", "planned")),
                                expressions=[
                                    ("sku", "="),
                                    (
                                        django.db.models.functions.comparison.Coalesce(
                                            "channel", models.Value(0, models.BigIntegerField())
                                        ),
                                        "=",
                                    ),
                                    ("valid", "&&"),
                                ],
                                name="price_planned_one_at_a_time",
                            ),
                            models.UniqueConstraint(
                                models.F("change"),
                                models.F("sku"),
                                django.db.models.functions.comparison.Coalesce(
                                    "channel", models.Value(0, models.BigIntegerField())
                                ),
                                name="price_change_line_once_per_sku_and_channel",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)),
                                name="price_change_line_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid__isempty", False), ("valid__lower_inf", False)
                                ),
                                name="price_change_line_begins",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("settled_at", None), ("state__in", ["asked", "planned"])
                                    ),
                                    models.Q(
                                        ("settled_at__isnull", False),
                                        ("state__in", ["applied", "ended", "dropped", "cancelled"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="price_change_line_settled_has_moment",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="1b04d171ecc66967a2830e51ba8092a1aacc68a2",
                                    operation="DELETE",
                                    pgid="pgtrigger_never_deleted_5b0b1",
                                    table="catalog_pricechangeline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="what_was_asked_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."change_id" IS DISTINCT FROM (NEW."change_id") OR OLD."sku_id" IS DISTINCT FROM (NEW."sku_id") OR OLD."channel_id" IS DISTINCT FROM (NEW."channel_id") OR OLD."before" IS DISTINCT FROM (NEW."before") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."valid" IS DISTINCT FROM (NEW."valid") OR OLD."reason" IS DISTINCT FROM (NEW."reason"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="9d5958755440451cf5ac439ea72dd458a1271ae6",
                                    operation="UPDATE",
                                    pgid="pgtrigger_what_was_asked_stays_0e2f4",
                                    table="catalog_pricechangeline",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Price",
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
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prices",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="stores.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=12, verbose_name="price"
                            ),
                        ),
                        (
                            "valid",
                            django.contrib.postgres.fields.ranges.DateTimeRangeField(
                                verbose_name="valid"
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prices",
                                to="catalog.pricechangeline",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "price",
                        "verbose_name_plural": "prices",
                        "ordering": ["sku_id", "valid"],
                        "default_permissions": ("view",),
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("sku", "="),
                                    (
                                        django.db.models.functions.comparison.Coalesce(
                                            "channel", models.Value(0, models.BigIntegerField())
                                        ),
                                        "=",
                                    ),
                                    ("valid", "&&"),
                                ],
                                name="price_one_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="price_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid__isempty", False), ("valid__lower_inf", False)
                                ),
                                name="price_begins",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="f3d7f8ce9f1863b7547bf3f0dce315ed911d6f03",
                                    operation="DELETE",
                                    pgid="pgtrigger_never_deleted_f9a4c",
                                    table="catalog_price",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="what_was_asked_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."sku_id" IS DISTINCT FROM (NEW."sku_id") OR OLD."channel_id" IS DISTINCT FROM (NEW."channel_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."line_id" IS DISTINCT FROM (NEW."line_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="b4a38cde29c52d9c121ff7f5b19e69e5b82cdf12",
                                    operation="UPDATE",
                                    pgid="pgtrigger_what_was_asked_stays_2f54a",
                                    table="catalog_price",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="only_ends_sooner",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid)\n                       OR NOT NEW.valid <@ OLD.valid THEN\n                        RAISE EXCEPTION 'A price is only ever ended sooner.';\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="e5860a5653abadbcbd042e8b17fee5e70883351d",
                                    operation="UPDATE",
                                    pgid="pgtrigger_only_ends_sooner_b35ff",
                                    table="catalog_price",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.price', later.id, left(((SELECT k.code FROM catalog_sku k WHERE k.id = later.sku_id))::text, 120), (SELECT k.store_id FROM catalog_sku k WHERE k.id = later.sku_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['sku_id', 'channel_id', 'amount', 'valid']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="87bfc86a1904de69fb4f67e14455f0cdf8650821",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_67353",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_price",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.price', later.id, left(((SELECT k.code FROM catalog_sku k WHERE k.id = later.sku_id))::text, 120), (SELECT k.store_id FROM catalog_sku k WHERE k.id = later.sku_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['sku_id', 'channel_id', 'amount', 'valid']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['sku_id', 'channel_id', 'amount', 'valid']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.sku_id, earlier.channel_id, earlier.amount, earlier.valid) IS DISTINCT FROM ROW(later.sku_id, later.channel_id, later.amount, later.valid)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="cd5a08397720c1170b5968821e41ab4bdbd53647",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_a87c2",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_price",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.price', earlier.id, left(((SELECT k.code FROM catalog_sku k WHERE k.id = earlier.sku_id))::text, 120), (SELECT k.store_id FROM catalog_sku k WHERE k.id = earlier.sku_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['sku_id', 'channel_id', 'amount', 'valid']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="215af25870037f9db1fc267c0be1695f3eebbebd",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_36d86",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_price",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SlowStock",
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
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="slow_stock",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        (
                            "finding",
                            models.CharField(
                                choices=[
                                    ("slow", "slow mover"),
                                    ("low_sell_through", "low sell-through"),
                                    ("overstock", "overstock"),
                                ],
                                max_length=20,
                                verbose_name="finding",
                            ),
                        ),
                        ("since", models.DateField(verbose_name="since")),
                        ("pieces", models.PositiveIntegerField(verbose_name="pieces")),
                        (
                            "cost",
                            models.DecimalField(
                                decimal_places=2,
                                max_digits=12,
                                null=True,
                                verbose_name="cost of a piece",
                            ),
                        ),
                        (
                            "value",
                            models.DecimalField(
                                decimal_places=2,
                                help_text="The pieces at cost; nothing where the cost is not known.",
                                max_digits=16,
                                verbose_name="money tied up",
                            ),
                        ),
                        ("sold", models.PositiveIntegerField(verbose_name="sold in the month")),
                        (
                            "sell_through",
                            models.DecimalField(
                                decimal_places=2,
                                max_digits=5,
                                verbose_name="sell-through in percent",
                            ),
                        ),
                        (
                            "average",
                            models.DecimalField(
                                decimal_places=3, max_digits=12, verbose_name="average daily sales"
                            ),
                        ),
                        (
                            "turnover_days",
                            models.DecimalField(
                                decimal_places=1, max_digits=6, verbose_name="turnover days"
                            ),
                        ),
                        ("computed_at", models.DateTimeField(verbose_name="computed")),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="closed")),
                    ],
                    options={
                        "verbose_name": "slow or overstocked SKU",
                        "verbose_name_plural": "slow and overstocked",
                        "indexes": [
                            models.Index(fields=["value", "id"], name="slow_stock_tied_up"),
                            models.Index(
                                condition=models.Q(("closed_at", None)),
                                fields=["finding", "value", "id"],
                                name="slow_stock_open_tied_up",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at", None)),
                                fields=("sku", "finding"),
                                name="slow_stock_one_open_per_finding",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "value",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("pieces"),
                                            "*",
                                            django.db.models.functions.comparison.Coalesce(
                                                models.F("cost"), 0
                                            ),
                                        ),
                                    )
                                ),
                                name="slow_stock_value_at_cost",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("turnover_days__gte", 0),
                                    ("turnover_days__lte", Decimal("9999")),
                                ),
                                name="slow_stock_turnover_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sell_through__gte", 0), ("sell_through__lte", 100)
                                ),
                                name="slow_stock_sell_through_is_a_share",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ClearancePlan",
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
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="clearance_plans",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        (
                            "row",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="plans",
                                to="catalog.slowstock",
                                verbose_name="finding",
                            ),
                        ),
                        (
                            "measure",
                            models.CharField(
                                choices=[
                                    ("bundle", "bundle"),
                                    ("nth_piece", "second piece cheaper"),
                                    ("off_site", "off-site clearance"),
                                    ("return", "return to the supplier"),
                                ],
                                max_length=12,
                                verbose_name="measure",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owner",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("done", "done"),
                                    ("dropped", "dropped"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("pieces_then", models.PositiveIntegerField(verbose_name="pieces then")),
                        (
                            "value_then",
                            models.DecimalField(
                                decimal_places=2, max_digits=16, verbose_name="money tied up then"
                            ),
                        ),
                        (
                            "planned_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="planned by",
                            ),
                        ),
                        ("planned_at", models.DateTimeField(verbose_name="planned")),
                        (
                            "result",
                            models.CharField(blank=True, max_length=300, verbose_name="result"),
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
                        ("done_at", models.DateTimeField(null=True, verbose_name="done")),
                        ("dropped_at", models.DateTimeField(null=True, verbose_name="dropped")),
                    ],
                    options={
                        "verbose_name": "clearance plan",
                        "verbose_name_plural": "clearance plans",
                        "ordering": ["-pk"],
                        "default_permissions": ("add", "view"),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("sku", "measure"),
                                name="clearance_plan_one_open_per_measure",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("done_at", None),
                                        ("dropped_at", None),
                                        ("ended_by", None),
                                        ("state", "open"),
                                    ),
                                    models.Q(
                                        ("done_at__isnull", False),
                                        ("dropped_at", None),
                                        ("ended_by__isnull", False),
                                        ("state", "done"),
                                    ),
                                    models.Q(
                                        ("done_at", None),
                                        ("dropped_at__isnull", False),
                                        ("ended_by__isnull", False),
                                        ("state", "dropped"),
                                    ),
                                    _connector="OR",
                                ),
                                name="clearance_plan_ended_at_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state", "open"),
                                    models.Q(("result", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="clearance_plan_ended_with_a_result",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.clearanceplan', later.id, left(((SELECT k.code FROM catalog_sku k WHERE k.id = later.sku_id))::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['measure', 'owner_id', 'state', 'result']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="48fdcfdf14f2f5b9cf3211a617397b4601babded",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_28ed8",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_clearanceplan",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.clearanceplan', later.id, left(((SELECT k.code FROM catalog_sku k WHERE k.id = later.sku_id))::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['measure', 'owner_id', 'state', 'result']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['measure', 'owner_id', 'state', 'result']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.measure, earlier.owner_id, earlier.state, earlier.result) IS DISTINCT FROM ROW(later.measure, later.owner_id, later.state, later.result)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="f04353116f5000e2cda6ce325ae095638c8c21a2",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_1d370",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_clearanceplan",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.clearanceplan', earlier.id, left(((SELECT k.code FROM catalog_sku k WHERE k.id = earlier.sku_id))::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['measure', 'owner_id', 'state', 'result']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="ebe907da519e723bdd72c67f15c92cecf8c10c69",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_94a35",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_clearanceplan",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CodeScheme",
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
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="code_scheme",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "pattern",
                            models.CharField(
                                choices=[
                                    ("category-brand-spec", "category – brand – spec – serial"),
                                    ("category-spec-brand", "category – spec – brand – serial"),
                                    ("brand-category-spec", "brand – category – spec – serial"),
                                    ("brand-spec-category", "brand – spec – category – serial"),
                                    ("spec-category-brand", "spec – category – brand – serial"),
                                    ("spec-brand-category", "spec – brand – category – serial"),
                                    ("category-brand", "category – brand – serial"),
                                    ("category-spec", "category – spec – serial"),
                                    ("brand-category", "brand – category – serial"),
                                    ("brand-spec", "brand – spec – serial"),
                                    ("spec-category", "spec – category – serial"),
                                    ("spec-brand", "spec – brand – serial"),
                                    ("category", "category – serial"),
                                    ("brand", "brand – serial"),
                                    ("spec", "spec – serial"),
                                ],
                                default="category-brand-spec",
                                max_length=24,
                                verbose_name="parts in order",
                            ),
                        ),
                        (
                            "separator",
                            models.CharField(
                                choices=[("-", "-"), ("_", "_"), ("/", "/")],
                                default="-",
                                max_length=1,
                                verbose_name="separator",
                            ),
                        ),
                        (
                            "serial_width",
                            models.PositiveSmallIntegerField(
                                default=3,
                                help_text="At least; what has more digits is written out.",
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(9),
                                ],
                                verbose_name="digits of the serial",
                            ),
                        ),
                        (
                            "extra_characters",
                            models.CharField(
                                blank=True,
                                help_text="Any of . + #",
                                max_length=3,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[.+#]*$", "Only . + and # can be allowed."
                                    )
                                ],
                                verbose_name="besides letters and digits",
                            ),
                        ),
                        (
                            "is_upper",
                            models.BooleanField(default=True, verbose_name="capital letters only"),
                        ),
                        (
                            "is_strict",
                            models.BooleanField(
                                default=False,
                                help_text="Goods whose code breaks the scheme can't enter stock for the first time. Otherwise they can, and imports and pages say what is wrong with the code.",
                                verbose_name="strict",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "code scheme",
                        "verbose_name_plural": "code schemes",
                        "ordering": ["store_id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "pattern__in",
                                        [
                                            "category-brand-spec",
                                            "category-spec-brand",
                                            "brand-category-spec",
                                            "brand-spec-category",
                                            "spec-category-brand",
                                            "spec-brand-category",
                                            "category-brand",
                                            "category-spec",
                                            "brand-category",
                                            "brand-spec",
                                            "spec-category",
                                            "spec-brand",
                                            "category",
                                            "brand",
                                            "spec",
                                        ],
                                    )
                                ),
                                name="code_scheme_pattern_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("separator__in", ["-", "_", "/"])),
                                name="code_scheme_separator_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("serial_width__range", (1, 9))),
                                name="code_scheme_serial_width",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("extra_characters__regex", "^[.+#]*$")),
                                name="code_scheme_extra_characters",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.codescheme', later.id, left(((SELECT s.code FROM stores_store s WHERE s.id = later.store_id))::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['pattern', 'separator', 'serial_width', 'extra_characters', 'is_upper', 'is_strict']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="9160930a73fa0a9a1ddd8b065b24c44fe0019a2d",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_6aef9",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_codescheme",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.codescheme', later.id, left(((SELECT s.code FROM stores_store s WHERE s.id = later.store_id))::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['pattern', 'separator', 'serial_width', 'extra_characters', 'is_upper', 'is_strict']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['pattern', 'separator', 'serial_width', 'extra_characters', 'is_upper', 'is_strict']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.pattern, earlier.separator, earlier.serial_width, earlier.extra_characters, earlier.is_upper, earlier.is_strict) IS DISTINCT FROM ROW(later.pattern, later.separator, later.serial_width, later.extra_characters, later.is_upper, later.is_strict)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="a615db482278b6f81bcb1ee542f6455356fea1b4",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_923f0",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_codescheme",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.codescheme', earlier.id, left(((SELECT s.code FROM stores_store s WHERE s.id = earlier.store_id))::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['pattern', 'separator', 'serial_width', 'extra_characters', 'is_upper', 'is_strict']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="99751561b70ce91d5a4545b2fab96e0a783d8fc6",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_5c93e",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_codescheme",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CodePart",
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
                            "scheme",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parts",
                                to="catalog.codescheme",
                                verbose_name="scheme",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("category", "category"),
                                    ("brand", "brand"),
                                    ("spec", "spec"),
                                ],
                                max_length=8,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                max_length=20,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[0-9A-Za-z.+#]{1,20}$",
                                        "Letters, digits and . + # only, at most 20.",
                                    )
                                ],
                                verbose_name="code",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        (
                            "axis",
                            models.CharField(
                                blank=True,
                                help_text="Of a spec: colour, size, capacity.",
                                max_length=40,
                                verbose_name="what varies",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "code part",
                        "verbose_name_plural": "code parts",
                        "ordering": ["kind", "axis", "code"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("scheme", "kind", "code"),
                                name="code_part_unique_scheme_kind_code",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("code__regex", "^[0-9A-Za-z.+#]{1,20}$")),
                                name="code_part_plain",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind", "spec"), ("axis", ""), _connector="OR"),
                                name="code_part_axis_of_a_spec",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.codepart', later.id, left((later.code)::text, 120), (SELECT s.store_id FROM catalog_codescheme s WHERE s.id = later.scheme_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['code', 'name', 'axis', 'is_active']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="22194ce5be2ab9b82149b40b30128aebafecd481",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_840ad",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_codepart",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.codepart', later.id, left((later.code)::text, 120), (SELECT s.store_id FROM catalog_codescheme s WHERE s.id = later.scheme_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['code', 'name', 'axis', 'is_active']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['code', 'name', 'axis', 'is_active']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.code, earlier.name, earlier.axis, earlier.is_active) IS DISTINCT FROM ROW(later.code, later.name, later.axis, later.is_active)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="ff5e29bb1ad63780e094a2fb5a62693184b85461",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_35d0a",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_codepart",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.codepart', earlier.id, left((earlier.code)::text, 120), (SELECT s.store_id FROM catalog_codescheme s WHERE s.id = earlier.scheme_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['code', 'name', 'axis', 'is_active']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="aceb6a6b9d16dd4520e07718b5a7da9d803e9024",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_2e282",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_codepart",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="keeps_its_code",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."scheme_id" IS DISTINCT FROM (NEW."scheme_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="5244a0e1564742fb352b5f1c08f4be95b98987df",
                                    operation="UPDATE",
                                    pgid="pgtrigger_keeps_its_code_67249",
                                    table="catalog_codepart",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CodeCounter",
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
                            ),
                        ),
                        ("stem", models.CharField(max_length=80, verbose_name="stem")),
                        ("last", models.PositiveIntegerField(verbose_name="last serial")),
                    ],
                    options={
                        "verbose_name": "code counter",
                        "verbose_name_plural": "code counters",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "stem"), name="code_counter_unique_store_stem"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SkuCode",
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
                        ("code", models.CharField(max_length=80, verbose_name="code")),
                        (
                            "sku",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="codes",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("own", "own code"),
                                    ("alias", "alias"),
                                    ("former", "former code"),
                                ],
                                max_length=6,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                blank=True, max_length=80, verbose_name="where it comes from"
                            ),
                        ),
                        (
                            "created_by",
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
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="created"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "used code",
                        "verbose_name_plural": "used codes",
                        "ordering": ["pk"],
                        "indexes": [
                            models.Index(
                                django.contrib.postgres.indexes.OpClass(
                                    django.db.models.functions.text.Upper("code"),
                                    "text_pattern_ops",
                                ),
                                name="sku_code_any_prefix",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "code"),
                                name="sku_code_never_twice",
                                opclasses=["int8_ops", "text_pattern_ops"],
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "own")),
                                fields=("sku",),
                                name="sku_code_one_of_its_own",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("code", ""), _negated=True),
                                name="sku_code_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind", "former"), ("sku__isnull", False), _connector="OR"
                                ),
                                name="sku_code_names_its_sku",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="never_given_back",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="5a8fca688f9f5589f7c8871c45e4e168a63c0651",
                                    operation="DELETE",
                                    pgid="pgtrigger_never_given_back_97c43",
                                    table="catalog_skucode",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="stays_what_it_is",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n    IF NEW.store_id <> OLD.store_id OR NEW.code <> OLD.code\n       OR (NEW.sku_id IS NOT NULL AND NEW.sku_id IS DISTINCT FROM OLD.sku_id) THEN\n        RAISE EXCEPTION 'Code % has been used: it stays what it is.', OLD.code\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'sku_code_stays_what_it_is';\n    END IF;\n    RETURN NEW;\n",
                                    hash="2403671a3de5c2365d7c60473f59c5f62977914e",
                                    operation="UPDATE",
                                    pgid="pgtrigger_stays_what_it_is_f9382",
                                    table="catalog_skucode",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="of_its_store",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.\"kind\" = 'alias')",
                                    func="\n    IF NOT EXISTS (\n        SELECT FROM catalog_sku k WHERE k.id = NEW.sku_id AND k.store_id = NEW.store_id\n    ) THEN\n        RAISE EXCEPTION 'Alias % is of another store than its SKU.', NEW.code\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'sku_code_of_its_store';\n    END IF;\n    RETURN NEW;\n",
                                    hash="cb7a6d6c5db7753ed6e89b00a9e819c7c7c19b73",
                                    operation="INSERT",
                                    pgid="pgtrigger_of_its_store_c0059",
                                    table="catalog_skucode",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CountSession",
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
                            "warehouse",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="count_sessions",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        (
                            "prefix",
                            models.CharField(
                                blank=True, max_length=80, verbose_name="SKU codes that begin with"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "being counted"),
                                    ("posted", "posted"),
                                    ("abandoned", "abandoned"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "opened_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(verbose_name="opened")),
                        (
                            "closed_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="closed by",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="closed")),
                    ],
                    options={
                        "verbose_name": "stock-take",
                        "verbose_name_plural": "stock-takes",
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at", None), ("state", "open")),
                                    models.Q(
                                        models.Q(("state", "open"), _negated=True),
                                        ("closed_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="count_session_closed_at_a_moment",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CountLine",
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
                            "session",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="catalog.countsession",
                                verbose_name="stock-take",
                            ),
                        ),
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
                        ("is_open", models.BooleanField(default=True, verbose_name="open")),
                        ("counted", models.IntegerField(null=True, verbose_name="counted")),
                        (
                            "book",
                            models.IntegerField(null=True, verbose_name="on record when counted"),
                        ),
                        ("counted_at", models.DateTimeField(null=True, verbose_name="counted at")),
                        (
                            "wants_recount",
                            models.BooleanField(default=False, verbose_name="to be counted again"),
                        ),
                    ],
                    options={
                        "verbose_name": "line of a stock-take",
                        "verbose_name_plural": "lines of stock-takes",
                        "ordering": ["session_id", "sku_id"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("session", "sku"), name="count_line_unique_sku"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("is_open", True)),
                                fields=("sku", "warehouse"),
                                name="count_line_one_open_per_place",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("counted", None), ("counted__gte", 0), _connector="OR"
                                ),
                                name="count_line_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("book", None), ("counted", None), ("counted_at", None)
                                    ),
                                    models.Q(
                                        ("book__isnull", False),
                                        ("counted__isnull", False),
                                        ("counted_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="count_line_counted_as_a_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CountEntry",
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
                                related_name="entries",
                                to="catalog.countline",
                                verbose_name="line",
                            ),
                        ),
                        ("quantity", models.IntegerField(verbose_name="counted")),
                        ("book", models.IntegerField(verbose_name="on record when counted")),
                        ("at", models.DateTimeField(verbose_name="at")),
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
                        "verbose_name": "count",
                        "verbose_name_plural": "counts",
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gte", 0)),
                                name="count_entry_not_negative",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="81a37730bf621d31780702f48ecc875e303079c1",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_3fb52",
                                    table="catalog_countentry",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Keyword",
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
                                related_name="keywords",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        ("text", models.CharField(max_length=60, verbose_name="word")),
                        ("folded", models.CharField(editable=False, max_length=240)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("brand", "brand word"),
                                    ("product", "product word"),
                                    ("long_tail", "long-tail word"),
                                ],
                                default="product",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("core", "core word"),
                                    ("attribute", "attribute word"),
                                    ("scene", "scene word"),
                                ],
                                default="core",
                                max_length=10,
                                verbose_name="role",
                            ),
                        ),
                        (
                            "category",
                            models.CharField(
                                blank=True,
                                help_text="Of which goods: what their category begins with. Empty: all of them.",
                                max_length=120,
                                verbose_name="category",
                            ),
                        ),
                        (
                            "search_volume",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="Searches a day.",
                                null=True,
                                verbose_name="search volume",
                            ),
                        ),
                        (
                            "competition",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="Goods that are found by it.",
                                null=True,
                                verbose_name="competition",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "keyword",
                        "verbose_name_plural": "keywords",
                        "ordering": ["text", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "folded", "category"),
                                name="keyword_unique_in_its_store",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("folded", ""), _negated=True),
                                name="keyword_has_letters",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["brand", "product", "long_tail"])),
                                name="keyword_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("role__in", ["core", "attribute", "scene"])),
                                name="keyword_role_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="KnowledgeEntry",
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
                                related_name="knowledge",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="knowledge",
                                to="catalog.product",
                                verbose_name="product",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("faq", "question"),
                                    ("manual", "manual"),
                                    ("tutorial", "tutorial"),
                                ],
                                default="faq",
                                max_length=8,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "title",
                            models.CharField(max_length=200, verbose_name="question or title"),
                        ),
                        ("text", models.TextField(blank=True, verbose_name="answer or text")),
                        (
                            "url",
                            catalog.models.fields.WebAddressField(
                                blank=True, max_length=500, verbose_name="link"
                            ),
                        ),
                        (
                            "file",
                            models.FileField(
                                blank=True,
                                max_length=200,
                                upload_to=catalog.models.knowledge.knowledge_path,
                                verbose_name="file",
                            ),
                        ),
                        (
                            "file_name",
                            models.CharField(
                                blank=True, max_length=255, verbose_name="name of the file"
                            ),
                        ),
                        (
                            "place",
                            models.PositiveSmallIntegerField(
                                default=1,
                                help_text="The lowest number comes first.",
                                verbose_name="place",
                            ),
                        ),
                        (
                            "updated_by",
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
                            "updated_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="changed",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "knowledge entry",
                        "verbose_name_plural": "knowledge",
                        "ordering": ["product_id", "kind", "place", "pk"],
                        "indexes": [
                            models.Index(fields=["store", "id"], name="knowledge_store"),
                            django.contrib.postgres.indexes.GinIndex(
                                django.contrib.postgres.indexes.OpClass(
                                    django.db.models.functions.text.Upper("title"), "gin_trgm_ops"
                                ),
                                name="knowledge_title_words",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("title", ""), _negated=True),
                                name="knowledge_has_title",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("file", ""), ("text", ""), ("url", ""), _negated=True
                                ),
                                name="knowledge_tells_something",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Listing",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="listings",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="listings",
                                to="catalog.product",
                                verbose_name="product",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="listings",
                                to="stores.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("live", "live"),
                                    ("paused", "taken off"),
                                ],
                                default="draft",
                                max_length=8,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "title",
                            models.CharField(blank=True, max_length=300, verbose_name="title"),
                        ),
                        ("description", models.TextField(blank=True, verbose_name="description")),
                        (
                            "material",
                            models.CharField(blank=True, max_length=300, verbose_name="material"),
                        ),
                        ("function", models.TextField(blank=True, verbose_name="function")),
                        ("usage", models.TextField(blank=True, verbose_name="how to use")),
                        ("cautions", models.TextField(blank=True, verbose_name="cautions")),
                        (
                            "after_sales",
                            models.TextField(blank=True, verbose_name="after-sales policy"),
                        ),
                        (
                            "attributes",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="What the channel asks of goods.",
                                verbose_name="attributes",
                            ),
                        ),
                        (
                            "freight",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                help_text="What the buyer pays for the delivery; 0 is free.",
                                max_digits=10,
                                null=True,
                                verbose_name="freight",
                            ),
                        ),
                        (
                            "external_id",
                            models.CharField(
                                blank=True, max_length=64, verbose_name="number on the channel"
                            ),
                        ),
                        (
                            "published_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="live since"
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="created",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "listing",
                        "verbose_name_plural": "listings",
                        "ordering": ["-pk"],
                        "permissions": [
                            ("publish_listing", "Can publish listings and take them off")
                        ],
                        "indexes": [
                            models.Index(
                                fields=["store", "state", "id"], name="listing_store_state"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("product", "channel"), name="listing_unique_product_channel"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "live"), _negated=True),
                                    ("published_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="listing_live_since_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("freight", None), ("freight__gte", 0), _connector="OR"
                                ),
                                name="listing_freight_not_negative",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.listing', later.id, left(((SELECT p.code FROM catalog_product p WHERE p.id = later.product_id))::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['state']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['state']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.state) IS DISTINCT FROM ROW(later.state)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="3d63dc96ba3adb3466974f8151edcaebff877f19",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_59bb4",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_listing",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.listing', earlier.id, left(((SELECT p.code FROM catalog_product p WHERE p.id = earlier.product_id))::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['state']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="79159311b77cd60307340ce1eff12680125cee59",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_db3d3",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_listing",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProductPicture",
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
                                related_name="pictures",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pictures",
                                to="catalog.product",
                                verbose_name="product",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("main", "main picture"),
                                    ("detail", "detail"),
                                    ("scene", "scene"),
                                    ("size_chart", "size chart"),
                                ],
                                default="detail",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("place", models.PositiveSmallIntegerField(verbose_name="place")),
                        (
                            "alt_text",
                            models.CharField(
                                max_length=200,
                                verbose_name="description for those who can't see it",
                            ),
                        ),
                        (
                            "file",
                            models.FileField(
                                max_length=200,
                                upload_to=catalog.models.pictures.picture_path,
                                verbose_name="file",
                            ),
                        ),
                        (
                            "small",
                            models.FileField(
                                max_length=200,
                                upload_to=catalog.models.pictures.picture_path,
                                verbose_name="small file",
                            ),
                        ),
                        (
                            "format",
                            models.CharField(
                                choices=[("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WebP")],
                                max_length=4,
                                verbose_name="format",
                            ),
                        ),
                        ("sha256", models.CharField(max_length=64, verbose_name="digest")),
                        ("width", models.PositiveIntegerField(verbose_name="width in pixels")),
                        ("height", models.PositiveIntegerField(verbose_name="height in pixels")),
                        (
                            "white_border",
                            models.PositiveSmallIntegerField(verbose_name="white border"),
                        ),
                        ("sharpness", models.PositiveSmallIntegerField(verbose_name="sharpness")),
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
                                default=django.utils.timezone.now, verbose_name="uploaded"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "picture",
                        "verbose_name_plural": "pictures",
                        "ordering": ["product_id", "place"],
                        "constraints": [
                            models.UniqueConstraint(
                                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                                fields=("product", "place"),
                                name="picture_unique_product_place",
                            ),
                            models.UniqueConstraint(
                                fields=("product", "sha256"), name="picture_once_per_product"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "main")),
                                fields=("product",),
                                name="picture_one_main",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("height__gt", 0), ("width__gt", 0)),
                                name="picture_has_an_area",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("white_border__lte", 100)),
                                name="picture_white_border_is_a_percentage",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PictureReview",
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
                            "picture",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reviews",
                                to="catalog.productpicture",
                                verbose_name="picture",
                            ),
                        ),
                        (
                            "clarity",
                            models.DecimalField(
                                decimal_places=1, max_digits=2, verbose_name="clarity, of 5"
                            ),
                        ),
                        ("has_watermark", models.BooleanField(verbose_name="a watermark is on it")),
                        (
                            "shows_goods",
                            models.BooleanField(verbose_name="it shows the goods as they are"),
                        ),
                        (
                            "reviewed_by",
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
                            "reviewed_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="judged"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "judgement of a picture",
                        "verbose_name_plural": "judgements of pictures",
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("clarity__gte", 0), ("clarity__lte", 5)),
                                name="picture_review_clarity_of_five",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="what_was_judged_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="eb710192feb696866dbaa1fb98c9f87a448616fb",
                                    operation="UPDATE",
                                    pgid="pgtrigger_what_was_judged_stays_73cb6",
                                    table="catalog_picturereview",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="goes_with_its_picture",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    func="\n                    IF EXISTS (SELECT FROM catalog_productpicture WHERE id = OLD.picture_id) THEN\n                        RAISE EXCEPTION 'A judgement of a picture is never deleted.';\n                    END IF;\n                    RETURN NULL;\n                ",
                                    hash="bb90ba6d56eb7659f02a33a44d4803b8303606e3",
                                    operation="DELETE",
                                    pgid="pgtrigger_goes_with_its_picture_71d77",
                                    table="catalog_picturereview",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProductVideo",
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
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="videos",
                                to="catalog.product",
                                verbose_name="product",
                            ),
                        ),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        (
                            "url",
                            catalog.models.fields.WebAddressField(
                                max_length=500, verbose_name="address"
                            ),
                        ),
                        (
                            "seconds",
                            models.PositiveIntegerField(
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="seconds",
                            ),
                        ),
                        (
                            "is_subtitled",
                            models.BooleanField(default=False, verbose_name="subtitled"),
                        ),
                    ],
                    options={
                        "verbose_name": "video",
                        "verbose_name_plural": "videos",
                        "ordering": ["product_id", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("seconds__gt", 0)), name="video_has_a_length"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Supplier",
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
                                related_name="suppliers",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "lead_days",
                            models.PositiveSmallIntegerField(
                                help_text="From the order to the goods, in calendar days.",
                                verbose_name="lead time (days)",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "supplier",
                        "verbose_name_plural": "suppliers",
                        "ordering": ["store_id", "code"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "code"), name="supplier_unique_store_code"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("code", ""), _negated=True),
                                name="supplier_has_code",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="stays_in_its_store",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."store_id" IS DISTINCT FROM (NEW."store_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="a36f328796c7a072fce1ba9c6fe0460e66a7a48e",
                                    operation="UPDATE",
                                    pgid="pgtrigger_stays_in_its_store_2dcf9",
                                    table="catalog_supplier",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.supplier', later.id, left((later.code)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['code', 'name', 'lead_days', 'is_active']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="bceddaf0ded9c4007ee3a34aacae9bd64f5736bf",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_2cb6e",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_supplier",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.supplier', later.id, left((later.code)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['code', 'name', 'lead_days', 'is_active']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['code', 'name', 'lead_days', 'is_active']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.code, earlier.name, earlier.lead_days, earlier.is_active) IS DISTINCT FROM ROW(later.code, later.name, later.lead_days, later.is_active)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="d009a27d5ba181db068abf56be494783c0ae9139",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_50c00",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_supplier",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.supplier', earlier.id, left((earlier.code)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['code', 'name', 'lead_days', 'is_active']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="c3f405ae2aec0ae6b727cfc4616793968586fe92",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_ec979",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_supplier",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SupplierItem",
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
                            "supplier",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="items",
                                to="catalog.supplier",
                                verbose_name="supplier",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="supplier_items",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        (
                            "minimum_quantity",
                            models.PositiveIntegerField(default=1, verbose_name="minimum order"),
                        ),
                        (
                            "pack_size",
                            models.PositiveIntegerField(default=1, verbose_name="pieces per pack"),
                        ),
                        (
                            "cost",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=12,
                                null=True,
                                verbose_name="cost of a piece",
                            ),
                        ),
                        (
                            "is_preferred",
                            models.BooleanField(default=True, verbose_name="preferred"),
                        ),
                    ],
                    options={
                        "verbose_name": "supplier's item",
                        "verbose_name_plural": "supplier's items",
                        "ordering": ["supplier_id", "sku_id"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("supplier", "sku"), name="supplier_item_unique_supplier_sku"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("is_preferred", True)),
                                fields=("sku",),
                                name="supplier_item_one_preferred",
                                violation_error_message="Another supplier is preferred for this SKU.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("minimum_quantity__gt", 0), ("pack_size__gt", 0)
                                ),
                                name="supplier_item_pieces_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cost", None), ("cost__gte", 0), _connector="OR"
                                ),
                                name="supplier_item_cost_not_negative",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="of_one_store",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF NOT EXISTS (\n                        SELECT FROM catalog_supplier s, catalog_sku k\n                        WHERE s.id = NEW.supplier_id AND k.id = NEW.sku_id\n                          AND s.store_id = k.store_id\n                    ) THEN\n                        RAISE EXCEPTION 'A supplier delivers SKUs of its own store only.'\n                            USING ERRCODE = 'check_violation',\n                                  CONSTRAINT = 'supplier_item_of_one_store';\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="3b9827d99c30382720f84f13fdc9f58519aa129f",
                                    operation='INSERT OR UPDATE OF "supplier_id", "sku_id"',
                                    pgid="pgtrigger_of_one_store_93e04",
                                    table="catalog_supplieritem",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.supplieritem', later.id, left(((SELECT s.code FROM catalog_supplier s WHERE s.id = later.supplier_id) || ' · ' || (SELECT k.code FROM catalog_sku k WHERE k.id = later.sku_id))::text, 120), (SELECT k.store_id FROM catalog_sku k WHERE k.id = later.sku_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['minimum_quantity', 'pack_size', 'cost', 'is_preferred']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="f5177b308d060e5f90a701e59813354690e7ef10",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_21af6",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_supplieritem",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.supplieritem', later.id, left(((SELECT s.code FROM catalog_supplier s WHERE s.id = later.supplier_id) || ' · ' || (SELECT k.code FROM catalog_sku k WHERE k.id = later.sku_id))::text, 120), (SELECT k.store_id FROM catalog_sku k WHERE k.id = later.sku_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['minimum_quantity', 'pack_size', 'cost', 'is_preferred']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['minimum_quantity', 'pack_size', 'cost', 'is_preferred']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.minimum_quantity, earlier.pack_size, earlier.cost, earlier.is_preferred) IS DISTINCT FROM ROW(later.minimum_quantity, later.pack_size, later.cost, later.is_preferred)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="972460486809ba55e4b1cf1caabbd4a11b55caeb",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_1cb44",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_supplieritem",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.supplieritem', earlier.id, left(((SELECT s.code FROM catalog_supplier s WHERE s.id = earlier.supplier_id) || ' · ' || (SELECT k.code FROM catalog_sku k WHERE k.id = earlier.sku_id))::text, 120), (SELECT k.store_id FROM catalog_sku k WHERE k.id = earlier.sku_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['minimum_quantity', 'pack_size', 'cost', 'is_preferred']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="a1fd64417817eea40cde797bc2c6fa53d9caa230",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_c83ae",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_supplieritem",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PresaleLot",
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
                                related_name="presale_lots",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="presale_lots",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="stores.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "supplier",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.supplier",
                                verbose_name="supplier",
                            ),
                        ),
                        ("offered", models.PositiveIntegerField(verbose_name="pieces offered")),
                        (
                            "price",
                            models.DecimalField(
                                decimal_places=2, max_digits=12, verbose_name="price"
                            ),
                        ),
                        (
                            "deposit",
                            models.DecimalField(
                                decimal_places=2, max_digits=12, verbose_name="deposit"
                            ),
                        ),
                        (
                            "sold",
                            django.contrib.postgres.fields.ranges.DateTimeRangeField(
                                verbose_name="sold"
                            ),
                        ),
                        ("promised_on", models.DateField(verbose_name="promised ship date")),
                        (
                            "balance",
                            django.contrib.postgres.fields.ranges.DateTimeRangeField(
                                null=True, verbose_name="balance to be paid"
                            ),
                        ),
                        (
                            "returns_deposit",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                verbose_name="deposit goes back when the balance is missed",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("open", "open"),
                                    ("ended", "sale over"),
                                    ("fulfilled", "fulfilled"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="draft",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "asked_at",
                            models.DateTimeField(null=True, verbose_name="supplier asked"),
                        ),
                        (
                            "answered_at",
                            models.DateTimeField(null=True, verbose_name="supplier answered"),
                        ),
                        (
                            "confirmed_for",
                            models.DateField(null=True, verbose_name="confirmed for"),
                        ),
                        (
                            "filed_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="filed by",
                            ),
                        ),
                        ("filed_at", models.DateTimeField(verbose_name="filed")),
                        (
                            "opened_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="opened by",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(null=True, verbose_name="opened")),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="closed")),
                        (
                            "reason",
                            models.CharField(blank=True, max_length=200, verbose_name="reason"),
                        ),
                    ],
                    options={
                        "verbose_name": "presale",
                        "verbose_name_plural": "presales",
                        "ordering": ["-pk"],
                        "permissions": [("open_presale", "Can open and cancel presales")],
                        "default_permissions": ("view", "add", "change"),
                        "indexes": [
                            models.Index(fields=["store", "-id"], name="presale_lot_list"),
                            models.Index(
                                condition=models.Q(("state__in", ["open", "ended"])),
                                fields=["store", "sku"],
                                name="presale_lot_under_way",
                            ),
                        ],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("state__in", ["open", "ended", "fulfilled"])),
                                expressions=[
                                    ("sku", "="),
                                    (
                                        models.Func(
                                            models.F("channel"),
                                            models.F("channel"),
                                            models.Value("[]"),
                                            function="int8range",
                                            output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField(),
                                        ),
                                        "&&",
                                    ),
                                    ("sold", "&&"),
                                ],
                                name="presale_lot_one_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("offered__gt", 0)),
                                name="presale_lot_offers_pieces",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deposit__gte", 0), ("deposit__lt", models.F("price"))
                                ),
                                name="presale_lot_deposit_below_price",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sold__isempty", False),
                                    ("sold__lower_inf", False),
                                    ("sold__upper_inf", False),
                                ),
                                name="presale_lot_sold_for_a_while",
                            ),
                            models.CheckConstraint(
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("opened_at", None), ("opened_by", None), ("state", "draft")
                                    ),
                                    models.Q(
                                        ("opened_at__isnull", False),
                                        ("state__in", ["open", "ended", "fulfilled"]),
                                    ),
                                    ("state", "cancelled"),
                                    _connector="OR",
                                ),
                                name="presale_lot_opened_at_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("opened_at", None), ("opened_by", None)),
                                    models.Q(
                                        ("opened_at__isnull", False),
                                        ("opened_by__isnull", False),
                                        models.Q(
                                            ("opened_by", models.F("filed_by")), _negated=True
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="presale_lot_opened_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closed_at", None),
                                        ("state__in", ["draft", "open", "ended"]),
                                    ),
                                    models.Q(("closed_at__isnull", False), ("state", "fulfilled")),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("state", "cancelled"),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="presale_lot_closed_with_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_for", None),
                                    ("answered_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="presale_lot_confirmed_by_an_answer",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
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
                            pgtrigger.compiler.Trigger(
                                name="only_ends_sooner",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF lower(NEW.sold) IS DISTINCT FROM lower(OLD.sold)\n                       OR NOT NEW.sold <@ OLD.sold THEN\n                        RAISE EXCEPTION 'A presale is only ever ended sooner.';\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="572ec2914c537b00b38a8b20b4b667008bbe42e4",
                                    operation="UPDATE",
                                    pgid="pgtrigger_only_ends_sooner_4d954",
                                    table="catalog_presalelot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
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
                            pgtrigger.compiler.Trigger(
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
                            pgtrigger.compiler.Trigger(
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
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SupplierAnswer",
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
                            "lot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="catalog.presalelot",
                                verbose_name="presale",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("asked", "asked"),
                                    ("confirmed", "confirmed"),
                                    ("refused", "refused"),
                                ],
                                max_length=10,
                                verbose_name="step",
                            ),
                        ),
                        (
                            "day",
                            models.DateField(
                                blank=True, null=True, verbose_name="goods are in stock on"
                            ),
                        ),
                        (
                            "paper",
                            models.CharField(blank=True, max_length=80, verbose_name="paper"),
                        ),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                        (
                            "entered_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="entered by",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                    ],
                    options={
                        "verbose_name": "supplier's answer",
                        "verbose_name_plural": "suppliers' answers",
                        "ordering": ["-pk"],
                        "default_permissions": (),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("day__isnull", False), ("kind", "confirmed")),
                                    models.Q(("day", None), ("kind__in", ["asked", "refused"])),
                                    _connector="OR",
                                ),
                                name="supplier_answer_confirms_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind", "asked"),
                                    models.Q(("note", ""), ("paper", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="supplier_answer_stands_on_something",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="f704739f2edf838ad21bdfdf81010b40cfd8c583",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_f960b",
                                    table="catalog_supplieranswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.supplieranswer', later.id, left(((SELECT k.code FROM catalog_presalelot p JOIN catalog_sku k ON k.id = p.sku_id WHERE p.id = later.lot_id))::text, 120), (SELECT p.store_id FROM catalog_presalelot p WHERE p.id = later.lot_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['kind', 'day', 'paper', 'note']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="f19d5b3b6332e3bd0f80d987da5763d8c9c31182",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_599df",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_supplieranswer",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.supplieranswer', later.id, left(((SELECT k.code FROM catalog_presalelot p JOIN catalog_sku k ON k.id = p.sku_id WHERE p.id = later.lot_id))::text, 120), (SELECT p.store_id FROM catalog_presalelot p WHERE p.id = later.lot_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['kind', 'day', 'paper', 'note']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['kind', 'day', 'paper', 'note']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.kind, earlier.day, earlier.paper, earlier.note) IS DISTINCT FROM ROW(later.kind, later.day, later.paper, later.note)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="77e9ebce7cbf11308f83fe92752474a08d6dcb0c",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_440e7",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_supplieranswer",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.supplieranswer', earlier.id, left(((SELECT k.code FROM catalog_presalelot p JOIN catalog_sku k ON k.id = p.sku_id WHERE p.id = earlier.lot_id))::text, 120), (SELECT p.store_id FROM catalog_presalelot p WHERE p.id = earlier.lot_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['kind', 'day', 'paper', 'note']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="3d2f3378924a49e0fff318b9596946959b88c619",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_a5c86",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_supplieranswer",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListingProfile",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="listing_profiles",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "platform",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("tmall", "Tmall"),
                                    ("taobao", "Taobao"),
                                    ("jd", "JD"),
                                    ("pdd", "Pinduoduo"),
                                    ("douyin", "Douyin"),
                                    ("shopify", "Shopify"),
                                    ("woocommerce", "WooCommerce"),
                                    ("own", "Own site"),
                                ],
                                max_length=20,
                                verbose_name="platform",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listing_profiles",
                                to="stores.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "category",
                            models.CharField(
                                blank=True,
                                help_text="Also of those below it: Food is for Food/Tea as well. Empty: of all.",
                                max_length=120,
                                verbose_name="category",
                            ),
                        ),
                        (
                            "required_texts",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=20),
                                blank=True,
                                default=catalog.models.profiles.every_text,
                                size=None,
                                verbose_name="required texts",
                            ),
                        ),
                        (
                            "required_attributes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60),
                                blank=True,
                                default=list,
                                help_text="One name per line, as the channel calls it.",
                                size=None,
                                verbose_name="required attributes",
                            ),
                        ),
                        (
                            "minimum_pictures",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Empty: the number of the procedure.",
                                null=True,
                                verbose_name="least pictures",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "listing requirement",
                        "verbose_name_plural": "listing requirements",
                        "ordering": ["store_id", "platform", "channel_id", "category"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "platform", "channel", "category"),
                                name="listing_profile_unique",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("channel__isnull", False), ("platform", "")),
                                    models.Q(
                                        models.Q(("platform", ""), _negated=True),
                                        ("channel__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="listing_profile_of_platform_or_channel",
                                violation_error_message="Name either a platform or a channel.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurchaseOrder",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="purchase_orders",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        ("number", models.CharField(max_length=20, verbose_name="number")),
                        (
                            "supplier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="purchase_orders",
                                to="catalog.supplier",
                                verbose_name="supplier",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="purchase_orders",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("pending", "waits for approval"),
                                    ("approved", "approved"),
                                    ("sent", "sent to the supplier"),
                                    ("partly", "partly received"),
                                    ("received", "received"),
                                    ("closed", "closed"),
                                    ("short", "closed short"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="draft",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(blank=True, max_length=200, verbose_name="reason"),
                        ),
                        ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                        (
                            "filed_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="filed by",
                            ),
                        ),
                        (
                            "filed_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="filed"
                            ),
                        ),
                        (
                            "edited_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="edited by",
                            ),
                        ),
                        (
                            "approval",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="approvals.approval",
                                verbose_name="approval",
                            ),
                        ),
                        ("asked_at", models.DateTimeField(null=True, verbose_name="asked for")),
                        ("approved_at", models.DateTimeField(null=True, verbose_name="approved")),
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
                        ("expected_on", models.DateField(null=True, verbose_name="expected on")),
                        (
                            "expected_reason",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="why it was moved"
                            ),
                        ),
                        ("received_at", models.DateTimeField(null=True, verbose_name="received")),
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
                            "ended_reason",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="why it ended"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "purchase order",
                        "verbose_name_plural": "purchase orders",
                        "ordering": ["-pk"],
                        "permissions": [
                            ("order_goods", "Can order goods from suppliers"),
                            ("approve_purchase", "Can decide on purchase orders"),
                        ],
                        "default_permissions": ("view",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["sent", "partly"])),
                                fields=["expected_on", "id"],
                                name="purchase_order_expected",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "number"),
                                name="purchase_order_unique_store_number",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("received_at", None),
                                        ("state", "cancelled"),
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", True),
                                        ("asked_at__isnull", True),
                                        ("ended_at__isnull", True),
                                        ("expected_on__isnull", True),
                                        ("received_at__isnull", True),
                                        ("sent_at__isnull", True),
                                        ("state", "draft"),
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", True),
                                        ("asked_at__isnull", False),
                                        ("ended_at__isnull", True),
                                        ("expected_on__isnull", True),
                                        ("received_at__isnull", True),
                                        ("sent_at__isnull", True),
                                        ("state", "pending"),
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        ("asked_at__isnull", False),
                                        ("ended_at__isnull", True),
                                        ("expected_on__isnull", True),
                                        ("received_at__isnull", True),
                                        ("sent_at__isnull", True),
                                        ("state", "approved"),
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        ("asked_at__isnull", False),
                                        ("ended_at__isnull", True),
                                        ("expected_on__isnull", False),
                                        ("received_at__isnull", True),
                                        ("sent_at__isnull", False),
                                        ("state", "sent"),
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        ("asked_at__isnull", False),
                                        ("ended_at__isnull", True),
                                        ("expected_on__isnull", False),
                                        ("received_at__isnull", True),
                                        ("sent_at__isnull", False),
                                        ("state", "partly"),
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        ("asked_at__isnull", False),
                                        ("ended_at__isnull", True),
                                        ("expected_on__isnull", False),
                                        ("received_at__isnull", False),
                                        ("sent_at__isnull", False),
                                        ("state", "received"),
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        ("asked_at__isnull", False),
                                        ("ended_at__isnull", False),
                                        ("expected_on__isnull", False),
                                        ("received_at__isnull", False),
                                        ("sent_at__isnull", False),
                                        ("state", "closed"),
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        ("asked_at__isnull", False),
                                        ("ended_at__isnull", False),
                                        ("expected_on__isnull", False),
                                        ("received_at__isnull", True),
                                        ("sent_at__isnull", False),
                                        ("state", "short"),
                                    ),
                                    _connector="OR",
                                ),
                                name="purchase_order_moments_fit_state",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "pending"), _negated=True),
                                    ("approval__isnull", False),
                                    _connector="OR",
                                ),
                                name="purchase_order_asked_of_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sent_at", None), ("sent_by", None)),
                                    models.Q(
                                        ("sent_at__isnull", False), ("sent_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="purchase_order_sent_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at", None), ("ended_by", None), ("ended_reason", "")
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False), ("ended_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="purchase_order_ended_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ["short", "cancelled"]), _negated=True),
                                    models.Q(("ended_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="purchase_order_given_up_for_a_reason",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept_once_asked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.\"state\" IS DISTINCT FROM 'draft')",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="f9885d842032030258614f9b9d0541dd63b39dd4",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_once_asked_cd916",
                                    table="catalog_purchaseorder",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="stays_what_it_is",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."filed_by_id" IS DISTINCT FROM (NEW."filed_by_id") OR OLD."filed_at" IS DISTINCT FROM (NEW."filed_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="4732a77fd0b103b436ef569f0b8f11c346a24db5",
                                    operation="UPDATE",
                                    pgid="pgtrigger_stays_what_it_is_de5b3",
                                    table="catalog_purchaseorder",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="of_one_store",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF NOT EXISTS (\n                        SELECT FROM catalog_supplier s, catalog_warehouse w\n                        WHERE s.id = NEW.supplier_id AND w.id = NEW.warehouse_id\n                          AND s.store_id = NEW.store_id AND w.store_id = NEW.store_id\n                    ) THEN\n                        RAISE EXCEPTION 'A purchase order names a supplier and a warehouse of its own store.' USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_order_of_one_store';\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="e4793c3e0182ddbac6f45b6a43dff8614ae9a579",
                                    operation='INSERT OR UPDATE OF "supplier_id", "warehouse_id"',
                                    pgid="pgtrigger_of_one_store_b757a",
                                    table="catalog_purchaseorder",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.purchaseorder', later.id, left((later.number)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['supplier_id', 'warehouse_id', 'state', 'reason', 'version', 'expected_on', 'expected_reason', 'ended_reason']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="ef10ba5e41123063954675a6681d6202966fee1e",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_8bacc",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_purchaseorder",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.purchaseorder', later.id, left((later.number)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['supplier_id', 'warehouse_id', 'state', 'reason', 'version', 'expected_on', 'expected_reason', 'ended_reason']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['supplier_id', 'warehouse_id', 'state', 'reason', 'version', 'expected_on', 'expected_reason', 'ended_reason']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.supplier_id, earlier.warehouse_id, earlier.state, earlier.reason, earlier.version, earlier.expected_on, earlier.expected_reason, earlier.ended_reason) IS DISTINCT FROM ROW(later.supplier_id, later.warehouse_id, later.state, later.reason, later.version, later.expected_on, later.expected_reason, later.ended_reason)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="846bfa8fa5b1025ea87382a9b717aa0bb94369d3",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_d26c1",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_purchaseorder",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.purchaseorder', earlier.id, left((earlier.number)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['supplier_id', 'warehouse_id', 'state', 'reason', 'version', 'expected_on', 'expected_reason', 'ended_reason']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="0cbed4bb48e1968f4b615938d58a02bb7a9386d2",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_8845a",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_purchaseorder",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurchaseLine",
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
                                to="catalog.purchaseorder",
                                verbose_name="purchase order",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="purchase_lines",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        ("quantity", models.PositiveIntegerField(verbose_name="ordered")),
                        (
                            "cost",
                            models.DecimalField(
                                decimal_places=2, max_digits=12, verbose_name="cost of a piece"
                            ),
                        ),
                        (
                            "received",
                            models.PositiveIntegerField(default=0, verbose_name="received"),
                        ),
                        ("most", models.PositiveIntegerField(verbose_name="may be received")),
                    ],
                    options={
                        "verbose_name": "line of a purchase order",
                        "verbose_name_plural": "lines of purchase orders",
                        "ordering": ["order_id", "sku_id"],
                        "default_permissions": (),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "sku"), name="purchase_line_unique_sku"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="purchase_line_orders_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cost__gte", 0)),
                                name="purchase_line_cost_sound",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("most__gte", models.F("quantity")),
                                    ("received__lte", models.F("most")),
                                ),
                                name="purchase_line_received_within_bounds",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="of_the_orders_store",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF NOT EXISTS (\n                        SELECT FROM catalog_sku k, catalog_purchaseorder o\n                        WHERE k.id = NEW.sku_id AND o.id = NEW.order_id\n                          AND k.store_id = o.store_id\n                    ) THEN\n                        RAISE EXCEPTION 'A purchase order has SKUs of its own store only.' USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_line_of_one_store';\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="28e4edbf52ab794cdcd117f055c8c88a58564704",
                                    operation='INSERT OR UPDATE OF "sku_id", "order_id"',
                                    pgid="pgtrigger_of_the_orders_store_f5af9",
                                    table="catalog_purchaseline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="frozen_once_asked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n    IF EXISTS (\n        SELECT FROM catalog_purchaseorder o\n        WHERE o.id = NEW.order_id AND o.state <> 'draft'\n    ) THEN\n        RAISE EXCEPTION 'What was asked for stays as it was asked for.' USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_line_frozen';\n    END IF;\n    RETURN NEW;\n",
                                    hash="feb45af425f6399aef02ba00df06094aac33e2d0",
                                    operation="INSERT",
                                    pgid="pgtrigger_frozen_once_asked_bc72f",
                                    table="catalog_purchaseline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="frozen_once_asked_for",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."cost" IS DISTINCT FROM (NEW."cost") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."quantity" IS DISTINCT FROM (NEW."quantity") OR OLD."sku_id" IS DISTINCT FROM (NEW."sku_id"))',
                                    func="\n    IF EXISTS (\n        SELECT FROM catalog_purchaseorder o\n        WHERE o.id = NEW.order_id AND o.state <> 'draft'\n    ) THEN\n        RAISE EXCEPTION 'What was asked for stays as it was asked for.' USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_line_frozen';\n    END IF;\n    RETURN NEW;\n",
                                    hash="afbdc8ea6b0f0e9a17036c890af51c9aa51a5f3d",
                                    operation='UPDATE OF "order_id", "sku_id", "quantity", "cost"',
                                    pgid="pgtrigger_frozen_once_asked_for_7624c",
                                    table="catalog_purchaseline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept_once_asked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n    IF EXISTS (\n        SELECT FROM catalog_purchaseorder o\n        WHERE o.id = OLD.order_id AND o.state <> 'draft'\n    ) THEN\n        RAISE EXCEPTION 'What was asked for stays as it was asked for.' USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_line_frozen';\n    END IF;\n    RETURN OLD;\n",
                                    hash="172d3fe0d4a90e9f7bb91a62dcfe3c46b4506be8",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_once_asked_54237",
                                    table="catalog_purchaseline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.purchaseline', later.id, left(((SELECT o.number FROM catalog_purchaseorder o WHERE o.id = later.order_id) || ' · ' || (SELECT k.code FROM catalog_sku k WHERE k.id = later.sku_id))::text, 120), (SELECT k.store_id FROM catalog_sku k WHERE k.id = later.sku_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['sku_id', 'quantity', 'cost', 'received']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="383a3cf5f40b0d95adae60f6d0834a637ad9c078",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_2e102",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_purchaseline",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.purchaseline', later.id, left(((SELECT o.number FROM catalog_purchaseorder o WHERE o.id = later.order_id) || ' · ' || (SELECT k.code FROM catalog_sku k WHERE k.id = later.sku_id))::text, 120), (SELECT k.store_id FROM catalog_sku k WHERE k.id = later.sku_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['sku_id', 'quantity', 'cost', 'received']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['sku_id', 'quantity', 'cost', 'received']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.sku_id, earlier.quantity, earlier.cost, earlier.received) IS DISTINCT FROM ROW(later.sku_id, later.quantity, later.cost, later.received)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="7a69d2e20174031ea364b40b177aedc003666b5a",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_8da0f",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_purchaseline",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.purchaseline', earlier.id, left(((SELECT o.number FROM catalog_purchaseorder o WHERE o.id = earlier.order_id) || ' · ' || (SELECT k.code FROM catalog_sku k WHERE k.id = earlier.sku_id))::text, 120), (SELECT k.store_id FROM catalog_sku k WHERE k.id = earlier.sku_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['sku_id', 'quantity', 'cost', 'received']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="ee686aa67fb6494f57fca67d8a318691623b1b54",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_8f917",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_purchaseline",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Qualification",
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
                                related_name="qualifications",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="qualifications",
                                to="catalog.product",
                                verbose_name="product",
                            ),
                        ),
                        (
                            "category",
                            models.CharField(
                                blank=True,
                                help_text="Instead of a product: for everything in the category and below it.",
                                max_length=120,
                                verbose_name="category",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("food_production", "food production licence (SC)"),
                                    ("food_trade", "food trade licence"),
                                    ("compulsory", "compulsory product certification (CCC)"),
                                    ("cosmetics", "cosmetics registration"),
                                    ("medical", "medical device registration"),
                                    ("brand", "trade mark or brand authorisation"),
                                    ("report", "test report"),
                                    ("customs", "customs and quarantine papers"),
                                ],
                                max_length=20,
                                verbose_name="kind",
                            ),
                        ),
                        ("number", models.CharField(max_length=80, verbose_name="number")),
                        ("valid_from", models.DateField(verbose_name="valid from")),
                        (
                            "valid_until",
                            models.DateField(
                                help_text="The last day it holds.", verbose_name="valid until"
                            ),
                        ),
                        (
                            "scan",
                            models.FileField(
                                blank=True,
                                max_length=200,
                                upload_to=catalog.models.qualifications.scan_path,
                                verbose_name="scan",
                            ),
                        ),
                        (
                            "scan_name",
                            models.CharField(
                                blank=True, max_length=255, verbose_name="name of the scan"
                            ),
                        ),
                        (
                            "created_by",
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
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="entered",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "qualification",
                        "verbose_name_plural": "qualifications",
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                fields=["store", "valid_until"], name="qualification_store_until"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("category", ""), ("product__isnull", False)),
                                    models.Q(
                                        models.Q(("category", ""), _negated=True),
                                        ("product__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="qualification_of_product_or_category",
                                violation_error_message="Name either a product or a category.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                                name="qualification_ends_after_it_begins",
                                violation_error_message="It can't end before it begins.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("number", ""), _negated=True),
                                name="qualification_has_number",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.qualification', later.id, left((later.number)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['kind', 'number', 'valid_from', 'valid_until']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['kind', 'number', 'valid_from', 'valid_until']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.kind, earlier.number, earlier.valid_from, earlier.valid_until) IS DISTINCT FROM ROW(later.kind, later.number, later.valid_from, later.valid_until)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="56964e628b464ba44ba8c1f2fd9030160120f196",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_3864a",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_qualification",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.qualification', earlier.id, left((earlier.number)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['kind', 'number', 'valid_from', 'valid_until']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="0eed0f0550b8f2d408a27def8acd879b9e76756c",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_a6fa8",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_qualification",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RequiredQualification",
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
                                related_name="required_qualifications",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "category",
                            models.CharField(
                                help_text="Also of those below it: Food is for Food/Tea as well.",
                                max_length=120,
                                verbose_name="category",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("food_production", "food production licence (SC)"),
                                    ("food_trade", "food trade licence"),
                                    ("compulsory", "compulsory product certification (CCC)"),
                                    ("cosmetics", "cosmetics registration"),
                                    ("medical", "medical device registration"),
                                    ("brand", "trade mark or brand authorisation"),
                                    ("report", "test report"),
                                    ("customs", "customs and quarantine papers"),
                                ],
                                max_length=20,
                                verbose_name="kind",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "required qualification",
                        "verbose_name_plural": "required qualifications",
                        "ordering": ["store_id", "category", "kind"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "category", "kind"),
                                name="required_qualification_unique",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("category", ""), _negated=True),
                                name="required_qualification_has_category",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.requiredqualification', later.id, left((later.category || ': ' || later.kind)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['category', 'kind']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="e25e19435564e4808cf7d108ea3c06f8282c9f0e",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_2c533",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_requiredqualification",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.requiredqualification', later.id, left((later.category || ': ' || later.kind)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['category', 'kind']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['category', 'kind']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.category, earlier.kind) IS DISTINCT FROM ROW(later.category, later.kind)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="cba6f46602b5ba0a411ff89a5f4e79d705d04637",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_7a2ff",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_requiredqualification",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.requiredqualification', earlier.id, left((earlier.category || ': ' || earlier.kind)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['category', 'kind']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="ffd395d314f621fece32d06c78d2d812cd400ebf",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_5d6a4",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_requiredqualification",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurchaseReceipt",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="catalog.purchaseorder",
                                verbose_name="purchase order",
                            ),
                        ),
                        (
                            "delivery_note",
                            models.CharField(max_length=60, verbose_name="delivery note"),
                        ),
                        (
                            "remark",
                            models.CharField(blank=True, max_length=200, verbose_name="remark"),
                        ),
                        (
                            "received_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="received by",
                            ),
                        ),
                        ("received_at", models.DateTimeField(verbose_name="received")),
                    ],
                    options={
                        "verbose_name": "receipt of goods",
                        "verbose_name_plural": "receipts of goods",
                        "ordering": ["pk"],
                        "default_permissions": ("view",),
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("order"),
                                django.db.models.functions.text.Upper("delivery_note"),
                                name="purchase_receipt_note_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("delivery_note", ""), _negated=True),
                                name="purchase_receipt_names_note",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="76c805c446a78688d0e53e20c252afa57475580f",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_91491",
                                    table="catalog_purchasereceipt",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurchaseReceiptLine",
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
                            "receipt",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="catalog.purchasereceipt",
                                verbose_name="receipt of goods",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipt_lines",
                                to="catalog.purchaseline",
                                verbose_name="line",
                            ),
                        ),
                        ("good", models.PositiveIntegerField(verbose_name="good")),
                        ("damaged", models.PositiveIntegerField(default=0, verbose_name="damaged")),
                    ],
                    options={
                        "verbose_name": "line of a receipt",
                        "verbose_name_plural": "lines of receipts",
                        "ordering": ["pk"],
                        "default_permissions": (),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("receipt", "line"), name="purchase_receipt_line_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("good__gte", 1), ("damaged__gte", 1), _connector="OR"
                                ),
                                name="purchase_receipt_line_has_pieces",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="601dab18db3651e728450363fc477608764f6f45",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_85db6",
                                    table="catalog_purchasereceiptline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="of_the_receipts_order",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF NOT EXISTS (\n                        SELECT FROM catalog_purchasereceipt r, catalog_purchaseline l\n                        WHERE r.id = NEW.receipt_id AND l.id = NEW.line_id\n                          AND r.order_id = l.order_id\n                    ) THEN\n                        RAISE EXCEPTION 'A receipt has lines of its own order only.'\n                            USING ERRCODE = 'check_violation',\n                                  CONSTRAINT = 'purchase_receipt_line_of_its_order';\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="e55603972ce451aa889b98c95be0fcaa2bf5f16d",
                                    operation="INSERT",
                                    pgid="pgtrigger_of_the_receipts_order_6a713",
                                    table="catalog_purchasereceiptline",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListingSample",
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
                                related_name="listing_samples",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        ("week", models.CharField(max_length=8, verbose_name="week")),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    (
                                        "sha256",
                                        "smallest SHA-256 of seed, colon, number of the listing",
                                    )
                                ],
                                default="sha256",
                                max_length=8,
                                verbose_name="method",
                            ),
                        ),
                        ("seed", models.CharField(max_length=80, verbose_name="seed")),
                        (
                            "share",
                            models.DecimalField(
                                decimal_places=2, max_digits=5, verbose_name="share in percent"
                            ),
                        ),
                        (
                            "population",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(),
                                size=None,
                                verbose_name="live listings",
                            ),
                        ),
                        (
                            "population_size",
                            models.PositiveIntegerField(verbose_name="live listings"),
                        ),
                        ("size", models.PositiveIntegerField(verbose_name="drawn")),
                        ("drawn_at", models.DateTimeField(verbose_name="drawn")),
                        ("checked_at", models.DateTimeField(null=True, verbose_name="all checked")),
                    ],
                    options={
                        "verbose_name": "weekly check",
                        "verbose_name_plural": "weekly checks",
                        "ordering": ["-pk"],
                        "permissions": [
                            ("check_listing", "Can say whether a drawn listing is right")
                        ],
                        "default_permissions": ("view",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "week"), name="listing_sample_once_a_week"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "population_size",
                                        models.Func(
                                            models.F("population"),
                                            function="cardinality",
                                            output_field=models.IntegerField(),
                                        ),
                                    )
                                ),
                                name="listing_sample_population_is_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("size__gt", 0), ("size__lte", models.F("population_size"))
                                ),
                                name="listing_sample_of_its_population",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="7a7d52d76860a063fdd21994c215ee36b38b05ce",
                                    operation="DELETE",
                                    pgid="pgtrigger_never_deleted_fdc64",
                                    table="catalog_listingsample",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="what_was_drawn_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."week" IS DISTINCT FROM (NEW."week") OR OLD."method" IS DISTINCT FROM (NEW."method") OR OLD."seed" IS DISTINCT FROM (NEW."seed") OR OLD."share" IS DISTINCT FROM (NEW."share") OR OLD."population" IS DISTINCT FROM (NEW."population") OR OLD."population_size" IS DISTINCT FROM (NEW."population_size") OR OLD."size" IS DISTINCT FROM (NEW."size") OR OLD."drawn_at" IS DISTINCT FROM (NEW."drawn_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="5dd009aef0b5c20f922335cd1f52c04ba353113d",
                                    operation="UPDATE",
                                    pgid="pgtrigger_what_was_drawn_stays_d88e1",
                                    table="catalog_listingsample",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListingSampleItem",
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
                            "sample",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="catalog.listingsample",
                                verbose_name="weekly check",
                            ),
                        ),
                        (
                            "listing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="samplings",
                                to="catalog.listing",
                                verbose_name="listing",
                            ),
                        ),
                        ("place", models.PositiveIntegerField(verbose_name="place")),
                        ("facts", models.JSONField(verbose_name="what we say")),
                        (
                            "published_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="published by",
                            ),
                        ),
                        (
                            "verdict",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("right", "right"),
                                    ("wrong", "wrong"),
                                    ("off", "no longer live"),
                                ],
                                max_length=5,
                                verbose_name="answer",
                            ),
                        ),
                        (
                            "error",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("title", "title"),
                                    ("price", "price"),
                                    ("picture", "picture"),
                                    ("description", "description"),
                                    ("stock", "stock"),
                                    ("link", "link"),
                                ],
                                max_length=11,
                                verbose_name="what is wrong",
                            ),
                        ),
                        ("answered_at", models.DateTimeField(null=True, verbose_name="answered")),
                    ],
                    options={
                        "verbose_name": "listing of a weekly check",
                        "verbose_name_plural": "listings of weekly checks",
                        "ordering": ["sample_id", "place"],
                        "default_permissions": (),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sample", "place"), name="listing_sample_item_one_per_place"
                            ),
                            models.UniqueConstraint(
                                fields=("sample", "listing"), name="listing_sample_item_drawn_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answered_at", None), ("verdict", "")),
                                    models.Q(
                                        models.Q(("verdict", ""), _negated=True),
                                        ("answered_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="listing_sample_item_answered_at_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("verdict", "wrong"), models.Q(("error", ""), _negated=True)
                                    ),
                                    models.Q(
                                        models.Q(("verdict", "wrong"), _negated=True), ("error", "")
                                    ),
                                    _connector="OR",
                                ),
                                name="listing_sample_item_wrong_says_what",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="bae7da7f91c2012fb898acaab7a6397688d2481c",
                                    operation="DELETE",
                                    pgid="pgtrigger_never_deleted_2cea1",
                                    table="catalog_listingsampleitem",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="what_was_drawn_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."sample_id" IS DISTINCT FROM (NEW."sample_id") OR OLD."listing_id" IS DISTINCT FROM (NEW."listing_id") OR OLD."place" IS DISTINCT FROM (NEW."place") OR OLD."facts" IS DISTINCT FROM (NEW."facts") OR OLD."published_by_id" IS DISTINCT FROM (NEW."published_by_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="a2c1c16e7e0aef761aca3b426f0baf853fe785c6",
                                    operation="UPDATE",
                                    pgid="pgtrigger_what_was_drawn_stays_5e034",
                                    table="catalog_listingsampleitem",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListingSampleAnswer",
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
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="catalog.listingsampleitem",
                                verbose_name="listing of a weekly check",
                            ),
                        ),
                        (
                            "verdict",
                            models.CharField(
                                choices=[
                                    ("right", "right"),
                                    ("wrong", "wrong"),
                                    ("off", "no longer live"),
                                ],
                                max_length=5,
                                verbose_name="answer",
                            ),
                        ),
                        (
                            "error",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("title", "title"),
                                    ("price", "price"),
                                    ("picture", "picture"),
                                    ("description", "description"),
                                    ("stock", "stock"),
                                    ("link", "link"),
                                ],
                                max_length=11,
                                verbose_name="what is wrong",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                        (
                            "photo",
                            models.FileField(
                                blank=True,
                                max_length=200,
                                upload_to=catalog.models.sampling.photo_path,
                                verbose_name="photo",
                            ),
                        ),
                        (
                            "photo_format",
                            models.CharField(
                                blank=True,
                                choices=[("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WebP")],
                                max_length=4,
                                verbose_name="format",
                            ),
                        ),
                        (
                            "answered_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        ("answered_at", models.DateTimeField(verbose_name="answered")),
                    ],
                    options={
                        "verbose_name": "answer to a weekly check",
                        "verbose_name_plural": "answers to weekly checks",
                        "ordering": ["-pk"],
                        "default_permissions": (),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("verdict", "wrong"), models.Q(("error", ""), _negated=True)
                                    ),
                                    models.Q(("verdict__in", ["right", "off"]), ("error", "")),
                                    _connector="OR",
                                ),
                                name="listing_sample_answer_wrong_says_what",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("photo", ""), ("photo_format", "")),
                                    models.Q(
                                        models.Q(("photo", ""), _negated=True),
                                        models.Q(("photo_format", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="listing_sample_answer_photo_has_format",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="e1555076086644a4a86d82897e93929aaa90fc5e",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_02340",
                                    table="catalog_listingsampleanswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="by_somebody_else",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF EXISTS (\n                        SELECT FROM catalog_listingsampleitem i\n                        WHERE i.id = NEW.item_id AND i.published_by_id = NEW.answered_by_id\n                    ) THEN\n                        RAISE EXCEPTION 'Who published a listing does not check it.';\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="7ec913ab3c5678ead0b95c4684424a8799951786",
                                    operation="INSERT",
                                    pgid="pgtrigger_by_somebody_else_cf3cf",
                                    table="catalog_listingsampleanswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.listingsampleanswer', later.id, left(((SELECT i.facts ->> 'product' FROM catalog_listingsampleitem i WHERE i.id = later.item_id))::text, 120), (SELECT s.store_id FROM catalog_listingsampleitem i JOIN catalog_listingsample s ON s.id = i.sample_id WHERE i.id = later.item_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['item_id', 'verdict', 'error', 'note', 'answered_by_id']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="d4689fdeea1dc904232be7cb3a2f12109cf29326",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_ee05e",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_listingsampleanswer",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.listingsampleanswer', later.id, left(((SELECT i.facts ->> 'product' FROM catalog_listingsampleitem i WHERE i.id = later.item_id))::text, 120), (SELECT s.store_id FROM catalog_listingsampleitem i JOIN catalog_listingsample s ON s.id = i.sample_id WHERE i.id = later.item_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['item_id', 'verdict', 'error', 'note', 'answered_by_id']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['item_id', 'verdict', 'error', 'note', 'answered_by_id']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.item_id, earlier.verdict, earlier.error, earlier.note, earlier.answered_by_id) IS DISTINCT FROM ROW(later.item_id, later.verdict, later.error, later.note, later.answered_by_id)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="0a7c0410d1133ea066de7fd07b98818746fe3baa",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_1ce43",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_listingsampleanswer",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.listingsampleanswer', earlier.id, left(((SELECT i.facts ->> 'product' FROM catalog_listingsampleitem i WHERE i.id = earlier.item_id))::text, 120), (SELECT s.store_id FROM catalog_listingsampleitem i JOIN catalog_listingsample s ON s.id = i.sample_id WHERE i.id = earlier.item_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['item_id', 'verdict', 'error', 'note', 'answered_by_id']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="fd716f37224381d0f65c3ecc7ce387aaae4006a0",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_77095",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_listingsampleanswer",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Scorecard",
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
                                related_name="scorecards",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        ("version", models.PositiveIntegerField(verbose_name="version")),
                        (
                            "heat",
                            models.PositiveSmallIntegerField(
                                validators=[django.core.validators.MaxValueValidator(100)],
                                verbose_name="market heat",
                            ),
                        ),
                        (
                            "conversion",
                            models.PositiveSmallIntegerField(
                                validators=[django.core.validators.MaxValueValidator(100)],
                                verbose_name="conversion",
                            ),
                        ),
                        (
                            "pain_points",
                            models.PositiveSmallIntegerField(
                                validators=[django.core.validators.MaxValueValidator(100)],
                                verbose_name="user pain points",
                            ),
                        ),
                        (
                            "supply",
                            models.PositiveSmallIntegerField(
                                validators=[django.core.validators.MaxValueValidator(100)],
                                verbose_name="supply stability",
                            ),
                        ),
                        (
                            "payment",
                            models.PositiveSmallIntegerField(
                                validators=[django.core.validators.MaxValueValidator(100)],
                                verbose_name="payment terms",
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        ("created_at", models.DateTimeField(verbose_name="at")),
                    ],
                    options={
                        "verbose_name": "scorecard",
                        "verbose_name_plural": "scorecards",
                        "ordering": ["-version"],
                        "default_permissions": ("change",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "version"), name="scorecard_unique_version"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "heat",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    django.db.models.expressions.CombinedExpression(
                                                        models.Value(100),
                                                        "-",
                                                        models.F("conversion"),
                                                    ),
                                                    "-",
                                                    models.F("pain_points"),
                                                ),
                                                "-",
                                                models.F("supply"),
                                            ),
                                            "-",
                                            models.F("payment"),
                                        ),
                                    )
                                ),
                                name="scorecard_weights_sum_to_100",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="never_changed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="07471458aaab87e0f662b90611f1775c8f7891f3",
                                    operation="UPDATE",
                                    pgid="pgtrigger_never_changed_1f71b",
                                    table="catalog_scorecard",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.scorecard', later.id, left(('#' || later.version)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['heat', 'conversion', 'pain_points', 'supply', 'payment']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="52ead104f322b0304c6c80ffb57f6a7a7edb13bc",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_cd494",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_scorecard",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.scorecard', later.id, left(('#' || later.version)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['heat', 'conversion', 'pain_points', 'supply', 'payment']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['heat', 'conversion', 'pain_points', 'supply', 'payment']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.heat, earlier.conversion, earlier.pain_points, earlier.supply, earlier.payment) IS DISTINCT FROM ROW(later.heat, later.conversion, later.pain_points, later.supply, later.payment)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="fff88558e090efec88bf87f5dd401c0c60fde52a",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_55c8b",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_scorecard",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.scorecard', earlier.id, left(('#' || earlier.version)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['heat', 'conversion', 'pain_points', 'supply', 'payment']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="633e90bc3f3cf6f5afb30d98aa544803368f965a",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_ff9e3",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_scorecard",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SelectionCandidate",
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
                                related_name="candidates",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        (
                            "category",
                            models.CharField(blank=True, max_length=120, verbose_name="category"),
                        ),
                        (
                            "source",
                            models.CharField(
                                blank=True,
                                help_text="A link, a fair, a supplier's list.",
                                max_length=200,
                                verbose_name="found at",
                            ),
                        ),
                        (
                            "supplier",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.supplier",
                                verbose_name="supplier",
                            ),
                        ),
                        ("note", models.TextField(blank=True, verbose_name="note")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "undecided"),
                                    ("later", "later"),
                                    ("trial", "to be tried"),
                                    ("rejected", "rejected"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "scored",
                            models.PositiveSmallIntegerField(
                                default=0, verbose_name="criteria scored"
                            ),
                        ),
                        (
                            "total",
                            models.DecimalField(
                                decimal_places=1,
                                default=Decimal("0"),
                                max_digits=5,
                                verbose_name="total",
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="put up by",
                            ),
                        ),
                        ("created_at", models.DateTimeField(verbose_name="put up")),
                    ],
                    options={
                        "verbose_name": "candidate",
                        "verbose_name_plural": "candidates",
                        "ordering": ["-total", "-pk"],
                        "permissions": [
                            ("score_candidate", "Can score what might be sold"),
                            ("decide_candidate", "Can decide what is tried, and judge trials"),
                        ],
                        "default_permissions": ("view", "add"),
                        "indexes": [
                            models.Index(fields=["total", "id"], name="candidate_board"),
                            models.Index(
                                fields=["store", "total", "id"], name="candidate_store_board"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="candidate_has_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("total__gte", 0), ("total__lte", 100)),
                                name="candidate_total_in_range",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["open", "later"]), ("scored", 5), _connector="OR"
                                ),
                                name="candidate_decided_when_scored",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.selectioncandidate', later.id, left((later.name)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['state', 'name']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="dcb32e04766f5b18a415417e19fac55aa2726fdd",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_1fa4f",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_selectioncandidate",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.selectioncandidate', later.id, left((later.name)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['state', 'name']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['state', 'name']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.state, earlier.name) IS DISTINCT FROM ROW(later.state, later.name)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="2c1c77d01b4485e7bffa27fd5ae63584cc965f61",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_79ef4",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_selectioncandidate",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.selectioncandidate', earlier.id, left((earlier.name)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['state', 'name']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="133e0a6d7dccc999bd8c48f91561815448135769",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_d61ad",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_selectioncandidate",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CandidateScore",
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
                            "candidate",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="scores",
                                to="catalog.selectioncandidate",
                                verbose_name="candidate",
                            ),
                        ),
                        (
                            "criterion",
                            models.CharField(
                                choices=[
                                    ("heat", "market heat"),
                                    ("conversion", "conversion"),
                                    ("pain_points", "user pain points"),
                                    ("supply", "supply stability"),
                                    ("payment", "payment terms"),
                                ],
                                max_length=12,
                                verbose_name="criterion",
                            ),
                        ),
                        ("score", models.PositiveSmallIntegerField(verbose_name="score")),
                        ("reason", models.CharField(max_length=300, verbose_name="reason")),
                        (
                            "scored_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="scored by",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                    ],
                    options={
                        "verbose_name": "score",
                        "verbose_name_plural": "scores",
                        "ordering": ["-pk"],
                        "default_permissions": (),
                        "indexes": [
                            models.Index(
                                fields=["candidate", "criterion", "-id"],
                                name="candidate_score_newest",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("score__gte", 1), ("score__lte", 5)),
                                name="candidate_score_one_to_five",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="candidate_score_has_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "criterion__in",
                                        ["heat", "conversion", "pain_points", "supply", "payment"],
                                    )
                                ),
                                name="candidate_score_criterion_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="817644e34e055c76714122f96412221428dfb436",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_c5c0e",
                                    table="catalog_candidatescore",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SelectionDecision",
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
                            "candidate",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to="catalog.selectioncandidate",
                                verbose_name="candidate",
                            ),
                        ),
                        (
                            "scorecard",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.scorecard",
                                verbose_name="scorecard",
                            ),
                        ),
                        (
                            "verdict",
                            models.CharField(
                                choices=[
                                    ("trial", "try it"),
                                    ("rejected", "reject it"),
                                    ("later", "later"),
                                ],
                                max_length=10,
                                verbose_name="decision",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(blank=True, max_length=300, verbose_name="reason"),
                        ),
                        (
                            "total",
                            models.DecimalField(
                                decimal_places=1, max_digits=5, verbose_name="total"
                            ),
                        ),
                        (
                            "threshold",
                            models.DecimalField(
                                decimal_places=1, max_digits=5, verbose_name="threshold"
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decided by",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(verbose_name="decided")),
                    ],
                    options={
                        "verbose_name": "decision on a candidate",
                        "verbose_name_plural": "decisions on candidates",
                        "ordering": ["-pk"],
                        "default_permissions": (),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("total__gte", models.F("threshold")), ("verdict", "trial")
                                    ),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="selection_decision_has_reason",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="fb3531829a4be8f5e635e5f8d5aa3a317f9d2225",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_46fc7",
                                    table="catalog_selectiondecision",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.selectiondecision', later.id, left(((SELECT c.name FROM catalog_selectioncandidate c WHERE c.id = later.candidate_id))::text, 120), (SELECT c.store_id FROM catalog_selectioncandidate c WHERE c.id = later.candidate_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['verdict', 'reason', 'total']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="25f2019680a89537ebc8f63e439e998dd5174f55",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_78147",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_selectiondecision",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.selectiondecision', later.id, left(((SELECT c.name FROM catalog_selectioncandidate c WHERE c.id = later.candidate_id))::text, 120), (SELECT c.store_id FROM catalog_selectioncandidate c WHERE c.id = later.candidate_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['verdict', 'reason', 'total']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['verdict', 'reason', 'total']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.verdict, earlier.reason, earlier.total) IS DISTINCT FROM ROW(later.verdict, later.reason, later.total)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="082fbd26badfdd2bbd16e11253a478e29cb0ce82",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_547cb",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_selectiondecision",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.selectiondecision', earlier.id, left(((SELECT c.name FROM catalog_selectioncandidate c WHERE c.id = earlier.candidate_id))::text, 120), (SELECT c.store_id FROM catalog_selectioncandidate c WHERE c.id = earlier.candidate_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['verdict', 'reason', 'total']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="4a165c72cd7e758a1b274c4e3947f1dd6b759812",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_4f77a",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_selectiondecision",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Trial",
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
                            "candidate",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trial",
                                to="catalog.selectioncandidate",
                                verbose_name="candidate",
                            ),
                        ),
                        (
                            "product",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trial",
                                to="catalog.product",
                                verbose_name="product",
                            ),
                        ),
                        ("cap", models.PositiveIntegerField(verbose_name="pieces at most")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("running", "on trial"),
                                    ("taken_on", "taken on"),
                                    ("dropped", "dropped"),
                                ],
                                default="running",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "started_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="started by",
                            ),
                        ),
                        ("started_at", models.DateTimeField(verbose_name="started")),
                        (
                            "judged_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="judged by",
                            ),
                        ),
                        ("judged_at", models.DateTimeField(null=True, verbose_name="judged")),
                        (
                            "reason",
                            models.CharField(blank=True, max_length=300, verbose_name="reason"),
                        ),
                        ("figures", models.JSONField(null=True, verbose_name="figures")),
                    ],
                    options={
                        "verbose_name": "trial",
                        "verbose_name_plural": "trials",
                        "ordering": ["-pk"],
                        "default_permissions": (),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("cap__gt", 0)), name="trial_cap_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("figures", None),
                                        ("judged_at", None),
                                        ("judged_by", None),
                                        ("state", "running"),
                                    ),
                                    models.Q(
                                        ("figures__isnull", False),
                                        ("judged_at__isnull", False),
                                        ("judged_by__isnull", False),
                                        ("state__in", ["taken_on", "dropped"]),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="trial_judged_with_reason",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="what_was_begun_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."candidate_id" IS DISTINCT FROM (NEW."candidate_id") OR OLD."product_id" IS DISTINCT FROM (NEW."product_id") OR OLD."cap" IS DISTINCT FROM (NEW."cap") OR OLD."started_by_id" IS DISTINCT FROM (NEW."started_by_id") OR OLD."started_at" IS DISTINCT FROM (NEW."started_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="a8191305657e9426385ce5eb22beefee5ed6ad31",
                                    operation="UPDATE",
                                    pgid="pgtrigger_what_was_begun_stays_e39f7",
                                    table="catalog_trial",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.trial', later.id, left(((SELECT c.name FROM catalog_selectioncandidate c WHERE c.id = later.candidate_id))::text, 120), (SELECT c.store_id FROM catalog_selectioncandidate c WHERE c.id = later.candidate_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['state', 'reason', 'figures']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="9e739d7b0ed80d688aacee0779a5886db5baf774",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_c7657",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_trial",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.trial', later.id, left(((SELECT c.name FROM catalog_selectioncandidate c WHERE c.id = later.candidate_id))::text, 120), (SELECT c.store_id FROM catalog_selectioncandidate c WHERE c.id = later.candidate_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['state', 'reason', 'figures']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['state', 'reason', 'figures']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.state, earlier.reason, earlier.figures) IS DISTINCT FROM ROW(later.state, later.reason, later.figures)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="693f2b85936d308b2806d9f8524edb2c1dd5117a",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_766cd",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_trial",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.trial', earlier.id, left(((SELECT c.name FROM catalog_selectioncandidate c WHERE c.id = earlier.candidate_id))::text, 120), (SELECT c.store_id FROM catalog_selectioncandidate c WHERE c.id = earlier.candidate_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['state', 'reason', 'figures']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="6fe752eb35c2862e149e79f7c3e2ee2da868df9d",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_6981f",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_trial",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StockLevel",
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
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stock_levels",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stock_levels",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                        ("available", models.IntegerField(default=0, verbose_name="available")),
                        ("reserved", models.IntegerField(default=0, verbose_name="reserved")),
                        ("shipped", models.IntegerField(default=0, verbose_name="shipped")),
                        ("returning", models.IntegerField(default=0, verbose_name="returning")),
                        ("damaged", models.IntegerField(default=0, verbose_name="damaged")),
                        ("sold", models.IntegerField(default=0, verbose_name="sold")),
                    ],
                    options={
                        "verbose_name": "stock level",
                        "verbose_name_plural": "stock levels",
                        "permissions": [
                            ("receive_stock", "Can receive goods into stock"),
                            ("adjust_stock", "Can correct stock, or ask for it above the limits"),
                            ("approve_adjustment", "Can decide on corrections of stock"),
                            ("handle_stock", "Can book what came back and what was found damaged"),
                            (
                                "transfer_stock",
                                "Can send goods to another warehouse and receive them there",
                            ),
                            ("count_stock", "Can count stock"),
                            ("compare_stock", "Can send in what other systems have in stock"),
                            (
                                "settle_difference",
                                "Can settle differences with other systems' stock",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sku", "warehouse"), name="stock_level_unique_sku_warehouse"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("available__gte", 0)),
                                name="stock_level_available_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reserved__gte", 0)),
                                name="stock_level_reserved_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("shipped__gte", 0)),
                                name="stock_level_shipped_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("returning__gte", 0)),
                                name="stock_level_returning_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("damaged__gte", 0)),
                                name="stock_level_damaged_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sold__gte", 0)),
                                name="stock_level_sold_not_negative",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="no_bundle",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n            PERFORM FROM catalog_sku WHERE id = NEW.sku_id FOR KEY SHARE;\n            IF EXISTS (SELECT FROM catalog_bundlepart WHERE bundle_id = NEW.sku_id) THEN\n                RAISE EXCEPTION 'A bundle has no stock of its own.' USING ERRCODE = 'OD010';\n            END IF;\n            RETURN NEW;\n        ",
                                    hash="66c3011f92018c5e56e2e152a1fcb9f05d3d79fd",
                                    operation="INSERT",
                                    pgid="pgtrigger_no_bundle_ed23f",
                                    table="catalog_stocklevel",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StockMovement",
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
                            "sku",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="movements",
                                to="catalog.sku",
                                verbose_name="SKU",
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
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("receive", "received"),
                                    ("reserve", "reserved"),
                                    ("release", "released"),
                                    ("ship", "shipped"),
                                    ("deliver", "delivered"),
                                    ("return", "coming back"),
                                    ("accept", "accepted back"),
                                    ("reject", "found damaged"),
                                    ("transfer_out", "sent to another warehouse"),
                                    ("transfer_in", "came from another warehouse"),
                                    ("recall", "back, the transfer was cancelled"),
                                    ("count", "corrected by a count"),
                                    ("damage", "damaged on the shelf"),
                                    ("write_off", "written off"),
                                ],
                                max_length=12,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "from_state",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("available", "available"),
                                    ("reserved", "reserved"),
                                    ("shipped", "shipped"),
                                    ("returning", "returning"),
                                    ("damaged", "damaged"),
                                    ("sold", "sold"),
                                ],
                                max_length=10,
                                verbose_name="from",
                            ),
                        ),
                        (
                            "to_state",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("available", "available"),
                                    ("reserved", "reserved"),
                                    ("shipped", "shipped"),
                                    ("returning", "returning"),
                                    ("damaged", "damaged"),
                                    ("sold", "sold"),
                                ],
                                max_length=10,
                                verbose_name="to",
                            ),
                        ),
                        ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                        (
                            "reference",
                            models.CharField(
                                blank=True,
                                help_text="What caused it, such as order:42.",
                                max_length=60,
                                verbose_name="reference",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
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
                        ("at", models.DateTimeField(verbose_name="at")),
                    ],
                    options={
                        "verbose_name": "stock movement",
                        "verbose_name_plural": "stock movements",
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                fields=["sku", "warehouse", "id"], name="stock_movement_ledger"
                            ),
                            django.contrib.postgres.indexes.BrinIndex(
                                autosummarize=True, fields=["at"], name="stock_movement_at"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="stock_movement_quantity_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("from_state", models.F("to_state")), _negated=True
                                ),
                                name="stock_movement_changes_state",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "from_state__in",
                                        [
                                            "",
                                            "available",
                                            "reserved",
                                            "shipped",
                                            "returning",
                                            "damaged",
                                            "sold",
                                        ],
                                    ),
                                    (
                                        "to_state__in",
                                        [
                                            "",
                                            "available",
                                            "reserved",
                                            "shipped",
                                            "returning",
                                            "damaged",
                                            "sold",
                                        ],
                                    ),
                                ),
                                name="stock_movement_states_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="6943295caeeeab27c82fd1326fe8fcb0bb568a23",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_c3dd7",
                                    table="catalog_stockmovement",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StockDifference",
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
                            "sku",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                        ("source", models.CharField(max_length=60, verbose_name="source")),
                        ("ours", models.IntegerField(verbose_name="ours")),
                        ("theirs", models.IntegerField(verbose_name="theirs")),
                        ("at", models.DateTimeField(verbose_name="as of")),
                        ("opened_at", models.DateTimeField(verbose_name="opened")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("accepted", "theirs was accepted"),
                                    ("kept", "ours was kept"),
                                    ("ignored", "ignored"),
                                    ("gone", "gone by itself"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
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
                        "verbose_name": "stock difference",
                        "verbose_name_plural": "stock differences",
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["opened_at"],
                                name="stock_difference_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("sku", "warehouse", "source"),
                                name="stock_difference_one_open",
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
                                name="stock_difference_settled_at_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "ignored"), _negated=True),
                                    models.Q(("note", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="stock_difference_ignored_with_a_note",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChannelShare",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stock_shares",
                                to="stores.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: every SKU without a share of its own.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        (
                            "percent",
                            models.PositiveSmallIntegerField(
                                default=100, verbose_name="share in percent"
                            ),
                        ),
                        (
                            "kept_back",
                            models.PositiveIntegerField(default=0, verbose_name="pieces kept back"),
                        ),
                    ],
                    options={
                        "verbose_name": "channel's share of stock",
                        "verbose_name_plural": "channels' shares of stock",
                        "ordering": ["channel_id", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("channel", "sku"),
                                name="channel_share_unique_channel_sku",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("percent__lte", 100)),
                                name="channel_share_at_most_everything",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'catalog.channelshare', later.id, left(((SELECT c.code FROM stores_channel c WHERE c.id = later.channel_id))::text, 120), (SELECT c.store_id FROM stores_channel c WHERE c.id = later.channel_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['percent', 'kept_back']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="402c89d51151eccb6e4792f49185a75ac40e3199",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_71742",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="catalog_channelshare",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.channelshare', later.id, left(((SELECT c.code FROM stores_channel c WHERE c.id = later.channel_id))::text, 120), (SELECT c.store_id FROM stores_channel c WHERE c.id = later.channel_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['percent', 'kept_back']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['percent', 'kept_back']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.percent, earlier.kept_back) IS DISTINCT FROM ROW(later.percent, later.kept_back)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="0ce624b2d299248845848224d7f13794cce32c57",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_7f5ce",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_channelshare",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.channelshare', earlier.id, left(((SELECT c.code FROM stores_channel c WHERE c.id = earlier.channel_id))::text, 120), (SELECT c.store_id FROM stores_channel c WHERE c.id = earlier.channel_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['percent', 'kept_back']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="65b9908c1f6b3b4af3c625d3759857305dd66e7f",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_c5dab",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_channelshare",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Transfer",
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
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfers_out",
                                to="catalog.warehouse",
                                verbose_name="from warehouse",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfers_in",
                                to="catalog.warehouse",
                                verbose_name="to warehouse",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("sent", "under way"),
                                    ("received", "received"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="sent",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
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
                        ("sent_at", models.DateTimeField(verbose_name="sent")),
                        (
                            "received_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="received by",
                            ),
                        ),
                        ("received_at", models.DateTimeField(null=True, verbose_name="received")),
                        (
                            "cancelled_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cancelled by",
                            ),
                        ),
                        ("cancelled_at", models.DateTimeField(null=True, verbose_name="cancelled")),
                        (
                            "cancelled_because",
                            models.CharField(
                                blank=True,
                                db_default="",
                                max_length=200,
                                verbose_name="why it was cancelled",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "transfer",
                        "verbose_name_plural": "transfers",
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("source", models.F("target")), _negated=True),
                                name="transfer_between_two_warehouses",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("cancelled_at", None),
                                        ("received_at", None),
                                        ("state", "sent"),
                                    ),
                                    models.Q(
                                        ("cancelled_at", None),
                                        ("received_at__isnull", False),
                                        ("state", "received"),
                                    ),
                                    models.Q(
                                        ("cancelled_at__isnull", False),
                                        ("received_at", None),
                                        ("state", "cancelled"),
                                    ),
                                    _connector="OR",
                                ),
                                name="transfer_ends_at_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cancelled_because", ""), ("state", "cancelled"), _negated=True
                                ),
                                name="transfer_cancelled_for_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TransferLine",
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
                            "transfer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="catalog.transfer",
                                verbose_name="transfer",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                        ("sent", models.PositiveIntegerField(verbose_name="sent")),
                        (
                            "received",
                            models.PositiveIntegerField(null=True, verbose_name="received"),
                        ),
                    ],
                    options={
                        "verbose_name": "line of a transfer",
                        "verbose_name_plural": "lines of transfers",
                        "ordering": ["transfer_id", "sku_id"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("transfer", "sku"), name="transfer_line_unique_sku"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sent__gt", 0)),
                                name="transfer_line_sends_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("received", None),
                                    ("received__lte", models.F("sent")),
                                    _connector="OR",
                                ),
                                name="transfer_line_receives_what_was_sent",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WordList",
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
                                blank=True,
                                help_text="Empty: every store.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="word_lists",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "platform",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("tmall", "Tmall"),
                                    ("taobao", "Taobao"),
                                    ("jd", "JD"),
                                    ("pdd", "Pinduoduo"),
                                    ("douyin", "Douyin"),
                                    ("shopify", "Shopify"),
                                    ("woocommerce", "WooCommerce"),
                                    ("own", "Own site"),
                                ],
                                help_text="Empty: every platform.",
                                max_length=20,
                                verbose_name="platform",
                            ),
                        ),
                        (
                            "category",
                            models.CharField(
                                blank=True,
                                help_text="Of which goods: those whose category holds one of these words, separated by blanks, and those without a category. Empty: all goods.",
                                max_length=200,
                                verbose_name="category",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        (
                            "code",
                            models.SlugField(
                                blank=True,
                                db_index=False,
                                editable=False,
                                max_length=40,
                                verbose_name="code",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "word list",
                        "verbose_name_plural": "word lists",
                        "ordering": ["name", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("code", ""), _negated=True),
                                fields=("code",),
                                name="word_list_unique_code",
                            ),
                            models.UniqueConstraint(
                                fields=("store", "platform", "name"),
                                name="word_list_unique_name",
                                nulls_distinct=False,
                                violation_error_message="There is a list of this name already.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("platform", ""),
                                    (
                                        "platform__in",
                                        [
                                            "tmall",
                                            "taobao",
                                            "jd",
                                            "pdd",
                                            "douyin",
                                            "shopify",
                                            "woocommerce",
                                            "own",
                                        ],
                                    ),
                                    _connector="OR",
                                ),
                                name="word_list_platform_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.wordlist', later.id, left((later.name)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['store_id', 'platform', 'category', 'name', 'is_active']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['store_id', 'platform', 'category', 'name', 'is_active']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.store_id, earlier.platform, earlier.category, earlier.name, earlier.is_active) IS DISTINCT FROM ROW(later.store_id, later.platform, later.category, later.name, later.is_active)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="e9ddbcebf32cc6b07fe0b5748924875563d2c969",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_580db",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_wordlist",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.wordlist', earlier.id, left((earlier.name)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['store_id', 'platform', 'category', 'name', 'is_active']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="830ee75cc5b4fdc5bb7e6ee790b9e40046a26bdd",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_33e8f",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_wordlist",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ForbiddenWord",
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
                            "list",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="words",
                                to="catalog.wordlist",
                                verbose_name="list",
                            ),
                        ),
                        ("text", models.CharField(max_length=60, verbose_name="word")),
                        ("folded", models.CharField(editable=False, max_length=240)),
                        (
                            "is_exception",
                            models.BooleanField(
                                default=False,
                                help_text="An exception: a forbidden word within this one is harmless.",
                                verbose_name="allowed",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("absolute", "absolute term"),
                                    ("authority", "borrowed authority"),
                                    ("medical", "medical claim"),
                                    ("promise", "promise of an effect"),
                                    ("pressure", "misleading offer"),
                                    ("elsewhere", "leads buyers elsewhere"),
                                    ("other", "other"),
                                ],
                                default="other",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                blank=True,
                                help_text="The law or rule it stands on.",
                                max_length=200,
                                verbose_name="source",
                            ),
                        ),
                        (
                            "suggestion",
                            models.CharField(
                                blank=True, max_length=120, verbose_name="say instead"
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "added_by",
                            models.ForeignKey(
                                db_index=False,
                                editable=False,
                                null=True,
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
                    ],
                    options={
                        "verbose_name": "forbidden word",
                        "verbose_name_plural": "forbidden words",
                        "ordering": ["text", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("list", "folded"), name="forbidden_word_unique_in_its_list"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("folded", ""), _negated=True),
                                name="forbidden_word_has_letters",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'catalog.forbiddenword', later.id, left((later.text)::text, 120), (SELECT l.store_id FROM catalog_wordlist l WHERE l.id = later.list_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['text', 'is_exception', 'kind', 'source', 'suggestion', 'is_active']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['text', 'is_exception', 'kind', 'source', 'suggestion', 'is_active']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.text, earlier.is_exception, earlier.kind, earlier.source, earlier.suggestion, earlier.is_active) IS DISTINCT FROM ROW(later.text, later.is_exception, later.kind, later.source, later.suggestion, later.is_active)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="ecdf3c9b98f2ed4aeb68107d48f0c0c971870265",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_ea4fb",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="catalog_forbiddenword",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'catalog.forbiddenword', earlier.id, left((earlier.text)::text, 120), (SELECT l.store_id FROM catalog_wordlist l WHERE l.id = earlier.list_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['text', 'is_exception', 'kind', 'source', 'suggestion', 'is_active']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="fc2bfcec9fee9e8364dc26bf02f7c56ebc843b1f",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_9b6e4",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="catalog_forbiddenword",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
            ]
        ),
        migrations.RunPython(install_triggers, migrations.RunPython.noop),
        migrations.RunSQL(
            (SQL / "bundle_available_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION bundle_available(bigint)",
        ),
    ]
