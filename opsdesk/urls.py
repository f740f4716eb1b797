from django.contrib import admin
from django.urls import include, path
from django.utils.module_loading import autodiscover_modules
from django.views.generic import RedirectView

from opsdesk import api, health, language, metrics
from opsdesk.exchange import hooks

# Every app's `api.py` registers its resources on the router.
autodiscover_modules("api")

handler500 = api.server_error

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api.urls())),
    path("hooks/<slug:store>/<slug:source>", hooks.receive, name="webhook"),
    # What customers open, by links they were sent.
    path("", include("orders.urls")),
    path("", include("fulfillment.urls")),
    path("language/", language.choose, name="choose-language"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("health/jobs", health.jobs, name="health-jobs"),
    path("metrics", metrics.metrics, name="metrics"),
]
