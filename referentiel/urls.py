from django.urls import path

from referentiel import views

app_name = "referentiel"
urlpatterns = [
    path("formations/", views.catalogue, name="catalogue"),
    path("formations/<slug:slug>/", views.formation, name="formation"),
    path("calendrier/", views.calendrier, name="calendrier"),
]
