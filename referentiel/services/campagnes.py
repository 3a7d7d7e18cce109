"""Préparer, garnir, ouvrir et clore une campagne ; accorder une dérogation (R1 à R7)."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.db import models, transaction

from comptes.models import Personne
from comptes.services import consigner
from referentiel import prereglages
from referentiel.models import (
    Academie,
    Accueil,
    Campagne,
    CaseDeMatrice,
    Derogation,
    Domaine,
    Etablissement,
    Formation,
    JeuDeRegles,
    MotARappeler,
    Offre,
    Vacances,
)
from referentiel.models.codes import nouveau_code
from referentiel.rules.calendrier import LIBELLES, Calendrier, Nature, incoherences
from referentiel.rules.dates import dire_jour
from referentiel.rules.jeu import Case
from referentiel.rules.refus import Refus
from referentiel.services.contraintes import contraintes_dites
from referentiel.verifications import ce_qui_bloque


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
        regles=_champs(regles, sauf={"campagne"}),
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
def reprendre_le_catalogue(*, campagne: Campagne, source: Campagne, par: Personne | None, le: datetime) -> None:
    """Copie domaines, formations, accueils et offres de `source` dans le catalogue de `campagne`, encore vide (R7).

    Aucun accueil n'est vérifié pour la nouvelle année. Lève `Refus` si le catalogue a déjà un domaine ou si la
    campagne est close.
    """
    campagne = _verrouiller(campagne)
    _exiger_un_catalogue_vide(campagne)
    domaines = _copier(source.domaines.all(), campagne=campagne)
    formations = _copier(Formation.objects.filter(domaine__campagne=source), domaine=domaines)
    accueils = Accueil.objects.filter(domaine__campagne=source)
    _copier(accueils, domaine=domaines, verifie_le=None, code=nouveau_code)
    offres = Offre.objects.filter(formation__domaine__campagne=source)
    _copier(offres, formation=formations)
    consigner(
        objet=campagne,
        fait="catalogue",
        phrase=(
            f"Catalogue repris de «\u00a0{source.intitule}\u00a0»\u00a0: "
            f"{len(domaines)} domaines, {len(formations)} formations, "
            f"{accueils.count()} accueils, {offres.count()} offres."
        )[:300],
        par=par,
        le=le,
    )


@transaction.atomic
def garnir_le_catalogue(*, campagne: Campagne, par: Personne | None, le: datetime) -> None:
    """Pose les 29 domaines et les 57 formations dans le catalogue de `campagne`, encore vide (R7).

    Lève `Refus` si le catalogue a déjà un domaine ou si la campagne est close.
    """
    campagne = _verrouiller(campagne)
    _exiger_un_catalogue_vide(campagne)
    formations = [
        Formation(domaine=domaine, **formation)
        for domaine, lignes in _poser_les_domaines(campagne)
        for formation in lignes
    ]
    for formation in formations:
        formation.save()
    consigner(
        objet=campagne,
        fait="catalogue",
        phrase=f"Catalogue garni de {campagne.domaines.count()} domaines et {len(formations)} formations.",
        par=par,
        le=le,
    )


@transaction.atomic
def ouvrir_la_campagne(*, campagne: Campagne, par: Personne | None, le: datetime) -> Campagne:
    """Ouvre une campagne en préparation (R1).

    Lève `Refus`, avec tout ce qui ne va pas, si le calendrier se contredit ou manque d'une date (R3), si la
    matrice n'est pas totale ou sans points alors que la campagne donne un bonus (R6), si l'académie a déjà une
    campagne ouverte.
    """
    campagne = _verrouiller(campagne)
    if campagne.etat != Campagne.Etat.PREPARATION:
        etat = campagne.get_etat_display().lower()
        raise Refus(f"Cette campagne est «\u00a0{etat}\u00a0»\u00a0: elle ne s’ouvre pas.")
    if defauts := defauts_d_ouverture(campagne):
        raise Refus(" ".join(defauts))
    campagne.etat = Campagne.Etat.OUVERTE
    with contraintes_dites():
        campagne.save()
    _consigner_l_etat(campagne, "ouverture", "Campagne ouverte.", Campagne.Etat.PREPARATION, par, le)
    return campagne


@transaction.atomic
def clore_la_campagne(*, campagne: Campagne, par: Personne | None, le: datetime) -> Campagne:
    """Clôt une campagne ouverte : plus rien n'y change, elle reste lisible (R1). Lève `Refus` sinon."""
    campagne = _verrouiller(campagne)
    if not campagne.est_ouverte:
        raise Refus("Seule une campagne ouverte peut être close.")
    campagne.etat = Campagne.Etat.CLOSE
    campagne.save(update_fields=["etat"])
    _consigner_l_etat(campagne, "cloture", "Campagne close.", Campagne.Etat.OUVERTE, par, le)
    return campagne


@transaction.atomic
def effacer_la_preparation(*, campagne: Campagne, par: Personne | None, le: datetime) -> None:
    """Efface une campagne en préparation, avec son calendrier, ses règles et son catalogue (R1).

    Lève `Refus` si elle n'est plus en préparation ou si un élève ou une candidature en dépend.
    """
    campagne = _verrouiller(campagne)
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


@transaction.atomic
def verifier_les_formations(*, formations: Collection[Formation], par: Personne | None, le: datetime) -> int:
    """Note que ces formations n'ont plus rien à vérifier ; rend leur nombre. Lève `Refus` dans une campagne close."""
    return _verifier(formations, "a_verifier", "", "Formation vérifiée.", par, le)


@transaction.atomic
def verifier_les_accueils(*, accueils: Collection[Accueil], par: Personne | None, le: datetime) -> int:
    """Note que ces accueils sont vérifiés pour leur campagne ; rend leur nombre. Lève `Refus` si elle est close."""
    return _verifier(accueils, "verifie_le", le, "Accueil vérifié pour cette campagne.", par, le)


def _verifier(
    objets: Collection[models.Model], champ: str, valeur: Any, phrase: str, par: Personne | None, le: datetime
) -> int:
    with contraintes_dites():
        for objet in objets:
            avant = getattr(objet, champ)
            setattr(objet, champ, valeur)
            objet.save(update_fields=[champ])
            consigner(
                objet=objet,
                fait="verification",
                phrase=phrase,
                par=par,
                le=le,
                avant={champ: str(avant or "")},
                apres={champ: str(valeur)},
            )
    return len(objets)


def defauts_d_ouverture(campagne: Campagne) -> list[str]:
    """Ce qui empêche d'ouvrir `campagne`, une phrase par défaut ; liste vide si rien ne manque (R3, R6)."""
    return [ligne.texte for rubrique in ce_qui_bloque(campagne) for ligne in rubrique.lignes]


@transaction.atomic
def accorder_une_derogation(
    *,
    campagne: Campagne,
    etablissement: Etablissement,
    nature: Nature,
    jusqu_au: date,
    motif: str,
    par: Personne | None,
    le: datetime,
) -> Derogation:
    """Accorde à `etablissement` un délai sur la période `nature`, jusqu'au jour `jusqu_au` compris (R4).

    Une dérogation déjà accordée sur cette période est remplacée. Lève `Refus` si la campagne n'est pas ouverte,
    si le motif manque ou si le jour ne dépasse pas la fin de la période.
    """
    campagne = _verrouiller(campagne)
    if raison := pourquoi_pas_cette_derogation(campagne, nature, jusqu_au, motif):
        raise Refus(raison)
    ancienne = campagne.derogations.filter(etablissement=etablissement, nature=nature).first()
    avant = {"jusqu_au": ancienne.jusqu_au.isoformat(), "motif": ancienne.motif} if ancienne else {}
    derogation, _ = campagne.derogations.update_or_create(
        etablissement=etablissement, nature=nature, defaults={"jusqu_au": jusqu_au, "motif": motif.strip()}
    )
    consigner(
        objet=derogation,
        fait="derogation",
        phrase=(
            f"Dérogation accordée à {etablissement.nom_et_commune}\u00a0: {LIBELLES[nature].lower()} "
            f"jusqu’au {dire_jour(jusqu_au)}."
        )[:300],
        par=par,
        le=le,
        avant=avant,
        apres={"jusqu_au": jusqu_au.isoformat(), "motif": derogation.motif},
    )
    return derogation


def pourquoi_pas_cette_derogation(campagne: Campagne, nature: Nature, jusqu_au: date, motif: str) -> str | None:
    """Raison du refus d'une dérogation, ou `None` (R4)."""
    if not campagne.est_ouverte:
        return "Une dérogation s’accorde dans une campagne ouverte."
    if not motif.strip():
        return "Dites pourquoi cette dérogation est accordée."
    fin = campagne.calendrier.bornes(nature).fin
    if fin and jusqu_au <= fin:
        return f"La dérogation jusqu’au {dire_jour(jusqu_au)} ne dépasse pas la fin de la période, le {dire_jour(fin)}."
    return None


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


def _exiger_un_catalogue_vide(campagne: Campagne) -> None:
    _exiger_non_close(campagne)
    if campagne.domaines.exists():
        raise Refus("Le catalogue de cette campagne a déjà des domaines\u00a0: complétez-le plutôt que de le garnir.")


def _champs(objet: models.Model, *, sauf: Collection[str]) -> dict[str, Any]:
    """Valeurs de l'objet, telles qu'elles sont en base, sans sa clé ni les champs de `sauf`."""
    return {
        champ.attname: getattr(objet, champ.attname)
        for champ in objet._meta.concrete_fields
        if not champ.primary_key and champ.name not in sauf
    }


def _copier(lignes: models.QuerySet, **remplaces: Any) -> dict[int, models.Model]:
    """Copie `lignes` ; chaque champ remplacé prend une valeur, celle d'une fonction, ou la copie de ce qu'il visait.

    Rend les copies, par clé d'origine.
    """

    def valeur_de(ligne: models.Model, champ: str, remplace: Any) -> Any:
        if isinstance(remplace, dict):
            return remplace[getattr(ligne, f"{champ}_id")]
        return remplace() if callable(remplace) else remplace

    origines = list(lignes.order_by("pk"))
    copies = [
        lignes.model(
            **_champs(ligne, sauf=remplaces),
            **{champ: valeur_de(ligne, champ, remplace) for champ, remplace in remplaces.items()},
        )
        for ligne in origines
    ]
    lignes.model._base_manager.bulk_create(copies)
    return {origine.pk: copie for origine, copie in zip(origines, copies, strict=True)}


def _poser_les_domaines(campagne: Campagne) -> Iterable[tuple[Domaine, list[dict[str, str]]]]:
    for bloc in prereglages.catalogue():
        domaine = Domaine.objects.create(campagne=campagne, nom=bloc["nom"], modalite=bloc["modalite"])
        yield domaine, bloc["formations"]


def _verrouiller(campagne: Campagne) -> Campagne:
    return Campagne.objects.select_for_update(of=("self",)).avec_regles().get(pk=campagne.pk)


def _exiger_non_close(campagne: Campagne) -> None:
    if campagne.etat == Campagne.Etat.CLOSE:
        raise Refus(f"La campagne «\u00a0{campagne.intitule}\u00a0» est close\u00a0: plus rien n’y change.")


def _consigner_l_etat(
    campagne: Campagne, fait: str, phrase: str, avant: str, par: Personne | None, le: datetime
) -> None:
    consigner(
        objet=campagne,
        fait=fait,
        phrase=phrase,
        par=par,
        le=le,
        avant={"etat": avant},
        apres={"etat": campagne.etat},
    )
