"""Jurys, séances et créneaux qu'un établissement ouvre (R22, R24)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import models, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from comptes.models import Personne
from comptes.services import consigner_plusieurs
from entretiens.models import Creneau, Entretien, Jury, Seance, SerieDeCreneaux
from entretiens.rules.series import (
    CRENEAUX_AU_PLUS,
    Apercu,
    Poste,
    SeancePrevue,
    Serie,
    avertissements_du_jour,
    dans_deux_jurys,
    defauts_de_la_serie,
    derouler,
    jours_de_la_serie,
    pourquoi_pas_ce_jour,
)
from referentiel.models import Accueil, Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import debut_du_jour, dire_instant, dire_jour, fin_du_jour, jour_de
from referentiel.rules.jeu import Modalite
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode, pourquoi_pas_maintenant


def preparer_une_serie(*, accueil: Accueil, serie: Serie, le: datetime) -> Apercu:
    """Aperçu d'une série de créneaux, sans rien écrire.

    Lève `Refus` si la série ne se tient pas, sort de la période des entretiens, tombe un dimanche ou un jour
    férié, ou commence dans le passé. Avertit des samedis, des vacances, du préavis et des personnes qui seraient dans
    deux jurys ; nomme les séances déjà ouvertes par le même jury ou dans la même salle (R23, R24).
    """
    campagne = accueil.domaine.campagne
    if defauts := defauts_de_la_serie(serie):
        raise Refus(" ".join(defauts))
    _exiger_la_modalite(accueil, collective=serie.collective)
    en_vacances = _vacances(campagne)
    jours = jours_de_la_serie(serie, en_vacances)
    seances = tuple(seance for seance in derouler(serie, jours) if seance.creneaux)
    _exiger_des_creneaux(seances, jours, serie)
    _exiger_des_jours_permis(campagne, accueil.etablissement, seances, le=le)
    preavis = campagne.regles.preavis
    avertissements = [
        phrase
        for jour in jours
        for phrase in avertissements_du_jour(jour, vacances=en_vacances(jour), aujourd_hui=jour_de(le), preavis=preavis)
    ]
    ouvertes = _ouvertes_pendant(accueil.etablissement, seances)
    avertissements += _en_double(serie, seances, ouvertes)
    return Apercu(seances, tuple(avertissements), _deja_pris(seances, ouvertes))


@transaction.atomic
def creer_la_serie(*, accueil: Accueil, serie: Serie, par: Personne | None, le: datetime) -> list[Seance]:
    """Ouvre les séances d'une série et leurs créneaux.

    Lève `PeriodeClose` hors de la planification, `Refus` si la série n'est pas permise (`preparer_une_serie`)
    ou si un jury ou une salle est déjà pris.
    """
    campagne = accueil.domaine.campagne
    exiger_periode(campagne, Nature.PLANIFICATION, etablissement_id=accueil.etablissement_id, le=le)
    apercu = preparer_une_serie(accueil=accueil, serie=serie, le=le)
    _exiger_ses_jurys(accueil.etablissement, serie)
    origine = SerieDeCreneaux.objects.create(accueil=accueil, reglages=serie.reglages(), creee_le=le)
    try:
        seances = _ouvrir(origine, apercu.seances, collective=serie.collective)
    except Refus as refus:
        collisions = preparer_une_serie(accueil=accueil, serie=serie, le=le).collisions
        raise Refus(" ".join(collisions) or str(refus)) from refus
    phrases = ((seance, f"Séance ouverte le {dire_instant(seance.periode.lower)}.") for seance in seances)
    consigner_plusieurs(phrases=phrases, fait="seance_ouverte", par=par, le=le)
    return seances


@contraintes_dites()
def _ouvrir(origine: SerieDeCreneaux, prevues: Sequence[SeancePrevue], *, collective: bool) -> list[Seance]:
    seances = Seance.objects.bulk_create(
        Seance(
            accueil=origine.accueil,
            etablissement=origine.accueil.etablissement,
            modalite=Modalite.COLLECTIF if collective else Modalite.INDIVIDUEL,
            jury_id=prevue.poste.jury,
            salle=prevue.poste.salle,
            periode=DateTimeTZRange(prevue.debut, prevue.fin),
            serie=origine,
        )
        for prevue in prevues
    )
    Creneau.objects.bulk_create(
        Creneau(seance=seance, periode=DateTimeTZRange(*bornes), capacite=prevue.capacite)
        for seance, prevue in zip(seances, prevues, strict=True)
        for bornes in prevue.creneaux
    )
    return seances


@transaction.atomic
def supprimer_les_creneaux(
    *,
    etablissement: Etablissement,
    campagne: Campagne,
    creneaux: Sequence[Creneau],
    par: Personne | None,
    le: datetime,
) -> int:
    """Supprime des créneaux libres, et les séances qu'ils laissent vides ; rend leur nombre.

    Lève `PeriodeClose`, ou `Refus` si l'un d'eux est occupé ou garde la trace d'un entretien.
    """
    exiger_periode(campagne, Nature.PLANIFICATION, etablissement_id=etablissement.pk, le=le)
    lignes = list(
        Creneau.objects.select_for_update(of=("self",))
        .filter(pk__in=[creneau.pk for creneau in creneaux])
        .order_by("pk")
    )
    if any(ligne.places_prises for ligne in lignes):
        raise Refus("Un élève est convoqué sur ce créneau. Déplacez d’abord l’entretien.")
    if Entretien.objects.filter(creneau__in=lignes).exists():
        raise Refus("Un créneau garde la trace d’un entretien annulé ou reporté : il ne peut pas être supprimé.")
    seances = Seance.objects.filter(creneaux__in=lignes).distinct()
    phrases = [(seance, "Créneaux libres supprimés.") for seance in seances]
    Creneau.objects.filter(pk__in=[ligne.pk for ligne in lignes]).delete()
    consigner_plusieurs(phrases=phrases, fait="creneaux_supprimes", par=par, le=le)
    vides = Seance.objects.annotate(restants=models.Count("creneaux")).filter(restants=0)
    vides.filter(pk__in=[seance.pk for seance, _ in phrases]).delete()
    return len(lignes)


def _exiger_la_modalite(accueil: Accueil, *, collective: bool) -> None:
    exclue = Modalite.INDIVIDUEL if collective else Modalite.COLLECTIF
    if accueil.modalite == exclue:
        raise Refus(f"Votre établissement reçoit pour ce domaine en « {accueil.get_modalite_display()} ».")


def _exiger_des_creneaux(seances: Sequence[SeancePrevue], jours: Sequence[date], serie: Serie) -> None:
    if not jours and serie.exclure_les_conges and jours_de_la_serie(replace(serie, exclure_les_conges=False), _jamais):
        raise Refus("Aucun jour ne correspond : la période choisie est entièrement en vacances ou fériée.")
    if not jours:
        raise Refus("Aucun jour ne correspond : changez la période ou les jours choisis.")
    if not seances:
        raise Refus("Aucun créneau ne tient entre ces heures : allongez la journée ou raccourcissez l’entretien.")
    if sum(len(seance.creneaux) for seance in seances) > CRENEAUX_AU_PLUS:
        raise Refus(f"Cette série compte plus de {CRENEAUX_AU_PLUS} créneaux : réduisez la période.")


def _exiger_des_jours_permis(
    campagne: Campagne, etablissement: Etablissement, seances: Sequence[SeancePrevue], *, le: datetime
) -> None:
    """R24 : dans la période des entretiens, ni dimanche ni jour férié, pas dans le passé."""
    premiere, derniere = seances[0], seances[-1]
    for instant in (premiere.debut, derniere.debut):
        exiger_un_jour_d_entretien(campagne, etablissement.pk, instant)
    for jour in dict.fromkeys(seance.jour for seance in seances):
        if raison := pourquoi_pas_ce_jour(jour):
            raise Refus(f"{raison} Aucun entretien n’y a lieu.")
    if premiere.debut <= le:
        raise Refus(f"Le {dire_instant(premiere.debut)} est déjà passé.")


def exiger_un_jour_d_entretien(campagne: Campagne, etablissement_id: int, instant: datetime) -> None:
    """Lève `Refus` si `instant` est hors de la période des entretiens, dérogation comprise (R24)."""
    if pourquoi_pas_maintenant(campagne, Nature.ENTRETIENS, etablissement_id=etablissement_id, le=instant) is None:
        return
    bornes = campagne.calendrier.bornes(Nature.ENTRETIENS)
    if bornes.debut and jour_de(instant) < bornes.debut:
        raise Refus(
            f"Le {dire_jour(jour_de(instant))} est trop tôt : les entretiens ne commencent que le "
            f"{dire_jour(bornes.debut)}."
        )
    if bornes.fin and jour_de(instant) > bornes.fin:
        raise Refus(
            f"Le {dire_jour(jour_de(instant))} est trop tard : les entretiens doivent avoir lieu jusqu’au "
            f"{dire_jour(bornes.fin)} au plus tard."
        )
    raise Refus("La campagne n’est pas ouverte : consultation seule.")


def _exiger_ses_jurys(etablissement: Etablissement, serie: Serie) -> None:
    voulus = {poste.jury for poste in serie.postes if poste.jury is not None}
    if Jury.objects.filter(etablissement=etablissement, pk__in=voulus).count() != len(voulus):
        raise Refus("Ce jury n’est pas de votre établissement.")


def _vacances(campagne: Campagne) -> Callable[[date], str | None]:
    periodes = list(campagne.vacances.all())
    return lambda jour: next((vacances.libelle for vacances in periodes if vacances.contient(jour)), None)


def _jamais(jour: date) -> None:
    return None


def _ouvertes_pendant(etablissement: Etablissement, seances: Sequence[SeancePrevue]) -> list[Seance]:
    """Séances maintenues de l'établissement, les jours que couvre la série."""
    bornes = DateTimeTZRange(debut_du_jour(seances[0].jour), fin_du_jour(seances[-1].jour))
    ouvertes = Seance.objects.maintenues().filter(etablissement=etablissement, periode__overlap=bornes)
    return list(ouvertes.select_related("jury").order_by("periode", "pk"))


def _rencontres(seances: Sequence[SeancePrevue], ouvertes: Sequence[Seance]) -> Iterator[tuple[SeancePrevue, Seance]]:
    for prevue in seances:
        for ouverte in ouvertes:
            if prevue.debut < ouverte.periode.upper and ouverte.periode.lower < prevue.fin:
                yield prevue, ouverte


def _deja_pris(seances: Sequence[SeancePrevue], ouvertes: Sequence[Seance]) -> tuple[str, ...]:
    """Séances déjà ouvertes qu'une série rencontrerait, jury ou salle."""
    phrases = (_dire_la_rencontre(*rencontre) for rencontre in _rencontres(seances, ouvertes))
    return tuple(dict.fromkeys(phrase for phrase in phrases if phrase))


def _dire_la_rencontre(prevue: SeancePrevue, ouverte: Seance) -> str | None:
    quand = dire_instant(ouverte.periode.lower, annee=False)
    if prevue.poste.jury is not None and prevue.poste.jury == ouverte.jury_id:
        return f"{prevue.poste.nom} mène déjà une séance le {quand} : décochez ce jour ou changez de jury."
    if prevue.poste.salle and prevue.poste.salle == ouverte.salle:
        return f"La salle {ouverte.salle} est déjà prise le {quand} : décochez ce jour ou changez de salle."
    return None


def _en_double(serie: Serie, seances: Sequence[SeancePrevue], ouvertes: Sequence[Seance]) -> list[str]:
    """Personnes qui seraient dans deux jurys à la même heure : c'est à voir avec elles, ce n'est pas refusé."""
    phrases = [
        f"{nom} est dans deux jurys à la même heure : {un} et {autre}."
        for nom, un, autre in dans_deux_jurys(serie.postes)
    ]
    for prevue, ouverte in _rencontres(seances, ouvertes):
        if ouverte.jury and ouverte.jury_id != prevue.poste.jury:
            deja = Poste(ouverte.jury_id, ouverte.jury.nom, ouverte.salle, ouverte.jury.membres)
            quand = dire_instant(max(prevue.debut, ouverte.periode.lower), annee=False)
            phrases += [
                f"{nom} est dans deux jurys le {quand} : {un} et {autre}."
                for nom, un, autre in dans_deux_jurys((prevue.poste, deja))
            ]
    return list(dict.fromkeys(phrases))
