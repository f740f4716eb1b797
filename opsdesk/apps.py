from django.contrib.admin.apps import AdminConfig


class OpsDeskAdminConfig(AdminConfig):
    """Django's admin with our site in place of its own."""

    default_site = "opsdesk.admin.OpsDeskSite"
