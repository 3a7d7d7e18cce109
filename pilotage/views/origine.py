"""Les pages d'un établissement d'origine qui croisent les applications (écrans O1, O2, O5, O8)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from candidatures.lectures import slug_de_la_classe
from candidatures.models import Candidature, Eleve
from candidatures.permissions import peut_inscrire, peut_saisir_les_avis
from candidatures.rules import Etat
from candidatures.views.communes import eleve_de
from pilotage.forms import FiltreDesElevesForm
from pilotage.permissions import peut_lire_les_consultations
from pilotage.selectors import eleves as lecture_des_eleves
from pilotage.selectors.avancement import avancement
from pilotage.selectors.changements import avec_les_changements
from pilotage.selectors.consultations import CONSULTATIONS_AU_PLUS, consultations_de
from pilotage.selectors.dossiers import convocations_de, lignes_d_avis
from pilotage.selectors.eleves import Filtre, Recherche, un_transfert_est_demande
from pilotage.selectors.lecture import CandidatureLue, a_lire, candidatures_d_un_eleve
from pilotage.selectors.nouvelles import (
    dernieres_nouvelles,
    dernieres_traces_du_dossier,
    traces_du_dossier,
    traces_lisibles,
)
from pilotage.selectors.taches import ORIGINE
from pilotage.views.a_faire import contexte_des_taches, liste_d_une_tache
from pilotage.views.actions import actions_de_l_origine
from pilotage.views.bilan_d_etablissement import adresse_du_bilan
from pilotage.views.documents import documents_de
from pilotage.views.phrases import dire_l_avancement
from pilotage.views.selection import actions_sur_la_selection
from referentiel.historique import evenements, page_d_historique
from referentiel.listes import etat_voulu, etiquettes, filtres_poses, paginer
from referentiel.permissions import Cote
from referentiel.portes import Espace, dans_l_origine, dossier_lu
from referentiel.rules.ouverture import Geste


@require_safe
@dans_l_origine
def a_faire(request: HttpRequest, espace: Espace) -> HttpResponse:
    """O1 : les tâches, l'avancement, les nouvelles ; sans élève, les premiers pas."""
    nombres = avancement(espace)
    contexte = {
        **contexte_des_taches(request, espace, ORIGINE),
        "uai": espace.etablissement.segment,
        "premiers_pas": not nombres["candidatures"] and not _a_des_eleves(espace),
        "peut_inscrire": peut_inscrire(espace.place) and espace.permet(Geste.AJOUTER_UN_ELEVE),
        "avancement": dire_l_avancement(nombres, "inscrits"),
        "bilan_url": adresse_du_bilan(espace),
        "nouvelles": dernieres_nouvelles(espace.campagne, espace.etablissement, Cote.ORIGINE, espace.le),
    }
    return render(request, "pilotage/a_faire_origine.html", contexte)


@require_safe
@dans_l_origine
def tache(request: HttpRequest, espace: Espace, tache: str) -> HttpResponse:
    return liste_d_une_tache(request, espace, ORIGINE, tache)


@require_safe
@dans_l_origine
def eleves(request: HttpRequest, espace: Espace) -> HttpResponse:
    """O2 : les élèves par classe."""
    cherches = Recherche(
        espace.campagne, espace.etablissement.pk, request.GET.get("classe", ""), request.GET.get("q", "")
    )
    classes = lecture_des_eleves.classes_de(cherches)
    comptes = lecture_des_eleves.compter(cherches, espace.le)
    filtre = etat_voulu(request, Filtre)
    retenus = lecture_des_eleves.de_ce_filtre(cherches, filtre, espace.le)
    total = comptes[filtre.value if filtre else "total"]
    page, pagination = paginer(request, lecture_des_eleves.a_ranger(retenus), total)
    uai = espace.etablissement.segment
    lignes = lecture_des_eleves.lignes_par_classe(page, uai, espace.campagne, espace.le)
    contexte = {
        "classes": lecture_des_eleves.par_classe(lignes, classes),
        "aucun_eleve": not classes,
        "total": total,
        "uai": uai,
        "peut_ajouter": peut_inscrire(espace.place) and espace.permet(Geste.AJOUTER_UN_ELEVE),
        "peut_inscrire": peut_inscrire(espace.place) and espace.permet(Geste.INSCRIRE),
        "etape": espace.ouverture.du(Geste.INSCRIRE),
        "actions": actions_sur_la_selection(espace),
        "etiquettes": etiquettes(request, filtre, _comptees(comptes)),
        "filtre": FiltreDesElevesForm(request.GET, classes=classes),
        "actifs": filtres_poses(request, ((nom, request.GET.get(nom, "")) for nom in ("classe", "q"))),
        "pagination": pagination,
    }
    return render(request, "pilotage/eleves.html", contexte)


@require_safe
@dans_l_origine
def eleve(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """O5 : le dossier d'un élève."""
    lu = eleve_de(espace, code)
    dossier_lu(request, lu)
    lu.candidatures_lues = candidatures_d_un_eleve(lu)
    dossier = lecture_des_eleves.lire_eleve(lu, espace.campagne, espace.le)
    contexte = {
        "eleve": lu,
        "dossier": dossier,
        "informations": _informations(lu, montre_l_ine=not espace.place.lecture_seule),
        "peut_lire_l_ine": bool(lu.ine) and not (espace.place.lecture_seule or request.detour),
        "historique": evenements(dernieres_traces_du_dossier(lu, espace.campagne, espace.le)),
        "lit_les_consultations": peut_lire_les_consultations(espace.place),
        "uai": espace.etablissement.segment,
        "peut_inscrire": peut_inscrire(espace.place) and espace.permet(Geste.INSCRIRE),
        "peut_modifier": peut_inscrire(espace.place) and espace.permet(Geste.MODIFIER_UN_ELEVE),
        "etape": espace.ouverture.du(Geste.INSCRIRE),
        "peut_saisir_les_avis": _peut_saisir_les_avis(espace) and bool(dossier.formations_demandees),
        "avis_url": _url_des_avis(espace, lu),
        "a_terminer": peut_inscrire(espace.place)
        and espace.permet(Geste.INSCRIRE)
        and any(lue.candidature.etat == Etat.BROUILLON for lue in dossier.candidatures),
        "peut_supprimer": peut_inscrire(espace.place)
        and espace.permet(Geste.MODIFIER_UN_ELEVE)
        and not any(lue.candidature.inscrite_le for lue in dossier.candidatures),
        "transfert_demande": un_transfert_est_demande(lu),
        "a_une_fiche": any(lue.montre_l_avis_d_accueil for lue in dossier.candidatures),
        "documents": documents_de(espace, dossier),
    }
    return render(request, "pilotage/eleve.html", contexte)


@require_safe
@dans_l_origine
def candidature(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """O8 : une candidature, son entretien, ses avis, son histoire."""
    miennes = Candidature.objects.de_l_origine(espace.campagne, espace.etablissement.pk)
    lue = CandidatureLue(
        get_object_or_404(avec_les_changements(a_lire(miennes)), code=code), espace.campagne, Cote.ORIGINE, espace.le
    )
    dossier_lu(request, lue.candidature.eleve)
    celle_ci = miennes.filter(pk=lue.candidature.pk)
    retirable = Etat(lue.candidature.etat) in RETIRABLES and not _a_eu_lieu(lue)
    contexte = {
        "lue": lue,
        "lignes": lignes_d_avis(lue),
        "montre_l_avis_final": espace.campagne.regles.montre_l_avis_final and not lue.est_collective,
        "convocations": convocations_de(lue),
        **page_d_historique(request, traces_lisibles(celle_ci, espace.campagne, Cote.ORIGINE, espace.le)),
        "uai": espace.etablissement.segment,
        **actions_de_l_origine(
            espace,
            lue,
            avis_url=_url_des_avis(espace, lue.candidature.eleve)
            if _peut_saisir_les_avis(espace) and _avis_a_saisir(lue)
            else "",
            peut_desister=peut_inscrire(espace.place) and retirable and espace.permet(Geste.DESISTER),
        ),
        "etape": espace.ouverture.du(Geste.DESISTER),
    }
    return render(request, "pilotage/candidature_origine.html", contexte)


@require_safe
@dans_l_origine
def historique_de_l_eleve(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Tout l'historique d'un dossier ; le chef d'établissement y lit aussi qui l'a consulté (R39, R40)."""
    lu = eleve_de(espace, code)
    dossier_lu(request, lu)
    montre = peut_lire_les_consultations(espace.place)
    contexte = {
        "eleve": lu,
        "uai": espace.etablissement.segment,
        **page_d_historique(request, traces_du_dossier(lu, espace.campagne, espace.le)),
        "montre_les_consultations": montre,
        "consultations": consultations_de(lu) if montre else [],
        "consultations_au_plus": CONSULTATIONS_AU_PLUS,
    }
    return render(request, "pilotage/historique_de_l_eleve.html", contexte)


RETIRABLES = frozenset({Etat.BROUILLON, Etat.INSCRITE, Etat.PLANIFIEE, Etat.CONVOQUEE, Etat.ABSENTE})


def _a_eu_lieu(lue: CandidatureLue) -> bool:
    """Vrai si l'entretien est commencé sans que l'absence soit notée : il n'est plus temps de se retirer (R18)."""
    entretien = lue.entretien
    return entretien is not None and entretien.periode.lower <= lue.le and lue.candidature.etat != Etat.ABSENTE


def _avis_a_saisir(lue: CandidatureLue) -> bool:
    """Vrai s'il reste un avis à donner ; après le début de l'entretien, seuls ceux qui manquent (R16)."""
    commence = lue.entretien is not None and lue.entretien.periode.lower <= lue.le
    return lue.candidature.est_active and not (commence and lue.tous_les_avis_saisis)


def _peut_saisir_les_avis(espace: Espace) -> bool:
    """Le droit, et le calendrier : une formation ajoutée à l'entretien s'avise plus longtemps (R27)."""
    permis = espace.permet(Geste.SAISIR_LES_AVIS) or espace.permet(Geste.AVISER_UN_AJOUT)
    return peut_saisir_les_avis(espace.place) and permis


def _url_des_avis(espace: Espace, eleve: Eleve) -> str:
    """L'étape « Avis » de l'inscription tant qu'elle est ouverte, ensuite la saisie de la classe."""
    if espace.permet(Geste.INSCRIRE):
        return reverse("candidatures:inscription_avis", args=[espace.etablissement.segment, eleve.code])
    return reverse("candidatures:avis_classe", args=[espace.etablissement.segment, slug_de_la_classe(eleve.classe)])


def _a_des_eleves(espace: Espace) -> bool:
    return Eleve.objects.de_l_origine(espace.campagne, espace.etablissement.pk).exists()


def _comptees(comptes: dict[str, int]) -> list[tuple[Filtre | None, str, int]]:
    filtres = [(filtre, libelle, comptes[filtre.value]) for filtre, libelle in lecture_des_eleves.LIBELLES.items()]
    return [(None, "Tous", comptes["total"]), *filtres]


def _informations(eleve: Eleve, *, montre_l_ine: bool) -> list[dict[str, Any]]:
    """L'INE, même masqué, ne se montre pas à qui n'est pas de l'établissement (T8)."""
    return [
        {"terme": "Nom", "valeur": eleve.nom},
        {"terme": "Prénom", "valeur": eleve.prenom},
        {"terme": "Date de naissance", "valeur": date_format(eleve.date_de_naissance, "j F Y")},
        *([{"terme": "INE", "valeur": eleve.ine_masque}] if montre_l_ine else []),
        {"terme": "Classe", "valeur": eleve.classe},
        {"terme": "Niveau", "valeur": eleve.get_niveau_display()},
        {"terme": "Personne référente", "valeur": eleve.referent_nom},
        {"terme": "Courriel de la personne référente", "valeur": eleve.referent_courriel},
    ]
