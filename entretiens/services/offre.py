"""Ce qu'un lycée tient de son offre : modalité, lieu, accès, contact, consignes, et sa confirmation (R7, R8, A15)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from candidatures.models import Candidature
from candidatures.rules import Etat
from candidatures.services.inscriptions import modalite_a_l_inscription
from comptes.models import Personne
from comptes.services import consigner, consigner_plusieurs
from entretiens.models import Entretien, Seance
from entretiens.services.convocations import annoncer_les_changements, exiger_l_accord
from entretiens.services.convocations.confirmation import exiger_de_quoi_convoquer
from entretiens.services.convocations.verrous import verrouiller_les_candidatures
from referentiel.models import Accueil, Campagne, Etablissement, Offre
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import INSECABLE, dire_jour, jour_de
from referentiel.rules.jeu import LIBELLES_MODALITES, ChoixDeLaModalite, Modalite, laisse_choisir
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode, tenir_la_campagne, verifier_les_accueils

NOMS = {
    "modalite": "modalité",
    "lieu": "lieu des entretiens",
    "acces": "accès",
    "contact_nom": "contact",
    "contact_telephone": "téléphone du contact",
    "contact_courriel": "courriel du contact",
    "consignes": "consignes",
}
SANS_TRAIT = (Etat.BROUILLON, Etat.INSCRITE)


@dataclass(frozen=True, slots=True)
class Tenue:
    """Ce que l'établissement dit d'un accueil ; `None` laisse la modalité en place."""

    lieu: str
    acces: str
    contact_nom: str
    contact_telephone: str
    contact_courriel: str
    modalite: str | None = None


def choisit_sa_modalite(accueil: Accueil) -> bool:
    """Vrai si le SAIO laisse cet établissement choisir sa modalité pour ce domaine (R7)."""
    regles = accueil.domaine.campagne.regles
    return laisse_choisir(ChoixDeLaModalite(regles.choix_de_la_modalite), du_domaine=Modalite(accueil.domaine.modalite))


@transaction.atomic
def tenir_l_accueil(
    *, accueil: Accueil, tenue: Tenue, d_accord_pour: int = 0, par: Personne | None, le: datetime
) -> int:
    """Change ce que l'établissement dit d'un accueil ; rend le nombre d'élèves qu'un nouveau lieu a fait prévenir.

    `d_accord_pour` est le nombre d'élèves que la personne accepte de prévenir. Lève `PeriodeClose`, `Refus` si la
    modalité n'est pas à choisir ou laisserait des séances sans objet, ou si des élèves convoqués n'avaient plus de
    lieu, `AnnonceAConfirmer` si plus d'élèves sont convoqués au lieu qui change (R7, R25, R39).
    """
    ligne = _verrouiller(accueil, le)
    voulu = {champ: " ".join(valeur.split()) for champ, valeur in asdict(tenue).items() if valeur is not None}
    apres = {champ: valeur for champ, valeur in voulu.items() if valeur != getattr(ligne, champ)}
    if not apres:
        return 0
    if "modalite" in apres:
        _exiger_cette_modalite(ligne, Modalite(apres["modalite"]), le)
    avant_de_changer = ligne.lieu_complet
    _ecrire(ligne, apres, "Offre modifiée", par, le)
    if "modalite" in apres:
        en_attente = Candidature.objects.filter(accueil=ligne, etat__in=SANS_TRAIT)
        verrouiller_les_candidatures(en_attente.values("pk"))
        en_attente.update(modalite=modalite_a_l_inscription(ligne))
    if ligne.lieu_complet == avant_de_changer:
        return 0
    return _prevenir_du_lieu(ligne, d_accord_pour, par, le)


@transaction.atomic
def ecrire_les_consignes(*, accueils: Mapping[Accueil, str], par: Personne | None, le: datetime) -> int:
    """Écrit les consignes que portent les convocations à venir de ces accueils ; rend le nombre de ceux qui changent.

    Ce qui est déjà parti ne change pas. Lève `PeriodeClose`.
    """
    changes = 0
    for accueil, texte in sorted(accueils.items(), key=lambda couple: couple[0].pk):
        ligne, propre = _verrouiller(accueil, le), " ".join(texte.split())
        if propre != ligne.consignes:
            _ecrire(ligne, {"consignes": propre}, "Offre modifiée", par, le)
            changes += 1
    return changes


@transaction.atomic
def presenter_l_offre(*, offre: Offre, presentation: str, par: Personne | None, le: datetime) -> None:
    """Change la façon dont une formation hors Passpro se présente aux élèves (R8).

    Lève `PeriodeClose`, ou `Refus` si le texte est vide ou si la formation se demande dans Passpro.
    """
    campagne = offre.formation.domaine.campagne
    exiger_periode(campagne, Nature.FERMETURE, etablissement_id=offre.etablissement_id, le=le)
    tenir_la_campagne(campagne.pk)
    ligne = Offre.objects.select_for_update(of=("self",), no_key=True).get(pk=offre.pk)
    if not ligne.hors_passpro:
        raise Refus("Cette formation se demande dans Passpro : elle n’a pas de présentation à part.")
    avant, ligne.presentation = ligne.presentation, " ".join(presentation.split())
    with contraintes_dites():
        ligne.save(update_fields=["presentation"])
    consigner(
        objet=ligne,
        fait="offre_presentee",
        phrase=f"Présentation modifiée{INSECABLE}: {offre.formation}."[:300],
        par=par,
        le=le,
        avant={"presentation": avant},
        apres={"presentation": ligne.presentation},
    )


@transaction.atomic
def confirmer_l_offre(*, etablissement: Etablissement, campagne: Campagne, par: Personne | None, le: datetime) -> int:
    """Note que l'établissement a vérifié son offre pour cette campagne ; rend le nombre d'accueils confirmés.

    Lève `PeriodeClose`, ou `Refus` si l'offre est vide ou s'il manque de quoi convoquer.
    """
    exiger_periode(campagne, Nature.FERMETURE, etablissement_id=etablissement.pk, le=le)
    tenir_la_campagne(campagne.pk)
    accueils = list(
        Accueil.objects.select_for_update(of=("self",), no_key=True)
        .de_la_campagne(campagne)
        .filter(etablissement=etablissement)
        .select_related("domaine", "etablissement")
        .order_by("pk")
    )
    if not accueils:
        raise Refus("Votre offre n’est pas encore saisie. Contactez le SAIO.")
    exiger_de_quoi_convoquer(accueils)
    return verifier_les_accueils(accueils=accueils, par=par, le=le)


def _verrouiller(accueil: Accueil, le: datetime) -> Accueil:
    exiger_periode(accueil.domaine.campagne, Nature.FERMETURE, etablissement_id=accueil.etablissement_id, le=le)
    tenir_la_campagne(accueil.domaine.campagne_id)
    lignes = Accueil.objects.select_for_update(of=("self",), no_key=True)
    return lignes.select_related("domaine__campagne__regles", "etablissement").get(pk=accueil.pk)


def _ecrire(ligne: Accueil, apres: dict[str, str], phrase: str, par: Personne | None, le: datetime) -> None:
    avant = {champ: getattr(ligne, champ) for champ in apres}
    for champ, valeur in apres.items():
        setattr(ligne, champ, valeur)
    with contraintes_dites():
        ligne.save(update_fields=[*apres])
    quoi = ", ".join(NOMS[champ] for champ in apres)
    consigner(
        objet=ligne,
        fait="offre_modifiee",
        phrase=f"{phrase}{INSECABLE}: {quoi}.",
        par=par,
        le=le,
        avant=avant,
        apres=apres,
    )


def _exiger_cette_modalite(ligne: Accueil, modalite: Modalite, le: datetime) -> None:
    if not choisit_sa_modalite(ligne):
        raise Refus("La modalité de ce domaine est fixée par le SAIO.")
    if modalite is Modalite.AU_CHOIX:
        return
    autres = Seance.objects.maintenues().filter(accueil=ligne, periode__startswith__gt=le).exclude(modalite=modalite)
    if autre := autres.order_by("periode").first():
        raise Refus(
            f"Une séance est ouverte en « {LIBELLES_MODALITES[Modalite(autre.modalite)].lower()} » le "
            f"{dire_jour(jour_de(autre.periode.lower), annee=False)} : annulez-la avant de changer de modalité."
        )


def _prevenir_du_lieu(ligne: Accueil, d_accord_pour: int, par: Personne | None, le: datetime) -> int:
    ici = Entretien.objects.annonces().filter(creneau__seance__accueil=ligne, periode__startswith__gt=le)
    verrouiller_les_candidatures(ici.values("candidature"))
    entretiens = list(ici.select_for_update(of=("self",), no_key=True).avec_lieu().order_by("pk"))
    if entretiens:
        exiger_de_quoi_convoquer([ligne])
    exiger_l_accord(len(entretiens), d_accord_pour)
    phrases = [(entretien.candidature, "Lieu de l’entretien changé.") for entretien in entretiens]
    consigner_plusieurs(phrases=phrases, fait="entretien_deplace", par=par, le=le)
    annoncer_les_changements(entretiens=entretiens, par=par, le=le)
    return len(entretiens)
