import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0012_suppliers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="sku",
            options={
                "ordering": ["store_id", "code"],
                "permissions": [("view_cost", "Can see what goods cost")],
                "verbose_name": "SKU",
                "verbose_name_plural": "SKUs",
            },
        ),
        migrations.RemoveConstraint(
            model_name="transfer",
            name="transfer_received_at_a_moment",
        ),
        migrations.AddField(
            model_name="transfer",
            name="cancelled_at",
            field=models.DateTimeField(null=True, verbose_name="cancelled"),
        ),
        migrations.AddField(
            model_name="transfer",
            name="cancelled_because",
            field=models.CharField(
                blank=True, db_default="", max_length=200, verbose_name="why it was cancelled"
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="cancelled_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="cancelled by",
            ),
        ),
        migrations.AlterField(
            model_name="stockmovement",
            name="kind",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="transfer",
            name="state",
            field=models.CharField(
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
        pgtrigger.migrations.AddTrigger(
            model_name="picturereview",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="picturereview",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        AddConstraintNotValid(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cancelled_at", None), ("received_at", None), ("state", "sent")),
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
        ),
        ValidateConstraint(model_name="transfer", name="transfer_ends_at_a_moment"),
        AddConstraintNotValid(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cancelled_because", ""), ("state", "cancelled"), _negated=True
                ),
                name="transfer_cancelled_for_a_reason",
            ),
        ),
        ValidateConstraint(model_name="transfer", name="transfer_cancelled_for_a_reason"),
    ]
