"""Les jurys et les salles d'un établissement : ils ne sont d'aucune campagne, le calendrier n'y fait rien (A15)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from django.db import transaction

from comptes.models import Personne
from comptes.services import consigner
from entretiens.models import Jury, Salle
from referentiel.models import Etablissement, Rattachement
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites

DEJA_SUPPRIME = "Ce jury vient d’être supprimé."
DEJA_RETIREE = "Cette salle vient d’être retirée de la liste."
Lieu = TypeVar("Lieu", Jury, Salle)


@transaction.atomic
def creer_un_jury(
    *,
    etablissement: Etablissement,
    nom: str,
    membres: str = "",
    salle: str = "",
    domaines: Sequence[str] = (),
    equipe: Sequence[Rattachement] = (),
    par: Personne | None,
    le: datetime,
) -> Jury:
    """Ajoute un jury à l'établissement ; `domaines` donne leurs adresses, aucune s'il reçoit pour tous.

    `equipe` réunit les places, dans cet établissement, de ses membres qui ont un compte. Lève `Refus` si le nom est
    vide ou déjà pris, ou si une place n'est pas de l'établissement.
    """
    jury = Jury(etablissement=etablissement)
    _remplir(jury, nom=nom, membres=membres, salle=salle, domaines=domaines)
    with contraintes_dites():
        jury.save(force_insert=True)
    _reunir(jury, equipe)
    consigner(objet=jury, fait="jury_cree", phrase=f"Jury « {jury.nom} » créé.", par=par, le=le)
    return jury


@transaction.atomic
def modifier_le_jury(
    *,
    jury: Jury,
    nom: str,
    membres: str,
    salle: str = "",
    domaines: Sequence[str] = (),
    equipe: Sequence[Rattachement] = (),
    par: Personne | None,
    le: datetime,
) -> None:
    """Change ce qui est dit d'un jury ; ses séances déjà ouvertes gardent leur salle.

    Lève `Refus` comme `creer_un_jury`, ou si le jury vient d'être supprimé.
    """
    ligne = _prendre(Jury, jury.pk, DEJA_SUPPRIME)
    avant = _photographier(ligne)
    _remplir(ligne, nom=nom, membres=membres, salle=salle, domaines=domaines)
    with contraintes_dites():
        ligne.save(update_fields=["nom", "membres", "salle", "domaines"])
    _reunir(ligne, equipe)
    consigner(
        objet=ligne,
        fait="jury_modifie",
        phrase="Jury modifié.",
        par=par,
        le=le,
        avant=avant,
        apres=_photographier(ligne),
    )


@transaction.atomic
def retirer_le_jury(*, jury: Jury, par: Personne | None, le: datetime) -> bool:
    """Ne propose plus un jury ; rend vrai s'il est effacé, faute d'avoir servi, faux s'il garde ses séances.

    Lève `Refus` s'il vient d'être supprimé.
    """
    ligne = _prendre(Jury, jury.pk, DEJA_SUPPRIME)
    efface = not ligne.seances.exists()
    quoi = "supprimé" if efface else "retiré : il n’est plus proposé"
    consigner(objet=ligne, fait="jury_retire", phrase=f"Jury « {ligne.nom} » {quoi}.", par=par, le=le)
    if efface:
        ligne.delete()
    else:
        ligne.actif = False
        ligne.save(update_fields=["actif"])
    return efface


@transaction.atomic
def reprendre_le_jury(*, jury: Jury, par: Personne | None, le: datetime) -> None:
    """Propose de nouveau un jury retiré. Lève `Refus` s'il vient d'être supprimé."""
    ligne = _prendre(Jury, jury.pk, DEJA_SUPPRIME)
    ligne.actif = True
    ligne.save(update_fields=["actif"])
    consigner(objet=ligne, fait="jury_repris", phrase=f"Jury « {ligne.nom} » remis en service.", par=par, le=le)


@transaction.atomic
def ajouter_une_salle(
    *, etablissement: Etablissement, nom: str, places: int | None = None, par: Personne | None, le: datetime
) -> Salle:
    """Ajoute une salle ou un point de rendez-vous à la liste. Lève `Refus` si le nom est vide ou déjà pris."""
    with contraintes_dites():
        salle = Salle.objects.create(etablissement=etablissement, nom=" ".join(nom.split()), places=places)
    consigner(objet=salle, fait="salle_ajoutee", phrase=f"Salle « {salle.nom} » ajoutée.", par=par, le=le)
    return salle


@transaction.atomic
def modifier_la_salle(*, salle: Salle, nom: str, places: int | None, par: Personne | None, le: datetime) -> None:
    """Renomme une salle de la liste ; une séance déjà ouverte garde le nom écrit.

    Lève `Refus` si le nom est pris, ou si la salle vient d'être retirée.
    """
    ligne = _prendre(Salle, salle.pk, DEJA_RETIREE)
    avant = {"nom": ligne.nom, "places": ligne.places}
    ligne.nom, ligne.places = " ".join(nom.split()), places
    with contraintes_dites():
        ligne.save(update_fields=["nom", "places"])
    apres = {"nom": ligne.nom, "places": ligne.places}
    consigner(objet=ligne, fait="salle_modifiee", phrase="Salle modifiée.", par=par, le=le, avant=avant, apres=apres)


@transaction.atomic
def retirer_la_salle(*, salle: Salle, par: Personne | None, le: datetime) -> None:
    """Retire une salle de la liste ; aucune séance n'en change. Lève `Refus` si elle vient de l'être."""
    ligne = _prendre(Salle, salle.pk, DEJA_RETIREE)
    consigner(objet=ligne, fait="salle_retiree", phrase=f"Salle « {ligne.nom} » retirée.", par=par, le=le)
    ligne.delete()


def _prendre(modele: type[Lieu], cle: int, disparu: str) -> Lieu:
    ligne = modele.objects.select_for_update(of=("self",)).filter(pk=cle).first()
    if ligne is None:
        raise Refus(disparu)
    return ligne


def _remplir(jury: Jury, *, nom: str, membres: str, salle: str, domaines: Sequence[str]) -> None:
    jury.nom, jury.membres, jury.salle = (" ".join(texte.split()) for texte in (nom, membres, salle))
    jury.domaines = sorted(domaines)
    if not jury.nom:
        raise Refus("Donnez un nom au jury.")


def _reunir(jury: Jury, equipe: Sequence[Rattachement]) -> None:
    if any(place.etablissement_id != jury.etablissement_id or not place.accueil for place in equipe):
        raise Refus("Un membre du jury doit avoir un compte dans l’établissement d’accueil.")
    jury.equipe.set(equipe)


def _photographier(jury: Jury) -> dict[str, object]:
    equipe = sorted(str(place.personne) for place in jury.equipe.select_related("personne"))
    return {
        "nom": jury.nom,
        "membres": jury.membres,
        "equipe": equipe,
        "salle": jury.salle,
        "domaines": jury.domaines,
    }
