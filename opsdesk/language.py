"""The language switch: kept in the person's own row, so that it follows them to every device."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from opsdesk.stores.models import User


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Before signing in it is a cookie; afterwards it is remembered for good."""
    language = request.POST.get("language", "")
    known = language in dict(settings.LANGUAGES) and check_for_language(language)
    if known and request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=language)
    return set_language(request)
