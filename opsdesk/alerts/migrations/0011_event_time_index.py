from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("alerts", "0010_unfolded_index"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="alertevent",
            index=BrinIndex(autosummarize=True, fields=["at"], name="alert_event_at"),
        ),
    ]
