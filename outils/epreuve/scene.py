"""La campagne de l'épreuve : des élèves de plusieurs collèges, planifiés dans des lycées, prêts à être convoqués.

    python -m outils.epreuve.scene --taille 10000 --par-lot 50

Écrit en JSON ce qu'il faut aux clients : par lot, le lycée, la session de son chef, ses entretiens et créneaux libres.
"""

import argparse
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from math import ceil
from typing import Any

import django

COLLEGES_PAR_LOT = 5
LOTS_PAR_LYCEE = 2
CRENEAUX_PAR_SALLE = 27
# Un référent sur tant a une adresse que sa messagerie refuse pour de bon.
UNE_ADRESSE_FAUSSE_SUR = 60


@dataclass
class Scene:
    """Pose `taille` élèves planifiés, par lots de `par_lot` qu'un lycée confirme d'un coup."""

    taille: int
    par_lot: int
    le: datetime
    uai: int = field(default=900_000, init=False)
    eleves: int = field(default=0, init=False)
    classes: int = field(default=0, init=False)

    def poser(self) -> list[dict[str, Any]]:
        """Écrit la campagne et rend ses lots."""
        from django.db import transaction

        with transaction.atomic():
            self.academie, self.campagne = self._campagne()
        nombre = ceil(self.taille / self.par_lot)
        colleges = [self._etablissement(f"Collège {n}", "Collège") for n in range(max(COLLEGES_PAR_LOT, nombre))]
        lots: list[dict[str, Any]] = []
        for premier in range(0, nombre, LOTS_PAR_LYCEE):
            rangs = range(premier, min(premier + LOTS_PAR_LYCEE, nombre))
            groupes = [[colleges[(rang + n) % len(colleges)] for n in range(COLLEGES_PAR_LOT)] for rang in rangs]
            lots += self._lycee(premier, groupes)
        return lots

    def _campagne(self) -> tuple[Any, Any]:
        from referentiel.models import Academie, Campagne, CaseDeMatrice, JeuDeRegles, Periode
        from referentiel.rules.calendrier import Nature
        from referentiel.rules.jeu import Resultat

        academie = Academie.objects.create(
            code="epreuve", nom="Épreuve", departements=["094"], contact_courriel="saio@epreuve.example"
        )
        campagne = Campagne.objects.create(
            academie=academie, annee=self.le.year, intitule="Épreuve des pannes", etat=Campagne.Etat.OUVERTE
        )
        jour = self.le.date()
        Periode.objects.bulk_create(
            Periode(campagne=campagne, nature=nature, debut=jour - timedelta(days=30), fin=jour + timedelta(days=150))
            for nature in Nature
        )
        regles = JeuDeRegles.objects.create(campagne=campagne, delai_de_rappel=0)
        CaseDeMatrice.objects.bulk_create(
            CaseDeMatrice(regles=regles, avis_origine=origine, avis_accueil=accueil, resultat=Resultat.FAVORABLE)
            for origine, accueil in regles.couples_attendus
        )
        return academie, campagne

    def _etablissement(self, nom: str, genre: str) -> Any:
        from referentiel.models import Etablissement
        from referentiel.rules.identifiants import lettre_de_controle

        self.uai += 1
        uai = f"{self.uai:07d}{lettre_de_controle(f'{self.uai:07d}')}"
        return Etablissement.objects.create(
            uai=uai,
            nom=nom,
            type=genre,
            academie=self.academie,
            departement="094",
            adresse="12 rue des Écoles",
            code_postal="94000",
            commune="Créteil",
            telephone="01 23 45 67 89",
            messagerie=f"ce.{uai.lower()}@epreuve.example",
        )

    def _lycee(self, rang: int, groupes: list[list[Any]]) -> Iterator[dict[str, Any]]:
        from referentiel.models import Accueil, Domaine, Formation

        lycee = self._etablissement(f"Lycée professionnel {rang}", "LP")
        domaine = Domaine.objects.create(campagne=self.campagne, nom=f"Domaine {rang}")
        formation = Formation.objects.create(domaine=domaine, type=Formation.Type.CAP, libelle=f"Métier {rang}")
        accueil = Accueil.objects.create(domaine=domaine, etablissement=lycee)
        session = self._session(lycee)
        # Un tiers de créneaux en plus : de quoi déplacer.
        creneaux = iter(self._creneaux(accueil, ceil(len(groupes) * self.par_lot * 4 / 3)))
        for colleges in groupes:
            yield {
                "uai": lycee.segment,
                "session": session,
                "entretiens": self._placer(accueil, formation, colleges, list(islice(creneaux, self.par_lot))),
                "libres": [creneau.code for creneau in islice(creneaux, ceil(self.par_lot / 3))],
            }

    def _session(self, lycee: Any) -> str:
        from django.conf import settings
        from django.test import Client

        from comptes.models import Personne
        from referentiel.models import Rattachement

        chef = Personne.objects.create(courriel=f"chef.{lycee.segment}@epreuve.example", prenom="Claude", nom="Chef")
        Rattachement.objects.create(personne=chef, role=Rattachement.Role.CHEF, etablissement=lycee, accueil=True)
        client = Client()
        client.force_login(chef, backend="django.contrib.auth.backends.ModelBackend")
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    def _creneaux(self, accueil: Any, nombre: int) -> list[Any]:
        from entretiens.models import Creneau
        from entretiens.rules.series import Poste, Serie
        from entretiens.services import creer_la_serie

        salles = ceil(nombre / CRENEAUX_PAR_SALLE)
        jour = self._un_jour_ouvrable()
        serie = Serie(
            du=jour,
            au=jour,
            jours=frozenset(range(6)),
            de=time(9),
            a=time(18),
            duree=timedelta(minutes=20),
            postes=tuple(Poste(None, f"salle {n}", str(n)) for n in range(salles)),
            exclure_les_conges=False,
        )
        seances = creer_la_serie(accueil=accueil, serie=serie, par=None, le=self.le)
        return list(Creneau.objects.filter(seance__in=seances).order_by("pk"))

    def _un_jour_ouvrable(self) -> date:
        from referentiel.rules.dates import est_ouvre

        jour = self.le.date() + timedelta(days=20)
        while not est_ouvre(jour):
            jour += timedelta(days=1)
        return jour

    def _placer(self, accueil: Any, formation: Any, colleges: list[Any], creneaux: list[Any]) -> list[dict[str, str]]:
        from candidatures.models import Candidature, FormationDemandee
        from candidatures.rules import Etat
        from entretiens.services import placer_plusieurs

        par_college = ceil(self.par_lot / len(colleges))
        eleves = [eleve for college in colleges for eleve in self._eleves(college, par_college)][: len(creneaux)]
        commun = {"accueil": accueil, "domaine": accueil.domaine, "etat": Etat.INSCRITE, "modalite": "individuel"}
        candidatures = Candidature.objects.bulk_create(
            Candidature(eleve=eleve, inscrite_le=self.le, **commun) for eleve in eleves
        )
        FormationDemandee.objects.bulk_create(
            FormationDemandee(candidature=candidature, formation=formation, domaine=accueil.domaine)
            for candidature in candidatures
        )
        placements = list(zip(candidatures, creneaux, strict=True))
        entretiens = placer_plusieurs(placements=placements, par=None, le=self.le)
        return [{"entretien": entretien.code, "candidature": entretien.candidature.code} for entretien in entretiens]

    def _eleves(self, college: Any, nombre: int) -> list[Any]:
        from candidatures.models import Eleve
        from candidatures.rules import cle_d_un_eleve

        self.classes += 1
        faux = "refuse" if self.classes % UNE_ADRESSE_FAUSSE_SUR == 1 else "referent"
        noms = [f"Eleve{self.eleves + n}" for n in range(nombre)]
        self.eleves += nombre
        return Eleve.objects.bulk_create(
            Eleve(
                campagne=self.campagne,
                etablissement=college,
                nom=nom,
                prenom="Camille",
                cle=cle_d_un_eleve(nom, "Camille"),
                date_de_naissance=date(2012, 5, 14),
                classe=f"3e {self.classes}",
                referent_nom="M. Petit",
                referent_courriel=f"{faux}.{self.classes}@epreuve.example",
            )
            for nom in noms
        )


def main() -> None:
    """Point d'entrée : pose la campagne dans la base de DATABASE_URL."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--taille", type=int, required=True)
    options.add_argument("--par-lot", type=int, required=True)
    choix = options.parse_args()
    django.setup()
    logging.disable(logging.INFO)
    from django.utils import timezone

    print(json.dumps(Scene(choix.taille, choix.par_lot, timezone.localtime()).poser()))


if __name__ == "__main__":
    main()
