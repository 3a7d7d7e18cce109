"""Les élèves d'une académie et leurs candidatures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count, islice

from candidatures.models import Candidature, Classe, Eleve, FormationDemandee
from candidatures.rules import Etat, cle_d_un_eleve
from outils.mesures.peuplement.entretiens import A_VENIR, EN_ATTENTE, PASSE, Entretiens
from outils.mesures.peuplement.territoire import DOMAINES_PAR_ELEVE, DOMAINES_PAR_LYCEE
from passpro.demonstration.personnages import NOMS, PRENOMS
from referentiel.models import Accueil, Etablissement
from referentiel.rules.jeu import Modalite

CLASSES = ("3e A", "3e B", "3e C", "3e D")
LYCEES_PROCHES = 6
FORMATIONS_PAR_DOMAINE = (1, 1, 1, 2, 2, 3)
GROUPES = (PASSE,) * 6 + (A_VENIR,) * 2 + (EN_ATTENTE,) * 2
COMMENTAIRE = "A visité l’atelier, connaît le métier et a préparé ses questions avec la psychologue."
PREMIER_INE = 800_000_000


@dataclass
class Candidats:
    """Les élèves d'une académie et tout ce qui leur est arrivé."""

    entretiens: Entretiens

    def __post_init__(self) -> None:
        self.hasard, self.copie = self.entretiens.hasard, self.entretiens.copie
        self.territoire, self.jour = self.entretiens.territoire, self.entretiens.jour

    def remplir(self, candidatures: int) -> None:
        restent = candidatures
        accueils = self.territoire.accueils
        for college, rang in self._rangs_des_eleves():
            if restent <= 0:
                return
            eleve = self._un_eleve(college, rang)
            combien = min(restent, self.hasard.choice(DOMAINES_PAR_ELEVE))
            for numero, accueil in enumerate(self._accueils_de(college, accueils, combien)):
                self._une_candidature(college, eleve, accueil, numero)
                restent -= 1

    def _rangs_des_eleves(self) -> Iterator[tuple[Etablissement, int]]:
        for college in self.territoire.colleges:
            for nom in CLASSES:
                self.copie.ajouter(
                    Classe, campagne_id=self.territoire.campagne.pk, etablissement_id=college.pk, nom=nom
                )
        return ((college, rang) for rang in count() for college in self.territoire.colleges)

    def _accueils_de(self, college: Etablissement, accueils: Sequence[Accueil], combien: int) -> list[Accueil]:
        """Autant d'accueils, de domaines différents, parmi ceux des lycées proches du rang du collège."""
        depart = college.pk * DOMAINES_PAR_LYCEE % len(accueils)
        proches = [accueils[(depart + n) % len(accueils)] for n in range(LYCEES_PROCHES * DOMAINES_PAR_LYCEE)]
        self.hasard.shuffle(proches)
        par_domaine = {accueil.domaine_id: accueil for accueil in proches}
        return list(islice(par_domaine.values(), combien))

    def _un_eleve(self, college: Etablissement, rang: int) -> int:
        nom, prenom = self.hasard.choice(NOMS), self.hasard.choice(PRENOMS)
        numero = len(self.copie.lignes[Eleve]) + self.copie.ecrites[Eleve._meta.db_table]
        return self.copie.ajouter(
            Eleve,
            code=self.copie.code(),
            campagne_id=self.territoire.campagne.pk,
            etablissement_id=college.pk,
            ine=f"{PREMIER_INE + numero:09d}{'ABCDEFGHJK'[numero % 10]}A",
            nom=nom,
            prenom=prenom,
            date_de_naissance=date(self.jour.year - 14, 1 + rang % 12, 1 + rang % 28),
            classe=CLASSES[rang % len(CLASSES)],
            referent_nom="Mme Petit",
            referent_courriel=f"referent-{college.pk}@mesure.example",
            cle=cle_d_un_eleve(nom, prenom),
            cree_le=self.entretiens.instant(-65),
        )

    def _une_candidature(self, college: Etablissement, eleve: int, accueil: Accueil, numero: int) -> None:
        groupe = self.hasard.choice(GROUPES)
        place = self.entretiens.une_place(accueil, groupe, numero)
        if place is None:
            groupe = EN_ATTENTE
        etat = self._un_etat(groupe)
        inscrite_le = None if etat is Etat.BROUILLON else self.entretiens.instant(-60 if groupe == PASSE else -20)
        cle = self.copie.ajouter(
            Candidature,
            code=self.copie.code(),
            eleve_id=eleve,
            accueil_id=accueil.pk,
            domaine_id=accueil.domaine_id,
            modalite=Modalite.INDIVIDUEL.value,
            etat=etat.value,
            inscrite_le=inscrite_le,
            modifiee_le=inscrite_le or self.entretiens.instant(-5),
        )
        demandees = self._les_formations(cle, accueil, self.territoire.chefs[college.pk], etat)
        if place:
            self.entretiens.un_entretien(cle, eleve, accueil, groupe, place, etat)
            self.entretiens.un_compte_rendu(cle, self.territoire.chefs[accueil.etablissement_id], etat, demandees)

    def _un_etat(self, groupe: str) -> Etat:
        if groupe == PASSE:
            return self.hasard.choices((Etat.RENDUE, Etat.REALISEE, Etat.ABSENTE), (75, 17, 8))[0]
        if groupe == A_VENIR:
            return Etat.CONVOQUEE
        return self.hasard.choices((Etat.INSCRITE, Etat.BROUILLON), (80, 20))[0]

    def _les_formations(self, candidature: int, accueil: Accueil, par: int, etat: Etat) -> list[int]:
        formations = self.territoire.formations[accueil.domaine_id]
        combien = min(len(formations), self.hasard.choice(FORMATIONS_PAR_DOMAINE))
        return [
            self._une_formation(candidature, accueil.domaine_id, formation, par, etat)
            for formation in self.hasard.sample(formations, combien)
        ]

    def _une_formation(self, candidature: int, domaine: int, formation: int, par: int, etat: Etat) -> int:
        saisi = etat is Etat.RENDUE or (etat is not Etat.BROUILLON and self.hasard.random() < 0.7)
        avis = {
            "avis": self.entretiens.un_avis(),
            "commentaire": COMMENTAIRE,
            "avis_par_id": par,
            "avis_le": self.entretiens.instant(-55),
            "version": 1,
        }
        return self.copie.ajouter(
            FormationDemandee,
            code=self.copie.code(),
            candidature_id=candidature,
            formation_id=formation,
            domaine_id=domaine,
            **(avis if saisi else {}),
        )
