from django.urls import path

from orders import views

urlpatterns = [path("stop/<str:token>", views.stop_reminders, name="stop-reminders")]
