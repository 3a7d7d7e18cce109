"""Adresses de la conservation des données, au SAIO."""

from django.urls import path

from conservation.views import academie, eleves

app_name = "conservation"
RACINE = "academie/donnees-personnelles/"
urlpatterns = [
    path(RACINE, academie.accueil, name="accueil"),
    path(f"{RACINE}registre/", academie.registre, name="registre"),
    path(f"{RACINE}eleves/", eleves.chercher, name="eleves"),
    path(f"{RACINE}eleves/<slug:code>/", eleves.eleve, name="eleve"),
    path(f"{RACINE}eleves/<slug:code>/donnees.zip", eleves.emporter, name="emporter"),
    path(f"{RACINE}eleves/<slug:code>/rectifier/", eleves.rectifier, name="rectifier"),
    path(f"{RACINE}eleves/<slug:code>/effacer/", eleves.effacer, name="effacer"),
    path(f"{RACINE}<int:annee>/reporter/", academie.reporter, name="reporter"),
]
