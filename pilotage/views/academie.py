"""Le suivi d'une campagne par le SAIO et l'observation (écran S2, chiffres clés)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from candidatures.models import Candidature
from pilotage.selectors import academie as lecture
from pilotage.selectors.taches import ACADEMIE
from pilotage.selectors.taches.academie import courriels_en_echec
from pilotage.selectors.taches.origine import comptes_rendus_en_retard
from pilotage.views.a_faire import contexte_des_taches, liste_d_une_tache, ou_de
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import EspaceAcademique, dans_l_academie, exiger
from referentiel.presentation import nom_du_departement


@require_safe
@dans_l_academie
def suivi(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Les chiffres, sans nom d'élève ; l'observation ne lit que ceux de ses départements."""
    candidatures = _candidatures(espace)
    administre = peut_administrer_l_academie(espace.place)
    nombres = lecture.chiffres(candidatures)
    contexte = {
        "chiffres": _chiffres(nombres),
        "vide": not nombres["candidatures"],
        "departements": _nommer(lecture.par_departement(candidatures)),
        "en_attente": _nommer(lecture.accueils_en_attente(candidatures, espace.le)),
        "en_retard": _nommer(lecture.accueils_en_retard(_en_retard(espace))),
        "administre": administre,
    }
    if administre:
        contexte |= contexte_des_taches(request, espace, ACADEMIE)
        contexte["courriels_en_echec"] = courriels_en_echec(ou_de(espace)).count()
    return render(request, "pilotage/academie.html", contexte)


@require_safe
@dans_l_academie
def tache(request: HttpRequest, espace: EspaceAcademique, tache: str) -> HttpResponse:
    """Ces listes portent des noms : le SAIO seul les lit."""
    exiger(peut_administrer_l_academie(espace.place))
    return liste_d_une_tache(request, espace, ACADEMIE, tache)


def _candidatures(espace: EspaceAcademique):
    candidatures = Candidature.objects.filter(domaine__campagne=espace.campagne)
    if peut_administrer_l_academie(espace.place):
        return candidatures
    return candidatures.filter(eleve__etablissement__departement__in=espace.perimetre.departements_observes)


def _en_retard(espace: EspaceAcademique):
    en_retard = comptes_rendus_en_retard(ou_de(espace))
    if peut_administrer_l_academie(espace.place):
        return en_retard
    return en_retard.filter(candidature__in=_candidatures(espace))


def _nommer(lignes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [ligne | {"departement": nom_du_departement(ligne["departement"])} for ligne in lignes]


def _chiffres(nombres: dict[str, int]) -> list[dict[str, Any]]:
    realises = nombres["realisees"] + nombres["rendues"] + nombres["seances"]
    convoques = realises + nombres["convoquees"] + nombres["absences"]
    return [
        {"nombre": nombres["eleves"], "libelle": "élèves inscrits"},
        {"nombre": nombres["candidatures"], "libelle": "candidatures"},
        {"nombre": nombres["a_planifier"], "libelle": "sans convocation"},
        {"nombre": convoques, "libelle": "convocations envoyées"},
        {"nombre": realises, "libelle": "entretiens réalisés"},
        {"nombre": nombres["rendues"], "libelle": "comptes-rendus transmis"},
        {"nombre": nombres["absences"], "libelle": "absences"},
        {"nombre": nombres["desistements"], "libelle": "désistements"},
    ]
