"""Le dossier verrouillé d'un compte-rendu : ce qui se vérifie et s'écrit, quel que soit le geste (R27 à R30, R42)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, QuerySet

from avis.dossiers import demandes_de, entretien_de
from avis.models import AvisAccueil, CompteRendu
from avis.rules import (
    EtatCompteRendu,
    donne_un_retour,
    pourquoi_pas_cet_avis,
    pourquoi_pas_transmettre,
)
from candidatures.models import Candidature, FormationDemandee
from comptes.lectures_preparees import LecturePreparee, Parametre
from comptes.models import Personne
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Campagne
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import dire_instant
from referentiel.rules.jeu import LIBELLES_AVIS, LONGUEUR_COMPTE_RENDU, Avis, Modalite
from referentiel.rules.refus import Conflit, Refus
from referentiel.services import exiger_periode

AvisDonnes = Mapping[int, Avis | None]


@dataclass(frozen=True, slots=True)
class Dossier:
    """Une candidature verrouillée, ses formations, l'avis d'accueil gardé de chacune, son compte-rendu."""

    candidature: Candidature
    formations: dict[int, FormationDemandee]
    gardes: dict[int, Avis]
    compte_rendu: CompteRendu | None

    @property
    def campagne(self) -> Campagne:
        return self.candidature.domaine.campagne

    @property
    def permis(self) -> list[Avis]:
        return self.campagne.regles.avis_d_accueil_possibles

    @property
    def est_transmis(self) -> bool:
        return self.compte_rendu is not None and self.compte_rendu.est_transmis

    def dit_deja(self, texte: str, avis: AvisDonnes) -> bool:
        """Vrai si ce texte et ces avis sont déjà ceux du compte-rendu : les récrire ne ferait rien."""
        if self.compte_rendu is None:
            return False
        return self.compte_rendu.texte == texte and all(self.gardes.get(pk) == valeur for pk, valeur in avis.items())

    def avis_par_intitule(self, avis: AvisDonnes) -> dict[str, Avis | None]:
        return {demande.formation.intitule: avis.get(pk) for pk, demande in self.formations.items()}


def _candidature() -> QuerySet[Candidature]:
    return Candidature.objects.select_related(
        "eleve__etablissement",
        "accueil__etablissement",
        "domaine__campagne__academie",
        "domaine__campagne__regles",
        "compte_rendu__redige_par",
    ).filter(pk=Parametre("candidature", BigIntegerField()))


CANDIDATURE = LecturePreparee(_candidature)


def ouvrir(candidature: Candidature) -> Dossier:
    """Verrouille la candidature : tout ce qui touche son compte-rendu passe par ce verrou (R42).

    Le dossier se lit une fois le verrou pris : la requête qui l'attend verrait le compte-rendu tel qu'il était avant.
    """
    Candidature.objects.select_for_update(of=("self",)).only("pk").get(pk=candidature.pk)
    [ligne] = CANDIDATURE.lire(candidature=candidature.pk)
    formations = {demande.pk: demande for demande in demandes_de(ligne)}
    gardes = {
        pk: Avis(demande.avis_accueil.valeur) for pk, demande in formations.items() if hasattr(demande, "avis_accueil")
    }
    return Dossier(ligne, formations, gardes, getattr(ligne, "compte_rendu", None))


def exiger_la_saisie(dossier: Dossier, nature: Nature, le: datetime) -> None:
    """Lève `PeriodeClose` si le calendrier ne permet pas `nature` à l'accueil, à l'instant `le` (R4)."""
    exiger_periode(dossier.campagne, nature, etablissement_id=dossier.candidature.accueil.etablissement_id, le=le)


def exiger_un_entretien(dossier: Dossier, le: datetime, *, commence_suffit: bool = False) -> Entretien:
    """Entretien individuel tenu, ou seulement commencé pour un brouillon (R27, R28, R29)."""
    entretien = entretien_de(dossier.candidature)
    if entretien and not donne_un_retour(Modalite(entretien.creneau.seance.modalite)):
        raise Refus("Les séances collectives ne donnent pas lieu à un compte-rendu.")
    if entretien and entretien.etat == EtatEntretien.ABSENT:
        raise Refus("L’élève ne s’est pas présenté à l’entretien : aucun avis ne peut être rendu.")
    if entretien and entretien.etat == EtatEntretien.TENU:
        return entretien
    if entretien and commence_suffit and entretien.periode.lower <= le:
        return entretien
    raise Refus("Saisissez d’abord la présence de l’élève à l’entretien.")


def exiger_la_version(dossier: Dossier, version: int) -> None:
    """Lève `Conflit`, avec ce qui est gardé, si le compte-rendu n'est plus à la `version` montrée (R42)."""
    actuel = dossier.compte_rendu
    if actuel is None or actuel.version == version:
        return
    gardes = dossier.avis_par_intitule(dossier.gardes)
    geste = "transmis" if actuel.est_transmis else "modifié"
    quand = dire_instant(actuel.redige_le, annee=False)
    raise Conflit(
        f"{actuel.redige_par.nom_affiche} a {geste} ce compte-rendu le {quand}.",
        {"Compte-rendu": actuel.texte}
        | {f"Avis pour {intitule}": LIBELLES_AVIS[avis] if avis else "" for intitule, avis in gardes.items()},
    )


def exiger_un_envoi_complet(dossier: Dossier, texte: str, avis: AvisDonnes) -> None:
    """Lève `Refus`, avec tout ce qui manque, si le texte et les avis ne peuvent pas se transmettre (R27)."""
    verifier(dossier, texte, avis)
    donnes = dossier.avis_par_intitule(dossier.gardes | dict(avis))
    if defauts := pourquoi_pas_transmettre(texte, donnes, dossier.permis):
        raise Refus(" ".join(defauts))


def verifier(dossier: Dossier, texte: str, avis: AvisDonnes) -> None:
    """Lève `Refus` pour un texte trop long, un avis hors de l'échelle ou d'une autre formation (R5, R27)."""
    if len(texte) > LONGUEUR_COMPTE_RENDU:
        raise Refus(f"Le compte-rendu compte {len(texte)} caractères ; {LONGUEUR_COMPTE_RENDU} au plus.")
    for pk, valeur in avis.items():
        if pk not in dossier.formations:
            raise Refus("Une formation ne fait plus partie de la candidature. Actualisez la page.")
        intitule = dossier.formations[pk].formation.intitule
        if valeur and (raison := pourquoi_pas_cet_avis(intitule, valeur, dossier.permis)):
            raise Refus(raison)


def ecrire(dossier: Dossier, texte: str, etat: EtatCompteRendu, *, par: Personne, le: datetime) -> CompteRendu:
    """Écrit le compte-rendu dans `etat`, à une version de plus ; retient qui l'a soumis ou transmis, et quand."""
    compte_rendu = dossier.compte_rendu or CompteRendu(candidature=dossier.candidature)
    if etat == EtatCompteRendu.TRANSMIS:
        if compte_rendu.est_transmis:
            compte_rendu.corrige_le = le
        else:
            compte_rendu.transmis_par, compte_rendu.transmis_le = par, le
    if etat == EtatCompteRendu.A_RELIRE and not compte_rendu.est_a_relire:
        compte_rendu.soumis_par, compte_rendu.soumis_le = par, le
        compte_rendu.renvoi = ""
    compte_rendu.texte, compte_rendu.etat = texte, etat
    compte_rendu.redige_par, compte_rendu.redige_le = par, le
    compte_rendu.version += 1
    compte_rendu.save()
    return compte_rendu


def ecrire_les_avis(dossier: Dossier, compte_rendu: CompteRendu, avis: AvisDonnes) -> None:
    """Écrit les avis qui changent ; `None` efface celui de la formation."""
    donnes = {pk: valeur for pk, valeur in avis.items() if valeur and dossier.gardes.get(pk) != valeur}
    effaces = [pk for pk, valeur in avis.items() if valeur is None and pk in dossier.gardes]
    if donnes:
        AvisAccueil.objects.bulk_create(
            [AvisAccueil(compte_rendu=compte_rendu, formation_demandee_id=pk, valeur=v) for pk, v in donnes.items()],
            update_conflicts=True,
            unique_fields=["formation_demandee"],
            update_fields=["valeur"],
        )
    if effaces:
        AvisAccueil.objects.filter(compte_rendu=compte_rendu, formation_demandee__in=effaces).delete()
