"""Pictures made and changed: diffusion (``ppdiffusers``) and adversarial networks (``ppgan``)."""

from __future__ import annotations

from typing import Any, Dict, List

from ..model import Floats, Integers, Model

__all__ = ["MODELS"]

GAN = ("ppgan", "ppgan.models", "ppgan.models.generators", "ppgan.models.discriminators")


def ppdiffusers(
    module: str, name: str, settings: Dict[str, Any], *inputs: Any, **more: Any
) -> Model:
    """A model class of ppdiffusers, of these settings."""
    return Model("ppdiffusers", "diffusion", name, f"ppdiffusers.models.{module}:{name}",
                 kwargs=settings, inputs=inputs, **more)  # fmt: skip


def ppgan(module: str, name: str, *inputs: Any, **settings: Any) -> Model:
    """A generator or discriminator of PaddleGAN, of these settings."""
    return Model("ppgan", "generation", name, f"ppgan.models.{module}:{name}",
                 kwargs=settings, inputs=inputs, bare=GAN)  # fmt: skip


BLOCKS = {
    "block_out_channels": (8, 16),
    "norm_num_groups": 4,
    "layers_per_block": 1,
    "sample_size": 16,
}
UNET: Dict[str, Any] = {
    **BLOCKS,
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "UpBlock2D"),
    "attention_head_dim": 8,
}
CONDITIONED: Dict[str, Any] = {
    **BLOCKS,
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
    "cross_attention_dim": 16,
    "attention_head_dim": 4,
}
VAE: Dict[str, Any] = {
    **BLOCKS,
    "down_block_types": ("DownEncoderBlock2D", "DownEncoderBlock2D"),
    "up_block_types": ("UpDecoderBlock2D", "UpDecoderBlock2D"),
}
SAMPLE, STEP, TEXT = Floats((1, 4, 16, 16)), Integers((1,), 1000), Floats((1, 6, 16))
IMAGE = Floats((1, 3, 16, 16))

MODELS: List[Model] = [
    ppdiffusers("unet_2d", "UNet2DModel", UNET, IMAGE, STEP),
    ppdiffusers("unet_2d", "UNet2DModel", UNET, IMAGE, 10, training=True),
    ppdiffusers("unet_2d_condition", "UNet2DConditionModel", CONDITIONED, SAMPLE, STEP, TEXT),
    ppdiffusers("autoencoder_kl", "AutoencoderKL", VAE, IMAGE),
    ppdiffusers("vq_model", "VQModel", {**VAE, "num_vq_embeddings": 8}, IMAGE),
    ppdiffusers("autoencoder_tiny", "AutoencoderTiny",
                {"encoder_block_out_channels": (8, 8), "decoder_block_out_channels": (8, 8),
                 "num_encoder_blocks": (1, 1), "num_decoder_blocks": (1, 1)}, IMAGE),
    ppdiffusers("transformer_2d", "Transformer2DModel",
                {"num_attention_heads": 2, "attention_head_dim": 8, "in_channels": 4,
                 "norm_num_groups": 2, "cross_attention_dim": 16, "num_layers": 1}, SAMPLE, TEXT),
    ppdiffusers("prior_transformer", "PriorTransformer",
                {"num_attention_heads": 2, "attention_head_dim": 8, "num_layers": 1,
                 "embedding_dim": 16, "num_embeddings": 6, "additional_embeddings": 4},
                Floats((1, 16)), STEP, Floats((1, 16)), TEXT),
    ppgan("generators.resnet", "ResnetGenerator", Floats((1, 3, 32, 32)), input_nc=3, output_nc=3,
          ngf=8, n_blocks=2),
    ppgan("generators.unet", "UnetGenerator", Floats((1, 3, 64, 64)), input_nc=3, output_nc=3,
          num_downs=5, ngf=8),
    ppgan("generators.rrdb_net", "RRDBNet", Floats((1, 3, 16, 16)), in_nc=3, out_nc=3, nf=8, nb=2,
          gc=4),
    ppgan("generators.lesrcnn", "LESRCNNGenerator", Floats((1, 3, 16, 16)), scale=4),
    ppgan("generators.generater_animegan", "AnimeGenerator", Floats((1, 3, 32, 32))),
    ppgan("generators.dcgenerator", "DCGenerator", Floats((1, 100, 1, 1)), input_nz=100,
          input_nc=1, output_nc=3, ngf=8),
    ppgan("generators.pan", "PAN", Floats((1, 3, 16, 16)), in_nc=3, out_nc=3, nf=8, unf=8, nb=2,
          scale=4),
    ppgan("generators.drn", "DRNGenerator", Floats((1, 3, 16, 16)), scale=(2, 4), n_blocks=1,
          n_feats=8, n_colors=3, rgb_range=255.0, negval=0.2),
    ppgan("discriminators.nlayers", "NLayerDiscriminator", Floats((1, 3, 64, 64)), input_nc=3,
          ndf=8),
    ppgan("discriminators.discriminator_animegan", "AnimeDiscriminator", Floats((1, 3, 32, 32)),
          channel=8),
]  # fmt: skip
