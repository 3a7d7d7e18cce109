"""Adresses des écrans de l'établissement d'origine tenus par les candidatures (écran 1.2)."""

from django.urls import path

from candidatures.views import avis, desistement, eleves, inscription

app_name = "candidatures"
ORIGINE = "origine/<str:uai>/"
ELEVE = f"{ORIGINE}eleves/<str:code>/"

urlpatterns = [
    path(f"{ORIGINE}eleves/ajouter/", eleves.ajouter, name="eleve_ajouter"),
    path(f"{ELEVE}modifier/", eleves.modifier, name="eleve_modifier"),
    path(f"{ELEVE}inscription/formations/", inscription.formations, name="inscription_formations"),
    path(f"{ELEVE}inscription/avis/", inscription.avis, name="inscription_avis"),
    path(f"{ELEVE}inscription/recapitulatif/", inscription.recapitulatif, name="inscription_recapitulatif"),
    path(f"{ORIGINE}avis/", avis.classes, name="avis"),
    path(f"{ORIGINE}avis/<slug:classe>/", avis.classe, name="avis_classe"),
    path(f"{ORIGINE}candidatures/<str:code>/desistement/", desistement.desister, name="desistement"),
]
