from django.db import migrations


class Migration(migrations.Migration):
    """Counting requests waits for no disk; a crash of the database forgets a minute's count."""

    dependencies = [("tokens", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE tokens_requestcount SET UNLOGGED",
            "ALTER TABLE tokens_requestcount SET LOGGED",
        ),
    ]
