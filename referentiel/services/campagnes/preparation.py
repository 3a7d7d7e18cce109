"""Préparer une campagne d'après un préréglage ou une autre, effacer une préparation (R1, R2, R5, R6, R31b)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction

from comptes.models import Personne
from comptes.services import consigner
from referentiel import prereglages
from referentiel.models import Academie, Campagne, CaseDeMatrice, JeuDeRegles, MotARappeler, Vacances
from referentiel.rules.calendrier import Calendrier, incoherences
from referentiel.rules.jeu import Case
from referentiel.rules.refus import Refus
from referentiel.services.campagnes.catalogue import reprendre_le_catalogue
from referentiel.services.campagnes.copie import champs_de
from referentiel.services.campagnes.verrous import verrouiller
from referentiel.services.contraintes import contraintes_dites


@transaction.atomic
def creer_campagne(
    *,
    academie: Academie,
    annee: int,
    intitule: str,
    prereglage: str,
    par: Personne | None,
    le: datetime,
    calendrier: Calendrier | None = None,
) -> Campagne:
    """Prépare une campagne à partir du préréglage de clé `prereglage` (R2, R5, R6, R31b).

    Elle a un calendrier (celui qui est donné, sinon celui du préréglage porté à `annee`), des règles, une
    matrice totale, les mots à rappeler et les vacances connues ; elle reste en préparation. Lève `Refus` si le
    préréglage n'existe pas, si l'intitulé est pris ou si le calendrier se contredit.
    """
    try:
        modele = prereglages.prereglage(prereglage)
    except KeyError:
        raise Refus(f"Le préréglage «\u00a0{prereglage}\u00a0» n’existe pas.") from None
    retenu = modele.calendrier_de(annee) if calendrier is None else calendrier
    return _preparer(
        Campagne(academie=academie, annee=annee, intitule=intitule),
        calendrier=retenu,
        regles=dict(modele.regles),
        matrice=modele.matrice,
        mots=prereglages.mots_a_rappeler(),
        phrase=f"Campagne préparée d’après «\u00a0{modele.nom}\u00a0».",
        par=par,
        le=le,
    )


@transaction.atomic
def dupliquer_la_campagne(
    *,
    campagne: Campagne,
    annee: int,
    intitule: str,
    par: Personne | None,
    le: datetime,
    avec_catalogue: bool = True,
) -> Campagne:
    """Prépare une campagne qui reprend calendrier, règles, matrice, mots et catalogue de `campagne` (écran S8).

    Les dates sont portées à `annee` ; les accueils repris sont à vérifier. Lève `Refus` si l'intitulé est pris.
    """
    regles = campagne.regles
    copie = _preparer(
        Campagne(academie=campagne.academie, annee=annee, intitule=intitule),
        calendrier=prereglages.transposer(campagne.calendrier, annee),
        regles=champs_de(regles, sauf={"campagne"}),
        matrice=tuple(regles.matrice.values()),
        mots=list(campagne.mots_a_rappeler.values_list("famille", "mot")),
        phrase=f"Campagne préparée d’après «\u00a0{campagne.intitule}\u00a0».",
        par=par,
        le=le,
    )
    if avec_catalogue and campagne.domaines.exists():
        reprendre_le_catalogue(campagne=copie, source=campagne, par=par, le=le)
    return copie


@transaction.atomic
def effacer_la_preparation(*, campagne: Campagne, par: Personne | None, le: datetime) -> None:
    """Efface une campagne en préparation, avec son calendrier, ses règles et son catalogue (R1).

    Lève `Refus` si elle n'est plus en préparation ou si un élève ou une candidature en dépend.
    """
    campagne = verrouiller(campagne)
    if campagne.etat != Campagne.Etat.PREPARATION:
        raise Refus("Seule une campagne en préparation s’efface\u00a0: une campagne ouverte se clôt.")
    consigner(
        objet=campagne,
        fait="effacement",
        phrase=f"Campagne en préparation «\u00a0{campagne.intitule}\u00a0» effacée."[:300],
        par=par,
        le=le,
    )
    try:
        campagne.delete()
    except models.ProtectedError as erreur:
        noms = sorted({str(objet._meta.verbose_name_plural) for objet in erreur.protected_objects})
        raise Refus(f"Cette campagne a déjà des {', '.join(noms)}\u00a0: elle ne s’efface plus.") from erreur


def _preparer(
    campagne: Campagne,
    *,
    calendrier: Calendrier,
    regles: dict[str, Any],
    matrice: Iterable[Case],
    mots: Iterable[tuple[str, str]],
    phrase: str,
    par: Personne | None,
    le: datetime,
) -> Campagne:
    if contradictions := incoherences(calendrier):
        raise Refus(" ".join(contradictions))
    with contraintes_dites():
        campagne.save()
    for nature, bornes in calendrier.periodes.items():
        campagne.periodes.create(nature=nature, debut=bornes.debut, fin=bornes.fin)
    jeu = JeuDeRegles.objects.create(campagne=campagne, **regles)
    CaseDeMatrice.objects.bulk_create(
        CaseDeMatrice(
            regles=jeu,
            avis_origine=case.origine,
            avis_accueil=case.accueil,
            resultat=case.resultat,
            points=case.points,
        )
        for case in matrice
    )
    MotARappeler.objects.bulk_create(MotARappeler(campagne=campagne, famille=famille, mot=mot) for famille, mot in mots)
    Vacances.objects.bulk_create(Vacances(campagne=campagne, **ligne) for ligne in prereglages.vacances(campagne.annee))
    consigner(objet=campagne, fait="creation", phrase=phrase[:300], par=par, le=le)
    return campagne
