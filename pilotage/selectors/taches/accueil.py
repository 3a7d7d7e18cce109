"""Ce qui attend un établissement d'accueil (écran 2.2)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db.models import QuerySet, Sum

from avis.permissions import peut_transmettre
from avis.presentation import Suivi
from avis.rules import jours_de_retard
from avis.suivi import de_ce_suivi, entretiens_tenus
from candidatures.models import Candidature, DemandeDeCreneau
from candidatures.rules import Etat
from courriers.models import Courriel
from entretiens.distribution import avec_leur_envoi, non_distribues, sans_adresse
from entretiens.lectures import creneaux_liberes
from entretiens.models import D_UN_ELEVE_EFFACE, Convocation, Creneau, Entretien, Seance
from entretiens.permissions import peut_tenir_l_offre
from pilotage.rules import accorder
from pilotage.selectors.attentes import sans_place
from pilotage.selectors.taches.socle import (
    A_VENIR,
    A_VERIFIER,
    EN_RETARD,
    Badge,
    Ou,
    Tache,
    avant_le_premier,
    avec_le_premier,
    demandes_d_acces,
    echeance,
    est_chef,
    jusqu_a,
    phrase,
    tache_des_demandes_d_acces,
    toujours,
)
from referentiel.models import Accueil, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import INSECABLE, dire_jour, jour_de
from referentiel.rules.jeu import Modalite, echeance_du_compte_rendu

SEPT_JOURS = timedelta(days=7)
NOMMES_AU_PLUS = 3


def _comptes_rendus(suivi: Suivi) -> Callable[[Ou], QuerySet[Entretien]]:
    return lambda ou: de_ce_suivi(entretiens_tenus(ou.campagne, ou.etablissement_id), suivi, ou.campagne, ou.le)


def _echeance_de(ou: Ou, premier: datetime | None) -> Badge:
    """« Jusqu'au 16 mars » : l'échéance du premier compte-rendu dû (R27)."""
    return echeance(ou, _due(ou, premier)) if premier else A_VENIR


def _due(ou: Ou, premier: datetime) -> date:
    return echeance_du_compte_rendu(jour_de(premier), ou.campagne.regles.delai_compte_rendu)


def _le_plus_ancien(ou: Ou, premier: datetime | None) -> str:
    """« Le plus ancien : entretien du mardi 7 avril (délai de 3 jours dépassé de 6 jours). »"""
    if premier is None:
        return ""
    delai = ou.campagne.regles.delai_compte_rendu
    retard = jours_de_retard(jour_de(premier), delai, ou.le)
    quand = dire_jour(jour_de(premier), annee=False)
    return f"Le plus ancien{INSECABLE}: entretien du {quand} (délai de {_jours(delai)} dépassé de {_jours(retard)})."


def _jours(nombre: int) -> str:
    return f"{nombre}{INSECABLE}jour{'s' if nombre > 1 else ''}"


def _presences(ou: Ou) -> QuerySet[Entretien]:
    return Entretien.objects.prevus().finis(ou.le).filter(~D_UN_ELEVE_EFFACE, candidature__in=ou.adressees)


def _convocations(ou: Ou) -> QuerySet[Convocation]:
    return Convocation.objects.de_l_accueil(ou.campagne, ou.etablissement_id)


def _non_distribuees(ou: Ou) -> QuerySet[Courriel]:
    """Courriels abandonnés d'une convocation encore en vigueur, avec l'envoi où les renvoyer."""
    return avec_leur_envoi(non_distribues(_convocations(ou), ou.le))


def _adresses_refusees(ou: Ou, premier: object) -> str:
    """« Adresse refusée : collège Paul-Éluard (Montreuil). »"""
    origines = Etablissement.objects.filter(uai__in=_non_distribuees(ou).order_by().values("uai")).order_by("cle")
    noms = [f"{etablissement.nom} ({etablissement.commune})" for etablissement in origines[:NOMMES_AU_PLUS]]
    return f"Adresse refusée{INSECABLE}: {', '.join(noms)}." if noms else "Une adresse a refusé le message."


def _sans_adresse(ou: Ou) -> QuerySet[Convocation]:
    return sans_adresse(_convocations(ou), ou.le)


def _a_planifier(ou: Ou) -> QuerySet[Candidature]:
    return ou.adressees.filter(etat=Etat.INSCRITE)


def _par_domaine(ou: Ou, premier: datetime | None) -> str:
    """« Hôtellerie-restauration : 21. Logistique : 13. Plus ancienne inscription : 26 mars. »"""
    domaines = [f"{attente.domaine}{INSECABLE}: {attente.attendent}." for attente in ou.attentes[:NOMMES_AU_PLUS]]
    if autres := sum(attente.attendent for attente in ou.attentes[NOMMES_AU_PLUS:]):
        domaines.append(f"Autres domaines{INSECABLE}: {autres}.")
    return " ".join([*domaines, avec_le_premier(f"Plus ancienne inscription{INSECABLE}: {{jour}}.")(ou, premier)])


def _sans_place(ou: Ou) -> QuerySet[Candidature]:
    return sans_place(ou.adressees, ou.le)


def _places_a_creer(ou: Ou, premier: object) -> str:
    attentes = [a for a in ou.attentes if a.manque]
    manque = accorder(sum(attente.manque for attente in attentes), "place")
    ou_donc = ", ".join(f"{a.domaine}{INSECABLE}: {a.manque}" for a in attentes[:NOMMES_AU_PLUS])
    return f"Il manque {manque} pour convoquer tous les inscrits. {ou_donc}."


def _places_liberees(ou: Ou) -> QuerySet[Creneau]:
    """Créneaux à venir qu'un désistement, une annulation ou un report a rendus, et que des élèves attendent."""
    return creneaux_liberes(ou.campagne, ou.etablissement_id, ou.le)


def _offres_incompletes(ou: Ou) -> QuerySet[Accueil]:
    return Accueil.objects.de_la_campagne(ou.campagne).filter(etablissement=ou.etablissement_id).incomplets()


def _offres_a_confirmer(ou: Ou) -> QuerySet[Accueil]:
    """Accueils complets que personne n'a confirmés pour cette campagne."""
    accueils = Accueil.objects.de_la_campagne(ou.campagne).filter(etablissement=ou.etablissement_id)
    return accueils.filter(verifie_le__isnull=True).exclude(pk__in=_offres_incompletes(ou).values("pk"))


def _demandes_de_creneau(ou: Ou) -> QuerySet[DemandeDeCreneau]:
    """Demandes qui attendent une réponse, pour des élèves encore attendus."""
    return DemandeDeCreneau.objects.filter(
        etat=DemandeDeCreneau.Etat.EN_ATTENTE,
        candidature__in=ou.adressees.filter(etat__in=(Etat.INSCRITE, Etat.PLANIFIEE, Etat.CONVOQUEE)),
    )


def _seances_a_preparer(ou: Ou) -> QuerySet[Seance]:
    """Séances collectives des sept jours à venir dont la feuille d'émargement n'est pas imprimée."""
    bientot = (
        Seance.objects.maintenues()
        .de_l_accueil(ou.campagne, ou.etablissement_id)
        .filter(
            modalite=Modalite.COLLECTIF,
            emargement_imprime_le__isnull=True,
            periode__startswith__gt=ou.le,
            periode__startswith__lt=ou.le + SEPT_JOURS,
        )
    )
    return bientot.annotate(inscrits=Sum("creneaux__places_prises")).filter(inscrits__gt=0)


def _a_envoyer(ou: Ou) -> QuerySet[Entretien]:
    """Créneaux réservés dont rien n'est annoncé, et encore à venir."""
    a_confirmer = Entretien.objects.de_l_accueil(ou.campagne, ou.etablissement_id).a_confirmer()
    return a_confirmer.filter(periode__startswith__gt=ou.le)


ACCUEIL = [
    Tache(
        "comptes-rendus-en-retard",
        "compte-rendu en retard",
        "comptes-rendus en retard",
        _comptes_rendus(Suivi.RETARD),
        toujours(EN_RETARD),
        _le_plus_ancien,
        ordre="periode__startswith",
        page=("avis:comptes_rendus", "etat=retard"),
    ),
    Tache(
        "presences",
        "présence à saisir",
        "présences à saisir",
        _presences,
        toujours(("Aujourd’hui", "fr-badge--warning")),
        avec_le_premier(f"Premier entretien{INSECABLE}: {{jour}}."),
        ordre="periode__startswith",
        geste=("Saisir les présences", "entretiens:presences"),
    ),
    Tache(
        "convocations-en-echec",
        "convocation non distribuée",
        "convocations non distribuées",
        _non_distribuees,
        toujours(A_VERIFIER),
        _adresses_refusees,
        ordre="poste_le",
        geste=("Voir les envois", "entretiens:envois"),
    ),
    Tache(
        "convocations-sans-adresse",
        "convocation sans adresse",
        "convocations sans adresse",
        _sans_adresse,
        toujours(A_VERIFIER),
        phrase("Ni messagerie, ni personne référente joignable\u00a0: téléphonez à l’établissement d’origine."),
        ordre="periode__startswith",
        geste=("Voir les envois", "entretiens:envois"),
    ),
    Tache(
        "a-planifier",
        "entretien à planifier",
        "entretiens à planifier",
        _a_planifier,
        jusqu_a(Nature.CONVOCATIONS),
        _par_domaine,
        ordre="inscrite_le",
        geste=("Proposer un planning", "entretiens:proposer"),
    ),
    Tache(
        "places-liberees",
        "place libérée, des élèves attendent",
        "places libérées, des élèves attendent",
        _places_liberees,
        avant_le_premier,
        avec_le_premier(f"Première place{INSECABLE}: {{jour}}."),
        ordre="periode__startswith",
        geste=("Proposer un planning", "entretiens:proposer"),
    ),
    Tache(
        "places-a-creer",
        "place à créer",
        "places à créer",
        _sans_place,
        jusqu_a(Nature.CONVOCATIONS),
        _places_a_creer,
        ordre="inscrite_le",
        geste=("Créer des créneaux", "entretiens:creer_des_creneaux"),
    ),
    Tache(
        "convocations-a-envoyer",
        "convocation à envoyer",
        "convocations à envoyer",
        _a_envoyer,
        toujours(A_VERIFIER),
        phrase("Créneaux réservés, aucun courriel parti."),
        ordre="periode__startswith",
        geste=("Vérifier et envoyer", "entretiens:verifier_l_envoi"),
    ),
    Tache(
        "demandes-de-creneau",
        "demande de nouveau créneau",
        "demandes de nouveau créneau",
        _demandes_de_creneau,
        jusqu_a(Nature.ENTRETIENS),
        avec_le_premier(f"Plus ancienne demande{INSECABLE}: {{jour}}."),
        ordre="demandee_le",
    ),
    Tache(
        "comptes-rendus-a-relire",
        "compte-rendu à relire et transmettre",
        "comptes-rendus à relire et transmettre",
        _comptes_rendus(Suivi.A_RELIRE),
        _echeance_de,
        phrase("Saisis par le jury, en attente de votre relecture."),
        ordre="periode__startswith",
        page=("avis:comptes_rendus", "etat=a-relire"),
        reservee=peut_transmettre,
    ),
    Tache(
        "comptes-rendus-a-saisir",
        "compte-rendu à saisir",
        "comptes-rendus à saisir",
        _comptes_rendus(Suivi.A_SAISIR),
        _echeance_de,
        avec_le_premier(f"Premier entretien{INSECABLE}: {{jour}}."),
        ordre="periode__startswith",
        page=("avis:comptes_rendus", "etat=a-saisir"),
    ),
    tache_des_demandes_d_acces(demandes_d_acces, est_chef),
    Tache(
        "offres-a-verifier",
        "offre à vérifier",
        "offres à vérifier",
        _offres_incompletes,
        toujours(A_VERIFIER),
        phrase("Sans lieu d’entretien ni contact, la convocation ne peut pas partir."),
        par_nom="domaine__cle",
        reservee=peut_tenir_l_offre,
        geste=("Voir l’offre", "entretiens:offre"),
    ),
    Tache(
        "offres-a-confirmer",
        "offre à confirmer",
        "offres à confirmer",
        _offres_a_confirmer,
        toujours(A_VENIR),
        phrase("Relisez lieux, contacts et consignes, puis confirmez l’offre de l’année."),
        par_nom="domaine__cle",
        reservee=peut_tenir_l_offre,
        geste=("Voir l’offre", "entretiens:offre"),
    ),
    Tache(
        "seances-a-preparer",
        "séance collective à préparer",
        "séances collectives à préparer",
        _seances_a_preparer,
        avant_le_premier,
        avec_le_premier(f"Première séance{INSECABLE}: {{jour}}. La feuille d’émargement n’est pas imprimée."),
        ordre="periode__startswith",
    ),
]
