from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"
BACK = """
DROP FUNCTION alert_open_storm(bigint, text, text, jsonb, timestamptz);
DROP FUNCTION alert_storm(bigint, text, text, text[], jsonb, jsonb, timestamptz);
DROP FUNCTION alert_storm_since(bigint, timestamptz, jsonb);
DROP FUNCTION alert_number(text, bigint, timestamptz, jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0003_assignee_index"),
        ("stores", "0007_rights_in"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="folded_into",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="folded",
                to="alerts.alert",
                verbose_name="storm",
            ),
        ),
        migrations.RunSQL((SQL / "storms_v1.sql").read_text(encoding="utf-8"), BACK),
    ]
