from django.urls import path

from comptes.federation.deconnexion import Deconnexion
from comptes.views import espaces, securite

app_name = "comptes"
urlpatterns = [
    path("connexion/", espaces.Connexion.as_view(), name="connexion"),
    path("deconnexion/", Deconnexion.as_view(), name="deconnexion"),
    path("espaces/", espaces.espaces, name="espaces"),
    path("compte/", espaces.compte, name="compte"),
    path("compte/notifications/", espaces.notifications, name="notifications"),
    path("compte/securite/", securite.securite, name="securite"),
    path("compte/preuve/", securite.preuve, name="preuve"),
    path("compte/sessions/", securite.fermer_les_sessions, name="fermer_les_sessions"),
    path("compte/sessions/<str:code>/", securite.fermer_la_session, name="fermer_la_session"),
]
