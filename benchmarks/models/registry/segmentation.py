"""Segmentation: ``paddleseg``."""

from __future__ import annotations

from typing import Any, Callable, List

from ..model import Floats, Model, locate

__all__ = ["MODELS"]


def paddleseg(name: str, backbone: str = "", size: int = 64, **more: Any) -> Model:
    """A network of PaddleSeg for four classes, over a backbone where it takes one."""
    arguments = more.pop("kwargs", {})
    training = more.pop("training", False)

    def build() -> Any:
        network = locate(f"paddleseg.models:{name}")
        if not backbone:
            return network(num_classes=4, **arguments)
        made = locate(f"paddleseg.models.backbones:{backbone}")(**more)
        return network(num_classes=4, backbone=made, **arguments)

    maker: Callable[[], Any] = build
    return Model("paddleseg", "segmentation", name, build=maker, imports="paddleseg.models",
                 inputs=(Floats((1, 3, size, size)),), training=training)  # fmt: skip


MODELS: List[Model] = [
    paddleseg("BiSeNetV2"),
    paddleseg("FastSCNN", size=128, kwargs={"enable_auxiliary_loss": False}),
    paddleseg("UNet"),
    paddleseg("U2Netp"),
    paddleseg("AttentionUNet"),
    paddleseg("UNetPlusPlus", kwargs={"in_channels": 3}),
    paddleseg("DDRNet_23", size=128),
    paddleseg("ENet"),
    paddleseg("HarDNet"),
    paddleseg("SegNet"),
    paddleseg("FCN", "HRNet_W18_Small_V1"),
    paddleseg("PPLiteSeg", "STDC1", size=128),
    paddleseg("STDCSeg", "STDC1", size=128),
    paddleseg("SegFormer", "MixVisionTransformer_B0", kwargs={"embedding_dim": 64}),
    paddleseg("TopFormer", "TopTransformer_Tiny", kwargs={"head_use_dw": True}),
    paddleseg("PSPNet", "ResNet18_vd", size=96),
    paddleseg("DeepLabV3P", "ResNet18_vd", size=96),
    paddleseg("SegNeXt", "MSCAN_T",
              kwargs={"decoder_cfg": {"channels": 64, "ham_channels": 64}}),
    paddleseg("BiSeNetV2", training=True),
    paddleseg("SegFormer", "MixVisionTransformer_B0", kwargs={"embedding_dim": 64}, training=True),
]  # fmt: skip
