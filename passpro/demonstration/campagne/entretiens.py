"""Les entretiens tenus : présences, comptes-rendus et avis d'accueil."""

from collections.abc import Iterable
from datetime import time, timedelta
from itertools import groupby
from typing import Any

from avis.services.comptes_rendus import enregistrer_le_brouillon, transmettre
from candidatures.models import FormationDemandee
from candidatures.rules import Etat
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from entretiens.services.presences import saisir_les_presences
from passpro.demonstration.campagne.deroulement import Deroulement
from passpro.demonstration.decors import RECENTE, Vague
from passpro.demonstration.personnages import compte_rendu
from referentiel.models import Etablissement
from referentiel.rules.dates import a_paris, jour_de
from referentiel.rules.jeu import Avis


class Entretiens(Deroulement):
    """Le soir même, chaque lycée note les présences ; les jours suivants, il rend compte."""

    def _tenir_les_entretiens(self, vague: Vague, lycees: Iterable[Etablissement]) -> None:
        for lycee in lycees:
            self._tirer_pour(lycee)
            self._noter_les_presences(vague, lycee)
            self._rendre_compte(vague, lycee)

    def _noter_les_presences(self, vague: Vague, lycee: Etablissement) -> None:
        """Note les présences le soir même, jour par jour ; celles d'hier restent à saisir."""
        dernier_soir = self.instant(vague.entretiens[1] - (vague is RECENTE), 20)
        finis = Entretien.objects.prevus().finis(dernier_soir).filter(candidature__etat=Etat.CONVOQUEE)
        a_noter = (
            finis.filter(creneau__seance__etablissement=lycee, candidature__in=self._candidatures())
            .avec_lieu()
            .order_by("periode", "pk")
        )
        for jour, entretiens in groupby(a_noter, key=lambda entretien: jour_de(entretien.periode.lower)):
            presences = {entretien: self._presence() for entretien in entretiens}
            saisir_les_presences(presences=presences, par=self.monde.chefs[lycee.pk], le=a_paris(jour, time(18)))

    def _presence(self) -> EtatEntretien:
        etats = (EtatEntretien.TENU, EtatEntretien.ABSENT, EtatEntretien.EXCUSE)
        return self.hasard.choices(etats, weights=(93, 5, 2))[0]

    def _rendre_compte(self, vague: Vague, lycee: Etablissement) -> None:
        tenus = Entretien.objects.filter(
            creneau__seance__etablissement=lycee,
            etat=EtatEntretien.TENU,
            candidature__etat=Etat.REALISEE,
            candidature__domaine__campagne=self.monde.campagne,
            candidature__compte_rendu__isnull=True,
        ).select_related("candidature__accueil")
        for entretien in tenus.order_by("periode", "pk"):
            sort = self.hasard.random()
            if sort < vague.rendus:
                transmettre(**self._compte_rendu_de(entretien))
            elif sort < (1 + vague.rendus) / 2:
                enregistrer_le_brouillon(**self._compte_rendu_de(entretien))

    def _compte_rendu_de(self, entretien: Entretien) -> dict[str, Any]:
        candidature = entretien.candidature
        demandes = FormationDemandee.objects.maintenues().filter(candidature=candidature)
        soir = a_paris(jour_de(entretien.periode.lower) + timedelta(days=self.hasard.randint(0, 4)), time(19))
        return {
            "candidature": candidature,
            "texte": compte_rendu(self.hasard),
            "avis": {demande.pk: self._un_avis_d_accueil() for demande in demandes},
            "version": 0,
            "par": self.monde.chefs[candidature.accueil.etablissement_id],
            "le": min(soir, self.maintenant),
        }

    def _un_avis_d_accueil(self) -> Avis:
        regles = self.monde.campagne.regles
        if regles.ne_se_prononce_pas and self.hasard.random() < 0.03:
            return Avis.NE_SE_PRONONCE_PAS
        return self._tirer_un_avis(regles.echelle_accueil)
