"""Académies, établissements, campagnes, catalogue et personnes des tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import factory
from django.db import connection, transaction
from factory.django import DjangoModelFactory

from comptes.models import Personne
from referentiel import models
from referentiel.rules.calendrier import Nature
from referentiel.rules.identifiants import lettre_de_controle
from referentiel.rules.jeu import Avis, Modalite, Resultat, couples_attendus

MOT_DE_PASSE = "un-mot-de-passe-de-test"

# Une campagne 2027 dont tout est ouvert du 1er mars au 30 avril.
PERIODES: dict[Nature, tuple[date | None, date | None]] = {
    Nature.INFORMATION: (date(2027, 1, 11), None),
    Nature.INSCRIPTION: (date(2027, 1, 25), date(2027, 4, 30)),
    Nature.PLANIFICATION: (date(2027, 2, 1), date(2027, 5, 14)),
    Nature.ENTRETIENS: (date(2027, 2, 8), date(2027, 5, 18)),
    Nature.CONVOCATIONS: (None, date(2027, 5, 14)),
    Nature.SAISIE_AVIS_ACCUEIL: (date(2027, 2, 8), date(2027, 5, 25)),
    Nature.VISUALISATION: (date(2027, 2, 8), date(2027, 5, 25)),
    Nature.VOEUX_AFFELNET: (date(2027, 5, 3), date(2027, 5, 25)),
    Nature.FERMETURE: (None, date(2027, 5, 28)),
}

_FORCES = {Avis.FAVORABLE: 2, Avis.ASSEZ_FAVORABLE: 1, Avis.RESERVE: 0}
_PAR_SOMME = [
    Resultat.RESERVE,
    Resultat.PEU_FAVORABLE,
    Resultat.ASSEZ_FAVORABLE,
    Resultat.FAVORABLE,
    Resultat.TRES_FAVORABLE,
]


def resultat_de_2017(origine: Avis, accueil: Avis) -> Resultat:
    """Matrice de Créteil 2017, dite autrement que dans les préréglages."""
    if Avis.ABSENT in (origine, accueil):
        return Resultat.INCOMPLET
    if accueil is Avis.NE_SE_PRONONCE_PAS:
        return Resultat(origine.value)
    return _PAR_SOMME[_FORCES[origine] + _FORCES[accueil]]


@contextmanager
def meme_close() -> Iterator[None]:
    """Écrit dans une campagne, même close : la base le refuse sans cela."""
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("SET LOCAL passpro.purge = on")
        yield
        curseur.execute("SET LOCAL passpro.purge = off")


class AcademieFactory(DjangoModelFactory):
    class Meta:
        model = models.Academie
        django_get_or_create = ("code",)

    code = "creteil"
    nom = "Créteil"
    departements = factory.LazyFunction(lambda: ["077", "093", "094"])


class EtablissementFactory(DjangoModelFactory):
    class Meta:
        model = models.Etablissement

    uai = factory.Sequence(lambda n: f"{940000 + n:07d}{lettre_de_controle(f'{940000 + n:07d}')}")
    nom = factory.Sequence(lambda n: f"Collège d’essai {n}")
    type = "Collège"
    academie = factory.SubFactory(AcademieFactory)
    departement = "094"
    adresse = "12 rue des Écoles"
    code_postal = "94000"
    commune = "Créteil"
    telephone = "01 23 45 67 89"
    messagerie = factory.LazyAttribute(lambda e: f"ce.{e.uai.lower()}@creteil.example")
    chef = "Mme Martin"

    class Params:
        lycee = factory.Trait(
            nom=factory.Sequence(lambda n: f"Lycée professionnel d’essai {n}"),
            type="LP",
            commune="Vitry-sur-Seine",
        )


class CampagneFactory(DjangoModelFactory):
    """Campagne ouverte de 2027, avec calendrier, règles et matrice de Créteil."""

    class Meta:
        model = models.Campagne
        skip_postgeneration_save = True

    academie = factory.SubFactory(AcademieFactory)
    annee = 2027
    intitule = factory.Sequence(lambda n: f"Campagne d’essai {n}")
    etat = models.Campagne.Etat.OUVERTE

    @factory.post_generation
    def calendrier(self, create, periodes, **kwargs):
        with meme_close():
            for nature, (debut, fin) in (PERIODES | (periodes or {})).items():
                self.periodes.create(nature=nature, debut=debut, fin=fin)

    @factory.post_generation
    def regles(self, create, extracted, **champs):
        with meme_close():
            jeu = models.JeuDeRegles.objects.create(campagne=self, **champs)
            models.CaseDeMatrice.objects.bulk_create(
                models.CaseDeMatrice(
                    regles=jeu,
                    avis_origine=origine,
                    avis_accueil=accueil,
                    resultat=resultat_de_2017(origine, accueil),
                )
                for origine, accueil in couples_attendus(
                    map(Avis, jeu.echelle_origine),
                    map(Avis, jeu.echelle_accueil),
                    ne_se_prononce_pas=jeu.ne_se_prononce_pas,
                )
            )


class DuCatalogue(DjangoModelFactory):
    """Ce qui se pose aussi dans une campagne close, pour la montrer telle qu'elle a été."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, *args, **champs):
        with meme_close():
            return super()._create(*args, **champs)


class DomaineFactory(DuCatalogue):
    class Meta:
        model = models.Domaine

    campagne = factory.SubFactory(CampagneFactory)
    nom = factory.Sequence(lambda n: f"Domaine {n}")


class FormationFactory(DuCatalogue):
    class Meta:
        model = models.Formation

    domaine = factory.SubFactory(DomaineFactory)
    type = models.Formation.Type.CAP
    libelle = factory.Sequence(lambda n: f"Spécialité {n}")


class AccueilFactory(DuCatalogue):
    class Meta:
        model = models.Accueil

    domaine = factory.SubFactory(DomaineFactory)
    etablissement = factory.SubFactory(EtablissementFactory, lycee=True)
    modalite = Modalite.INDIVIDUEL


class OffreFactory(DuCatalogue):
    class Meta:
        model = models.Offre

    formation = factory.SubFactory(FormationFactory)
    etablissement = factory.SubFactory(EtablissementFactory, lycee=True)


class PersonneFactory(DjangoModelFactory):
    class Meta:
        model = Personne
        skip_postgeneration_save = True

    courriel = factory.Sequence(lambda n: f"personne{n}@passpro.example")
    prenom = "Claire"
    nom = factory.Sequence(lambda n: f"Petit{n}")
    civilite = "Mme"

    @factory.post_generation
    def mot_de_passe(self, create, extracted, **kwargs):
        if extracted:
            self.set_password(extracted)
            self.save()


class RattachementFactory(DjangoModelFactory):
    """Chef d'établissement d'origine par défaut ; les autres places sont des traits."""

    class Meta:
        model = models.Rattachement

    personne = factory.SubFactory(PersonneFactory)
    role = models.Rattachement.Role.CHEF
    etablissement = factory.SubFactory(EtablissementFactory)
    origine = True

    class Params:
        gestionnaire = factory.Trait(role=models.Rattachement.Role.GESTIONNAIRE)
        a_l_accueil = factory.Trait(
            origine=False, accueil=True, etablissement=factory.SubFactory(EtablissementFactory, lycee=True)
        )
        saio = factory.Trait(
            role=models.Rattachement.Role.SAIO,
            etablissement=None,
            origine=False,
            academie=factory.SubFactory(AcademieFactory),
        )
        observation = factory.Trait(
            role=models.Rattachement.Role.OBSERVATEUR,
            etablissement=None,
            origine=False,
            academie=factory.SubFactory(AcademieFactory),
            departement="094",
        )
