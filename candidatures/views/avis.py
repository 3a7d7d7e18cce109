"""Les avis d'origine : où en est chaque classe, la saisie rapide, élève par élève, sur papier (écrans O10 et O11)."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from candidatures.lectures import (
    MES_ELEVES,
    LigneDAvis,
    ListeDAvis,
    avis_par_classe,
    libelle_d_avis,
    liste_d_avis,
)
from candidatures.permissions import peut_saisir_les_avis
from candidatures.services import exiger_la_saisie
from candidatures.services.avis import pourquoi_pas_la_saisie
from candidatures.views.communes import url_des_eleves
from candidatures.views.lignes_moulees import rendre_l_eleve
from candidatures.views.saisie import (
    Bloc,
    enregistrer,
    recopier_pour_l_eleve,
    reprendre_le_precedent,
)
from referentiel.campagnes_lues import mots_a_rappeler
from referentiel.en_direct import AUTRE_PERSONNE, est_d_une_autre_personne, sceau_de
from referentiel.listes import adresse, adresse_de_chacune, etiquettes, paginer
from referentiel.portes import Espace, dans_l_origine, dossier_lu, exiger
from referentiel.rules.mots import phrase_de_rappel

A_SAISIR = "a-saisir"
PAR_NOM = "nom"
CONSIGNE = "consigne-commentaire"
# Quatre champs par ligne, sous les mille champs que Django accepte dans un envoi.
LIGNES_PAR_PAGE = 200
MINIMUM_POUR_REMARQUER = 10
PART_A_REMARQUER = 0.9
RECOPIES = {"reprendre": reprendre_le_precedent, "recopier": recopier_pour_l_eleve}
Montrer = Callable[[list[Bloc] | None], HttpResponse]


@dans_l_origine
def classes(request: HttpRequest, espace: Espace) -> HttpResponse:
    lignes = avis_par_classe(espace.campagne, espace.etablissement, espace.le)
    contexte = {
        "classes": lignes,
        "demandees": sum(ligne.demandees for ligne in lignes),
        "saisis": sum(ligne.saisis for ligne in lignes),
        "peut_saisir": peut_saisir_les_avis(espace.place),
        "uai": espace.etablissement.segment,
        "mes_eleves": MES_ELEVES,
        "eleves_url": url_des_eleves(espace),
    }
    return render(request, "candidatures/avis_classes.html", contexte)


@dans_l_origine
def classe(request: HttpRequest, espace: Espace, classe: str) -> HttpResponse:
    """Toutes les lignes d'une classe, ou des élèves que suit la personne."""
    liste = _liste(request, espace, classe)

    def montrer(envoyes: list[Bloc] | None) -> HttpResponse:
        return _montrer_la_liste(request, espace, liste, envoyes)

    return _repondre(request, espace, liste, montrer, suite=adresse(request))


@dans_l_origine
def eleve(request: HttpRequest, espace: Espace, classe: str, code: str) -> HttpResponse:
    """Les lignes d'un seul élève de la liste, puis celles du suivant."""
    liste = _liste(request, espace, classe)
    eleves = [eleve.code for eleve in liste.eleves]
    if code not in eleves:
        raise Http404
    dossier_lu(request, next(eleve for eleve in liste.eleves if eleve.code == code))
    precedent, suivant = _voisins(eleves, code)

    def montrer(envoyes: list[Bloc] | None) -> HttpResponse:
        lignes = [ligne for ligne in liste.lignes if ligne.eleve.code == code]
        contexte = _commun(request, espace, liste, envoyes or _blocs(lignes, espace), envoyes) | {
            "eleve": lignes[0].eleve,
            "rang": eleves.index(code) + 1,
            "nombre": len(eleves),
            "precedent": precedent,
            "suivant": suivant,
        }
        return render(request, "candidatures/avis_eleve.html", contexte)

    suite = _url(espace, "avis_eleve", liste, code=suivant) if suivant else _url(espace, "avis_classe", liste)
    return _repondre(request, espace, liste, montrer, suite=suite)


@dans_l_origine
def grille(request: HttpRequest, espace: Espace, classe: str) -> HttpResponse:
    """Une grille vierge, à imprimer et à remplir à la main pendant le conseil de classe."""
    liste = _liste(request, espace, classe, par_nom=True)
    contexte = {
        "liste": liste,
        "lignes": [ligne for ligne in liste.lignes if not ligne.fige],
        "echelle": [libelle_d_avis(valeur) for valeur in espace.campagne.regles.echelle_origine],
        "uai": espace.etablissement.segment,
    }
    return render(request, "candidatures/avis_grille.html", contexte)


def _liste(request: HttpRequest, espace: Espace, segment: str, *, par_nom: bool | None = None) -> ListeDAvis:
    liste = liste_d_avis(
        espace.campagne,
        espace.etablissement,
        segment,
        request.user.courriel,
        espace.le,
        par_nom=request.GET.get("tri") == PAR_NOM if par_nom is None else par_nom,
    )
    if liste is None:
        raise Http404
    return liste


def _repondre(request: HttpRequest, espace: Espace, liste: ListeDAvis, montrer: Montrer, *, suite: str) -> HttpResponse:
    """Montre la page ; pour un envoi, enregistre ce qui peut l'être et garde à l'écran le reste."""
    exiger(peut_saisir_les_avis(espace.place) or request.method != "POST")
    if request.method != "POST":
        return montrer(None)
    blocs = _blocs_envoyes(request, espace, liste)
    for geste, recopier in RECOPIES.items():
        if geste in request.POST:
            return montrer(recopier(blocs, request.POST[geste], espace.campagne))
    if est_d_une_autre_personne(request):
        messages.error(request, AUTRE_PERSONNE)
        return montrer([bloc.en_saisie(espace.campagne) for bloc in blocs])
    if not enregistrer(request, espace, blocs):
        return montrer(blocs)
    _dire_le_resultat(request, _liste(request, espace, liste.segment), [bloc.ligne.demande.code for bloc in blocs])
    return redirect(suite)


def _blocs_envoyes(request: HttpRequest, espace: Espace, liste: ListeDAvis) -> list[Bloc]:
    """Les lignes envoyées, sans celle dont la personne garde la version de l'autre. Lève `PeriodeClose`."""
    laissee = request.POST.get("garder_la_sienne", "")
    envoyees = [
        ligne
        for ligne in liste.lignes
        if f"{ligne.demande.code}-version" in request.POST and ligne.demande.code != laissee
    ]
    ajoutee = any(ligne.demande.ajoutee_a_l_entretien for ligne in envoyees)
    exiger_la_saisie(espace.campagne, espace.etablissement.pk, espace.le, ajoutee=ajoutee)
    return [Bloc(ligne, request.POST, espace.campagne, CONSIGNE) for ligne in envoyees]


def _blocs(lignes: Iterable[LigneDAvis], espace: Espace) -> list[Bloc]:
    return [Bloc(ligne, None, espace.campagne, CONSIGNE) for ligne in lignes]


def _dire_le_resultat(request: HttpRequest, liste: ListeDAvis, envoyees: Sequence[str]) -> None:
    if not liste.manquent:
        messages.success(request, f"tous les avis {liste.de_qui} sont saisis.")
        return
    messages.success(request, f"lignes enregistrées. Avis complets\u00a0: {liste.saisis} sur {liste.total}.")
    incompletes = [
        f"{ligne.eleve}, {ligne.demande.formation} ({ligne.etat.lower()})"
        for ligne in liste.lignes
        if ligne.est_a_saisir and ligne.est_commencee and ligne.demande.code in envoyees
    ]
    if incompletes:
        lignes = "\u00a0; ".join(incompletes)
        messages.warning(request, f"lignes enregistrées mais incomplètes\u00a0: {lignes}.")


def _montrer_la_liste(
    request: HttpRequest, espace: Espace, liste: ListeDAvis, envoyes: list[Bloc] | None
) -> HttpResponse:
    """Montre une page de lignes ; après une erreur, exactement les lignes envoyées, avec ce qui y est tapé."""
    a_saisir, par_nom = request.GET.get("etat") == A_SAISIR, request.GET.get("tri") == PAR_NOM
    retenues = [ligne for ligne in liste.lignes if ligne.est_a_saisir] if a_saisir else liste.lignes
    page, pagination = paginer(request, retenues, en_entier=False, par_page=LIGNES_PAR_PAGE)
    blocs = envoyes or _blocs(page.object_list, espace)
    precedente, suivante = _voisins(list(liste.classes), liste.segment)
    contexte = _commun(request, espace, liste, blocs, envoyes) | {
        "remarque": _remarque(liste.comptees),
        "etiquettes": etiquettes(
            request,
            A_SAISIR if a_saisir else None,
            [(A_SAISIR, "À saisir", liste.manquent), (None, "Toutes", len(liste.lignes))],
        ),
        "par_nom": par_nom,
        "tri_url": adresse(request, tri=None if par_nom else PAR_NOM),
        "precedente": (precedente, liste.classes.get(precedente)),
        "suivante": (suivante, liste.classes.get(suivante)),
        "pagination": pagination,
    }
    return render(request, "candidatures/avis_classe.html", contexte)


def _commun(
    request: HttpRequest, espace: Espace, liste: ListeDAvis, blocs: list[Bloc], envoyes: list[Bloc] | None
) -> dict[str, Any]:
    """Ce que partagent la page d'une classe et celle d'un élève."""
    peut_saisir = peut_saisir_les_avis(espace.place)
    fermetures = {
        ajoutee: pourquoi_pas_la_saisie(espace.campagne, espace.etablissement.pk, espace.le, ajoutee=ajoutee)
        for ajoutee in {bloc.ligne.demande.ajoutee_a_l_entretien for bloc in blocs}
    }
    saisissables = [
        bloc
        for bloc in blocs
        if peut_saisir and not bloc.ligne.fige and not fermetures[bloc.ligne.demande.ajoutee_a_l_entretien]
    ]
    _preparer(saisissables, espace.etablissement.segment)
    return {
        "liste": liste,
        "groupes": _par_eleve(blocs),
        "peut_saisir": peut_saisir,
        "saisissables": saisissables,
        "fermeture": next((str(f) for f in fermetures.values() if f and peut_saisir and not saisissables), ""),
        "erreurs": (erreurs := [bloc for bloc in envoyes or () if bloc.en_erreur]),
        "page_en_erreur": bool(erreurs),
        "premiere": next((b.premier_champ for b in saisissables if b.ligne.est_a_saisir), ""),
        "lettres": _lettres(espace),
        "sceau": sceau_de(request.user),
        "reglages": _reglages(espace) if saisissables else {},
        "uai": espace.etablissement.segment,
    }


def _preparer(blocs: list[Bloc], uai: str) -> None:
    """Ouvre ces lignes à la saisie ; dit si un commentaire peut y venir de celle du dessus, ou aller sur d'autres."""
    url = adresse_de_chacune("candidatures:avis_ligne", uai)
    de_l_eleve = Counter(bloc.ligne.eleve.pk for bloc in blocs)
    for rang, bloc in enumerate(blocs):
        bloc.est_saisissable = True
        bloc.url = url(bloc.ligne.demande.code)
        bloc.est_reprenable = rang > 0
        bloc.est_recopiable = de_l_eleve[bloc.ligne.eleve.pk] > 1


def _par_eleve(blocs: Iterable[Bloc]) -> list[dict[str, Any]]:
    """Un groupe par élève ; l'heure de l'entretien est dite une fois quand elle vaut pour toutes ses lignes."""
    groupes: dict[int, list[Bloc]] = {}
    for bloc in blocs:
        groupes.setdefault(bloc.ligne.eleve.pk, []).append(bloc)
    return [_groupe(du_groupe) for du_groupe in groupes.values()]


def _groupe(blocs: list[Bloc]) -> dict[str, Any]:
    quands = [bloc.ligne.quand for bloc in blocs]
    commun = quands[0] if len(set(quands)) == 1 else ""
    for bloc, quand in zip(blocs, quands, strict=True):
        bloc.quand = "" if commun else quand
    eleve = blocs[0].ligne.eleve
    return {"eleve": eleve, "blocs": blocs, "rendu": rendre_l_eleve(eleve, commun, blocs)}


def _lettres(espace: Espace) -> str:
    """« F, A ou R »."""
    *premieres, derniere = [libelle_d_avis(valeur)[0] for valeur in espace.campagne.regles.echelle_origine]
    return f"{', '.join(premieres)} ou {derniere}" if premieres else derniere


def _reglages(espace: Espace) -> dict[str, Any]:
    """Ce que les scripts de la page ont à savoir de la campagne."""
    return {
        "minimum": espace.campagne.regles.longueur_minimale,
        "mots": mots_a_rappeler(espace.campagne),
        "rappel": phrase_de_rappel(["MOTS"]),
    }


def _voisins(suite: Sequence[str], courant: str) -> tuple[str, str]:
    """Ce qui précède et ce qui suit `courant`, ou rien."""
    if courant not in suite:
        return "", ""
    rang = suite.index(courant)
    return (suite[rang - 1] if rang else ""), (suite[rang + 1] if rang + 1 < len(suite) else "")


def _url(espace: Espace, nom: str, liste: ListeDAvis, **segments: str) -> str:
    return reverse(
        f"candidatures:{nom}", kwargs={"uai": espace.etablissement.segment, "classe": liste.segment, **segments}
    )


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
    return f"{nombre} avis sur {total} sont «\u00a0{libelle}\u00a0». Un avis nuancé aide davantage l’élève."
