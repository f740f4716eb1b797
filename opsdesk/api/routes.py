"""Addresses under `/api/v1/`: the resources, their description, and pages for people about it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.routers import SimpleRouter

from opsdesk.api.problems import nothing_there
from opsdesk.tokens.authentication import BearerAuthentication

router = SimpleRouter()


class Description(SpectacularAPIView):
    """The only address under /api/ that a signed-in person's browser opens: the pages read it."""

    authentication_classes = [BearerAuthentication, SessionAuthentication]
    permission_classes = [IsAuthenticated]


class Pages(SpectacularSwaggerSplitView):
    """Served by us, script and style included; nothing is asked of other servers."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [IsAuthenticated]
    url_name = "api-schema"


def urls() -> list[URLPattern]:
    return [
        *router.urls,
        path("schema/", Description.as_view(), name="api-schema"),
        path("docs/", login_required(Pages.as_view()), name="api-docs"),
        # Last. Without a trailing slash nothing matches, so that one is added first.
        re_path(r"^(?:[\s\S]*/)?$", nothing_there, name="api-nothing"),
    ]
