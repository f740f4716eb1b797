import os

import django

from tests import servers

# Before pytest-django looks for settings, which can't be read without servers, and
# before a conftest.py further down imports models.
servers.prepare()
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.settings"
django.setup()
