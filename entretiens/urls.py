"""Adresses du planning, des convocations et des présences (écran 1.2)."""

from datetime import date

from django.urls import path, register_converter

from entretiens.views import (
    adresses,
    annulations,
    candidats,
    creneau,
    creneaux,
    demandes,
    envois,
    journee,
    lieux,
    offre,
    origine,
    planning,
    presence_en_direct,
    presences,
    seances,
    series,
)
from entretiens.views.propositions import autre_creneau, envoi, fin, proposition, reglages


class Jour:
    """Un jour dans une adresse : « 2026-03-12 »."""

    regex = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}"

    def to_python(self, valeur: str) -> date:
        return date.fromisoformat(valeur)

    def to_url(self, valeur: date) -> str:
        return valeur.isoformat()


register_converter(Jour, "jour")

app_name = "entretiens"
ACCUEIL = "accueil/<str:uai>/"
ORIGINE = "origine/<str:uai>/convocations/"
urlpatterns = [
    path(f"{ACCUEIL}planning/", planning.planning, name="planning"),
    path(f"{ACCUEIL}planning/semaine/<int:annee>-<int:numero>/", planning.planning_semaine, name="planning_semaine"),
    path(f"{ACCUEIL}planning/jour/<jour:jour>/", planning.planning_jour, name="planning_jour"),
    path(f"{ACCUEIL}planning/jour/<jour:jour>/annuler/", annulations.annuler_la_journee, name="annuler_la_journee"),
    path(f"{ACCUEIL}planning/seances/<str:code>/annuler/", annulations.annuler_la_seance, name="annuler_la_seance"),
    path(f"{ACCUEIL}planning/jour/<jour:jour>/imprimer/", journee.imprimer_le_jour, name="imprimer_le_jour"),
    path(f"{ACCUEIL}planning/jour/<jour:jour>/feuilles.pdf", journee.feuilles_pdf, name="feuilles_pdf"),
    path(f"{ACCUEIL}planning/jour/<jour:jour>/emargement.pdf", journee.emargement_du_jour, name="emargement_du_jour"),
    path(f"{ACCUEIL}planning/liste/", planning.planning_liste, name="planning_liste"),
    path(f"{ACCUEIL}planning/proposition/", reglages.proposer, name="proposer"),
    path(f"{ACCUEIL}planning/proposition/<str:code>/", proposition.proposition, name="proposition"),
    path(f"{ACCUEIL}planning/proposition/<str:code>/envoi/", envoi.verifier_et_envoyer, name="proposition_envoi"),
    path(f"{ACCUEIL}planning/proposition/<str:code>/abandonner/", fin.abandonner, name="abandonner_la_proposition"),
    path(
        f"{ACCUEIL}planning/proposition/<str:code>/creneau/<str:candidature>/",
        autre_creneau.creneau,
        name="proposition_creneau",
    ),
    path(f"{ACCUEIL}planning/agenda.ics", journee.agenda, name="agenda"),
    path(f"{ACCUEIL}planning/seances/creer/", seances.creer_une_seance, name="creer_une_seance"),
    path(f"{ACCUEIL}planning/seances/<str:code>/", seances.seance, name="seance"),
    path(f"{ACCUEIL}planning/seances/<str:code>/inscrire/", seances.inscrire_a_la_seance, name="inscrire_a_la_seance"),
    path(f"{ACCUEIL}planning/seances/<str:code>/emargement.pdf", seances.emargement, name="emargement"),
    path(f"{ACCUEIL}planning/creneaux/creer/", creneaux.creer_des_creneaux, name="creer_des_creneaux"),
    path(f"{ACCUEIL}planning/creneaux/phrase/", creneaux.phrase_de_la_serie, name="phrase_de_la_serie"),
    path(f"{ACCUEIL}planning/series/<str:code>/", series.serie, name="serie"),
    path(f"{ACCUEIL}planning/creneaux/supprimer/", creneaux.supprimer_des_creneaux, name="supprimer_des_creneaux"),
    path(f"{ACCUEIL}planning/creneaux/<str:code>/", creneau.creneau, name="creneau"),
    path(f"{ACCUEIL}candidats/<str:code>/planifier/", candidats.planifier, name="planifier"),
    path(f"{ACCUEIL}candidats/<str:code>/deplacer/", candidats.deplacer, name="deplacer"),
    path(f"{ACCUEIL}candidats/<str:code>/annuler/", candidats.annuler, name="annuler"),
    path(f"{ACCUEIL}candidats/<str:code>/retirer/", demandes.annuler_la_candidature, name="annuler_la_candidature"),
    path(f"{ACCUEIL}candidats/<str:code>/autre-creneau/", demandes.demande_de_creneau, name="demande_de_creneau"),
    path(f"{ACCUEIL}convocations/", envois.envois, name="envois"),
    path(f"{ACCUEIL}convocations/verification/", envois.verifier_l_envoi, name="verifier_l_envoi"),
    path(f"{ACCUEIL}convocations/envois/<str:code>/", envois.envoi, name="envoi"),
    path(f"{ACCUEIL}convocations/envois/<str:code>/annuler/", envois.rappeler, name="rappeler_l_envoi"),
    path(f"{ACCUEIL}convocations/envois/<str:code>/renvoyer/", envois.renvoyer, name="renvoyer"),
    path(
        f"{ACCUEIL}convocations/envois/<str:code>/correction/<int:cle>/",
        envois.demander_la_correction,
        name="demander_la_correction",
    ),
    path(f"{ACCUEIL}presences/", presences.presences, name="presences"),
    path(f"{ACCUEIL}presences/<str:code>/", presence_en_direct.presence, name="presence"),
    path(f"{ACCUEIL}offre/", offre.offre, name="offre"),
    path(f"{ACCUEIL}offre/presentation/<slug:slug>/", offre.presentation, name="presentation"),
    path(f"{ACCUEIL}offre/<str:code>/", offre.accueil, name="accueil"),
    path(f"{ACCUEIL}jurys/", lieux.jurys, name="jurys"),
    path(f"{ACCUEIL}salles/", lieux.salles, name="salles"),
    path(f"{ACCUEIL}consignes/", offre.consignes, name="consignes"),
    path(ORIGINE, origine.convocations, name="convocations"),
    path(f"{ORIGINE}imprimer/", origine.imprimer, name="imprimer"),
    path(f"{ORIGINE}remises/", origine.remises, name="remises"),
    path(f"{ORIGINE}adresses/", adresses.adresses, name="adresses"),
    path(f"{ORIGINE}adresses/renvoyer/", adresses.renvoyer, name="renvoyer_a_l_adresse"),
    path(f"{ORIGINE}<str:code>.pdf", origine.convocation_pdf, name="convocation_pdf"),
    path(f"{ORIGINE}<str:code>.ics", origine.convocation_ics, name="convocation_ics"),
    path(f"{ORIGINE}<str:code>/", origine.convocation, name="convocation"),
]
