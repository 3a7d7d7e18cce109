"""La vie de la campagne : trois vagues d'inscriptions, dont deux ont déjà eu leurs entretiens."""

from collections import defaultdict
from functools import partial

from candidatures.models import Eleve
from passpro.demonstration.campagne.entretiens import Entretiens
from passpro.demonstration.campagne.inscriptions import Inscriptions
from passpro.demonstration.campagne.planification import Planification
from passpro.demonstration.decors import EN_ATTENTE, Vague
from passpro.demonstration.partage import partager


class Campagne(Inscriptions, Planification, Entretiens):
    """La campagne que l'on fait vivre."""

    def vivre(self) -> None:
        par_vague: dict[Vague, list[Eleve]] = defaultdict(list)
        vagues, poids = zip(*self.vagues, strict=True)
        for eleve in (eleve for eleves in self.eleves.values() for eleve in eleves):
            par_vague[self.hasard.choices(vagues, weights=poids)[0]].append(eleve)
        for numero, vague in enumerate(vagues, start=1):
            self.dire(f"  vague {numero} sur {len(vagues)}\u00a0: {len(par_vague[vague])} élèves")
            partager(partial(self._inscrire, vague), par_vague[vague])
            self._retirer_quelques_uns(vague)
            if vague is not EN_ATTENTE:
                self._planifier(vague)
            if vague.est_passee:
                partager(partial(self._tenir_les_entretiens, vague), self.monde.lycees)
