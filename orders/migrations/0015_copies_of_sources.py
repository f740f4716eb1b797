from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0014_bundles"),
        ("stores", "0005_rights_on_record"),
    ]

    operations = [
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
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("external_number", models.CharField(max_length=80, verbose_name="order number")),
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
                    models.CharField(blank=True, max_length=80, verbose_name="id at the source"),
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
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="pieces"),
                ),
                ("delivered_at", models.DateTimeField(null=True, verbose_name="delivered")),
                (
                    "is_void",
                    models.BooleanField(db_default=False, default=False, verbose_name="taken back"),
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
                "verbose_name": "fact of the source",
                "verbose_name_plural": "facts of the source",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "external_number", "kind", "key"),
                        name="source_fact_unique_store_number_kind_key",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="source_fact_amount_positive"
                    ),
                ],
            },
        ),
    ]
