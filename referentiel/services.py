"""Écritures sur le référentiel, et la seule réponse à « est-ce ouvert maintenant ? » (R4)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from comptes.contraintes import phrase_de_la_contrainte
from comptes.models import Personne
from comptes.services import consigner
from referentiel import prereglages
from referentiel.models import (
    Academie,
    AliasUai,
    Campagne,
    CaseDeMatrice,
    Derogation,
    Domaine,
    Etablissement,
    Formation,
    JeuDeRegles,
    MotARappeler,
    Vacances,
)
from referentiel.rules.calendrier import LIBELLES, Calendrier, Nature, dates_manquantes, incoherences, pourquoi_pas
from referentiel.rules.dates import dire_jour
from referentiel.rules.identifiants import mettre_au_propre, pourquoi_pas_un_uai
from referentiel.rules.jeu import Affichage, Case, Resultat, defauts_de_matrice, dire_couple
from referentiel.rules.refus import PeriodeClose, Refus


def pourquoi_pas_maintenant(campagne: Campagne, nature: Nature, *, etablissement_id: int, le: datetime) -> str | None:
    """Raison pour laquelle l'étape `nature` est fermée à cet établissement à l'instant `le`, ou `None` (R1, R4).

    La dérogation de l'établissement n'est lue que si le calendrier répond non.
    """
    if not campagne.est_ouverte:
        return f"La campagne « {campagne.intitule} » n’est pas ouverte : consultation seule."
    grace = campagne.regles.grace_accordee
    raison = pourquoi_pas(campagne.calendrier, nature, le, grace=grace)
    if raison is None:
        return None
    derogation = _derogation(campagne, nature, etablissement_id)
    return pourquoi_pas(campagne.calendrier, nature, le, derogation=derogation, grace=grace) if derogation else raison


def exiger_periode(campagne: Campagne, nature: Nature, *, etablissement_id: int, le: datetime) -> None:
    """Lève `PeriodeClose`, avec la date limite, si l'étape n'est pas ouverte à l'instant `le` (R4)."""
    if raison := pourquoi_pas_maintenant(campagne, nature, etablissement_id=etablissement_id, le=le):
        raise PeriodeClose(nature, raison)


def exiger_une_des_periodes(
    campagne: Campagne, natures: Sequence[Nature], *, etablissement_id: int, le: datetime
) -> None:
    """Lève `PeriodeClose` si aucune des étapes `natures`, données dans l'ordre, n'est ouverte à l'instant `le` (R4).

    Avant la première, la raison dit quand elle ouvre ; ensuite, quand la dernière a fermé.
    """
    raisons = []
    for nature in natures:
        raison = pourquoi_pas_maintenant(campagne, nature, etablissement_id=etablissement_id, le=le)
        if raison is None:
            return
        raisons.append((nature, raison))
    ouverture = campagne.calendrier.bornes(natures[0]).ouvre_a()
    raise PeriodeClose(*raisons[0 if ouverture and le < ouverture else -1])


def _derogation(campagne: Campagne, nature: Nature, etablissement_id: int) -> date | None:
    return (
        Derogation.objects.filter(campagne=campagne, nature=nature, etablissement=etablissement_id)
        .values_list("jusqu_au", flat=True)
        .first()
    )


# Campagnes -------------------------------------------------------------------------------------------------


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
        raise Refus(f"Le préréglage « {prereglage} » n’existe pas.") from None
    retenu = modele.calendrier_de(annee) if calendrier is None else calendrier
    return _preparer(
        Campagne(academie=academie, annee=annee, intitule=intitule),
        calendrier=retenu,
        regles=dict(modele.regles),
        matrice=modele.matrice,
        mots=prereglages.mots_a_rappeler(),
        phrase=f"Campagne préparée d’après « {modele.nom} ».",
        par=par,
        le=le,
    )


@transaction.atomic
def dupliquer_la_campagne(
    *, campagne: Campagne, annee: int, intitule: str, par: Personne | None, le: datetime
) -> Campagne:
    """Prépare une campagne qui reprend calendrier, règles, matrice et mots de `campagne` (écran S8).

    Les dates sont portées à `annee`. Lève `Refus` si l'intitulé est pris.
    """
    regles = campagne.regles
    champs = [champ.name for champ in regles._meta.concrete_fields if champ.name not in {"id", "campagne"}]
    return _preparer(
        Campagne(academie=campagne.academie, annee=annee, intitule=intitule),
        calendrier=prereglages.transposer(campagne.calendrier, annee),
        regles={champ: getattr(regles, champ) for champ in champs},
        matrice=tuple(regles.matrice.values()),
        mots=list(campagne.mots_a_rappeler.values_list("famille", "mot")),
        phrase=f"Campagne préparée d’après « {campagne.intitule} ».",
        par=par,
        le=le,
    )


@transaction.atomic
def garnir_le_catalogue(*, campagne: Campagne, par: Personne | None, le: datetime) -> None:
    """Pose les 29 domaines et les 57 formations dans le catalogue de `campagne`, encore vide (R7).

    Lève `Refus` si le catalogue a déjà un domaine ou si la campagne est close.
    """
    campagne = _verrouiller(campagne)
    _exiger_non_close(campagne)
    if campagne.domaines.exists():
        raise Refus("Le catalogue de cette campagne a déjà des domaines : complétez-le plutôt que de le garnir.")
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
        raise Refus(f"Cette campagne est « {campagne.get_etat_display().lower()} » : elle ne s’ouvre pas.")
    if defauts := defauts_d_ouverture(campagne):
        raise Refus(" ".join(defauts))
    campagne.etat = Campagne.Etat.OUVERTE
    _enregistrer(campagne)
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


def defauts_d_ouverture(campagne: Campagne) -> list[str]:
    """Ce qui empêche d'ouvrir `campagne`, une phrase par défaut ; liste vide si rien ne manque (R3, R6)."""
    calendrier, regles = campagne.calendrier, campagne.regles
    cases = [case.en_case for case in regles.cases.all()]
    sans_points = (
        [
            f"Points manquants pour {dire_couple(case.origine, case.accueil)}."
            for case in cases
            if case.points is None and case.resultat is not Resultat.INCOMPLET
        ]
        if regles.affichage == Affichage.AVEC_BONUS
        else []
    )
    return [
        *dates_manquantes(calendrier),
        *incoherences(calendrier),
        *defauts_de_matrice(cases, regles.couples_attendus),
        *sans_points,
    ]


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
            f"Dérogation accordée à {etablissement.nom_et_commune} : {LIBELLES[nature].lower()} "
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
    _enregistrer(campagne)
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


def _poser_les_domaines(campagne: Campagne) -> Iterable[tuple[Domaine, list[dict[str, str]]]]:
    for bloc in prereglages.catalogue():
        domaine = Domaine.objects.create(campagne=campagne, nom=bloc["nom"], modalite=bloc["modalite"])
        yield domaine, bloc["formations"]


def _verrouiller(campagne: Campagne) -> Campagne:
    return Campagne.objects.select_for_update(of=("self",)).avec_regles().get(pk=campagne.pk)


def _exiger_non_close(campagne: Campagne) -> None:
    if campagne.etat == Campagne.Etat.CLOSE:
        raise Refus(f"La campagne « {campagne.intitule} » est close : plus rien n’y change.")


def _enregistrer(objet: models.Model) -> None:
    """Enregistre `objet` ; lève `Refus`, avec la phrase de la contrainte, si la base le refuse."""
    try:
        with transaction.atomic():
            objet.save()
    except IntegrityError as erreur:
        raise Refus(phrase_de_la_contrainte(erreur)) from erreur


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


# Académies et établissements -------------------------------------------------------------------------------

CHAMPS_D_ETABLISSEMENT = {
    "nom",
    "type",
    "secteur",
    "contrat",
    "adresse",
    "code_postal",
    "commune",
    "departement",
    "latitude",
    "longitude",
    "telephone",
    "messagerie",
    "chef",
}


@dataclass(frozen=True, slots=True)
class Chargement:
    """Ce qu'un chargement a fait : nombres d'établissements créés, modifiés, laissés tels quels."""

    crees: int = 0
    modifies: int = 0
    inchanges: int = 0


@transaction.atomic
def charger_les_academies() -> dict[str, Academie]:
    """Crée ou met à jour Créteil, Paris et Versailles ; les rend par code."""
    return {
        ligne["code"]: Academie.objects.update_or_create(
            code=ligne["code"], defaults={"nom": ligne["nom"], "departements": ligne["departements"]}
        )[0]
        for ligne in prereglages.academies()
    }


@transaction.atomic
def charger_etablissements(
    *, academie: Academie, lignes: Iterable[Mapping[str, Any]], par: Personne | None, le: datetime
) -> Chargement:
    """Crée ou met à jour les établissements de `lignes` dans `academie`, tous ou aucun (R9, R10).

    Une ligne porte `uai`, `nom`, `type`, `commune`, `departement` et, si on les a, les autres champs de
    l'établissement et `sep`, le second UAI de sa section d'enseignement professionnel. Charger deux fois les
    mêmes lignes ne change rien la seconde. Lève `Refus` avec chaque ligne fautive.
    """
    propres = [dict(ligne) | {"uai": mettre_au_propre(str(ligne.get("uai", "")))} for ligne in lignes]
    if fautes := _fautes_des_lignes(academie, propres):
        raise Refus(" ".join(fautes))
    connus = Etablissement.objects.select_for_update(of=("self",)).in_bulk(
        [ligne["uai"] for ligne in propres], field_name="uai"
    )
    faits = Counter(_charger(academie, ligne, connus.get(ligne["uai"]), par, le) for ligne in propres)
    return Chargement(faits["crees"], faits["modifies"], faits["inchanges"])


def _fautes_des_lignes(academie: Academie, lignes: list[dict[str, Any]]) -> list[str]:
    ailleurs = set(
        Etablissement.objects.filter(uai__in=[ligne["uai"] for ligne in lignes])
        .exclude(academie=academie)
        .values_list("uai", flat=True)
    )
    vus: Counter[str] = Counter(ligne["uai"] for ligne in lignes)
    fautes = []
    for numero, ligne in enumerate(lignes, start=1):
        raisons = [
            *filter(None, (pourquoi_pas_un_uai(uai) for uai in (ligne["uai"], ligne.get("sep")) if uai is not None)),
            *(f"« {champ} » manque." for champ in ("nom", "type", "commune", "departement") if not ligne.get(champ)),
            *(["Cet établissement figure deux fois."] if vus[ligne["uai"]] > 1 else []),
            *(["Cet établissement est dans une autre académie."] if ligne["uai"] in ailleurs else []),
        ]
        fautes += [f"Ligne {numero} ({ligne['uai']}) : {raison}" for raison in raisons]
    return fautes


def _charger(
    academie: Academie,
    ligne: dict[str, Any],
    connu: Etablissement | None,
    par: Personne | None,
    le: datetime,
) -> str:
    etablissement = connu or Etablissement(uai=ligne["uai"], academie=academie)
    avant = {champ: getattr(etablissement, champ) for champ in CHAMPS_D_ETABLISSEMENT & ligne.keys()}
    apres = {champ: valeur for champ, valeur in ligne.items() if champ in avant and valeur != avant[champ]}
    for champ, valeur in apres.items():
        setattr(etablissement, champ, valeur)
    if apres or not connu:
        _enregistrer(etablissement)
        fait, phrase = ("modification", "Établissement mis à jour.") if connu else ("creation", "Établissement créé.")
        avant_dit = {champ: avant[champ] for champ in apres} if connu else {}
        consigner(objet=etablissement, fait=fait, phrase=phrase, par=par, le=le, avant=avant_dit, apres=apres)
    if ligne.get("sep"):
        _relier_la_sep(etablissement, ligne["sep"])
    if not connu:
        return "crees"
    return "modifies" if apres else "inchanges"


def _relier_la_sep(etablissement: Etablissement, uai: str) -> None:
    alias, _ = AliasUai.objects.get_or_create(
        uai=mettre_au_propre(uai),
        defaults={"etablissement": etablissement, "libelle": "Section d’enseignement professionnel"},
    )
    if alias.etablissement_id != etablissement.pk:
        raise Refus(f"L’UAI {alias.uai} est déjà l’alias d’un autre établissement.")
