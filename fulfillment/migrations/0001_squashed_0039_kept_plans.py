from decimal import Decimal
from pathlib import Path

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import fulfillment.models.carrier_papers
import fulfillment.models.prices
from opsdesk.migrating import CreateModels

SQL = Path(__file__).resolve().parent.parent / "sql"


def install_triggers(apps, schema_editor):
    """Each trigger that a table above names; as operations of their own they would take a minute."""
    for model in apps.get_app_config("fulfillment").get_models():
        for trigger in getattr(model._meta, "triggers", []):
            schema_editor.execute(trigger.install_sql, params=None)


def written(name):
    return (SQL / name).read_text(encoding="utf-8")


# Plans are kept, whatever they are asked for, and read by key. A list is planned anew each time
# otherwise, for its length; and a plan made while a table is small would go on reading the whole of
# it when it has grown.
PLANS_KEPT = "".join(
    f"ALTER FUNCTION {name} SET plan_cache_mode = force_generic_plan;"
    f"ALTER FUNCTION {name} SET enable_seqscan = off;"
    for name in (
        "shipping_ground",
        "shipping_yard",
        "pack_parcels",
        "leaving_was_tracked",
        "leaving_has_source",
        "leaving_is_pushed",
        "goods_lay_in_bins",
    )
)


class Migration(migrations.Migration):
    """All there was of fulfilment after 39 migrations, without the steps that led there."""

    initial = True

    replaces = [
        ("fulfillment", "0001_initial"),
        ("fulfillment", "0002_late_risks"),
        ("fulfillment", "0003_parcel_handed_over"),
        ("fulfillment", "0004_tracking"),
        ("fulfillment", "0005_bins"),
        ("fulfillment", "0006_carrier_prices"),
        ("fulfillment", "0007_compensations"),
        ("fulfillment", "0008_store_terms"),
        ("fulfillment", "0009_waves"),
        ("fulfillment", "0010_parcel_cases"),
        ("fulfillment", "0011_shipment_misses"),
        ("fulfillment", "0012_station"),
        ("fulfillment", "0013_score_words"),
        ("fulfillment", "0014_boxes"),
        ("fulfillment", "0015_parcel_polls"),
        ("fulfillment", "0016_bin_movement_left"),
        ("fulfillment", "0017_lanes"),
        ("fulfillment", "0018_shipping_ground"),
        ("fulfillment", "0019_back_orders"),
        ("fulfillment", "0020_compensations_granted"),
        ("fulfillment", "0021_compensations_granted_checks"),
        ("fulfillment", "0022_compensations_granted_valid"),
        ("fulfillment", "0023_following"),
        ("fulfillment", "0024_parcel_charges"),
        ("fulfillment", "0025_tell_tracking"),
        ("fulfillment", "0026_warehouse_paces"),
        ("fulfillment", "0027_carrier_exceptions"),
        ("fulfillment", "0028_damage"),
        ("fulfillment", "0029_damage_valid"),
        ("fulfillment", "0030_damage_found"),
        ("fulfillment", "0031_price_origins"),
        ("fulfillment", "0032_price_zones"),
        ("fulfillment", "0033_price_origins_valid"),
        ("fulfillment", "0034_leaving"),
        ("fulfillment", "0035_compensations_to_grant"),
        ("fulfillment", "0036_box_stock"),
        ("fulfillment", "0037_picks_in_walking_order"),
        ("fulfillment", "0038_shipping_steps"),
        ("fulfillment", "0039_kept_plans"),
    ]

    dependencies = [
        ("approvals", "0004_to_decide"),
        ("catalog", "0021_sku_size"),
        ("exchange", "0009_webhooks"),
        ("orders", "0033_ship_orders"),
        ("stores", "0006_store_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Carrier",
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
                            "code",
                            models.SlugField(db_index=False, max_length=40, verbose_name="code"),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "phone",
                            models.CharField(
                                blank=True, max_length=40, verbose_name="customer service"
                            ),
                        ),
                        (
                            "kuaidi100_code",
                            models.CharField(
                                blank=True, max_length=40, verbose_name="code at Kuaidi100"
                            ),
                        ),
                        (
                            "easypost_code",
                            models.CharField(
                                blank=True, max_length=40, verbose_name="code at EasyPost"
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="carriers",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "carrier",
                        "verbose_name_plural": "carriers",
                        "ordering": ["store_id", "code"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "code"), name="carrier_unique_store_code"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kuaidi100_code", ""), _negated=True),
                                fields=("store", "kuaidi100_code"),
                                name="carrier_unique_store_kuaidi100",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("easypost_code", ""), _negated=True),
                                fields=("store", "easypost_code"),
                                name="carrier_unique_store_easypost",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="carrier_has_name",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.carrier', later.id, left((later.code)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['code', 'name', 'is_active']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="a8bde77d203f9d248b9eedf4a860936b2699309b",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_69c23",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_carrier",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.carrier', later.id, left((later.code)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['code', 'name', 'is_active']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['code', 'name', 'is_active']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.code, earlier.name, earlier.is_active) IS DISTINCT FROM ROW(later.code, later.name, later.is_active)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="c780ed2bb5451e3d71963e9f778c1b1fd2a222a0",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_59c09",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_carrier",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.carrier', earlier.id, left((earlier.code)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['code', 'name', 'is_active']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="2e2bfcb8713ff72f568d6d952c4337177ae491c6",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_a8346",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_carrier",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CarrierService",
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
                            "code",
                            models.SlugField(db_index=False, max_length=40, verbose_name="code"),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "carrier",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="services",
                                to="fulfillment.carrier",
                                verbose_name="carrier",
                            ),
                        ),
                        (
                            "is_cold",
                            models.BooleanField(
                                db_default=False, default=False, verbose_name="cold chain"
                            ),
                        ),
                        (
                            "usual_days",
                            models.PositiveSmallIntegerField(
                                db_default=3,
                                default=3,
                                help_text="From handing over to delivery, where no region takes longer.",
                                validators=[django.core.validators.MaxValueValidator(120)],
                                verbose_name="usual days",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "carrier service",
                        "verbose_name_plural": "carrier services",
                        "ordering": ["carrier_id", "code"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("carrier", "code"),
                                name="carrier_service_unique_carrier_code",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="carrier_service_has_name",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.carrierservice', later.id, left((later.code)::text, 120), (SELECT c.store_id FROM fulfillment_carrier c WHERE c.id = later.carrier_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['code', 'name', 'is_active', 'is_cold', 'usual_days']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="406d55da6af70e7e56e6eb83419198a8b4dddf49",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_f6d53",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_carrierservice",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.carrierservice', later.id, left((later.code)::text, 120), (SELECT c.store_id FROM fulfillment_carrier c WHERE c.id = later.carrier_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['code', 'name', 'is_active', 'is_cold', 'usual_days']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['code', 'name', 'is_active', 'is_cold', 'usual_days']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.code, earlier.name, earlier.is_active, earlier.is_cold, earlier.usual_days) IS DISTINCT FROM ROW(later.code, later.name, later.is_active, later.is_cold, later.usual_days)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="fbf2843eaf762eef32e47b5262eab7e5ff87cb6e",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_ec762",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_carrierservice",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.carrierservice', earlier.id, left((earlier.code)::text, 120), (SELECT c.store_id FROM fulfillment_carrier c WHERE c.id = earlier.carrier_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['code', 'name', 'is_active', 'is_cold', 'usual_days']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="27535822ac434264a582352895441350e7545dc6",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_9a70c",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_carrierservice",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Manifest",
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
                            "state",
                            models.CharField(
                                choices=[("open", "open"), ("handed_over", "handed over")],
                                default="open",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(verbose_name="opened")),
                        (
                            "handed_over_at",
                            models.DateTimeField(null=True, verbose_name="handed over"),
                        ),
                        (
                            "taken_by",
                            models.CharField(blank=True, max_length=80, verbose_name="taken by"),
                        ),
                        (
                            "carrier",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="manifests",
                                to="fulfillment.carrier",
                                verbose_name="carrier",
                            ),
                        ),
                        (
                            "handed_over_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="handed over by",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="manifests",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "manifest",
                        "verbose_name_plural": "manifests",
                        "ordering": ["-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("warehouse", "carrier"),
                                name="manifest_one_open_per_warehouse_and_carrier",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("handed_over_at", None), ("state", "open")),
                                    models.Q(
                                        ("handed_over_at__isnull", False), ("state", "handed_over")
                                    ),
                                    _connector="OR",
                                ),
                                name="manifest_handed_over_at_a_moment",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Parcel",
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
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "being packed"),
                                    ("packed", "packed"),
                                    ("handed_over", "under way"),
                                    ("delivered", "delivered"),
                                    ("returned", "returned"),
                                    ("lost", "lost"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="open",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "waybill",
                            models.CharField(blank=True, max_length=60, verbose_name="waybill"),
                        ),
                        (
                            "weight_grams",
                            models.PositiveIntegerField(null=True, verbose_name="weight (g)"),
                        ),
                        (
                            "length_mm",
                            models.PositiveIntegerField(null=True, verbose_name="length (mm)"),
                        ),
                        (
                            "width_mm",
                            models.PositiveIntegerField(null=True, verbose_name="width (mm)"),
                        ),
                        (
                            "height_mm",
                            models.PositiveIntegerField(null=True, verbose_name="height (mm)"),
                        ),
                        (
                            "freight_cost",
                            models.DecimalField(
                                decimal_places=2,
                                max_digits=12,
                                null=True,
                                verbose_name="freight cost",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(verbose_name="opened")),
                        ("packed_at", models.DateTimeField(null=True, verbose_name="packed at")),
                        (
                            "handed_over_at",
                            models.DateTimeField(null=True, verbose_name="handed over"),
                        ),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                        (
                            "cancelled_at",
                            models.DateTimeField(null=True, verbose_name="cancelled at"),
                        ),
                        (
                            "cancelled_because",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="why it was cancelled"
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                        (
                            "carrier",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parcels",
                                to="fulfillment.carrier",
                                verbose_name="carrier",
                            ),
                        ),
                        (
                            "manifest",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parcels",
                                to="fulfillment.manifest",
                                verbose_name="manifest",
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
                                verbose_name="opened by",
                            ),
                        ),
                        (
                            "packed_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="packed by",
                            ),
                        ),
                        (
                            "replaces",
                            models.OneToOneField(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replaced_by",
                                to="fulfillment.parcel",
                                verbose_name="replaces",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parcels",
                                to="fulfillment.carrierservice",
                                verbose_name="service",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parcels",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parcels",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "parcel",
                        "verbose_name_plural": "parcels",
                        "permissions": [
                            ("pack_parcel", "Can pack, label and cancel parcels"),
                            ("hand_over_parcel", "Can hand parcels over to carriers"),
                            ("print_label", "Can print labels, with whom parcels go to in full"),
                            ("intercept_parcel", "Can have parcels stopped that are under way"),
                        ],
                        "indexes": [
                            models.Index(fields=["store", "id"], name="parcel_list_store"),
                            models.Index(
                                condition=models.Q(("state__in", ["open", "packed"])),
                                fields=["warehouse", "carrier", "id"],
                                name="parcel_here",
                            ),
                            models.Index(
                                condition=models.Q(("state", "handed_over")),
                                fields=["store", "handed_over_at", "id"],
                                name="parcel_under_way",
                            ),
                            models.Index(
                                condition=models.Q(("manifest__isnull", False)),
                                fields=["manifest"],
                                name="parcel_manifest",
                            ),
                            models.Index(
                                django.contrib.postgres.indexes.OpClass(
                                    "waybill", "text_pattern_ops"
                                ),
                                condition=models.Q(("waybill", ""), _negated=True),
                                name="parcel_waybill_prefix",
                            ),
                            models.Index(
                                condition=models.Q(("handed_over_at__isnull", False)),
                                fields=["warehouse", "handed_over_at"],
                                name="parcel_handed_over",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    models.Q(("waybill", ""), _negated=True),
                                    models.Q(("state", "cancelled"), _negated=True),
                                ),
                                fields=("carrier", "waybill"),
                                name="parcel_unique_carrier_waybill",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("waybill", ""), ("carrier__isnull", False), _connector="OR"
                                ),
                                name="parcel_waybill_of_a_carrier",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("service", None), ("carrier__isnull", False), _connector="OR"
                                ),
                                name="parcel_service_of_a_carrier",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["open", "cancelled"]),
                                    ("packed_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="parcel_packed_has_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("handed_over_at", None),
                                        ("state__in", ["open", "packed", "cancelled"]),
                                    ),
                                    models.Q(
                                        (
                                            "state__in",
                                            ["handed_over", "delivered", "returned", "lost"],
                                        ),
                                        ("handed_over_at__isnull", False),
                                        models.Q(("waybill", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="parcel_handed_over_with_waybill",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("state__in", ["delivered", "returned", "lost"]),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("state__in", ["delivered", "returned", "lost"]),
                                            _negated=True,
                                        ),
                                        ("ended_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="parcel_ended_has_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("cancelled_at__isnull", False),
                                        ("state", "cancelled"),
                                        models.Q(("cancelled_because", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("state", "cancelled"), _negated=True),
                                        ("cancelled_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="parcel_cancelled_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("weight_grams", None),
                                        ("weight_grams__gt", 0),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("freight_cost", None),
                                        ("freight_cost__gte", 0),
                                        _connector="OR",
                                    ),
                                ),
                                name="parcel_weighs_something",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="identity",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."warehouse_id" IS DISTINCT FROM (NEW."warehouse_id") OR OLD."replaces_id" IS DISTINCT FROM (NEW."replaces_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="4dd58c6b11c4cca093122c51fdd7406fb90405f3",
                                    operation="UPDATE",
                                    pgid="pgtrigger_identity_34f9c",
                                    table="fulfillment_parcel",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="waybill_kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NOT (OLD."waybill" = \'\') AND (OLD."waybill" IS DISTINCT FROM (NEW."waybill") OR OLD."carrier_id" IS DISTINCT FROM (NEW."carrier_id")))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="ca9c6c5fece789c1d6464f4d1f0c9bfe3eaf28bc",
                                    operation="UPDATE",
                                    pgid="pgtrigger_waybill_kept_d692a",
                                    table="fulfillment_parcel",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."carrier_id" IS DISTINCT FROM (NEW."carrier_id") OR OLD."freight_cost" IS DISTINCT FROM (NEW."freight_cost") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."waybill" IS DISTINCT FROM (NEW."waybill") OR OLD."weight_grams" IS DISTINCT FROM (NEW."weight_grams"))',
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.parcel', NEW.id, left(('P' || lpad(NEW.id::text, 9, '0'))::text, 120), NEW.store_id,\naudit_differing(to_jsonb(OLD), to_jsonb(NEW), ARRAY['state', 'carrier_id', 'waybill', 'weight_grams', 'freight_cost']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(NEW), to_jsonb(OLD), ARRAY['state', 'carrier_id', 'waybill', 'weight_grams', 'freight_cost']::text[], ARRAY[]::text[]);\nRETURN NULL;",
                                    hash="7818f3deb66b4161bdd6d9b447a06359f780bee0",
                                    operation='UPDATE OF "state", "carrier_id", "waybill", "weight_grams", "freight_cost"',
                                    pgid="pgtrigger_audit_update_9b4a2",
                                    table="fulfillment_parcel",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.parcel', earlier.id, left(('P' || lpad(earlier.id::text, 9, '0'))::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['state', 'carrier_id', 'waybill', 'weight_grams', 'freight_cost']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="d960695e7a0be61ddeb9d1ccbe0829b54fd86d48",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_e6b95",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_parcel",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ParcelItem",
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
                        ("quantity", models.PositiveIntegerField(verbose_name="pieces")),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="parcel_items",
                                to="orders.orderline",
                                verbose_name="order line",
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="items",
                                to="fulfillment.parcel",
                                verbose_name="parcel",
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
                    ],
                    options={
                        "verbose_name": "content of a parcel",
                        "verbose_name_plural": "contents of parcels",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("parcel", "line", "sku"),
                                name="parcel_item_unique_parcel_line_sku",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="parcel_item_quantity_positive",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ParcelOrder",
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
                                related_name="parcel_orders",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="parcel_orders",
                                to="fulfillment.parcel",
                                verbose_name="parcel",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "order of a parcel",
                        "verbose_name_plural": "orders of a parcel",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "parcel"), name="parcel_order_unique_order_parcel"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Zone",
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
                            "code",
                            models.CharField(
                                max_length=20,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[A-Za-z0-9][A-Za-z0-9.-]*$",
                                        "Letters, digits, dots and hyphens; a letter or digit first.",
                                    )
                                ],
                                verbose_name="code",
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=80, verbose_name="name")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("pick", "picking"),
                                    ("bulk", "reserve stock"),
                                    ("cold", "cold chain"),
                                    ("returns", "returns"),
                                ],
                                default="pick",
                                max_length=8,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "position",
                            models.PositiveSmallIntegerField(default=1, verbose_name="position"),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="zones",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "zone",
                        "verbose_name_plural": "zones",
                        "ordering": ["warehouse_id", "position", "code"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("warehouse", "code"), name="zone_unique_warehouse_code"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="identity",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."warehouse_id" IS DISTINCT FROM (NEW."warehouse_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="d4cc0caa762bb0f077a13292d7f80daa232d1ab5",
                                    operation="UPDATE",
                                    pgid="pgtrigger_identity_3d2e3",
                                    table="fulfillment_zone",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Bin",
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
                            "code",
                            models.CharField(
                                max_length=40,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[A-Za-z0-9][A-Za-z0-9.-]*$",
                                        "Letters, digits, dots and hyphens; a letter or digit first.",
                                    )
                                ],
                                verbose_name="code",
                            ),
                        ),
                        ("aisle", models.PositiveSmallIntegerField(verbose_name="aisle")),
                        ("bay", models.PositiveSmallIntegerField(verbose_name="bay")),
                        (
                            "level",
                            models.PositiveSmallIntegerField(default=1, verbose_name="level"),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "warehouse",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bins",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                        (
                            "zone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bins",
                                to="fulfillment.zone",
                                verbose_name="zone",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "bin",
                        "verbose_name_plural": "bins",
                        "ordering": ["warehouse_id", "code"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("warehouse", "code"), name="bin_unique_warehouse_code"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.bin', later.id, left((later.code)::text, 120), (SELECT w.store_id FROM catalog_warehouse w WHERE w.id = later.warehouse_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['code', 'is_active']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['code', 'is_active']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.code, earlier.is_active) IS DISTINCT FROM ROW(later.code, later.is_active)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="a0b69fb1995d6a7ae91270c3c64df6cff8f3b21b",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_77a82",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_bin",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.bin', earlier.id, left((earlier.code)::text, 120), (SELECT w.store_id FROM catalog_warehouse w WHERE w.id = earlier.warehouse_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['code', 'is_active']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="fae9caf26699dfeaa7212b969961b829564d7d00",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_94b14",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_bin",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="of_its_zone",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.warehouse_id <>\n                   (SELECT z.warehouse_id FROM fulfillment_zone z WHERE z.id = NEW.zone_id) THEN\n                    RAISE EXCEPTION 'A bin lies in the warehouse of its zone.'\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="50b149fec6d520a8609bfff225f373b95897b437",
                                    operation='INSERT OR UPDATE OF "warehouse_id", "zone_id"',
                                    pgid="pgtrigger_of_its_zone_ae0da",
                                    table="fulfillment_bin",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BinStock",
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
                        ("quantity", models.PositiveIntegerField(verbose_name="pieces")),
                        (
                            "bin",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stock",
                                to="fulfillment.bin",
                                verbose_name="bin",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bins",
                                to="catalog.sku",
                                verbose_name="SKU",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "stock of a bin",
                        "verbose_name_plural": "stock of bins",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("bin", "sku"), name="bin_stock_unique_bin_sku"
                            )
                        ],
                        "permissions": [
                            ("move_bin_stock", "Can put goods away, move and count them in bins")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BinMovement",
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
                        ("quantity", models.IntegerField(verbose_name="pieces")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("put_away", "put away"),
                                    ("picked", "picked"),
                                    ("put_back", "put back"),
                                    ("moved", "moved"),
                                    ("counted", "counted"),
                                    ("left", "left the warehouse"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "reference",
                            models.CharField(blank=True, max_length=60, verbose_name="reference"),
                        ),
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
                        (
                            "bin",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="movements",
                                to="fulfillment.bin",
                                verbose_name="bin",
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
                    ],
                    options={
                        "verbose_name": "bin movement",
                        "verbose_name_plural": "bin movements",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity", 0), _negated=True),
                                name="bin_movement_moves_pieces",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="2f2dc792c1e5f298e1318cbd085a2ac0f90311b8",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_d82bd",
                                    table="fulfillment_binmovement",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LateRisk",
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
                            "reason",
                            models.CharField(
                                choices=[
                                    ("shortage", "goods are missing"),
                                    ("presale", "a presale's day can't be kept"),
                                    ("not_ready", "not packed yet"),
                                    ("capacity", "more than the warehouse ships"),
                                ],
                                max_length=12,
                                verbose_name="reason",
                            ),
                        ),
                        ("evidence", models.JSONField(default=dict, verbose_name="evidence")),
                        ("due_at", models.DateTimeField(verbose_name="ship by")),
                        (
                            "expected_at",
                            models.DateTimeField(null=True, verbose_name="expected to leave"),
                        ),
                        (
                            "delay",
                            models.PositiveSmallIntegerField(default=1, verbose_name="delay"),
                        ),
                        ("opened_at", models.DateTimeField(verbose_name="found")),
                        ("seen_at", models.DateTimeField(verbose_name="last seen")),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="closed")),
                        (
                            "ended",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("shipped", "shipped"),
                                    ("cancelled", "cancelled"),
                                    ("gone", "no longer in danger"),
                                ],
                                max_length=10,
                                verbose_name="ended",
                            ),
                        ),
                        ("told_at", models.DateTimeField(null=True, verbose_name="customer told")),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="late_risks",
                                to="orders.order",
                                verbose_name="order",
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
                            "warehouse",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "late order",
                        "verbose_name_plural": "late orders",
                        "permissions": [
                            ("tell_delay", "Can tell customers that their orders are late")
                        ],
                        "default_permissions": ("view",),
                        "indexes": [
                            models.Index(fields=["due_at", "id"], name="late_risk_list"),
                            models.Index(
                                condition=models.Q(("closed_at", None)),
                                fields=["store", "reason", "due_at", "id"],
                                name="late_risk_open",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at", None)),
                                fields=("order",),
                                name="late_risk_one_open_per_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at", None), ("ended", "")),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        models.Q(("ended", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="late_risk_ended_at_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("delay__gt", 0)), name="late_risk_delay_counts"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ParcelProgress",
                    fields=[
                        (
                            "parcel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="progress",
                                serialize=False,
                                to="fulfillment.parcel",
                                verbose_name="parcel",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("announced", "announced to the carrier"),
                                    ("picked_up", "picked up"),
                                    ("in_transit", "on its way"),
                                    ("arrived", "arrived at a hub"),
                                    ("customs", "at customs"),
                                    ("out_for_delivery", "out for delivery"),
                                    ("failed_attempt", "delivery failed"),
                                    ("to_collect", "ready for collection"),
                                    ("exception", "in trouble"),
                                    ("damaged", "damaged"),
                                    ("cancelled", "cancelled by the carrier"),
                                    ("lost", "lost"),
                                    ("returning", "on its way back"),
                                    ("returned", "back at the sender"),
                                    ("delivered", "delivered"),
                                ],
                                max_length=20,
                                verbose_name="state",
                            ),
                        ),
                        ("event_at", models.DateTimeField(verbose_name="since")),
                        ("text", models.TextField(blank=True, verbose_name="the carrier's words")),
                        (
                            "place",
                            models.CharField(blank=True, max_length=120, verbose_name="place"),
                        ),
                        ("news_at", models.DateTimeField(verbose_name="latest news")),
                        (
                            "moved_at",
                            models.DateTimeField(null=True, verbose_name="taken by the carrier"),
                        ),
                        ("delivered_at", models.DateTimeField(null=True, verbose_name="delivered")),
                        (
                            "failures",
                            models.PositiveSmallIntegerField(
                                default=0, verbose_name="failed attempts"
                            ),
                        ),
                        (
                            "damaged_at",
                            models.DateTimeField(null=True, verbose_name="told to be damaged"),
                        ),
                    ],
                    options={
                        "verbose_name": "progress of a parcel",
                        "verbose_name_plural": "progress of parcels",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "delivered"), _negated=True),
                                    ("delivered_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="parcel_progress_delivered_at_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("event_at__lte", models.F("news_at"))),
                                name="parcel_progress_news_not_before_state",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("damaged_at__isnull", False)),
                                fields=["damaged_at"],
                                name="parcel_progress_damaged",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WaitingEvent",
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
                            models.CharField(
                                choices=[
                                    ("kuaidi100", "Kuaidi100"),
                                    ("easypost", "EasyPost"),
                                    ("tracking", "a program"),
                                    ("person", "a person"),
                                ],
                                max_length=10,
                                verbose_name="source",
                            ),
                        ),
                        ("carrier", models.CharField(max_length=60, verbose_name="carrier")),
                        ("waybill", models.CharField(max_length=60, verbose_name="waybill")),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("announced", "announced to the carrier"),
                                    ("picked_up", "picked up"),
                                    ("in_transit", "on its way"),
                                    ("arrived", "arrived at a hub"),
                                    ("customs", "at customs"),
                                    ("out_for_delivery", "out for delivery"),
                                    ("failed_attempt", "delivery failed"),
                                    ("to_collect", "ready for collection"),
                                    ("exception", "in trouble"),
                                    ("damaged", "damaged"),
                                    ("cancelled", "cancelled by the carrier"),
                                    ("lost", "lost"),
                                    ("returning", "on its way back"),
                                    ("returned", "back at the sender"),
                                    ("delivered", "delivered"),
                                ],
                                max_length=20,
                                verbose_name="state",
                            ),
                        ),
                        ("text", models.TextField(blank=True, verbose_name="the carrier's words")),
                        (
                            "place",
                            models.CharField(blank=True, max_length=120, verbose_name="place"),
                        ),
                        (
                            "code",
                            models.CharField(
                                blank=True, max_length=60, verbose_name="the carrier's code"
                            ),
                        ),
                        ("received_at", models.DateTimeField(verbose_name="received")),
                        ("digest", models.UUIDField(editable=False)),
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
                    ],
                    options={
                        "verbose_name": "tracking event of an unknown parcel",
                        "verbose_name_plural": "tracking events of unknown parcels",
                        "indexes": [models.Index(fields=["received_at"], name="waiting_event_age")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "waybill", "source", "carrier", "at", "digest"),
                                name="waiting_event_unique_told",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TrackingEvent",
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
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("announced", "announced to the carrier"),
                                    ("picked_up", "picked up"),
                                    ("in_transit", "on its way"),
                                    ("arrived", "arrived at a hub"),
                                    ("customs", "at customs"),
                                    ("out_for_delivery", "out for delivery"),
                                    ("failed_attempt", "delivery failed"),
                                    ("to_collect", "ready for collection"),
                                    ("exception", "in trouble"),
                                    ("damaged", "damaged"),
                                    ("cancelled", "cancelled by the carrier"),
                                    ("lost", "lost"),
                                    ("returning", "on its way back"),
                                    ("returned", "back at the sender"),
                                    ("delivered", "delivered"),
                                ],
                                max_length=20,
                                verbose_name="state",
                            ),
                        ),
                        ("text", models.TextField(blank=True, verbose_name="the carrier's words")),
                        (
                            "place",
                            models.CharField(blank=True, max_length=120, verbose_name="place"),
                        ),
                        (
                            "code",
                            models.CharField(
                                blank=True, max_length=60, verbose_name="the carrier's code"
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("kuaidi100", "Kuaidi100"),
                                    ("easypost", "EasyPost"),
                                    ("tracking", "a program"),
                                    ("person", "a person"),
                                ],
                                max_length=10,
                                verbose_name="source",
                            ),
                        ),
                        (
                            "mark",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("early", "dated ahead of its time"),
                                    ("before", "from before the parcel was"),
                                ],
                                max_length=6,
                                verbose_name="mark",
                            ),
                        ),
                        ("received_at", models.DateTimeField(verbose_name="received")),
                        ("digest", models.UUIDField(editable=False)),
                        (
                            "parcel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="fulfillment.parcel",
                                verbose_name="parcel",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "tracking event",
                        "verbose_name_plural": "tracking events",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("mark", "early")),
                                fields=["at"],
                                name="tracking_event_early",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("parcel", "at", "digest"),
                                name="tracking_event_unique_parcel_at_digest",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "announced",
                                            "picked_up",
                                            "in_transit",
                                            "arrived",
                                            "customs",
                                            "out_for_delivery",
                                            "failed_attempt",
                                            "to_collect",
                                            "exception",
                                            "damaged",
                                            "cancelled",
                                            "lost",
                                            "returning",
                                            "returned",
                                            "delivered",
                                        ],
                                    )
                                ),
                                name="tracking_event_known_state",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="6bf1f8dd6eff8d62ffa7fcb9908996f85f1bf943",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_f22e9",
                                    table="fulfillment_trackingevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                        "permissions": [("tell_trackingevent", "Can tell where parcels are")],
                    },
                ),
                migrations.CreateModel(
                    name="CarrierDocument",
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
                                    ("licence", "courier licence"),
                                    ("food", "food transport permit"),
                                    ("cold", "cold chain permit"),
                                    ("dangerous", "dangerous goods permit"),
                                    ("contract", "contract"),
                                    ("insurance", "liability insurance"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("number", models.CharField(max_length=80, verbose_name="number")),
                        ("signed_on", models.DateField(null=True, verbose_name="signed on")),
                        ("valid_from", models.DateField(verbose_name="valid from")),
                        (
                            "valid_until",
                            models.DateField(
                                help_text="The last day it holds.", verbose_name="valid until"
                            ),
                        ),
                        (
                            "notes",
                            models.CharField(blank=True, max_length=500, verbose_name="notes"),
                        ),
                        (
                            "file",
                            models.FileField(
                                max_length=250,
                                upload_to=fulfillment.models.carrier_papers.paper_path,
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
                        (
                            "uploaded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="handed in"
                            ),
                        ),
                        ("withdrawn_at", models.DateTimeField(null=True, verbose_name="withdrawn")),
                        (
                            "withdrawn_because",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="why it was withdrawn"
                            ),
                        ),
                        (
                            "carrier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="documents",
                                to="fulfillment.carrier",
                                verbose_name="carrier",
                            ),
                        ),
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
                            "withdrawn_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="withdrawn by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "carrier document",
                        "verbose_name_plural": "carrier documents",
                        "ordering": ["-pk"],
                        "permissions": [
                            ("withdraw_carrierdocument", "Can withdraw documents of carriers")
                        ],
                        "default_permissions": ("view", "add"),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=["carrier", "kind", "valid_until"],
                                name="carrier_document_valid",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=("carrier", "kind", "sha256"),
                                name="carrier_document_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                                name="carrier_document_ends_after_it_begins",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "contract"), _negated=True),
                                    ("signed_on__isnull", False),
                                    _connector="OR",
                                ),
                                name="carrier_contract_is_signed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sha256__regex", "^[0-9a-f]{64}$"),
                                    models.Q(("file", ""), _negated=True),
                                    ("size__gt", 0),
                                    models.Q(("number", ""), _negated=True),
                                ),
                                name="carrier_document_has_its_file",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawn_at", None), ("withdrawn_because", "")),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        models.Q(("withdrawn_because", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="carrier_document_withdrawn_for_a_reason",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="ff39655861e5adf728e479062bd3d492423afd8d",
                                    operation="DELETE",
                                    pgid="pgtrigger_never_deleted_3361d",
                                    table="fulfillment_carrierdocument",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="withdrawn_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."withdrawn_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="cd916571426f114f6899a6c2f779ab1ca426651b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_withdrawn_once_37aa9",
                                    table="fulfillment_carrierdocument",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="as_handed_in",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."carrier_id" IS DISTINCT FROM (NEW."carrier_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."signed_on" IS DISTINCT FROM (NEW."signed_on") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."valid_until" IS DISTINCT FROM (NEW."valid_until") OR OLD."notes" IS DISTINCT FROM (NEW."notes") OR OLD."file" IS DISTINCT FROM (NEW."file") OR OLD."file_name" IS DISTINCT FROM (NEW."file_name") OR OLD."type" IS DISTINCT FROM (NEW."type") OR OLD."size" IS DISTINCT FROM (NEW."size") OR OLD."sha256" IS DISTINCT FROM (NEW."sha256") OR OLD."uploaded_by_id" IS DISTINCT FROM (NEW."uploaded_by_id") OR OLD."uploaded_at" IS DISTINCT FROM (NEW."uploaded_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="36a4cc8adc045063b38db1c6cb8e5a6f188bfb0b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_as_handed_in_bd666",
                                    table="fulfillment_carrierdocument",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.carrierdocument', later.id, left((later.number)::text, 120), (SELECT c.store_id FROM fulfillment_carrier c WHERE c.id = later.carrier_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['kind', 'number', 'valid_from', 'valid_until', 'sha256', 'withdrawn_at']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="fa9025709a018b8fe385619e001a12b75917afe6",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_15695",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_carrierdocument",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.carrierdocument', later.id, left((later.number)::text, 120), (SELECT c.store_id FROM fulfillment_carrier c WHERE c.id = later.carrier_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['kind', 'number', 'valid_from', 'valid_until', 'sha256', 'withdrawn_at']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['kind', 'number', 'valid_from', 'valid_until', 'sha256', 'withdrawn_at']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.kind, earlier.number, earlier.valid_from, earlier.valid_until, earlier.sha256, earlier.withdrawn_at) IS DISTINCT FROM ROW(later.kind, later.number, later.valid_from, later.valid_until, later.sha256, later.withdrawn_at)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="81e796e4c1f3f2291258c7501b5999ec6e149f5c",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_6bd21",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_carrierdocument",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.carrierdocument', earlier.id, left((earlier.number)::text, 120), (SELECT c.store_id FROM fulfillment_carrier c WHERE c.id = earlier.carrier_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['kind', 'number', 'valid_from', 'valid_until', 'sha256', 'withdrawn_at']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="b8d045e26639c710b466a47da51a0f680c76b3ec",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_59aa0",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_carrierdocument",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CoverageArea",
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
                            "region",
                            models.CharField(
                                help_text="A code of GB/T 2260 (33, 3301, 330106), or a country (CN, DE).",
                                max_length=6,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$",
                                        "A code of GB/T 2260 (33, 3301, 330106), or a country (CN, DE).",
                                    )
                                ],
                                verbose_name="region",
                            ),
                        ),
                        (
                            "is_delivered",
                            models.BooleanField(default=True, verbose_name="delivered to"),
                        ),
                        (
                            "extra_days",
                            models.PositiveSmallIntegerField(
                                default=0,
                                help_text="Beyond the days that the service takes usually.",
                                validators=[django.core.validators.MaxValueValidator(60)],
                                verbose_name="extra days",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="coverage",
                                to="fulfillment.carrierservice",
                                verbose_name="service",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "coverage area",
                        "verbose_name_plural": "coverage areas",
                        "ordering": ["service_id", "region"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("service", "region"), name="coverage_unique_service_region"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("region__regex", "^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$")
                                ),
                                name="coverage_region_code",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("extra_days__lte", 60)),
                                name="coverage_days_few",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.coveragearea', later.id, left((later.region)::text, 120), (SELECT c.store_id FROM fulfillment_carrierservice s JOIN fulfillment_carrier c ON c.id = s.carrier_id WHERE s.id = later.service_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['region', 'is_delivered', 'extra_days']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['region', 'is_delivered', 'extra_days']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.region, earlier.is_delivered, earlier.extra_days) IS DISTINCT FROM ROW(later.region, later.is_delivered, later.extra_days)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="c419b14bd3184cad7d2a038cc62ed135e0b806ab",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_98e60",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_coveragearea",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.coveragearea', earlier.id, left((earlier.region)::text, 120), (SELECT c.store_id FROM fulfillment_carrierservice s JOIN fulfillment_carrier c ON c.id = s.carrier_id WHERE s.id = earlier.service_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['region', 'is_delivered', 'extra_days']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="b8908d31d69e383143b70db60e245f3d954c68a5",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_c70bf",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_coveragearea",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PriceTable",
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
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("valid_from", models.DateField(verbose_name="valid from")),
                        (
                            "valid_until",
                            models.DateField(
                                blank=True,
                                help_text="The last day it holds.",
                                null=True,
                                verbose_name="valid until",
                            ),
                        ),
                        (
                            "divisor",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="Centimetres cubed to a kilogram, mostly 6000. Empty: volume does not count.",
                                null=True,
                                verbose_name="volumetric divisor",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="price_tables",
                                to="fulfillment.carrierservice",
                                verbose_name="service",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Left empty: from every warehouse.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="price_tables",
                                to="catalog.warehouse",
                                verbose_name="from warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "price table",
                        "verbose_name_plural": "price tables",
                        "ordering": ["service_id", "-valid_from"],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("service", "="),
                                    (
                                        django.db.models.functions.comparison.Coalesce(
                                            "warehouse", models.Value(0, models.BigIntegerField())
                                        ),
                                        "=",
                                    ),
                                    (
                                        fulfillment.models.prices.Days("valid_from", "valid_until"),
                                        "&&",
                                    ),
                                ],
                                name="price_table_one_at_a_time",
                                violation_error_message="Another price table of this service holds at that time: end it first.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None),
                                    ("valid_until__gte", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="price_table_ends_after_it_begins",
                                violation_error_message="It can't end before it begins.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("divisor", None), ("divisor__gt", 0), _connector="OR"
                                ),
                                name="price_table_divisor_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("name", ""), _negated=True),
                                    ("currency__regex", "^[A-Z]{3}$"),
                                ),
                                name="price_table_named_with_currency",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="of_one_store",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."warehouse_id" IS NOT NULL)',
                                    func="\n                    IF NOT EXISTS (\n                        SELECT FROM fulfillment_carrierservice s\n                        JOIN fulfillment_carrier c ON c.id = s.carrier_id\n                        JOIN catalog_warehouse w ON w.store_id = c.store_id\n                        WHERE s.id = NEW.service_id AND w.id = NEW.warehouse_id\n                    ) THEN\n                        RAISE EXCEPTION 'Service and warehouse of a price table are of one store.'\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'price_table_of_one_store';\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="9147d74ed57e051db30ae7d9fc5a19202126fcfc",
                                    operation='INSERT OR UPDATE OF "service_id", "warehouse_id"',
                                    pgid="pgtrigger_of_one_store_84e7e",
                                    table="fulfillment_pricetable",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.pricetable', later.id, left((later.name)::text, 120), (SELECT c.store_id FROM fulfillment_carrierservice s JOIN fulfillment_carrier c ON c.id = s.carrier_id WHERE s.id = later.service_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['service_id', 'warehouse_id', 'name', 'valid_from', 'valid_until', 'divisor']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="ad0b1ff48f227fd2d3a3bc55eb3117aaf8c605f1",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_73d23",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_pricetable",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.pricetable', later.id, left((later.name)::text, 120), (SELECT c.store_id FROM fulfillment_carrierservice s JOIN fulfillment_carrier c ON c.id = s.carrier_id WHERE s.id = later.service_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['service_id', 'warehouse_id', 'name', 'valid_from', 'valid_until', 'divisor']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['service_id', 'warehouse_id', 'name', 'valid_from', 'valid_until', 'divisor']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.service_id, earlier.warehouse_id, earlier.name, earlier.valid_from, earlier.valid_until, earlier.divisor) IS DISTINCT FROM ROW(later.service_id, later.warehouse_id, later.name, later.valid_from, later.valid_until, later.divisor)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="c973e1a2d858f1901ab5932a7b482581bfefde3c",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_b2acd",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_pricetable",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.pricetable', earlier.id, left((earlier.name)::text, 120), (SELECT c.store_id FROM fulfillment_carrierservice s JOIN fulfillment_carrier c ON c.id = s.carrier_id WHERE s.id = earlier.service_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['service_id', 'warehouse_id', 'name', 'valid_from', 'valid_until', 'divisor']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="527b433bc8c81aeace1effb0e78fca232e9c6486",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_b40c9",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_pricetable",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PriceRow",
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
                            "region",
                            models.CharField(
                                max_length=6,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$",
                                        "A code of GB/T 2260 (33, 3301, 330106), or a country (CN, DE).",
                                    )
                                ],
                                verbose_name="region",
                            ),
                        ),
                        (
                            "above_grams",
                            models.PositiveIntegerField(default=0, verbose_name="above (g)"),
                        ),
                        (
                            "up_to_grams",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="up to (g)"
                            ),
                        ),
                        (
                            "first_grams",
                            models.PositiveIntegerField(default=0, verbose_name="first weight (g)"),
                        ),
                        (
                            "first_price",
                            models.DecimalField(
                                decimal_places=2,
                                max_digits=12,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="price of the first weight",
                            ),
                        ),
                        (
                            "step_grams",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="step (g)"
                            ),
                        ),
                        (
                            "step_price",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=12,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="price of a step",
                            ),
                        ),
                        (
                            "minimum",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=12,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="at least",
                            ),
                        ),
                        (
                            "table",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rows",
                                to="fulfillment.pricetable",
                                verbose_name="price table",
                            ),
                        ),
                        (
                            "origin",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Left empty: from everywhere.",
                                max_length=6,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$",
                                        "A code of GB/T 2260 (33, 3301, 330106), or a country (CN, DE).",
                                    )
                                ],
                                verbose_name="from region",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "price row",
                        "verbose_name_plural": "price rows",
                        "ordering": ["table_id", "origin", "region", "above_grams"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("region__regex", "^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$")
                                ),
                                name="price_row_region_code",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("up_to_grams", None),
                                    ("up_to_grams__gt", models.F("above_grams")),
                                    _connector="OR",
                                ),
                                name="price_row_band_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("first_price__gte", 0),
                                    ("step_price__gte", 0),
                                    ("minimum__gte", 0),
                                ),
                                name="price_row_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("step_grams", None), ("step_price", 0)),
                                    ("step_grams__gt", 0),
                                    _connector="OR",
                                ),
                                name="price_row_step_weighs",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("origin", ""),
                                    ("origin__regex", "^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$"),
                                    _connector="OR",
                                ),
                                name="price_row_origin_code",
                            ),
                            models.UniqueConstraint(
                                fields=("table", "region", "origin", "above_grams"),
                                name="price_row_unique_zone_band",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("table", "="),
                                    ("region", "="),
                                    ("origin", "="),
                                    (
                                        fulfillment.models.prices.Weights(
                                            "above_grams", "up_to_grams"
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="price_row_zone_bands_apart",
                                violation_error_message="Two weight bands of this region overlap.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RequiredPermit",
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
                                    ("food", "food transport permit"),
                                    ("cold", "cold chain permit"),
                                    ("dangerous", "dangerous goods permit"),
                                ],
                                max_length=10,
                                verbose_name="permit",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="required_permits",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "required permit",
                        "verbose_name_plural": "required permits",
                        "ordering": ["store_id", "category", "kind"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "category", "kind"), name="required_permit_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("category", ""), _negated=True),
                                    ("kind__in", ["food", "cold", "dangerous"]),
                                ),
                                name="required_permit_of_a_category",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.requiredpermit', later.id, left((later.category || ': ' || later.kind)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['category', 'kind']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="4b00a1a020e455770b32cefd634172eff2fe5670",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_b5082",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_requiredpermit",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.requiredpermit', later.id, left((later.category || ': ' || later.kind)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['category', 'kind']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['category', 'kind']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.category, earlier.kind) IS DISTINCT FROM ROW(later.category, later.kind)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="bce2267d5d9654237a6c93e2cf79524fe801ed3f",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_71ef3",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_requiredpermit",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.requiredpermit', earlier.id, left((earlier.category || ': ' || earlier.kind)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['category', 'kind']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="0247175e691b97e0490293693f1826f3e67c74ca",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_e0566",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_requiredpermit",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Surcharge",
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
                                    ("remote", "remote area"),
                                    ("fuel", "fuel"),
                                    ("holiday", "holiday"),
                                    ("cash", "cash on delivery"),
                                    ("insurance", "insurance"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "region",
                            models.CharField(
                                blank=True,
                                help_text="Of a remote area; left empty: everywhere.",
                                max_length=6,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$",
                                        "A code of GB/T 2260 (33, 3301, 330106), or a country (CN, DE).",
                                    )
                                ],
                                verbose_name="region",
                            ),
                        ),
                        (
                            "first_day",
                            models.DateField(blank=True, null=True, verbose_name="first day"),
                        ),
                        (
                            "last_day",
                            models.DateField(blank=True, null=True, verbose_name="last day"),
                        ),
                        (
                            "percent",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0"),
                                max_digits=6,
                                validators=[
                                    django.core.validators.MinValueValidator(0),
                                    django.core.validators.MaxValueValidator(100),
                                ],
                                verbose_name="percent",
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=12,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="amount",
                            ),
                        ),
                        (
                            "minimum",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=12,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="at least",
                            ),
                        ),
                        (
                            "table",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="surcharges",
                                to="fulfillment.pricetable",
                                verbose_name="price table",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "surcharge",
                        "verbose_name_plural": "surcharges",
                        "ordering": ["table_id", "kind", "region"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("percent__gte", 0),
                                    ("percent__lte", 100),
                                    ("amount__gte", 0),
                                    ("minimum__gte", 0),
                                    models.Q(
                                        ("percent__gt", 0), ("amount__gt", 0), _connector="OR"
                                    ),
                                ),
                                name="surcharge_asks_something",
                                violation_error_message="Give a percentage, an amount or both.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        models.Q(("kind", "remote"), _negated=True), ("region", "")
                                    ),
                                    models.Q(
                                        ("kind", "remote"),
                                        ("region__regex", "^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$"),
                                    ),
                                    _connector="OR",
                                ),
                                name="surcharge_of_a_remote_region",
                                violation_error_message="A remote area, and nothing else, names its region.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        models.Q(("kind", "holiday"), _negated=True),
                                        ("first_day", None),
                                        ("last_day", None),
                                    ),
                                    models.Q(
                                        ("first_day__isnull", False),
                                        ("kind", "holiday"),
                                        ("last_day__gte", models.F("first_day")),
                                    ),
                                    _connector="OR",
                                ),
                                name="surcharge_of_holidays_has_days",
                                violation_error_message="Holidays, and nothing else, have a first and last day.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.surcharge', later.id, left((later.kind)::text, 120), (SELECT c.store_id FROM fulfillment_pricetable t JOIN fulfillment_carrierservice s ON s.id = t.service_id JOIN fulfillment_carrier c ON c.id = s.carrier_id WHERE t.id = later.table_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['kind', 'region', 'first_day', 'last_day', 'percent', 'amount', 'minimum']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="7cd3cc0e51ba68602009e041d7c6d4c2fcd8215d",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_4e107",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_surcharge",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.surcharge', later.id, left((later.kind)::text, 120), (SELECT c.store_id FROM fulfillment_pricetable t JOIN fulfillment_carrierservice s ON s.id = t.service_id JOIN fulfillment_carrier c ON c.id = s.carrier_id WHERE t.id = later.table_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['kind', 'region', 'first_day', 'last_day', 'percent', 'amount', 'minimum']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['kind', 'region', 'first_day', 'last_day', 'percent', 'amount', 'minimum']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.kind, earlier.region, earlier.first_day, earlier.last_day, earlier.percent, earlier.amount, earlier.minimum) IS DISTINCT FROM ROW(later.kind, later.region, later.first_day, later.last_day, later.percent, later.amount, later.minimum)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="13740558a013666c444d5f2803d750cf087e40ff",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_7900c",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_surcharge",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.surcharge', earlier.id, left((earlier.kind)::text, 120), (SELECT c.store_id FROM fulfillment_pricetable t JOIN fulfillment_carrierservice s ON s.id = t.service_id JOIN fulfillment_carrier c ON c.id = s.carrier_id WHERE t.id = earlier.table_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['kind', 'region', 'first_day', 'last_day', 'percent', 'amount', 'minimum']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="272d3d3d162648bde3f19a2f772a648057f47d93",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_9e878",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_surcharge",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CompensationRule",
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
                            "hours_from",
                            models.PositiveIntegerField(
                                default=1, verbose_name="late from (hours)"
                            ),
                        ),
                        (
                            "hours_to",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="to below (hours)"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("coupon", "coupon"),
                                    ("money", "money"),
                                    ("points", "points"),
                                ],
                                max_length=8,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=12,
                                null=True,
                                verbose_name="fixed amount",
                            ),
                        ),
                        (
                            "percent",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=5,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0.01")),
                                    django.core.validators.MaxValueValidator(100),
                                ],
                                verbose_name="percent of what was paid",
                            ),
                        ),
                        (
                            "cap",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=12,
                                null=True,
                                verbose_name="at most",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Empty: for all channels without a rule of their own.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="stores.channel",
                                verbose_name="channel",
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
                    ],
                    options={
                        "verbose_name": "rule of compensation",
                        "verbose_name_plural": "rules of compensation",
                        "ordering": ["store_id", "channel_id", "hours_from"],
                        "default_permissions": ("view", "add", "change"),
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("is_active", True)),
                                expressions=[
                                    ("store", "="),
                                    (
                                        django.db.models.functions.comparison.Coalesce(
                                            "channel", models.Value(0, models.BigIntegerField())
                                        ),
                                        "=",
                                    ),
                                    (
                                        models.Func(
                                            models.F("hours_from"),
                                            models.F("hours_to"),
                                            function="int4range",
                                            output_field=django.contrib.postgres.fields.ranges.IntegerRangeField(),
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="compensation_rule_one_per_hour",
                                violation_error_message="Another rule holds for some of these hours.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("hours_to", None),
                                    ("hours_to__gt", models.F("hours_from")),
                                    _connector="OR",
                                ),
                                name="compensation_rule_hours_in_order",
                                violation_error_message="The hours end before they begin.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("amount__gt", 0), ("percent", None)),
                                    models.Q(
                                        ("amount", None), ("percent__gt", 0), ("percent__lte", 100)
                                    ),
                                    _connector="OR",
                                ),
                                name="compensation_rule_one_way",
                                violation_error_message="Give a fixed amount or a percentage, not both.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cap", None), ("cap__gt", 0), _connector="OR"),
                                name="compensation_rule_cap_positive",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.compensationrule', later.id, left((later.kind)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['channel_id', 'hours_from', 'hours_to', 'kind', 'amount', 'percent', 'cap', 'is_active']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="e6448a296459a1e15a5bd44a139c616bc05e6874",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_25b3f",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_compensationrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.compensationrule', later.id, left((later.kind)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['channel_id', 'hours_from', 'hours_to', 'kind', 'amount', 'percent', 'cap', 'is_active']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['channel_id', 'hours_from', 'hours_to', 'kind', 'amount', 'percent', 'cap', 'is_active']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.channel_id, earlier.hours_from, earlier.hours_to, earlier.kind, earlier.amount, earlier.percent, earlier.cap, earlier.is_active) IS DISTINCT FROM ROW(later.channel_id, later.hours_from, later.hours_to, later.kind, later.amount, later.percent, later.cap, later.is_active)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="100d5dafb0c96d88797ffe530ab9664dda97d158",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_7e594",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_compensationrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.compensationrule', earlier.id, left((earlier.kind)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['channel_id', 'hours_from', 'hours_to', 'kind', 'amount', 'percent', 'cap', 'is_active']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="7e8b0f3444d621043bb12db043dd66afeb69a6c5",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_02766",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_compensationrule",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Compensation",
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
                        ("delay", models.PositiveSmallIntegerField(verbose_name="delay")),
                        ("hours_late", models.PositiveIntegerField(verbose_name="hours late")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("coupon", "coupon"),
                                    ("money", "money"),
                                    ("points", "points"),
                                ],
                                max_length=8,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(
                                decimal_places=2, max_digits=12, verbose_name="amount"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "waits for approval"),
                                    ("approved", "to be granted"),
                                    ("refused", "refused"),
                                    ("granted", "granted"),
                                ],
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("proposed_at", models.DateTimeField(verbose_name="proposed")),
                        ("approved_at", models.DateTimeField(null=True, verbose_name="approved")),
                        ("granted_at", models.DateTimeField(null=True, verbose_name="granted at")),
                        (
                            "approval",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="approvals.approval",
                                verbose_name="approval",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="compensations",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="proposed by",
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
                            "rule",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="fulfillment.compensationrule",
                                verbose_name="rule",
                            ),
                        ),
                        (
                            "granted_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="granted by",
                            ),
                        ),
                        (
                            "granted_how",
                            models.CharField(
                                blank=True,
                                db_default="",
                                max_length=200,
                                verbose_name="how it was granted",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "compensation",
                        "verbose_name_plural": "compensations",
                        "permissions": [
                            ("propose_compensation", "Can propose compensations for delays"),
                            ("approve_compensation", "Can decide on compensations for delays"),
                            (
                                "grant_compensation",
                                "Can put compensations for delays down as granted",
                            ),
                        ],
                        "default_permissions": ("view",),
                        "indexes": [
                            models.Index(
                                fields=["store", "proposed_at", "id"],
                                name="compensation_list_store",
                            ),
                            models.Index(
                                condition=models.Q(("state", "asked")),
                                fields=["approval"],
                                name="compensation_asked",
                            ),
                            models.Index(
                                condition=models.Q(("state", "approved")),
                                fields=["store"],
                                name="compensation_to_grant",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "delay"),
                                name="compensation_one_per_order_and_delay",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)),
                                name="compensation_gives_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("approved_at", None),
                                        ("granted_at", None),
                                        ("state__in", ["asked", "refused"]),
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        ("granted_at", None),
                                        ("state", "approved"),
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        ("granted_at__isnull", False),
                                        ("state", "granted"),
                                    ),
                                    _connector="OR",
                                ),
                                name="compensation_moments_fit_state",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ["asked", "refused"]), _negated=True),
                                    ("approval__isnull", False),
                                    _connector="OR",
                                ),
                                name="compensation_asked_of_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("granted_by__isnull", False),
                                        ("state", "granted"),
                                        models.Q(("granted_how", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("state", "granted"), _negated=True),
                                        ("granted_by", None),
                                        ("granted_how", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="compensation_granted_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("granted_by", None),
                                    models.Q(("kind", "money"), _negated=True),
                                    models.Q(
                                        ("granted_by", models.F("proposed_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="compensation_money_takes_two",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.compensation', later.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = later.order_id))::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['state', 'kind', 'amount', 'granted_how']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="64e6f108a4485eca25c3412b8a5efb6114c0a006",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_74b04",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_compensation",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.compensation', later.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = later.order_id))::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['state', 'kind', 'amount', 'granted_how']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['state', 'kind', 'amount', 'granted_how']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.state, earlier.kind, earlier.amount, earlier.granted_how) IS DISTINCT FROM ROW(later.state, later.kind, later.amount, later.granted_how)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="b051e3e071178856ee4064a0929b8972541cd12c",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_5c00d",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_compensation",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.compensation', earlier.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = earlier.order_id))::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['state', 'kind', 'amount', 'granted_how']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="e755124481c96a7ad45a0a77e158cbe31848a1f7",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_fe963",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_compensation",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ParcelPromise",
                    fields=[
                        (
                            "parcel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="promise",
                                serialize=False,
                                to="fulfillment.parcel",
                                verbose_name="parcel",
                            ),
                        ),
                        (
                            "region",
                            models.CharField(blank=True, max_length=6, verbose_name="region"),
                        ),
                        ("deliver_by", models.DateTimeField(null=True, verbose_name="deliver by")),
                        (
                            "expected_by",
                            models.DateTimeField(null=True, verbose_name="expected by"),
                        ),
                    ],
                    options={
                        "verbose_name": "promise of a parcel",
                        "verbose_name_plural": "promises of parcels",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="d3c097dc6ec8f5be50e91decff635e4518395f13",
                                    operation="UPDATE",
                                    pgid="pgtrigger_kept_6428d",
                                    table="fulfillment_parcelpromise",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CarrierScore",
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
                            "month",
                            models.DateField(help_text="Its first day.", verbose_name="month"),
                        ),
                        ("parcels", models.PositiveIntegerField(verbose_name="parcels")),
                        (
                            "picked_up",
                            models.PositiveIntegerField(
                                verbose_name="picked up, and when is known"
                            ),
                        ),
                        (
                            "picked_up_in_time",
                            models.PositiveIntegerField(verbose_name="picked up in time"),
                        ),
                        ("judged", models.PositiveIntegerField(verbose_name="delivered, or late")),
                        ("on_time", models.PositiveIntegerField(verbose_name="on time")),
                        ("damaged", models.PositiveIntegerField(verbose_name="damaged")),
                        ("lost", models.PositiveIntegerField(verbose_name="lost")),
                        ("complained", models.PositiveIntegerField(verbose_name="complained of")),
                        ("computed_at", models.DateTimeField(verbose_name="worked out")),
                        (
                            "service",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="scores",
                                to="fulfillment.carrierservice",
                                verbose_name="service",
                            ),
                        ),
                        (
                            "settled",
                            models.PositiveIntegerField(
                                db_default=0, default=0, verbose_name="arrived, over or damaged"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "carrier score",
                        "verbose_name_plural": "carrier scores",
                        "ordering": ["service_id", "month"],
                        "default_permissions": ("view",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("service", "month"),
                                name="carrier_score_unique_service_month",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("month__day", 1),
                                    ("picked_up__lte", models.F("parcels")),
                                    ("picked_up_in_time__lte", models.F("picked_up")),
                                    ("judged__lte", models.F("parcels")),
                                    ("on_time__lte", models.F("judged")),
                                    ("damaged__lte", models.F("parcels")),
                                    ("lost__lte", models.F("parcels")),
                                    ("complained__lte", models.F("parcels")),
                                ),
                                name="carrier_score_parts_of_a_month",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("damaged__lte", models.F("settled")),
                                    ("settled__lte", models.F("parcels")),
                                ),
                                name="carrier_score_damaged_of_settled",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DeliveryPromise",
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
                        ("valid_from", models.DateField(verbose_name="valid from")),
                        (
                            "valid_until",
                            models.DateField(
                                blank=True,
                                help_text="The last day it holds.",
                                null=True,
                                verbose_name="valid until",
                            ),
                        ),
                        (
                            "region",
                            models.CharField(
                                blank=True,
                                help_text="Left empty: everywhere else.",
                                max_length=6,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$",
                                        "A code of GB/T 2260 (33, 3301, 330106), or a country (CN, DE).",
                                    )
                                ],
                                verbose_name="region",
                            ),
                        ),
                        (
                            "hours",
                            models.PositiveIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(2160),
                                ],
                                verbose_name="hours",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Left empty: every channel.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="stores.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="delivery_promises",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "delivery promise",
                        "verbose_name_plural": "delivery promises",
                        "ordering": ["store_id", "region", "-valid_from"],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("store", "="),
                                    (
                                        django.db.models.functions.comparison.Coalesce(
                                            "channel", models.Value(0, models.BigIntegerField())
                                        ),
                                        "=",
                                    ),
                                    ("region", "="),
                                    (
                                        fulfillment.models.prices.Days("valid_from", "valid_until"),
                                        "&&",
                                    ),
                                ],
                                name="delivery_promise_one_at_a_time",
                                violation_error_message="Another promise for this region holds at that time: end it first.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None),
                                    ("valid_until__gte", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="delivery_promise_ends_after_it_begins",
                                violation_error_message="It can't end before it begins.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("region", ""),
                                        ("region__regex", "^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$"),
                                        _connector="OR",
                                    ),
                                    ("hours__gt", 0),
                                    ("hours__lte", 2160),
                                ),
                                name="delivery_promise_sound",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="of_one_store",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."channel_id" IS NOT NULL)',
                                    func="\n            IF NOT EXISTS (\n                SELECT FROM stores_channel c\n                WHERE c.id = NEW.channel_id AND c.store_id = NEW.store_id\n            ) THEN\n                RAISE EXCEPTION 'The channel is another store''s.'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'delivery_promise_of_one_store';\n            END IF;\n            RETURN NEW;\n        ",
                                    hash="fa60383844bfba81417f9c9aee9479e64a133b50",
                                    operation='INSERT OR UPDATE OF "store_id", "channel_id"',
                                    pgid="pgtrigger_of_one_store_9c842",
                                    table="fulfillment_deliverypromise",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.deliverypromise', later.id, left((later.region || ' ' || later.hours || ' h')::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['channel_id', 'region', 'hours', 'valid_from', 'valid_until']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="84aed82a771b1487a900d5eb4f37d4381f740c2e",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_61612",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_deliverypromise",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.deliverypromise', later.id, left((later.region || ' ' || later.hours || ' h')::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['channel_id', 'region', 'hours', 'valid_from', 'valid_until']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['channel_id', 'region', 'hours', 'valid_from', 'valid_until']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.channel_id, earlier.region, earlier.hours, earlier.valid_from, earlier.valid_until) IS DISTINCT FROM ROW(later.channel_id, later.region, later.hours, later.valid_from, later.valid_until)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="78a1a6aa500e2475196b93b9d0cd763ec6b6e224",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_e86b7",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_deliverypromise",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.deliverypromise', earlier.id, left((earlier.region || ' ' || earlier.hours || ' h')::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['channel_id', 'region', 'hours', 'valid_from', 'valid_until']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="5cbc6020d48c5e56b1c78c38135125cb1d2c28b6",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_c9c7a",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_deliverypromise",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FreightInsurance",
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
                        ("valid_from", models.DateField(verbose_name="valid from")),
                        (
                            "valid_until",
                            models.DateField(
                                blank=True,
                                help_text="The last day it holds.",
                                null=True,
                                verbose_name="valid until",
                            ),
                        ),
                        ("provider", models.CharField(max_length=120, verbose_name="provider")),
                        (
                            "policy",
                            models.CharField(
                                blank=True, max_length=80, verbose_name="policy number"
                            ),
                        ),
                        (
                            "premium",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                help_text="Left empty: by bands of the refund rate.",
                                max_digits=12,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="premium of an order",
                            ),
                        ),
                        (
                            "cover",
                            models.DecimalField(
                                decimal_places=2,
                                max_digits=12,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="covered up to",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Left empty: every channel.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="stores.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="freight_insurances",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "freight insurance",
                        "verbose_name_plural": "freight insurances",
                        "ordering": ["store_id", "-valid_from"],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("store", "="),
                                    (
                                        django.db.models.functions.comparison.Coalesce(
                                            "channel", models.Value(0, models.BigIntegerField())
                                        ),
                                        "=",
                                    ),
                                    (
                                        fulfillment.models.prices.Days("valid_from", "valid_until"),
                                        "&&",
                                    ),
                                ],
                                name="freight_insurance_one_at_a_time",
                                violation_error_message="Another insurance of this channel holds at that time: end it first.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None),
                                    ("valid_until__gte", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="freight_insurance_ends_after_it_begins",
                                violation_error_message="It can't end before it begins.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("provider", ""), _negated=True),
                                    ("cover__gt", 0),
                                    models.Q(
                                        ("premium", None), ("premium__gte", 0), _connector="OR"
                                    ),
                                ),
                                name="freight_insurance_covers_something",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="of_one_store",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."channel_id" IS NOT NULL)',
                                    func="\n            IF NOT EXISTS (\n                SELECT FROM stores_channel c\n                WHERE c.id = NEW.channel_id AND c.store_id = NEW.store_id\n            ) THEN\n                RAISE EXCEPTION 'The channel is another store''s.'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'freight_insurance_of_one_store';\n            END IF;\n            RETURN NEW;\n        ",
                                    hash="d5e0870dc47e62c84e01685a95eabfa1edc74ca9",
                                    operation='INSERT OR UPDATE OF "store_id", "channel_id"',
                                    pgid="pgtrigger_of_one_store_199d1",
                                    table="fulfillment_freightinsurance",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.freightinsurance', later.id, left((later.provider)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['provider', 'policy', 'channel_id', 'premium', 'cover', 'valid_from', 'valid_until']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="e1373e4e06657c970feffd23e4d8ee511b2e0ac5",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_13681",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_freightinsurance",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.freightinsurance', later.id, left((later.provider)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['provider', 'policy', 'channel_id', 'premium', 'cover', 'valid_from', 'valid_until']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['provider', 'policy', 'channel_id', 'premium', 'cover', 'valid_from', 'valid_until']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.provider, earlier.policy, earlier.channel_id, earlier.premium, earlier.cover, earlier.valid_from, earlier.valid_until) IS DISTINCT FROM ROW(later.provider, later.policy, later.channel_id, later.premium, later.cover, later.valid_from, later.valid_until)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="fe32729971717426bca1db959adff32d9771f0ae",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_621db",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_freightinsurance",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.freightinsurance', earlier.id, left((earlier.provider)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['provider', 'policy', 'channel_id', 'premium', 'cover', 'valid_from', 'valid_until']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="ac8b42ec99c14a873526567795aff617ee8851ee",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_c15a2",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_freightinsurance",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FreightTemplate",
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
                        ("valid_from", models.DateField(verbose_name="valid from")),
                        (
                            "valid_until",
                            models.DateField(
                                blank=True,
                                help_text="The last day it holds.",
                                null=True,
                                verbose_name="valid until",
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "by",
                            models.CharField(
                                choices=[("pieces", "pieces"), ("weight", "weight (g)")],
                                default="pieces",
                                max_length=6,
                                verbose_name="charged by",
                            ),
                        ),
                        (
                            "free_from",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                help_text="Goods of this amount travel free.",
                                max_digits=12,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="free from",
                            ),
                        ),
                        ("is_default", models.BooleanField(default=False, verbose_name="default")),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Left empty: every channel.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="stores.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="freight_templates",
                                to="stores.store",
                                verbose_name="store",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "freight template",
                        "verbose_name_plural": "freight templates",
                        "ordering": ["store_id", "-is_default", "name"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("is_default", True)),
                                fields=("store",),
                                name="freight_template_one_default",
                                violation_error_message="The store has a default template already.",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("is_default", False)),
                                expressions=[
                                    ("store", "="),
                                    (
                                        django.db.models.functions.comparison.Coalesce(
                                            "channel", models.Value(0, models.BigIntegerField())
                                        ),
                                        "=",
                                    ),
                                    (
                                        fulfillment.models.prices.Days("valid_from", "valid_until"),
                                        "&&",
                                    ),
                                ],
                                name="freight_template_one_at_a_time",
                                violation_error_message="Another template of this channel holds at that time: end it first.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None),
                                    ("valid_until__gte", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="freight_template_ends_after_it_begins",
                                violation_error_message="It can't end before it begins.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("name", ""), _negated=True),
                                    models.Q(
                                        ("free_from", None), ("free_from__gte", 0), _connector="OR"
                                    ),
                                ),
                                name="freight_template_named",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="of_one_store",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."channel_id" IS NOT NULL)',
                                    func="\n            IF NOT EXISTS (\n                SELECT FROM stores_channel c\n                WHERE c.id = NEW.channel_id AND c.store_id = NEW.store_id\n            ) THEN\n                RAISE EXCEPTION 'The channel is another store''s.'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'freight_template_of_one_store';\n            END IF;\n            RETURN NEW;\n        ",
                                    hash="a1d05d20f830283041dfe751409db107c7fc77e5",
                                    operation='INSERT OR UPDATE OF "store_id", "channel_id"',
                                    pgid="pgtrigger_of_one_store_fcb5f",
                                    table="fulfillment_freighttemplate",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.freighttemplate', later.id, left((later.name)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['name', 'channel_id', 'by', 'free_from', 'is_default', 'valid_from', 'valid_until']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="b0510f2f566c7af8eb9fc8ac875eb6ee56d62fa8",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_56679",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_freighttemplate",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.freighttemplate', later.id, left((later.name)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['name', 'channel_id', 'by', 'free_from', 'is_default', 'valid_from', 'valid_until']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['name', 'channel_id', 'by', 'free_from', 'is_default', 'valid_from', 'valid_until']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.name, earlier.channel_id, earlier.by, earlier.free_from, earlier.is_default, earlier.valid_from, earlier.valid_until) IS DISTINCT FROM ROW(later.name, later.channel_id, later.by, later.free_from, later.is_default, later.valid_from, later.valid_until)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="3b88f2847b7f5adddbd8c3a797e9aca5f4ba3956",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_e1892",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_freighttemplate",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.freighttemplate', earlier.id, left((earlier.name)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['name', 'channel_id', 'by', 'free_from', 'is_default', 'valid_from', 'valid_until']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="8d0770815f80ce6583a831cc165d96fd58f01616",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_03d4d",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_freighttemplate",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FreightRow",
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
                            "region",
                            models.CharField(
                                blank=True,
                                help_text="Left empty: everywhere else.",
                                max_length=6,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$",
                                        "A code of GB/T 2260 (33, 3301, 330106), or a country (CN, DE).",
                                    )
                                ],
                                verbose_name="region",
                            ),
                        ),
                        (
                            "is_delivered",
                            models.BooleanField(default=True, verbose_name="delivered to"),
                        ),
                        (
                            "first",
                            models.PositiveIntegerField(
                                default=1,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="first",
                            ),
                        ),
                        (
                            "first_price",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=12,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="price of the first",
                            ),
                        ),
                        (
                            "step",
                            models.PositiveIntegerField(default=1, verbose_name="each further"),
                        ),
                        (
                            "step_price",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=12,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="price of each further",
                            ),
                        ),
                        (
                            "free_from",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=12,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="free from",
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rows",
                                to="fulfillment.freighttemplate",
                                verbose_name="freight template",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "freight row",
                        "verbose_name_plural": "freight rows",
                        "ordering": ["template_id", "region"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("template", "region"),
                                name="freight_row_unique_template_region",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("region", ""),
                                    ("region__regex", "^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$"),
                                    _connector="OR",
                                ),
                                name="freight_row_region_code",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("first__gt", 0),
                                    ("step__gt", 0),
                                    ("first_price__gte", 0),
                                    ("step_price__gte", 0),
                                    models.Q(
                                        ("free_from", None), ("free_from__gte", 0), _connector="OR"
                                    ),
                                ),
                                name="freight_row_counts_up",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.freightrow', later.id, left((later.region)::text, 120), (SELECT t.store_id FROM fulfillment_freighttemplate t WHERE t.id = later.template_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['region', 'is_delivered', 'first', 'first_price', 'step', 'step_price', 'free_from']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['region', 'is_delivered', 'first', 'first_price', 'step', 'step_price', 'free_from']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.region, earlier.is_delivered, earlier.first, earlier.first_price, earlier.step, earlier.step_price, earlier.free_from) IS DISTINCT FROM ROW(later.region, later.is_delivered, later.first, later.first_price, later.step, later.step_price, later.free_from)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="af685d31f0c0819c014c37c519ea03a2190a1b6f",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_86c79",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_freightrow",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.freightrow', earlier.id, left((earlier.region)::text, 120), (SELECT t.store_id FROM fulfillment_freighttemplate t WHERE t.id = earlier.template_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['region', 'is_delivered', 'first', 'first_price', 'step', 'step_price', 'free_from']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="cae0873419824420fdf4942fa22e225521ad2b1a",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_a7ce1",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_freightrow",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InsuranceBand",
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
                            "rate_from",
                            models.DecimalField(
                                decimal_places=2,
                                max_digits=5,
                                validators=[
                                    django.core.validators.MinValueValidator(0),
                                    django.core.validators.MaxValueValidator(100),
                                ],
                                verbose_name="refund rate from (%)",
                            ),
                        ),
                        (
                            "premium",
                            models.DecimalField(
                                decimal_places=2,
                                max_digits=12,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="premium of an order",
                            ),
                        ),
                        (
                            "insurance",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="bands",
                                to="fulfillment.freightinsurance",
                                verbose_name="freight insurance",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "premium band",
                        "verbose_name_plural": "premium bands",
                        "ordering": ["insurance_id", "rate_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("insurance", "rate_from"), name="insurance_band_unique_rate"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("rate_from__gte", 0),
                                    ("rate_from__lte", 100),
                                    ("premium__gte", 0),
                                ),
                                name="insurance_band_sound",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.insuranceband', later.id, left((later.rate_from::text)::text, 120), (SELECT t.store_id FROM fulfillment_freightinsurance t WHERE t.id = later.insurance_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['rate_from', 'premium']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['rate_from', 'premium']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.rate_from, earlier.premium) IS DISTINCT FROM ROW(later.rate_from, later.premium)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="92079e048218c1cdcfafa7cb14e722a2b64d8cb3",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_cd92c",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_insuranceband",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.insuranceband', earlier.id, left((earlier.rate_from::text)::text, 120), (SELECT t.store_id FROM fulfillment_freightinsurance t WHERE t.id = earlier.insurance_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['rate_from', 'premium']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="9449feb63d1bac1271d0e0c9052b94c38902f2c6",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_25003",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_insuranceband",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WaveRule",
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
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        (
                            "priority",
                            models.PositiveSmallIntegerField(
                                default=10,
                                help_text="An order goes by the first rule that fits it.",
                                verbose_name="priority",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("any", "any order"),
                                    ("single", "orders of one piece"),
                                    ("multi", "orders of several pieces"),
                                ],
                                default="any",
                                max_length=8,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "most_orders",
                            models.PositiveIntegerField(default=50, verbose_name="orders at most"),
                        ),
                        (
                            "most_pieces",
                            models.PositiveIntegerField(default=300, verbose_name="pieces at most"),
                        ),
                        (
                            "splits_by_zone",
                            models.BooleanField(default=False, verbose_name="a pick list per zone"),
                        ),
                        (
                            "cut_offs",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.TimeField(),
                                blank=True,
                                default=list,
                                help_text="Times in the store's zone, with commas between: 09:30, 14:00.",
                                size=None,
                                verbose_name="planned daily at",
                            ),
                        ),
                        (
                            "planned_for",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="planned for",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "carrier",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="fulfillment.carrier",
                                verbose_name="leaves with",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="stores.channel",
                                verbose_name="only of channel",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="wave_rules",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                        (
                            "zone",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="fulfillment.zone",
                                verbose_name="only from zone",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Orders that this service of the carrier would be offered first for.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="fulfillment.carrierservice",
                                verbose_name="only for service",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "wave rule",
                        "verbose_name_plural": "wave rules",
                        "ordering": ["warehouse_id", "priority", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("warehouse", "name"), name="wave_rule_unique_warehouse_name"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("most_orders__gt", 0), ("most_pieces__gt", 0)),
                                name="wave_rule_takes_something",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.waverule', later.id, left((later.name)::text, 120), (SELECT w.store_id FROM catalog_warehouse w WHERE w.id = later.warehouse_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['name', 'priority', 'kind', 'channel_id', 'zone_id', 'carrier_id', 'service_id', 'most_orders', 'most_pieces', 'splits_by_zone', 'is_active']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="210c617dc2258edaf7230eaf75118d0372f2fe0b",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_4350d",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_waverule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.waverule', later.id, left((later.name)::text, 120), (SELECT w.store_id FROM catalog_warehouse w WHERE w.id = later.warehouse_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['name', 'priority', 'kind', 'channel_id', 'zone_id', 'carrier_id', 'service_id', 'most_orders', 'most_pieces', 'splits_by_zone', 'is_active']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['name', 'priority', 'kind', 'channel_id', 'zone_id', 'carrier_id', 'service_id', 'most_orders', 'most_pieces', 'splits_by_zone', 'is_active']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.name, earlier.priority, earlier.kind, earlier.channel_id, earlier.zone_id, earlier.carrier_id, earlier.service_id, earlier.most_orders, earlier.most_pieces, earlier.splits_by_zone, earlier.is_active) IS DISTINCT FROM ROW(later.name, later.priority, later.kind, later.channel_id, later.zone_id, later.carrier_id, later.service_id, later.most_orders, later.most_pieces, later.splits_by_zone, later.is_active)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="8ade08523fc915b57c05ebb742c2e3ac6a663179",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_69d4e",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_waverule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.waverule', earlier.id, left((earlier.name)::text, 120), (SELECT w.store_id FROM catalog_warehouse w WHERE w.id = earlier.warehouse_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['name', 'priority', 'kind', 'channel_id', 'zone_id', 'carrier_id', 'service_id', 'most_orders', 'most_pieces', 'splits_by_zone', 'is_active']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="fd0057351808312647b11324095c386c0b6378e9",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_ae5f8",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_waverule",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Wave",
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
                            "state",
                            models.CharField(
                                choices=[
                                    ("planned", "planned"),
                                    ("released", "released"),
                                    ("picking", "being picked"),
                                    ("picked", "picked"),
                                    ("closed", "closed"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="planned",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("cut_off", models.DateTimeField(null=True, verbose_name="cut-off")),
                        ("due_at", models.DateTimeField(null=True, verbose_name="ship by")),
                        ("order_count", models.PositiveIntegerField(verbose_name="orders")),
                        ("piece_count", models.PositiveIntegerField(verbose_name="pieces")),
                        ("planned_at", models.DateTimeField(verbose_name="planned at")),
                        (
                            "released_at",
                            models.DateTimeField(null=True, verbose_name="released at"),
                        ),
                        ("picked_at", models.DateTimeField(null=True, verbose_name="picked at")),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                        (
                            "carrier",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="fulfillment.carrier",
                                verbose_name="leaves with",
                            ),
                        ),
                        (
                            "planned_by",
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
                            "warehouse",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="waves",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="waves",
                                to="fulfillment.waverule",
                                verbose_name="rule",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "wave",
                        "verbose_name_plural": "waves",
                        "ordering": ["-pk"],
                        "permissions": [
                            ("plan_wave", "Can plan, release and cancel waves"),
                            ("pick_wave", "Can pick goods of waves"),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["planned", "released", "picking", "picked"])
                                ),
                                fields=["warehouse", "due_at", "id"],
                                name="wave_open",
                            ),
                            models.Index(fields=["warehouse", "id"], name="wave_list"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("order_count__gt", 0)), name="wave_has_orders"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["planned", "cancelled"]),
                                    ("released_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="wave_released_at_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("state__in", ["closed", "cancelled"]),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("state__in", ["closed", "cancelled"]), _negated=True
                                        ),
                                        ("ended_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="wave_ended_at_a_moment",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pick",
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
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("assigned", "assigned"),
                                    ("picking", "being picked"),
                                    ("done", "picked"),
                                    ("short", "picked, goods are missing"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "assigned_at",
                            models.DateTimeField(null=True, verbose_name="assigned at"),
                        ),
                        ("started_at", models.DateTimeField(null=True, verbose_name="started")),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                        (
                            "assigned_to",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="picks",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="picker",
                            ),
                        ),
                        (
                            "zone",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="fulfillment.zone",
                                verbose_name="zone",
                            ),
                        ),
                        (
                            "wave",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="picks",
                                to="fulfillment.wave",
                                verbose_name="wave",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "pick list",
                        "verbose_name_plural": "pick lists",
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("assigned_to__isnull", False),
                                        ("state__in", ["assigned", "picking"]),
                                    ),
                                    models.Q(("state__in", ["assigned", "picking"]), _negated=True),
                                    _connector="OR",
                                ),
                                name="pick_at_work_is_somebodys",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("assigned_to", None), ("state", "open")),
                                    models.Q(("state", "open"), _negated=True),
                                    _connector="OR",
                                ),
                                name="pick_open_is_nobodys",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("state__in", ["done", "short", "cancelled"]),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("state__in", ["done", "short", "cancelled"]),
                                            _negated=True,
                                        ),
                                        ("ended_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="pick_ended_at_a_moment",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WaveOrder",
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
                        ("slot", models.PositiveSmallIntegerField(verbose_name="tote")),
                        ("left_at", models.DateTimeField(null=True, verbose_name="dropped out")),
                        (
                            "left_because",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("cancelled", "the order was cancelled"),
                                    ("changed", "the order was changed"),
                                    ("wave", "the wave was cancelled"),
                                    ("short", "goods were missing"),
                                ],
                                max_length=10,
                                verbose_name="why",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="wave_orders",
                                to="orders.order",
                                verbose_name="order",
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
                            "wave",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="wave_orders",
                                to="fulfillment.wave",
                                verbose_name="wave",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "order of a wave",
                        "verbose_name_plural": "orders of waves",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("left_at", None)),
                                fields=("order", "warehouse"),
                                name="wave_order_one_wave_per_warehouse",
                            ),
                            models.UniqueConstraint(
                                fields=("wave", "order"), name="wave_order_unique_wave_order"
                            ),
                            models.UniqueConstraint(
                                fields=("wave", "slot"), name="wave_order_unique_wave_slot"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("left_at", None), ("left_because", "")),
                                    models.Q(
                                        ("left_at__isnull", False),
                                        models.Q(("left_because", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="wave_order_left_for_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PickLine",
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
                        ("wanted", models.PositiveIntegerField(verbose_name="pieces")),
                        ("picked", models.PositiveIntegerField(default=0, verbose_name="picked")),
                        ("position", models.PositiveIntegerField(verbose_name="position")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("picked", "picked"),
                                    ("short", "short"),
                                    ("dropped", "not wanted any more"),
                                ],
                                default="open",
                                max_length=8,
                                verbose_name="state",
                            ),
                        ),
                        ("picked_at", models.DateTimeField(null=True, verbose_name="picked at")),
                        (
                            "bin",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="fulfillment.bin",
                                verbose_name="bin",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pick_lines",
                                to="orders.orderline",
                                verbose_name="order line",
                            ),
                        ),
                        (
                            "pick",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="fulfillment.pick",
                                verbose_name="pick list",
                            ),
                        ),
                        (
                            "picked_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="picked by",
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
                            "wave_order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="fulfillment.waveorder",
                                verbose_name="order",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "line of a pick list",
                        "verbose_name_plural": "lines of pick lists",
                        "indexes": [
                            models.Index(fields=["pick", "position", "id"], name="pick_line_walk"),
                            models.Index(
                                condition=models.Q(("bin__isnull", False), ("state", "open")),
                                fields=["bin", "sku"],
                                name="pick_line_takes_from_bin",
                            ),
                            models.Index(
                                condition=models.Q(("picked__gt", 0)),
                                fields=["sku"],
                                name="pick_line_picked_pieces",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("wanted__gt", 0)), name="pick_line_wants_pieces"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("picked__lte", models.F("wanted"))),
                                name="pick_line_picked_within_wanted",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("picked", models.F("wanted")), ("state", "picked")),
                                    models.Q(
                                        ("state__in", ["open", "short"]),
                                        ("picked__lt", models.F("wanted")),
                                    ),
                                    ("state", "dropped"),
                                    _connector="OR",
                                ),
                                name="pick_line_state_says_what_is_picked",
                            ),
                        ],
                        "ordering": ["position", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="ShortPick",
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
                        ("pieces", models.PositiveIntegerField(verbose_name="missing pieces")),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("missing", "not there"),
                                    ("damaged", "damaged"),
                                    ("unreadable", "label not readable"),
                                ],
                                max_length=12,
                                verbose_name="reason",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "to be decided"),
                                    ("replanned", "fetched elsewhere"),
                                    ("settled", "settled"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                        ("told_at", models.DateTimeField(verbose_name="at")),
                        ("settled_at", models.DateTimeField(null=True, verbose_name="settled at")),
                        (
                            "line",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="short",
                                to="fulfillment.pickline",
                                verbose_name="line",
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
                        (
                            "told_by",
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
                            "decision",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("again", "looked for in other bins again"),
                                    ("back_order", "the order waits for goods"),
                                    ("elsewhere", "served from another warehouse"),
                                    ("split", "split: the rest leaves without it"),
                                    ("contact", "the buyer is contacted"),
                                    ("out", "taken out of its wave"),
                                ],
                                db_default="",
                                default="",
                                max_length=10,
                                verbose_name="decision",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "short pick",
                        "verbose_name_plural": "short picks",
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["id"],
                                name="short_pick_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("pieces__gt", 0)),
                                name="short_pick_misses_pieces",
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
                                name="short_pick_settled_at_a_moment",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ParcelCase",
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
                                    ("stalled", "no news"),
                                    ("failed", "delivery failed"),
                                    ("trouble", "in trouble"),
                                    ("damaged", "damaged"),
                                    ("returned", "comes back"),
                                    ("lost", "lost"),
                                    ("not_received", "customer has not received it"),
                                ],
                                max_length=12,
                                verbose_name="kind",
                            ),
                        ),
                        ("cause_at", models.DateTimeField(verbose_name="since")),
                        ("opened_at", models.DateTimeField(verbose_name="opened")),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                        ("handled_at", models.DateTimeField(null=True, verbose_name="first step")),
                        ("asked_at", models.DateTimeField(null=True, verbose_name="carrier asked")),
                        ("told_at", models.DateTimeField(null=True, verbose_name="customer told")),
                        (
                            "claim_amount",
                            models.DecimalField(
                                decimal_places=2,
                                max_digits=12,
                                null=True,
                                verbose_name="claimed from the carrier",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="closed")),
                        (
                            "ended",
                            models.CharField(
                                blank=True,
                                choices=[("news", "by news"), ("person", "by a person")],
                                max_length=6,
                                verbose_name="ended",
                            ),
                        ),
                        (
                            "result",
                            models.CharField(blank=True, max_length=300, verbose_name="result"),
                        ),
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
                        (
                            "parcel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="fulfillment.parcel",
                                verbose_name="parcel",
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
                    ],
                    options={
                        "verbose_name": "parcel case",
                        "verbose_name_plural": "parcel cases",
                        "permissions": [
                            ("work_parcelcase", "Can open, work on and close parcel cases")
                        ],
                        "default_permissions": ("view",),
                        "indexes": [
                            models.Index(fields=["store", "-id"], name="parcel_case_list"),
                            models.Index(
                                condition=models.Q(("closed_at", None)),
                                fields=["store", "kind"],
                                name="parcel_case_open",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("parcel", "kind", "cause_at"),
                                name="parcel_case_unique_cause",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at", None)),
                                fields=("parcel", "kind"),
                                name="parcel_case_one_open_per_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closed_at", None),
                                        ("closed_by", None),
                                        ("ended", ""),
                                        ("result", ""),
                                    ),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("closed_by", None),
                                        ("ended", "news"),
                                    ),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("ended", "person"),
                                        models.Q(("result", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="parcel_case_ended_somehow",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("claim_amount", None), ("claim_amount__gt", 0), _connector="OR"
                                ),
                                name="parcel_case_claims_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("handled_at__isnull", False),
                                    models.Q(
                                        ("asked_at", None),
                                        ("claim_amount", None),
                                        ("told_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="parcel_case_steps_are_handling",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."claim_amount" IS DISTINCT FROM (NEW."claim_amount") OR OLD."closed_at" IS DISTINCT FROM (NEW."closed_at") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."result" IS DISTINCT FROM (NEW."result") OR OLD."told_at" IS DISTINCT FROM (NEW."told_at"))',
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.parcelcase', NEW.id, left(('P' || lpad(NEW.parcel_id::text, 9, '0'))::text, 120), NEW.store_id,\naudit_differing(to_jsonb(OLD), to_jsonb(NEW), ARRAY['kind', 'asked_at', 'told_at', 'claim_amount', 'closed_at', 'result']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(NEW), to_jsonb(OLD), ARRAY['kind', 'asked_at', 'told_at', 'claim_amount', 'closed_at', 'result']::text[], ARRAY[]::text[]);\nRETURN NULL;",
                                    hash="835ea0b3bb0fa5eed3be5bba75ac6f145252c123",
                                    operation='UPDATE OF "kind", "asked_at", "told_at", "claim_amount", "closed_at", "result"',
                                    pgid="pgtrigger_audit_update_82410",
                                    table="fulfillment_parcelcase",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.parcelcase', earlier.id, left(('P' || lpad(earlier.parcel_id::text, 9, '0'))::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['kind', 'asked_at', 'told_at', 'claim_amount', 'closed_at', 'result']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="a9485fc55a37cac5ef70ea4ffa1f2523aa9ae6df",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_de65c",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_parcelcase",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ShipmentMiss",
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
                        ("day", models.DateField(verbose_name="day")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("missed", "missed"), ("short", "short")],
                                max_length=8,
                                verbose_name="kind",
                            ),
                        ),
                        ("due_at", models.DateTimeField(null=True, verbose_name="ship by")),
                        ("pieces", models.PositiveIntegerField(verbose_name="pieces missing")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("followed_up", "followed up"),
                                    ("closed", "closed"),
                                ],
                                default="open",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                        ("found_at", models.DateTimeField(verbose_name="found")),
                        (
                            "followed_up_at",
                            models.DateTimeField(null=True, verbose_name="followed up"),
                        ),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="closed")),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="shipment_misses",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owner",
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
                            "warehouse",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "missed or short shipment",
                        "verbose_name_plural": "missed and short",
                        "permissions": [
                            ("follow_up_miss", "Can follow up missed and short shipments")
                        ],
                        "default_permissions": ("view",),
                        "indexes": [
                            models.Index(fields=["day", "id"], name="shipment_miss_list"),
                            models.Index(
                                fields=["store", "day", "id"], name="shipment_miss_list_store"
                            ),
                            models.Index(
                                condition=models.Q(("state", "closed"), _negated=True),
                                fields=["store", "order"],
                                name="shipment_miss_unsettled",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "day"), name="shipment_miss_one_per_order_and_day"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closed_at", None),
                                        ("followed_up_at", None),
                                        ("state", "open"),
                                    ),
                                    models.Q(
                                        ("closed_at", None),
                                        ("followed_up_at__isnull", False),
                                        ("state", "followed_up"),
                                        ("owner__isnull", False),
                                        models.Q(("note", ""), _negated=True),
                                    ),
                                    models.Q(("closed_at__isnull", False), ("state", "closed")),
                                    _connector="OR",
                                ),
                                name="shipment_miss_moments_fit_state",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."state" IS DISTINCT FROM (NEW."state"))',
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.shipmentmiss', NEW.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = NEW.order_id))::text, 120), NEW.store_id,\naudit_differing(to_jsonb(OLD), to_jsonb(NEW), ARRAY['state', 'owner_id', 'note']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(NEW), to_jsonb(OLD), ARRAY['state', 'owner_id', 'note']::text[], ARRAY[]::text[]);\nRETURN NULL;",
                                    hash="e26426f7840a0023db06147055b508987fd2229b",
                                    operation='UPDATE OF "state", "owner_id", "note"',
                                    pgid="pgtrigger_audit_update_3e230",
                                    table="fulfillment_shipmentmiss",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.shipmentmiss', earlier.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = earlier.order_id))::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['state', 'owner_id', 'note']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="1846ac74421abac66025f7ae6851f3c4d3f34b08",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_fd4a0",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_shipmentmiss",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChannelPush",
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
                            "form",
                            models.CharField(
                                choices=[
                                    ("plain", "plain"),
                                    ("shopify", "like Shopify's fulfilments"),
                                ],
                                default="plain",
                                max_length=8,
                                verbose_name="form",
                            ),
                        ),
                        (
                            "channel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parcel_push",
                                to="stores.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.target",
                                verbose_name="target",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "push to a channel",
                        "verbose_name_plural": "pushes to channels",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="target_of_the_store",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NOT EXISTS (\n                    SELECT FROM stores_channel c JOIN exchange_target t ON t.store_id = c.store_id\n                    WHERE c.id = NEW.channel_id AND t.id = NEW.target_id\n                ) THEN\n                    RAISE EXCEPTION 'channel and target are of one store'\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="8433501e3d0898f2f5aeb2becaf8999ec7d65672",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_target_of_the_store_30cb5",
                                    table="fulfillment_channelpush",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.channelpush', later.id, left(((SELECT c.code FROM stores_channel c WHERE c.id = later.channel_id))::text, 120), (SELECT c.store_id FROM stores_channel c WHERE c.id = later.channel_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['target_id', 'form']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="d5b2762d19ecafa7f47e8a7e489985a7b6780820",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_b2c65",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_channelpush",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.channelpush', later.id, left(((SELECT c.code FROM stores_channel c WHERE c.id = later.channel_id))::text, 120), (SELECT c.store_id FROM stores_channel c WHERE c.id = later.channel_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['target_id', 'form']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['target_id', 'form']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.target_id, earlier.form) IS DISTINCT FROM ROW(later.target_id, later.form)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="c5f1ca2282170ac3535be9de213d56a9c504ede4",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_91ae4",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_channelpush",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.channelpush', earlier.id, left(((SELECT c.code FROM stores_channel c WHERE c.id = earlier.channel_id))::text, 120), (SELECT c.store_id FROM stores_channel c WHERE c.id = earlier.channel_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['target_id', 'form']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="4902aed9477538cf89d186874ab4b620cb7a3bc2",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_9c6b8",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_channelpush",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Intercept",
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
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "asked"),
                                    ("stopped", "stopped"),
                                    ("failed", "not stopped"),
                                ],
                                default="asked",
                                max_length=8,
                                verbose_name="state",
                            ),
                        ),
                        ("reason", models.CharField(max_length=200, verbose_name="reason")),
                        ("asked_at", models.DateTimeField(verbose_name="asked")),
                        (
                            "answer",
                            models.CharField(
                                blank=True, max_length=300, verbose_name="what the carrier said"
                            ),
                        ),
                        ("answered_at", models.DateTimeField(null=True, verbose_name="answered")),
                        (
                            "answered_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="put down by",
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="asked by",
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="intercepts",
                                to="fulfillment.parcel",
                                verbose_name="parcel",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "interception",
                        "verbose_name_plural": "interceptions",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")),
                                fields=("parcel",),
                                name="intercept_one_open_per_parcel",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="intercept_has_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answered_at", None), ("state", "asked")),
                                    models.Q(
                                        models.Q(("state", "asked"), _negated=True),
                                        ("answered_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="intercept_answered_has_moment",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="asked_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."parcel_id" IS DISTINCT FROM (NEW."parcel_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="b3ccd31baad395f087d2e7b5ae94e33ef8c1fce7",
                                    operation="UPDATE",
                                    pgid="pgtrigger_asked_once_f6c2f",
                                    table="fulfillment_intercept",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="answered_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NOT (OLD.\"state\" = 'asked'))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="767b676ea0bcb0f0d631100b48aeb6dfe9055fcc",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_answered_once_4b0bd",
                                    table="fulfillment_intercept",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StationScan",
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
                        ("key", models.UUIDField(verbose_name="key")),
                        ("answer", models.JSONField(verbose_name="answer")),
                        ("at", models.DateTimeField(db_index=True, verbose_name="at")),
                        (
                            "person",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
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
                    ],
                    options={
                        "verbose_name": "scan at a packing station",
                        "verbose_name_plural": "scans at packing stations",
                        "default_permissions": (),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("person", "key"), name="station_scan_once_per_key"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="answered_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="36542f8209f44cb69f5e6b35bf3eb3f8a5c154bf",
                                    operation="UPDATE",
                                    pgid="pgtrigger_answered_once_555b0",
                                    table="fulfillment_stationscan",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PackagingRule",
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
                            "category",
                            models.CharField(blank=True, max_length=120, verbose_name="category"),
                        ),
                        (
                            "shock",
                            models.BooleanField(default=False, verbose_name="breaks by shock"),
                        ),
                        (
                            "moisture",
                            models.BooleanField(default=False, verbose_name="must stay dry"),
                        ),
                        (
                            "dust",
                            models.BooleanField(
                                default=False, verbose_name="must stay free of dust"
                            ),
                        ),
                        ("cold", models.BooleanField(default=False, verbose_name="must stay cold")),
                        (
                            "upright",
                            models.BooleanField(default=False, verbose_name="stays upright"),
                        ),
                        (
                            "padding_mm",
                            models.PositiveSmallIntegerField(
                                default=0,
                                validators=[django.core.validators.MaxValueValidator(200)],
                                verbose_name="padding (mm)",
                            ),
                        ),
                        (
                            "material",
                            models.CharField(
                                blank=True, max_length=120, verbose_name="material to add"
                            ),
                        ),
                        (
                            "group",
                            models.CharField(
                                blank=True,
                                max_length=40,
                                validators=[django.core.validators.RegexValidator("^[\\w-]+$")],
                                verbose_name="group",
                            ),
                        ),
                        (
                            "not_with",
                            models.CharField(
                                blank=True,
                                max_length=120,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[\\w-]+(, ?[\\w-]+)*$", "Words with commas between them."
                                    )
                                ],
                                verbose_name="not together with",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="catalog.product",
                                verbose_name="product",
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
                    ],
                    options={
                        "verbose_name": "packaging rule",
                        "verbose_name_plural": "packaging rules",
                        "ordering": ["store_id", "category", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("product__isnull", False)),
                                fields=("store", "product"),
                                name="packaging_rule_one_per_product",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("product", None)),
                                fields=("store", "category"),
                                name="packaging_rule_one_per_category",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("product", None), models.Q(("category", ""), _negated=True)
                                    ),
                                    models.Q(("category", ""), ("product__isnull", False)),
                                    _connector="OR",
                                ),
                                name="packaging_rule_of_one_thing",
                                violation_error_message="Name a product or a category, not both.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.packagingrule', later.id, left((later.category)::text, 120), later.store_id,\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['product_id', 'category', 'shock', 'moisture', 'dust', 'cold', 'upright', 'padding_mm', 'material', 'group', 'not_with']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="3e990423cd401a440d207061ca2d8dfcf9cd0e17",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_01e1e",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_packagingrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.packagingrule', later.id, left((later.category)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['product_id', 'category', 'shock', 'moisture', 'dust', 'cold', 'upright', 'padding_mm', 'material', 'group', 'not_with']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['product_id', 'category', 'shock', 'moisture', 'dust', 'cold', 'upright', 'padding_mm', 'material', 'group', 'not_with']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.product_id, earlier.category, earlier.shock, earlier.moisture, earlier.dust, earlier.cold, earlier.upright, earlier.padding_mm, earlier.material, earlier.group, earlier.not_with) IS DISTINCT FROM ROW(later.product_id, later.category, later.shock, later.moisture, later.dust, later.cold, later.upright, later.padding_mm, later.material, later.group, later.not_with)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="5908046e6419813890c97ab11cb6d776e68214ba",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_113b5",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_packagingrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.packagingrule', earlier.id, left((earlier.category)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['product_id', 'category', 'shock', 'moisture', 'dust', 'cold', 'upright', 'padding_mm', 'material', 'group', 'not_with']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="03c26cddc494dd945dac0468071fa79bba1eb412",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_4e216",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_packagingrule",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Box",
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
                            "code",
                            models.SlugField(db_index=False, max_length=40, verbose_name="code"),
                        ),
                        (
                            "inner_length_mm",
                            models.PositiveIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(5000),
                                ],
                                verbose_name="inner length (mm)",
                            ),
                        ),
                        (
                            "inner_width_mm",
                            models.PositiveIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(5000),
                                ],
                                verbose_name="inner width (mm)",
                            ),
                        ),
                        (
                            "inner_height_mm",
                            models.PositiveIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(5000),
                                ],
                                verbose_name="inner height (mm)",
                            ),
                        ),
                        (
                            "outer_length_mm",
                            models.PositiveIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(5000),
                                ],
                                verbose_name="outer length (mm)",
                            ),
                        ),
                        (
                            "outer_width_mm",
                            models.PositiveIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(5000),
                                ],
                                verbose_name="outer width (mm)",
                            ),
                        ),
                        (
                            "outer_height_mm",
                            models.PositiveIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(5000),
                                ],
                                verbose_name="outer height (mm)",
                            ),
                        ),
                        ("own_grams", models.PositiveIntegerField(verbose_name="own weight (g)")),
                        (
                            "most_grams",
                            models.PositiveIntegerField(
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="bears at most (g)",
                            ),
                        ),
                        (
                            "cost",
                            models.DecimalField(
                                decimal_places=2,
                                max_digits=10,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="cost",
                            ),
                        ),
                        (
                            "stock",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="Empty: it is not counted.",
                                null=True,
                                verbose_name="stock",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
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
                            "warehouse",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Empty: every warehouse of the store has it.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "box",
                        "verbose_name_plural": "boxes",
                        "ordering": ["store_id", "code"],
                        "default_permissions": ("view", "add", "change"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("store", "code"), name="box_unique_store_code"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("inner_height_mm__gt", 0),
                                    ("inner_length_mm__gt", 0),
                                    ("inner_width_mm__gt", 0),
                                ),
                                name="box_holds_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("outer_length_mm__gte", models.F("inner_length_mm")),
                                    ("outer_width_mm__gte", models.F("inner_width_mm")),
                                    ("outer_height_mm__gte", models.F("inner_height_mm")),
                                ),
                                name="box_outside_not_smaller",
                                violation_error_message="A box is no smaller outside than inside.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cost__gte", 0), ("most_grams__gt", 0)),
                                name="box_bears_something",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.box', later.id, left((later.code)::text, 120), later.store_id,\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['code', 'most_grams', 'cost', 'is_active']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['code', 'most_grams', 'cost', 'is_active']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.code, earlier.most_grams, earlier.cost, earlier.is_active) IS DISTINCT FROM ROW(later.code, later.most_grams, later.cost, later.is_active)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="b9a026f09403faaf459b3d3dc5efd298bff3614c",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_0ca16",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_box",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.box', earlier.id, left((earlier.code)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['code', 'most_grams', 'cost', 'is_active']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="a6a3ccd89660667e4f0561d211b4d28a48b32852",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_e1c90",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_box",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ParcelPoll",
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
                            models.CharField(
                                blank=True, max_length=60, verbose_name="known there as"
                            ),
                        ),
                        ("next_at", models.DateTimeField(null=True, verbose_name="asked next")),
                        ("lease_until", models.DateTimeField(null=True)),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(
                                default=0, verbose_name="failures in a row"
                            ),
                        ),
                        ("asked_at", models.DateTimeField(null=True, verbose_name="asked last")),
                        (
                            "error",
                            models.CharField(blank=True, max_length=300, verbose_name="error"),
                        ),
                        ("parked_at", models.DateTimeField(null=True, verbose_name="given up")),
                        (
                            "carrier",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="fulfillment.carrier",
                                verbose_name="carrier",
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="polls",
                                to="fulfillment.parcel",
                                verbose_name="parcel",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.target",
                                verbose_name="target",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "question about a parcel",
                        "verbose_name_plural": "questions about parcels",
                        "default_permissions": (),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("next_at__isnull", False)),
                                fields=["target", "carrier", "next_at"],
                                name="parcel_poll_open",
                            ),
                            models.Index(
                                condition=models.Q(("parked_at__isnull", False)),
                                fields=["target"],
                                name="parcel_poll_parked",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("parcel", "target"), name="parcel_poll_unique_parcel_target"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("next_at__isnull", False),
                                    ("lease_until", None),
                                    _connector="OR",
                                ),
                                name="parcel_poll_leased_while_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("parked_at", None), ("next_at", None), _connector="OR"
                                ),
                                name="parcel_poll_parked_is_over",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ParcelEta",
                    fields=[
                        (
                            "parcel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="eta",
                                serialize=False,
                                to="fulfillment.parcel",
                                verbose_name="parcel",
                            ),
                        ),
                        ("earliest", models.DateTimeField(verbose_name="expected from")),
                        ("latest", models.DateTimeField(verbose_name="expected until")),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("lane", "its lane"),
                                    ("service", "its service"),
                                    ("promise", "the promise"),
                                ],
                                max_length=8,
                                verbose_name="by",
                            ),
                        ),
                        ("sample", models.PositiveIntegerField(default=0, verbose_name="parcels")),
                    ],
                    options={
                        "verbose_name": "expected arrival",
                        "verbose_name_plural": "expected arrivals",
                        "default_permissions": (),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("earliest__lte", models.F("latest"))),
                                name="parcel_eta_has_a_span",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LaneTime",
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
                            "region",
                            models.CharField(blank=True, max_length=2, verbose_name="region"),
                        ),
                        ("parcels", models.PositiveIntegerField(verbose_name="parcels")),
                        (
                            "median_hours",
                            models.DecimalField(
                                decimal_places=1,
                                max_digits=7,
                                verbose_name="half arrive within (h)",
                            ),
                        ),
                        (
                            "p90_hours",
                            models.DecimalField(
                                decimal_places=1,
                                max_digits=7,
                                verbose_name="nine of ten arrive within (h)",
                            ),
                        ),
                        (
                            "silence_hours",
                            models.DecimalField(
                                decimal_places=1,
                                max_digits=7,
                                verbose_name="nine of ten are silent at most (h)",
                            ),
                        ),
                        ("computed_at", models.DateTimeField(verbose_name="worked out")),
                        (
                            "service",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lanes",
                                to="fulfillment.carrierservice",
                                verbose_name="service",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="catalog.warehouse",
                                verbose_name="from warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "lane",
                        "verbose_name_plural": "lanes",
                        "default_permissions": ("view",),
                        "indexes": [models.Index(fields=["parcels", "id"], name="lane_time_list")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("service", "warehouse", "region"),
                                name="lane_time_unique_service_warehouse_region",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("region", ""), ("warehouse", None)),
                                    models.Q(
                                        ("warehouse__isnull", False),
                                        models.Q(("region", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="lane_time_of_a_lane_or_of_all",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("parcels__gt", 0),
                                    ("median_hours__gte", 0),
                                    ("median_hours__lte", models.F("p90_hours")),
                                    ("silence_hours__gte", 0),
                                ),
                                name="lane_time_makes_sense",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BackOrder",
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
                        ("pieces", models.PositiveIntegerField(verbose_name="pieces")),
                        ("since", models.DateTimeField(verbose_name="since")),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                        (
                            "ended_because",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("arrived", "the goods are there"),
                                    ("resumed", "picked again as it is"),
                                    ("gone", "the order is not served from here any more"),
                                ],
                                max_length=10,
                                verbose_name="why",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="back_orders",
                                to="orders.order",
                                verbose_name="order",
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
                                verbose_name="by",
                            ),
                        ),
                        (
                            "short",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="back_orders",
                                to="fulfillment.shortpick",
                                verbose_name="short pick",
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
                    ],
                    options={
                        "verbose_name": "back order",
                        "verbose_name_plural": "back orders",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("ended_at", None)),
                                fields=["warehouse", "since", "id"],
                                name="back_order_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("order", "warehouse", "short"),
                                name="back_order_once_per_short_pick",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("pieces__gt", 0)),
                                name="back_order_waits_for_pieces",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("ended_because", "")),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        models.Q(("ended_because", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="back_order_ended_for_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Following",
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
                            "state",
                            models.CharField(
                                choices=[
                                    ("followed", "followed"),
                                    ("given_up", "given up"),
                                    ("over", "over"),
                                ],
                                default="followed",
                                max_length=8,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "turn",
                            models.PositiveSmallIntegerField(
                                default=1, verbose_name="asked so often"
                            ),
                        ),
                        ("asked_at", models.DateTimeField(verbose_name="asked")),
                        ("given_up_at", models.DateTimeField(null=True, verbose_name="given up")),
                        (
                            "words",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="the source's words"
                            ),
                        ),
                        (
                            "right_carrier",
                            models.CharField(
                                blank=True,
                                max_length=40,
                                verbose_name="carrier it found to be right",
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="asked by",
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="followings",
                                to="fulfillment.parcel",
                                verbose_name="parcel",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.target",
                                verbose_name="target",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "following of a parcel",
                        "verbose_name_plural": "followings of parcels",
                        "permissions": [("follow_parcel", "Can have sources follow parcels again")],
                        "default_permissions": (),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("parcel", "target"), name="following_unique_parcel_target"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "given_up"), _negated=True),
                                    ("given_up_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="following_given_up_at_a_moment",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.following', later.id, left(('P' || lpad(later.parcel_id::text, 9, '0'))::text, 120), (SELECT p.store_id FROM fulfillment_parcel p WHERE p.id = later.parcel_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['state', 'turn', 'right_carrier']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['state', 'turn', 'right_carrier']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.state, earlier.turn, earlier.right_carrier) IS DISTINCT FROM ROW(later.state, later.turn, later.right_carrier)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="e2e18e0ae01bfe40d5157675918f0c9bba3da036",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_2c48b",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_following",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.following', earlier.id, left(('P' || lpad(earlier.parcel_id::text, 9, '0'))::text, 120), (SELECT p.store_id FROM fulfillment_parcel p WHERE p.id = earlier.parcel_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['state', 'turn', 'right_carrier']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="4472b879a4986578229443cc593d4941f4853dd6",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_dd762",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_following",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ParcelCharge",
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
                            "expected",
                            models.DecimalField(
                                decimal_places=2,
                                max_digits=12,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="expected cost",
                            ),
                        ),
                        (
                            "grams",
                            models.PositiveIntegerField(
                                null=True, verbose_name="charged weight (g)"
                            ),
                        ),
                        ("parts", models.JSONField(default=list, verbose_name="breakdown")),
                        ("expected_at", models.DateTimeField(null=True, verbose_name="worked out")),
                        (
                            "billed",
                            models.DecimalField(
                                decimal_places=2,
                                max_digits=12,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="billed cost",
                            ),
                        ),
                        (
                            "bill",
                            models.CharField(
                                blank=True, max_length=80, verbose_name="number of the bill"
                            ),
                        ),
                        (
                            "billed_at",
                            models.DateTimeField(null=True, verbose_name="bill put down"),
                        ),
                        (
                            "difference",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    models.F("billed"), "-", models.F("expected")
                                ),
                                output_field=models.DecimalField(
                                    decimal_places=2, max_digits=12, null=True
                                ),
                                verbose_name="billed beyond what was expected",
                            ),
                        ),
                        (
                            "billed_by",
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
                            "parcel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="charge",
                                to="fulfillment.parcel",
                                verbose_name="parcel",
                            ),
                        ),
                        (
                            "session",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="exchange.importsession",
                                verbose_name="import",
                            ),
                        ),
                        (
                            "table",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="charges",
                                to="fulfillment.pricetable",
                                verbose_name="price table",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cost of a parcel",
                        "verbose_name_plural": "costs of parcels",
                        "permissions": [
                            ("bill_parcelcharge", "Can put down what carriers bill for parcels")
                        ],
                        "default_permissions": ("view",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("difference", 0), _negated=True),
                                fields=["parcel"],
                                name="parcel_charge_differs",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("expected", None), ("expected__gte", 0), _connector="OR"
                                    ),
                                    models.Q(("billed", None), ("billed__gte", 0), _connector="OR"),
                                ),
                                name="parcel_charge_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("expected", None), ("expected_at", None), ("table", None)
                                    ),
                                    models.Q(
                                        ("expected__isnull", False), ("expected_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="parcel_charge_expected_at_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("bill", ""), ("billed", None), ("billed_at", None)),
                                    models.Q(
                                        ("billed__isnull", False), ("billed_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="parcel_charge_billed_at_a_moment",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.parcelcharge', later.id, left(('P' || lpad(later.parcel_id::text, 9, '0'))::text, 120), (SELECT p.store_id FROM fulfillment_parcel p WHERE p.id = later.parcel_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['billed', 'bill']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['billed', 'bill']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.billed, earlier.bill) IS DISTINCT FROM ROW(later.billed, later.bill)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="62e54926e9f5556b597da3e7a6408fa4adba11d1",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_58a41",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_parcelcharge",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.parcelcharge', earlier.id, left(('P' || lpad(earlier.parcel_id::text, 9, '0'))::text, 120), (SELECT p.store_id FROM fulfillment_parcel p WHERE p.id = earlier.parcel_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['billed', 'bill']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="93c06ada28f6201646006055128bdb801b36b26d",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_16c98",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_parcelcharge",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WarehousePace",
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
                            "per_hour",
                            models.PositiveIntegerField(
                                help_text="0: as the number of the procedure says.",
                                validators=[django.core.validators.MaxValueValidator(100000)],
                                verbose_name="parcels per working hour",
                            ),
                        ),
                        ("valid_from", models.DateTimeField(verbose_name="from")),
                        ("reason", models.CharField(max_length=200, verbose_name="reason")),
                        ("set_at", models.DateTimeField(verbose_name="set")),
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
                            "warehouse",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="paces",
                                to="catalog.warehouse",
                                verbose_name="warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "pace of a warehouse",
                        "verbose_name_plural": "paces of warehouses",
                        "ordering": ["-pk"],
                        "default_permissions": ("view", "add"),
                        "indexes": [
                            models.Index(
                                fields=["warehouse", "-valid_from", "-id"],
                                name="warehouse_pace_holds",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="bc2fc7679cf60bf9e2a11f904312855028d336cf",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_ffde1",
                                    table="fulfillment_warehousepace",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CarrierException",
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
                                    ("licence", "courier licence"),
                                    ("food", "food transport permit"),
                                    ("cold", "cold chain permit"),
                                    ("dangerous", "dangerous goods permit"),
                                    ("contract", "contract"),
                                    ("insurance", "liability insurance"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="valid from")),
                        (
                            "valid_until",
                            models.DateField(
                                help_text="The last day it holds.", verbose_name="valid until"
                            ),
                        ),
                        ("reason", models.CharField(max_length=200, verbose_name="reason")),
                        (
                            "approval",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="approvals.approval",
                                verbose_name="approval",
                            ),
                        ),
                        (
                            "carrier",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exceptions",
                                to="fulfillment.carrier",
                                verbose_name="carrier",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "exception for a carrier",
                        "verbose_name_plural": "exceptions for carriers",
                        "ordering": ["-pk"],
                        "permissions": [
                            (
                                "ask_carrierexception",
                                "Can ask for carriers to be offered without a valid paper",
                            ),
                            (
                                "approve_carrierexception",
                                "Can decide on carriers without a valid paper",
                            ),
                        ],
                        "default_permissions": ("view",),
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("carrier", "="),
                                    ("kind", "="),
                                    (
                                        fulfillment.models.prices.Days("valid_from", "valid_until"),
                                        "&&",
                                    ),
                                ],
                                name="carrier_exception_one_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until__gte", models.F("valid_from")),
                                    models.Q(("reason", ""), _negated=True),
                                ),
                                name="carrier_exception_for_a_reason",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="as_approved",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="d215919fc02b4ddeee3d37b76c02415543272f7e",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_as_approved_2353e",
                                    table="fulfillment_carrierexception",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'fulfillment.carrierexception', later.id, left((later.kind)::text, 120), (SELECT c.store_id FROM fulfillment_carrier c WHERE c.id = later.carrier_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['kind', 'valid_from', 'valid_until', 'reason']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                                    hash="172a01ef297bdae73f29b02ea97859a79728d423",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_audit_insert_a533f",
                                    referencing="REFERENCING NEW TABLE AS new_rows ",
                                    table="fulfillment_carrierexception",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'fulfillment.carrierexception', later.id, left((later.kind)::text, 120), (SELECT c.store_id FROM fulfillment_carrier c WHERE c.id = later.carrier_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['kind', 'valid_from', 'valid_until', 'reason']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['kind', 'valid_from', 'valid_until', 'reason']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.kind, earlier.valid_from, earlier.valid_until, earlier.reason) IS DISTINCT FROM ROW(later.kind, later.valid_from, later.valid_until, later.reason)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                                    hash="3292c08c433b95987e155807dcf4c2241a32b1f3",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_audit_update_fbb71",
                                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                                    table="fulfillment_carrierexception",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="audit_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'fulfillment.carrierexception', earlier.id, left((earlier.kind)::text, 120), (SELECT c.store_id FROM fulfillment_carrier c WHERE c.id = earlier.carrier_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['kind', 'valid_from', 'valid_until', 'reason']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                                    hash="5a86a64a02b82154366f1db100191933914531ee",
                                    level="STATEMENT",
                                    operation="DELETE",
                                    pgid="pgtrigger_audit_delete_a3a13",
                                    referencing="REFERENCING OLD TABLE AS old_rows ",
                                    table="fulfillment_carrierexception",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BoxStock",
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
                        ("quantity", models.IntegerField(default=0, verbose_name="boxes there")),
                        (
                            "reorder_point",
                            models.PositiveIntegerField(
                                default=0,
                                help_text="At so many or fewer the warehouse is alerted; 0: never.",
                                verbose_name="reorder point",
                            ),
                        ),
                        (
                            "box",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stocks",
                                to="fulfillment.box",
                                verbose_name="box",
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
                    ],
                    options={
                        "verbose_name": "stock of boxes",
                        "verbose_name_plural": "stock of boxes",
                        "ordering": ["warehouse_id", "box_id"],
                        "permissions": [("move_box_stock", "Can receive and count boxes")],
                        "default_permissions": ("view", "add", "change"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("box", "warehouse"), name="box_stock_unique_box_warehouse"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="identity",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."box_id" IS DISTINCT FROM (NEW."box_id") OR OLD."warehouse_id" IS DISTINCT FROM (NEW."warehouse_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="7d9a890ce897c4d102876f4afa7f6e3eafeababf",
                                    operation="UPDATE",
                                    pgid="pgtrigger_identity_2306d",
                                    table="fulfillment_boxstock",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BoxMovement",
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
                                    ("received", "received"),
                                    ("used", "used for a parcel"),
                                    ("counted", "corrected by a count"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("quantity", models.IntegerField(verbose_name="boxes")),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
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
                        (
                            "parcel",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="fulfillment.parcel",
                                verbose_name="parcel",
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
                            "stock",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="movements",
                                to="fulfillment.boxstock",
                                verbose_name="stock of boxes",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "movement of boxes",
                        "verbose_name_plural": "movements of boxes",
                        "ordering": ["-pk"],
                        "default_permissions": ("view",),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "used")),
                                fields=("parcel",),
                                name="box_movement_one_per_parcel",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity", 0), _negated=True),
                                name="box_movement_moves_boxes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind", "used"),
                                        ("parcel__isnull", False),
                                        ("quantity__lt", 0),
                                    ),
                                    models.Q(
                                        models.Q(("kind", "used"), _negated=True), ("parcel", None)
                                    ),
                                    _connector="OR",
                                ),
                                name="box_movement_used_for_a_parcel",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="b037e7cec19bb52769f4b0155da7878810f18ad1",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_59e8b",
                                    table="fulfillment_boxmovement",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ParcelBox",
                    fields=[
                        (
                            "parcel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="in_box",
                                serialize=False,
                                to="fulfillment.parcel",
                                verbose_name="parcel",
                            ),
                        ),
                        ("is_scanned", models.BooleanField(default=False, verbose_name="scanned")),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "box",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="fulfillment.box",
                                verbose_name="box",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "box of a parcel",
                        "verbose_name_plural": "boxes of parcels",
                    },
                ),
            ]
        ),
        migrations.RunPython(install_triggers, migrations.RunPython.noop),
        migrations.RunSQL(
            written("shipping_ground_v1.sql"),
            "DROP FUNCTION shipping_ground(bigint, bigint[], text[], text[])",
        ),
        migrations.RunSQL(
            written("leaving_v1.sql"),
            """
            DROP FUNCTION goods_lay_in_bins(bigint[]);
            DROP FUNCTION leaving_is_pushed(bigint[]);
            DROP FUNCTION leaving_has_source(bigint[], text[]);
            DROP FUNCTION leaving_was_tracked(bigint[]);
            """,
        ),
        migrations.RunSQL(
            written("shipping_steps_v1.sql"),
            """
            DROP FUNCTION pack_parcels(jsonb, bigint, timestamptz);
            DROP FUNCTION shipping_yard(
                bigint, bigint[], text[], text[], text[], text[], bigint
            );
            """,
        ),
        migrations.RunSQL(PLANS_KEPT, migrations.RunSQL.noop),
    ]
