"""Adresses des comptes-rendus, des fiches, d'Affelnet et des relances."""

from django.urls import path

from avis.views import (
    academie,
    accueil,
    affelnet,
    brouillon,
    compte_rendu,
    essais,
    groupe,
    lots,
    noms,
    origine,
    public,
    relances,
    relecture,
    suivi,
)

app_name = "avis"
RETARDS = "academie/suivi/retards/"
SUIVI = "pre-inscription/suivi/<str:jeton>/"
urlpatterns = [
    path("accueil/<str:uai>/comptes-rendus/", accueil.comptes_rendus, name="comptes_rendus"),
    path("accueil/<str:uai>/comptes-rendus/groupe/", groupe.groupe, name="groupe"),
    path(
        "accueil/<str:uai>/comptes-rendus/groupe/<slug:code>/annuler/", groupe.annuler, name="annuler_la_saisie_groupee"
    ),
    path("accueil/<str:uai>/comptes-rendus/relecture/", relecture.relecture, name="relecture"),
    path("accueil/<str:uai>/comptes-rendus/<slug:code>/", compte_rendu.compte_rendu, name="compte_rendu"),
    path("accueil/<str:uai>/comptes-rendus/<slug:code>/brouillon/", brouillon.brouillon, name="brouillon"),
    path("accueil/<str:uai>/comptes-rendus/<slug:code>/trame.pdf", compte_rendu.trame, name="trame_pdf"),
    path("origine/<str:uai>/fiches/", origine.fiches, name="fiches"),
    path("origine/<str:uai>/fiches/lot/", lots.lot, name="lot_de_fiches"),
    path("origine/<str:uai>/fiches/<slug:code>/", origine.fiche, name="fiche"),
    path("origine/<str:uai>/fiches/<slug:code>.pdf", origine.fiche_pdf, name="fiche_pdf"),
    path("origine/<str:uai>/fiches/<slug:code>/remise/", origine.remettre, name="remettre_la_fiche"),
    path("origine/<str:uai>/fiches/<slug:code>/affelnet/", origine.suites, name="suites_affelnet"),
    path("origine/<str:uai>/affelnet/", affelnet.suites, name="affelnet"),
    path("academie/matrice/", essais.matrice, name="essai_de_matrice"),
    path("academie/affelnet/", academie.affelnet, name="affelnet_academie"),
    path("academie/affelnet/<slug:code>.csv", academie.export, name="export_affelnet"),
    path("fiche/<slug:code>/", public.verification, name="verification"),
    path(RETARDS, relances.retards, name="retards"),
    path(f"{RETARDS}relancer/", relances.relancer, name="relancer"),
    path(f"{RETARDS}envois/<slug:code>/", relances.envoi, name="envoi_de_relances"),
    path(f"{RETARDS}envois/<slug:code>/annuler/", relances.retenir, name="retenir_les_relances"),
    path("academie/suivi/etablissements/<slug:cote>/<str:uai>/<slug:liste>/", noms.noms, name="noms"),
    path(SUIVI, suivi.suivi, name="suivi"),
    path(f"{SUIVI}nouveau-lien/", suivi.nouveau_lien, name="suivi_nouveau_lien"),
    path(f"{SUIVI}convocations/<slug:code>/", suivi.convocation, name="suivi_convocation"),
    path(f"{SUIVI}convocations/<slug:code>.pdf", suivi.convocation_pdf, name="suivi_convocation_pdf"),
    path(f"{SUIVI}convocations/<slug:code>.ics", suivi.convocation_ics, name="suivi_convocation_ics"),
    path(f"{SUIVI}fiche/", suivi.fiche, name="suivi_fiche"),
    path(f"{SUIVI}fiche.pdf", suivi.fiche_pdf, name="suivi_fiche_pdf"),
]
