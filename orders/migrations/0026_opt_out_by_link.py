import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("orders", "0001_squashed_0025_invoices_and_contracts"),
    ]

    operations = [
        migrations.AlterField(
            model_name="optout",
            name="made_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="entered by",
            ),
        ),
        migrations.AlterField(
            model_name="optout",
            name="way",
            field=models.CharField(
                choices=[
                    ("call", "by telephone"),
                    ("chat", "in a chat"),
                    ("reply", "by a reply to a message"),
                    ("letter", "in writing"),
                    ("link", "by the link of a reminder"),
                ],
                max_length=10,
                verbose_name="told us",
            ),
        ),
        AddConstraintNotValid(
            model_name="optout",
            constraint=models.CheckConstraint(
                condition=Q(way="link", made_by=None) | (~Q(way="link") & Q(made_by__isnull=False)),
                name="opt_out_entered_by_somebody",
            ),
        ),
        ValidateConstraint("optout", "opt_out_entered_by_somebody"),
    ]
