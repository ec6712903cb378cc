"""Image classification: ``ppim`` and ``paddleclas``; detection backbones: ``paddledet``."""

from __future__ import annotations

from typing import Any, List

from ..model import Floats, Model, locate

__all__ = ["MODELS"]


def ppim(name: str, size: int = 224, **more: Any) -> Model:
    """One constructor of ``ppim.models``."""
    image = Floats((1, 3, size, size))
    return Model("ppim", "vision", name, f"ppim.models:{name}", inputs=(image,), **more)


def paddleclas(name: str, size: int = 64, **more: Any) -> Model:
    """One constructor of PaddleClas, of ten classes."""

    def build() -> Any:
        locate("ppcls.utils.logger:init_logger")()
        return locate(f"ppcls.arch.backbone:{name}")(class_num=10)

    return Model("paddleclas", "vision", name, build=build, imports="ppcls.arch.backbone",
                 inputs=(Floats((1, 3, size, size)),), folder="paddleclas", **more)  # fmt: skip


def paddledet(module: str, name: str, size: int = 64, **more: Any) -> Model:
    """A backbone of PaddleDetection, called as its detectors call it."""
    return Model("paddledet", "detection", name, f"ppdet.modeling.backbones.{module}:{name}",
                 inputs=({"image": Floats((1, 3, size, size))},), **more)  # fmt: skip


MODELS: List[Model] = [
    ppim("pvt_ti"),
    ppim("pit_ti"),
    ppim("deit_ti"),
    ppim("cait_xxs_24"),
    ppim("swin_ti"),
    ppim("coat_lite_ti"),
    ppim("tnt_s"),
    ppim("dla_34", 64),
    ppim("cdnv2_a", 64),
    ppim("rexnet_1_0", 64),
    ppim("hardnet_39_ds", 64),
    ppim("rednet_26", 64),
    ppim("rexnet_1_0", 64, training=True),
    paddleclas("MobileNetV1_x0_25"),
    paddleclas("MobileNetV3_small_x0_35"),
    paddleclas("MobileNetV4_conv_small"),
    paddleclas("FasterNet_T0"),
    paddleclas("StarNet_S1"),
    paddleclas("ResNet18"),
    paddleclas("ResNet50_vd"),
    paddleclas("VGG11", 224),
    paddleclas("PPLCNet_x0_25"),
    paddleclas("PPLCNetV2_small"),
    paddleclas("ESNet_x0_25"),
    paddleclas("PPHGNet_tiny"),
    paddleclas("PPHGNetV2_B0"),
    paddleclas("HRNet_W18_C"),
    paddleclas("DPN68"),
    paddleclas("DenseNet121"),
    paddleclas("EfficientNetB0"),
    paddleclas("ShuffleNetV2_x0_25"),
    paddleclas("GhostNet_x0_5"),
    paddleclas("SqueezeNet1_1"),
    paddleclas("RegNetX_200MF"),
    paddleclas("MixNet_S", 224),
    paddleclas("TinyNet_E"),
    paddleclas("PeleeNet", 224),
    paddleclas("MicroNet_M0"),
    paddleclas("VAN_B0"),
    paddleclas("ConvNeXt_tiny"),
    paddleclas("pcpvt_small", 224),
    paddleclas("PVT_V2_B0", 224),
    paddleclas("CvT_13_224", 224),
    paddleclas("LeViT_128S", 224),
    paddleclas("MobileViT_XXS", 256),
    paddleclas("MobileViTV2_x0_5", 256),
    paddleclas("CSWinTransformer_tiny_224", 224),
    paddleclas("MobileNetV3_small_x0_35", training=True),
    paddleclas("ShuffleNetV2_x0_25", training=True),
    paddleclas("PVT_V2_B0", 224, training=True),
    paddledet("resnet", "ResNet", kwargs={"depth": 18, "freeze_at": -1}),
    paddledet("mobilenet_v3", "MobileNetV3", kwargs={"scale": 0.5}),
    paddledet("esnet", "ESNet", kwargs={"scale": 0.75}),
    paddledet("lcnet", "LCNet", kwargs={"scale": 0.5}),
    paddledet("cspresnet", "CSPResNet", kwargs={"layers": [1, 1, 1, 1], "width_mult": 0.25}),
    paddledet("csp_darknet", "CSPDarkNet", kwargs={"depth_mult": 0.33, "width_mult": 0.25}),
    paddledet("hrnet", "HRNet", kwargs={"width": 18, "freeze_at": -1}),
    paddledet("lite_hrnet", "LiteHRNet", kwargs={"network_type": "lite_18", "freeze_at": -1}),
    paddledet("swin_transformer", "SwinTransformer", 224,
              kwargs={"embed_dim": 24, "depths": (2, 2, 2, 2), "num_heads": (1, 2, 3, 4)}),
    paddledet("convnext", "ConvNeXt", kwargs={"arch": "tiny"}),
    paddledet("shufflenet_v2", "ShuffleNetV2", kwargs={"scale": 0.5}),
    paddledet("dla", "DLA", 64, kwargs={"depth": 34}),
]  # fmt: skip
