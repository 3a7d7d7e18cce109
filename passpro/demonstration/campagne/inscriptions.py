"""Les inscriptions et les avis d'origine, vague par vague ; quelques retraits."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from candidatures.models import Candidature, Eleve
from candidatures.rules import Etat
from candidatures.services.avis import saisir_l_avis
from candidatures.services.inscriptions import inscrire
from candidatures.services.retraits import annuler, desister
from passpro.demonstration.campagne.deroulement import Deroulement
from passpro.demonstration.decors import EN_ATTENTE, Vague
from passpro.demonstration.personnages import commentaire
from referentiel.models import Accueil, Etablissement, Formation
from referentiel.rules.jeu import Avis

DOMAINES_PAR_ELEVE = (0, 1, 2, 3)
POIDS_DES_DOMAINES = (17, 35, 28, 20)
# Sur cent candidatures : par rang, pour qu'une petite campagne en ait aussi.
RANGS_DES_DESISTEMENTS = frozenset({4, 37, 70})
RANG_DE_L_ANNULATION = 12


class Inscriptions(Deroulement):
    """Chaque élève choisit des domaines, des lycées proches, et reçoit des avis."""

    def _inscrire(self, vague: Vague, eleves: Iterable[Eleve]) -> None:
        for eleve in eleves:
            self._tirer_pour(eleve)
            le = self.instant(self.hasard.randint(*vague.inscription), self.hasard.randint(8, 17))
            chef = self.monde.chefs[eleve.etablissement_id]
            if choix := self._choisir(eleve):
                brouillon = vague is EN_ATTENTE and self.hasard.random() < 0.2
                candidatures = inscrire(eleve=eleve, choix=choix, par=chef, le=le, en_brouillon=brouillon)
                self._donner_les_avis(candidatures, vague, le + timedelta(hours=1))

    def _choisir(self, eleve: Eleve) -> list[tuple[Accueil, list[Formation]]]:
        nombre = self.hasard.choices(DOMAINES_PAR_ELEVE, weights=POIDS_DES_DOMAINES)[0]
        par_domaine = self._accueils_par_domaine()
        choisis = self.hasard.sample(sorted(par_domaine), nombre)
        return [(self._un_accueil_proche(eleve, par_domaine[d]), self._des_formations(d)) for d in choisis]

    def _accueils_par_domaine(self) -> dict[int, list[Accueil]]:
        par_domaine: dict[int, list[Accueil]] = defaultdict(list)
        for accueil in self.monde.accueils:
            if self.monde.demandables[accueil.domaine_id]:
                par_domaine[accueil.domaine_id].append(accueil)
        return par_domaine

    def _un_accueil_proche(self, eleve: Eleve, accueils: Sequence[Accueil]) -> Accueil:
        college = eleve.etablissement
        proches = sorted(accueils, key=lambda accueil: _eloignement(college, accueil.etablissement))[:3]
        return self.hasard.choice(proches)

    def _des_formations(self, domaine: int) -> list[Formation]:
        formations = self.monde.demandables[domaine]
        return self.hasard.sample(formations, min(len(formations), self.hasard.choice((1, 1, 2, 3))))

    def _donner_les_avis(self, candidatures: Iterable[Candidature], vague: Vague, le: datetime) -> None:
        for candidature in candidatures:
            if self.hasard.random() > vague.avis_saisis:
                continue
            for demande in candidature.formations_maintenues:
                saisir_l_avis(
                    formation_demandee=demande,
                    avis=self._un_avis(),
                    commentaire=commentaire(self.hasard),
                    version=demande.version,
                    par=self.monde.chefs[candidature.eleve.etablissement_id],
                    le=le,
                )

    def _un_avis(self) -> Avis:
        return self._tirer_un_avis(self.monde.campagne.regles.echelle_origine)

    def _retirer_quelques_uns(self, vague: Vague) -> None:
        """Trois désistements et une annulation pour cent candidatures, avant la planification."""
        inscrites = self._candidatures().filter(etat=Etat.INSCRITE).select_related("eleve", "accueil")
        le = self.instant(vague.inscription[1], 18)
        concernees = inscrites.filter(inscrite_le__gte=self.instant(vague.inscription[0], 0)).order_by("pk")
        for rang, candidature in enumerate(concernees):
            if rang % 100 in RANGS_DES_DESISTEMENTS:
                par = self.monde.chefs[candidature.eleve.etablissement_id]
                desister(candidature=candidature, motif="L’élève renonce à ces formations", par=par, le=le)
            elif rang % 100 == RANG_DE_L_ANNULATION:
                annuler(candidature=candidature, motif="Erreur d’inscription", par=self.monde.saio, le=le)


def _eloignement(college: Etablissement, lycee: Etablissement) -> float:
    """Carré de la distance en degrés : assez pour ranger des lycées d'une même académie."""
    return ((college.latitude or 0) - (lycee.latitude or 0)) ** 2 + (
        (college.longitude or 0) - (lycee.longitude or 0)
    ) ** 2
