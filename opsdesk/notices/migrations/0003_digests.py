from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0002_ladder"),
    ]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="digests_only",
            field=models.BooleanField(
                db_default=False,
                default=False,
                verbose_name="only these digests, nothing as it comes up",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="tells_daily",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="each morning, what is open"
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="tells_nothing_too",
            field=models.BooleanField(
                db_default=False,
                default=False,
                verbose_name="digests also when there is nothing to say",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="tells_weekly",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="on Mondays, what keeps coming back"
            ),
        ),
        AddConstraintNotValid(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("target__isnull", False),
                    models.Q(
                        ("digests_only", False), ("tells_daily", False), ("tells_weekly", False)
                    ),
                    _connector="OR",
                ),
                name="subscription_digests_need_a_way",
                violation_error_message="The bell knows no digest and no quiet hours.",
            ),
        ),
        AddConstraintNotValid(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("digests_only", False),
                    ("tells_daily", True),
                    ("tells_weekly", True),
                    _connector="OR",
                ),
                name="subscription_digests_only_names_one",
                violation_error_message="Choose the digests that you want.",
            ),
        ),
    ]
