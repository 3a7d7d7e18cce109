"""Installe les campagnes de démonstration, une fois ; les recommence sur demande."""

from datetime import datetime, time, timedelta
from random import Random
from time import monotonic

from celery import current_app
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from avis.models import CompteRendu
from candidatures.models import Candidature, Eleve
from entretiens.models import Convocation, Entretien
from passpro.demonstration import decors
from passpro.demonstration.archive import mener_a_son_terme, suivre_les_voeux
from passpro.demonstration.attentes import faire_attendre
from passpro.demonstration.campagne import Campagne as VieDeLaCampagne
from passpro.demonstration.decors import Decor
from passpro.demonstration.eleves import importer_les_eleves
from passpro.demonstration.monde import Territoire, poser_la_campagne, poser_le_territoire
from referentiel.models import Campagne
from referentiel.rules.dates import a_paris, jour_de

EN_CHANTIER = "Campagne de démonstration (installation interrompue)"
GRAINE = 2027
OUVERTURE, AJOUT_DES_ELEVES = timedelta(days=-65), timedelta(days=-61)
OUVERTURE_DES_ARCHIVES, AJOUT_AUX_ARCHIVES = timedelta(days=-100), timedelta(days=-80)


class Command(BaseCommand):
    help = "Installe les campagnes de démonstration ; ne fait rien si elles sont déjà là."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--recommencer", action="store_true", help="efface les données et en installe de neuves")

    def handle(self, *args, recommencer: bool = False, **options) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError("La démonstration ne s’installe qu’avec PASSPRO_MODE=demonstration.")
        intitules = {decor.intitule for decor in decors.DECORS}
        if Campagne.objects.exclude(intitule__in=[*intitules, EN_CHANTIER]).exists():
            raise CommandError("Cette base contient une autre campagne : la démonstration n’y touche pas.")
        if intitules <= set(Campagne.objects.values_list("intitule", flat=True)) and not recommencer:
            self.stdout.write("  La démonstration est déjà installée : ses données sont gardées.")
            return
        _vider()
        # Réveiller l'atelier à chaque courriel ne servirait à rien : il balaiera la boîte à son ouverture.
        current_app.conf.broker_url = "memory://"
        # Une installation interrompue se recommence : inutile d'attendre le disque à chaque écriture.
        settings.DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
        connections.close_all()
        self._installer()

    def _installer(self) -> None:
        self._debut, self._maintenant = monotonic(), timezone.now()
        hasard = Random(GRAINE)  # noqa: S311 – un tirage qui doit pouvoir se refaire
        self._dire("  établissements et comptes…")
        territoires = {
            code: poser_le_territoire(
                hasard,
                code,
                [decor for decor in decors.DECORS if decor.academie == code],
                le=self._maintenant + OUVERTURE,
            )
            for code in dict.fromkeys(decor.academie for decor in decors.DECORS)
        }
        for decor in decors.DECORS:
            self._vivre(hasard, decor, territoires[decor.academie])
        self._dire(
            f"  {Eleve.objects.count()} élèves, {Candidature.objects.count()} candidatures, "
            f"{Entretien.objects.count()} entretiens, {Convocation.objects.count()} convocations, "
            f"{CompteRendu.objects.count()} comptes-rendus"
        )

    def _vivre(self, hasard: Random, decor: Decor, territoire: Territoire) -> None:
        self._dire(f"  {decor.intitule}")
        maintenant = a_paris(decor.le_jour, time(10)) if decor.le_jour else self._maintenant
        jour = jour_de(maintenant)
        monde = poser_la_campagne(
            hasard, territoire, decor, intitule=EN_CHANTIER, jour=jour, le=self._ouverture(decor, maintenant)
        )
        ajout = maintenant + (AJOUT_AUX_ARCHIVES if decor.est_une_archive else AJOUT_DES_ELEVES)
        eleves = importer_les_eleves(hasard, monde, decor, le=ajout)
        _tenir_les_comptes_de_la_base()
        VieDeLaCampagne(hasard, monde, decor.vagues, eleves, jour, maintenant, self._dire).vivre()
        if not decor.est_une_archive:
            suivre_les_voeux(hasard, monde, le=maintenant - timedelta(hours=3))
            faire_attendre(monde, maintenant=maintenant)
        Campagne.objects.filter(pk=monde.campagne.pk).update(intitule=decor.intitule)
        if decor.est_une_archive:
            mener_a_son_terme(hasard, monde, eleves, jour=jour)

    def _ouverture(self, decor: Decor, maintenant: datetime) -> datetime:
        return maintenant + (OUVERTURE_DES_ARCHIVES if decor.est_une_archive else OUVERTURE)

    def _dire(self, phrase: str) -> None:
        self.stdout.write(f"{phrase} ({monotonic() - self._debut:.0f} s)")
        self.stdout.flush()


def _vider() -> None:
    """Vide la base de ce poste ; sous ce rôle, l'historique qui ne s'efface pas laisse faire."""
    with connection.cursor() as curseur:
        curseur.execute("SET session_replication_role = replica")
    call_command("flush", interactive=False, verbosity=0)
    with connection.cursor() as curseur:
        curseur.execute("RESET session_replication_role")


def _tenir_les_comptes_de_la_base() -> None:
    """Dit à PostgreSQL combien de lignes il vient de recevoir : ses plans en dépendent."""
    with connection.cursor() as curseur:
        curseur.execute("ANALYZE")
