"""L'avis et le commentaire de l'établissement d'origine sur une formation (R16, R17, R42)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import BigIntegerField, QuerySet

from candidatures.horaires import entretiens_fixes
from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import ENTRETIEN_A_VENIR, INACTIFS, Etat, avis_fige, pourquoi_pas_ce_commentaire
from comptes.lectures_preparees import LecturePreparee, Parametre
from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Campagne
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import INSECABLE, dire_heure, dire_instant, jour_de
from referentiel.rules.jeu import LIBELLES_AVIS, LONGUEUR_COMMENTAIRE, Avis
from referentiel.rules.refus import Conflit, PeriodeClose, Refus
from referentiel.services import exiger_une_des_periodes

ETAPES = (Nature.INSCRIPTION, Nature.PLANIFICATION, Nature.ENTRETIENS)
PLUS_DEMANDEE = "Cette formation n’est plus demandée : son avis ne change plus."


def _verrouillee() -> QuerySet[FormationDemandee]:
    verrouillees = FormationDemandee.objects.select_for_update(of=("self",), no_key=True)
    celle_ci = verrouillees.filter(pk=Parametre("demande", BigIntegerField()))
    return celle_ci.select_related("candidature__eleve", "formation")


# Une classe s'enregistre ligne après ligne, à mesure qu'elle se tape.
LIGNE = LecturePreparee(_verrouillee)


def _prendre(formation_demandee: FormationDemandee) -> FormationDemandee:
    """La ligne, verrouillée. Lève `Refus` si elle vient d'être retirée : le reste de la classe s'enregistre."""
    lues = LIGNE.lire(demande=formation_demandee.pk)
    if not lues:
        raise Refus(PLUS_DEMANDEE)
    return lues[0]


@transaction.atomic
def saisir_l_avis(
    *,
    formation_demandee: FormationDemandee,
    avis: str,
    commentaire: str,
    version: int,
    par: Personne,
    le: datetime,
) -> FormationDemandee:
    """Enregistre l'avis et le commentaire d'origine sur une formation demandée (R16).

    L'un des deux peut manquer : l'avis est alors enregistré, et incomplet. `version` est celle que la personne a
    lue. Un avis complet est figé dès que l'entretien commence : l'état de la candidature le dit, ou l'heure que
    `candidatures.horaires` tient de l'étage du dessus. Une formation ajoutée à l'entretien reste à donner jusqu'à
    la fin de la visualisation (R27).

    Rend la ligne écrite. Lève `PeriodeClose`, `Conflit` si quelqu'un d'autre a écrit entre-temps (R42 : rien n'est
    écrasé, `actuel` porte sa version), ou `Refus`. La campagne est celle que porte `formation_demandee` : qui
    enchaîne les saisies la lit une seule fois.
    """
    campagne = formation_demandee.candidature.domaine.campagne
    ligne = _prendre(formation_demandee)
    exiger_la_saisie(campagne, ligne.candidature.eleve.etablissement_id, le, ajoutee=ligne.ajoutee_a_l_entretien)
    texte = commentaire.replace("\r\n", "\n").strip()
    if (ligne.avis, ligne.commentaire) == (avis, texte):
        return ligne
    _exiger_la_meme_version(ligne, version, le)
    _exiger_un_avis_juste(avis, texte, campagne)
    _exiger_qu_il_se_saisisse_encore(ligne, le)
    avant = {"avis": ligne.avis, "commentaire": ligne.commentaire}
    ligne.avis, ligne.commentaire = avis, texte
    ligne.avis_par, ligne.avis_le, ligne.version = par, le, ligne.version + 1
    ligne.save(update_fields=["avis", "commentaire", "avis_par", "avis_le", "version"])
    consigner(
        objet=ligne.candidature,
        fait="avis_d_origine",
        phrase=f"{'Avis modifié' if any(avant.values()) else 'Avis saisi'} pour {ligne.formation}."[:300],
        par=par,
        le=le,
        avant=avant,
        apres={"avis": avis, "commentaire": texte},
    )
    return ligne


@dataclass(frozen=True, slots=True)
class SaisieAvis:
    """Une ligne d'une saisie groupée : ce que la personne a tapé, et la version qu'elle avait sous les yeux."""

    formation_demandee: FormationDemandee
    avis: str
    commentaire: str
    version: int


def saisir_les_avis(
    *, saisies: Iterable[SaisieAvis], par: Personne, le: datetime
) -> tuple[list[FormationDemandee], dict[str, Refus]]:
    """Enregistre plusieurs avis, chacun pour soi : un refus n'empêche pas les autres (R16, R42).

    Rend les lignes écrites, et les refus par code de formation demandée. Lève `PeriodeClose`.
    """
    ecrites, refus = [], {}
    for saisie in saisies:
        demande = saisie.formation_demandee
        try:
            ecrites.append(
                saisir_l_avis(
                    formation_demandee=demande,
                    avis=saisie.avis,
                    commentaire=saisie.commentaire,
                    version=saisie.version,
                    par=par,
                    le=le,
                )
            )
        except PeriodeClose:
            raise
        except Refus as raison:
            refus[demande.code] = raison
    return ecrites, refus


def exiger_la_saisie(campagne: Campagne, etablissement_id: int, le: datetime, *, ajoutee: bool = False) -> None:
    """Lève `PeriodeClose` si un avis d'origine ne peut plus être saisi : du premier jour des inscriptions au dernier
    des entretiens ; des entretiens à la fin de la visualisation pour une formation ajoutée à l'entretien (R27)."""
    if ajoutee:
        exiger_une_des_periodes(
            campagne, (Nature.ENTRETIENS, Nature.VISUALISATION), etablissement_id=etablissement_id, le=le
        )
        return
    exiger_une_etape(campagne, etablissement_id, le)


def pourquoi_pas_la_saisie(
    campagne: Campagne, etablissement_id: int, le: datetime, *, ajoutee: bool = False
) -> PeriodeClose | None:
    """Fermeture qui empêche de saisir un avis d'origine, ou `None` ; mêmes arguments que `exiger_la_saisie`."""
    try:
        exiger_la_saisie(campagne, etablissement_id, le, ajoutee=ajoutee)
    except PeriodeClose as fermeture:
        return fermeture
    return None


def exiger_une_etape(campagne: Campagne, etablissement_id: int, le: datetime) -> None:
    """Lève `PeriodeClose` si ni les inscriptions, ni la planification, ni les entretiens ne sont ouverts (R4)."""
    exiger_une_des_periodes(campagne, ETAPES, etablissement_id=etablissement_id, le=le)


def _exiger_la_meme_version(ligne: FormationDemandee, version: int, le: datetime) -> None:
    if ligne.version == version:
        return
    if ligne.avis_le is None:
        raise Refus("Cette page n’est plus à jour. Rechargez-la, puis recommencez.")
    aujourd_hui = jour_de(ligne.avis_le) == jour_de(le)
    quand = f"à {dire_heure(ligne.avis_le)}" if aujourd_hui else f"le {dire_instant(ligne.avis_le, annee=False)}"
    raise Conflit(
        f"{ligne.avis_par} a modifié cette ligne {quand}.",
        {"avis": ligne.avis, "commentaire": ligne.commentaire, "version": str(ligne.version)},
    )


def _exiger_un_avis_juste(avis: str, commentaire: str, campagne: Campagne) -> None:
    regles = campagne.regles
    if avis and avis not in regles.echelle_origine:
        echelle = ", ".join(LIBELLES_AVIS[Avis(valeur)].lower() for valeur in regles.echelle_origine)
        raise Refus(f"Cet avis n’est pas de l’échelle de la campagne{INSECABLE}: {echelle}.")
    raison = commentaire and pourquoi_pas_ce_commentaire(
        commentaire, minimum=regles.longueur_minimale, maximum=LONGUEUR_COMMENTAIRE
    )
    if raison:
        raise Refus(raison)


def _exiger_qu_il_se_saisisse_encore(ligne: FormationDemandee, le: datetime) -> None:
    candidature: Candidature = ligne.candidature
    etat = Etat(candidature.etat)
    if etat in INACTIFS or ligne.desistee_le:
        raise Refus(PLUS_DEMANDEE)
    entretien = entretiens_fixes([candidature.pk]).get(candidature.pk) if etat in ENTRETIEN_A_VENIR else None
    debut = entretien.debut if entretien else None
    if avis_fige(etat, complet=ligne.avis_complet, ajoutee=ligne.ajoutee_a_l_entretien, debut=debut, le=le):
        raise Refus("L’entretien a commencé : cet avis est verrouillé.")
