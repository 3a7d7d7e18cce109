"""Les avis d'origine par classe : où l'on en est, et la saisie rapide (écrans O10 et O11)."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from candidatures.lectures import (
    LigneDAvis,
    avis_par_classe,
    classes_de,
    demandes_a_aviser,
    libelle_d_avis,
    lignes_d_avis,
)
from candidatures.permissions import peut_saisir_les_avis
from candidatures.services import exiger_la_saisie
from candidatures.views.communes import url_des_eleves
from candidatures.views.saisie import Bloc, enregistrer
from referentiel.listes import adresse, etiquettes, paginer
from referentiel.portes import Espace, dans_l_origine, exiger

A_SAISIR = "a-saisir"
PAR_NOM = "nom"
CONSIGNE = "consigne-commentaire"
MINIMUM_POUR_REMARQUER = 10
PART_A_REMARQUER = 0.9


@dans_l_origine
def classes(request: HttpRequest, espace: Espace) -> HttpResponse:
    lignes = avis_par_classe(espace.campagne, espace.etablissement, espace.le)
    contexte = {
        "classes": lignes,
        "demandees": sum(ligne.demandees for ligne in lignes),
        "saisis": sum(ligne.saisis for ligne in lignes),
        "peut_saisir": peut_saisir_les_avis(espace.place),
        "uai": espace.etablissement.segment,
        "eleves_url": url_des_eleves(espace),
    }
    return render(request, "candidatures/avis_classes.html", contexte)


@dans_l_origine
def classe(request: HttpRequest, espace: Espace, classe: str) -> HttpResponse:
    noms = classes_de(espace.campagne, espace.etablissement).get(classe)
    if noms is None:
        raise Http404
    peut_saisir = peut_saisir_les_avis(espace.place)
    exiger(peut_saisir or request.method != "POST")
    lignes = _lignes(espace, noms, par_nom=request.GET.get("tri") == PAR_NOM)
    if request.method == "POST":
        return _enregistrer(request, espace, classe, noms, lignes)
    return _montrer(request, espace, classe, noms, lignes, peut_saisir=peut_saisir)


def _lignes(espace: Espace, noms: list[str], *, par_nom: bool) -> list[LigneDAvis]:
    """Lignes de la classe, élève par élève : le prochain entretien d'abord, puis le nom."""
    demandes = demandes_a_aviser(espace.campagne, espace.etablissement, espace.le)
    lignes = lignes_d_avis(demandes.filter(candidature__eleve__classe__in=noms), espace.campagne, espace.le)
    prochains: dict[int, float] = {}
    for ligne in lignes:
        if not par_nom and ligne.entretien and ligne.entretien.debut > espace.le:
            debut = ligne.entretien.debut.timestamp()
            prochains[ligne.eleve.pk] = min(debut, prochains.get(ligne.eleve.pk, debut))
    return sorted(
        lignes,
        key=lambda ligne: (
            prochains.get(ligne.eleve.pk, float("inf")),
            ligne.eleve.cle,
            ligne.eleve.pk,
            ligne.demande.candidature_id,
            ligne.demande.pk,
        ),
    )


def _enregistrer(
    request: HttpRequest, espace: Espace, classe: str, noms: list[str], lignes: list[LigneDAvis]
) -> HttpResponse:
    """Enregistre les lignes envoyées, sans celles dont la personne garde la version de l'autre."""
    laissee = request.POST.get("garder_la_sienne", "")
    envoyees = [
        ligne for ligne in lignes if f"{ligne.demande.code}-version" in request.POST and ligne.demande.code != laissee
    ]
    ajoutee = any(ligne.demande.ajoutee_a_l_entretien for ligne in envoyees)
    exiger_la_saisie(espace.campagne, espace.etablissement.pk, espace.le, ajoutee=ajoutee)
    blocs = [Bloc(ligne, request.POST, espace.campagne, CONSIGNE) for ligne in envoyees]
    if not enregistrer(request, espace, blocs):
        return _montrer(request, espace, classe, noms, lignes, peut_saisir=True, envoyes=blocs)
    _dire_le_resultat(request, espace, noms, [ligne.demande.code for ligne in envoyees])
    return redirect(adresse(request))


def _dire_le_resultat(request: HttpRequest, espace: Espace, noms: list[str], envoyees: list[str]) -> None:
    lignes = _lignes(espace, noms, par_nom=True)
    reste = [ligne for ligne in lignes if ligne.est_a_saisir]
    incompletes = [ligne for ligne in reste if ligne.demande.code in envoyees and _est_commencee(ligne)]
    if not reste:
        messages.success(request, f"tous les avis de {noms[0]} sont saisis.")
        return
    messages.success(request, f"lignes enregistrées. Avis complets : {len(lignes) - len(reste)} sur {len(lignes)}.")
    if incompletes:
        noms_des_lignes = " ; ".join(
            f"{ligne.eleve}, {ligne.demande.formation} ({ligne.etat.lower()})" for ligne in incompletes
        )
        messages.warning(request, f"lignes enregistrées mais incomplètes : {noms_des_lignes}.")


def _est_commencee(ligne: LigneDAvis) -> bool:
    return bool(ligne.demande.avis or ligne.demande.commentaire)


def _montrer(
    request: HttpRequest,
    espace: Espace,
    classe: str,
    noms: list[str],
    lignes: list[LigneDAvis],
    *,
    peut_saisir: bool,
    envoyes: list[Bloc] | None = None,
) -> HttpResponse:
    """Montre une page de lignes ; après une erreur, exactement les lignes envoyées, avec ce qui y est tapé."""
    a_saisir = request.GET.get("etat") == A_SAISIR
    retenues = [ligne for ligne in lignes if ligne.est_a_saisir] if a_saisir else lignes
    page, pagination = paginer(request, retenues, en_entier=False)
    blocs = envoyes or [Bloc(ligne, None, espace.campagne, CONSIGNE) for ligne in page.object_list]
    comptees = [ligne for ligne in lignes if not ligne.facultatif or ligne.demande.avis_complet]
    manquent = sum(ligne.est_a_saisir for ligne in comptees)
    contexte = {
        "nom": noms[0],
        "eleves": _par_eleve(blocs),
        "total": len(comptees),
        "manquent": manquent,
        "saisis": len(comptees) - manquent,
        "remarque": _remarque(comptees),
        "etiquettes": etiquettes(
            request,
            A_SAISIR if a_saisir else None,
            [(A_SAISIR, "À saisir", manquent), (None, "Toutes", len(lignes))],
        ),
        "par_nom": request.GET.get("tri") == PAR_NOM,
        "tri_url": adresse(request, tri=None if request.GET.get("tri") == PAR_NOM else PAR_NOM),
        "peut_saisir": peut_saisir,
        "page_en_erreur": bool(envoyes) and any(bloc.en_erreur for bloc in envoyes),
        "erreurs": [bloc for bloc in envoyes or () if bloc.en_erreur],
        "premiere": next((bloc.ancre for bloc in blocs if bloc.ligne.est_a_saisir), ""),
        "uai": espace.etablissement.segment,
        "pagination": pagination,
    }
    return render(request, "candidatures/avis_classe.html", contexte)


def _par_eleve(blocs: list[Bloc]) -> list[dict[str, Any]]:
    eleves: dict[int, dict[str, Any]] = {}
    for bloc in blocs:
        eleve = bloc.ligne.eleve
        eleves.setdefault(eleve.pk, {"eleve": eleve, "blocs": []})["blocs"].append(bloc)
    return list(eleves.values())


def _remarque(lignes: list[LigneDAvis]) -> str:
    """Discrète, quand presque tous les avis sont les mêmes (écran O11)."""
    donnes = Counter(ligne.demande.avis for ligne in lignes if ligne.demande.avis)
    total = donnes.total()
    if total < MINIMUM_POUR_REMARQUER:
        return ""
    avis, nombre = donnes.most_common(1)[0]
    if nombre < PART_A_REMARQUER * total:
        return ""
    libelle = libelle_d_avis(avis).lower()
    return f"{nombre} avis sur {total} sont « {libelle} ». Un avis nuancé aide davantage l’élève."
