"""From a study and a model's file to what they say about all features of the base file."""

from __future__ import annotations

from analysis.records import NOT_RELATED, RELATED, ModelLabels, Study
from analysis.statistics.consensus import Consensus
from analysis.statistics.prevalence import Prevalence, Stratum, prevalence


def features_related(study: Study, agreed: Consensus, model: ModelLabels) -> Prevalence | None:
    """Return how many of all features are related, by people and model together.

    The strata are the model's label over the whole base file: related, not-related, and all else. A decision by an
    admin counts as what everybody says.

    Returns:
        The share; None where the labels in the whole file were not counted, or do not fit the base file.
    """
    if model.related_features is None or model.not_related_features is None:
        return None
    said = {row: related / people for row, (related, people) in agreed.votes.items()}
    said |= {row: float(label == RELATED) for row, label in study.adjudicated.items()}
    shares: dict[str, list[float]] = {RELATED: [], NOT_RELATED: [], "": []}
    for row, share in said.items():
        label = model.labels.get(row, "")
        shares[label if label in shares else ""].append(share)
    rest = study.sample.base_count - model.related_features - model.not_related_features
    strata = (
        Stratum(model.related_features, shares[RELATED]),
        Stratum(model.not_related_features, shares[NOT_RELATED]),
        Stratum(rest, shares[""]),
    )
    # A file keyed by other ids than the index, or one of a larger base file, cannot be weighed.
    if any(stratum.features < len(stratum.shares) for stratum in strata):
        return None
    return prevalence(*strata)
