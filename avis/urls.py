from django.urls import path

from avis.views import accueil, origine, public

app_name = "avis"
urlpatterns = [
    path("accueil/<str:uai>/comptes-rendus/", accueil.comptes_rendus, name="comptes_rendus"),
    path("accueil/<str:uai>/comptes-rendus/<slug:code>/", accueil.compte_rendu, name="compte_rendu"),
    path("origine/<str:uai>/fiches/", origine.fiches, name="fiches"),
    path("origine/<str:uai>/fiches/<slug:code>/", origine.fiche, name="fiche"),
    path("origine/<str:uai>/fiches/<slug:code>.pdf", origine.fiche_pdf, name="fiche_pdf"),
    path("origine/<str:uai>/fiches/<slug:code>/remise/", origine.remettre, name="remettre_la_fiche"),
    path("origine/<str:uai>/fiches/<slug:code>/affelnet/", origine.suites, name="suites_affelnet"),
    path("fiche/<slug:code>/", public.verification, name="verification"),
]
