"""Un nom qui commence par une lettre accentuée se range à sa place, où que la base soit installée."""

import pytest
from django.apps import apps

from candidatures.models import Classe
from comptes.models import Personne
from entretiens.models import Jury
from referentiel.catalogue_lu import LieuPropose
from referentiel.forms.catalogue import FiltreDuCatalogue
from referentiel.models import Academie, Domaine, Etablissement, Formation, Offre
from tests.factories.entretiens import JuryFactory
from tests.factories.referentiel import (
    CampagneFactory,
    DomaineFactory,
    EtablissementFactory,
    FormationFactory,
    OffreFactory,
    PersonneFactory,
)

RANGES = ["Eau", "ébène", "Ébénisterie", "Électricité", "L’art", "L'œil", "Œnologie", "Optique", "Zinguerie"]
MELES = RANGES[::2] + RANGES[1::2]
NOMMES = ("nom", "prenom", "libelle", "commune")
# Un code, « 3A », que chaque page range par classe ; quelques noms sans accent à leur première lettre.
RANGES_TELS_QUELS = {(Classe, "nom"), (Academie, "nom")}


def test_les_villes_du_catalogue_public_se_rangent_en_francais():
    lieux = [LieuPropose(f"094000{n}A", "Lycée", ville, None, None) for n, ville in enumerate(MELES)]
    filtre = FiltreDuCatalogue(domaines=[], departements=[], etablissements=lieux)
    assert [libelle for _, libelle in filtre.fields["ville"].choices] == ["Toutes", *RANGES]


def test_aucun_modele_ne_se_range_par_un_nom_plutot_que_par_sa_cle():
    ranges = {
        (modele, nom)
        for modele in apps.get_models()
        for nom in modele._meta.ordering
        if isinstance(nom, str) and nom.rpartition("__")[2] in NOMMES
    }
    assert {couple for couple in ranges if couple[0]._meta.app_label in APPLICATIONS} == RANGES_TELS_QUELS


APPLICATIONS = {"comptes", "referentiel", "candidatures", "entretiens", "avis", "conservation", "courriers"}


@pytest.mark.django_db
def test_domaines_formations_etablissements_jurys_et_personnes_se_rangent_en_francais():
    campagne, lycee = CampagneFactory(), EtablissementFactory(lycee=True)
    domaines = [DomaineFactory(campagne=campagne, nom=nom) for nom in MELES]
    for nom in MELES:
        FormationFactory(domaine=domaines[0], libelle=nom)
        EtablissementFactory(nom="Collège d’ici", commune=nom)
        JuryFactory(etablissement=lycee, nom=nom)
        PersonneFactory(nom=nom, prenom="Ève")
    assert [domaine.nom for domaine in Domaine.objects.all()] == RANGES
    assert [formation.libelle for formation in Formation.objects.all()] == RANGES
    assert [lieu.commune for lieu in Etablissement.objects.filter(nom="Collège d’ici")] == RANGES
    assert [jury.nom for jury in Jury.objects.all()] == RANGES
    assert [personne.nom for personne in Personne.objects.filter(prenom="Ève")] == RANGES


@pytest.mark.django_db
def test_le_catalogue_se_range_en_francais_par_formation_et_par_ville():
    domaine = DomaineFactory()
    for nom in MELES:
        OffreFactory(
            formation=FormationFactory(domaine=domaine, libelle=nom),
            etablissement=EtablissementFactory(lycee=True, commune=nom),
        )
    assert [offre.formation.libelle for offre in Offre.objects.par_formation()] == RANGES
    assert [offre.etablissement.commune for offre in Offre.objects.par_etablissement()] == RANGES


@pytest.mark.django_db
def test_un_nom_change_se_range_aussitot_a_sa_place():
    """La base calcule la clé : aucune écriture ne peut l'oublier."""
    eau = DomaineFactory(nom="Eau")
    zinc = DomaineFactory(nom="Zinguerie", campagne=eau.campagne)
    Domaine.objects.filter(pk=zinc.pk).update(nom="Bâtiment")
    assert [domaine.pk for domaine in Domaine.objects.filter(pk__in=[eau.pk, zinc.pk])] == [zinc.pk, eau.pk]
