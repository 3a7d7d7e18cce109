"""Le monde de la démonstration : une campagne autour d'aujourd'hui, des établissements réels, leur offre."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from django.contrib.auth.hashers import make_password
from psycopg.types.range import Range

from comptes.models import Personne
from entretiens.models import Jury
from passpro.demonstration.comptes import COMPTES, MOT_DE_PASSE, Compte
from passpro.demonstration.personnages import nom_complet
from referentiel import prereglages
from referentiel.models import (
    Academie,
    Accueil,
    Campagne,
    Domaine,
    Etablissement,
    Formation,
    Offre,
    Rattachement,
    Vacances,
)
from referentiel.rules.calendrier import Bornes, Calendrier, Nature
from referentiel.rules.jeu import Modalite
from referentiel.services import (
    charger_etablissements,
    charger_les_academies,
    creer_campagne,
    garnir_le_catalogue,
    ouvrir_la_campagne,
)

INTITULE = "Campagne de démonstration"
COLLEGES, LYCEES = 120, 48
DEPARTEMENT_OBSERVE = "094"
PART_HORS_PASSPRO = 0.08
# De quoi voir au lycée de démonstration des entretiens individuels et des séances collectives.
DOMAINES_DU_LYCEE = {"Hôtellerie-restauration", "Logistique et transport", "Petite enfance", "Métiers du bois"}


@dataclass(slots=True)
class Monde:
    """Ce dont la campagne se sert, une fois posé."""

    campagne: Campagne
    saio: Personne
    colleges: list[Etablissement]
    lycees: list[Etablissement]
    accueils: list[Accueil] = field(default_factory=list)
    jurys: dict[int, Jury] = field(default_factory=dict)
    chefs: dict[int, Personne] = field(default_factory=dict)
    demandables: dict[int, list[Formation]] = field(default_factory=dict)
    vacances: list[Vacances] = field(default_factory=list)
    agendas: dict[int, list[Range]] = field(default_factory=lambda: defaultdict(list))


def calendrier_autour_de(jour: date) -> Calendrier:
    """Un calendrier cohérent dont toutes les étapes d'une campagne sont en cours le `jour`."""

    def dans(jours: int) -> date:
        return jour + timedelta(days=jours)

    return Calendrier(
        {
            Nature.INFORMATION: Bornes(dans(-70), dans(-61)),
            Nature.INSCRIPTION: Bornes(dans(-60), dans(25)),
            Nature.PLANIFICATION: Bornes(dans(-55), dans(40)),
            Nature.ENTRETIENS: Bornes(dans(-50), dans(45)),
            Nature.CONVOCATIONS: Bornes(dans(-55), dans(40)),
            Nature.SAISIE_AVIS_ACCUEIL: Bornes(dans(-50), dans(52)),
            Nature.VISUALISATION: Bornes(dans(-50), dans(60)),
            Nature.VOEUX_AFFELNET: Bornes(dans(46), dans(60)),
            Nature.FERMETURE: Bornes(None, dans(62)),
        }
    )


def poser_le_monde(hasard: Random, *, le: datetime, jour: date) -> Monde:
    """Pose académie, établissements, campagne ouverte, offre et comptes ; `le` est l'instant de l'ouverture."""
    academie = charger_les_academies()["creteil"]
    academie.contact_courriel, academie.contact_telephone = "saio@creteil.example", "01 99 00 10 00"
    academie.save()
    saio = _creer_la_personne(COMPTES[-1])
    colleges, lycees = _charger_les_etablissements(hasard, academie, saio, le)
    campagne = _ouvrir_la_campagne(academie, saio, le, jour)
    monde = Monde(campagne, saio, colleges, lycees)
    _repartir_l_offre(hasard, monde)
    _installer_les_comptes(monde, academie)
    _nommer_les_autres_chefs(hasard, monde)
    monde.demandables = _formations_demandables(campagne)
    monde.vacances = list(campagne.vacances.all())
    return monde


def _charger_les_etablissements(
    hasard: Random, academie: Academie, par: Personne, le: datetime
) -> tuple[list[Etablissement], list[Etablissement]]:
    lignes = prereglages.etablissements(academie.code)
    colleges = hasard.sample([ligne for ligne in lignes if ligne["type"] == "Collège"], COLLEGES)
    lycees = hasard.sample([ligne for ligne in lignes if ligne["type"] in {"LP", "LPO"}], LYCEES)
    completes = [ligne | _contact_invente(hasard, numero) for numero, ligne in enumerate(colleges + lycees)]
    charger_etablissements(academie=academie, lignes=completes, par=par, le=le)
    par_uai = Etablissement.objects.in_bulk([ligne["uai"] for ligne in completes], field_name="uai")
    return [par_uai[ligne["uai"]] for ligne in colleges], [par_uai[ligne["uai"]] for ligne in lycees]


def _contact_invente(hasard: Random, numero: int) -> dict[str, str]:
    """Téléphone d'une tranche réservée aux œuvres de fiction, chef d'établissement inventé."""
    nom, _ = nom_complet(hasard)
    return {
        "telephone": f"01 99 00 {20 + numero // 100:02d} {numero % 100:02d}",
        "chef": f"{hasard.choice(['M.', 'Mme'])} {nom}",
    }


def _ouvrir_la_campagne(academie: Academie, par: Personne, le: datetime, jour: date) -> Campagne:
    calendrier = calendrier_autour_de(jour)
    dernier = calendrier.dernier_jour()
    assert dernier is not None
    campagne = creer_campagne(
        academie=academie,
        annee=dernier.year,
        intitule=INTITULE,
        prereglage="creteil-2025",
        par=par,
        le=le,
        calendrier=calendrier,
    )
    campagne.regles.delai_de_rappel = 1
    campagne.regles.save(update_fields=["delai_de_rappel"])
    if not campagne.vacances.exists():
        Vacances.objects.bulk_create(
            Vacances(campagne=campagne, **ligne) for ligne in prereglages.vacances(jour.year + (jour.month > 7))
        )
    garnir_le_catalogue(campagne=campagne, par=par, le=le)
    ouvrir_la_campagne(campagne=campagne, par=par, le=le)
    courante = Campagne.objects.courante(academie)
    assert courante is not None
    return courante


def _repartir_l_offre(hasard: Random, monde: Monde) -> None:
    """Donne à chaque lycée deux à quatre domaines, et à chaque domaine deux lycées au moins."""
    domaines = list(monde.campagne.domaines.prefetch_related("formations"))
    par_lycee: dict[Etablissement, set[Domaine]] = {
        lycee: set(hasard.sample(domaines, hasard.randint(2, 4))) for lycee in monde.lycees
    }
    par_lycee[monde.lycees[0]] |= {domaine for domaine in domaines if domaine.nom in DOMAINES_DU_LYCEE}
    for domaine in domaines:
        for lycee in hasard.sample(monde.lycees, 2):
            par_lycee[lycee].add(domaine)
    couples = [
        (lycee, domaine) for lycee, choisis in par_lycee.items() for domaine in sorted(choisis, key=lambda d: d.pk)
    ]
    monde.accueils = Accueil.objects.bulk_create(
        Accueil(
            domaine=domaine,
            etablissement=lycee,
            modalite=_modalite(hasard, domaine),
            acces="Bus, arrêt « Lycée », puis cinq minutes à pied.",
            consignes="Entrée par l’accueil principal, pièce d’identité scolaire à présenter.",
        )
        for lycee, domaine in couples
    )
    Offre.objects.bulk_create(
        offre for lycee, domaine in couples for offre in _offres(hasard, lycee, list(domaine.formations.all()))
    )
    jurys = Jury.objects.bulk_create(
        Jury(etablissement=accueil.etablissement, nom=f"Jury {accueil.domaine.nom}"[:60]) for accueil in monde.accueils
    )
    monde.jurys = {accueil.pk: jury for accueil, jury in zip(monde.accueils, jurys, strict=True)}


def _modalite(hasard: Random, domaine: Domaine) -> Modalite:
    """La modalité du domaine ; là où elle varie d'un lycée à l'autre, une des trois."""
    if domaine.modalite == Modalite.AU_CHOIX:
        return hasard.choice([Modalite.INDIVIDUEL, Modalite.INDIVIDUEL, Modalite.COLLECTIF, Modalite.AU_CHOIX])
    return Modalite(domaine.modalite)


def _offres(hasard: Random, lycee: Etablissement, formations: Sequence) -> list[Offre]:
    proposees = hasard.sample(list(formations), hasard.randint(1, len(formations)))
    hors = {formation.pk for formation in proposees[1:] if hasard.random() < PART_HORS_PASSPRO}
    return [
        Offre(
            formation=formation,
            etablissement=lycee,
            hors_passpro=formation.pk in hors,
            presentation="Portes ouvertes en mars et mini-stages sur demande." if formation.pk in hors else "",
        )
        for formation in proposees
    ]


def _formations_demandables(campagne: Campagne) -> dict[int, list[Formation]]:
    """Formations proposées hors du « hors Passpro », par clé de domaine."""
    demandables: dict[int, list[Formation]] = defaultdict(list)
    proposees = Formation.objects.filter(domaine__campagne=campagne, offres__hors_passpro=False).distinct()
    for formation in proposees.order_by("pk"):
        demandables[formation.domaine_id].append(formation)
    return demandables


def _installer_les_comptes(monde: Monde, academie: Academie) -> None:
    lieux = {
        "college": monde.colleges[0],
        "autre_college": monde.colleges[1],
        "lycee": monde.lycees[0],
        "autre_lycee": monde.lycees[1],
    }
    for compte in COMPTES[:-1]:
        _rattacher(_creer_la_personne(compte), compte, lieux.get(compte.lieu), academie)
    _rattacher(monde.saio, COMPTES[-1], None, academie)


def _nommer_les_autres_chefs(hasard: Random, monde: Monde) -> None:
    """Donne un chef inventé, sans mot de passe, aux établissements qui n'ont pas de compte de démonstration."""
    places = Rattachement.objects.filter(role="chef").select_related("personne")
    monde.chefs = {place.etablissement_id: place.personne for place in places}
    sans_chef = [lieu for lieu in monde.colleges + monde.lycees if lieu.pk not in monde.chefs]
    personnes = Personne.objects.bulk_create(_chef_invente(hasard, lieu) for lieu in sans_chef)
    Rattachement.objects.bulk_create(
        Rattachement(
            personne=personne,
            role="chef",
            etablissement=lieu,
            origine=lieu.type == "Collège",
            accueil=lieu.type != "Collège",
        )
        for lieu, personne in zip(sans_chef, personnes, strict=True)
    )
    monde.chefs |= {lieu.pk: personne for lieu, personne in zip(sans_chef, personnes, strict=True)}


def _chef_invente(hasard: Random, lieu: Etablissement) -> Personne:
    civilite, _, nom = lieu.chef.partition(" ")
    _, prenom = nom_complet(hasard)
    return Personne(
        courriel=f"chef.{lieu.segment}@creteil.example",
        civilite=civilite,
        prenom=prenom,
        nom=nom,
        password=make_password(None),
    )


def _creer_la_personne(compte: Compte) -> Personne:
    return Personne.objects.create_user(
        compte.courriel,
        MOT_DE_PASSE,
        civilite=compte.civilite,
        prenom=compte.prenom,
        nom=compte.nom,
        is_staff=compte.role == "saio",
    )


def _rattacher(personne: Personne, compte: Compte, lieu: Etablissement | None, academie: Academie) -> None:
    Rattachement.objects.create(
        personne=personne,
        role=compte.role,
        fonction=compte.fonction,
        etablissement=lieu,
        academie=None if lieu else academie,
        departement=DEPARTEMENT_OBSERVE if compte.role == "observateur" else "",
        origine="college" in compte.lieu,
        accueil="lycee" in compte.lieu,
    )
