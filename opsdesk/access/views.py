"""The pages of the second step: the code at log-in, and setting it up."""

from __future__ import annotations

from typing import Any

import segno
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from opsdesk.access import refusals, second_step
from opsdesk.access.second_step import WrongCode


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Log-in code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}
        ),
    )


@never_cache
@sensitive_post_parameters("code")
def verify(request: HttpRequest) -> HttpResponse:
    """The code of the phone, or one of those on paper; who has none yet sets it up first."""
    if not second_step.is_set_up(request.user):
        return redirect("admin:second-step-set-up")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            second_step.check_code(
                user=request.user, code=form.cleaned_data["code"], at=timezone.now()
            )
        except WrongCode as error:
            refusals.note_request(request)
            form.add_error("code", error.message)
        else:
            second_step.take(request.session)
            return redirect(_next(request))
    return _page(request, "access/second_step.html", gettext("Second step"), form=form)


@never_cache
@sensitive_post_parameters("code")
def set_up(request: HttpRequest) -> HttpResponse:
    """The secret as a picture and as text, confirmed by a first code; then the recovery codes."""
    title = gettext("Log in with two steps")
    if second_step.is_set_up(request.user):
        if second_step.is_due(request.session, request.user):
            return redirect("admin:second-step")
        return _keep_or_remove(request, title)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = second_step.confirm_set_up(
                user=request.user, code=form.cleaned_data["code"], at=timezone.now()
            )
        except WrongCode as error:
            refusals.note_request(request)
            form.add_error("code", error.message)
        else:
            _stay(request)
            second_step.take(request.session)
            return _page(request, "access/recovery_codes.html", title, codes=codes)
    device = second_step.begin_set_up(user=request.user)
    picture = segno.make(second_step.address_of(device), error="m").svg_inline(
        scale=5, light="#fff", dark="#000"
    )
    return _page(
        request,
        "access/set_up.html",
        title,
        form=form,
        picture=mark_safe(picture),  # Made here, of nothing but a QR code.
        secret=second_step.secret_of(device),
        is_required=second_step.is_required(request.user),
    )


def _keep_or_remove(request: HttpRequest, title: str) -> HttpResponse:
    """Who need not have it takes it away again, with a code."""
    is_required = second_step.is_required(request.user)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and not is_required and form.is_valid():
        try:
            second_step.check_code(
                user=request.user, code=form.cleaned_data["code"], at=timezone.now()
            )
        except WrongCode as error:
            refusals.note_request(request)
            form.add_error("code", error.message)
        else:
            second_step.remove(user=request.user)
            _stay(request)
            messages.success(request, gettext("You log in with one step from now on."))
            return redirect("admin:index")
    return _page(request, "access/remove.html", title, form=form, is_required=is_required)


def _stay(request: HttpRequest) -> None:
    """Every other session of this person ended; this one goes on under a new key."""
    request.user.refresh_from_db(fields=["session_stamp"])
    update_session_auth_hash(request, request.user)


def _next(request: HttpRequest) -> str:
    """Where the person was going, if that is one of our pages."""
    page = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return page if is_ours else reverse("admin:index")


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    return TemplateResponse(
        request, template, {**admin.site.each_context(request), "title": title, **context}
    )
