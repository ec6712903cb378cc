"""Language models: ``paddlenlp``, every one built from a small configuration."""

from __future__ import annotations

from typing import Any, Dict, List

from ..model import Floats, Integers, Model, locate

__all__ = ["MODELS"]

#: Of the encoders that follow BERT's configuration.
BERT = {
    "vocab_size": 100,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
    "type_vocab_size": 2,
}
#: Of the decoders that follow Llama's.
LLAMA = {
    "vocab_size": 100,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
}
TOKENS = Integers((2, 16), 100, 3)


def paddlenlp(
    folder: str, name: str, config: str, settings: Dict[str, Any], *inputs: Any, **more: Any
) -> Model:
    """A class of ``paddlenlp.transformers``, of a configuration class with these settings."""

    def build() -> Any:
        module = f"paddlenlp.transformers.{folder}"
        made = locate(f"{module}.configuration:{config}")(**settings)
        return locate(f"{module}.modeling:{name}")(made)

    return Model(
        "paddlenlp",
        "language",
        name,
        build=build,
        imports=f"paddlenlp.transformers.{folder}.modeling",
        inputs=inputs or (TOKENS,),
        **more,
    )


SEQ2SEQ = {
    "vocab_size": 100,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "num_encoder_layers": 2,
    "num_decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 64,
}

MODELS: List[Model] = [
    paddlenlp("bert", "BertModel", "BertConfig", BERT),
    paddlenlp("bert", "BertForSequenceClassification", "BertConfig", BERT),
    paddlenlp("bert", "BertForSequenceClassification", "BertConfig", BERT, training=True),
    paddlenlp("ernie", "ErnieModel", "ErnieConfig", BERT),
    paddlenlp("roberta", "RobertaModel", "RobertaConfig", BERT),
    paddlenlp("electra", "ElectraModel", "ElectraConfig", {**BERT, "embedding_size": 32}),
    paddlenlp("albert", "AlbertModel", "AlbertConfig", {**BERT, "embedding_size": 16}),
    paddlenlp("distilbert", "DistilBertModel", "DistilBertConfig", BERT),
    paddlenlp("megatronbert", "MegatronBertModel", "MegatronBertConfig", BERT),
    paddlenlp("mpnet", "MPNetModel", "MPNetConfig", BERT),
    paddlenlp("roformer", "RoFormerModel", "RoFormerConfig", {**BERT, "embedding_size": 32}),
    paddlenlp("tinybert", "TinyBertModel", "TinyBertConfig", BERT),
    paddlenlp("fnet", "FNetModel", "FNetConfig", BERT),
    paddlenlp("convbert", "ConvBertModel", "ConvBertConfig", {**BERT, "embedding_size": 32}),
    paddlenlp("nystromformer", "NystromformerModel", "NystromformerConfig",
              {**BERT, "num_landmarks": 4, "segment_means_seq_len": 16}),
    paddlenlp("deberta", "DebertaModel", "DebertaConfig", BERT),
    paddlenlp("ernie_m", "ErnieMModel", "ErnieMConfig", BERT, TOKENS),
    paddlenlp("gpt", "GPTModel", "GPTConfig", BERT),
    paddlenlp("gpt", "GPTLMHeadModel", "GPTConfig", BERT, training=True),
    paddlenlp("llama", "LlamaModel", "LlamaConfig", LLAMA),
    paddlenlp("llama", "LlamaForCausalLM", "LlamaConfig", LLAMA),
    paddlenlp("llama", "LlamaForCausalLM", "LlamaConfig", LLAMA, training=True),
    paddlenlp("bloom", "BloomModel", "BloomConfig",
              {"vocab_size": 100, "hidden_size": 32, "n_layer": 2, "n_head": 2}),
    paddlenlp("opt", "OPTModel", "OPTConfig", {**BERT, "word_embed_proj_dim": 32}),
    paddlenlp("ctrl", "CTRLModel", "CTRLConfig",
              {"vocab_size": 100, "max_position_embeddings": 64, "n_embd": 32, "hidden_size": 32,
               "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}),
    paddlenlp("t5", "T5Model", "T5Config",
              {"vocab_size": 100, "d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2,
               "num_heads": 2}, TOKENS, None, TOKENS),
    paddlenlp("bart", "BartModel", "BartConfig", SEQ2SEQ),
    paddlenlp("mbart", "MBartModel", "MBartConfig", SEQ2SEQ),
    paddlenlp("blenderbot_small", "BlenderbotSmallModel", "BlenderbotSmallConfig", SEQ2SEQ),
    paddlenlp("pegasus", "PegasusModel", "PegasusConfig", SEQ2SEQ, TOKENS, None, TOKENS),
    paddlenlp("xlnet", "XLNetModel", "XLNetConfig",
              {"vocab_size": 100, "d_model": 32, "n_layer": 2, "n_head": 2, "d_head": 16,
               "d_inner": 64, "mem_len": None}),
    paddlenlp("clip", "CLIPVisionModel", "CLIPVisionConfig",
              {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
               "num_attention_heads": 2, "image_size": 32, "patch_size": 8},
              Floats((1, 3, 32, 32))),
    paddlenlp("ernie_vil", "ErnieViLTextModel", "ErnieViLTextConfig", BERT),
    paddlenlp("layoutlm", "LayoutLMModel", "LayoutLMConfig", {**BERT, "max_2d_position_embeddings": 64}),
]  # fmt: skip
