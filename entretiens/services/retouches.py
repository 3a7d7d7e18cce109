"""Changer l'heure, le jury ou la salle d'un créneau, ou de celui-ci et des suivants de sa série (écran A6).

Une séance n'a qu'un jury et qu'une salle : un créneau qui en change quitte la sienne, qui se scinde autour de lui.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q, QuerySet

from comptes.models import Personne
from comptes.services import consigner_plusieurs
from entretiens.lectures import occupation, occupations
from entretiens.models import Creneau, Entretien, Jury, Seance
from entretiens.rules.placement import Occupation, pourquoi_pas_a_cette_heure
from entretiens.services.convocations import annoncer_les_changements, exiger_l_accord
from entretiens.services.convocations.verrous import verrouiller_les_candidatures
from entretiens.services.placement import verrouiller_les_eleves
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import a_paris, dire_instant, jour_de
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode


@dataclass(frozen=True, slots=True)
class Retouche:
    """Ce que deviennent les créneaux : l'heure du premier, leur jury, leur salle."""

    heure: time
    jury: Jury | None
    salle: str


def creneaux_retouches(creneau: Creneau, *, suivants: bool, le: datetime) -> QuerySet[Creneau]:
    """Le créneau, et s'il le faut ceux qui le suivent dans sa série, du même jury (de la même salle sans jury)."""
    creneaux = Creneau.objects.filter(capacite__gt=0).a_venir(le)
    if not suivants:
        return creneaux.filter(pk=creneau.pk)
    seance = creneau.seance
    poste = Q(seance__jury=seance.jury_id) if seance.jury_id else Q(seance__jury=None, seance__salle=seance.salle)
    serie = Q(seance__serie=seance.serie_id) if seance.serie_id else Q(seance=seance.pk)
    return creneaux.filter(serie, poste, periode__startswith__gte=creneau.periode.lower)


@transaction.atomic
def retoucher(
    *,
    creneau: Creneau,
    retouche: Retouche,
    suivants: bool,
    d_accord_pour: int = 0,
    par: Personne | None,
    le: datetime,
) -> int:
    """Retouche un créneau, ou lui et les suivants de sa série ; rend le nombre de créneaux changés.

    Les élèves placés suivent leur créneau ; ceux qui sont convoqués reçoivent une convocation modifiée si l'heure ou la
    salle change. `d_accord_pour` est le nombre d'élèves que la personne accepte de prévenir. Lève `PeriodeClose`,
    `AnnonceAConfirmer` si plus d'élèves sont convoqués, `Refus` si un jury, une salle ou un élève n'est pas libre,
    ou si un élève vient d'être placé.
    """
    accueil = creneau.seance.accueil
    exiger_periode(accueil.domaine.campagne, Nature.PLANIFICATION, etablissement_id=accueil.etablissement_id, le=le)
    if retouche.jury and retouche.jury.etablissement_id != accueil.etablissement_id:
        raise Refus("Ce jury n’est pas de votre établissement.")
    ecart = a_paris(jour_de(creneau.periode.lower), retouche.heure) - creneau.periode.lower
    entretiens = _verrouiller_les_entretiens(creneaux_retouches(creneau, suivants=suivants, le=le))
    cibles = _verrouiller_les_creneaux(creneaux_retouches(creneau, suivants=suivants, le=le))
    if not cibles:
        raise Refus("Ce créneau est passé ou annulé : il ne change plus.")
    if sum(cible.places_prises for cible in cibles) > len(entretiens):
        raise Refus("Un élève vient d’être placé sur ces créneaux : relisez-les avant de les changer.")
    _exiger_cet_ecart(cibles, ecart, le)
    salle = " ".join(retouche.salle.split())
    a_prevenir = [e for e in entretiens if e.sequence and (ecart or e.creneau.seance.salle != salle)]
    exiger_l_accord(len(a_prevenir), d_accord_pour)
    if ecart:
        _exiger_les_eleves_libres(entretiens, ecart, accueil.domaine.campagne.regles.marge_de_trajet)
    with contraintes_dites():
        seances = [
            seance for groupe in _par_seance(cibles, ecart) for seance in _deplacer(groupe, retouche.jury, salle, ecart)
        ]
    _consigner(seances, entretiens, ecart, salle, par, le)
    if a_prevenir:
        cles = [entretien.pk for entretien in a_prevenir]
        relus = Entretien.objects.avec_lieu().select_related("candidature__eleve").filter(pk__in=cles)
        annoncer_les_changements(entretiens=list(relus.order_by("pk")), par=par, le=le)
    return len(cibles)


def _verrouiller_les_entretiens(creneaux: QuerySet[Creneau]) -> list[Entretien]:
    prevus = Entretien.objects.prevus().filter(creneau__in=creneaux.values("pk"))
    verrouiller_les_eleves(prevus.values_list("eleve_id", flat=True))
    verrouiller_les_candidatures(prevus.values("candidature"))
    tenus = Entretien.objects.select_for_update(of=("self",)).avec_lieu().select_related("candidature__eleve")
    return list(tenus.filter(pk__in=prevus.values("pk")).order_by("pk"))


def _verrouiller_les_creneaux(creneaux: QuerySet[Creneau]) -> list[Creneau]:
    """Prend les créneaux par clé croissante, comme le placement ; les rend dans l'ordre des heures."""
    tenus = Creneau.objects.select_for_update(of=("self",)).filter(pk__in=creneaux.values("pk"))
    return sorted(
        tenus.select_related("seance").order_by("pk"), key=lambda creneau: (creneau.periode.lower, creneau.pk)
    )


def _exiger_cet_ecart(cibles: Sequence[Creneau], ecart: timedelta, le: datetime) -> None:
    for cible in cibles:
        debut, fin = cible.periode.lower + ecart, cible.periode.upper + ecart
        if debut <= le:
            raise Refus(f"Le {dire_instant(debut)} est déjà passé.")
        if not jour_de(debut) == jour_de(fin) == jour_de(cible.periode.lower):
            raise Refus("Un créneau commence et finit le même jour : choisissez une autre heure.")


def _exiger_les_eleves_libres(entretiens: Sequence[Entretien], ecart: timedelta, minutes: int) -> None:
    prises = occupations(entretien.eleve_id for entretien in entretiens)
    for entretien in entretiens:
        la, voulue = occupation(entretien.creneau), _decaler(occupation(entretien.creneau), ecart)
        autres = [prise for prise in prises[entretien.eleve_id] if prise != la]
        if raison := pourquoi_pas_a_cette_heure(voulue, autres, marge=timedelta(minutes=minutes)):
            raise Refus(f"{entretien.candidature.eleve} : {raison}")


def _decaler(prise: Occupation, ecart: timedelta) -> Occupation:
    return Occupation(prise.debut + ecart, prise.fin + ecart, prise.etablissement, prise.lieu)


def _par_seance(cibles: Sequence[Creneau], ecart: timedelta) -> list[list[Creneau]]:
    """Créneaux de chaque séance, dans l'ordre où les séances se décalent sans se gêner."""
    groupes: dict[int, list[Creneau]] = defaultdict(list)
    for cible in cibles:
        groupes[cible.seance_id].append(cible)
    dans_l_ordre = list(groupes.values())
    return dans_l_ordre[::-1] if ecart > timedelta(0) else dans_l_ordre


def _deplacer(cibles: list[Creneau], jury: Jury | None, salle: str, ecart: timedelta) -> list[Seance]:
    """Écrit les séances que deviennent les créneaux d'une même séance, puis leur heure ; rend ces séances."""
    seance = Seance.objects.select_for_update(of=("self",)).get(pk=cibles[0].seance_id)
    ancien = (seance.jury, seance.salle)
    if ancien == (jury, salle):
        cles = {cible.pk for cible in cibles}
        restent = list(seance.creneaux.exclude(pk__in=cles))
        _border(seance, [*map(_bornes, restent), *(_bornes(cible, ecart) for cible in cibles)], (jury, salle))
        _changer_l_heure(cibles, ecart)
        return [seance]
    restent = list(seance.creneaux.exclude(pk__in=[cible.pk for cible in cibles]).order_by("periode"))
    morceaux = [
        ([c for c in restent if c.periode.lower < cibles[0].periode.lower], ancien, timedelta(0)),
        (cibles, (jury, salle), ecart),
        ([c for c in restent if c.periode.lower > cibles[0].periode.lower], ancien, timedelta(0)),
    ]
    seances: list[Seance] = []
    for creneaux, poste, decalage in morceaux:
        if not creneaux:
            continue
        la = seance if not seances else _copier(seance)
        _border(la, [_bornes(creneau, decalage) for creneau in creneaux], poste)
        Creneau.objects.filter(pk__in=[creneau.pk for creneau in creneaux]).update(seance=la)
        seances.append(la)
    _changer_l_heure(cibles, ecart)
    return seances


def _bornes(creneau: Creneau, ecart: timedelta = timedelta(0)) -> tuple[datetime, datetime]:
    return creneau.periode.lower + ecart, creneau.periode.upper + ecart


def _border(seance: Seance, bornes: Sequence[tuple[datetime, datetime]], poste: tuple[Jury | None, str]) -> None:
    seance.jury, seance.salle = poste
    seance.periode = DateTimeTZRange(min(debut for debut, _ in bornes), max(fin for _, fin in bornes))
    seance.save()


def _copier(seance: Seance) -> Seance:
    return Seance(
        accueil_id=seance.accueil_id,
        etablissement_id=seance.etablissement_id,
        modalite=seance.modalite,
        serie_id=seance.serie_id,
    )


def _changer_l_heure(cibles: Sequence[Creneau], ecart: timedelta) -> None:
    """Décale les créneaux un à un, du côté où la place se libère ; les entretiens suivent par leur clé."""
    if not ecart:
        return
    for cible in reversed(cibles) if ecart > timedelta(0) else cibles:
        cible.periode = DateTimeTZRange(*_bornes(cible, ecart))
        cible.save(update_fields=["periode"])


def _consigner(
    seances: Sequence[Seance],
    entretiens: Sequence[Entretien],
    ecart: timedelta,
    salle: str,
    par: Personne | None,
    le: datetime,
) -> None:
    consigner_plusieurs(
        phrases=[(seance, "Séance modifiée.") for seance in seances], fait="seance_modifiee", par=par, le=le
    )
    phrases = [
        (
            entretien.candidature,
            f"Entretien déplacé du {dire_instant(entretien.periode.lower)} "
            f"au {dire_instant(entretien.periode.lower + ecart)}."
            if ecart
            else f"Lieu de l’entretien changé : {salle or 'sans salle indiquée'}.",
        )
        for entretien in entretiens
        if ecart or entretien.creneau.seance.salle != salle
    ]
    consigner_plusieurs(phrases=phrases, fait="entretien_deplace", par=par, le=le)
