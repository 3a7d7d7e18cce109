"""Ouvrir des séances, et ce que la base refuse (R23, R24)."""

from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from entretiens import services
from entretiens.models import Creneau, Jury, Seance
from entretiens.rules.series import Poste
from referentiel.models import Campagne, Vacances
from referentiel.rules.jeu import Modalite
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.entretiens import JEUDI, JuryFactory, instant, ouvrir, ouvrir_un_creneau, placer, serie
from tests.factories.referentiel import AccueilFactory, CampagneFactory, DomaineFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def accueil():
    return AccueilFactory()


def preparer(accueil, **champs):
    return services.preparer_une_serie(accueil=accueil, serie=serie(**champs), le=EN_MARS)


def test_l_apercu_n_ecrit_rien(accueil):
    apercu = preparer(accueil)
    assert apercu.nombre == 3
    assert not Seance.objects.exists()


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"du": date(2027, 5, 20), "au": date(2027, 5, 20)}, "jusqu’au mardi 18\u00a0mai 2027 au plus tard"),
        ({"du": date(2027, 3, 28), "au": date(2027, 3, 28), "jours": frozenset({6})}, "dimanche"),
        (
            {"du": date(2027, 3, 29), "au": date(2027, 3, 29), "exclure_les_conges": False},
            "férié (lundi de Pâques)",
        ),
        ({"du": date(2027, 3, 9), "au": date(2027, 3, 9)}, "déjà passé"),
        ({"du": date(2027, 2, 5), "au": date(2027, 2, 5)}, "ne commencent que le lundi 8\u00a0février 2027"),
        ({"du": date(2027, 3, 29), "au": date(2027, 3, 29)}, "Aucun jour ne correspond"),
        ({"a": time(9, 10)}, "Aucun créneau ne tient"),
        (
            {
                "du": date(2027, 3, 25),
                "au": date(2027, 5, 18),
                "de": time(8),
                "a": time(20),
                "duree": timedelta(minutes=5),
            },
            "plus de 2000",
        ),
        ({"collective": True}, "Entretien individuel"),
    ],
)
def test_une_serie_hors_des_regles_est_refusee(accueil, champs, phrase):
    with pytest.raises(Refus) as refus:
        preparer(accueil, **champs)
    assert phrase in str(refus.value)


def test_vacances_samedi_et_preavis_avertissent_sans_bloquer(accueil):
    campagne = accueil.domaine.campagne
    Vacances.objects.create(campagne=campagne, libelle="printemps", debut=date(2027, 3, 13), fin=date(2027, 3, 13))
    apercu = preparer(
        accueil, du=date(2027, 3, 13), au=date(2027, 3, 13), jours=frozenset({5}), exclure_les_conges=False
    )
    assert len(apercu.avertissements) == 3


def test_l_apercu_avertit_d_un_jury_ou_d_une_salle_deja_pris(accueil):
    jury = JuryFactory(etablissement=accueil.etablissement)
    ouvrir(accueil, postes=(Poste(jury.pk, jury.nom, "204"),))
    [jury_pris] = preparer(accueil, postes=(Poste(jury.pk, jury.nom, "205"),)).collisions
    assert jury.nom in jury_pris
    [salle_prise] = preparer(accueil, postes=(Poste(None, "", "204"),)).collisions
    assert "204" in salle_prise


def test_une_serie_de_deux_jurys_ouvre_deux_seances_par_jour(accueil):
    un, deux = JuryFactory.create_batch(2, etablissement=accueil.etablissement)
    postes = (Poste(un.pk, un.nom, "204"), Poste(deux.pk, deux.nom, "205"))
    creneaux = ouvrir(accueil, au=JEUDI + timedelta(days=1), postes=postes)
    assert Seance.objects.count() == 4
    assert len(creneaux) == 12
    assert {creneau.seance.jury for creneau in creneaux} == {un, deux}


def test_le_jury_d_un_autre_etablissement_est_refuse(accueil):
    ailleurs = JuryFactory()
    with pytest.raises(Refus, match="pas de votre établissement"):
        ouvrir(accueil, postes=(Poste(ailleurs.pk, ailleurs.nom, ""),))


@pytest.mark.parametrize(
    ("deuxieme", "phrase"),
    [
        ("jury", r"Jury \d+ mène déjà une séance le jeudi 25\xa0mars à 9\xa0h\xa000"),
        ("salle", r"La salle 204 est déjà prise le jeudi 25\xa0mars à 9\xa0h\xa000"),
    ],
)
def test_deux_seances_du_meme_jury_ou_de_la_meme_salle_ne_se_chevauchent_pas(accueil, deuxieme, phrase):
    jury = JuryFactory(etablissement=accueil.etablissement)
    ouvrir(accueil, postes=(Poste(jury.pk, jury.nom, "204"),))
    poste = Poste(jury.pk, jury.nom, "205") if deuxieme == "jury" else Poste(None, "204", "204")
    with pytest.raises(Refus, match=phrase):
        ouvrir(accueil, de=time(9, 30), a=time(11), postes=(poste,))
    assert Seance.objects.count() == 1


def test_la_base_elle_meme_refuse_un_creneau_qui_en_chevauche_un_autre(accueil):
    creneau = ouvrir(accueil)[0]
    with pytest.raises(IntegrityError, match="creneau_sans_chevauchement"), transaction.atomic():
        Creneau.objects.create(seance=creneau.seance, periode=DateTimeTZRange(instant(9, 10), instant(9, 15)))


def test_la_serie_se_cree_en_un_nombre_constant_de_requetes(accueil, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        services.creer_la_serie(accueil=accueil, serie=serie(au=JEUDI + timedelta(days=20)), par=None, le=EN_MARS)


def test_hors_de_la_planification_rien_ne_s_ouvre():
    campagne = CampagneFactory(calendrier={"planification": (date(2027, 2, 1), date(2027, 3, 1))})
    accueil = AccueilFactory(domaine=DomaineFactory(campagne=campagne))
    with pytest.raises(PeriodeClose, match="1er\u00a0mars"):
        ouvrir(accueil)


def test_une_campagne_close_ne_change_plus(accueil):
    Campagne.objects.update(etat=Campagne.Etat.CLOSE)
    accueil.domaine.campagne.refresh_from_db()
    with pytest.raises(PeriodeClose):
        ouvrir(accueil)


def test_une_seance_collective_recoit_plusieurs_eleves():
    accueil = AccueilFactory(modalite=Modalite.COLLECTIF)
    [creneau] = ouvrir(accueil, collective=True, capacite=30, duree=timedelta(minutes=20))
    assert (creneau.capacite, creneau.seance.modalite) == (30, Modalite.COLLECTIF)
    assert creneau.periode.upper - creneau.periode.lower == timedelta(hours=1)


def test_des_creneaux_libres_se_suppriment_avec_leur_seance_vide(accueil):
    creneaux = ouvrir(accueil)
    nombre = supprimer(accueil, creneaux)
    assert nombre == 3
    assert not Seance.objects.exists()


def supprimer(accueil, creneaux):
    return services.supprimer_les_creneaux(
        etablissement=accueil.etablissement, campagne=accueil.domaine.campagne, creneaux=creneaux, par=None, le=EN_MARS
    )


def test_un_creneau_occupe_ou_qui_garde_une_trace_reste(accueil):
    creneaux = ouvrir(accueil)
    entretien = placer(CandidatureFactory(accueil=accueil), creneaux[0])
    with pytest.raises(Refus, match="Déplacez d’abord"):
        supprimer(accueil, creneaux)
    services.liberer(entretien=entretien, replanifier=True, par=None, le=EN_MARS)
    with pytest.raises(Refus, match="garde la trace"):
        supprimer(accueil, creneaux)
    assert Creneau.objects.count() == 3
    assert supprimer(accueil, creneaux[1:]) == 2


def test_un_jury_se_cree_une_fois(accueil):
    champs = {"etablissement": accueil.etablissement, "membres": "M. Haddad", "par": None, "le": EN_MARS}
    services.creer_un_jury(nom=" Jury  1 ", **champs)
    with pytest.raises(Refus, match="Ce jury existe déjà"):
        services.creer_un_jury(nom="Jury 1", **champs)
    with pytest.raises(Refus, match="Donnez un nom"):
        services.creer_un_jury(nom="  ", **champs)
    assert Jury.objects.get().nom == "Jury 1"


def test_le_compteur_de_places_suit_les_entretiens(accueil):
    creneau = ouvrir_un_creneau(accueil)
    entretien = placer(CandidatureFactory(accueil=accueil), creneau)
    assert Creneau.objects.get().places_prises == 1
    services.liberer(entretien=entretien, replanifier=True, par=None, le=EN_MARS)
    assert Creneau.objects.get().places_prises == 0
    with connection.cursor() as curseur, pytest.raises(IntegrityError), transaction.atomic():
        curseur.execute("UPDATE entretiens_creneau SET places_prises = 2")


def test_une_personne_dans_deux_jurys_se_dit_sans_empecher(accueil):
    un = JuryFactory(etablissement=accueil.etablissement, membres="M. Haddad (cuisine), Mme Petit")
    deux = JuryFactory(etablissement=accueil.etablissement, membres="Mme Roche; M. Haddad")
    postes = tuple(Poste(jury.pk, jury.nom, salle, jury.membres) for jury, salle in ((un, "204"), (deux, "205")))
    [phrase] = preparer(accueil, postes=postes).avertissements
    assert phrase.startswith("M. Haddad est dans deux jurys à la même heure")
    ouvrir(accueil, postes=postes[:1])
    [phrase] = preparer(accueil, postes=postes[1:], de=time(9, 30), a=time(11)).avertissements
    assert phrase == f"M. Haddad est dans deux jurys le jeudi 25\xa0mars à 9\xa0h\xa030\xa0: {deux.nom} et {un.nom}."


def test_une_periode_toute_en_vacances_le_dit(accueil):
    Vacances.objects.create(
        campagne=accueil.domaine.campagne, libelle="printemps", debut=JEUDI, fin=JEUDI + timedelta(days=5)
    )
    with pytest.raises(Refus, match="entièrement en vacances"):
        preparer(accueil, au=JEUDI + timedelta(days=1))


def test_les_seances_d_un_meme_geste_forment_une_serie(accueil):
    creneaux = ouvrir(accueil, au=JEUDI + timedelta(days=1))
    [serie_ouverte] = {creneau.seance.serie for creneau in creneaux}
    assert serie_ouverte.reglages["duree"] == 20
    assert serie_ouverte.seances.count() == 2
