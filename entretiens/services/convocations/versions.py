"""Les versions d'une convocation : la suivante, celle qui est en vigueur, celle d'avant (R25)."""

from collections.abc import Iterable, Sequence

from django.db.models import Max

from entretiens.models import Convocation, Entretien, Envoi
from entretiens.rules.etats import NatureConvocation


def ecrire_les_versions(envoi: Envoi, entretiens: Sequence[Entretien], *, nature: NatureConvocation | None) -> None:
    """Écrit la version suivante de ce qui est annoncé de chaque entretien, et son numéro sur l'entretien.

    Sans `nature`, une première version est initiale, les suivantes des modifications.
    """
    cles = [entretien.pk for entretien in entretiens]
    precedentes = {c.entretien_id: c for c in Convocation.objects.en_vigueur().filter(entretien__in=cles)}
    numeros = dict(
        Convocation.objects.filter(entretien__in=cles)
        .values("entretien")
        .annotate(dernier=Max("sequence"))
        .values_list("entretien", "dernier")
    )
    for entretien in entretiens:
        entretien.sequence = numeros.get(entretien.pk, 0) + 1
    Convocation.objects.bulk_create(
        _version(envoi, entretien, precedentes.get(entretien.pk), nature) for entretien in entretiens
    )
    Entretien.objects.bulk_update(entretiens, ["sequence"])


def annonces_en_vigueur(entretiens: Iterable[Entretien]) -> dict[int, Convocation]:
    """Ce qui est annoncé de chacun, par clé d'entretien ; rien de ceux qui ne le sont pas."""
    convocations = Convocation.objects.en_vigueur().filter(entretien__in=[entretien.pk for entretien in entretiens])
    return {convocation.entretien_id: convocation for convocation in convocations.select_related("envoi")}


def revenir_a_l_annonce_precedente(entretien: Entretien) -> None:
    """Rend à l'entretien le rang de la dernière convocation dont l'envoi n'est pas rappelé ; 0 s'il n'y en a pas."""
    precedentes = Convocation.objects.filter(
        entretien=entretien, sequence__lt=entretien.sequence, envoi__rappele_le__isnull=True
    )
    entretien.sequence = precedentes.aggregate(derniere=Max("sequence"))["derniere"] or 0
    entretien.save(update_fields=["sequence"])


def _version(
    envoi: Envoi, entretien: Entretien, precedente: Convocation | None, nature: NatureConvocation | None
) -> Convocation:
    suite = NatureConvocation.MODIFICATION if precedente else NatureConvocation.INITIALE
    return Convocation(
        entretien=entretien,
        envoi=envoi,
        nature=nature or suite,
        sequence=entretien.sequence,
        periode=entretien.periode,
        lieu=entretien.lieu,
        remplace=precedente.periode if precedente else None,
    )
