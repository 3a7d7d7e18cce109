"""Adresses des pages qui croisent les applications : « À faire », listes, suivi, pages publiques."""

from django.urls import path

from pilotage.views import (
    academie,
    accueil,
    aide,
    attentes,
    bilan,
    bilan_d_etablissement,
    calendrier,
    legales,
    origine,
    public,
    selection,
    suivi,
    sur_demande,
)

app_name = "pilotage"
urlpatterns = [
    path("", public.accueil, name="accueil"),
    path("aide/", aide.aide, name="aide"),
    path("aide/<slug:role>/", aide.aide_du_role, name="aide_du_role"),
    path("mentions-legales/", legales.mentions, name="mentions"),
    path("donnees-personnelles/", legales.donnees_personnelles, name="donnees_personnelles"),
    path("accessibilite/", legales.accessibilite, name="accessibilite"),
    path("plan-du-site/", legales.plan_du_site, name="plan_du_site"),
    path("contact/", legales.contact, name="contact"),
    path("origine/<str:uai>/", origine.a_faire, name="a_faire_origine"),
    path("origine/<str:uai>/a-faire/<slug:tache>/", origine.tache, name="tache_origine"),
    path("origine/<str:uai>/eleves/", origine.eleves, name="eleves"),
    path("origine/<str:uai>/eleves/selection/", selection.selection, name="selection_d_eleves"),
    path("origine/<str:uai>/eleves/<str:code>/", origine.eleve, name="eleve"),
    path(
        "origine/<str:uai>/eleves/<str:code>/historique/", origine.historique_de_l_eleve, name="historique_de_l_eleve"
    ),
    path("origine/<str:uai>/eleves/<str:code>/ine/", sur_demande.ine, name="ine_de_l_eleve"),
    path("origine/<str:uai>/candidatures/<str:code>/", origine.candidature, name="candidature_origine"),
    path("accueil/<str:uai>/", accueil.a_faire, name="a_faire_accueil"),
    path("accueil/<str:uai>/a-faire/<slug:tache>/", accueil.tache, name="tache_accueil"),
    path("accueil/<str:uai>/candidats/", accueil.candidats, name="candidats"),
    path("accueil/<str:uai>/candidats/<str:code>/", accueil.candidature, name="candidature_accueil"),
    path("accueil/<str:uai>/candidats/<str:code>/identite/", sur_demande.identite, name="identite_du_candidat"),
    path("origine/<str:uai>/bilan/", bilan_d_etablissement.bilan_origine, name="bilan_origine"),
    path("origine/<str:uai>/bilan.xlsx", bilan_d_etablissement.bilan_origine_xlsx, name="bilan_origine_xlsx"),
    path("accueil/<str:uai>/bilan/", bilan_d_etablissement.bilan_accueil, name="bilan_accueil"),
    path("accueil/<str:uai>/bilan.xlsx", bilan_d_etablissement.bilan_accueil_xlsx, name="bilan_accueil_xlsx"),
    path("academie/", academie.a_faire, name="academie"),
    path("academie/suivi/", suivi.suivi, name="suivi"),
    path("academie/suivi/departements/", suivi.departements, name="suivi_departements"),
    path("academie/suivi/domaines/", suivi.domaines, name="suivi_domaines"),
    path("academie/suivi/etablissements/", suivi.etablissements, name="suivi_etablissements"),
    path("academie/suivi/avis/", bilan.avis, name="suivi_avis"),
    path("academie/suivi/bilan/", bilan.bilan, name="suivi_bilan"),
    path("academie/suivi/tableaux/<slug:tableau>.xlsx", suivi.tableau, name="tableau"),
    path("academie/attentes/", attentes.attentes, name="attentes"),
    path("academie/calendrier/", calendrier.calendrier, name="calendrier_academie"),
    path("academie/a-faire/<slug:tache>/", academie.tache, name="tache_academie"),
]
