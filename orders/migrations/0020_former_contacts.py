import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0019_parts_of_orders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FormerContact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(blank=True, max_length=120, verbose_name="region")),
                ("sealed_contact", models.BinaryField(default=b"", verbose_name="contact")),
                ("until", models.DateTimeField(verbose_name="until")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_contacts",
                        to="orders.order",
                    ),
                ),
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
    ]
