"""Les adresses de l'application, application par application."""

from django.contrib import admin
from django.urls import include, path

from passpro.mesures.vue import mesures
from passpro.sante import prete, sante

handler500 = "passpro.erreurs.erreur_inattendue"

# Le pilotage vient en dernier : « eleves/ajouter/ » passe ainsi avant « eleves/<code>/ ».
urlpatterns = [
    path("sante/", sante, name="sante"),
    path("sante/prete/", prete, name="sante_prete"),
    path("mesures/", mesures, name="mesures"),
    path("admin/", admin.site.urls),
    path("", include("comptes.urls")),
    path("", include("referentiel.urls")),
    path("", include("candidatures.urls")),
    path("", include("entretiens.urls")),
    path("", include("avis.urls")),
    path("", include("conservation.urls")),
    path("", include("courriers.urls")),
    path("", include("pilotage.urls")),
]
