from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_chain")]

    operations = [
        migrations.RemoveConstraint(model_name="auditentry", name="audit_entry_verb_known"),
        migrations.AlterField(
            model_name="auditentry",
            name="verb",
            field=models.CharField(
                choices=[
                    ("created", "created"),
                    ("changed", "changed"),
                    ("deleted", "deleted"),
                    ("exported", "exported"),
                    ("revealed", "revealed"),
                    ("refused", "refused"),
                ],
                max_length=10,
                verbose_name="what",
            ),
        ),
        AddConstraintNotValid(
            model_name="auditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "verb__in",
                        ["created", "changed", "deleted", "exported", "revealed", "refused"],
                    )
                ),
                name="audit_entry_verb_known",
            ),
        ),
    ]
