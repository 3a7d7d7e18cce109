"""Annoncer, rappeler, remplacer : les versions d'une convocation et les courriels qui les portent (R25).

Un courriel qui part tient sa ligne et attend les candidatures ; rien ici n'attend donc jamais une ligne de
courriel (`skip_locked`) : ce qui est tenu est en train de partir, et compte pour parti.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max

from candidatures.models import Candidature, Eleve
from candidatures.rules import Etat
from candidatures.services import faire_passer_plusieurs
from candidatures.services.preinscriptions import courriels_confirmes, liens_de_suivi
from comptes.models import Personne
from comptes.services import consigner_plusieurs
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import est_une_adresse, poster_plusieurs, rappeler, remettre_en_file, renvoyer
from entretiens.emails import Destination, courriel_au_saio, courriel_de_convocations
from entretiens.models import Convocation, Entretien, Envoi
from entretiens.rules import EtatEntretien, NatureConvocation
from referentiel.models import Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import dire_instant
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode

SANS_SUITE = (EtatCourriel.RAPPELE, EtatCourriel.ABANDONNE)
REFUS_DEFINITIF = "5"


@transaction.atomic
def confirmer(
    *,
    etablissement: Etablissement,
    campagne: Campagne,
    entretiens: Iterable[Entretien],
    par: Personne | None,
    le: datetime,
) -> Envoi:
    """Annonce des entretiens planifiés : convocations et courriels s'écrivent ensemble, et partent après le délai
    de rappel (R25).

    Un courriel par messagerie d'établissement d'origine, un par personne référente, chacun avec ses élèves. Une
    adresse absente ou fausse n'empêche rien : elle se lit sur la page de l'envoi. Ce qui est déjà annoncé est
    laissé. Lève `PeriodeClose`, ou `Refus` s'il ne reste rien à annoncer ou si un entretien est déjà passé.
    """
    exiger_periode(campagne, Nature.CONVOCATIONS, etablissement_id=etablissement.pk, le=le)
    a_annoncer = _verrouiller_les_entretiens(entretiens, etablissement, campagne)
    if not a_annoncer:
        raise Refus("Ces convocations sont déjà confirmées.")
    if passes := [str(e.candidature.eleve) for e in a_annoncer if e.periode.lower <= le]:
        raise Refus(f"Entretien déjà commencé : {', '.join(passes)}. Déplacez-le avant de le convoquer.")
    envoi = Envoi.objects.create(
        etablissement=etablissement,
        campagne=campagne,
        par=par,
        le=le,
        part_le=le + timedelta(minutes=campagne.regles.delai_de_rappel),
    )
    _annoncer(envoi, a_annoncer, le=le)
    return envoi


@transaction.atomic
def rappeler_l_envoi(*, envoi: Envoi, par: Personne | None, le: datetime) -> None:
    """Rappelle un envoi tant que son délai court : aucun courriel ne part, les créneaux restent réservés (R25).

    Lève `Refus` si le délai est passé, si un courriel est parti ou si l'envoi est déjà rappelé.
    """
    exiger_periode(envoi.campagne, Nature.FERMETURE, etablissement_id=envoi.etablissement_id, le=le)
    ligne = Envoi.objects.select_for_update(of=("self",)).get(pk=envoi.pk)
    if ligne.rappele_le:
        raise Refus("Cet envoi est déjà annulé.")
    if le >= ligne.part_le:
        raise Refus("Les courriels sont partis : cet envoi ne peut plus être annulé.")
    convocations = Convocation.objects.filter(envoi=ligne)
    candidatures = list(_verrouiller_les_candidatures(convocations.values("entretien__candidature")))
    courriels = Courriel.objects.filter(convocations__envoi=ligne).exclude(etat=EtatCourriel.RAPPELE).distinct()
    attendent = _prendre(courriels)
    if len(attendent) < courriels.count() or not rappeler(attendent):
        raise Refus("Les courriels sont en train de partir : cet envoi ne peut plus être annulé.")
    ligne.rappele_le = le
    ligne.save(update_fields=["rappele_le"])
    for convocation in convocations.filter(sequence=F("entretien__sequence")).select_related("entretien"):
        _revenir_a_l_annonce_precedente(convocation.entretien)
    phrases = [(candidature, "Envoi de la convocation annulé avant son départ.") for candidature in candidatures]
    consigner_plusieurs(phrases=phrases, fait="convocation_rappelee", par=par, le=le)


@transaction.atomic
def noter_le_depart(*, courriel: Courriel, le: datetime) -> None:
    """Au départ du premier courriel d'une convocation, la candidature planifiée devient convoquée (écran 6.5).

    Une candidature qui est ailleurs qu'en « planifiée » est laissée comme elle est.
    """
    annonces = courriel.convocations.exclude(nature=NatureConvocation.ANNULATION).en_vigueur()
    _convoquer(_verrouiller_les_candidatures(annonces.values("entretien__candidature")), le)


@transaction.atomic
def reprendre_les_convocations(*, le: datetime) -> int:
    """Remet d'aplomb ce qu'un départ simultané a pu laisser ; rend le nombre de courriels refaits.

    Un courriel en attente qui porte une convocation remplacée est refait sans elle ; une candidature encore
    « planifiée » dont la convocation est partie devient convoquée.
    """
    perimees = Convocation.objects.exclude(sequence=F("entretien__sequence"), envoi__rappele_le__isnull=True)
    a_refaire = Courriel.objects.filter(convocations__in=perimees, etat=EtatCourriel.A_ENVOYER).distinct()
    refaits = _refaire_sans(_prendre(a_refaire), le=le)
    parties = Convocation.objects.en_vigueur().filter(
        courriels__etat=EtatCourriel.ENVOYE, entretien__candidature__etat=Etat.PLANIFIEE
    )
    annonces = parties.exclude(nature=NatureConvocation.ANNULATION)
    _convoquer(_verrouiller_les_candidatures(annonces.values("entretien__candidature")), le)
    return refaits


@transaction.atomic
def completer_l_envoi(*, envoi: Envoi, par: Personne | None, le: datetime) -> int:
    """Poste les courriels qui manquent à un envoi depuis qu'une adresse est connue ; rend leur nombre.

    Lève `PeriodeClose`, ou `Refus` s'il n'en manque aucun.
    """
    exiger_periode(envoi.campagne, Nature.CONVOCATIONS, etablissement_id=envoi.etablissement_id, le=le)
    if envoi.rappele_le:
        raise Refus("Cet envoi est annulé : envoyez de nouveau les convocations.")
    convocations = list(Convocation.objects.en_vigueur().filter(envoi=envoi).avec_document())
    ecrites: dict[int, set[str]] = defaultdict(set)
    couples = Courriel.objects.filter(convocations__in=convocations).exclude(etat=EtatCourriel.RAPPELE)
    for cle, adresse in couples.values_list("convocations", "destinataire"):
        ecrites[cle].add(adresse.lower())
    manquantes = [
        Destination(destination.adresse, destination.nature, restantes)
        for destination in destinations(convocations)
        if (restantes := tuple(c for c in destination.convocations if destination.adresse not in ecrites[c.pk]))
    ]
    if not manquantes:
        raise Refus("Aucune adresse nouvelle : complétez d’abord la messagerie ou la personne référente.")
    _poster(envoi, manquantes, part_le=max(le, envoi.part_le), le=le)
    phrases = [(c.entretien.candidature, "Convocation envoyée à une adresse corrigée.") for c in convocations]
    consigner_plusieurs(phrases=phrases, fait="convocation_completee", par=par, le=le)
    return len(manquantes)


@transaction.atomic
def renvoyer_le_courriel(
    *, envoi: Envoi, courriel: Courriel, destinataire: str, par: Personne | None, le: datetime
) -> None:
    """Remet en file un courriel non distribué, à l'une des adresses connues de ses élèves (R25).

    Lève `Refus` si l'adresse a déjà été refusée, n'est pas connue, ou si la convocation a été remplacée.
    """
    exiger_periode(envoi.campagne, Nature.CONVOCATIONS, etablissement_id=envoi.etablissement_id, le=le)
    convocations = list(courriel.convocations.en_vigueur().filter(envoi=envoi).avec_document())
    if not convocations:
        raise Refus("Cette convocation a été remplacée : la nouvelle est partie à sa place.")
    if destinataire.lower() not in adresses_possibles(convocations):
        raise Refus("Choisissez la messagerie de l’établissement d’origine ou la personne référente.")
    refusee = destinataire.lower() == courriel.destinataire.lower()
    if refusee and courriel.derniere_erreur.startswith(REFUS_DEFINITIF):
        raise Refus("Cette adresse a déjà été refusée. Corrigez-la avant de renvoyer.")
    try:
        renvoyer(courriel=courriel, destinataire=destinataire, le=le)
    except ValidationError as erreur:
        raise Refus(" ".join(erreur.messages)) from erreur
    phrases = [(c.entretien.candidature, "Convocation renvoyée.") for c in convocations]
    consigner_plusieurs(phrases=phrases, fait="convocation_renvoyee", par=par, le=le)


@transaction.atomic
def marquer_remises(
    *,
    etablissement: Etablissement,
    campagne: Campagne,
    convocations: Iterable[Convocation],
    par: Personne | None,
    le: datetime,
) -> int:
    """Note que des convocations ont été remises aux élèves ; rend leur nombre, sans compter celles qui l'étaient.

    Lève `Refus` si l'une d'elles a été remplacée ou annulée.
    """
    exiger_periode(campagne, Nature.FERMETURE, etablissement_id=etablissement.pk, le=le)
    cles = [convocation.pk for convocation in convocations]
    if not cles:
        raise Refus("Sélectionnez au moins un élève.")
    lignes = list(
        Convocation.objects.select_for_update(of=("self",))
        .de_l_origine(campagne, etablissement.pk)
        .select_related("entretien__candidature")
        .filter(pk__in=cles)
        .order_by("pk")
    )
    en_vigueur = set(Convocation.objects.en_vigueur().parties(le).filter(pk__in=cles).values_list("pk", flat=True))
    if any(ligne.pk not in en_vigueur or ligne.est_annulee for ligne in lignes):
        raise Refus("Cette convocation a été remplacée. Imprimez la nouvelle.")
    a_noter = [ligne for ligne in lignes if ligne.remise_le is None]
    Convocation.objects.filter(pk__in=[ligne.pk for ligne in a_noter]).update(remise_le=le)
    phrases = [(ligne.entretien.candidature, "Convocation remise à l’élève.") for ligne in a_noter]
    consigner_plusieurs(phrases=phrases, fait="convocation_remise", par=par, le=le)
    return len(a_noter)


def annoncer_le_deplacement(*, entretien: Entretien, par: Personne | None, le: datetime) -> Envoi | None:
    """Remplace ce qui était annoncé d'un entretien qui vient de changer d'heure ; rien s'il ne l'était pas.

    La candidature est verrouillée par l'appelant.
    """
    en_attente = _annonce_en_vigueur(entretien)
    if en_attente is None:
        return None
    partie = retirer_du_courrier(entretien, le=le)
    envoi = _envoi_seul(entretien, par=par, le=le, part_le=le if partie else max(le, en_attente.envoi.part_le))
    _annoncer(envoi, [entretien], le=le)
    return envoi


def annoncer_l_annulation(
    *, entretien: Entretien, par: Personne | None, le: datetime, part_le: datetime | None = None
) -> Envoi | None:
    """Annule ce qui était annoncé : rappelle ce qui attendait, prévient de ce qui était parti (R18, R25).

    `part_le` laisse le temps de revenir sur un désistement ; sans lui, l'annonce part aussitôt.
    """
    partie = retirer_du_courrier(entretien, le=le)
    if partie is None:
        return None
    envoi = _envoi_seul(entretien, par=par, le=le, part_le=part_le or le)
    _annoncer(envoi, [entretien], le=le, nature=NatureConvocation.ANNULATION)
    return envoi


def reprendre_l_annonce(*, entretien: Entretien, par: Personne | None, le: datetime) -> None:
    """Remet en vigueur ce qui était annoncé d'un entretien rétabli : son annulation ne part pas (écran 6.5).

    Une convocation rappelée avant son départ est refaite. La candidature est verrouillée par l'appelant. Lève
    `Refus` si l'annulation est partie.
    """
    annonce = _annonce_en_vigueur(entretien)
    if annonce and annonce.est_annulee:
        rappeler_l_envoi(envoi=annonce.envoi, par=par, le=le)
        entretien.refresh_from_db(fields=["sequence"])
    annonces = Convocation.objects.filter(entretien=entretien, envoi__rappele_le__isnull=True)
    derniere = annonces.exclude(nature=NatureConvocation.ANNULATION).select_related("envoi").order_by("sequence").last()
    if derniere and not derniere.courriels.exclude(etat__in=SANS_SUITE).exists():
        envoi = _envoi_seul(entretien, par=par, le=le, part_le=max(le, derniere.envoi.part_le))
        _annoncer(envoi, [entretien], le=le)


@transaction.atomic
def readresser_les_convocations(*, eleve: Eleve, le: datetime) -> int:
    """Adresse à son nouvel établissement les convocations d'un élève transféré ; rend le nombre de courriels (R12).

    Ce qui attendait de partir à l'ancienne adresse n'y part plus ; un dossier rendu fait repartir ce qui y avait été
    rappelé. L'élève est verrouillé par l'appelant.
    """
    prevues = Convocation.objects.en_vigueur().filter(
        entretien__eleve=eleve, entretien__etat=EtatEntretien.PREVU, envoi__rappele_le__isnull=True
    )
    convocations = list(prevues.exclude(nature=NatureConvocation.ANNULATION).avec_document())
    cles = {convocation.pk for convocation in convocations}
    attendent = Courriel.objects.filter(convocations__in=cles, etat=EtatCourriel.A_ENVOYER).distinct()
    _refaire_sans(_prendre(attendent), le=le, retirees=cles)
    postes = 0
    for convocation in convocations:
        vers, part_le = destinations([convocation]), max(le, convocation.envoi.part_le)
        _poster(convocation.envoi, vers, part_le=part_le, le=le)
        remettre_en_file(cles=[destination.cle(convocation.envoi) for destination in vers], part_le=part_le)
        postes += len(vers)
    return postes


def prevenir_le_saio(*, entretien: Entretien, le: datetime) -> None:
    """Le SAIO sait qu'un élève inscrit ne sera pas convoqué (R26)."""
    poster_ceux_qui_ont_une_adresse([courriel_au_saio(entretien)], le=le)


def poster_ceux_qui_ont_une_adresse(envois: Sequence[dict[str, Any]], *, le: datetime) -> list[Courriel]:
    return poster_plusieurs([envoi for envoi in envois if est_une_adresse(envoi["destinataire"])], le=le)


def retirer_du_courrier(entretien: Entretien, *, le: datetime) -> Convocation | None:
    """Rappelle les courriels qui attendaient d'annoncer `entretien` ; rend la convocation déjà partie, s'il y en a une.

    Un courriel commun à d'autres élèves est refait pour eux. Une version jamais partie ne compte plus.
    """
    convocation = _annonce_en_vigueur(entretien)
    if convocation is None:
        return None
    attendent = _prendre(convocation.courriels.filter(etat=EtatCourriel.A_ENVOYER))
    _refaire_sans(attendent, le=le, retirees={convocation.pk})
    if convocation.courriels.exclude(etat__in=SANS_SUITE).exists():
        return convocation
    _revenir_a_l_annonce_precedente(entretien)
    return retirer_du_courrier(entretien, le=le)


def destinations(convocations: Iterable[Convocation]) -> list[Destination]:
    """À qui écrire : chaque messagerie d'origine et chaque personne référente, sans doublon d'adresse (écran 5.1).

    Les adresses absentes ou fausses sont laissées.
    """
    groupes: dict[tuple[int, str, str], list[Convocation]] = defaultdict(list)
    convocations = list(convocations)
    confirmes = _confirmes_de(convocations)
    for convocation in convocations:
        origine = convocation.entretien.candidature.eleve.etablissement_id
        for adresse in adresses_de(convocation, confirmes):
            groupes[(origine, convocation.nature, adresse)].append(convocation)
    return [
        Destination(adresse, NatureConvocation(nature), tuple(groupe))
        for (_, nature, adresse), groupe in groupes.items()
    ]


def adresses_de(convocation: Convocation, confirmes: Mapping[int, str] | None = None) -> list[str]:
    """Messagerie de l'établissement d'origine, puis personne référente, celles qui sont de vraies adresses.

    Sans messagerie, un établissement pré-inscrit est joint à l'adresse qu'il a confirmée (R21). `confirmes` donne ces
    adresses par élève, quand elles sont déjà lues.
    """
    eleve = convocation.entretien.candidature.eleve
    if confirmes is None:
        confirmes = _confirmes_de([convocation])
    messagerie = eleve.etablissement.messagerie.strip() or confirmes.get(eleve.pk, "")
    voulues = (messagerie.lower(), eleve.referent_courriel.strip().lower())
    return [adresse for adresse in dict.fromkeys(voulues) if est_une_adresse(adresse)]


def _confirmes_de(convocations: Sequence[Convocation]) -> dict[int, str]:
    """Adresses confirmées des élèves dont l'établissement n'a pas de messagerie ; aucune requête s'ils en ont tous."""
    eleves = (convocation.entretien.candidature.eleve for convocation in convocations)
    sans_messagerie = {eleve.pk for eleve in eleves if not eleve.etablissement.messagerie.strip()}
    return courriels_confirmes(sans_messagerie) if sans_messagerie else {}


def adresses_possibles(convocations: Iterable[Convocation]) -> list[str]:
    """Adresses auxquelles des convocations peuvent être renvoyées toutes ensemble."""
    communes = [adresses_de(convocation) for convocation in convocations]
    return [adresse for adresse in communes[0] if all(adresse in autres for autres in communes)]


def _verrouiller_les_entretiens(
    entretiens: Iterable[Entretien], etablissement: Etablissement, campagne: Campagne
) -> list[Entretien]:
    """Prend les candidatures, puis les entretiens qui restent à annoncer."""
    cles = [entretien.pk for entretien in entretiens]
    _verrouiller_les_candidatures(Entretien.objects.filter(pk__in=cles).values("candidature"))
    return list(
        Entretien.objects.select_for_update(of=("self",), no_key=True)
        .de_l_accueil(campagne, etablissement.pk)
        .a_confirmer()
        .avec_lieu()
        .select_related("candidature__eleve")
        .filter(pk__in=cles)
        .order_by("pk")
    )


def _verrouiller_les_candidatures(cles: Any) -> list[Candidature]:
    return list(
        Candidature.objects.select_for_update(of=("self",), no_key=True)
        .select_related("eleve")
        .filter(pk__in=cles)
        .order_by("pk")
    )


def _convoquer(verrouillees: Sequence[Candidature], le: datetime) -> None:
    planifiees = [candidature for candidature in verrouillees if candidature.etat == Etat.PLANIFIEE]
    if planifiees:
        faire_passer_plusieurs(
            candidatures=planifiees,
            vers=Etat.CONVOQUEE,
            fait="convocation",
            phrases=["Convocation envoyée à l’établissement d’origine."] * len(planifiees),
            par=None,
            le=le,
        )


def _envoi_seul(entretien: Entretien, *, par: Personne | None, le: datetime, part_le: datetime) -> Envoi:
    accueil = entretien.creneau.seance.accueil
    return Envoi.objects.create(
        etablissement=accueil.etablissement, campagne_id=accueil.domaine.campagne_id, par=par, le=le, part_le=part_le
    )


def _annoncer(
    envoi: Envoi, entretiens: Sequence[Entretien], *, le: datetime, nature: NatureConvocation | None = None
) -> None:
    """Écrit une version de plus de chaque convocation et poste les courriels qui les portent."""
    cles = [entretien.pk for entretien in entretiens]
    precedentes = {
        convocation.entretien_id: convocation
        for convocation in Convocation.objects.en_vigueur().filter(entretien__in=cles)
    }
    numeros = dict(
        Convocation.objects.filter(entretien__in=cles)
        .values("entretien")
        .annotate(dernier=Max("sequence"))
        .values_list("entretien", "dernier")
    )
    for entretien in entretiens:
        entretien.sequence = numeros.get(entretien.pk, 0) + 1
    Convocation.objects.bulk_create(
        _version(envoi, entretien, precedentes.get(entretien.pk), nature) for entretien in entretiens
    )
    Entretien.objects.bulk_update(entretiens, ["sequence"])
    phrases = [(entretien.candidature, _dire_l_annonce(entretien, nature, envoi)) for entretien in entretiens]
    consigner_plusieurs(phrases=phrases, fait="convocation_confirmee", par=envoi.par, le=le)
    convocations = list(Convocation.objects.filter(envoi=envoi).avec_document())
    _poster(envoi, destinations(convocations), part_le=envoi.part_le, le=le)


def _version(
    envoi: Envoi, entretien: Entretien, precedente: Convocation | None, nature: NatureConvocation | None
) -> Convocation:
    suite = NatureConvocation.MODIFICATION if precedente else NatureConvocation.INITIALE
    return Convocation(
        entretien=entretien,
        envoi=envoi,
        nature=nature or suite,
        sequence=entretien.sequence,
        periode=entretien.periode,
        lieu=entretien.lieu,
        remplace=precedente.periode if precedente else None,
    )


def _dire_l_annonce(entretien: Entretien, nature: NatureConvocation | None, envoi: Envoi) -> str:
    quand = dire_instant(entretien.periode.lower)
    if nature is NatureConvocation.ANNULATION:
        return f"Annulation de l’entretien du {quand} annoncée à l’établissement d’origine."
    return f"Convocation pour le {quand} confirmée, départ le {dire_instant(envoi.part_le)}."


def _poster(envoi: Envoi, vers: Sequence[Destination], *, part_le: datetime, le: datetime) -> None:
    courriels = poster_plusieurs(
        [
            courriel_de_convocations(destination, envoi, part_le=part_le, suivis=_suivis_de(destination, le=le))
            for destination in vers
        ],
        le=le,
    )
    liens = Convocation.courriels.through
    liens.objects.bulk_create(
        (
            liens(convocation_id=convocation.pk, courriel_id=courriel.pk)
            for destination, courriel in zip(vers, courriels, strict=True)
            for convocation in destination.convocations
        ),
        ignore_conflicts=True,
    )


def _suivis_de(destination: Destination, *, le: datetime) -> dict[int, str] | None:
    """Liens de suivi des élèves pré-inscrits à cette adresse, par élève ; `None` si l'établissement se connecte."""
    if not _confirmes_de(destination.convocations):
        return None
    eleves = [convocation.entretien.candidature.eleve for convocation in destination.convocations]
    return liens_de_suivi(eleves=eleves, courriel=destination.adresse, le=le)


def _prendre(courriels: Any) -> list[Courriel]:
    """Verrouille les courriels encore en attente ; ceux que l'atelier tient déjà sont laissés."""
    cles = list(courriels.values_list("pk", flat=True))
    attendent = Courriel.objects.select_for_update(of=("self",), skip_locked=True)
    return list(attendent.filter(pk__in=cles, etat=EtatCourriel.A_ENVOYER).order_by("pk"))


def _refaire_sans(courriels: Sequence[Courriel], *, le: datetime, retirees: Iterable[int] = ()) -> int:
    """Rappelle des courriels et les refait, à la même adresse et pour la même heure, avec ce qui tient encore."""
    if not courriels:
        return 0
    rappeler(courriels)
    for courriel in courriels:
        restantes = list(courriel.convocations.en_vigueur().exclude(pk__in=retirees).avec_document())
        if restantes:
            destination = Destination(courriel.destinataire, NatureConvocation(restantes[0].nature), tuple(restantes))
            _poster(restantes[0].envoi, [destination], part_le=courriel.prochain_essai_le, le=le)
    return len(courriels)


def _annonce_en_vigueur(entretien: Entretien) -> Convocation | None:
    return Convocation.objects.en_vigueur().filter(entretien=entretien).select_related("envoi").first()


def _revenir_a_l_annonce_precedente(entretien: Entretien) -> None:
    precedentes = Convocation.objects.filter(
        entretien=entretien, sequence__lt=entretien.sequence, envoi__rappele_le__isnull=True
    )
    entretien.sequence = precedentes.aggregate(derniere=Max("sequence"))["derniere"] or 0
    entretien.save(update_fields=["sequence"])
