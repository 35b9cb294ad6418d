"""Policy: what objectives may ask of the model in training."""

from __future__ import annotations

from burnish.data.collate import Batch
from burnish.nn.scorer import Scorer, Scores


class LivePolicy:
    """The model as it is at this step."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def score(self, batch: Batch, even: bool = False) -> Scores:
        """Log-probabilities of the batch's labels, with gradient while training.

        `even` promises that the loss pulls equally at each of them: scoring is then cheaper.
        """
        scores: Scores = self._scorer(batch, even)
        return scores
