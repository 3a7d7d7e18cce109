"""Ce qui attend un établissement d'origine (écran 2.1)."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from avis.presentation import EtatDeFiche
from avis.remises import de_cet_etat, eleves_avec_un_retour
from avis.suites import suites_a_saisir
from avis.suivi import comptes_rendus_en_retard
from candidatures.models import Candidature, DemandeDeTransfert, Eleve, FormationDemandee
from candidatures.rules import INACTIFS, NAISSANCE_EFFACEE, Etat
from courriers.models import Courriel
from entretiens.distribution import non_distribues, sans_adresse
from entretiens.models import Convocation, Entretien
from entretiens.rules.etats import OCCUPENT, EtatEntretien, NatureConvocation
from pilotage.rules import JOURS_D_ALERTE_SANS_CONVOCATION
from pilotage.selectors.taches.socle import (
    A_VENIR,
    A_VERIFIER,
    EN_RETARD,
    Ou,
    Tache,
    avant_le_premier,
    avec_le_premier,
    demandes_d_acces,
    est_chef,
    jusqu_a,
    phrase,
    saisit_les_avis,
    tache_des_demandes_d_acces,
    toujours,
)
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import INSECABLE, jour_de
from referentiel.rules.jeu import Lettre, Modalite


def _avis_manquants(ou: Ou) -> QuerySet[FormationDemandee]:
    manquants = FormationDemandee.objects.sans_avis_complet().filter(
        candidature__in=ou.de_nos_eleves.exclude(etat__in=INACTIFS | {Etat.BROUILLON, Etat.ABSENTE}).exclude(
            eleve__date_de_naissance=NAISSANCE_EFFACEE
        )
    )
    if not ou.campagne.regles.avis_requis_en_collectif:
        manquants = manquants.exclude(candidature__modalite=Modalite.COLLECTIF)
    return manquants


def _avis_entretien_passe(ou: Ou) -> QuerySet[FormationDemandee]:
    return _avis_manquants(ou).filter(
        candidature__entretiens__etat__in=sorted(OCCUPENT), candidature__entretiens__periode__startswith__lte=ou.le
    )


def _avis_entretien_prevu(ou: Ou) -> QuerySet[FormationDemandee]:
    return _avis_manquants(ou).filter(
        candidature__etat=Etat.CONVOQUEE,
        candidature__entretiens__etat=EtatEntretien.PREVU,
        candidature__entretiens__periode__startswith__gt=ou.le,
    )


def _avis_sans_date(ou: Ou) -> QuerySet[FormationDemandee]:
    """Ni passé, ni annoncé : un créneau réservé dont la convocation n'est pas partie ne compte pas encore."""
    connus = Entretien.objects.en_vigueur().filter(
        Q(periode__startswith__lte=ou.le) | Q(candidature__etat=Etat.CONVOQUEE),
        candidature=OuterRef("candidature"),
    )
    return _avis_manquants(ou).exclude(Exists(connus))


def _convocations(ou: Ou) -> QuerySet[Convocation]:
    """Dernières versions annoncées, qui ne peuvent plus être rappelées, pas encore remises à l'élève."""
    return (
        Convocation.objects.de_l_origine(ou.campagne, ou.etablissement_id)
        .en_vigueur()
        .parties(ou.le)
        .filter(remise_le__isnull=True, periode__endswith__gt=ou.le)
    )


def _convocations_a_remettre(ou: Ou) -> QuerySet[Convocation]:
    return _convocations(ou).filter(
        nature=NatureConvocation.INITIALE,
        entretien__etat=EtatEntretien.PREVU,
    )


def _avec_la_lettre(detail: Callable[[Ou, datetime | None], str]) -> Callable[[Ou, datetime | None], str]:
    """La même phrase, et le rappel de la lettre là où la campagne l'exige (R5)."""

    def avec_la_lettre(ou: Ou, premier: datetime | None) -> str:
        exigee = ou.campagne.regles.lettre == Lettre.OBLIGATOIRE
        rappel = " Pour un entretien individuel, la lettre de préparation est obligatoire." if exigee else ""
        return detail(ou, premier) + rappel

    return avec_la_lettre


def _convocations_changees(ou: Ou) -> QuerySet[Convocation]:
    return _convocations(ou).filter(
        Q(nature=NatureConvocation.ANNULATION)
        | Q(nature=NatureConvocation.MODIFICATION, entretien__etat=EtatEntretien.PREVU),
    )


def _annoncees(ou: Ou) -> QuerySet[Convocation]:
    return Convocation.objects.de_l_origine(ou.campagne, ou.etablissement_id).parties(ou.le)


def _adresses_a_corriger(ou: Ou) -> QuerySet[Courriel]:
    return non_distribues(_annoncees(ou), ou.le)


def _sans_adresse(ou: Ou) -> QuerySet[Convocation]:
    return sans_adresse(_annoncees(ou), ou.le)


def _absences(ou: Ou) -> QuerySet[Candidature]:
    return ou.de_nos_eleves.filter(etat=Etat.ABSENTE)


def _transferts(ou: Ou) -> QuerySet[DemandeDeTransfert]:
    """Demandes d'autres établissements pour nos élèves."""
    return DemandeDeTransfert.objects.filter(
        etat=DemandeDeTransfert.Etat.EN_ATTENTE,
        eleve__campagne=ou.campagne,
        eleve__etablissement=ou.etablissement_id,
    )


def _brouillons(ou: Ou) -> QuerySet[Candidature]:
    return ou.de_nos_eleves.filter(etat=Etat.BROUILLON)


def _fiches(etat: EtatDeFiche) -> Callable[[Ou], QuerySet[Eleve]]:
    return lambda ou: de_cet_etat(eleves_avec_un_retour(ou.campagne, ou.etablissement_id, ou.le), etat)


def _voeux_a_saisir(ou: Ou) -> QuerySet[FormationDemandee]:
    """Rien après la date : le bonus est alors perdu, et la page Affelnet le dit."""
    suivies = suites_a_saisir(ou.campagne, ou.etablissement_id, ou.le)
    fin = ou.campagne.calendrier.bornes(Nature.VOEUX_AFFELNET).clot_a()
    return suivies.none() if fin and ou.le >= fin else suivies


def _sans_referent(ou: Ou) -> QuerySet[Eleve]:
    actives = Candidature.objects.actives().filter(eleve=OuterRef("pk"))
    eleves = Eleve.objects.de_l_origine(ou.campagne, ou.etablissement_id)
    return eleves.filter(Exists(actives), referent_courriel="").exclude(date_de_naissance=NAISSANCE_EFFACEE)


def _comptes_rendus_attendus_en_retard(ou: Ou) -> QuerySet[Entretien]:
    """Rien avant la publication : une ligne qui s'en irait dirait que le compte-rendu est transmis (R30)."""
    tous = comptes_rendus_en_retard(ou.campagne, ou.le)
    attendus = tous.filter(candidature__eleve__etablissement=ou.etablissement_id)
    return attendus if ou.campagne.montre_les_avis_d_accueil(ou.le) else attendus.none()


def _inscrits_sans_convocation(ou: Ou) -> QuerySet[Candidature]:
    """Rien avant les dix derniers jours d'envoi des convocations."""
    fin = ou.campagne.calendrier.bornes(Nature.CONVOCATIONS).fin
    if fin is None or (fin - jour_de(ou.le)).days > JOURS_D_ALERTE_SANS_CONVOCATION:
        return ou.de_nos_eleves.none()
    return ou.de_nos_eleves.sans_convocation()


DEBUT = "candidature__entretiens__periode__startswith"
ORIGINE = [
    Tache(
        "avis-manquants",
        "avis manquant, entretien déjà passé",
        "avis manquants, entretien déjà passé",
        _avis_entretien_passe,
        toujours(EN_RETARD),
        phrase("L’établissement d’accueil n’a pas eu votre avis pour l’entretien."),
        ordre=DEBUT,
        reservee=saisit_les_avis,
        geste=("Saisir les avis", "candidatures:avis"),
    ),
    Tache(
        "avis-avant-entretien",
        "avis à saisir avant l’entretien",
        "avis à saisir avant l’entretien",
        _avis_entretien_prevu,
        avant_le_premier,
        avec_le_premier(f"Premier entretien{INSECABLE}: {{jour}}."),
        ordre=DEBUT,
        reservee=saisit_les_avis,
        geste=("Saisir les avis", "candidatures:avis"),
    ),
    Tache(
        "convocations-a-remettre",
        "convocation à remettre à l’élève",
        "convocations à remettre aux élèves",
        _convocations_a_remettre,
        avant_le_premier,
        _avec_la_lettre(avec_le_premier(f"Premier entretien{INSECABLE}: {{jour}}.")),
        ordre="periode__startswith",
        geste=("Imprimer et remettre les convocations", "entretiens:convocations"),
    ),
    Tache(
        "convocations-changees",
        "convocation modifiée ou annulée à signaler",
        "convocations modifiées ou annulées à signaler",
        _convocations_changees,
        toujours(A_VERIFIER),
        phrase("L’horaire ou le lieu a changé."),
        ordre="periode__startswith",
        geste=("Voir les convocations", "entretiens:convocations"),
    ),
    Tache(
        "adresses",
        "courriel de convocation non distribué",
        "courriels de convocation non distribués",
        _adresses_a_corriger,
        toujours(A_VERIFIER),
        phrase("Corrigez l’adresse, puis renvoyez."),
        ordre="poste_le",
        page=("entretiens:adresses", ""),
    ),
    Tache(
        "convocations-sans-adresse",
        "convocation sans adresse",
        "convocations sans adresse",
        _sans_adresse,
        toujours(A_VERIFIER),
        phrase("Donnez la messagerie de l’établissement ou nommez une personne référente."),
        ordre="periode__startswith",
        geste=("Donner une adresse", "entretiens:adresses"),
    ),
    Tache(
        "absences",
        "absence à traiter",
        "absences à traiter",
        _absences,
        jusqu_a(Nature.ENTRETIENS),
        phrase("Demandez un nouveau créneau ou enregistrez un désistement."),
        par_nom="eleve__cle",
    ),
    Tache(
        "transferts",
        "transfert demandé",
        "transferts demandés",
        _transferts,
        toujours(A_VERIFIER),
        phrase("Un autre établissement reçoit maintenant l’élève."),
        ordre="demandee_le",
        geste=("Voir les transferts", "candidatures:transferts"),
    ),
    tache_des_demandes_d_acces(demandes_d_acces, est_chef),
    Tache(
        "brouillons",
        "inscription à terminer",
        "inscriptions à terminer",
        _brouillons,
        jusqu_a(Nature.INSCRIPTION),
        phrase("Elles ne sont pas encore visibles par l’établissement d’accueil."),
        par_nom="eleve__cle",
    ),
    Tache(
        "avis",
        "avis à saisir",
        "avis à saisir",
        _avis_sans_date,
        toujours(A_VENIR),
        phrase("Entretiens non planifiés à ce jour."),
        par_nom="candidature__eleve__cle",
        reservee=saisit_les_avis,
        geste=("Saisir les avis", "candidatures:avis"),
    ),
    Tache(
        "fiches",
        "fiche récapitulative à remettre",
        "fiches récapitulatives à remettre",
        _fiches(EtatDeFiche.A_REMETTRE),
        jusqu_a(Nature.FERMETURE),
        phrase("Remettez-les aux élèves et à leurs représentants légaux."),
        par_nom="cle",
        page=("avis:fiches", "etat=a-remettre"),
    ),
    Tache(
        "fiches-nouvelles",
        "fiche récapitulative à remettre de nouveau",
        "fiches récapitulatives à remettre de nouveau",
        _fiches(EtatDeFiche.NOUVEAU),
        jusqu_a(Nature.FERMETURE),
        phrase("Un compte-rendu est arrivé depuis la remise."),
        par_nom="cle",
        page=("avis:fiches", "etat=nouveau"),
    ),
    Tache(
        "voeux-a-saisir",
        "avis rendu, vœu non saisi",
        "avis rendus, vœux non saisis",
        _voeux_a_saisir,
        jusqu_a(Nature.VOEUX_AFFELNET),
        phrase("Sans confirmation de la famille et sans vœu saisi à temps, le bonus est perdu."),
        par_nom="candidature__eleve__cle",
        reservee=saisit_les_avis,
        page=("avis:affelnet", "etat=a-saisir"),
    ),
    Tache(
        "sans-referent",
        "élève sans personne référente",
        "élèves sans personne référente",
        _sans_referent,
        jusqu_a(Nature.INSCRIPTION),
        phrase("La personne référente reçoit les convocations."),
        par_nom="cle",
    ),
    Tache(
        "comptes-rendus-attendus",
        "compte-rendu attendu en retard",
        "comptes-rendus attendus en retard",
        _comptes_rendus_attendus_en_retard,
        toujours(A_VERIFIER),
        phrase("L’établissement d’accueil a dépassé le délai."),
        ordre="periode__startswith",
        reservee=est_chef,
    ),
    Tache(
        "sans-convocation",
        "élève inscrit sans convocation",
        "élèves inscrits sans convocation",
        _inscrits_sans_convocation,
        toujours(A_VERIFIER),
        phrase("Tous les élèves inscrits dans les délais doivent être convoqués."),
        ordre="inscrite_le",
        reservee=est_chef,
    ),
]
