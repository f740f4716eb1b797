from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_digests")]

    operations = [
        ValidateConstraint(model_name="subscription", name="subscription_digests_need_a_way"),
        ValidateConstraint(model_name="subscription", name="subscription_digests_only_names_one"),
    ]
