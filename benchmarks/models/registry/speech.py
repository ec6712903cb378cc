"""Sound: recognition (``ppasr``), speakers (``ppvector``), classes of sounds
(``ppacls``), emotions (``ppser``)."""

from __future__ import annotations

from typing import Any, List

from ..model import Floats, Integers, Model

__all__ = ["MODELS"]

#: Features of 80 bands over 100 frames, and how many frames are there.
FEATURES = Floats((2, 100, 80))


def classifier(package: str, field: str, module: str, name: str, **settings: Any) -> Model:
    """A network over the features of a recording."""
    training = settings.pop("training", False)
    return Model(package, field, name, f"{module}:{name}", kwargs={"input_size": 80, **settings},
                 inputs=(FEATURES,), training=training)  # fmt: skip


MODELS: List[Model] = [
    classifier("ppvector", "speaker recognition", "ppvector.models.ecapa_tdnn", "EcapaTdnn",
               channels=[32, 32, 32, 32, 96]),
    classifier("ppvector", "speaker recognition", "ppvector.models.campplus", "CAMPPlus"),
    classifier("ppvector", "speaker recognition", "ppvector.models.eres2net", "ERes2Net"),
    classifier("ppvector", "speaker recognition", "ppvector.models.res2net", "Res2Net"),
    classifier("ppvector", "speaker recognition", "ppvector.models.resnet_se", "ResNetSE",
               num_filters=[8, 16, 16, 32]),
    classifier("ppvector", "speaker recognition", "ppvector.models.tdnn", "TDNN", channels=32),
    classifier("ppvector", "speaker recognition", "ppvector.models.tdnn", "TDNN", channels=32,
               training=True),
    classifier("ppacls", "sound classification", "ppacls.models.panns", "PANNS_CNN6", num_class=4),
    classifier("ppacls", "sound classification", "ppacls.models.campplus", "CAMPPlus",
               num_class=4),
    classifier("ppacls", "sound classification", "ppacls.models.res2net", "Res2Net", num_class=4),
    classifier("ppacls", "sound classification", "ppacls.models.tdnn", "TDNN", num_class=4),
    Model("ppser", "emotion recognition", "BiLSTM", "ppser.models.bi_lstm:BiLSTM",
          kwargs={"input_size": 40, "num_class": 4}, inputs=(Floats((2, 40)),)),
    # Its other encoders give layers by position what Paddle 3.3.1 wants by name: they don't run.
    Model("ppasr", "speech recognition", "CRNNEncoder",
          "ppasr.model_utils.deepspeech2.encoder:CRNNEncoder",
          kwargs={"input_size": 80, "vocab_size": 20, "num_rnn_layers": 1, "rnn_size": 16},
          inputs=(FEATURES, Integers((2,), 101, 60))),
]  # fmt: skip
