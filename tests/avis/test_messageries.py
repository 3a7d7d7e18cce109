"""Une messagerie absente ou fausse n'empêche rien d'avancer (R25, R41)."""

import pytest

from avis.models import CompteRendu
from avis.services import transmettre
from candidatures.services import annuler
from courriers.models import Courriel
from referentiel.models import Etablissement
from tests.factories.avis import LENDEMAIN, TEXTE, avis_pour, candidature_entendue
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.referentiel import PersonneFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("messagerie", ["", "pas une adresse", "a@b.example, c@d.example"])
def test_un_compte_rendu_se_transmet_sans_adresse_a_qui_l_ecrire(messagerie):
    candidature = candidature_entendue()
    Etablissement.objects.filter(pk=candidature.eleve.etablissement_id).update(messagerie=messagerie)
    transmettre(
        candidature=candidature,
        texte=TEXTE,
        avis=avis_pour(candidature),
        version=0,
        par=PersonneFactory(),
        le=LENDEMAIN,
    )
    assert CompteRendu.objects.get().est_transmis
    assert not Courriel.objects.exists()


def test_une_candidature_s_annule_sans_adresse_a_qui_l_ecrire():
    candidature = CandidatureFactory()
    Etablissement.objects.filter(pk=candidature.eleve.etablissement_id).update(messagerie="pas une adresse")
    annuler(candidature=candidature, motif="Domaine fermé", par=None, le=EN_MARS)
    assert not Courriel.objects.exists()
