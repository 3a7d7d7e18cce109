"""L'équipe d'un établissement : ce que le chef délègue, qui n'en est plus (R36, R38, écran C4)."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Etablissement, Rattachement
from referentiel.permissions import Cote
from referentiel.rules.refus import Refus

DELEGATIONS: dict[Cote, tuple[str, ...]] = {
    Cote.ORIGINE: ("saisit_les_avis",),
    Cote.ACCUEIL: ("valide_les_comptes_rendus", "tient_l_offre"),
}
FAITS_DITS: dict[str, tuple[str, str]] = {
    "saisit_les_avis": ("saisit", "les avis et commentaires"),
    "valide_les_comptes_rendus": ("transmet", "les comptes-rendus"),
    "tient_l_offre": ("tient", "l’offre, les lieux et les consignes"),
}
VIENT_DU_GUICHET = (
    "Cette place vient du guichet de l’académie, qui la rendrait à la prochaine connexion\u00a0: "
    "retirez la délégation ou la responsabilité dans ARENA."
)
DERNIER_CHEF = "L’établissement doit garder au moins une personne qui gère l’équipe."


@transaction.atomic
def modifier_les_droits(
    *, place: Rattachement, cote: Cote, droits: Mapping[str, bool], par: Personne, le: datetime
) -> Rattachement:
    """Confie à un membre de l'équipe ce que le chef d'établissement fait de ce côté, ou le lui reprend (R36, R39).

    `droits` dit, parmi les délégations du côté, celles qui sont données. Lève `Refus` pour un chef d'établissement,
    qui a tous les droits, et pour qui n'est plus de l'équipe.
    """
    ligne = _verrouiller(place, cote)
    if ligne is None:
        raise Refus(f"{place.personne} n’est plus de l’équipe.")
    if ligne.role == Rattachement.Role.CHEF:
        raise Refus(f"{ligne.personne} a déjà tous les droits du chef d’établissement.")
    for droit in DELEGATIONS[cote]:
        avant, delegue = getattr(ligne, droit), droits.get(droit, getattr(ligne, droit))
        if avant == delegue:
            continue
        setattr(ligne, droit, delegue)
        ligne.save(update_fields=[droit])
        _consigner(ligne, "droits", _dire_le_droit(ligne, droit, delegue), par, le, {droit: avant}, {droit: delegue})
    return ligne


@transaction.atomic
def choisir_la_relecture(*, etablissement: Etablissement, relit: bool, par: Personne, le: datetime) -> Etablissement:
    """Dit si le chef d'établissement relit les comptes-rendus avant leur transmission (R30, R39).

    Ne fait rien si le choix est déjà celui-là.
    """
    ligne = Etablissement.objects.select_for_update(of=("self",), no_key=True).get(pk=etablissement.pk)
    if ligne.relit_les_comptes_rendus == relit:
        return ligne
    ligne.relit_les_comptes_rendus = relit
    ligne.save(update_fields=["relit_les_comptes_rendus"])
    consigner(
        objet=ligne,
        fait="relecture",
        phrase="Les comptes-rendus se relisent avant d’être transmis."
        if relit
        else "Les comptes-rendus ne se relisent plus avant d’être transmis.",
        par=par,
        le=le,
        avant={"relit_les_comptes_rendus": not relit},
        apres={"relit_les_comptes_rendus": relit},
    )
    return ligne


@transaction.atomic
def retirer_de_l_equipe(*, place: Rattachement, cote: Cote, par: Personne, le: datetime) -> None:
    """Retire une personne de l'équipe d'un côté ; sans l'autre côté, sa place disparaît (R38, R39).

    Son périmètre se lit à chaque requête : elle perd l'accès à la suivante. Ce qu'elle a saisi reste à son nom.
    Deux retraits qui se croisent passent l'un après l'autre. Lève `Refus` s'il ne resterait plus de chef, et
    pour une place que le guichet de l'académie donne : c'est là qu'elle se retire.
    """
    ligne = _verrouiller(place, cote)
    if ligne is None:
        return
    if ligne.guichet:
        raise Refus(VIENT_DU_GUICHET)
    if not _garde_un_chef(ligne, cote):
        raise Refus(DERNIER_CHEF)
    avant = {"fonction": ligne.libelle, "role": ligne.role, "cote": str(cote)}
    phrase = f"{ligne.personne} ({ligne.libelle}) n’est plus de l’équipe."
    _consigner(ligne, "equipe", phrase, par, le, avant, {})
    if all(getattr(ligne, str(un)) for un in Cote):
        retires = [str(cote), *DELEGATIONS[cote]]
        for champ in retires:
            setattr(ligne, champ, False)
        ligne.save(update_fields=retires)
    else:
        ligne.delete()


def _verrouiller(place: Rattachement, cote: Cote) -> Rattachement | None:
    """La place, tenue avec son établissement ; `None` si elle n'existe plus de ce côté."""
    assert place.etablissement_id is not None
    Etablissement.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=place.etablissement_id)
    places = Rattachement.objects.select_for_update(of=("self",)).select_related("personne", "etablissement")
    return places.filter(pk=place.pk, **{str(cote): True}).first()


def _garde_un_chef(ligne: Rattachement, cote: Cote) -> bool:
    chefs = Rattachement.objects.filter(
        etablissement=ligne.etablissement_id,
        role=Rattachement.Role.CHEF,
        personne__is_active=True,
        **{str(cote): True},
    )
    return ligne.role != Rattachement.Role.CHEF or chefs.exclude(pk=ligne.pk).exists()


def _dire_le_droit(ligne: Rattachement, droit: str, delegue: bool) -> str:
    verbe, quoi = FAITS_DITS[droit]
    quoi = f"{quoi} au nom du chef d’établissement"
    return f"{ligne.personne} {verbe} {quoi}." if delegue else f"{ligne.personne} ne {verbe} plus {quoi}."


def _consigner(
    ligne: Rattachement, fait: str, phrase: str, par: Personne, le: datetime, avant: dict, apres: dict
) -> None:
    assert ligne.etablissement is not None
    qui = {"personne": ligne.personne.courriel}
    consigner(
        objet=ligne.etablissement, fait=fait, phrase=phrase[:300], par=par, le=le, avant=qui | avant, apres=qui | apres
    )
