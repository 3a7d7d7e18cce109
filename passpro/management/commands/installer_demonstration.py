"""Installe la campagne de démonstration, une fois ; la recommence sur demande."""

from datetime import timedelta
from random import Random
from time import monotonic

from celery import current_app
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connections
from django.utils import timezone

from avis.models import CompteRendu
from candidatures.models import Candidature, Eleve
from entretiens.models import Convocation, Entretien
from passpro.demonstration.campagne import Campagne as VieDeLaCampagne
from passpro.demonstration.eleves import importer_les_eleves
from passpro.demonstration.monde import INTITULE, poser_le_monde
from referentiel.models import Campagne
from referentiel.rules.dates import jour_de

EN_CHANTIER = "Campagne de démonstration (installation interrompue)"
GRAINE = 2027


class Command(BaseCommand):
    help = "Installe la campagne de démonstration ; ne fait rien si elle est déjà là."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--recommencer", action="store_true", help="efface les données et en installe de neuves")

    def handle(self, *args, recommencer: bool = False, **options) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError("La démonstration ne s’installe qu’avec PASSPRO_MODE=demonstration.")
        if Campagne.objects.exclude(intitule__in=[INTITULE, EN_CHANTIER]).exists():
            raise CommandError("Cette base contient une autre campagne : la démonstration n’y touche pas.")
        if Campagne.objects.filter(intitule=INTITULE).exists() and not recommencer:
            self.stdout.write("  La démonstration est déjà installée : ses données sont gardées.")
            return
        call_command("flush", interactive=False, verbosity=0)
        # Réveiller l'atelier à chaque courriel ne servirait à rien : il balaiera la boîte à son ouverture.
        current_app.conf.broker_url = "memory://"
        # Une installation interrompue se recommence : inutile d'attendre le disque à chaque écriture.
        settings.DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
        connections.close_all()
        self._installer()

    def _installer(self) -> None:
        maintenant = timezone.now()
        self._debut = monotonic()
        jour, hasard = jour_de(maintenant), Random(GRAINE)  # noqa: S311 – un tirage qui doit pouvoir se refaire
        ouverture = maintenant - timedelta(days=65)
        self._dire("  établissements, catalogue, comptes…")
        monde = poser_le_monde(hasard, le=ouverture, jour=jour)
        Campagne.objects.filter(pk=monde.campagne.pk).update(intitule=EN_CHANTIER)
        self._dire("  élèves…")
        eleves = importer_les_eleves(hasard, monde, le=ouverture + timedelta(days=4))
        VieDeLaCampagne(hasard, monde, eleves, jour, maintenant, self._dire).vivre()
        Campagne.objects.filter(pk=monde.campagne.pk).update(intitule=INTITULE)
        self._dire(
            f"  {Eleve.objects.count()} élèves, {Candidature.objects.count()} candidatures, "
            f"{Entretien.objects.count()} entretiens, {Convocation.objects.count()} convocations, "
            f"{CompteRendu.objects.count()} comptes-rendus"
        )

    def _dire(self, phrase: str) -> None:
        self.stdout.write(f"{phrase} ({monotonic() - self._debut:.0f} s)")
        self.stdout.flush()
