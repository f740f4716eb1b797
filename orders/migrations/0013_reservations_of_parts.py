from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A line may hold several SKUs at once, each once: the line of a bundle holds its parts."""

    atomic = False

    dependencies = [
        ("orders", "0012_articles_by_any_code"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint(
                    model_name="reservation",
                    constraint=models.UniqueConstraint(
                        fields=["line", "sku"],
                        condition=Q(state="open"),
                        name="reservation_one_open_per_line_and_sku",
                    ),
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY reservation_one_open_per_line_and_sku"
                    " ON orders_reservation (line_id, sku_id) WHERE state = 'open'",
                    "DROP INDEX CONCURRENTLY reservation_one_open_per_line_and_sku",
                ),
            ],
        ),
        migrations.RemoveConstraint(model_name="reservation", name="reservation_one_open_per_line"),
    ]
