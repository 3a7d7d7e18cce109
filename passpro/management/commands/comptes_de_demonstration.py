"""Affiche les comptes de la démonstration."""

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from passpro.demonstration.comptes import COMPTES, MOT_DE_PASSE
from referentiel.models import Rattachement


class Command(BaseCommand):
    help = "Affiche l’adresse de chaque compte de démonstration, son rôle et son établissement."

    def handle(self, *args, **options) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError("Les comptes de démonstration n’existent qu’avec PASSPRO_MODE=demonstration.")
        places = Rattachement.objects.select_related("personne", "etablissement", "academie")
        par_courriel = {place.personne.courriel: place for place in places}
        self.stdout.write(f"Mot de passe de tous les comptes : {MOT_DE_PASSE}\n\n")
        for compte in COMPTES:
            place = par_courriel[compte.courriel]
            lieu = place.etablissement.nom_et_commune if place.etablissement else place.academie.nom_complet
            self.stdout.write(f"  {compte.courriel:<38} {place.get_role_display():<26} {lieu}")
