"""Les classes et leurs personnes référentes (écran O16)."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidatures.models import Classe, Eleve
from candidatures.permissions import peut_gerer_les_classes, peut_lire_les_classes
from candidatures.services import (
    ChoixDeClasse,
    SaisieEleve,
    ajouter_un_eleve,
    enregistrer_les_classes,
    importer_des_eleves,
)
from comptes.models import Trace
from referentiel.models import Campagne
from referentiel.permissions import Place, Role
from referentiel.rules.adresses import pourquoi_pas_academique
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.gestion import Maison
from tests.factories.pilotage import MAINTENANT
from tests.factories.referentiel import RattachementFactory

EN_INSCRIPTION = MAINTENANT.replace(month=2)


@pytest.fixture
def maison(db, monkeypatch) -> Maison:
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)
    return Maison()


def enregistrer(maison, *choix, le=None) -> int:
    return enregistrer_les_classes(
        etablissement=maison.college,
        campagne=maison.campagne,
        choix=choix,
        par=maison.chef.personne,
        le=le or maison.le,
    )


def choisir(place, nom="3e B", **reste) -> ChoixDeClasse:
    personne = place.personne
    return ChoixDeClasse(nom, referent_nom=personne.nom_affiche, referent_courriel=personne.courriel, **reste)


class TestAdresse:
    @pytest.mark.parametrize("adresse", ["a.roche@ac-creteil.fr", "a.roche@AC-CRETEIL.FR"])
    def test_une_adresse_de_l_academie_convient(self, adresse):
        assert pourquoi_pas_academique(adresse, ("ac-creteil.fr",)) is None

    @pytest.mark.parametrize("adresse", ["a@gmail.example", "a@faux-ac-creteil.fr", "a@ac-creteil.fr.example", ""])
    def test_une_autre_adresse_est_refusee_avec_la_bonne(self, adresse):
        raison = pourquoi_pas_academique(adresse, ("ac-creteil.fr",))
        assert raison == "L’adresse doit être une adresse académique (@ac-creteil.fr)."

    def test_sans_domaine_toute_adresse_convient(self):
        assert pourquoi_pas_academique("a@ailleurs.example", ()) is None


class TestPermissions:
    def place(self, maison, **champs) -> Place:
        base = Place(Role.CHEF, "", maison.college, maison.college.academie, "", True, False, True, True)
        return replace(base, **champs)

    @pytest.mark.parametrize(
        ("champs", "lit", "gere"),
        [
            ({}, True, True),
            ({"role": Role.GESTIONNAIRE}, True, True),
            ({"role": Role.OBSERVATEUR, "lecture_seule": True}, True, False),
            ({"role": Role.OBSERVATEUR}, False, False),
            ({"origine": False, "accueil": True}, False, False),
        ],
    )
    def test_qui_lit_et_qui_regle_les_classes(self, maison, champs, lit, gere):
        place = self.place(maison, **champs)
        assert (peut_lire_les_classes(place), peut_gerer_les_classes(place)) == (lit, gere)


class TestService:
    def test_les_eleves_sans_personne_referente_recoivent_celle_de_la_classe(self, maison):
        sans, suivi = maison.eleve(), maison.eleve(maison.secretaire)
        ailleurs = maison.eleve(classe="3e A")
        assert enregistrer(maison, choisir(maison.professeure)) == 1
        for eleve in (sans, suivi, ailleurs):
            eleve.refresh_from_db()
        assert sans.referent_courriel == maison.professeure.personne.courriel
        assert suivi.referent_courriel == maison.secretaire.personne.courriel
        assert ailleurs.referent_courriel == ""

    def test_remplacer_vaut_pour_ceux_qui_en_avaient_une_autre(self, maison):
        suivi = maison.eleve(maison.secretaire)
        assert enregistrer(maison, choisir(maison.professeure, remplacer=True)) == 1
        suivi.refresh_from_db()
        assert suivi.referent_courriel == maison.professeure.personne.courriel
        trace = Trace.objects.de(suivi).get()
        assert trace.avant["referent_courriel"] == maison.secretaire.personne.courriel
        assert trace.apres["referent_courriel"] == maison.professeure.personne.courriel

    def test_la_classe_garde_son_reglage_et_son_histoire(self, maison):
        maison.eleve()
        choix = choisir(maison.professeure, professeur_principal=maison.professeure)
        enregistrer(maison, choix)
        enregistrer(maison, choix)
        classe = Classe.objects.get()
        assert classe.professeur_principal == maison.professeure
        assert Trace.objects.de(classe).get().phrase == (
            "3e B\u00a0: professeur principal Mme Roche, personne référente Mme Roche."
        )

    def test_retirer_le_reglage_laisse_les_eleves_comme_ils_sont(self, maison):
        eleve = maison.eleve()
        enregistrer(maison, choisir(maison.professeure))
        assert enregistrer(maison, ChoixDeClasse("3e B")) == 0
        eleve.refresh_from_db()
        assert eleve.referent_courriel == maison.professeure.personne.courriel

    def test_une_adresse_qui_n_est_pas_academique_est_refusee(self, maison, settings):
        settings.DOMAINES_ACADEMIQUES = {"creteil": "ac-creteil.fr"}
        with pytest.raises(Refus, match="adresse académique"):
            enregistrer(maison, ChoixDeClasse("3e B", None, "M. Blin", "blin@ailleurs.example"))
        assert not Classe.objects.exists()

    def test_une_personne_de_l_equipe_convient_quelle_que_soit_son_adresse(self, maison, settings):
        settings.DOMAINES_ACADEMIQUES = {"creteil": "ac-creteil.fr"}
        enregistrer(maison, choisir(maison.professeure))

    def test_un_professeur_principal_d_ailleurs_est_refuse(self, maison):
        with pytest.raises(Refus, match="plus de l’équipe"):
            enregistrer(maison, ChoixDeClasse("3e B", RattachementFactory()))

    def test_une_campagne_fermee_ne_change_pas(self, maison):
        eleve = maison.eleve()
        with pytest.raises(PeriodeClose):
            enregistrer(maison, choisir(maison.professeure), le=maison.le.replace(year=2028))
        eleve.refresh_from_db()
        assert eleve.referent_courriel == ""

    def test_trente_eleves_ne_coutent_pas_plus_de_requetes_qu_un(self, maison):
        def compter(nom: str, combien: int) -> int:
            for _ in range(combien):
                maison.eleve(classe=nom)
            with CaptureQueriesContext(
                connection,
            ) as requetes:
                enregistrer(maison, choisir(maison.professeure, nom))
            return len(requetes)

        assert compter("3e A", 1) == compter("3e C", 30)


class TestNouveauxEleves:
    def saisie(self, **champs) -> SaisieEleve:
        return SaisieEleve(**{"nom": "Diallo", "prenom": "Yanis", "classe": "3e B", "ine": "120890177FA"} | champs)

    @pytest.fixture
    def reglee(self, maison):
        enregistrer(maison, choisir(maison.professeure))
        return maison

    def test_un_eleve_ajoute_recoit_la_personne_referente_de_sa_classe(self, reglee):
        eleve = ajouter_un_eleve(
            etablissement=reglee.college,
            campagne=reglee.campagne,
            saisie=self.saisie(date_de_naissance=date(2012, 5, 4)),
            par=None,
            le=EN_INSCRIPTION,
        )
        assert eleve.referent_nom == "Mme Roche"

    def test_un_eleve_ajoute_avec_la_sienne_la_garde(self, reglee):
        saisie = self.saisie(
            date_de_naissance=date(2012, 5, 4), referent_nom="M. Blin", referent_courriel="blin@creteil.example"
        )
        eleve = ajouter_un_eleve(
            etablissement=reglee.college, campagne=reglee.campagne, saisie=saisie, par=None, le=EN_INSCRIPTION
        )
        assert eleve.referent_nom == "M. Blin"

    def test_des_eleves_importes_la_recoivent_aussi(self, reglee):
        saisies = [
            self.saisie(date_de_naissance=date(2012, 5, 4)),
            self.saisie(prenom="Awa", ine="120890178FA", classe="3e C", date_de_naissance=date(2012, 5, 5)),
        ]
        importer_des_eleves(
            etablissement=reglee.college, campagne=reglee.campagne, eleves=saisies, par=None, le=EN_INSCRIPTION
        )
        assert dict(Eleve.objects.values_list("prenom", "referent_nom")) == {"Yanis": "Mme Roche", "Awa": ""}


class TestPage:
    def adresse(self, maison) -> str:
        return reverse("candidatures:classes", args=[maison.college.segment])

    def envoi(self, place, nom="3e B", **reste) -> dict[str, str]:
        prefixe = f"c{nom.encode().hex()}"
        return {f"{prefixe}-referent": str(place.pk), **{f"{prefixe}-{cle}": v for cle, v in reste.items()}}

    def test_sans_eleve_la_page_dit_d_importer(self, maison, connecter):
        page = connecter(maison.chef.personne).get(self.adresse(maison)).content.decode()
        assert "Importez des élèves pour créer les classes." in page

    def test_enregistrer_donne_la_personne_referente_et_le_dit(self, maison, connecter):
        eleve = maison.eleve()
        reponse = connecter(maison.secretaire.personne).post(
            self.adresse(maison), self.envoi(maison.professeure), follow=True
        )
        assert "Personnes référentes enregistrées." in reponse.content.decode()
        eleve.refresh_from_db()
        assert eleve.referent_nom == "Mme Roche"

    def test_avant_de_remplacer_la_page_demande_et_n_ecrit_rien(self, maison, connecter):
        eleves = [maison.eleve(maison.secretaire) for _ in range(3)]
        client = connecter(maison.chef.personne)
        reponse = client.post(self.adresse(maison), self.envoi(maison.professeure))
        page = reponse.content.decode()
        assert "3 élèves ont déjà une autre personne référente." in page
        assert not Classe.objects.exists()
        vu = {"vu": maison.professeure.personne.courriel}
        client.post(self.adresse(maison), self.envoi(maison.professeure, **vu))
        eleves[0].refresh_from_db()
        assert eleves[0].referent_courriel == maison.secretaire.personne.courriel
        assert Classe.objects.get().referent_nom == "Mme Roche"

    def test_la_case_cochee_remplace(self, maison, connecter):
        eleve = maison.eleve(maison.secretaire)
        envoi = self.envoi(maison.professeure, vu=maison.professeure.personne.courriel, remplacer="on")
        connecter(maison.chef.personne).post(self.adresse(maison), envoi)
        eleve.refresh_from_db()
        assert eleve.referent_nom == "Mme Roche"

    def test_une_autre_personne_a_une_adresse_academique_et_rien_de_tape_ne_se_perd(self, maison, connecter, settings):
        settings.DOMAINES_ACADEMIQUES = {"creteil": "ac-creteil.fr"}
        maison.eleve()
        prefixe = f"c{b'3e B'.hex()}"
        envoi = {
            f"{prefixe}-referent": "autre",
            f"{prefixe}-referent_nom": "M. Blin",
            f"{prefixe}-referent_courriel": "blin@ailleurs.example",
        }
        page = connecter(maison.chef.personne).post(self.adresse(maison), envoi).content.decode()
        assert "L’adresse doit être une adresse académique (@ac-creteil.fr)." in page
        assert "blin@ailleurs.example" in page
        assert "<title>Erreur" in page

    def test_une_classe_absente_de_l_envoi_n_est_pas_videe(self, maison, connecter):
        maison.eleve()
        enregistrer(maison, choisir(maison.professeure))
        connecter(maison.chef.personne).post(self.adresse(maison), {})
        assert Classe.objects.get().referent_nom == "Mme Roche"

    def test_un_autre_college_ne_la_voit_pas(self, maison, connecter):
        assert connecter(maison.scene.autre_origine.personne).get(self.adresse(maison)).status_code == 404

    def test_trente_eleves_et_huit_classes_se_lisent_en_douze_requetes(self, maison, connecter):
        client = connecter(maison.chef.personne)
        client.get(self.adresse(maison))

        def compter() -> int:
            with CaptureQueriesContext(connection) as requetes:
                client.get(self.adresse(maison))
            return len(requetes)

        maison.eleve()
        une = compter()
        for rang in range(30):
            maison.eleve(classe=f"3e {rang % 8}")
        assert compter() == une <= 12


def test_une_campagne_close_se_lit_sans_formulaire(maison, connecter):
    maison.eleve()
    Campagne.objects.filter(pk=maison.campagne.pk).update(etat=Campagne.Etat.CLOSE)
    page = connecter(maison.chef.personne).get(reverse("candidatures:classes", args=[maison.college.segment]))
    assert "<select" not in page.content.decode()
