"""« À faire » et la liste d'une tâche, communs aux trois espaces (écran 2)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from candidatures.models import Candidature
from entretiens.models import Convocation, Entretien
from pilotage.rules import phrase_de_prochaine_echeance
from pilotage.selectors.lignes import Regard, avec_relations, ligne
from pilotage.selectors.taches import Ou, Tache, TacheComptee, compter, la_tache
from referentiel.annonces import annonces_pour, les_autres
from referentiel.listes import paginer
from referentiel.portes import Espace, EspaceAcademique
from referentiel.rules.dates import dire_heure
from referentiel.rules.ouverture import Geste

TACHES_MONTREES = 8
# Pages que le calendrier ferme : leur bouton ne se montre que s'il mène quelque part (R4).
DEMANDENT_AU_CALENDRIER = {
    "entretiens:proposer": Geste.PLANIFIER,
    "entretiens:creer_des_creneaux": Geste.PLANIFIER,
    "entretiens:verifier_l_envoi": Geste.CONVOQUER,
}


# Ces lignes nomment un élève à son établissement, jamais au SAIO.
SANS_NOM_POUR_LE_SAIO = (Candidature, Entretien, Convocation)


def ou_de(espace: Espace | EspaceAcademique) -> Ou:
    etablissement = espace.place.etablissement
    return Ou(espace.campagne, etablissement.pk if etablissement else None, espace.place, espace.le)


def contexte_des_taches(request: HttpRequest, espace: Espace | EspaceAcademique, taches: list[Tache]) -> dict[str, Any]:
    """Tâches de l'espace, la plus urgente d'abord ; huit au plus, sauf si la personne les demande toutes."""
    comptees = compter(taches, ou_de(espace))
    etablissement = espace.place.etablissement
    departement = etablissement.departement if etablissement else espace.place.departement
    toutes = "toutes" in request.GET
    montrees = comptees if toutes else comptees[:TACHES_MONTREES]
    return {
        "taches": [_montrer(espace, comptee) for comptee in montrees],
        "nombre_de_taches": len(comptees),
        "close": not espace.campagne.est_ouverte,
        "toutes_url": f"{request.path}?toutes" if len(comptees) > len(montrees) else "",
        "echeance": phrase_de_prochaine_echeance(espace.campagne.calendrier, str(espace.cote), espace.le),
        "mis_a_jour": dire_heure(espace.le),
        "annonces": les_autres(annonces_pour(espace.campagne, str(espace.cote), departement)),
    }


def liste_d_une_tache(
    request: HttpRequest, espace: Espace | EspaceAcademique, taches: list[Tache], code: str
) -> HttpResponse:
    """Lignes d'une tâche : autant que son nombre dans « À faire »."""
    tache = la_tache(taches, code, espace.place)
    if tache is None:
        raise Http404
    lignes = tache.triees(ou_de(espace))
    total = lignes.count()
    page, pagination = paginer(request, lignes.values_list("pk", flat=True), total)
    regard = Regard(str(espace.cote), _segment(espace))
    contexte = {
        "titre": tache.libelle(total),
        "lignes": [ligne(objet, regard) for objet in avec_relations(lignes, page)],
        "sans_nom": not regard.uai and lignes.model in SANS_NOM_POUR_LE_SAIO,
        "total": total,
        "geste": _geste(espace, tache),
        "retour_url": _accueil(espace),
        "pagination": pagination,
    }
    return render(request, "pilotage/tache.html", contexte)


def _montrer(espace: Espace | EspaceAcademique, comptee: TacheComptee) -> dict[str, Any]:
    libelle, classe = comptee.badge
    return {
        "nombre": comptee.nombre,
        "libelle": comptee.libelle,
        "url": _adresse(espace, comptee.tache),
        "detail": comptee.detail,
        "badge_libelle": libelle,
        "badge_classe": classe,
    }


def _adresse(espace: Espace | EspaceAcademique, tache: Tache) -> str:
    segments = [segment] if (segment := _segment(espace)) else []
    if tache.page:
        nom, requete = tache.page
        return f"{reverse(nom, args=segments)}?{requete}" if requete else reverse(nom, args=segments)
    return reverse(f"pilotage:tache_{espace.cote}", args=[*segments, tache.code])


def _geste(espace: Espace | EspaceAcademique, tache: Tache) -> dict[str, str] | None:
    if tache.geste is None:
        return None
    libelle, nom = tache.geste
    if nom in DEMANDENT_AU_CALENDRIER and (
        espace.place.lecture_seule or not espace.permet(DEMANDENT_AU_CALENDRIER[nom])
    ):
        return None
    segments = [segment] if (segment := _segment(espace)) else []
    return {"libelle": libelle, "url": reverse(nom, args=segments)}


def _accueil(espace: Espace | EspaceAcademique) -> str:
    segment = _segment(espace)
    return reverse(f"pilotage:a_faire_{espace.cote}", args=[segment]) if segment else reverse("pilotage:academie")


def _segment(espace: Espace | EspaceAcademique) -> str:
    etablissement = espace.place.etablissement
    return etablissement.segment if etablissement else ""
