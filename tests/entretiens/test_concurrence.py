"""R23 pour de vrai : des connexions distinctes, lancées ensemble par une barrière."""

from collections.abc import Callable
from datetime import time, timedelta
from threading import Barrier, Thread
from time import monotonic

import pytest
from django.db import connection, transaction

from candidatures.models import Candidature
from candidatures.services import desister
from courriers.expedition import Expediteur
from courriers.models import Courriel
from courriers.services import faire_partir_un_lot
from entretiens import services
from entretiens.models import Convocation, Creneau, Entretien
from entretiens.rules.etats import NatureConvocation
from referentiel.rules.refus import Refus
from tests.factories.candidatures import EN_MARS, CandidatureFactory, EleveFactory
from tests.factories.entretiens import JEUDI, convoquer, ouvrir, ouvrir_un_creneau, placer, serie
from tests.factories.referentiel import AccueilFactory, DomaineFactory

pytestmark = pytest.mark.django_db(transaction=True)

ESSAIS = 8


def un_accueil(**champs):
    """Campagne et matrice s'écrivent ensemble : la base vérifie la matrice à la validation."""
    with transaction.atomic():
        return AccueilFactory(**champs)


def ensemble(gestes: list[Callable[[], object]]) -> tuple[list[object], list[Exception]]:
    """Lance les gestes au même instant, chacun sur sa connexion ; rend ce qui a réussi et ce qui a été levé."""
    barriere, reussis, leves = Barrier(len(gestes)), [], []

    def lancer(geste):
        try:
            connection.ensure_connection()
            barriere.wait(timeout=20)
            reussis.append(geste())
        except Exception as erreur:
            leves.append(erreur)
        finally:
            connection.close()

    fils = [Thread(target=lancer, args=(geste,)) for geste in gestes]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(timeout=30)
    return reussis, leves


def placement(candidature, creneau) -> Callable[[], object]:
    return lambda: services.placer(candidature=candidature, creneau=creneau, par=None, le=EN_MARS)


def jusqu_a_ce_qu_une_autre_connexion_attende() -> None:
    """Rend la main quand une autre connexion de cette base attend un verrou."""
    fin = monotonic() + 20
    with connection.cursor() as curseur:
        while monotonic() < fin:
            curseur.execute("SELECT pg_stat_clear_snapshot()")
            curseur.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            if curseur.fetchone()[0]:
                return
    raise AssertionError("Aucune connexion n’attend.")


def test_un_creneau_que_huit_eleves_veulent_n_a_qu_un_gagnant():
    accueil = un_accueil()
    for heure in range(9, 13):
        creneau = ouvrir_un_creneau(accueil, heure)
        candidatures = CandidatureFactory.create_batch(ESSAIS, accueil=accueil)
        reussis, leves = ensemble([placement(candidature, creneau) for candidature in candidatures])
        assert len(reussis) == 1
        assert {type(erreur) for erreur in leves} == {Refus}
        assert {str(erreur) for erreur in leves} == {"Ce créneau vient d’être pris. Choisissez-en un autre."}
        assert Creneau.objects.get(pk=creneau.pk).places_prises == 1


def test_une_seance_de_cinq_places_n_en_donne_que_cinq():
    accueil = un_accueil(modalite="collectif")
    [creneau] = ouvrir(accueil, collective=True, capacite=5)
    candidatures = CandidatureFactory.create_batch(ESSAIS, accueil=accueil, modalite="")
    reussis, leves = ensemble([placement(candidature, creneau) for candidature in candidatures])
    assert (len(reussis), len(leves)) == (5, 3)
    assert {type(erreur) for erreur in leves} == {Refus}


def test_un_eleve_que_huit_lycees_veulent_a_la_meme_heure_n_a_qu_un_entretien():
    campagne = un_accueil().domaine.campagne
    accueils = [AccueilFactory(domaine=DomaineFactory(campagne=campagne)) for _ in range(ESSAIS)]
    creneaux = [ouvrir_un_creneau(accueil, 9, 5 * rang) for rang, accueil in enumerate(accueils)]
    for _ in range(3):
        eleve = EleveFactory(campagne=campagne)
        candidatures = [CandidatureFactory(accueil=accueil, eleve=eleve) for accueil in accueils]
        libres = list(Creneau.objects.filter(pk__in=[creneau.pk for creneau in creneaux]).libres())
        gestes = [
            placement(candidature, creneau)
            for candidature, creneau in zip(candidatures, creneaux, strict=True)
            if creneau in libres
        ]
        reussis, leves = ensemble(gestes)
        assert len(reussis) == 1
        assert {str(erreur) for erreur in leves} == {"Cet élève n’est pas disponible à cette heure."}


def test_une_candidature_placee_deux_fois_a_la_fois_ne_l_est_qu_une():
    accueil = un_accueil()
    candidature, creneaux = CandidatureFactory(accueil=accueil), ouvrir(accueil)
    reussis, leves = ensemble([placement(candidature, creneau) for creneau in creneaux])
    assert (len(reussis), {type(erreur) for erreur in leves}) == (1, {Refus})
    assert Entretien.objects.count() == 1


def test_deux_entretiens_ne_se_deplacent_pas_sur_le_meme_creneau():
    accueil = un_accueil()
    un, deux, but = ouvrir(accueil)
    entretiens = [placer(CandidatureFactory(accueil=accueil), creneau) for creneau in (un, deux)]
    reussis, leves = ensemble(
        [
            lambda e=entretien: services.deplacer(entretien=e, creneau=but, par=None, le=EN_MARS)
            for entretien in entretiens
        ]
    )
    assert (len(reussis), {type(erreur) for erreur in leves}) == (1, {Refus})
    assert sorted(Creneau.objects.values_list("places_prises", flat=True)) == [0, 1, 1]


def test_des_listes_croisees_ne_se_bloquent_pas_l_une_l_autre():
    """Deux personnes placent les mêmes élèves dans l'ordre inverse : verrous ordonnés, aucun interblocage."""
    accueil = un_accueil()
    creneaux = ouvrir(accueil, au=JEUDI + timedelta(days=10))[:6]
    candidatures = CandidatureFactory.create_batch(6, accueil=accueil)
    paires = list(zip(candidatures, creneaux, strict=True))
    gestes = [
        lambda p=placements: services.placer_plusieurs(placements=p, par=None, le=EN_MARS)
        for placements in (paires, paires[::-1], paires, paires[::-1])
    ]
    reussis, leves = ensemble(gestes)
    assert len(reussis) == 1
    assert all(isinstance(erreur, Refus) for erreur in leves)
    assert Entretien.objects.count() == 6


def test_la_meme_serie_ouverte_deux_fois_n_existe_qu_une():
    accueil = un_accueil()
    gestes = [lambda: services.creer_la_serie(accueil=accueil, serie=serie(), par=None, le=EN_MARS)] * 4
    reussis, leves = ensemble(gestes)
    assert len(reussis) == 1
    assert all("La salle 204 est déjà prise le jeudi 25\xa0mars" in str(erreur) for erreur in leves)


def test_confirmer_au_meme_instant_n_annonce_qu_une_fois():
    accueil = un_accueil()
    entretien = placer(CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil))
    reussis, leves = ensemble([lambda: convoquer(entretien)] * 4)
    assert (len(reussis), {type(erreur) for erreur in leves}) == (1, {Refus})
    assert Convocation.objects.count() == 1
    assert Courriel.objects.count() == 2


def test_un_eleve_convoque_pendant_une_retouche_garde_l_heure_qui_lui_est_annoncee():
    accueil = un_accueil()
    creneau, candidature = ouvrir_un_creneau(accueil), CandidatureFactory(accueil=accueil)
    leves: list[Exception] = []

    def retoucher():
        try:
            services.retoucher(
                creneau=Creneau.objects.get(pk=creneau.pk),
                retouche=services.Retouche(time(11), None, "204"),
                suivants=False,
                par=None,
                le=EN_MARS,
            )
        except Exception as erreur:
            leves.append(erreur)
        finally:
            connection.close()

    fil = Thread(target=retoucher)
    with transaction.atomic():
        entretien = placer(candidature, creneau)
        convoquer(entretien)
        fil.start()
        jusqu_a_ce_qu_une_autre_connexion_attende()
    fil.join(timeout=30)
    assert [type(erreur) for erreur in leves] == [Refus]
    assert "vient d’être placé" in str(leves[0])
    assert Convocation.objects.get().periode == Entretien.objects.get().periode


def test_un_desistement_pendant_le_depart_ne_laisse_personne_sans_nouvelle():
    """Le courriel part ou est rappelé ; s'il part, une annulation le suit. Jamais d'interblocage."""
    accueil = un_accueil()
    creneaux = ouvrir(accueil, au=JEUDI + timedelta(days=10))
    for creneau in creneaux[:6]:
        candidature = CandidatureFactory(accueil=accueil, eleve__referent_courriel="")
        convoquer(placer(candidature, creneau))

        def partir():
            with Expediteur() as expediteur:
                return faire_partir_un_lot(expediteur, le=EN_MARS + timedelta(minutes=10), au_plus=50)

        def renoncer(c=candidature):
            return desister(candidature=c, motif="Renonce", par=None, le=EN_MARS)

        _, leves = ensemble([partir, renoncer])
        assert leves == []
        initiale = Courriel.objects.get(convocations__entretien__candidature=candidature, nature="convocation")
        annulee = Convocation.objects.filter(
            entretien__candidature=candidature, nature=NatureConvocation.ANNULATION
        ).exists()
        assert (initiale.etat, annulee) in {("envoye", True), ("rappele", False)}
        assert Candidature.objects.get(pk=candidature.pk).etat == "desistee"
