"""Établir et remettre la fiche récapitulative (R32)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from avis.lectures import FicheDeLEleve, fiches_des_eleves, version_ou_copie
from avis.models import Fiche
from candidatures.models import Eleve
from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Campagne
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode


@transaction.atomic
def etablir_la_fiche(*, contenu: FicheDeLEleve, par: Personne | None, le: datetime) -> Fiche:
    """Version de la fiche qui porte ce contenu : la même ligne, et le même code, tant qu'il ne change pas (R32)."""
    fiche, nouvelle = Fiche.objects.get_or_create(
        eleve=contenu.eleve, empreinte=contenu.empreinte, defaults={"etablie_le": le}
    )
    if nouvelle:
        consigner(
            objet=contenu.eleve, fait="fiche", phrase=f"Fiche récapitulative établie ({fiche.code})", par=par, le=le
        )
    return fiche


def version_a_donner(*, contenu: FicheDeLEleve, campagne: Campagne, par: Personne | None, le: datetime) -> Fiche:
    """La version que porte le document ; dans une campagne close, rien ne s'écrit plus (R1)."""
    if campagne.est_ouverte:
        return etablir_la_fiche(contenu=contenu, par=par, le=le)
    return version_ou_copie(contenu, le)


@transaction.atomic
def marquer_comme_remises(*, campagne: Campagne, eleves: Iterable[Eleve], par: Personne, le: datetime) -> int:
    """Note que la fiche en vigueur de chaque élève lui a été remise ; rend le nombre de fiches nouvellement remises.

    Une fiche déjà remise garde sa date. Lève `PeriodeClose` ou `Refus`.
    """
    eleves = list(eleves)
    if not eleves:
        raise Refus("Sélectionnez au moins un élève.")
    exiger_periode(campagne, Nature.FERMETURE, etablissement_id=eleves[0].etablissement_id, le=le)
    contenus = [contenu for contenu in fiches_des_eleves(campagne, eleves, le) if contenu.sections]
    return sum(_marquer(contenu, par=par, le=le) for contenu in contenus)


def _marquer(contenu: FicheDeLEleve, *, par: Personne, le: datetime) -> bool:
    etablie = etablir_la_fiche(contenu=contenu, par=par, le=le)
    fiche = Fiche.objects.select_for_update(of=("self",)).get(pk=etablie.pk)
    if fiche.remise_le:
        return False
    fiche.remise_le = le
    fiche.save(update_fields=["remise_le"])
    consigner(objet=contenu.eleve, fait="fiche_remise", phrase="Fiche récapitulative remise", par=par, le=le)
    return True
