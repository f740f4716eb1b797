from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the writers: a plain index locks a big table for as long as it takes.
    atomic = False

    dependencies = [
        ("orders", "0007_recorded_amounts"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="contact_cleared_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="contact cleared"),
        ),
        migrations.AddField(
            model_name="order",
            name="phone_digest",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="sealed_contact",
            field=models.BinaryField(db_default=b"", default=b"", verbose_name="contact"),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("phone_digest__isnull", False)),
                fields=["phone_digest"],
                name="order_phone",
            ),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("sealed_contact", b""), _negated=True),
                fields=["placed_at"],
                name="order_to_clear",
            ),
        ),
        AddConstraintNotValid(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("contact_cleared_at", None),
                    models.Q(("phone_digest", None), ("sealed_contact", b"")),
                    _connector="OR",
                ),
                name="order_cleared_has_no_contact",
            ),
        ),
        ValidateConstraint(model_name="order", name="order_cleared_has_no_contact"),
    ]
