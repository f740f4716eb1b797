from django.db import migrations

FUNCTIONS = [
    "ship_reserved",
    "ship_orders",
]


class Migration(migrations.Migration):
    """Plans are kept, whatever they are asked for, and read by key.

    A list is planned anew each time otherwise, for its length; and a plan made while a table is
    small would go on reading the whole of it when it has grown.
    """

    dependencies = [
        ("orders", "0033_ship_orders"),
    ]

    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {name} SET {setting} = {value}",
            f"ALTER FUNCTION {name} RESET {setting}",
        )
        for name in FUNCTIONS
        for setting, value in (("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"))
    ]
