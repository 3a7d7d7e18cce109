"""Le passage d’un état à l’autre, et sa trace (écran 6.5)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from candidatures.models import Candidature
from candidatures.rules import Etat, peut_passer
from comptes.models import Personne
from comptes.services import consigner, consigner_plusieurs
from courriers.requetes_preparees import requetes_preparees
from referentiel.rules.refus import Refus

# Un soir de convocations l'écrit dix mille fois.
CHANGER_D_ETAT = "UPDATE candidatures_candidature SET etat = %s, modifiee_le = %s WHERE id = ANY(%s)"


@transaction.atomic
def faire_passer(
    *, candidature: Candidature, vers: Etat, fait: str, phrase: str, par: Personne | None, le: datetime
) -> None:
    """Fait passer une candidature d'un état à l'autre et l'écrit dans son historique (écran 6.5, R39).

    La ligne de la candidature doit être verrouillée par l'appelant. Lève `Refus` si la suite est interdite.
    """
    de = Etat(candidature.etat)
    if not peut_passer(de, vers):
        raise Refus(
            f"Cette candidature est «\u00a0{candidature.get_etat_display()}\u00a0»\u00a0: "
            "cette action n’est plus possible."
        )
    candidature.etat = vers
    candidature.save(update_fields=["etat", "modifiee_le"])
    consigner(objet=candidature, fait=fait, phrase=phrase, par=par, le=le, avant={"etat": de}, apres={"etat": vers})


@transaction.atomic(savepoint=False)
def faire_passer_plusieurs(
    *,
    candidatures: Sequence[Candidature],
    vers: Etat,
    fait: str,
    phrases: Sequence[str],
    par: Personne | None,
    le: datetime,
) -> None:
    """Fait passer plusieurs candidatures à `vers` en deux requêtes, chacune avec sa phrase (écran 6.5, R39).

    Leurs lignes doivent être verrouillées par l'appelant. Lève `Refus` si la suite est interdite pour l'une d'elles.
    """
    for candidature in candidatures:
        if not peut_passer(Etat(candidature.etat), vers):
            raise Refus(
                f"{candidature.eleve}\u00a0: cette candidature est «\u00a0{candidature.get_etat_display()}\u00a0», "
                "cette action n’est plus possible."
            )
    for candidature in candidatures:
        candidature.etat, candidature.modifiee_le = vers, le
    with requetes_preparees(), connection.cursor() as curseur:
        curseur.execute(CHANGER_D_ETAT, [vers, le, [candidature.pk for candidature in candidatures]])
    consigner_plusieurs(
        phrases=zip(candidatures, phrases, strict=True), fait=fait, par=par, le=le, apres={"etat": vers}
    )
