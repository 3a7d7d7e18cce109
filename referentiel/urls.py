from django.urls import path

from referentiel.views import publiques

app_name = "referentiel"
urlpatterns = [
    path("formations/", publiques.catalogue, name="catalogue"),
    path("formations/<slug:slug>/", publiques.formation, name="formation"),
    path("calendrier/", publiques.calendrier, name="calendrier"),
]
