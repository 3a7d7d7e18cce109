"""Adresses de la connexion et du compte."""

from django.urls import path

from comptes.federation.deconnexion import Deconnexion
from comptes.views import adresse, espaces, facteurs, mots_de_passe, securite

app_name = "comptes"
urlpatterns = [
    path("connexion/", espaces.Connexion.as_view(), name="connexion"),
    path("deconnexion/", Deconnexion.as_view(), name="deconnexion"),
    path("connexion/code/", facteurs.code, name="code"),
    path("espaces/", espaces.espaces, name="espaces"),
    path("compte/", espaces.compte, name="compte"),
    path("compte/adresse/", adresse.changer, name="changer_l_adresse"),
    path("compte/adresse/<str:jeton>/", adresse.confirmer, name="confirmer_l_adresse"),
    path("compte/notifications/", espaces.notifications, name="notifications"),
    path("compte/securite/", securite.securite, name="securite"),
    path("compte/preuve/", securite.preuve, name="preuve"),
    path("compte/mot-de-passe/", mots_de_passe.changer, name="changer_le_mot_de_passe"),
    path("compte/second-facteur/", facteurs.second_facteur, name="second_facteur"),
    path("compte/second-facteur/codes/", facteurs.renouveler, name="renouveler_les_codes"),
    path("compte/second-facteur/retirer/", facteurs.retirer, name="retirer_le_facteur"),
    path("compte/sessions/", securite.fermer_les_sessions, name="fermer_les_sessions"),
    path("compte/sessions/<str:code>/", securite.fermer_la_session, name="fermer_la_session"),
    path("mot-de-passe/oublie/", mots_de_passe.oublie, name="mot_de_passe_oublie"),
    path("mot-de-passe/<uidb64>/<token>/", mots_de_passe.Choisir.as_view(), name="choisir_un_mot_de_passe"),
]
