from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_refusals_on_record")]

    operations = [
        ValidateConstraint(model_name="auditentry", name="audit_entry_verb_known"),
    ]
