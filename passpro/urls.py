"""Les adresses de l'application, application par application."""

from django.contrib import admin
from django.urls import path

from passpro.aiguillage import application
from passpro.mesures.vue import mesures
from passpro.sante import prete, sante

handler500 = "passpro.erreurs.erreur_inattendue"

# Le pilotage vient en dernier : « eleves/ajouter/ » passe ainsi avant « eleves/<code>/ ».
urlpatterns = [
    path("sante/", sante, name="sante"),
    path("sante/prete/", prete, name="sante_prete"),
    path("mesures/", mesures, name="mesures"),
    path("admin/", admin.site.urls),
    application("comptes.urls"),
    application("referentiel.urls"),
    application("candidatures.urls"),
    application("entretiens.urls"),
    application("avis.urls"),
    application("conservation.urls"),
    application("courriers.urls"),
    application("pilotage.urls"),
]
