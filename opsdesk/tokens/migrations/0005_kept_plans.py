from django.db import migrations

FUNCTIONS = [
    "admit_request",
    "hold_key",
    "keep_answer",
]


class Migration(migrations.Migration):
    """Plans are kept, whatever they are asked for."""

    dependencies = [
        ("tokens", "0004_requests_in_steps"),
    ]

    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {name} SET {setting} = {value}",
            f"ALTER FUNCTION {name} RESET {setting}",
        )
        for name in FUNCTIONS
        for setting, value in (("plan_cache_mode", "force_generic_plan"),)
    ]
