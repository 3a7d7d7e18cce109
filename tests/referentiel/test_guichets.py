"""Le compte et les places qui viennent d'un guichet de l'académie (R36 à R39)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from comptes.federation.models import IdentiteFederee
from comptes.models import Personne, Trace
from comptes.rules.identite import Delegation
from referentiel.models import AliasUai, Rattachement
from referentiel.permissions import perimetre_de, peut_gerer_l_etablissement
from referentiel.rules.dates import PARIS
from referentiel.rules.refus import Refus
from referentiel.services.equipe import retirer_de_l_equipe
from referentiel.services.guichets import accueillir
from referentiel.services.invitations import retirer_une_invitation
from tests.factories.guichets import PLACES, une_identite
from tests.factories.invitations import une_invitation
from tests.factories.pilotage import MAINTENANT
from tests.factories.referentiel import (
    AcademieFactory,
    AccueilFactory,
    EtablissementFactory,
    PersonneFactory,
    RattachementFactory,
)

pytestmark = pytest.mark.django_db
Role = Rattachement.Role


@pytest.fixture
def college():
    return EtablissementFactory()


@pytest.fixture
def lycee():
    return EtablissementFactory(lycee=True)


def chef(*etablissements, **champs):
    codes = tuple(getattr(un, "uai", un) for un in etablissements)
    return une_identite(responsabilites=codes, direction=True, **champs)


def delegue(*etablissements, application="passpro", debut=date(2026, 9, 1), fin=date(2027, 8, 31), **champs):
    delegation = Delegation(application, debut, fin, tuple(un.uai for un in etablissements))
    return une_identite(delegations=(delegation,), **champs)


def entrer(identite, *, places=PLACES, le=MAINTENANT):
    return accueillir(identite=identite, places=places, le=le)


def places_de(personne) -> dict:
    return {place.etablissement or place.academie: place.role for place in personne.rattachements.all()}


class TestCompte:
    def test_une_personne_inconnue_sans_place_n_a_pas_de_compte(self):
        assert entrer(une_identite()) is None
        assert not Personne.objects.exists()

    def test_sans_attributs_d_education_une_direction_annoncee_ne_donne_rien(self, college):
        assert entrer(chef(college), places=None) is None
        assert not Personne.objects.exists()

    def test_un_compte_s_ouvre_avec_la_place_qui_vient_et_n_a_pas_de_mot_de_passe(self, college):
        personne = entrer(chef(college))
        assert (personne.courriel, personne.prenom, personne.nom) == (
            "claire.petit@ac-creteil.example",
            "Claire",
            "Petit",
        )
        assert not personne.has_usable_password()
        assert personne.identites.get().sujet == "cpetit"

    def test_on_se_reconnait_a_l_adresse_d_un_compte_connu_puis_a_l_identifiant(self):
        place = RattachementFactory(personne__courriel="claire.petit@ac-creteil.example")
        identite = une_identite(courriel="claire.petit@ac-creteil.example")
        assert entrer(identite, places=None) == place.personne
        remariee = replace(identite, courriel="claire.roche@ac-creteil.example", nom="Roche")
        personne = entrer(remariee, places=None)
        assert personne == place.personne
        assert (personne.courriel, personne.nom) == ("claire.roche@ac-creteil.example", "Roche")

    def test_l_identifiant_peut_changer_pour_la_meme_adresse_et_cela_se_consigne(self):
        place = RattachementFactory(personne__courriel="claire.petit@ac-creteil.example")
        for sujet in ("avant", "apres"):
            entrer(une_identite(emetteur="https://idp.example", sujet=sujet), places=None)
        assert IdentiteFederee.objects.get(personne=place.personne).sujet == "apres"
        phrases = [trace.phrase for trace in Trace.objects.de(place.personne)]
        assert "Identifiant changé par le guichet." in phrases

    def test_l_adresse_d_un_autre_compte_ne_se_prend_pas(self):
        autre = PersonneFactory(courriel="autre@ac-creteil.example")
        place = RattachementFactory()
        IdentiteFederee.objects.create(personne=place.personne, emetteur="arena", sujet="cpetit", liee_le=MAINTENANT)
        personne = entrer(une_identite(courriel=autre.courriel), places=None)
        assert personne == place.personne
        assert personne.courriel != autre.courriel
        assert not autre.identites.exists()

    def test_le_meme_identifiant_chez_un_autre_guichet_est_une_autre_personne(self):
        place = RattachementFactory()
        IdentiteFederee.objects.create(personne=place.personne, emetteur="arena", sujet="cpetit", liee_le=MAINTENANT)
        assert entrer(une_identite(emetteur="https://pirate.example", courriel="pirate@pirate.example")) is None

    def test_un_compte_ferme_n_entre_pas_et_rien_n_y_change(self, college):
        ferme = PersonneFactory(courriel="claire.petit@ac-creteil.example", is_active=False, nom="Avant")
        assert entrer(chef(college)) is None
        ferme.refresh_from_db()
        assert (ferme.nom, ferme.is_active, ferme.rattachements.count()) == ("Avant", False, 0)
        assert not IdentiteFederee.objects.exists()

    def test_un_compte_connu_qui_n_a_plus_aucune_place_n_entre_pas(self):
        PersonneFactory(courriel="claire.petit@ac-creteil.example")
        assert entrer(une_identite()) is None

    def test_revenir_sans_rien_de_neuf_n_ecrit_rien(self, college):
        entrer(chef(college))
        traces = Trace.objects.count()
        entrer(chef(college))
        assert Trace.objects.count() == traces


class TestInvitation:
    @pytest.fixture
    def proviseur(self, college):
        return RattachementFactory(etablissement=college)

    def test_une_adresse_invitee_entre_sans_mot_de_passe_et_prend_sa_place(self, college, proviseur):
        invitation = une_invitation(proviseur, le=MAINTENANT, courriel="claire.petit@ac-creteil.example")
        personne = entrer(une_identite(emetteur="https://proconnect.example"), places=None)
        place = personne.rattachements.get()
        assert (place.etablissement, place.role, place.guichet) == (college, Role.GESTIONNAIRE, "")
        assert not personne.has_usable_password()
        invitation.refresh_from_db()
        assert invitation.acceptee_le == MAINTENANT

    def test_une_invitation_echue_retiree_ou_d_une_autre_adresse_n_ouvre_rien(self, proviseur):
        invitation = une_invitation(proviseur, le=MAINTENANT, courriel="claire.petit@ac-creteil.example")
        une_invitation(proviseur, le=MAINTENANT, courriel="claire.petite@ac-creteil.example")
        assert entrer(une_identite(), le=MAINTENANT + timedelta(days=8)) is None
        retirer_une_invitation(invitation=invitation, par=proviseur.personne, le=MAINTENANT)
        assert entrer(une_identite()) is None

    def test_un_compte_ferme_n_entre_pas_par_une_invitation(self, proviseur):
        une_invitation(proviseur, le=MAINTENANT, courriel="claire.petit@ac-creteil.example")
        PersonneFactory(courriel="claire.petit@ac-creteil.example", is_active=False)
        assert entrer(une_identite()) is None

    def test_la_place_de_l_invitation_passe_avant_celle_du_guichet(self, college, proviseur):
        une_invitation(proviseur, le=MAINTENANT, courriel="claire.petit@ac-creteil.example")
        assert places_de(entrer(chef(college))) == {college: Role.GESTIONNAIRE}

    def test_une_invitation_qui_contredit_une_place_ouverte_ne_change_rien(self, college, proviseur):
        personne = entrer(chef(college, courriel="claire.petit@ac-creteil.example"))
        invitation = une_invitation(proviseur, le=MAINTENANT, courriel="autre@ac-creteil.example")
        type(invitation).objects.update(courriel="claire.petit@ac-creteil.example")
        assert places_de(entrer(chef(college))) == {college: Role.CHEF}
        assert personne.rattachements.count() == 1


class TestPlaces:
    def test_un_chef_par_arena_gere_l_equipe(self, college):
        personne = entrer(chef(college))
        [place] = perimetre_de(personne.pk).places
        assert peut_gerer_l_etablissement(place)
        assert (place.origine, place.accueil) == (True, False)
        trace = Trace.objects.de(college).get()
        assert (trace.auteur, trace.auteur_nom) == (None, "Passpro")
        assert trace.apres == {"personne": personne.courriel, "guichet": "arena", "role": "chef"}
        assert "par ARENA" in trace.phrase

    def test_plusieurs_uai_donnent_plusieurs_places(self, college, lycee):
        assert places_de(entrer(chef(college, lycee))) == {college: Role.CHEF, lycee: Role.CHEF}

    def test_un_lycee_recoit_et_un_college_qui_recoit_a_les_deux_cotes(self, college, lycee):
        AccueilFactory(etablissement=college)
        personne = entrer(chef(college, lycee))
        cotes = {place.etablissement: (place.origine, place.accueil) for place in personne.rattachements.all()}
        assert cotes == {college: (True, True), lycee: (False, True)}

    def test_un_autre_uai_du_meme_etablissement_mene_a_la_meme_place(self, lycee):
        alias = AliasUai.objects.create(uai="0941111A", etablissement=lycee)
        assert places_de(entrer(chef(lycee, alias.uai))) == {lycee: Role.CHEF}

    def test_une_delegation_donne_une_place_de_gestionnaire_sans_les_avis(self, college):
        personne = entrer(delegue(college))
        place = personne.rattachements.get()
        assert (place.role, place.saisit_les_avis) == (Role.GESTIONNAIRE, False)

    @pytest.mark.parametrize(
        "champs",
        [{"application": "autre"}, {"fin": date(2027, 3, 14)}, {"debut": date(2027, 3, 16)}],
        ids=["autre application", "échue la veille", "commence demain"],
    )
    def test_une_delegation_d_une_autre_application_ou_d_un_autre_jour_ne_donne_rien(self, college, champs):
        assert entrer(delegue(college, **champs)) is None

    def test_le_jour_d_une_delegation_est_celui_de_paris(self, college):
        """Le 31 août à 23 h 30 à Paris est déjà un autre jour plus à l'est, et encore le 31 à Greenwich."""
        avant, apres = (datetime(2027, 8, 31, 23, 30, tzinfo=PARIS), datetime(2027, 9, 1, 0, 30, tzinfo=PARIS))
        assert entrer(delegue(college), le=avant) is not None
        assert entrer(delegue(college), le=apres) is None

    def test_diriger_passe_avant_une_delegation(self, college):
        identite = replace(delegue(college), responsabilites=(college.uai,), direction=True)
        assert places_de(entrer(identite)) == {college: Role.CHEF}

    def test_un_uai_inconnu_ou_d_une_autre_academie_ne_donne_rien(self):
        ailleurs = EtablissementFactory(academie=AcademieFactory(code="paris", nom="Paris"))
        assert entrer(chef(ailleurs, "0990001Z")) is None
        assert not Rattachement.objects.exists()

    def test_un_groupe_d_annuaire_ouvre_le_saio_et_l_administration_puis_les_ferme(self):
        academie = AcademieFactory()
        personne = entrer(une_identite(groupes=("PASSPRO-SAIO", "AUTRE")))
        assert places_de(personne) == {academie: Role.SAIO}
        assert personne.is_staff
        assert entrer(une_identite(groupes=("AUTRE",))) is None
        personne.refresh_from_db()
        assert not personne.is_staff
        faits = list(Trace.objects.de(personne).filter(fait="administration").values_list("phrase", flat=True))
        assert faits == ["Accès à l’administration fermé.", "Accès à l’administration ouvert."]

    @pytest.mark.parametrize("groupe", ["passpro-saio", "PASSPRO-SAIO2", "X", ""])
    def test_un_groupe_qui_ressemble_ne_donne_rien(self, groupe):
        AcademieFactory()
        assert entrer(une_identite(groupes=(groupe,))) is None


class TestFin:
    def test_une_place_s_en_va_avec_la_responsabilite_et_cela_se_consigne(self, college, lycee):
        entrer(chef(college, lycee))
        personne = entrer(chef(lycee))
        assert places_de(personne) == {lycee: Role.CHEF}
        assert Trace.objects.de(college)[0].phrase.endswith("n’est plus de l’équipe, d’après ARENA.")

    def test_la_derniere_place_retiree_ferme_la_porte(self, college):
        personne = entrer(delegue(college))
        assert entrer(une_identite()) is None
        assert not personne.rattachements.exists()

    def test_le_role_suit_le_guichet_sans_toucher_aux_droits_confies(self, college):
        personne = entrer(delegue(college))
        personne.rattachements.update(saisit_les_avis=True, fonction="Professeur principal")
        entrer(delegue(college))
        place = personne.rattachements.get()
        assert (place.saisit_les_avis, place.fonction) == (True, "Professeur principal")
        entrer(chef(college))
        place.refresh_from_db()
        assert place.role == Role.CHEF

    def test_une_place_donnee_dans_passpro_n_est_ni_changee_ni_retiree(self, college, lycee):
        donnee = RattachementFactory(
            gestionnaire=True, etablissement=college, personne__courriel="claire.petit@ac-creteil.example"
        )
        personne = entrer(chef(college, lycee))
        assert places_de(personne) == {college: Role.GESTIONNAIRE, lycee: Role.CHEF}
        entrer(une_identite())
        assert places_de(personne) == {college: Role.GESTIONNAIRE}
        donnee.refresh_from_db()
        assert donnee.guichet == ""

    def test_un_guichet_ne_touche_pas_aux_places_d_un_autre(self, college, lycee):
        personne = entrer(chef(college))
        entrer(chef(lycee, emetteur="https://idp.example", sujet="autre"))
        assert places_de(personne) == {college: Role.CHEF, lycee: Role.CHEF}

    def test_un_fournisseur_sans_attributs_ne_retire_rien(self, college):
        personne = entrer(chef(college))
        entrer(une_identite(emetteur="https://proconnect.example", sujet="p"), places=None)
        assert places_de(personne) == {college: Role.CHEF}

    def test_l_equipe_ne_retire_pas_ce_que_le_guichet_redonnerait(self, college):
        RattachementFactory(etablissement=college)
        personne = entrer(delegue(college))
        place = personne.rattachements.get()
        with pytest.raises(Refus, match="vient du guichet de l’académie"):
            retirer_de_l_equipe(place=place, cote="origine", par=personne, le=MAINTENANT)
        assert personne.rattachements.exists()
