"""Ajouter, modifier, supprimer des élèves (R10 à R13)."""

from datetime import date

import pytest

from candidatures.models import DemandeDeTransfert, Eleve
from candidatures.services import (
    DoublonAConfirmer,
    EleveDejaInscritAilleurs,
    ImportRefuse,
    ajouter_un_eleve,
    demander_un_transfert,
    importer_des_eleves,
    modifier_un_eleve,
)
from comptes.models import Trace
from courriers.models import Courriel
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.candidatures import EleveFactory
from tests.factories.inscriptions import APRES_LA_CAMPAGNE, une_saisie
from tests.factories.referentiel import EtablissementFactory

pytestmark = pytest.mark.django_db
INE = "123456789AB"


def ajouter(monde, *, confirme=False, **champs):
    return ajouter_un_eleve(
        etablissement=monde.college,
        campagne=monde.campagne,
        saisie=une_saisie(**champs),
        par=monde.chef,
        le=monde.le,
        confirme=confirme,
    )


def modifier(monde, eleve, **champs):
    return modifier_un_eleve(eleve=eleve, saisie=une_saisie(**champs), par=monde.chef, le=monde.le)


def importer(monde, *saisies):
    return importer_des_eleves(
        etablissement=monde.college, campagne=monde.campagne, eleves=saisies, par=monde.chef, le=monde.le
    )


def test_un_eleve_est_mis_au_propre_et_consigne(monde):
    eleve = ajouter(monde, nom="  Diallo ", ine="123456789 ab", referent_courriel=" Petit@Creteil.example ")
    eleve.refresh_from_db()
    assert (eleve.nom, eleve.ine, eleve.referent_courriel) == ("Diallo", INE, "petit@creteil.example")
    assert eleve.cle == "diallo yanis"
    assert Trace.objects.de(eleve).get().auteur == monde.chef


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"ine": "123"}, "Un INE compte 11 caractères"),
        ({"nom": "  "}, "nom de l’élève"),
        ({"date_de_naissance": date(2027, 3, 10)}, "n’est pas passée"),
        ({"niveau": "lycee"}, "réservé aux élèves de niveau 3e"),
    ],
)
def test_une_saisie_fausse_est_refusee_avec_sa_raison(monde, champs, phrase):
    with pytest.raises(Refus, match=phrase):
        ajouter(monde, **champs)
    assert not Eleve.objects.exists()


def test_le_mef_compte_quand_la_campagne_en_donne(monde):
    monde.campagne.regles.mef_admis = ["10010012110"]
    with pytest.raises(Refus, match="MEF 20010012110"):
        ajouter(monde, mef="20010012110")
    assert ajouter(monde, mef="10010012119").mef == "10010012119"


def test_un_ine_inscrit_ailleurs_est_refuse_sans_dire_ou(monde):
    ailleurs = EleveFactory(campagne=monde.campagne, ine=INE, nom="Secret")
    with pytest.raises(EleveDejaInscritAilleurs) as refus:
        ajouter(monde, ine=INE)
    assert str(refus.value) == (
        "Cet élève est déjà inscrit dans un autre établissement de l’académie. Demandez son transfert."
    )
    assert ailleurs.etablissement.nom not in str(refus.value)


def test_un_ine_de_l_etablissement_nomme_l_eleve(monde):
    ajouter(monde, ine=INE)
    with pytest.raises(Refus, match="DIALLO Yanis, déjà dans votre établissement"):
        ajouter(monde, ine=INE, nom="Autre")


def test_un_ine_d_une_autre_campagne_ne_gene_pas(monde):
    EleveFactory(campagne__etat="close", ine=INE)
    assert ajouter(monde, ine=INE).ine == INE


def test_deux_homonymes_sans_ine_demandent_confirmation(monde):
    premier = ajouter(monde)
    with pytest.raises(DoublonAConfirmer) as doublon:
        ajouter(monde, nom="DIALLO", prenom="yanis", ine=INE)
    assert doublon.value.eleve == premier
    assert "14/05/2012" in str(doublon.value)
    assert ajouter(monde, confirme=True).pk != premier.pk


def test_un_ajout_confirme_deux_fois_d_un_double_clic_n_ajoute_qu_un_eleve(monde):
    ajouter(monde)
    assert ajouter(monde, confirme=True).pk == ajouter(monde, confirme=True).pk
    assert Eleve.objects.count() == 2


@pytest.mark.parametrize("champs", [{"date_de_naissance": date(2012, 5, 15)}, {"prenom": "Yasmine"}])
def test_un_eleve_different_ne_demande_rien(monde, champs):
    ajouter(monde)
    assert ajouter(monde, **champs)


def test_deux_homonymes_qui_ont_chacun_un_ine_sont_deux_eleves(monde):
    ajouter(monde, ine=INE)
    assert ajouter(monde, ine="223456789AB")


def test_l_homonyme_d_un_autre_etablissement_ne_se_devine_pas(monde):
    EleveFactory(campagne=monde.campagne, nom="Diallo")
    assert ajouter(monde)


def test_apres_la_campagne_rien_ne_s_ajoute(monde):
    monde.le = APRES_LA_CAMPAGNE
    with pytest.raises(PeriodeClose):
        ajouter(monde)


def test_une_modification_ne_consigne_que_ce_qui_change(monde):
    eleve = ajouter(monde)
    modifier(monde, eleve, classe="3e C")
    trace = Trace.objects.de(eleve).first()
    assert (trace.avant, trace.apres) == ({"classe": "3e B"}, {"classe": "3e C"})
    eleve.refresh_from_db()
    assert eleve.classe == "3e C"


def test_une_modification_vide_ne_laisse_pas_de_trace(monde):
    eleve = ajouter(monde)
    modifier(monde, eleve)
    assert Trace.objects.de(eleve).count() == 1


def test_une_modification_refuse_l_ine_d_un_autre(monde):
    EleveFactory(campagne=monde.campagne, ine=INE)
    eleve = ajouter(monde)
    with pytest.raises(EleveDejaInscritAilleurs):
        modifier(monde, eleve, ine=INE)
    assert modifier(monde, eleve, ine="223456789AB").ine == "223456789AB"


def test_un_import_cree_tout_en_peu_de_requetes(monde, django_assert_max_num_queries):
    saisies = [une_saisie(nom=f"Eleve {rang}") for rang in range(60)]
    with django_assert_max_num_queries(8):
        eleves = importer(monde, *saisies)
    assert [eleve.nom for eleve in eleves] == [saisie.nom for saisie in saisies]
    assert all(eleve.pk and eleve.cle for eleve in eleves)
    assert Trace.objects.filter(fait="import").count() == 60


def test_importer_deux_fois_ne_change_rien(monde):
    saisies = [une_saisie(ine=INE), une_saisie(nom="Santos")]
    premiers = importer(monde, *saisies)
    seconds = importer(monde, *saisies)
    assert premiers == seconds
    assert Eleve.objects.count() == 2
    assert Trace.objects.count() == 2


def test_un_import_met_a_jour_sans_remplacer_la_personne_referente(monde):
    eleve = ajouter(monde, referent_nom="Mme Petit", referent_courriel="petit@creteil.example")
    importer(monde, une_saisie(ine=INE, classe="3e C", referent_nom="M. Autre"))
    eleve.refresh_from_db()
    assert (eleve.classe, eleve.ine, eleve.referent_nom) == ("3e C", INE, "Mme Petit")


def test_un_import_est_tout_ou_rien_et_dit_chaque_ligne(monde):
    EleveFactory(campagne=monde.campagne, ine=INE)
    with pytest.raises(ImportRefuse) as refus:
        importer(
            monde,
            une_saisie(),
            une_saisie(),
            une_saisie(nom="Santos", ine=INE),
            une_saisie(nom="Sow", niveau="lycee"),
        )
    assert refus.value.erreurs.keys() == {2, 3, 4}
    assert refus.value.erreurs[2] == "Déjà présent ligne 1."
    assert not Eleve.objects.filter(etablissement=monde.college).exists()


def test_un_transfert_se_demande_et_previent_l_autre_etablissement(monde):
    ailleurs = EleveFactory(campagne=monde.campagne, ine=INE, nom="Secret")
    demande = demander(monde)
    assert (demande.eleve, demande.demandeur) == (ailleurs, monde.college)
    courriel = Courriel.objects.get()
    assert courriel.destinataire == ailleurs.etablissement.messagerie
    assert courriel.sujet == "Passpro : 1 demande de transfert"
    assert monde.college.nom in courriel.texte
    assert "SECRET" not in courriel.texte.upper()


def demander(monde):
    return demander_un_transfert(
        ine="123456789 ab", etablissement=monde.college, campagne=monde.campagne, par=monde.chef, le=monde.le
    )


def test_un_transfert_ne_se_demande_qu_une_fois(monde):
    EleveFactory(campagne=monde.campagne, ine=INE)
    demander(monde)
    with pytest.raises(Refus, match="déjà demandé"):
        demander(monde)
    assert DemandeDeTransfert.objects.count() == 1


def test_un_ine_inconnu_ou_de_l_etablissement_ne_se_transfere_pas(monde):
    with pytest.raises(Refus, match="aucun autre établissement"):
        demander(monde)
    ajouter(monde, ine=INE)
    with pytest.raises(Refus, match="aucun autre établissement"):
        demander(monde)
    EleveFactory(campagne=monde.campagne, etablissement=EtablissementFactory())
    with pytest.raises(Refus, match="aucun autre établissement"):
        demander_un_transfert(ine="", etablissement=monde.college, campagne=monde.campagne, par=monde.chef, le=monde.le)
