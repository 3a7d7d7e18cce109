"""Ce que la base dit au moment où l'on mesure : une requête par sujet, lue par les index qui servent déjà."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from courriers.models import Courriel, Document
from courriers.rules import EtatCourriel, premier_essai
from entretiens.rules.etats import NatureConvocation
from referentiel.models import Battement, Travail

# Les courriels qui annoncent un entretien, le changent ou l'annulent.
CONVOCATIONS = ("convocation", NatureConvocation.MODIFICATION, NatureConvocation.ANNULATION)
CONNEXIONS = """
    SELECT coalesce(state, 'autre'), count(*), current_setting('max_connections')::int
    FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1
"""


class ReleveDeLaBase(Collector):
    """Les mesures communes à toutes les machines ; si la base ne répond pas, une seule : elle ne répond pas."""

    def collect(self) -> Iterator[Metric]:
        try:
            mesures = [mesure for releve in RELEVES for mesure in releve(timezone.now())]
        except (DatabaseError, InterfaceError):
            mesures = []
        yield _mesure("passpro_base_repond", "La base répond aux mesures (1) ou non (0).", bool(mesures))
        yield from mesures


def _courriels(le: datetime) -> Iterator[Metric]:
    en_file = Courriel.objects.filter(etat__in=[EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS])
    groupes = (
        en_file.order_by()
        .values_list("etat", "tentatives", Q(nature__in=CONVOCATIONS))
        .annotate(
            en_retard=Count("pk", filter=Q(prochain_essai_le__lte=le)),
            nombre=Count("pk"),
            prochain=Min("prochain_essai_le"),
        )
    )
    dus = tous = 0
    depuis: dict[str, list[datetime]] = {"courriel": [le], "convocation": [le]}
    for etat, tentatives, est_une_convocation, en_retard, nombre, prochain in groupes:
        dus, tous = dus + en_retard, tous + nombre
        # L'essai en cours est compté, et n'a encore fait attendre personne.
        du_le = premier_essai(tentatives - (etat == EtatCourriel.EN_COURS), prochain)
        depuis["courriel"].append(du_le)
        if est_une_convocation:
            depuis["convocation"].append(du_le)
    yield _mesure("passpro_courriels", "Courriels en file.", {"du": dus, "plus_tard": tous - dus}, "etat")
    attentes = {nature: _age(min(instants), le) for nature, instants in depuis.items()}
    yield _mesure(
        "passpro_courriel_attente_secondes",
        "Depuis quand le plus ancien courriel dû n'est pas parti.",
        attentes,
        "nature",
    )


def _travaux(le: datetime) -> Iterator[Metric]:
    en_attente = Travail.objects.filter(etat__in=[Travail.Etat.EN_FILE, Travail.Etat.EN_COURS])
    groupes = en_attente.order_by().values_list("etat").annotate(Count("pk"), Min("demande_le"))
    lus = {etat: (nombre, depuis) for etat, nombre, depuis in groupes}
    nombres = {etat.value: lus.get(etat, (0, le))[0] for etat in (Travail.Etat.EN_FILE, Travail.Etat.EN_COURS)}
    yield _mesure("passpro_travaux", "Documents longs à préparer.", nombres, "etat")
    yield _mesure(
        "passpro_travail_attente_secondes",
        "Depuis quand le plus ancien document long attend son atelier.",
        _age(lus.get(Travail.Etat.EN_FILE, (0, le))[1], le),
    )


def _impressions(le: datetime) -> Iterator[Metric]:
    lus = Document.objects.en_file().valables(le).order_by().aggregate(nombre=Count("pk"), depuis=Min("demande_le"))
    yield _mesure("passpro_impressions", "Documents demandés d'une page, à rendre.", lus["nombre"])
    yield _mesure(
        "passpro_impression_attente_secondes",
        "Depuis quand le plus ancien document demandé d'une page attend.",
        _age(lus["depuis"] or le, le),
    )


def _battements(le: datetime) -> Iterator[Metric]:
    ages = {file: _age(vu, le) for file, vu in Battement.objects.values_list("file", "le")}
    yield _mesure(
        "passpro_battement_age_secondes", "Depuis quand l'atelier d'une file n'a pas répondu à l'horloge.", ages, "file"
    )


def _connexions(le: datetime) -> Iterator[Metric]:
    with connection.cursor() as curseur:
        curseur.execute(CONNEXIONS)
        lues = curseur.fetchall()
    yield _mesure(
        "passpro_base_connexions", "Connexions à la base.", {etat: nombre for etat, nombre, _ in lues}, "etat"
    )
    yield _mesure("passpro_base_connexions_permises", "Connexions que la base permet.", lues[0][2])


RELEVES = (_courriels, _travaux, _impressions, _battements, _connexions)


def _age(depuis: datetime, le: datetime) -> float:
    return max((le - depuis) / timedelta(seconds=1), 0)


def _mesure(nom: str, aide: str, valeurs: float | dict[str, float], etiquette: str = "") -> Metric:
    if not isinstance(valeurs, dict):
        return GaugeMetricFamily(nom, aide, value=valeurs)
    mesure = GaugeMetricFamily(nom, aide, labels=[etiquette])
    for nom_de_la_valeur, valeur in valeurs.items():
        mesure.add_metric([nom_de_la_valeur], valeur)
    return mesure
