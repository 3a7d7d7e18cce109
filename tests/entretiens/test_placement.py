"""Placer, déplacer, libérer : ce qui passe et ce qui se refuse (R22 à R25b)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from candidatures.models import Candidature
from candidatures.rules import Etat
from candidatures.services import annuler, changer_d_accueil, desister, saisir_l_avis
from comptes.models import Trace
from courriers.models import Courriel
from entretiens import services
from entretiens.models import Creneau, Entretien
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Periode
from referentiel.rules.jeu import Modalite
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.candidatures import EN_MARS, CandidatureFactory, EleveFactory
from tests.factories.entretiens import JEUDI, instant, ouvrir, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory, DomaineFactory, PersonneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def accueil():
    return AccueilFactory()


@pytest.fixture
def ailleurs(accueil):
    """Un autre lycée, un autre domaine, la même campagne."""
    return AccueilFactory(domaine=DomaineFactory(campagne=accueil.domaine.campagne))


def etat_de(candidature) -> str:
    return Candidature.objects.values_list("etat", flat=True).get(pk=candidature.pk)


def test_placer_planifie_la_candidature_et_prend_la_place(accueil):
    candidature, creneau = CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil)
    entretien = placer(candidature, creneau)
    assert etat_de(candidature) == Etat.PLANIFIEE
    assert Entretien.objects.get() == entretien
    assert entretien.periode == creneau.periode
    assert Creneau.objects.get().places_libres == 0
    assert "9\u00a0h\u00a000" in Trace.objects.de(candidature).first().phrase
    assert not Courriel.objects.exists()


def test_une_candidature_sans_modalite_prend_celle_de_la_seance():
    accueil = AccueilFactory(modalite=Modalite.AU_CHOIX)
    candidature = CandidatureFactory(accueil=accueil, modalite="")
    [creneau] = ouvrir(accueil, collective=True, capacite=10)
    placer(candidature, creneau)
    candidature.refresh_from_db()
    assert candidature.modalite == Modalite.COLLECTIF


def test_une_modalite_imposee_ne_se_contourne_pas(accueil):
    candidature = CandidatureFactory(accueil=accueil, modalite=Modalite.COLLECTIF)
    with pytest.raises(Refus, match="séance collective"):
        placer(candidature, ouvrir_un_creneau(accueil))


def test_un_creneau_plein_ou_disparu_se_dit_de_la_meme_facon(accueil):
    creneau = ouvrir_un_creneau(accueil)
    placer(CandidatureFactory(accueil=accueil), creneau)
    with pytest.raises(Refus, match="Ce créneau vient d’être pris"):
        placer(CandidatureFactory(accueil=accueil), creneau)
    parti = ouvrir_un_creneau(accueil, 14)
    Creneau.objects.filter(pk=parti.pk).delete()
    with pytest.raises(Refus, match="Ce créneau vient d’être pris"):
        placer(CandidatureFactory(accueil=accueil), parti)


def test_le_creneau_d_un_autre_accueil_est_refuse(accueil, ailleurs):
    with pytest.raises(Refus, match="pas ouvert pour ce domaine"):
        placer(CandidatureFactory(accueil=accueil), ouvrir_un_creneau(ailleurs))


@pytest.mark.parametrize("etat", [etat for etat in Etat if etat not in {Etat.INSCRITE, Etat.ABSENTE}])
def test_seule_une_candidature_inscrite_ou_absente_se_place(accueil, etat):
    candidature = CandidatureFactory(accueil=accueil, etat=etat)
    with pytest.raises(Refus):
        placer(candidature, ouvrir_un_creneau(accueil))
    assert etat_de(candidature) == etat


def test_un_creneau_passe_ou_hors_de_la_periode_est_refuse(accueil):
    candidature, creneau = CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil)
    with pytest.raises(Refus, match="déjà passé"):
        placer(candidature, creneau, le=instant(9))
    Periode.objects.filter(nature="entretiens").update(fin=date(2027, 3, 20))
    with pytest.raises(Refus, match="20\u00a0mars"):
        placer(candidature, creneau)


def test_hors_de_la_planification_rien_ne_se_place(accueil):
    candidature, creneau = CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil)
    Periode.objects.filter(nature="planification").update(fin=date(2027, 3, 1))
    with pytest.raises(PeriodeClose):
        placer(candidature, creneau)


@pytest.mark.parametrize(("heure", "minute", "libre"), [(9, 0, False), (9, 10, False), (10, 40, False), (10, 50, True)])
def test_un_eleve_attendu_ailleurs_garde_sa_marge_de_trajet_sans_que_rien_ne_se_sache(
    accueil, ailleurs, heure, minute, libre
):
    eleve = EleveFactory(campagne=accueil.domaine.campagne)
    placer(CandidatureFactory(accueil=ailleurs, eleve=eleve), ouvrir_un_creneau(ailleurs))
    candidature, creneau = CandidatureFactory(accueil=accueil, eleve=eleve), ouvrir_un_creneau(accueil, heure, minute)
    if libre:
        assert placer(candidature, creneau)
        return
    with pytest.raises(Refus) as refus:
        placer(candidature, creneau)
    assert str(refus.value) == "Cet élève n’est pas disponible à cette heure."


def test_la_base_a_le_dernier_mot_par_sql_direct(accueil, ailleurs):
    eleve = EleveFactory(campagne=accueil.domaine.campagne)
    premier = placer(CandidatureFactory(accueil=accueil, eleve=eleve), ouvrir_un_creneau(accueil))
    second = ouvrir_un_creneau(ailleurs, 9, 10)
    candidature = CandidatureFactory(accueil=ailleurs, eleve=eleve)
    insertion = (
        "INSERT INTO entretiens_entretien"
        " (code, candidature_id, eleve_id, creneau_id, periode, etat, sequence, cree_le)"
        " SELECT 'abcdefgh', %s, %s, id, periode, 'prevu', 0, now() FROM entretiens_creneau WHERE id = %s"
    )
    with connection.cursor() as curseur:
        with pytest.raises(IntegrityError, match="entretien_eleve_disponible"), transaction.atomic():
            curseur.execute(insertion, [candidature.pk, eleve.pk, second.pk])
        autre = CandidatureFactory(accueil=accueil)
        with pytest.raises(IntegrityError, match="creneau_capacite_respectee"), transaction.atomic():
            curseur.execute(insertion, [autre.pk, autre.eleve_id, premier.creneau_id])
        with pytest.raises(IntegrityError, match="entretien_un_par_candidature"), transaction.atomic():
            curseur.execute(insertion, [premier.candidature_id, eleve.pk, ouvrir_un_creneau(accueil, 16).pk])


def test_la_base_repete_le_domaine_de_la_candidature_quoi_qu_on_ecrive(accueil, ailleurs):
    entretien = placer(CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil))
    Entretien.objects.update(domaine=ailleurs.domaine)
    entretien.refresh_from_db()
    assert entretien.domaine == entretien.candidature.domaine == accueil.domaine


def test_placer_plusieurs_est_tout_ou_rien_et_dit_chaque_raison(accueil):
    un, deux, trois = CandidatureFactory.create_batch(3, accueil=accueil)
    libre, pris, *_ = ouvrir(accueil)
    placer(trois, pris)
    with pytest.raises(services.PlacementsRefuses) as refus:
        services.placer_plusieurs(placements=[(un, libre), (deux, libre)], par=None, le=EN_MARS)
    assert refus.value.raisons == {deux.pk: "Ce créneau vient d’être pris. Choisissez-en un autre."}
    assert etat_de(un) == Etat.INSCRITE
    assert str(deux.eleve) in str(refus.value)


def test_placer_plusieurs_compte_un_eleve_deux_fois_dans_la_liste(accueil, ailleurs):
    eleve = EleveFactory(campagne=accueil.domaine.campagne)
    ici, la = CandidatureFactory(accueil=accueil, eleve=eleve), CandidatureFactory(accueil=ailleurs, eleve=eleve)
    placements = [(ici, ouvrir_un_creneau(accueil)), (la, ouvrir_un_creneau(ailleurs, 9, 40))]
    with pytest.raises(services.PlacementsRefuses) as refus:
        services.placer_plusieurs(placements=placements, par=None, le=EN_MARS)
    assert list(refus.value.raisons) == [la.pk]


@pytest.mark.parametrize("nombre", [2, 30])
def test_placer_plusieurs_ne_compte_pas_ses_requetes(accueil, nombre, django_assert_num_queries):
    creneaux = ouvrir(accueil, au=JEUDI + timedelta(days=30))[:nombre]
    candidatures = CandidatureFactory.create_batch(nombre, accueil=accueil)
    with django_assert_num_queries(14):
        services.placer_plusieurs(placements=list(zip(candidatures, creneaux, strict=True)), par=None, le=EN_MARS)


def test_sans_eleve_rien_ne_se_place():
    with pytest.raises(Refus, match="Sélectionnez"):
        services.placer_plusieurs(placements=[], par=None, le=EN_MARS)


def test_deplacer_avant_toute_annonce_ne_previent_personne(accueil):
    debut, fin, _ = ouvrir(accueil)
    entretien = placer(CandidatureFactory(accueil=accueil), debut)
    services.deplacer(entretien=entretien, creneau=fin, par=None, le=EN_MARS)
    entretien.refresh_from_db()
    assert (entretien.creneau, entretien.periode) == (fin, fin.periode)
    assert list(Creneau.objects.order_by("pk").values_list("places_prises", flat=True)) == [0, 1, 0]
    assert not Courriel.objects.exists()


def test_deplacer_vers_un_creneau_pris_passe_ou_le_meme_est_refuse(accueil):
    un, deux, _ = ouvrir(accueil)
    entretien = placer(CandidatureFactory(accueil=accueil), un)
    placer(CandidatureFactory(accueil=accueil), deux)
    for creneau, phrase in [(deux, "vient d’être pris"), (un, "déjà sur ce créneau")]:
        with pytest.raises(Refus, match=phrase):
            services.deplacer(entretien=entretien, creneau=creneau, par=None, le=EN_MARS)
    with pytest.raises(Refus, match="a commencé"):
        services.deplacer(entretien=entretien, creneau=deux, par=None, le=instant(9))


def test_un_entretien_se_deplace_d_une_heure_qui_touche_la_sienne(accueil, ailleurs):
    un, deux, _ = ouvrir(accueil)
    entretien = placer(CandidatureFactory(accueil=accueil), un)
    assert services.deplacer(entretien=entretien, creneau=deux, par=None, le=EN_MARS).creneau == deux


def test_liberer_rend_la_place_et_remet_a_planifier(accueil):
    candidature, creneau = CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil)
    services.liberer(entretien=placer(candidature, creneau), replanifier=True, par=None, le=EN_MARS)
    assert etat_de(candidature) == Etat.INSCRITE
    assert Entretien.objects.get().etat == EtatEntretien.ANNULE
    assert placer(candidature, creneau).etat == EtatEntretien.PREVU


def test_annuler_sans_replanifier_demande_un_motif_et_previent_le_saio(accueil):
    academie = accueil.etablissement.academie
    academie.contact_courriel = "saio@creteil.example"
    academie.save()
    candidature = CandidatureFactory(accueil=accueil)
    entretien = placer(candidature, ouvrir_un_creneau(accueil))
    with pytest.raises(Refus, match="motif"):
        services.liberer(entretien=entretien, replanifier=False, par=None, le=EN_MARS)
    services.liberer(entretien=entretien, replanifier=False, motif="Domaine fermé", par=None, le=EN_MARS)
    candidature.refresh_from_db()
    assert (candidature.etat, candidature.motif) == (Etat.ANNULEE, "Domaine fermé")
    assert Entretien.objects.get().etat == EtatEntretien.ANNULE
    message = Courriel.objects.get(destinataire="saio@creteil.example")
    assert candidature.eleve.nom.upper() not in message.texte.upper() + message.sujet.upper()


def test_un_desistement_libere_le_creneau(accueil):
    candidature, creneau = CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil)
    placer(candidature, creneau)
    desister(candidature=candidature, motif="Renonce", par=PersonneFactory(), le=EN_MARS)
    assert Entretien.objects.get().etat == EtatEntretien.ANNULE
    assert Creneau.objects.get().places_prises == 0
    assert etat_de(candidature) == Etat.DESISTEE


def test_une_annulation_par_le_saio_libere_le_creneau(accueil):
    candidature = CandidatureFactory(accueil=accueil)
    placer(candidature, ouvrir_un_creneau(accueil))
    annuler(candidature=candidature, motif="Doublon", par=None, le=EN_MARS)
    assert Creneau.objects.get().places_prises == 0


def test_changer_d_accueil_libere_l_ancien_creneau_et_ouvre_le_nouveau(accueil):
    candidature, creneau = CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil)
    placer(candidature, creneau)
    nouveau = AccueilFactory(domaine=accueil.domaine)
    changer_d_accueil(candidature=candidature, accueil=nouveau, par=None, le=EN_MARS)
    assert Creneau.objects.get(pk=creneau.pk).places_prises == 0
    assert placer(Candidature.objects.get(), ouvrir_un_creneau(nouveau)).etat == EtatEntretien.PREVU


def test_l_heure_de_l_entretien_fige_l_avis_d_origine(accueil):
    candidature = CandidatureFactory(accueil=accueil)
    placer(candidature, ouvrir_un_creneau(accueil))
    demande, personne = candidature.formations_demandees.get(), PersonneFactory()
    saisie = {"formation_demandee": demande, "avis": "favorable", "par": personne}
    rendue = saisir_l_avis(**saisie, commentaire="Élève motivé et curieux.", version=0, le=instant(8, 59))
    with pytest.raises(Refus, match="verrouillé"):
        saisir_l_avis(**saisie, commentaire="Un autre commentaire.", version=rendue.version, le=instant(9))


def test_un_eleve_absent_se_replanifie_et_son_absence_devient_a_reporter(accueil):
    candidature = CandidatureFactory(accueil=accueil)
    manque = placer(candidature, ouvrir_un_creneau(accueil, 9))
    apres = instant(10)
    services.saisir_les_presences(presences={manque: EtatEntretien.ABSENT}, par=None, le=apres)
    demain = ouvrir_un_creneau(accueil, 9, du=JEUDI + timedelta(days=1), au=JEUDI + timedelta(days=1))
    nouveau = placer(candidature, demain, le=apres)
    manque.refresh_from_db()
    assert (manque.etat, etat_de(candidature)) == (EtatEntretien.EXCUSE, Etat.PLANIFIEE)
    assert nouveau.uid != manque.uid
    assert Creneau.objects.get(pk=manque.creneau_id).places_prises == 0


def test_une_replanification_refusee_laisse_l_absence(accueil):
    candidature = CandidatureFactory(accueil=accueil)
    creneau = ouvrir_un_creneau(accueil, 9)
    manque = placer(candidature, creneau)
    services.saisir_les_presences(presences={manque: EtatEntretien.ABSENT}, par=None, le=instant(10))
    with pytest.raises(Refus):
        placer(candidature, creneau, le=instant(10))
    manque.refresh_from_db()
    assert (manque.etat, etat_de(candidature)) == (EtatEntretien.ABSENT, Etat.ABSENTE)
