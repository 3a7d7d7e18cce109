"""« Peut-on le faire maintenant, et sinon pourquoi et jusqu'à quand ? » : la seule réponse de la maison (R1, R4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import inf

from referentiel.rules.calendrier import LIBELLES, SUJETS, Bornes, Calendrier, Nature, est_ouverte, pourquoi_pas
from referentiel.rules.dates import INSECABLE, dire_jour, jour_de
from referentiel.rules.noms import capitale

MINUIT_MOINS_UNE = f"23{INSECABLE}h{INSECABLE}59"

# Titre de la page E5, une fois l'étape close, puis avant qu'elle ouvre.
TITRES: dict[Nature, tuple[str, str]] = {
    Nature.INFORMATION: ("L’information est close", "L’information n’est pas encore ouverte"),
    Nature.INSCRIPTION: ("Les inscriptions sont closes", "Les inscriptions ne sont pas encore ouvertes"),
    Nature.PLANIFICATION: (
        "La planification des entretiens est close",
        "La planification des entretiens n’est pas encore ouverte",
    ),
    Nature.ENTRETIENS: ("Les entretiens sont terminés", "Les entretiens n’ont pas encore commencé"),
    Nature.CONVOCATIONS: ("L’envoi des convocations est clos", "L’envoi des convocations n’est pas encore ouvert"),
    Nature.SAISIE_AVIS_ACCUEIL: (
        "La saisie des avis d’accueil est close",
        "La saisie des avis d’accueil n’est pas encore ouverte",
    ),
    Nature.VISUALISATION: ("La visualisation des avis est close", "La visualisation des avis n’est pas encore ouverte"),
    Nature.VOEUX_AFFELNET: (
        "La saisie des vœux dans Affelnet-Lycée est close",
        "La saisie des vœux dans Affelnet-Lycée n’est pas encore ouverte",
    ),
    Nature.FERMETURE: ("La campagne est close", "La campagne n’est pas encore ouverte"),
}


class Geste(StrEnum):
    """Ce que chacun fait dans une campagne, et que le calendrier ouvre et ferme."""

    AJOUTER_UN_ELEVE = "ajouter_un_eleve"
    MODIFIER_UN_ELEVE = "modifier_un_eleve"
    INSCRIRE = "inscrire"
    CHANGER_D_ACCUEIL = "changer_d_accueil"
    DEMANDER_UN_TRANSFERT = "demander_un_transfert"
    REPONDRE_A_UN_TRANSFERT = "repondre_a_un_transfert"
    SAISIR_LES_AVIS = "saisir_les_avis"
    AVISER_UN_AJOUT = "aviser_un_ajout"
    DESISTER = "desister"
    REMETTRE_LES_CONVOCATIONS = "remettre_les_convocations"
    REMETTRE_LES_FICHES = "remettre_les_fiches"
    NOTER_LES_VOEUX = "noter_les_voeux"
    TENIR_L_OFFRE = "tenir_l_offre"
    PLANIFIER = "planifier"
    ANNULER_UNE_CANDIDATURE = "annuler_une_candidature"
    CONVOQUER = "convoquer"
    RAPPELER_UN_ENVOI = "rappeler_un_envoi"
    SAISIR_LES_PRESENCES = "saisir_les_presences"
    REDIGER = "rediger"
    CORRIGER = "corriger"
    ACCORDER_UN_DELAI = "accorder_un_delai"
    MODIFIER_LE_CALENDRIER = "modifier_le_calendrier"
    RENVOYER_UN_COURRIEL = "renvoyer_un_courriel"


@dataclass(frozen=True, slots=True)
class Acte:
    """Un geste en mots, de quel côté il se fait, et les étapes dont l'une au moins doit être ouverte.

    Sans étape, il suffit que la campagne soit ouverte.
    """

    libelle: str
    cote: str
    natures: tuple[Nature, ...] = ()


ORIGINE, ACCUEIL, ACADEMIE = "origine", "accueil", "academie"
ETAPES = (Nature.INSCRIPTION, Nature.PLANIFICATION, Nature.ENTRETIENS)
ACTES: dict[Geste, Acte] = {
    Geste.AJOUTER_UN_ELEVE: Acte("ajouter des élèves", ORIGINE, (Nature.INFORMATION, Nature.INSCRIPTION)),
    Geste.MODIFIER_UN_ELEVE: Acte("corriger les informations d’un élève", ORIGINE, (Nature.FERMETURE,)),
    Geste.INSCRIRE: Acte("inscrire des élèves", ORIGINE, (Nature.INSCRIPTION,)),
    Geste.CHANGER_D_ACCUEIL: Acte("changer d’établissement d’accueil", ORIGINE, (Nature.INSCRIPTION,)),
    Geste.DEMANDER_UN_TRANSFERT: Acte("demander le transfert d’un élève", ORIGINE, (Nature.INSCRIPTION,)),
    Geste.REPONDRE_A_UN_TRANSFERT: Acte("répondre à une demande de transfert", ORIGINE, (Nature.FERMETURE,)),
    Geste.SAISIR_LES_AVIS: Acte("saisir les avis", ORIGINE, ETAPES),
    Geste.AVISER_UN_AJOUT: Acte(
        "saisir l’avis d’une formation ajoutée à l’entretien", ORIGINE, (Nature.ENTRETIENS, Nature.VISUALISATION)
    ),
    Geste.DESISTER: Acte("enregistrer un désistement", ORIGINE, ETAPES),
    Geste.REMETTRE_LES_CONVOCATIONS: Acte("remettre les convocations", ORIGINE, (Nature.FERMETURE,)),
    Geste.REMETTRE_LES_FICHES: Acte("remettre les fiches récapitulatives", ORIGINE, (Nature.FERMETURE,)),
    Geste.NOTER_LES_VOEUX: Acte("noter la saisie des vœux dans Affelnet-Lycée", ORIGINE, (Nature.VOEUX_AFFELNET,)),
    Geste.TENIR_L_OFFRE: Acte("tenir votre offre et vos consignes", ACCUEIL, (Nature.FERMETURE,)),
    Geste.PLANIFIER: Acte("créer des créneaux et planifier les entretiens", ACCUEIL, (Nature.PLANIFICATION,)),
    Geste.ANNULER_UNE_CANDIDATURE: Acte("annuler une candidature", ACCUEIL, ETAPES),
    Geste.CONVOQUER: Acte("envoyer les convocations", ACCUEIL, (Nature.CONVOCATIONS,)),
    Geste.RAPPELER_UN_ENVOI: Acte("rappeler un envoi qui n’est pas parti", ACCUEIL, (Nature.FERMETURE,)),
    Geste.SAISIR_LES_PRESENCES: Acte("saisir les présences", ACCUEIL, (Nature.SAISIE_AVIS_ACCUEIL,)),
    Geste.REDIGER: Acte("saisir les comptes-rendus et les avis", ACCUEIL, (Nature.SAISIE_AVIS_ACCUEIL,)),
    Geste.CORRIGER: Acte("corriger un compte-rendu transmis", ACCUEIL, (Nature.FERMETURE,)),
    Geste.ACCORDER_UN_DELAI: Acte("accorder un délai à un établissement", ACADEMIE),
    Geste.MODIFIER_LE_CALENDRIER: Acte("modifier le calendrier", ACADEMIE),
    Geste.RENVOYER_UN_COURRIEL: Acte("renvoyer un courriel", ACADEMIE),
}


@dataclass(frozen=True, slots=True)
class Reponse:
    """La réponse du calendrier sur une étape, à un instant.

    `ouvre_le` et `clot_le` sont les bornes qui comptent, `clot_le` exclu et dérogation comprise ; le délai de grâce
    n'y est pas, mais `ouverte` en tient compte. `raison` est vide si `ouverte`. `derogation` est le dernier jour
    accordé à l'établissement, quand il dépasse le calendrier.
    """

    nature: Nature
    ouverte: bool
    raison: str = ""
    ouvre_le: datetime | None = None
    clot_le: datetime | None = None
    derogation: date | None = None
    pas_encore: bool = False

    @property
    def dernier_jour(self) -> date | None:
        return jour_de(self.clot_le - timedelta(microseconds=1)) if self.clot_le else None

    @property
    def echeance(self) -> str:
        """« jusqu’au vendredi 30 avril 2027 inclus (23 h 59, heure de Paris) », ou rien sans date de fin."""
        jour = self.dernier_jour
        return f"jusqu’au {dire_jour(jour)} inclus ({MINUIT_MOINS_UNE}, heure de Paris)" if jour else ""

    @property
    def phrase(self) -> str:
        """Ce que la page dit à côté d'une action : jusqu'à quand, ou pourquoi elle n'y est pas."""
        if not self.ouverte:
            return self.raison
        if not self.echeance:
            return ""
        sujet, ouvert, _ = SUJETS[self.nature]
        if self.derogation:
            return f"{capitale(sujet)}{INSECABLE}: délai accordé à votre établissement {self.echeance}."
        return f"{capitale(sujet)} {ouvert} {self.echeance}."

    @property
    def titre(self) -> str:
        """Titre de la page E5 : « Les inscriptions sont closes »."""
        return TITRES[self.nature][self.pas_encore]


@dataclass(frozen=True, slots=True)
class Ouverture:
    """Le calendrier d'une campagne pour un établissement, à un instant : de quoi répondre sur toutes les étapes.

    `derogations` donne le dernier jour accordé, par étape ; `refus` dit pourquoi la campagne entière se refuse.
    """

    calendrier: Calendrier
    le: datetime
    derogations: Mapping[Nature, date] = field(default_factory=dict)
    grace: timedelta = timedelta(0)
    refus: str = ""

    def de(self, nature: Nature) -> Reponse:
        """Réponse sur une étape (R1, R4)."""
        bornes = self.calendrier.bornes(nature)
        accorde = self._accorde(nature, bornes)
        retenues = Bornes(bornes.debut, accorde or bornes.fin)
        ouvre, clot = retenues.ouvre_a(), retenues.clot_a()
        ouverte = not self.refus and est_ouverte(retenues, self.le, grace=self.grace)
        raison = self.refus or pourquoi_pas(self.calendrier, nature, self.le, derogation=accorde, grace=self.grace)
        return Reponse(
            nature,
            ouverte=ouverte,
            raison=raison or "",
            ouvre_le=ouvre,
            clot_le=clot,
            derogation=accorde,
            pas_encore=not self.refus and bool(ouvre and self.le < ouvre),
        )

    def une_de(self, natures: Sequence[Nature]) -> Reponse:
        """Réponse pour qui peut agir pendant l'une des étapes, données dans l'ordre.

        Avant la première, la raison dit quand elle ouvre ; ensuite, quand la dernière a fermé.
        """
        reponses = [self.de(nature) for nature in natures]
        ouvertes = [reponse for reponse in reponses if reponse.ouverte]
        if ouvertes:
            return max(ouvertes, key=_cloture)
        return reponses[0] if reponses[0].pas_encore else reponses[-1]

    def du(self, geste: Geste) -> Reponse:
        """Réponse sur un geste."""
        natures = ACTES[geste].natures
        if natures:
            return self.une_de(natures)
        return Reponse(Nature.FERMETURE, ouverte=not self.refus, raison=self.refus)

    def permis(self, cote: str) -> list[Geste]:
        """Gestes de ce côté que le calendrier permet à cet instant."""
        return [geste for geste, acte in ACTES.items() if acte.cote == cote and self.du(geste).ouverte]

    def delais_en_cours(self) -> list[tuple[Nature, date]]:
        """Dérogations qui valent encore : au-delà du calendrier, et pas échues."""
        jour = jour_de(self.le)
        demandes = [nature for nature in Nature if nature in self.derogations]
        accordes = ((nature, self._accorde(nature, self.calendrier.bornes(nature))) for nature in demandes)
        return [(nature, accorde) for nature, accorde in accordes if accorde and accorde >= jour and not self.refus]

    def _accorde(self, nature: Nature, bornes: Bornes) -> date | None:
        accorde = self.derogations.get(nature)
        return accorde if accorde and bornes.fin and accorde > bornes.fin else None


def _cloture(reponse: Reponse) -> float:
    """Range les étapes ouvertes par leur fin ; sans fin, la dernière."""
    return reponse.clot_le.timestamp() if reponse.clot_le else inf


def dire_la_limite(reponse: Reponse) -> str:
    """Phrase de la page E5 : « La date limite était le vendredi 30 avril 2027 à 23 h 59. »"""
    sujet, _, suite = reponse.raison.partition("\u00a0: ")
    return capitale(suite) if sujet == LIBELLES[reponse.nature] and suite else reponse.raison


def dire_le_possible(gestes: Iterable[Geste]) -> str:
    """« Vous pouvez encore saisir les avis, remettre les convocations et … », ou rien."""
    libelles = [ACTES[geste].libelle for geste in gestes]
    if not libelles:
        return ""
    *premiers, dernier = libelles
    return f"Vous pouvez {', '.join(premiers)} et {dernier}." if premiers else f"Vous pouvez {dernier}."


def dire_le_delai(nature: Nature, jour: date) -> str:
    """« inscriptions : délai accordé à votre établissement jusqu’au vendredi 7 mai »."""
    dernier = dire_jour(jour, annee=False)
    return f"{SUJETS[nature][0]}{INSECABLE}: délai accordé à votre établissement jusqu’au {dernier}"
