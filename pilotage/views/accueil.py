"""Les pages d'un établissement d'accueil qui croisent les applications (écrans A1, A2, A3)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from avis.permissions import peut_rediger
from candidatures.models import Candidature
from candidatures.rules import Etat, Situation
from entretiens.lectures import entretiens_du_jour_de
from entretiens.permissions import peut_planifier, peut_saisir_les_presences
from pilotage.forms import FiltreDesCandidatsForm
from pilotage.selectors import candidats as lecture_des_candidats
from pilotage.selectors.avancement import avancement
from pilotage.selectors.candidats import Filtre
from pilotage.selectors.changements import derniere_demande
from pilotage.selectors.dossiers import convocations_de, lignes_d_avis, montre_l_avis_final
from pilotage.selectors.lecture import CandidatureLue, a_lire
from pilotage.selectors.nouvelles import dernieres_nouvelles, traces_lisibles
from pilotage.selectors.taches import ACCUEIL
from pilotage.views.a_faire import contexte_des_taches, liste_d_une_tache
from pilotage.views.bilan_d_etablissement import adresse_du_bilan
from pilotage.views.phrases import dire_l_avancement
from referentiel.historique import page_d_historique
from referentiel.listes import etat_voulu, etiquettes, filtres_poses, paginer
from referentiel.permissions import Cote
from referentiel.portes import Espace, dans_l_accueil, dossier_lu
from referentiel.rules.calendrier import Nature, phrase_d_echeance
from referentiel.rules.noms import capitale
from referentiel.rules.ouverture import Geste


@require_safe
@dans_l_accueil
def a_faire(request: HttpRequest, espace: Espace) -> HttpResponse:
    """A1 : ses entretiens du jour pour qui est d'un jury, puis les tâches, l'avancement, les nouvelles."""
    contexte = {
        **contexte_des_taches(request, espace, ACCUEIL),
        "uai": espace.etablissement.segment,
        "entretiens": entretiens_du_jour_de(request.user, espace.etablissement, espace.le),
        "avancement": dire_l_avancement(avancement(espace), "inscrits chez vous"),
        "bilan_url": adresse_du_bilan(espace),
        "nouvelles": dernieres_nouvelles(espace.campagne, espace.etablissement, Cote.ACCUEIL, espace.le),
    }
    return render(request, "pilotage/a_faire_accueil.html", contexte)


@require_safe
@dans_l_accueil
def tache(request: HttpRequest, espace: Espace, tache: str) -> HttpResponse:
    return liste_d_une_tache(request, espace, ACCUEIL, tache)


@require_safe
@dans_l_accueil
def candidats(request: HttpRequest, espace: Espace) -> HttpResponse:
    """A2 : qui convoquer, domaine par domaine."""
    ici = espace.campagne, espace.etablissement.pk
    recues = lecture_des_candidats.recues_par_etat(*ici)
    domaines = lecture_des_candidats.domaines_recus(*ici, espace.le, recues)
    origines = lecture_des_candidats.origines(*ici)
    adressees = Candidature.objects.de_l_accueil(*ici)
    cherches = _chercher(request, adressees)
    comptes = lecture_des_candidats.compter(
        recues if cherches is adressees else lecture_des_candidats.compter_par_etat(cherches)
    )
    filtre = etat_voulu(request, Filtre)
    retenus = lecture_des_candidats.de_ce_filtre(cherches, filtre)
    total = comptes[filtre.value if filtre else "total"]
    page, pagination = paginer(request, lecture_des_candidats.a_ranger(retenus), total)
    uai = espace.etablissement.segment
    form = FiltreDesCandidatsForm(
        request.GET, domaines=[(domaine.slug, domaine.nom) for domaine in domaines], origines=origines
    )
    contexte = {
        "domaines": domaines,
        "le_plus_attendu": max(domaines, key=lambda domaine: domaine.a_planifier, default=None),
        "candidats": lecture_des_candidats.lignes(page, uai, espace.campagne, espace.le),
        "aucun_candidat": not origines,
        "peut_planifier": peut_planifier(espace.place) and espace.permet(Geste.PLANIFIER),
        "etape": espace.ouverture.du(Geste.PLANIFIER),
        "inscriptions": _phrase_des_inscriptions(espace),
        "total": total,
        "uai": uai,
        "etiquettes": etiquettes(request, filtre, _comptees(comptes)),
        "filtre": form,
        "actifs": _filtres_actifs(request, form),
        "pagination": pagination,
    }
    return render(request, "pilotage/candidats.html", contexte)


@require_safe
@dans_l_accueil
def candidature(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """A3 : une candidature, sans INE ni date de naissance (R37)."""
    adressees = Candidature.objects.de_l_accueil(espace.campagne, espace.etablissement.pk)
    lue = CandidatureLue(get_object_or_404(a_lire(adressees), code=code), espace.campagne, Cote.ACCUEIL, espace.le)
    dossier_lu(request, lue.candidature.eleve)
    celle_ci = adressees.filter(pk=lue.candidature.pk)
    contexte = {
        "lue": lue,
        "lignes": lignes_d_avis(lue),
        "peut_verifier_l_identite": not (espace.place.lecture_seule or request.detour),
        "montre_l_avis_final": montre_l_avis_final(lue),
        "convocations": convocations_de(lue),
        **page_d_historique(request, traces_lisibles(celle_ci, espace.campagne, Cote.ACCUEIL, espace.le)),
        "uai": espace.etablissement.segment,
        **_droits(espace, lue),
    }
    return render(request, "pilotage/candidature_accueil.html", contexte)


AVEC_ENTRETIEN_A_VENIR = frozenset({Situation.PLANIFIEE, Situation.CONVOQUEE})
AVEC_COMPTE_RENDU = frozenset({Situation.REALISEE, Situation.EN_RETARD, Situation.RENDUE})


def _droits(espace: Espace, lue: CandidatureLue) -> dict[str, Any]:
    """Ce que la personne peut faire de cette candidature, dans sa situation, et que le calendrier permet."""
    situation = lue.situation
    planifie = peut_planifier(espace.place) and espace.permet(Geste.PLANIFIER)
    note = peut_saisir_les_presences(espace.place) and espace.permet(Geste.SAISIR_LES_PRESENCES)
    rediger = Geste.CORRIGER if situation is Situation.RENDUE else Geste.REDIGER
    return {
        "demande": derniere_demande(lue) if planifie else None,
        "peut_annuler_la_candidature": peut_planifier(espace.place)
        and espace.permet(Geste.ANNULER_UNE_CANDIDATURE)
        and Etat(lue.candidature.etat) in {Etat.INSCRITE, Etat.ABSENTE},
        "peut_planifier": planifie and Etat(lue.candidature.etat) in {Etat.INSCRITE, Etat.ABSENTE},
        "peut_deplacer": planifie and situation in AVEC_ENTRETIEN_A_VENIR and lue.entretien_a_venir,
        "peut_saisir_la_presence": note and situation is Situation.PASSEE,
        "peut_rediger": peut_rediger(espace.place)
        and espace.permet(rediger)
        and situation in AVEC_COMPTE_RENDU
        and not lue.est_collective,
        "etape": espace.ouverture.du(_geste_attendu(situation)),
    }


def _geste_attendu(situation: Situation) -> Geste:
    """Le geste dont la page dit jusqu'à quand il se fait : celui qu'appelle la situation."""
    if situation is Situation.PASSEE:
        return Geste.SAISIR_LES_PRESENCES
    if situation in AVEC_COMPTE_RENDU:
        return Geste.CORRIGER if situation is Situation.RENDUE else Geste.REDIGER
    return Geste.PLANIFIER


def _phrase_des_inscriptions(espace: Espace) -> str:
    fin = espace.campagne.calendrier.bornes(Nature.INSCRIPTION).fin
    if fin is None:
        return ""
    phrase = phrase_d_echeance(Nature.INSCRIPTION, fin, espace.le)
    return f"{capitale(phrase)}."


def _chercher(request: HttpRequest, candidatures):
    if domaine := request.GET.get("domaine"):
        candidatures = candidatures.filter(domaine__slug=domaine)
    if origine := request.GET.get("origine"):
        candidatures = candidatures.filter(eleve__etablissement__uai__iexact=origine)
    return candidatures.cherche(request.GET.get("q", ""))


def _comptees(comptes: dict[str, int]) -> list[tuple[Filtre | None, str, int]]:
    filtres = [(filtre, libelle, comptes[filtre.value]) for filtre, libelle in lecture_des_candidats.LIBELLES.items()]
    return [(None, "Tous", comptes["total"]), *filtres]


def _filtres_actifs(request: HttpRequest, form: FiltreDesCandidatsForm) -> list[dict[str, str]]:
    libelles = {
        "domaine": dict(form.fields["domaine"].choices),
        "origine": dict(form.fields["origine"].choices),
        "q": {},
    }
    lus = ((nom, request.GET.get(nom, "")) for nom in libelles)
    return filtres_poses(request, ((nom, libelles[nom].get(valeur, valeur)) for nom, valeur in lus if valeur))
