"""Le suivi de la campagne par le SAIO et l'observation (écran S2) : des chiffres, aucun nom d'élève."""

from collections.abc import Callable, Collection
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pilotage.forms import FiltreDuSuiviForm
from pilotage.graphiques import dire_l_echeance
from pilotage.rules import NOMS_D_ECHEANCE, dire_nombre
from pilotage.selectors.suivi import (
    Champ,
    actives,
    chiffres_cles,
    chiffres_de,
    croises,
    eleves_par_departement,
    par_semaine,
)
from pilotage.selectors.suivi.chiffres import par_situation
from pilotage.selectors.suivi.etablissements import accueils_suivis, origines_suivies
from pilotage.tableaux import Tableau, code_du_departement
from pilotage.tableaux.avis import TABLEAUX_DES_AVIS
from pilotage.tableaux.bilan import TABLEAUX_DU_BILAN
from pilotage.tableaux.suivi import (
    DOMAINES_MONTRES,
    TABLEAUX_DU_SUIVI,
    administre,
    barres,
    courbes,
    par_departement,
    tableau_des_departements,
    tableau_des_domaines,
    tableau_des_semaines,
)
from referentiel.listes import adresse, filtres_poses, paginer
from referentiel.models import Domaine, Formation
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import EspaceAcademique, dans_l_academie
from referentiel.presentation import nom_du_departement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import INSECABLE, dire_instant, dire_jour
from referentiel.tableurs.ecriture import reponse_xlsx

TABLEAUX: dict[str, Callable[[Champ], Tableau]] = TABLEAUX_DU_SUIVI | TABLEAUX_DES_AVIS | TABLEAUX_DU_BILAN
UNE_SEMAINE = 7
ECHEANCES = (Nature.INSCRIPTION, Nature.CONVOCATIONS, Nature.ENTRETIENS, Nature.FERMETURE)
# Ce que compte chaque chiffre clé, dans l'ordre de la page.
CHIFFRES: list[tuple[str, str, str]] = [
    ("eleves", "élève inscrit", "élèves inscrits"),
    ("candidatures", "candidature", "candidatures"),
    ("convocations", "convocation envoyée", "convocations envoyées"),
    ("realises", "entretien réalisé", "entretiens réalisés"),
    ("rendus", "compte-rendu transmis", "comptes-rendus transmis"),
    ("absences", "absence", "absences"),
    ("desistements", "désistement", "désistements"),
]
# Colonnes qui trient la liste des établissements, du plus grand au plus petit ; le nom trie de A à Z.
TRIS = {
    "accueil": ("eleves", "a_planifier", "places", "en_retard", "delai", "connexion"),
    "origine": ("eleves", "candidatures", "avis_manquants", "a_planifier", "realises", "rendus", "connexion"),
}
LECTURES: dict[str, Callable[..., list[dict[str, Any]]]] = {"accueil": accueils_suivis, "origine": origines_suivies}


@require_safe
@dans_l_academie
def suivi(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Chiffres clés, avancement par département et par domaine, cumul par semaine."""
    form, champ = champ_demande(request, espace)
    toutes, eleves, semaines = croises(champ), eleves_par_departement(champ), par_semaine(champ)
    lignes = actives(toutes)
    contexte = contexte_du_suivi(request, espace, form, champ, "ensemble") | {"vide": not semaines}
    if semaines:
        contexte |= {
            "chiffres": _chiffres(chiffres_de(toutes, eleves), chiffres_cles(champ.jours_plus_tot(UNE_SEMAINE))),
            "semaines": courbes(semaines, champ.jour, _echeances(espace)),
            "tableau_des_semaines": tableau_des_semaines(semaines),
        }
    if lignes:
        domaines = par_situation(lignes, "nom_du_domaine")
        contexte |= {
            "departements": barres("departements", par_departement(lignes)),
            "tableau_des_departements": tableau_des_departements(lignes, eleves),
            "domaines": barres("domaines", domaines, au_plus=DOMAINES_MONTRES),
            "autres_domaines": max(len(domaines) - DOMAINES_MONTRES, 0),
            "tableau_des_domaines": tableau_des_domaines(lignes),
        }
    return render(request, "pilotage/suivi/vue_d_ensemble.html", contexte)


@require_safe
@dans_l_academie
def departements(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    form, champ = champ_demande(request, espace)
    lignes = actives(croises(champ))
    contexte = contexte_du_suivi(request, espace, form, champ, "departements") | {"titre": "Départements"}
    if lignes:
        tableau = tableau_des_departements(lignes, eleves_par_departement(champ))
        contexte |= {"graphique": barres("departements", par_departement(lignes)), "tableau": tableau}
    contexte["xlsx_url"] = adresse_du_tableau(request, "departements")
    return render(request, "pilotage/suivi/avancement.html", contexte)


@require_safe
@dans_l_academie
def domaines(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    form, champ = champ_demande(request, espace)
    lignes = actives(croises(champ))
    contexte = contexte_du_suivi(request, espace, form, champ, "domaines") | {"titre": "Domaines"}
    if lignes:
        graphique = barres("domaines", par_situation(lignes, "nom_du_domaine"))
        contexte |= {"graphique": graphique, "tableau": tableau_des_domaines(lignes)}
    contexte["xlsx_url"] = adresse_du_tableau(request, "domaines")
    return render(request, "pilotage/suivi/avancement.html", contexte)


@require_safe
@dans_l_academie
def etablissements(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Les établissements d'un côté, triés, et ceux-là seuls qui ont du retard si on le demande."""
    form, champ = champ_demande(request, espace)
    cote = "origine" if request.GET.get("cote") == "origine" else "accueil"
    lignes = LECTURES[cote](champ, connexions=administre(champ))
    en_retard = "en_retard" in request.GET
    if en_retard:
        lignes = [ligne for ligne in lignes if ligne["en_retard" if cote == "accueil" else "avis_manquants"]]
    tri, sens = _tri(request, cote)
    page, pagination = paginer(request, _trier(lignes, tri, sens), len(lignes))
    contexte = contexte_du_suivi(request, espace, form, champ, "etablissements") | {
        "cotes": [
            {"libelle": libelle, "url": adresse(request, cote=valeur, tri="", page=""), "courante": cote == valeur}
            for valeur, libelle in (("accueil", "Établissements d’accueil"), ("origine", "Établissements d’origine"))
        ],
        "cote": cote,
        "lignes": [ligne | {"departement": code_du_departement(ligne["departement"])} for ligne in page],
        "total": len(lignes),
        "en_retard": en_retard,
        "retard_url": adresse(request, en_retard="" if en_retard else "1", page=""),
        "tris": {nom: _lien_de_tri(request, nom, tri, sens) for nom in ("nom", *TRIS[cote])},
        "pagination": pagination,
        "xlsx_url": adresse_du_tableau(request, f"{cote}s"),
    }
    return render(request, "pilotage/suivi/etablissements.html", contexte)


@require_safe
@dans_l_academie
def tableau(request: HttpRequest, espace: EspaceAcademique, tableau: str) -> HttpResponse:
    """Le fichier Excel d'un tableau, avec les filtres de la page."""
    if tableau not in TABLEAUX:
        raise Http404
    _, champ = champ_demande(
        request, espace, datable=tableau in TABLEAUX_DU_SUIVI, filtrable=tableau not in TABLEAUX_DES_AVIS
    )
    return reponse_xlsx(f"suivi-{tableau}-{espace.campagne.annee}", TABLEAUX[tableau](champ).feuille)


def champ_demande(
    request: HttpRequest, espace: EspaceAcademique, *, datable: bool = True, filtrable: bool = True
) -> tuple[FiltreDuSuiviForm, Champ]:
    """Les filtres, et ce que la personne compte : l'observation, ses seuls départements (R36).

    `datable` : l'historique sait redire ces chiffres à un jour passé. `filtrable` : l'observation peut les filtrer
    aussi ; deux filtres croisés donneraient l'avis d'un seul élève (R36).
    """
    lisibles = departements_lisibles(espace)
    domaines = Domaine.objects.filter(campagne=espace.campagne).order_by("cle").values_list("slug", "nom")
    form = FiltreDuSuiviForm(
        request.GET,
        departements=[(code, nom_du_departement(code)) for code in lisibles or espace.academie.departements],
        domaines=list(domaines),
        types=Formation.Type.choices,
    )
    if not datable:
        del form.fields["au"]
    if not filtrable and lisibles is not None:
        form.fields.clear()
    form.is_valid()
    demandes = form.cleaned_data
    return form, Champ(
        campagne=espace.campagne,
        le=espace.le,
        departements=None if lisibles is None else frozenset(lisibles),
        departement=demandes.get("departement", ""),
        domaine=demandes.get("domaine", ""),
        type=demandes.get("type", ""),
        au=demandes.get("au"),
    )


def adresse_du_tableau(request: HttpRequest, code: str) -> str:
    """Le fichier d'un tableau, avec les filtres de la page."""
    requete = request.GET.urlencode()
    return reverse("pilotage:tableau", args=[code]) + (f"?{requete}" if requete else "")


def departements_lisibles(espace: EspaceAcademique) -> list[str] | None:
    """`None` pour toute l'académie."""
    if peut_administrer_l_academie(espace.place):
        return None
    return sorted(espace.perimetre.departements_observes & set(espace.academie.departements))


def contexte_du_suivi(
    request: HttpRequest, espace: EspaceAcademique, form: FiltreDuSuiviForm, champ: Champ, page: str
) -> dict[str, Any]:
    filtres = urlencode({nom: valeur for nom, valeur in form.cleaned_data.items() if valeur})
    return {
        "page": page,
        "filtres": f"?{filtres}" if filtres else "",
        "form": form,
        "actifs": _actifs(request, form),
        "annee": espace.campagne.annee,
        "arrete": _arrete(champ),
        "perimetre": dire_le_perimetre(champ.departements),
        "administre": administre(champ),
        "peut_relancer": administre(champ) and not espace.lecture_seule,
        "url_des_tableaux": {code.replace("-", "_"): adresse_du_tableau(request, code) for code in TABLEAUX},
    }


def _actifs(request: HttpRequest, form: FiltreDuSuiviForm) -> list[dict[str, str]]:
    dits = []
    for nom, valeur in form.cleaned_data.items():
        if valeur:
            libelles = dict(getattr(form.fields[nom], "choices", []))
            dits.append((nom, f"au {dire_jour(valeur)}" if isinstance(valeur, date) else libelles[valeur]))
    return filtres_poses(request, dits)


def _arrete(champ: Champ) -> str:
    if champ.est_aujourd_hui:
        return f"Chiffres du {dire_instant(champ.le)}."
    return f"Chiffres arrêtés au {dire_jour(champ.jour)} inclus, d’après l’historique des candidatures."


def dire_le_perimetre(departements: Collection[str] | None) -> str:
    """Quels élèves comptent pour l'observation ; rien pour qui lit toute l'académie."""
    if not departements:
        return ""
    noms = ", ".join(nom_du_departement(code) for code in sorted(departements))
    ou = "vos départements" if len(departements) > 1 else "votre département"
    return f"Élèves scolarisés dans {ou}{INSECABLE}: {noms}."


def _chiffres(maintenant: dict[str, int], avant: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "nombre": maintenant[cle],
            "libelle": un if maintenant[cle] == 1 else plusieurs,
            "detail": _depuis(maintenant[cle] - avant[cle]),
        }
        for cle, un, plusieurs in CHIFFRES
    ]


def _depuis(ecart: int) -> str:
    """« + 124 depuis 7 jours »."""
    if not ecart:
        return f"sans changement depuis 7{INSECABLE}jours"
    signe = f"+{INSECABLE}" if ecart > 0 else ""
    return f"{signe}{dire_nombre(ecart)} depuis 7{INSECABLE}jours"


def _echeances(espace: EspaceAcademique) -> list[tuple[str, date]]:
    fins = [(nature, espace.campagne.calendrier.bornes(nature).fin) for nature in ECHEANCES]
    return sorted(
        ((dire_l_echeance(NOMS_D_ECHEANCE[nature], fin), fin) for nature, fin in fins if fin),
        key=lambda echeance: echeance[1],
    )


def _tri(request: HttpRequest, cote: str) -> tuple[str, str]:
    """Colonne et sens demandés ; par défaut, le nom, de A à Z."""
    tri = request.GET.get("tri", "")
    nom, sens = tri.removeprefix("-"), "decroissant" if tri.startswith("-") else "croissant"
    return (nom, sens) if nom in TRIS[cote] else ("nom", "decroissant" if tri == "-nom" else "croissant")


def _trier(lignes: list[dict[str, Any]], tri: str, sens: str) -> list[dict[str, Any]]:
    """Ce qui n'a pas de valeur va à la fin, quel que soit le sens."""
    connues = [ligne for ligne in lignes if ligne[tri] is not None]
    if tri != "nom":
        connues.sort(key=lambda ligne: ligne[tri], reverse=sens == "decroissant")
    elif sens == "decroissant":
        connues.reverse()
    return connues + [ligne for ligne in lignes if ligne[tri] is None]


def _lien_de_tri(request: HttpRequest, nom: str, tri: str, sens: str) -> dict[str, str]:
    """Une colonne de nombres trie d'abord du plus grand au plus petit."""
    premier, second = (nom, f"-{nom}") if nom == "nom" else (f"-{nom}", nom)
    actuel = f"-{nom}" if sens == "decroissant" else nom
    suivant = second if tri == nom and actuel == premier else premier
    return {"url": adresse(request, tri=suivant, page=""), "sens": sens if tri == nom else ""}
