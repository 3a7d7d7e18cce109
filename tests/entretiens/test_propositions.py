"""Proposer un planning, l'ajuster, le confirmer d'un seul geste (R22 à R26, écran A7)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from candidatures.rules import Etat
from candidatures.services import desister
from courriers.models import Courriel
from entretiens import services
from entretiens.models import Convocation, DomainePropose, Entretien, LigneDeProposition, Proposition
from referentiel.rules.refus import PeriodeClose, Refus
from referentiel.services import clore_la_campagne
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.entretiens import ouvrir, ouvrir_un_creneau, placer
from tests.factories.propositions import ajuster, confirmer, ouvrir_des_creneaux, placees, proposer, qui_attendent
from tests.factories.referentiel import AccueilFactory, DomaineFactory, RattachementFactory

pytestmark = pytest.mark.django_db

UNE_HEURE_APRES = EN_MARS + timedelta(hours=1)


@pytest.fixture
def accueil():
    return AccueilFactory()


def une_personne(accueil, nom="Leroy"):
    place = RattachementFactory(
        a_l_accueil=True, gestionnaire=True, etablissement=accueil.etablissement, personne__nom=nom
    )
    place.personne.civilite = "Mme"
    place.personne.save()
    return place.personne


def ailleurs_a_9_heures(accueil, eleve):
    """Un autre lycée planifie l'élève à neuf heures."""
    autre = AccueilFactory(domaine=DomaineFactory(campagne=accueil.domaine.campagne))
    return placer(CandidatureFactory(accueil=autre, eleve=eleve), ouvrir_un_creneau(autre, 9))


# Calculer --------------------------------------------------------------------------------------------------


def test_une_proposition_place_chacun_et_n_ecrit_aucun_entretien(accueil):
    creneaux, candidatures = ouvrir(accueil), qui_attendent(accueil, 3)
    proposition = proposer(accueil)
    assert {ligne.candidature_id for ligne in placees(proposition)} == {c.pk for c in candidatures}
    assert {ligne.creneau for ligne in placees(proposition)} == set(creneaux)
    assert not Entretien.objects.exists()
    assert not Courriel.objects.exists()


def test_un_eleve_sans_place_garde_sa_raison(accueil):
    ouvrir_un_creneau(accueil)
    qui_attendent(accueil, 2)
    laissee = proposer(accueil).lignes.get(creneau=None)
    assert laissee.raison


def test_ce_qui_est_deja_planifie_ne_bouge_pas(accueil):
    un, *reste = ouvrir(accueil)
    entretien = placer(CandidatureFactory(accueil=accueil), un)
    qui_attendent(accueil, 2)
    proposition = proposer(accueil)
    assert {ligne.creneau for ligne in placees(proposition)} == set(reste)
    confirmer(proposition)
    entretien.refresh_from_db()
    assert (entretien.creneau, Entretien.objects.count()) == (un, 3)


def test_le_nombre_de_requetes_ne_depend_pas_du_nombre_d_eleves(accueil):
    nombres = []
    for eleves in (5, 60):
        accueil = AccueilFactory(domaine=DomaineFactory(campagne=accueil.domaine.campagne))
        ouvrir_des_creneaux(accueil, eleves + 3)
        qui_attendent(accueil, eleves)
        with CaptureQueriesContext(connection) as calcul:
            proposition = proposer(accueil)
        assert len(placees(proposition)) == eleves
        with CaptureQueriesContext(connection) as ajustement:
            ajuster(proposition, {})
        nombres.append((len(calcul), len(ajustement)))
    assert nombres[0] == nombres[1]


def test_sans_eleve_a_planifier_rien_ne_commence(accueil):
    with pytest.raises(Refus, match="Aucun élève à planifier"):
        proposer(accueil)
    assert not Proposition.objects.exists()


# Tenir ------------------------------------------------------------------------------------------------------


def test_un_collegue_lit_qui_prepare_et_depuis_quand(accueil):
    ouvrir(accueil), qui_attendent(accueil, 1)
    proposer(accueil, par=une_personne(accueil))
    with pytest.raises(Refus, match="Mme Leroy prépare une proposition de planning pour ce domaine depuis 10\xa0h"):
        proposer(accueil, par=une_personne(accueil, "Haddad"), le=EN_MARS + timedelta(minutes=29))


def test_les_creneaux_tenus_ne_se_donnent_pas_a_la_main_avant_trente_minutes(accueil):
    creneau = ouvrir_un_creneau(accueil)
    qui_attendent(accueil, 1)
    proposer(accueil, par=une_personne(accueil))
    autre = CandidatureFactory(accueil=accueil)
    with pytest.raises(Refus, match="retenu jusqu’à 10\xa0h\xa030 par la proposition de planning de Mme Leroy"):
        placer(autre, creneau, le=EN_MARS + timedelta(minutes=29))
    assert placer(autre, creneau, le=EN_MARS + timedelta(minutes=30))


def test_deplacer_respecte_les_creneaux_tenus(accueil):
    un, deux = ouvrir_un_creneau(accueil, 9), ouvrir_un_creneau(accueil, 10)
    entretien = placer(CandidatureFactory(accueil=accueil), un)
    qui_attendent(accueil, 1)
    proposition = proposer(accueil)
    with pytest.raises(Refus, match="Ce créneau est retenu"):
        services.deplacer(entretien=entretien, creneau=deux, par=None, le=EN_MARS)
    services.abandonner_la_proposition(proposition=proposition, par=None, le=EN_MARS)
    services.deplacer(entretien=entretien, creneau=deux, par=None, le=EN_MARS)


def test_une_seance_collective_ne_perd_que_les_places_tenues(accueil):
    collectif = AccueilFactory(domaine=DomaineFactory(campagne=accueil.domaine.campagne), modalite="collectif")
    [creneau] = ouvrir(collectif, collective=True, capacite=3)
    qui_attendent(collectif, 2, modalite="collectif")
    proposer(collectif)
    placer(CandidatureFactory(accueil=collectif, modalite="collectif"), creneau)
    with pytest.raises(Refus, match="Ce créneau est retenu"):
        placer(CandidatureFactory(accueil=collectif, modalite="collectif"), creneau)


def test_un_ajustement_tient_les_creneaux_trente_minutes_de_plus(accueil):
    ouvrir(accueil), qui_attendent(accueil, 1)
    proposition = proposer(accueil)
    ajuster(proposition, {}, le=EN_MARS + timedelta(minutes=25))
    proposition.refresh_from_db()
    assert proposition.est_tenue(EN_MARS + timedelta(minutes=54))


def test_une_proposition_echue_se_remplace_par_un_collegue_ou_se_confirme_encore(accueil):
    ouvrir(accueil), qui_attendent(accueil, 1)
    leroy, haddad = une_personne(accueil), une_personne(accueil, "Haddad")
    echue = proposer(accueil, par=leroy)
    suivante = proposer(accueil, par=haddad, le=UNE_HEURE_APRES)
    with pytest.raises(services.PropositionFinie, match="remplacée par une autre"):
        confirmer(echue, par=leroy, le=UNE_HEURE_APRES)
    assert confirmer(suivante, par=haddad, le=UNE_HEURE_APRES + timedelta(hours=5)).planifies == 1


def test_deux_domaines_se_preparent_chacun_de_leur_cote(accueil):
    autre = AccueilFactory(
        domaine=DomaineFactory(campagne=accueil.domaine.campagne), etablissement=accueil.etablissement
    )
    for domaine in (accueil, autre):
        ouvrir_des_creneaux(domaine, 2), qui_attendent(domaine, 1)
    proposer(accueil, par=une_personne(accueil))
    assert proposer(autre, par=une_personne(accueil, "Haddad"))
    with pytest.raises(Refus, match="Mme Leroy prépare"):
        proposer(accueil, autre, par=une_personne(accueil, "Petit"))


# Ajuster ----------------------------------------------------------------------------------------------------


def test_un_choix_a_la_main_est_garde_par_le_calcul(accueil):
    un, deux, trois = ouvrir(accueil)
    candidatures = qui_attendent(accueil, 2)
    proposition = proposer(accueil)
    choisi = next(c for c in (un, deux, trois) if c not in {ligne.creneau for ligne in placees(proposition)})
    ajuster(proposition, {candidatures[0]: choisi})
    plus_tard = qui_attendent(accueil, 1)[0]
    proposition.refresh_from_db()
    services.recalculer_la_proposition(
        proposition=proposition, choix={}, version=proposition.version, en_entier=True, par=None, le=EN_MARS
    )
    lignes = {ligne.candidature_id: ligne.creneau for ligne in placees(proposition)}
    assert lignes[candidatures[0].pk] == choisi
    assert lignes[plus_tard.pk] is not None


def test_un_eleve_laisse_pour_plus_tard_le_reste_au_recalcul_et_reste_a_planifier(accueil):
    ouvrir(accueil)
    un, deux = qui_attendent(accueil, 2)
    proposition = proposer(accueil)
    ajuster(proposition, {un: None})
    services.recalculer_la_proposition(
        proposition=proposition, choix={}, version=2, en_entier=True, par=None, le=EN_MARS
    )
    assert confirmer(proposition).planifies == 1
    un.refresh_from_db()
    assert un.etat == Etat.INSCRITE
    assert Entretien.objects.get().candidature == deux


def test_deux_eleves_sur_un_creneau_sont_nommes_tous_les_deux(accueil):
    ouvrir(accueil)
    un, deux = qui_attendent(accueil, 2)
    proposition = proposer(accueil)
    voulu = placees(proposition)[0].creneau
    with pytest.raises(services.AjustementsRefuses) as refus:
        ajuster(proposition, {un: voulu, deux: voulu})
    [phrase] = refus.value.phrases
    assert phrase.startswith("Deux élèves sur le même créneau (jeudi 25\xa0mars à 9\xa0h\xa000)")
    assert str(un.eleve) in phrase
    assert str(deux.eleve) in phrase
    assert set(refus.value.raisons) == {un.pk, deux.pk}
    assert not LigneDeProposition.objects.filter(choisie=True).exists()


def test_le_second_qui_ajuste_est_prevenu_et_n_efface_rien(accueil):
    ouvrir(accueil)
    [candidature] = qui_attendent(accueil, 1)
    proposition = proposer(accueil)
    libres = [c for c in accueil.seances.get().creneaux.all() if c != placees(proposition)[0].creneau]
    ajuster(proposition, {candidature: libres[0]}, version=1, par=une_personne(accueil))
    with pytest.raises(services.PropositionModifiee, match="Mme Leroy a modifié cette proposition à 10\xa0h"):
        ajuster(proposition, {candidature: libres[1]}, version=1)
    assert placees(proposition)[0].creneau == libres[0]


# Confirmer --------------------------------------------------------------------------------------------------


def test_confirmer_planifie_et_convoque_d_un_seul_geste(accueil):
    ouvrir(accueil), qui_attendent(accueil, 3)
    finie = confirmer(proposer(accueil), par=une_personne(accueil))
    assert (finie.etat, finie.planifies, finie.envoi.convocations.count()) == ("confirmee", 3, 3)
    assert Convocation.objects.count() == Entretien.objects.prevus().count() == 3
    assert set(Courriel.objects.values_list("prochain_essai_le", flat=True)) == {finie.envoi.part_le}
    assert not finie.lignes.exists()
    assert not DomainePropose.objects.exists()


def test_confirmer_sans_envoyer_laisse_les_convocations_a_envoyer(accueil):
    ouvrir(accueil), qui_attendent(accueil, 2)
    finie = confirmer(proposer(accueil), envoyer=False)
    assert (finie.planifies, finie.envoi, Entretien.objects.a_confirmer().count()) == (2, None, 2)


def test_un_eleve_pris_ailleurs_entre_temps_ne_laisse_rien_a_moitie_et_n_est_dit_qu_indisponible(accueil):
    ouvrir(accueil)
    candidatures = qui_attendent(accueil, 3)
    proposition = proposer(accueil)
    premiere = placees(proposition)[0].candidature
    planifie = ailleurs_a_9_heures(accueil, premiere.eleve)
    with pytest.raises(services.PlacementsRefuses) as refus:
        confirmer(proposition)
    assert refus.value.raisons == {premiere.pk: "Cet élève n’est pas disponible à cette heure."}
    assert list(Entretien.objects.all()) == [planifie]
    assert not Convocation.objects.exists()
    services.recalculer_la_proposition(
        proposition=proposition, choix={}, version=1, en_entier=False, par=None, le=EN_MARS
    )
    restees = {ligne.candidature_id for ligne in placees(proposition)}
    assert restees == {c.pk for c in candidatures if c != premiere}
    assert confirmer(proposition).planifies == 2


def test_un_creneau_pris_apres_la_tenue_se_dit_ligne_a_ligne_et_le_recalcul_le_remplace(accueil):
    ouvrir(accueil)
    [candidature] = qui_attendent(accueil, 1)
    proposition = proposer(accueil)
    pris = placees(proposition)[0].creneau
    placer(CandidatureFactory(accueil=accueil), pris, le=UNE_HEURE_APRES)
    with pytest.raises(services.PlacementsRefuses) as refus:
        confirmer(proposition, le=UNE_HEURE_APRES)
    assert refus.value.raisons == {candidature.pk: "Ce créneau vient d’être pris. Choisissez-en un autre."}
    services.recalculer_la_proposition(
        proposition=proposition, choix={}, version=1, en_entier=False, par=None, le=UNE_HEURE_APRES
    )
    assert placees(proposition)[0].creneau != pris
    assert confirmer(proposition, le=UNE_HEURE_APRES).planifies == 1


def test_un_desistement_pendant_la_preparation_se_dit_et_s_efface_au_recalcul(accueil):
    ouvrir(accueil)
    un, _ = qui_attendent(accueil, 2)
    proposition = proposer(accueil)
    desister(candidature=un, motif="Renonce", par=None, le=EN_MARS)
    with pytest.raises(services.PlacementsRefuses, match="Désistement"):
        confirmer(proposition)
    services.recalculer_la_proposition(
        proposition=proposition, choix={}, version=1, en_entier=False, par=None, le=EN_MARS
    )
    assert confirmer(proposition).planifies == 1


def test_confirmer_deux_fois_n_a_qu_un_effet(accueil):
    ouvrir(accueil), qui_attendent(accueil, 2)
    proposition = proposer(accueil)
    confirmer(proposition)
    with pytest.raises(services.PropositionFinie, match="déjà confirmée, à 10\xa0h"):
        confirmer(proposition)
    assert (Entretien.objects.count(), Convocation.objects.count()) == (2, 2)


@pytest.mark.parametrize("fin", ["abandonnee", "close"])
def test_une_proposition_abandonnee_ou_une_campagne_close_ne_se_confirme_pas(accueil, fin):
    ouvrir(accueil), qui_attendent(accueil, 1)
    proposition = proposer(accueil)
    if fin == "close":
        clore_la_campagne(campagne=accueil.domaine.campagne, par=None, le=EN_MARS)
    else:
        services.abandonner_la_proposition(proposition=proposition, par=None, le=EN_MARS)
    with pytest.raises(PeriodeClose if fin == "close" else services.PropositionFinie):
        confirmer(proposition)
    assert not Entretien.objects.exists()


def test_un_depart_trop_tardif_est_refuse_et_rien_n_est_ecrit(accueil):
    ouvrir(accueil), qui_attendent(accueil, 1)
    proposition = proposer(accueil)
    commun = {"proposition": proposition, "version": 1, "envoyer": True, "par": None, "le": EN_MARS}
    with pytest.raises(services.DepartRefuse, match="Le premier entretien a lieu le jeudi 25\xa0mars à 9\xa0h"):
        services.confirmer_la_proposition(**commun, part_le=EN_MARS + timedelta(days=20))
    assert not Entretien.objects.exists()
    demain = EN_MARS + timedelta(days=1)
    assert services.confirmer_la_proposition(**commun, part_le=demain).envoi.part_le == demain
