from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("catalog", "0010_cover")]

    operations = [
        AddIndexConcurrently(
            model_name="stockmovement",
            index=BrinIndex(autosummarize=True, fields=["at"], name="stock_movement_at"),
        ),
    ]
