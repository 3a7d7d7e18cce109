from django.urls import path

from conservation.views import academie

app_name = "conservation"
RACINE = "academie/donnees-personnelles/"
urlpatterns = [
    path(RACINE, academie.accueil, name="accueil"),
    path(f"{RACINE}<int:annee>/reporter/", academie.reporter, name="reporter"),
]
