from django.urls import path

from fulfillment import views

urlpatterns = [path("t/<str:token>", views.track_parcel, name="track-parcel")]
