from django.urls import path

from pilotage.views import academie, accueil, attentes, bilan, calendrier, origine, public, selection, suivi

app_name = "pilotage"
urlpatterns = [
    path("", public.accueil, name="accueil"),
    path("aide/", public.aide, name="aide"),
    path("aide/<slug:role>/", public.aide_du_role, name="aide_du_role"),
    path("mentions-legales/", public.mentions, name="mentions"),
    path("donnees-personnelles/", public.donnees_personnelles, name="donnees_personnelles"),
    path("accessibilite/", public.accessibilite, name="accessibilite"),
    path("plan-du-site/", public.plan_du_site, name="plan_du_site"),
    path("contact/", public.contact, name="contact"),
    path("origine/<str:uai>/", origine.a_faire, name="a_faire_origine"),
    path("origine/<str:uai>/a-faire/<slug:tache>/", origine.tache, name="tache_origine"),
    path("origine/<str:uai>/eleves/", origine.eleves, name="eleves"),
    path("origine/<str:uai>/eleves/selection/", selection.selection, name="selection_d_eleves"),
    path("origine/<str:uai>/eleves/<str:code>/", origine.eleve, name="eleve"),
    path("origine/<str:uai>/candidatures/<str:code>/", origine.candidature, name="candidature_origine"),
    path("accueil/<str:uai>/", accueil.a_faire, name="a_faire_accueil"),
    path("accueil/<str:uai>/a-faire/<slug:tache>/", accueil.tache, name="tache_accueil"),
    path("accueil/<str:uai>/candidats/", accueil.candidats, name="candidats"),
    path("accueil/<str:uai>/candidats/<str:code>/", accueil.candidature, name="candidature_accueil"),
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
