"""Le monde de la démonstration : des établissements réels, des personnes inventées, et l'offre d'une campagne."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from django.contrib.auth.hashers import make_password
from psycopg.types.range import Range

from comptes.models import Personne
from entretiens.models import Jury
from passpro.demonstration.comptes import MOT_DE_PASSE, Compte, comptes_de
from passpro.demonstration.decors import Decor
from passpro.demonstration.personnages import nom_complet
from referentiel import prereglages
from referentiel.models import (
    Academie,
    Accueil,
    Campagne,
    CaseDeMatrice,
    Domaine,
    Etablissement,
    Formation,
    Offre,
    Rattachement,
    Vacances,
)
from referentiel.rules.jeu import Modalite
from referentiel.services import (
    charger_etablissements,
    charger_les_academies,
    creer_campagne,
    garnir_le_catalogue,
    ouvrir_la_campagne,
)

DEPARTEMENT_OBSERVE = "094"
PART_HORS_PASSPRO = 0.08
# De quoi voir au lycée de démonstration des entretiens individuels et des séances collectives.
DOMAINES_DU_LYCEE = {"Hôtellerie-restauration", "Logistique et transport", "Petite enfance", "Métiers du bois"}


@dataclass(slots=True)
class Territoire:
    """Une académie, ses établissements et leurs chefs ; plusieurs campagnes peuvent s'y tenir."""

    academie: Academie
    saio: Personne
    colleges: list[Etablissement]
    lycees: list[Etablissement]
    chefs: dict[int, Personne] = field(default_factory=dict)


@dataclass(slots=True)
class Monde:
    """Ce dont une campagne se sert, une fois posé."""

    campagne: Campagne
    saio: Personne
    colleges: list[Etablissement]
    lycees: list[Etablissement]
    chefs: dict[int, Personne]
    accueils: list[Accueil] = field(default_factory=list)
    jurys: dict[int, Jury] = field(default_factory=dict)
    demandables: dict[int, list[Formation]] = field(default_factory=dict)
    vacances: list[Vacances] = field(default_factory=list)
    agendas: dict[int, list[Range]] = field(default_factory=lambda: defaultdict(list))


def poser_le_territoire(hasard: Random, code: str, decors: Iterable[Decor], *, le: datetime) -> Territoire:
    """Pose l'académie de code `code`, de quoi tenir tous ses `decors`, et ses comptes de démonstration."""
    academie = charger_les_academies()[code]
    academie.contact_courriel, academie.contact_telephone = f"saio@{code}.example", "01 99 00 10 00"
    academie.save()
    comptes = {compte.courriel: compte for compte in comptes_de(code)}
    personnes = {compte.courriel: _trouver_ou_creer_la_personne(compte) for compte in comptes.values()}
    saio = next(personnes[c.courriel] for c in comptes.values() if c.role == "saio" and c.academies == (code,))
    nombres = max(decor.colleges for decor in decors), max(decor.lycees for decor in decors)
    colleges, lycees = _charger_les_etablissements(hasard, academie, *nombres, saio, le)
    territoire = Territoire(academie, saio, colleges, lycees)
    _installer_les_comptes(territoire, [(personnes[courriel], compte) for courriel, compte in comptes.items()])
    _nommer_les_chefs(hasard, territoire)
    return territoire


def poser_la_campagne(
    hasard: Random, territoire: Territoire, decor: Decor, *, intitule: str, jour: date, le: datetime
) -> Monde:
    """Prépare, garnit et ouvre la campagne de `decor`, prise au `jour` ; `le` est l'instant de l'ouverture."""
    campagne = _ouvrir_la_campagne(territoire, decor, intitule, jour, le)
    monde = Monde(
        campagne,
        territoire.saio,
        territoire.colleges[: decor.colleges],
        territoire.lycees[: decor.lycees],
        territoire.chefs,
    )
    _repartir_l_offre(hasard, monde)
    monde.demandables = _formations_demandables(campagne)
    monde.vacances = list(campagne.vacances.all())
    return monde


def _charger_les_etablissements(
    hasard: Random, academie: Academie, nombre_de_colleges: int, nombre_de_lycees: int, par: Personne, le: datetime
) -> tuple[list[Etablissement], list[Etablissement]]:
    lignes = prereglages.etablissements(academie.code)
    colleges = hasard.sample([ligne for ligne in lignes if ligne["type"] == "Collège"], nombre_de_colleges)
    lycees = hasard.sample([ligne for ligne in lignes if ligne["type"] in {"LP", "LPO"}], nombre_de_lycees)
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


def _ouvrir_la_campagne(territoire: Territoire, decor: Decor, intitule: str, jour: date, le: datetime) -> Campagne:
    calendrier = decor.calendrier(jour)
    dernier = calendrier.dernier_jour() if calendrier else jour
    assert dernier is not None
    campagne = creer_campagne(
        academie=territoire.academie,
        annee=dernier.year,
        intitule=intitule,
        prereglage=decor.prereglage,
        par=territoire.saio,
        le=le,
        calendrier=calendrier,
    )
    campagne.regles.delai_de_rappel = 1
    campagne.regles.save(update_fields=["delai_de_rappel"])
    for resultat, points in decor.points.items():
        CaseDeMatrice.objects.filter(regles=campagne.regles, resultat=resultat).update(points=points)
    if not campagne.vacances.exists():
        Vacances.objects.bulk_create(
            Vacances(campagne=campagne, **ligne) for ligne in prereglages.vacances(jour.year + (jour.month > 7))
        )
    garnir_le_catalogue(campagne=campagne, par=territoire.saio, le=le)
    ouvrir_la_campagne(campagne=campagne, par=territoire.saio, le=le)
    courante = Campagne.objects.courante(territoire.academie)
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
            lieu="" if lycee.adresse.strip() else f"Accueil de l’établissement, {lycee.commune}",
            acces="Bus, arrêt «\u00a0Lycée\u00a0», puis cinq minutes à pied.",
            consignes="Entrée par l’accueil principal, pièce d’identité scolaire à présenter.",
        )
        for lycee, domaine in couples
    )
    Offre.objects.bulk_create(
        offre for lycee, domaine in couples for offre in _offres(hasard, lycee, list(domaine.formations.all()))
    )
    monde.jurys = _un_jury_par_accueil(monde.accueils)


def _un_jury_par_accueil(accueils: Sequence[Accueil]) -> dict[int, Jury]:
    """Un jury par domaine de chaque lycée, le même d'une campagne à l'autre ; par clé d'accueil."""
    noms = {accueil.pk: (accueil.etablissement_id, f"Jury {accueil.domaine.nom}"[:60]) for accueil in accueils}
    Jury.objects.bulk_create(
        (Jury(etablissement_id=lycee, nom=nom) for lycee, nom in noms.values()), ignore_conflicts=True
    )
    lycees = {accueil.etablissement_id for accueil in accueils}
    jurys = {(jury.etablissement_id, jury.nom): jury for jury in Jury.objects.filter(etablissement__in=lycees)}
    return {cle: jurys[nom] for cle, nom in noms.items()}


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


def _installer_les_comptes(territoire: Territoire, comptes: Iterable[tuple[Personne, Compte]]) -> None:
    lieux = {
        "college": territoire.colleges[0],
        "autre_college": territoire.colleges[1],
        "lycee": territoire.lycees[0],
        "autre_lycee": territoire.lycees[1],
    }
    for personne, compte in comptes:
        _rattacher(personne, compte, lieux.get(compte.lieu), territoire.academie)


def _nommer_les_chefs(hasard: Random, territoire: Territoire) -> None:
    """Donne un chef inventé, sans mot de passe, aux établissements qui n'ont pas de compte de démonstration."""
    lieux = territoire.colleges + territoire.lycees
    places = Rattachement.objects.filter(role="chef", etablissement__in=lieux).select_related("personne")
    territoire.chefs = {place.etablissement_id: place.personne for place in places if place.etablissement_id}
    sans_chef = [lieu for lieu in lieux if lieu.pk not in territoire.chefs]
    personnes = Personne.objects.bulk_create(
        _chef_invente(hasard, lieu, territoire.academie.code) for lieu in sans_chef
    )
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
    territoire.chefs |= {lieu.pk: personne for lieu, personne in zip(sans_chef, personnes, strict=True)}


def _chef_invente(hasard: Random, lieu: Etablissement, academie: str) -> Personne:
    civilite, _, nom = lieu.chef.partition(" ")
    _, prenom = nom_complet(hasard)
    return Personne(
        courriel=f"chef.{lieu.segment}@{academie}.example",
        civilite=civilite,
        prenom=prenom,
        nom=nom,
        password=make_password(None),
    )


def _trouver_ou_creer_la_personne(compte: Compte) -> Personne:
    """La personne d'un compte ; elle existe déjà si une autre académie vient de l'accueillir."""
    deja = Personne.objects.filter(courriel=compte.courriel).first()
    return deja or Personne.objects.create_user(
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
