"""Refusals are words where the person was; pages know the person's time."""

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from opsdesk.errors import Conflict, NotAllowed
from opsdesk.middleware import DomainErrorMiddleware, PersonMiddleware, came_from
from tests import factories

refusals = DomainErrorMiddleware(lambda request: HttpResponse())


@pytest.fixture
def post(rf):
    def post(**headers):
        request = rf.post("/admin/orders/order/1/act/", **headers)
        request._messages = CookieStorage(request)
        return request

    return post


def test_a_refusal_leads_back_with_its_words(post):
    request = post(HTTP_REFERER="http://testserver/admin/orders/order/1/change/")

    response = refusals.process_exception(request, Conflict("Somebody was first."))

    assert response.url.endswith("/admin/orders/order/1/change/")
    assert [str(message) for message in get_messages(request)] == ["Somebody was first."]


def test_what_is_not_allowed_is_a_403_with_its_reason(post):
    response = refusals.process_exception(post(), NotAllowed("Not in this store."))

    assert response.status_code == 403
    assert "Not in this store." in response.content.decode()


def test_a_live_part_of_a_page_is_told_to_load_again(post):
    request = post(HTTP_HX_REQUEST="true")

    response = refusals.process_exception(request, Conflict("Somebody was first."))

    assert response["HX-Refresh"] == "true"


def test_a_mistake_of_ours_is_not_dressed_up(post):
    assert refusals.process_exception(post(), ValueError("a bug")) is None


@pytest.mark.parametrize("page", ["", "https://elsewhere.example/", "//elsewhere.example/"])
def test_nobody_is_sent_to_another_site(page, post):
    assert came_from(post(HTTP_REFERER=page)) == reverse("admin:index")


@pytest.mark.django_db
def test_pages_show_the_time_of_most_of_the_persons_stores(rf):
    person = factories.UserFactory()
    for zone in ("Asia/Shanghai", "America/New_York", "America/New_York"):
        factories.MembershipFactory(user=person, store=factories.StoreFactory(timezone=zone))
    request = rf.get("/admin/")
    request.COOKIES["sessionid"] = "there is one"
    request.user = person
    seen = []

    PersonMiddleware(lambda _request: seen.append(timezone.get_current_timezone_name()))(request)

    assert seen == ["America/New_York"]
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_live_part_asked_for_after_the_session_ended_leads_to_the_log_in(method):
    view = {"get": "admin:desk-rows", "post": "admin:desk-act"}[method]
    client = Client(enforce_csrf_checks=True)

    response = getattr(client, method)(
        reverse(view), HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="http://testserver/admin/"
    )

    assert response.status_code == 204
    assert response["HX-Redirect"] == f"{reverse('admin:login')}?next=%2Fadmin%2F"
