from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """Whom parcels concern that leave is planned once per connection."""

    dependencies = [
        ("exchange", "0009_webhooks"),
        ("fulfillment", "0033_price_origins_valid"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "leaving_v1.sql").read_text(encoding="utf-8"),
            """
            DROP FUNCTION goods_lay_in_bins(bigint[]);
            DROP FUNCTION leaving_is_pushed(bigint[]);
            DROP FUNCTION leaving_has_source(bigint[], text[]);
            DROP FUNCTION leaving_was_tracked(bigint[]);
            """,
        ),
    ]
