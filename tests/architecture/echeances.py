"""Ce que chaque service qui écrit demande au calendrier : son geste, et de quoi le préparer (R1, R4).

Ajouter un service : une ligne à `TABLE`, avec sa mise en scène ; ou à `A_LA_LECTURE`, ou à `HORS_CALENDRIER` avec sa
raison.
"""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import avis.services
import candidatures.services
import entretiens.services
from avis.models import SaisieGroupee
from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import Etat
from candidatures.services import ChoixDeClasse
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens.models import Convocation, Entretien, Envoi
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Academie, Accueil, JeuDeRegles, Periode
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import fin_du_jour, jour_de
from referentiel.rules.jeu import Affichage, Avis, Resultat
from referentiel.rules.ouverture import Geste
from tests.factories.avis import TEXTE, avis_pour
from tests.factories.candidatures import EleveFactory
from tests.factories.entretiens import convoquer, ouvrir_un_creneau, serie
from tests.factories.inscriptions import une_saisie
from tests.factories.pilotage import MAINTENANT, Scene
from tests.factories.referentiel import AccueilFactory, EtablissementFactory, OffreFactory

JOUR = jour_de(MAINTENANT)
CLOTURE = fin_du_jour(JOUR)
SOIR = CLOTURE - timedelta(microseconds=1)

# Ce que le calendrier de la campagne ne commande pas, et pourquoi.
HORS_CALENDRIER: dict[str, str] = {
    "rectifier_pour_le_saio": "le droit de rectification ne suit pas le calendrier, campagne close comprise (R40)",
    "retirer_et_remplacer": "l'équipe n'est pas d'une campagne ; fermée, celle-ci garde ses personnes référentes",
    "creer_un_jury": "un jury se prépare avant l'ouverture, et n'est pas d'une campagne",
    "modifier_le_jury": "un jury n'est pas d'une campagne",
    "retirer_le_jury": "un jury n'est pas d'une campagne",
    "reprendre_le_jury": "un jury n'est pas d'une campagne",
    "ajouter_une_salle": "une salle n'est pas d'une campagne",
    "modifier_la_salle": "une salle n'est pas d'une campagne",
    "retirer_la_salle": "une salle n'est pas d'une campagne",
    "faire_passer": "écrit l'état pour un service qui a demandé au calendrier",
    "faire_passer_plusieurs": "écrit l'état pour un service qui a demandé au calendrier",
    "accorder_le_renvoi": "suite d'un renvoi, qui a demandé au calendrier",
    "noter_le_depart": "constate qu'un courriel confirmé à temps est parti",
    "reprendre_les_convocations": "remet d'aplomb ce qui était confirmé à temps",
    "retirer_l_entretien": "suite d'un retrait qui a demandé au calendrier",
    "retablir_l_entretien": "suite d'un retrait annulé, qui a demandé au calendrier",
    "readresser_les_convocations": "suite d'un transfert, qui a demandé au calendrier",
    "rappeler_les_avis_manquants": "rappel automatique : lit le calendrier et n'écrit rien d'une campagne",
    "exporter_vers_affelnet": "l'export du SAIO suit la saisie des vœux ; il exige seulement une campagne ouverte",
    "accorder_les_creneaux": "suite d'un placement, qui a demandé au calendrier",
    "consulter_un_courriel": "note qui lit le texte d'un courriel (R40) ; n'écrit rien d'une campagne",
    "consulter_des_noms": "note qui lit des noms (R40) ; n'écrit rien d'une campagne",
    "retenir_les_relances": "retient avant son départ un courriel du SAIO ; n'écrit rien d'une campagne",
    "rappeler_les_retards": "rappel automatique : lit le calendrier et n'écrit rien d'une campagne",
}
# Services sans mise en scène ici : leur code, ou celui qu'ils appellent, demande au calendrier avant d'écrire.
A_LA_LECTURE: frozenset[str] = frozenset(
    {
        "accepter_un_transfert",
        "affecter_un_referent",
        "annuler_le_desistement",
        "demander_un_creneau",
        "inscrire_plusieurs",
        "modifier_les_formations",
        "refuser_un_creneau",
        "refuser_un_transfert",
        "relancer",
        "supprimer_un_eleve",
    }
)


# Les mises en scène : chacune rend les arguments d'un service, hors `par` et `le` ---------------------------------


def _choix(scene: Scene) -> list[tuple[Accueil, list[Any]]]:
    accueil = scene.accueil()
    offre = OffreFactory(formation__domaine=accueil.domaine, etablissement=scene.lycee)
    return [(accueil, [offre.formation])]


def _demande(scene: Scene) -> FormationDemandee:
    demande = scene.candidature().formations_demandees.get()
    demande.candidature.domaine.campagne = scene.campagne
    return demande


def _convocation(scene: Scene) -> Convocation:
    return scene.convoquee().convocations.get()


def _envoi_a_completer(scene: Scene) -> Envoi:
    entretien = scene.convoquee()
    eleve = entretien.candidature.eleve
    eleve.referent_courriel = "nouvelle.adresse@creteil.example"
    eleve.save()
    return Envoi.objects.get(convocations__entretien=entretien)


def _courriel_refuse(scene: Scene) -> dict[str, Any]:
    courriel = scene.non_distribuee()
    courriel.derniere_erreur = "421 Boîte pleine"
    courriel.save()
    envoi = Envoi.objects.filter(convocations__courriels=courriel).first()
    return {"envoi": envoi, "courriel": courriel, "destinataire": courriel.destinataire}


def _correction_a_demander(scene: Scene) -> dict[str, Any]:
    Academie.objects.update(contact_courriel="saio@creteil.example")
    refuse = _courriel_refuse(scene)
    return {"envoi": refuse["envoi"], "courriel": refuse["courriel"]}


def _envoi_en_attente(scene: Scene) -> Envoi:
    entretien = scene.planifiee()
    envoi = convoquer(entretien, le=SOIR - timedelta(minutes=1))
    assert Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER, convocations__envoi=envoi).exists()
    return envoi


def _entendue(scene: Scene) -> Candidature:
    return scene.avec_entretien(Etat.REALISEE, debut=scene.le - timedelta(hours=2), presence=EtatEntretien.TENU)


def _ajout(scene: Scene) -> FormationDemandee:
    candidature = _entendue(scene)
    return avis.services.ajouter_une_formation(
        candidature=candidature,
        formation=scene.autre_formation(candidature),
        avis=Avis.FAVORABLE,
        par=scene.chef_accueil.personne,
        le=scene.le,
    )


def _a_relire(scene: Scene) -> Candidature:
    candidature = _entendue(scene)
    avis.services.enregistrer_le_brouillon(
        **_compte_rendu(candidature, 0), par=scene.gestionnaire_accueil.personne, le=scene.le, a_relire=True
    )
    return candidature


def _absences(scene: Scene) -> SaisieGroupee:
    """Saisie assez récente, le soir de la clôture, pour s'annuler encore."""
    return avis.services.enregistrer_des_absences(
        **_au_lycee(scene, entretiens=[_a_presence_a_saisir(scene)]),
        par=scene.chef_accueil.personne,
        le=SOIR - timedelta(minutes=1),
    )


def _absences_a_annuler(scene: Scene) -> dict[str, Any]:
    ligne = _absences(scene).lignes.get()
    etats = (EtatEntretien(ligne.avant["entretien"]), Etat(ligne.avant["candidature"]))
    return {
        "avant": {Entretien.objects.get(candidature=ligne.candidature_id): etats},
        "depuis": SOIR - timedelta(minutes=1),
    }


def _compte_rendu(candidature: Candidature, version: int) -> dict[str, Any]:
    return {"candidature": candidature, "texte": TEXTE, "avis": avis_pour(candidature), "version": version}


def _corrigee(scene: Scene) -> dict[str, Any]:
    rendue = scene.rendue()
    return _compte_rendu(rendue, rendue.compte_rendu.version) | {"texte": f"{TEXTE} Relu."}


def _avec_bonus(scene: Scene) -> FormationDemandee:
    JeuDeRegles.objects.filter(campagne=scene.campagne).update(affichage=Affichage.AVEC_BONUS)
    scene.campagne.regles.cases.exclude(resultat=Resultat.INCOMPLET).update(points=10)
    return scene.rendue().formations_demandees.get()


def _choix_confirme(scene: Scene) -> FormationDemandee:
    demande = _avec_bonus(scene)
    Periode.objects.filter(campagne=scene.campagne, nature=Nature.VOEUX_AFFELNET).update(debut=JOUR)
    avis.services.confirmer_le_choix(formation_demandee=demande, par=scene.chef_origine.personne, le=scene.le)
    return demande


def _a_presence_a_saisir(scene: Scene) -> Entretien:
    candidature = scene.avec_entretien(Etat.CONVOQUEE, debut=scene.le - timedelta(hours=2))
    return Entretien.objects.get(candidature=candidature)


def _a_placer(scene: Scene, heure: int = 9) -> dict[str, Any]:
    candidature = scene.candidature()
    return {"candidature": candidature, "creneau": ouvrir_un_creneau(candidature.accueil, heure, le=scene.le)}


def _a_deplacer(scene: Scene) -> dict[str, Any]:
    entretien = scene.planifiee()
    return {"entretien": entretien, "creneau": ouvrir_un_creneau(entretien.candidature.accueil, 11, le=scene.le)}


def _a_proposer(scene: Scene) -> dict[str, Any]:
    accueil = _a_placer(scene)["candidature"].accueil
    return _au_lycee(scene, accueils=[accueil], options=entretiens.services.Options())


def _proposee(scene: Scene) -> dict[str, Any]:
    proposition = scene.proposition()
    return {"proposition": proposition, "version": proposition.version}


def _inscrit_ailleurs(scene: Scene) -> dict[str, Any]:
    EleveFactory(campagne=scene.campagne, etablissement=EtablissementFactory(), ine="123456789AB")
    return {"ine": "123456789AB", "etablissement": scene.college, "campagne": scene.campagne}


def _chez_un_autre(scene: Scene) -> dict[str, Any]:
    candidature = scene.candidature()
    return {"candidature": candidature, "accueil": AccueilFactory(domaine=candidature.domaine)}


def _la_campagne_et(scene: Scene, **autres: Any) -> dict[str, Any]:
    return {"etablissement": scene.college, "campagne": scene.campagne, **autres}


def _au_lycee(scene: Scene, **autres: Any) -> dict[str, Any]:
    return {"etablissement": scene.lycee, "campagne": scene.campagne, **autres}


Preparer = Callable[[Scene], dict[str, Any]]
TABLE: dict[str, tuple[Geste, Preparer]] = {
    "ajouter_un_eleve": (Geste.AJOUTER_UN_ELEVE, lambda s: _la_campagne_et(s, saisie=une_saisie())),
    "importer_des_eleves": (Geste.AJOUTER_UN_ELEVE, lambda s: _la_campagne_et(s, eleves=[une_saisie()])),
    "modifier_un_eleve": (Geste.MODIFIER_UN_ELEVE, lambda s: {"eleve": s.eleve(), "saisie": une_saisie()}),
    "enregistrer_les_classes": (
        Geste.MODIFIER_UN_ELEVE,
        lambda s: _la_campagne_et(s, choix=[ChoixDeClasse("3e B", None, "Mme Roche", "roche@creteil.example")]),
    ),
    "demander_un_transfert": (Geste.DEMANDER_UN_TRANSFERT, _inscrit_ailleurs),
    "inscrire": (Geste.INSCRIRE, lambda s: {"eleve": s.eleve(), "choix": _choix(s)}),
    "preparer_l_inscription": (
        Geste.INSCRIRE,
        lambda s: {"eleve": s.eleve(), "brouillons": _choix(s), "ajouts": []},
    ),
    "changer_d_accueil": (Geste.CHANGER_D_ACCUEIL, _chez_un_autre),
    "saisir_l_avis": (
        Geste.SAISIR_LES_AVIS,
        lambda s: {
            "formation_demandee": _demande(s),
            "avis": "favorable",
            "commentaire": "Projet réfléchi, stage réussi.",
            "version": 0,
        },
    ),
    "saisir_les_avis": (
        Geste.SAISIR_LES_AVIS,
        lambda s: {
            "saisies": [candidatures.services.SaisieAvis(_demande(s), "favorable", "Projet réfléchi, stage réussi.", 0)]
        },
    ),
    "desister": (Geste.DESISTER, lambda s: {"candidature": s.candidature(), "motif": "Déménagement"}),
    "annuler": (Geste.ANNULER_UNE_CANDIDATURE, lambda s: {"candidature": s.candidature(), "motif": "Plus de place"}),
    "tenir_l_accueil": (
        Geste.TENIR_L_OFFRE,
        lambda s: {
            "accueil": s.accueil(),
            "tenue": entretiens.services.Tenue("Bâtiment B", "", "Mme Leroy", "", ""),
        },
    ),
    "ecrire_les_consignes": (Geste.TENIR_L_OFFRE, lambda s: {"accueils": {s.accueil(): "Tenue de cuisine."}}),
    "presenter_l_offre": (
        Geste.TENIR_L_OFFRE,
        lambda s: {
            "offre": OffreFactory(
                formation__domaine=s.accueil().domaine, etablissement=s.lycee, hors_passpro=True, presentation="JPO."
            ),
            "presentation": "Mini-stages en mars.",
        },
    ),
    "confirmer_l_offre": (Geste.TENIR_L_OFFRE, lambda s: s.accueil() and _au_lycee(s)),
    "annuler_pour_le_saio": (
        Geste.ANNULER_UNE_CANDIDATURE,
        lambda s: {"candidature": s.candidature(), "motif": "Inscription faite deux fois"},
    ),
    "creer_la_serie": (Geste.PLANIFIER, lambda s: {"accueil": s.accueil(), "serie": serie()}),
    "retoucher": (
        Geste.PLANIFIER,
        lambda s: {
            "creneau": ouvrir_un_creneau(s.accueil(), le=s.le),
            "retouche": entretiens.services.Retouche(time(9), None, "301"),
            "suivants": False,
        },
    ),
    "annuler_des_seances": (
        Geste.PLANIFIER,
        lambda s: _au_lycee(s, seances=[ouvrir_un_creneau(s.accueil(), le=s.le).seance], d_accord_pour=0),
    ),
    "supprimer_les_creneaux": (
        Geste.PLANIFIER,
        lambda s: _au_lycee(s, creneaux=[ouvrir_un_creneau(s.accueil(), le=s.le)]),
    ),
    "placer": (Geste.PLANIFIER, _a_placer),
    "placer_plusieurs": (Geste.PLANIFIER, lambda s: {"placements": [tuple(_a_placer(s).values())]}),
    "deplacer": (Geste.PLANIFIER, _a_deplacer),
    "proposer_un_planning": (Geste.PLANIFIER, _a_proposer),
    "ajuster_la_proposition": (Geste.PLANIFIER, lambda s: _proposee(s) | {"choix": {}}),
    "recalculer_la_proposition": (Geste.PLANIFIER, lambda s: _proposee(s) | {"choix": {}, "en_entier": True}),
    "confirmer_la_proposition": (Geste.PLANIFIER, lambda s: _proposee(s) | {"envoyer": False}),
    "abandonner_la_proposition": (Geste.PLANIFIER, lambda s: {"proposition": s.proposition()}),
    "liberer": (Geste.PLANIFIER, lambda s: {"entretien": s.planifiee(), "replanifier": True}),
    "confirmer": (Geste.CONVOQUER, lambda s: _au_lycee(s, entretiens=[s.planifiee()])),
    "completer_l_envoi": (Geste.CONVOQUER, lambda s: {"envoi": _envoi_a_completer(s)}),
    "renvoyer_le_courriel": (Geste.CONVOQUER, _courriel_refuse),
    "demander_la_correction": (Geste.CONVOQUER, _correction_a_demander),
    "rappeler_l_envoi": (Geste.RAPPELER_UN_ENVOI, lambda s: {"envoi": _envoi_en_attente(s)}),
    "marquer_remises": (
        Geste.REMETTRE_LES_CONVOCATIONS,
        lambda s: _la_campagne_et(s, convocations=[_convocation(s)]),
    ),
    "saisir_les_presences": (
        Geste.SAISIR_LES_PRESENCES,
        lambda s: {"presences": {_a_presence_a_saisir(s): EtatEntretien.TENU}},
    ),
    "noter_l_emargement": (Geste.SAISIR_LES_PRESENCES, lambda s: {"seance": s.seance_a_preparer()}),
    "enregistrer_le_brouillon": (Geste.REDIGER, lambda s: _compte_rendu(_entendue(s), 0)),
    "transmettre": (Geste.REDIGER, lambda s: _compte_rendu(_entendue(s), 0)),
    "ajouter_une_formation": (
        Geste.REDIGER,
        lambda s: (lambda c: {"candidature": c, "formation": s.autre_formation(c), "avis": Avis.FAVORABLE})(
            _entendue(s)
        ),
    ),
    "retirer_un_ajout": (Geste.REDIGER, lambda s: {"demande": _ajout(s)}),
    "renvoyer_au_jury": (Geste.REDIGER, lambda s: {"candidature": _a_relire(s), "message": "Précisez le conseil."}),
    "corriger": (Geste.CORRIGER, _corrigee),
    "enregistrer_des_absences": (
        Geste.REDIGER,
        lambda s: _au_lycee(s, entretiens=[_a_presence_a_saisir(s)]),
    ),
    "ne_pas_se_prononcer": (
        Geste.REDIGER,
        lambda s: _au_lycee(s, candidatures=[_entendue(s)], texte=TEXTE, versions={}),
    ),
    "annuler_la_saisie_groupee": (Geste.REDIGER, lambda s: {"saisie": _absences(s)}),
    "annuler_des_absences": (Geste.SAISIR_LES_PRESENCES, _absences_a_annuler),
    "marquer_comme_remises": (
        Geste.REMETTRE_LES_FICHES,
        lambda s: {"campagne": s.campagne, "eleves": [s.rendue().eleve]},
    ),
    "confirmer_le_choix": (Geste.NOTER_LES_VOEUX, lambda s: {"formation_demandee": _avec_bonus(s)}),
    "noter_les_suites": (
        Geste.NOTER_LES_VOEUX,
        lambda s: {"saisies": [avis.services.SuiteSaisie(_avec_bonus(s), True, True, False, False)]},
    ),
    "noter_le_voeu": (Geste.NOTER_LES_VOEUX, lambda s: {"formation_demandee": _choix_confirme(s)}),
}
