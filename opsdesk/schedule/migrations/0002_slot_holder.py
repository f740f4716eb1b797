from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("schedule", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="slot",
            name="holder",
            field=models.CharField(
                blank=True, db_default="", max_length=60, verbose_name="held by"
            ),
        ),
    ]
