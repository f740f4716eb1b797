from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """What was promised at purchase is kept; orders that come in bring it."""

    dependencies = [("orders", "0029_delay_message")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="deliver_by",
            field=models.DateTimeField(null=True, verbose_name="delivery promised by"),
        ),
        migrations.RunSQL(
            (SQL / "place_orders_v4.sql").read_text(encoding="utf-8"),
            (SQL / "place_orders_v3.sql").read_text(encoding="utf-8"),
        ),
    ]
