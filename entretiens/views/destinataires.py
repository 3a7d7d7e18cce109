"""Un courriel de convocations tel qu'il se montre : à qui, avec quelle suite, qui peut corriger l'adresse (A14)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from candidatures.models import Eleve
from courriers.models import Courriel
from courriers.presentation import Badge, badge_de_la_convocation
from courriers.rules import EtatCourriel, Raison
from entretiens.emails import cle_de_correction, est_du_referent
from entretiens.models import Convocation
from entretiens.services.convocations import adresses_par_eleve
from referentiel.models import Etablissement


@dataclass(frozen=True, slots=True)
class Destinataire:
    """Un courriel, les élèves dont il porte la convocation, et les adresses auxquelles il peut repartir."""

    courriel: Courriel
    convocations: tuple[Convocation, ...]
    adresses: tuple[str, ...]
    correction_demandee: bool = False

    @property
    def eleves(self) -> list[Eleve]:
        return [convocation.entretien.candidature.eleve for convocation in self.convocations]

    @property
    def origine(self) -> Etablissement:
        return self.eleves[0].etablissement

    @property
    def nombre(self) -> int:
        return len(self.convocations)

    @property
    def est_du_referent(self) -> bool:
        return est_du_referent(self.courriel, self.eleves)

    @property
    def en_echec(self) -> bool:
        return self.courriel.etat == EtatCourriel.ABANDONNE

    @property
    def badge(self) -> Badge:
        return badge_de_la_convocation(self.courriel.etat)

    @property
    def raison(self) -> Raison | None:
        """Raison du dernier échec, tant que le courriel n'est pas parti."""
        return self.courriel.raison if self.courriel.etat != EtatCourriel.ENVOYE else None


def destinataires(courriels: Iterable[Courriel], convocations: Sequence[Convocation]) -> list[Destinataire]:
    """Destinataires de ces courriels, en trois requêtes ; chacun n'a de `convocations` que celles qu'il porte."""
    courriels = list(courriels)
    par_cle = {convocation.pk: convocation for convocation in convocations}
    portees: dict[int, list[Convocation]] = defaultdict(list)
    liens = Convocation.courriels.through.objects.filter(courriel__in=courriels, convocation__in=par_cle)
    for courriel, convocation in liens.order_by("convocation").values_list("courriel", "convocation"):
        portees[courriel].append(par_cle[convocation])
    adresses = adresses_par_eleve(convocation.entretien.candidature.eleve for convocation in convocations)
    demandees = _corrections_demandees(courriels)
    ecrites = _adresses_ecrites(courriels, par_cle)
    return [
        Destinataire(
            courriel,
            tuple(portees[courriel.pk]),
            _ou_renvoyer(courriel, portees[courriel.pk], adresses, ecrites),
            courriel.pk in demandees,
        )
        for courriel in courriels
        if portees[courriel.pk]
    ]


def _corrections_demandees(courriels: Iterable[Courriel]) -> set[int]:
    """Courriels non distribués dont la correction de l'adresse est demandée."""
    cles = {cle_de_correction(c): c.pk for c in courriels if c.etat == EtatCourriel.ABANDONNE}
    if not cles:
        return set()
    return {cles[cle] for cle in Courriel.objects.filter(cle__in=cles).values_list("cle", flat=True)}


def _adresses_ecrites(courriels: Iterable[Courriel], convocations: Iterable[int]) -> set[tuple[int, str]]:
    """Convocation et adresse où elle est arrivée ou en route ; rien à lire si aucun courriel n'a échoué."""
    if not any(courriel.etat == EtatCourriel.ABANDONNE for courriel in courriels):
        return set()
    en_route = Courriel.objects.filter(convocations__in=list(convocations)).exclude(
        etat__in=(EtatCourriel.ABANDONNE, EtatCourriel.RAPPELE)
    )
    return {(cle, adresse.lower()) for cle, adresse in en_route.values_list("convocations", "destinataire")}


def _ou_renvoyer(
    courriel: Courriel,
    portees: Sequence[Convocation],
    adresses: dict[int, list[str]],
    ecrites: set[tuple[int, str]],
) -> tuple[str, ...]:
    """Adresses de tous les élèves du courriel qui n'ont pas déjà ces convocations, ni un refus sans espoir."""
    if courriel.etat != EtatCourriel.ABANDONNE or not portees:
        return ()
    premieres, *autres = [adresses[convocation.entretien.candidature.eleve_id] for convocation in portees]
    communes = [adresse for adresse in premieres if all(adresse in celles for celles in autres)]
    sans_espoir = courriel.raison is not None and courriel.raison.tient_a_l_adresse
    return tuple(
        adresse
        for adresse in communes
        if not (sans_espoir and adresse == courriel.destinataire.lower())
        and not all((convocation.pk, adresse) in ecrites for convocation in portees)
    )
