import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("fulfillment", "0030_damage_found"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="pricerow",
            options={
                "ordering": ["table_id", "origin", "region", "above_grams"],
                "verbose_name": "price row",
                "verbose_name_plural": "price rows",
            },
        ),
        migrations.AddField(
            model_name="pricerow",
            name="origin",
            field=models.CharField(
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
    ]
