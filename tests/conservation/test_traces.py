"""L'historique de ce qui a disparu suit le terme de sa campagne, et d'aucune autre (R40, T21)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from candidatures.models import Eleve
from comptes.models import Trace
from comptes.services import consigner, consigner_plusieurs
from comptes.services.historique import PHRASE_EFFACEE
from comptes.signatures import _contenu, est_authentique, signer
from conservation.services.etapes import traces_de_la_campagne
from tests.factories.candidatures import CandidatureFactory, EleveFactory
from tests.factories.pilotage import MAINTENANT
from tests.factories.referentiel import AcademieFactory, CampagneFactory

pytestmark = pytest.mark.django_db
CLOTURE = MAINTENANT + timedelta(days=60)


@pytest.fixture
def campagnes():
    return [CampagneFactory(academie=AcademieFactory(code=code, nom=code.title())) for code in ("creteil", "paris")]


def disparu(campagne) -> Eleve:
    """Un élève ajouté, puis supprimé : seul son historique en reste."""
    eleve = EleveFactory(campagne=campagne)
    for fait in ("ajout", "suppression"):
        consigner(objet=eleve, fait=fait, phrase="Fait.", par=None, le=MAINTENANT)
    Eleve.objects.filter(pk=eleve.pk).delete()
    return eleve


def test_l_anonymisation_d_une_academie_laisse_ce_qui_a_disparu_dans_une_autre(campagnes):
    eleves = [disparu(campagne) for campagne in campagnes]
    for campagne, eleve in zip(campagnes, eleves, strict=True):
        prises = traces_de_la_campagne(campagne, CLOTURE)
        assert set(prises) == set(Trace.objects.de(eleve))
        assert {trace.campagne for trace in prises} == {campagne.pk}


def test_une_ligne_d_avant_la_colonne_part_avec_la_premiere_qui_suit(campagnes):
    sans = Trace(objet_type=Eleve._meta.label_lower, objet_id=-1, fait="f", phrase="p", auteur_nom="X", le=MAINTENANT)
    sans.save()
    assert all(sans in traces_de_la_campagne(campagne, CLOTURE) for campagne in campagnes)
    assert sans not in traces_de_la_campagne(campagnes[0], MAINTENANT - timedelta(days=1))


def test_une_candidature_dit_la_campagne_de_son_eleve_sans_requete(django_assert_num_queries):
    candidature = CandidatureFactory()
    with django_assert_num_queries(1):
        consigner_plusieurs(phrases=[(candidature, "Fait.")], fait="essai", par=None, le=MAINTENANT)
    assert Trace.objects.de(candidature).get().campagne == candidature.eleve.campagne_id


def test_la_colonne_ajoutee_ne_dement_aucune_signature_et_ne_se_change_pas(campagnes):
    eleve = disparu(campagnes[0])
    trace = Trace.objects.de(eleve).first()
    assert est_authentique(trace)
    trace.campagne = campagnes[1].pk
    assert not est_authentique(trace)
    trace.campagne = None
    assert "campagne" not in dict(_contenu(trace)[1:])
    trace.signature = signer(_contenu(trace))
    assert est_authentique(trace)
    with pytest.raises(DatabaseError, match="ne se modifie pas"):
        retirer_les_noms(trace, campagne=campagnes[1].pk)
    retirer_les_noms(trace, campagne=campagnes[0].pk)
    assert Trace.objects.get(pk=trace.pk).campagne == campagnes[0].pk


@transaction.atomic
def retirer_les_noms(trace: Trace, *, campagne: int) -> None:
    """Ce que fait la fonction de la base, et une campagne de plus."""
    with connection.cursor() as curseur:
        curseur.execute("SET LOCAL passpro.anonymisation = 'on'")
        curseur.execute(
            "UPDATE comptes_trace SET campagne = %s, phrase = %s, auteur_id = NULL, auteur_nom = '', avant = '{}', "
            "apres = '{}', signature_effacee = 'x' WHERE id = %s",
            [campagne, PHRASE_EFFACEE, trace.pk],
        )
