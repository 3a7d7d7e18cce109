"""Ajouter, modifier, retirer au catalogue ce que dit le plan d'un import."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import ProtectedError

from comptes.models import Personne
from comptes.services import consigner, consigner_plusieurs
from referentiel.models import Accueil, Campagne, Domaine, Etablissement, Formation, Offre
from referentiel.rules.comparaison import Changement, Fiche
from referentiel.rules.refus import Refus
from referentiel.services.import_catalogue.fiches import NOMS_EN_BASE, Objets

MODELES: dict[str, type[models.Model]] = {
    "domaine": Domaine,
    "formation": Formation,
    "accueil": Accueil,
    "offre": Offre,
}


def ajouter(
    genre: str, fiches: Sequence[Fiche], campagne: Campagne, objets: Objets, par: Personne, le: datetime
) -> None:
    """Ajoute les objets d'un genre, et les rend à `objets` par leur clé."""
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


def modifier(objet: models.Model, changement: Changement, par: Personne, le: datetime) -> None:
    """Écrit sur l'objet les écarts du changement, et les consigne."""
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


def retirer(genre: str, fiches: Sequence[Fiche], objets: Objets, par: Personne, le: datetime) -> None:
    """Retire les objets d'un genre. Lève `Refus` si une candidature vient d'en dépendre."""
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
