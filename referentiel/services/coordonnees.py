"""Les coordonnées qu'un établissement tient lui-même : messagerie, téléphone, signature (R25, R39)."""

from dataclasses import asdict, dataclass
from datetime import datetime

from comptes.models import Personne
from comptes.services import consigner
from courriers.services import est_une_adresse
from referentiel.models import Etablissement
from referentiel.rules.refus import Refus
from referentiel.services.contraintes import contraintes_dites

NOMS = {
    "messagerie": "messagerie fonctionnelle",
    "telephone": "téléphone",
    "chef": "nom du chef d’établissement",
    "portes_ouvertes": "portes ouvertes et mini-stages",
}


@dataclass(frozen=True, slots=True)
class Coordonnees:
    """Ce que l'établissement dit de lui ; `None` laisse la valeur en place."""

    messagerie: str
    telephone: str
    chef: str
    portes_ouvertes: str | None = None


@contraintes_dites()
def modifier_les_coordonnees(
    *, etablissement: Etablissement, coordonnees: Coordonnees, par: Personne, le: datetime
) -> Etablissement:
    """Change ce que l'établissement dit de lui ; seules les valeurs qui changent sont écrites et consignées (R39).

    Lève `Refus` si la messagerie, où partent les convocations, n'est pas une adresse (R25).
    """
    if not est_une_adresse(coordonnees.messagerie.strip()):
        raise Refus("Donnez l’adresse de la messagerie fonctionnelle\u00a0: les convocations y arrivent.")
    ligne = Etablissement.objects.select_for_update(of=("self",), no_key=True).get(pk=etablissement.pk)
    propres = {champ: " ".join(valeur.split()) for champ, valeur in asdict(coordonnees).items() if valeur is not None}
    apres = {champ: valeur for champ, valeur in propres.items() if valeur != getattr(ligne, champ)}
    if not apres:
        return ligne
    avant = {champ: getattr(ligne, champ) for champ in apres}
    for champ, valeur in apres.items():
        setattr(ligne, champ, valeur)
    ligne.save(update_fields=[*apres])
    quoi = ", ".join(NOMS[champ] for champ in apres)
    consigner(
        objet=ligne,
        fait="coordonnees",
        phrase=f"Coordonnées modifiées\u00a0: {quoi}.",
        par=par,
        le=le,
        avant=avant,
        apres=apres,
    )
    return ligne
