"""Science: ``paddlesci``, ``deepxde``, few-shot networks (``paddlefsl``), video (``ppvideo``)."""

from __future__ import annotations

from typing import Any, List, Tuple

from ..model import Call, Floats, Model, locate

__all__ = ["MODELS"]


def paddlesci(name: str, *args: Any, inputs: Any, training: bool = False, **settings: Any) -> Model:
    """A network of ``ppsci.arch``."""
    return Model("paddlesci", "science", name, f"ppsci.arch:{name}", args=args, kwargs=settings,
                 inputs=(inputs,), training=training)  # fmt: skip


def ppvideo(module: str, name: str, shape: Tuple[int, ...], **settings: Any) -> Model:
    """A network of PaddleVideo, over frames or skeletons."""
    return Model("ppvideo", "video", name, f"paddlevideo.modeling.backbones.{module}:{name}",
                 kwargs=settings, inputs=(Floats(shape),), folder="ppvideo",
                 bare=("paddlevideo", "paddlevideo.modeling", "paddlevideo.modeling.backbones",
                       "paddlevideo.modeling.heads"))  # fmt: skip


def deepxde(name: str, *args: Any, shapes: Any) -> Model:
    """A network of DeepXDE with its Paddle backend."""

    def call() -> Call:
        made = [Floats(shape).make() for shape in shapes]
        return (made[0] if len(made) == 1 else tuple(made),), {}

    return Model("deepxde", "science", name, build=lambda: locate(f"deepxde.nn:{name}")(*args),
                 call=call, imports="deepxde")  # fmt: skip


def columns(*names: str, rows: int = 64) -> Any:
    """A column of numbers under each name."""
    return {name: Floats((rows, 1)) for name in names}


MODELS: List[Model] = [
    paddlesci("MLP", ("x", "y"), ("u", "v"), 4, 32, inputs=columns("x", "y")),
    paddlesci("MLP", ("x", "y"), ("u", "v"), 4, 32, inputs=columns("x", "y"), training=True),
    paddlesci("ModifiedMLP", ("x", "y"), ("u", "v"), 4, 32, inputs=columns("x", "y")),
    paddlesci("PirateNet", ("x", "y"), ("u", "v"), 2, 32, "tanh", fourier={"dim": 32, "scale": 1.0},
              inputs=columns("x", "y")),
    paddlesci("DeepONet", "u", "y", "G", 20, 8, 1, 1, 16, 16, branch_activation="relu",
              trunk_activation="relu", inputs={"u": Floats((8, 20)), "y": Floats((8, 1))}),
    paddlesci("AFNONet", ("input",), ("output",), img_size=(16, 16), patch_size=(4, 4),
              in_channels=3, out_channels=3, embed_dim=16, depth=2, num_blocks=4,
              inputs={"input": Floats((1, 3, 16, 16))}),
    paddlesci("SPINN", ("x", "y", "z"), ("u",), r=8, num_layers=2, hidden_size=16,
              inputs={"x": Floats((3, 1)), "y": Floats((4, 1)), "z": Floats((5, 1))}),
    paddlesci("LorenzEmbedding", ("states",), ("pred_states", "recover_states"),
              inputs={"states": Floats((4, 8, 3))}),
    paddlesci("PhysformerGPT2", ("embeds",), ("pred_embeds",), 2, 16, 32, 4,
              inputs={"embeds": Floats((2, 16, 32))}),
    paddlesci("AutoEncoder", ("input1",), ("mu", "log_sigma", "decoder_z"), 16, 4, 16,
              inputs={"input1": Floats((8, 16))}),
    paddlesci("TFNO2dNet", ("x",), ("y",), 4, 4, hidden_channels=8, in_channels=3,
              out_channels=1, lifting_channels=8, projection_channels=8, n_layers=2,
              inputs={"x": Floats((2, 3, 16, 16))}),
    deepxde("FNN", [2, 16, 16, 1], "tanh", "Glorot normal", shapes=[(32, 2)]),
    deepxde("PFNN", [2, [8, 8], [8, 8], 2], "tanh", "Glorot normal", shapes=[(32, 2)]),
    deepxde("MsFFN", [2, 16, 16, 1], "tanh", "Glorot normal", [1, 10], shapes=[(32, 2)]),
    deepxde("DeepONet", [10, 16, 8], [1, 16, 8], "relu", "Glorot normal",
            shapes=[(6, 10), (6, 1)]),
    deepxde("DeepONetCartesianProd", [10, 16, 8], [1, 16, 8], "relu", "Glorot normal",
            shapes=[(6, 10), (9, 1)]),
    ppvideo("agcn", "AGCN", (1, 2, 16, 25, 1), in_channels=2),
    ppvideo("stgcn", "STGCN", (1, 2, 16, 25, 1), in_channels=2),
    ppvideo("ctrgcn", "CTRGCN", (1, 3, 16, 25, 1), num_person=1),
    ppvideo("vit", "VisionTransformer", (1, 3, 4, 32, 32), img_size=32, patch_size=8, embed_dim=32,
            depth=2, num_heads=2, num_seg=4, attention_type="divided_space_time", qkv_bias=True),
    ppvideo("ms_tcn", "MSTCN", (1, 16, 20), num_stages=2, num_layers=3, num_f_maps=8, dim=16,
            num_classes=5),
]  # fmt: skip
