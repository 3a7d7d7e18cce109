"""Qui travaille ce soir-là, tiré de la base : `python -m outils.soir.scene`, en JSON pour `outils.soir.monde`.

Ouvre une session à chaque personne, ajoute aux chefs d'établissement des gestionnaires à qui ils ont tout confié, et
poste des courriels qui partent l'un après l'autre pendant le soir.
"""

import argparse
import json
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import django

COLLEGUES = 2


def poser(*, courriels: int = 0, pendant: float = 0.0) -> dict[str, Any]:
    """Écrit les collègues, les sessions, et `courriels` à faire partir `pendant` tant de secondes.

    Rend ce que les visiteurs ont à ouvrir.
    """
    from django.db import transaction

    from referentiel.models import Campagne, Etablissement, Rattachement

    campagne = Campagne.objects.get()
    with transaction.atomic():
        colleges = Etablissement.objects.filter(eleves__campagne=campagne).distinct()
        lycees = Etablissement.objects.filter(accueils__domaine__campagne=campagne).distinct()
        _poster(campagne, list(colleges), courriels, pendant)
        saio = Rattachement.objects.filter(role="saio").select_related("personne")
        return {
            "academie": campagne.academie.code,
            "origines": [_un_college(campagne, college) for college in colleges],
            "accueils": [_un_lycee(campagne, lycee) for lycee in lycees],
            "saio": [une_session(place.personne) for place in saio for _ in range(COLLEGUES)],
        }


def _poster(campagne: Any, colleges: list[Any], courriels: int, pendant: float) -> None:
    from courriers.services import poster_plusieurs

    le = _maintenant()
    envois = [
        {
            "cle": f"soir:{rang}",
            "nature": "compte-rendu",
            "destinataire": f"soir-{rang}@mesure.example",
            "sujet": "Passpro\u00a0: des comptes-rendus sont disponibles",
            "gabarit": "courriels/avis/comptes_rendus_disponibles",
            "contexte": {"lien": "", "academie": campagne.academie.nom_complet, "etablissement": college.nom},
            "part_le": le + timedelta(seconds=pendant * rang / courriels),
        }
        for rang in range(courriels)
        for college in [colleges[rang % len(colleges)]]
    ]
    poster_plusieurs(envois, le=le)


def une_session(personne: Any) -> str:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(personne, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _un_college(campagne: Any, college: Any) -> dict[str, Any]:
    from candidatures.lectures import demandes_a_aviser, slug_de_la_classe
    from candidatures.models import Eleve

    le = _maintenant()
    eleves = list(Eleve.objects.de_l_origine(campagne, college.pk))
    demandes = demandes_a_aviser(campagne, college, le)
    return {
        "uai": college.segment,
        "visiteurs": _sessions(college, origine=True),
        "classes": sorted({slug_de_la_classe(d.candidature.eleve.classe) for d in demandes}),
        "noms": sorted({eleve.nom.lower() for eleve in eleves}),
        "eleves": [eleve.code for eleve in eleves],
        "fiches": _fiches(campagne, college, le),
    }


def _fiches(campagne: Any, college: Any, le: Any) -> list[str]:
    from avis.remises import eleves_avec_un_retour

    return list(eleves_avec_un_retour(campagne, college.pk, le).values_list("code", flat=True))


def _un_lycee(campagne: Any, lycee: Any) -> dict[str, Any]:
    from candidatures.models import Candidature
    from candidatures.rules import Etat

    tenues = Candidature.objects.de_l_accueil(campagne, lycee.pk).filter(etat=Etat.REALISEE)
    return {
        "uai": lycee.segment,
        "visiteurs": _sessions(lycee, accueil=True),
        "comptes_rendus": list(tenues.order_by("pk").values_list("code", flat=True)),
    }


def _sessions(lieu: Any, **cote: bool) -> list[str]:
    from comptes.models import Personne
    from referentiel.models import Rattachement

    for rang in range(COLLEGUES):
        collegue = Personne.objects.create(
            courriel=f"collegue-{rang}.{lieu.segment}@mesure.example", prenom="Claude", nom=f"Collègue {rang}"
        )
        Rattachement.objects.create(
            personne=collegue,
            role="gestionnaire",
            etablissement=lieu,
            saisit_les_avis=True,
            valide_les_comptes_rendus=True,
            **cote,
        )
    return [une_session(personne) for personne in _personnes(lieu)]


def _personnes(lieu: Any) -> Iterable[Any]:
    from comptes.models import Personne

    return Personne.objects.filter(rattachements__etablissement=lieu).order_by("pk")


def _maintenant() -> Any:
    from django.utils import timezone

    return timezone.now()


def main() -> None:
    """Point d'entrée, sur la base de DATABASE_URL."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--courriels", type=int, required=True)
    options.add_argument("--pendant", type=float, required=True)
    choix = options.parse_args()
    django.setup()
    logging.disable(logging.INFO)
    print(json.dumps(poser(courriels=choix.courriels, pendant=choix.pendant)))


if __name__ == "__main__":
    main()
