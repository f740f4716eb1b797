from django.db import migrations

FUNCTIONS = [
    "shipping_ground",
    "shipping_yard",
    "pack_parcels",
    "leaving_was_tracked",
    "leaving_has_source",
    "leaving_is_pushed",
    "goods_lay_in_bins",
]


class Migration(migrations.Migration):
    """Plans are kept, whatever they are asked for, and read by key.

    A list is planned anew each time otherwise, for its length; and a plan made while a table is
    small would go on reading the whole of it when it has grown.
    """

    dependencies = [
        ("fulfillment", "0038_shipping_steps"),
    ]

    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {name} SET {setting} = {value}",
            f"ALTER FUNCTION {name} RESET {setting}",
        )
        for name in FUNCTIONS
        for setting, value in (("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"))
    ]
