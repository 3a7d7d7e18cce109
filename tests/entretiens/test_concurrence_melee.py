"""R23 et R25b dans la mêlée : plusieurs lycées, plusieurs gestes, au même instant, sur le même élève (F1)."""

from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidatures.services import desister
from courriers.models import Courriel
from entretiens import services
from entretiens.models import Convocation, Entretien
from entretiens.rules.series import Poste
from referentiel.models import Etablissement
from referentiel.rules.refus import Refus
from referentiel.services.contraintes import AU_MEME_INSTANT, contraintes_dites
from tests.entretiens.test_concurrence import ensemble, placement, un_accueil
from tests.factories.candidatures import EN_MARS, CandidatureFactory, EleveFactory
from tests.factories.entretiens import convoquer, ouvrir_un_creneau, placer, serie
from tests.factories.referentiel import AccueilFactory, DomaineFactory, EtablissementFactory, RattachementFactory
from tests.invariants import etats_impossibles

pytestmark = pytest.mark.django_db(transaction=True)

COMMUN = {"par": None, "le": EN_MARS}
INDISPONIBLE = "Cet élève n’est pas disponible à cette heure."


def test_deplacer_placer_liberer_et_desister_ensemble_ne_cassent_rien():
    campagne = un_accueil().domaine.campagne
    for _ in range(4):
        eleve, voisin = EleveFactory(campagne=campagne), EleveFactory(campagne=campagne)
        chez = [AccueilFactory(domaine=DomaineFactory(campagne=campagne)) for _ in range(3)]
        siennes = [CandidatureFactory(accueil=accueil, eleve=eleve) for accueil in chez]
        voisine = CandidatureFactory(accueil=chez[0], eleve=voisin)
        matin = [ouvrir_un_creneau(accueil, 9, 5 * rang) for rang, accueil in enumerate(chez)]
        soir = ouvrir_un_creneau(chez[0], 14)
        entretien = placer(siennes[0], soir)
        convoquer(entretien)
        reussis, leves = ensemble(
            [
                lambda e=entretien, c=matin[0]: services.deplacer(entretien=e, creneau=c, **COMMUN),
                placement(siennes[1], matin[1]),
                placement(siennes[2], matin[2]),
                placement(voisine, matin[0]),
                lambda c=siennes[0]: desister(candidature=c, motif="Renonce", **COMMUN),
                lambda e=entretien: services.liberer(entretien=e, replanifier=True, **COMMUN),
                lambda c=siennes[1]: desister(candidature=c, motif="Renonce", **COMMUN),
                lambda a=chez[0]: services.creer_la_serie(accueil=a, serie=serie(), **COMMUN),
            ]
        )
        assert {type(erreur) for erreur in leves if not isinstance(erreur, Refus)} == set()
        assert reussis
        assert etats_impossibles() == []


def test_un_jury_que_quatre_series_veulent_n_en_mene_qu_une():
    accueil = un_accueil()
    jury = services.creer_un_jury(etablissement=accueil.etablissement, nom="Jury 1", membres="", par=None, le=EN_MARS)
    gestes = [
        lambda n=n: services.creer_la_serie(
            accueil=accueil, serie=serie(postes=(Poste(jury.pk, "Jury 1", f"salle {n}"),)), par=None, le=EN_MARS
        )
        for n in range(4)
    ]
    reussis, leves = ensemble(gestes)
    assert len(reussis) == 1
    assert {type(erreur) for erreur in leves} == {Refus}
    assert all("mène déjà une séance" in str(erreur) for erreur in leves)


@pytest.fixture
def lycees(monkeypatch, connecter):
    """Six lycées qui attendent le même élève, chacun avec un créneau à la même heure et son navigateur."""
    monkeypatch.setattr(timezone, "now", lambda: EN_MARS)
    campagne = un_accueil().domaine.campagne
    eleve = EleveFactory(campagne=campagne)
    lycees = []
    for rang in range(6):
        lycee = EtablissementFactory(lycee=True, nom=f"Lycée Secret-{rang}")
        accueil = AccueilFactory(
            domaine=DomaineFactory(campagne=campagne, nom=f"Domaine caché {rang}"), etablissement=lycee
        )
        candidature = CandidatureFactory(accueil=accueil, eleve=eleve)
        creneau = ouvrir_un_creneau(accueil, 9, 2 * rang)
        ouvrir_un_creneau(accueil, 15, 2 * rang)
        chef = RattachementFactory(a_l_accueil=True, etablissement=lycee)
        lycees.append((connecter(chef.personne), lycee, candidature, creneau))
    return lycees


def test_six_lycees_planifient_le_meme_eleve_en_ligne_un_seul_gagne_les_autres_lisent_pourquoi(lycees):
    def envoyer(client, lycee, candidature, creneau):
        adresse = reverse("entretiens:planifier", args=[lycee.segment, candidature.code])
        reponse = client.post(adresse, {"creneau": creneau.code})
        return lycee.nom, reponse.status_code, reponse.content.decode()

    reponses, leves = ensemble([lambda lycee=lycee: envoyer(*lycee) for lycee in lycees])
    assert leves == []
    assert sorted(statut for _, statut, _ in reponses) == [200] * 5 + [302]
    assert Entretien.objects.count() == 1
    gagnant = next(nom for nom, statut, _ in reponses if statut == 302)
    for nom, statut, page in reponses:
        if statut == 200:
            assert INDISPONIBLE in page
            assert gagnant not in page.replace(nom, "")
    assert etats_impossibles() == []


def test_les_creneaux_proposes_ne_disent_pas_ou_l_eleve_est_pris(lycees):
    """Pris ailleurs, la page montre moins d'heures, dans les mêmes mots et au même prix (R25b, T2)."""
    (_, _, prise, creneau), (client, lycee, candidature, _) = lycees[0], lycees[1]
    adresse = reverse("entretiens:planifier", args=[lycee.segment, candidature.code])
    client.get(adresse)
    with CaptureQueriesContext(connection) as libre:
        avant = client.get(adresse).content.decode()
    placer(prise, creneau)
    with CaptureQueriesContext(connection) as occupe:
        apres = client.get(adresse).content.decode()
    assert len(libre) == len(occupe)
    assert "9\xa0h\xa002" in avant
    assert "9\xa0h\xa002" not in apres
    assert "15\xa0h\xa002" in apres
    assert "Secret-0" not in apres
    assert "caché 0" not in apres


def test_un_courriel_refuse_pour_un_temps_ne_part_plus_une_fois_l_entretien_annule():
    """Le serveur de messagerie a fait attendre ; l'entretien est annulé entre-temps (F2)."""
    accueil = un_accueil()
    entretien = placer(CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil))
    envoi = convoquer(entretien)
    courriels = Convocation.courriels.through.objects.filter(convocation__envoi=envoi).values("courriel")
    Courriel.objects.filter(pk__in=courriels).update(tentatives=3, derniere_erreur="451 4.7.1 Greylisted")
    services.liberer(entretien=entretien, replanifier=True, par=None, le=EN_MARS + timedelta(minutes=30))
    assert set(Courriel.objects.values_list("etat", flat=True)) == {"rappele"}


def test_une_convocation_peut_etre_remise_est_annulee_par_un_courriel():
    """Le serveur a pris le message puis coupé : si l'entretien est annulé avant le nouvel essai, on le dit (F2)."""
    accueil = un_accueil()
    entretien = placer(CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil))
    convoquer(entretien)
    Courriel.objects.update(tentatives=1, incertain=True, derniere_erreur="Le serveur de messagerie a coupé la liaison")
    services.liberer(entretien=entretien, replanifier=True, par=None, le=EN_MARS + timedelta(minutes=30))
    assert sorted(Courriel.objects.values_list("nature", "etat")) == [
        ("annulation", "a_envoyer"),
        ("annulation", "a_envoyer"),
        ("convocation", "rappele"),
        ("convocation", "rappele"),
    ]
    assert etats_impossibles() == []


def test_un_interblocage_se_dit_comme_un_refus():
    """Deux écritures qui se croisent pour de vrai : l'une passe, l'autre lit une phrase."""
    un, deux = EtablissementFactory.create_batch(2)
    croises = Barrier(2)

    def ecrire(premier, second):
        with contraintes_dites():
            Etablissement.objects.filter(pk=premier.pk).update(chef="Mme Un")
            croises.wait(timeout=20)
            Etablissement.objects.filter(pk=second.pk).update(chef="M. Deux")

    reussis, leves = ensemble([lambda: ecrire(un, deux), lambda: ecrire(deux, un)])
    assert len(reussis) == 1
    assert [str(erreur) for erreur in leves] == [AU_MEME_INSTANT]
