"""Le catalogue tel qu'il est : chaque objet en fiche, et ce qui le retient (R8)."""

from collections import Counter
from typing import Any

from django.db.models import Count

from referentiel.conditions_preparees import de_la_campagne
from referentiel.models import Accueil, Campagne, Domaine, Formation, Offre
from referentiel.rules.catalogue_importe import CHAMPS_D_ACCUEIL, CHAMPS_DE_FORMATION
from referentiel.rules.comparaison import Cle, Fiche
from referentiel.rules.identifiants import cle_de_recherche

# Le champ « La formation » de la feuille est la présentation de la formation ; « Présentation », celle de l'offre.
NOMS_EN_BASE = {"texte": "presentation"}
# Domaines, formations, accueils et offres, par clé de leur fiche.
Objets = dict[Cle, Any]


def etat_du_catalogue(campagne: Campagne, *, avec_offres: bool) -> tuple[list[Fiche], Objets]:
    """Chaque objet du catalogue, en fiche et en objet, lu en sept requêtes quel que soit leur nombre.

    Ce qui dépend d'eux se compte à part, groupé : joint à eux, chaque compte multiplierait les lignes des autres.
    """
    domaines = {domaine.pk: domaine for domaine in campagne.domaines.all()}
    formations = list(Formation.objects.filter(domaine__campagne=campagne).order_by("domaine__cle", "type", "cle"))
    accueils = list(
        Accueil.objects.filter(domaine__campagne=campagne)
        .select_related("etablissement")
        .order_by("domaine__cle", "etablissement__cle_de_commune", "etablissement__cle", "pk")
    )
    offres = list(
        Offre.objects.filter(formation__domaine__campagne=campagne)
        .select_related("etablissement")
        .order_by("etablissement__cle_de_commune", "etablissement__cle", "pk")
    )
    par_formation = {formation.pk: formation for formation in formations}
    for formation in formations:
        formation.domaine = domaines[formation.domaine_id]
    demandes, demandees = _candidatures_par_offre(campagne)
    proposees = Counter(() if avec_offres else (offre.formation_id for offre in offres))
    recues, ouvertes = _candidatures_par_accueil(campagne), _seances_par_accueil(campagne)
    fiches_et_objets: list[tuple[Fiche, Any]] = []
    for formation in formations:
        fiches_et_objets.append(
            (
                _fiche_de_formation(formation, demandees[formation.pk], proposees[formation.pk]),
                formation,
            )
        )
    for accueil in accueils:
        accueil.domaine = domaines[accueil.domaine_id]
        fiches_et_objets.append((_fiche_d_accueil(accueil, recues[accueil.pk], ouvertes[accueil.pk]), accueil))
    for offre in offres:
        offre.formation = par_formation[offre.formation_id]
        nombre = demandes.get((offre.etablissement_id, offre.formation_id), 0)
        fiches_et_objets.append((_fiche_d_offre(offre, nombre), offre))
    tenus = {
        fiche.cle[1] for fiche, _ in fiches_et_objets if fiche.attache or (fiche.genre == "accueil" and not avec_offres)
    }
    for domaine in domaines.values():
        fiches_et_objets.append((_fiche_de_domaine(domaine, tenus), domaine))
    return [fiche for fiche, _ in fiches_et_objets], {fiche.cle: objet for fiche, objet in fiches_et_objets}


def _candidatures_par_offre(campagne: Campagne) -> tuple[dict[tuple[int, int], int], Counter[int]]:
    """Nombre de candidatures par établissement d'accueil et par formation demandée, et de demandes par formation."""
    demande = "candidatures__formations_demandees"
    lues = (
        Accueil.objects.filter(de_la_campagne(f"{demande}__domaine", campagne))
        .order_by()
        .values_list("etablissement", f"{demande}__formation")
        .annotate(nombre=Count("candidatures", distinct=True), demandes=Count(demande))
    )
    par_offre: dict[tuple[int, int], int] = {}
    par_formation: Counter[int] = Counter()
    for etablissement, formation, nombre, demandes in lues:
        par_offre[etablissement, formation] = nombre
        par_formation[formation] += demandes
    return par_offre, par_formation


def _candidatures_par_accueil(campagne: Campagne) -> Counter[int]:
    recues = Accueil.objects.filter(de_la_campagne("candidatures__domaine", campagne)).order_by()
    return Counter(dict(recues.values_list("candidatures__accueil").annotate(nombre=Count("*"))))


def _seances_par_accueil(campagne: Campagne) -> Counter[int]:
    ouvertes = Accueil.objects.filter(domaine__campagne=campagne, seances__isnull=False).order_by()
    return Counter(dict(ouvertes.values_list("pk").annotate(nombre=Count("seances"))))


def _fiche_de_domaine(domaine: Domaine, tenus: set[str]) -> Fiche:
    cle = cle_de_recherche(domaine.nom)
    attache = "Des candidatures, des séances ou des accueils en dépendent\u00a0: il reste." if cle in tenus else ""
    return Fiche(("domaine", cle), domaine.nom, {"modalite": domaine.modalite}, attache=attache)


def _fiche_de_formation(formation: Formation, candidatures: int, offres: int) -> Fiche:
    attache = _attachee(
        candidatures, "candidature", "demande cette formation", "demandent cette formation"
    ) or _attachee(offres, "offre", "la propose", "la proposent")
    champs = {champ: getattr(formation, NOMS_EN_BASE.get(champ, champ)) for champ in CHAMPS_DE_FORMATION}
    return Fiche(_cle_de_formation(formation), formation.intitule, champs, attache=attache)


def _fiche_d_accueil(accueil: Accueil, candidatures: int, seances: int) -> Fiche:
    cle = ("accueil", cle_de_recherche(accueil.domaine.nom), accueil.etablissement.uai)
    champs = {champ: getattr(accueil, champ) for champ in (*CHAMPS_D_ACCUEIL, "modalite")}
    attache = _attachee(candidatures, "candidature", "sur cet accueil", "sur cet accueil", "il") or _attachee(
        seances, "séance", "sur cet accueil", "sur cet accueil", "il"
    )
    return Fiche(cle, f"{accueil.domaine.nom} – {accueil.etablissement.nom_et_commune}", champs, attache=attache)


def _fiche_d_offre(offre: Offre, candidatures: int) -> Fiche:
    cle = ("offre", *_cle_de_formation(offre.formation)[1:], offre.etablissement.uai)
    return Fiche(
        cle,
        f"{offre.formation.intitule} – {offre.etablissement.nom_et_commune}",
        {"hors_passpro": offre.hors_passpro, "presentation": offre.presentation},
        attache=_attachee(candidatures, "candidature", "sur cette offre", "sur cette offre"),
    )


def _cle_de_formation(formation: Formation) -> Cle:
    return "formation", cle_de_recherche(formation.domaine.nom), formation.type, cle_de_recherche(formation.libelle)


def _attachee(nombre: int, quoi: str, au_singulier: str, au_pluriel: str, pronom: str = "elle") -> str:
    """« 17 candidatures sur cette offre : elle reste. », ou rien."""
    if not nombre:
        return ""
    fait = f"1 {quoi} {au_singulier}" if nombre == 1 else f"{nombre} {quoi}s {au_pluriel}"
    return f"{fait}\u00a0: {pronom} reste."
