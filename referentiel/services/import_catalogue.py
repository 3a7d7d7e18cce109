"""Importer, exporter et sauvegarder le catalogue d'une campagne (R7, R8, R9, écran S6)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, ProtectedError, Q

from comptes.models import Personne
from comptes.services import consigner, consigner_plusieurs
from referentiel.models import Accueil, AliasUai, Campagne, Domaine, Etablissement, Formation, Importation, Offre
from referentiel.rules.catalogue_importe import (
    AILLEURS,
    CHAMPS_D_ACCUEIL,
    CHAMPS_DE_FORMATION,
    COLONNES,
    GENRES,
    LIBELLES_DES_TYPES,
    Lecture,
    Reperes,
    pareil,
    pourquoi_pas_un_mef,
)
from referentiel.rules.comparaison import Changement, Cle, Faute, Fiche, Plan, comparer
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import LIBELLES_MODALITES, Modalite
from referentiel.rules.refus import Refus
from referentiel.services.contraintes import contraintes_dites

MODELES: dict[str, type[models.Model]] = {
    "domaine": Domaine,
    "formation": Formation,
    "accueil": Accueil,
    "offre": Offre,
}
# Le champ « La formation » de la feuille est la présentation de la formation ; « Présentation », celle de l'offre.
NOMS_EN_BASE = {"texte": "presentation"}
CONTROLES = {
    "domaine": Domaine._meta.get_field("nom"),
    "libelle": Formation._meta.get_field("libelle"),
    "presentation": Offre._meta.get_field("presentation"),
    **{
        champ: Formation._meta.get_field(NOMS_EN_BASE.get(champ, champ))
        for champ in CHAMPS_DE_FORMATION
        if champ != "mef"
    },
    **{champ: Accueil._meta.get_field(champ) for champ in CHAMPS_D_ACCUEIL},
}
# Domaines, formations, accueils et offres, par clé de leur fiche.
Objets = dict[Cle, Any]


def comparer_le_catalogue(importation: Importation) -> Plan:
    """Ce que le fichier changerait au catalogue de sa campagne, tel qu'il est maintenant (R9)."""
    campagne = exiger_un_catalogue_modifiable(importation)
    presents = set(importation.correspondance)
    avec_offres = "uai" in presents
    actuelles, objets = _etat(campagne, avec_offres=avec_offres)
    lecture = Lecture(_reperes(campagne, actuelles, objets), presents).lire(importation.lignes)
    plan = comparer(
        actuelles,
        lecture.fiches.values(),
        pareil=pareil,
        genres_retires=GENRES if avec_offres else GENRES[:2],
    )
    fautes = sorted([*lecture.fautes, *_offres_prises(plan.modifications)], key=lambda faute: faute.ligne)
    return replace(plan, fautes=tuple(fautes), remarques=tuple(lecture.remarques))


def ecrire_le_catalogue(importation: Importation, plan: Plan, par: Personne, le: datetime) -> None:
    """Applique `plan` au catalogue, d'un bloc, et l'inscrit à l'historique de chaque objet (R39).

    Se lance dans une transaction. Lève `Refus` si la base n'en veut pas.
    """
    campagne = exiger_un_catalogue_modifiable(importation)
    _, objets = _etat(campagne, avec_offres=True)
    with contraintes_dites():
        for genre in GENRES:
            _ajouter(genre, [fiche for fiche in plan.ajouts if fiche.genre == genre], campagne, objets, par, le)
        for changement in plan.modifications:
            _modifier(objets[changement.fiche.cle], changement, par, le)
        for genre in reversed(GENRES):
            _retirer(genre, [fiche for fiche in plan.retraits if fiche.genre == genre], objets, par, le)


def lignes_du_catalogue(campagne: Campagne) -> tuple[list[str], list[list[Any]]]:
    """En-têtes et lignes de la feuille « Offres » : ce qu'elle dit se réimporte sans rien changer."""
    actuelles, objets = _etat(campagne, avec_offres=True)
    fiches = {fiche.cle: fiche for fiche in actuelles}
    lignes = [_ligne(fiche, fiches, objets) for fiche in _une_par_ligne(actuelles)]
    return [noms[0] for noms in COLONNES.values()], [[ligne.get(champ, "") for champ in COLONNES] for ligne in lignes]


def exiger_un_catalogue_modifiable(importation: Importation) -> Campagne:
    """La campagne dont le catalogue s'importe. Lève `Refus` si elle manque ou si elle est close (R1)."""
    if importation.campagne is None:
        raise Refus("Choisissez la campagne dont vous importez le catalogue.")
    if importation.campagne.etat == Campagne.Etat.CLOSE:
        raise Refus(f"La campagne «\u00a0{importation.campagne.intitule}\u00a0» est close\u00a0: plus rien n’y change.")
    return importation.campagne


# Ce qui est ------------------------------------------------------------------------------------------------------


def _etat(campagne: Campagne, *, avec_offres: bool) -> tuple[list[Fiche], Objets]:
    """Chaque objet du catalogue, en fiche et en objet, lu en six requêtes quel que soit leur nombre."""
    domaines = {domaine.pk: domaine for domaine in campagne.domaines.all()}
    formations = list(
        Formation.objects.filter(domaine__campagne=campagne)
        .annotate(demandees=Count("demandes", distinct=True), proposees=Count("offres", distinct=True))
        .order_by("domaine__nom", "type", "libelle")
    )
    accueils = list(
        Accueil.objects.filter(domaine__campagne=campagne)
        .select_related("etablissement")
        .annotate(recues=Count("candidatures", distinct=True), ouvertes=Count("seances", distinct=True))
        .order_by("domaine__nom", "etablissement__commune", "etablissement__nom", "pk")
    )
    offres = list(
        Offre.objects.filter(formation__domaine__campagne=campagne)
        .select_related("etablissement")
        .order_by("etablissement__commune", "etablissement__nom", "pk")
    )
    par_formation = {formation.pk: formation for formation in formations}
    for formation in formations:
        formation.domaine = domaines[formation.domaine_id]
    demandes = _candidatures_par_offre(campagne)
    fiches_et_objets: list[tuple[Fiche, Any]] = []
    for formation in formations:
        fiches_et_objets.append(
            (_fiche_de_formation(formation, formation.demandees, 0 if avec_offres else formation.proposees), formation)
        )
    for accueil in accueils:
        accueil.domaine = domaines[accueil.domaine_id]
        fiches_et_objets.append((_fiche_d_accueil(accueil, accueil.recues, accueil.ouvertes), accueil))
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


def _candidatures_par_offre(campagne: Campagne) -> dict[tuple[int, int], int]:
    """Nombre de candidatures par établissement d'accueil et par formation demandée."""
    formation = "candidatures__formations_demandees__formation"
    lues = (
        Accueil.objects.filter(domaine__campagne=campagne, **{f"{formation}__isnull": False})
        .order_by()
        .values_list("etablissement", formation)
        .annotate(nombre=Count("candidatures", distinct=True))
    )
    return {(etablissement, demandee): nombre for etablissement, demandee, nombre in lues}


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


def _reperes(campagne: Campagne, actuelles: Iterable[Fiche], objets: Objets) -> Reperes:
    par_genre: dict[str, list[Fiche]] = {genre: [] for genre in GENRES}
    for fiche in actuelles:
        par_genre[fiche.genre].append(fiche)
    return Reperes(
        domaines={fiche.cle[1]: fiche.libelle for fiche in par_genre["domaine"]},
        modalites={fiche.cle[1]: fiche.champs["modalite"] for fiche in par_genre["domaine"]},
        formations={(f.cle[1], f.cle[2], f.cle[3]): objets[f.cle].libelle for f in par_genre["formation"]},
        accueils=frozenset((fiche.cle[1], fiche.cle[2]) for fiche in par_genre["accueil"]),
        etablissements=_etablissements(campagne),
        controles={champ: _controle(colonne) for champ, colonne in CONTROLES.items()} | {"mef": pourquoi_pas_un_mef},
    )


def _etablissements(campagne: Campagne) -> dict[str, tuple[str, str]]:
    """UAI, principal ou alias, des établissements de l'académie et de ceux qui sont déjà au catalogue."""
    connus = Etablissement.objects.filter(
        Q(academie=campagne.academie)
        | Q(accueils__domaine__campagne=campagne)
        | Q(offres__formation__domaine__campagne=campagne)
    ).distinct()
    par_uai = {etablissement.uai: (etablissement.uai, etablissement.nom_et_commune) for etablissement in connus}
    alias = AliasUai.objects.filter(etablissement__uai__in=par_uai).values_list("uai", "etablissement__uai")
    return par_uai | {uai: par_uai[principal] for uai, principal in alias}


def _controle(colonne: Any) -> Callable[[str], str | None]:
    """Raison qu'a la base de refuser une valeur de `colonne` ; une même valeur n'est jugée qu'une fois."""

    @cache
    def juger(valeur: str) -> str | None:
        try:
            colonne.clean(valeur, None)
        except ValidationError as erreur:
            return " ".join(erreur.messages)
        return None

    return juger


def _offres_prises(modifications: Iterable[Changement]) -> list[Faute]:
    """Une offre que des candidatures demandent ne passe pas hors Passpro (R8)."""
    return [
        Faute(changement.fiche.ligne or 0, f"{changement.fiche.attache} Elle ne peut pas passer hors Passpro.")
        for changement in modifications
        if changement.fiche.genre == "offre"
        and changement.fiche.attache
        and any(ecart.champ == "hors_passpro" and ecart.apres for ecart in changement.ecarts)
    ]


# Ce qui s'écrit --------------------------------------------------------------------------------------------------


def _ajouter(
    genre: str, fiches: Sequence[Fiche], campagne: Campagne, objets: Objets, par: Personne, le: datetime
) -> None:
    if not fiches:
        return
    uais = {fiche.cle[-1] for fiche in fiches} if genre in ("accueil", "offre") else set()
    lieux = {lieu.uai: lieu for lieu in Etablissement.objects.filter(uai__in=uais)}
    nouveaux = [_construire(fiche, campagne, objets, lieux) for fiche in fiches]
    if genre in ("accueil", "offre"):
        MODELES[genre]._default_manager.bulk_create(nouveaux)
    else:
        for objet in nouveaux:
            objet.save()
    objets.update((fiche.cle, objet) for fiche, objet in zip(fiches, nouveaux, strict=True))
    phrases = [(objet, f"Ajouté au catalogue par import\u00a0: {objet}."[:300]) for objet in nouveaux]
    consigner_plusieurs(phrases=phrases, fait="creation", par=par, le=le)


def _construire(fiche: Fiche, campagne: Campagne, objets: Objets, lieux: Mapping[str, Etablissement]) -> Any:
    champs = {NOMS_EN_BASE.get(champ, champ): valeur for champ, valeur in fiche.champs.items()}
    if fiche.genre == "domaine":
        return Domaine(campagne=campagne, nom=fiche.libelle, **champs)
    if fiche.genre == "formation":
        return Formation(domaine=objets["domaine", fiche.cle[1]], **champs)
    if fiche.genre == "accueil":
        return Accueil(domaine=objets["domaine", fiche.cle[1]], etablissement=lieux[fiche.cle[-1]], **champs)
    hors = fiche.champs
    return Offre(
        formation=objets["formation", *fiche.cle[1:4]],
        etablissement=lieux[fiche.cle[-1]],
        hors_passpro=hors.get("hors_passpro", False),
        presentation=hors.get("presentation", ""),
    )


def _modifier(objet: models.Model, changement: Changement, par: Personne, le: datetime) -> None:
    ecarts = [(_nom_en_base(changement.fiche.genre, ecart.champ), ecart) for ecart in changement.ecarts]
    for champ, ecart in ecarts:
        setattr(objet, champ, ecart.apres)
    objet.save()
    consigner(
        objet=objet,
        fait="modification",
        phrase="Modifié par import du catalogue.",
        par=par,
        le=le,
        avant={champ: ecart.avant for champ, ecart in ecarts},
        apres={champ: ecart.apres for champ, ecart in ecarts},
    )


def _nom_en_base(genre: str, champ: str) -> str:
    return NOMS_EN_BASE.get(champ, champ) if genre == "formation" else champ


def _retirer(genre: str, fiches: Sequence[Fiche], objets: Objets, par: Personne, le: datetime) -> None:
    if not fiches:
        return
    phrases = [(objets[fiche.cle], f"Retiré du catalogue par import\u00a0: {fiche.libelle}."[:300]) for fiche in fiches]
    consigner_plusieurs(phrases=phrases, fait="suppression", par=par, le=le)
    try:
        MODELES[genre]._default_manager.filter(pk__in=[objet.pk for objet, _ in phrases]).delete()
    except ProtectedError as erreur:
        raise Refus(
            "Une candidature vient d’être déposée sur ce qui devait être retiré. Relisez la comparaison."
        ) from erreur


# Ce qui s'exporte ------------------------------------------------------------------------------------------------


def _une_par_ligne(fiches: Sequence[Fiche]) -> list[Fiche]:
    """Les offres, et ce qu'aucune ne dit : formations et accueils sans offre, domaines sans modalité."""
    offres = [fiche for fiche in fiches if fiche.genre == "offre"]
    proposees = {fiche.cle[1:4] for fiche in offres}
    recus = {(fiche.cle[1], fiche.cle[-1]) for fiche in offres}
    formations = [fiche for fiche in fiches if fiche.genre == "formation" and fiche.cle[1:] not in proposees]
    accueils = [fiche for fiche in fiches if fiche.genre == "accueil" and fiche.cle[1:] not in recus]
    dits = {fiche.cle[1] for fiche in formations}
    domaines = [fiche for fiche in fiches if fiche.genre == "domaine" and fiche.cle[1] not in dits]
    rangs = {"offre": 0, "formation": 1, "accueil": 2, "domaine": 3}
    return sorted(
        [*offres, *formations, *accueils, *domaines],
        key=lambda fiche: (fiche.cle[1], rangs[fiche.genre], fiche.cle[2:4]),
    )


def _ligne(fiche: Fiche, fiches: Mapping[Cle, Fiche], objets: Objets) -> dict[str, Any]:
    domaine = fiches["domaine", fiche.cle[1]]
    ligne: dict[str, Any] = {"domaine": domaine.libelle}
    if fiche.genre in ("offre", "formation"):
        formation = fiches["formation", *fiche.cle[1:4]]
        ligne |= {
            "type": LIBELLES_DES_TYPES[fiche.cle[2]],
            "libelle": getattr(objets[formation.cle], "libelle", ""),
            **formation.champs,
        }
    if fiche.genre in ("formation", "domaine"):
        return ligne | {"modalite": _modalite(domaine.champs["modalite"])}
    return ligne | _chez(fiche, fiches, objets)


def _chez(fiche: Fiche, fiches: Mapping[Cle, Fiche], objets: Objets) -> dict[str, Any]:
    """Ce que dit une ligne de l'établissement : son accueil, s'il y en a un, et son offre."""
    etablissement = getattr(objets[fiche.cle], "etablissement")  # noqa: B009 - l'objet est une offre ou un accueil
    accueil = fiches.get(("accueil", fiche.cle[1], fiche.cle[-1]))
    ligne = {"uai": etablissement.uai, "etablissement": etablissement.nom_et_commune}
    if fiche.genre == "offre":
        ligne |= {
            "hors_passpro": "oui" if fiche.champs["hors_passpro"] else "non",
            "presentation": fiche.champs["presentation"],
        }
    if accueil:
        return ligne | {**accueil.champs, "modalite": _modalite(accueil.champs["modalite"])}
    return ligne | {"modalite": "" if fiche.champs["hors_passpro"] else AILLEURS}


def _modalite(valeur: str) -> str:
    return LIBELLES_MODALITES[Modalite(valeur)]
