"""BERT-, GPT-, Llama-, ViT-, UNet-like and recurrent models: eval and training, one graph each."""

from __future__ import annotations

import paddle
import pytest

import paddlefx
from tests.support.same import assert_same

from .models import bert, gpt, llama, recurrent, unet, vit


def ids(*shape):
    return paddle.randint(1, 30, list(shape))


def text():
    found = ids(2, 6)
    found[1, 4:] = 0
    return found


#: Name -> the model, the inputs of a call, and the loss of its output.
MODELS = {
    "bert": (bert.BertForClassification, lambda: (text(),), lambda out: out["logits"].sum()),
    "bert with labels": (
        bert.BertForClassification,
        lambda: (text(), None, ids(2) % 3, True),
        lambda out: out["loss"],
    ),
    "gpt": (gpt.GPT, lambda: (ids(2, 5),), lambda out: out[0].square().mean()),
    "gpt with targets": (gpt.GPT, lambda: (ids(2, 5), ids(2, 5)), lambda out: out[1]),
    "llama": (llama.Llama, lambda: (ids(2, 5),), lambda out: out.logits.square().mean()),
    "llama with states": (
        llama.Llama,
        lambda: (ids(2, 5), None, True, True),
        lambda out: out.logits.square().mean() + out.past[0][0].sum(),
    ),
    "vit": (vit.VisionTransformer, lambda: (paddle.randn([2, 3, 16, 16]),), lambda out: out.sum()),
    "unet": (
        unet.UNet,
        lambda: (paddle.randn([2, 3, 8, 8]), paddle.to_tensor([3, 700])),
        lambda out: out.square().mean(),
    ),
    "lstm": (recurrent.Classifier, lambda: (ids(3, 4),), lambda out: out[0].sum() + out[1].sum()),
    "gru": (
        lambda: recurrent.Classifier("GRU", direction="forward"),
        lambda: (ids(3, 4), paddle.to_tensor([4, 2, 3])),
        lambda out: out[0].sum() + out[1].sum(),
    ),
    "simple rnn": (
        lambda: recurrent.Classifier("SimpleRNN"),
        lambda: (ids(3, 4),),
        lambda out: out[0].sum(),
    ),
    "seq2seq": (recurrent.Seq2Seq, lambda: (ids(2, 4), ids(2, 3)), lambda out: out.square().mean()),
    "lstm cell": (
        recurrent.CellLoop,
        lambda: (paddle.randn([2, 3, 8]),),
        lambda out: out[0].sum() + out[1][1].sum(),
    ),
}


#: ``nn.Upsample`` sets an attribute in its first call that it reads: the second compiles again.
CHANGE_THEMSELVES = frozenset(["unet"])


def run(name, wrap, train, steps=3):
    """What a few calls give, and with ``train`` what steps of AdamW behind them leave."""
    make, inputs, loss_of = MODELS[name]
    paddle.seed(5)
    model = make()
    model.train() if train else model.eval()
    optimizer = paddle.optimizer.AdamW(0.01, parameters=model.parameters())
    call = wrap(model)
    seen = []
    for _ in range(steps):
        out = call(*inputs())
        seen.append(out)
        if train:
            loss = loss_of(out)
            loss.backward()
            seen.append([p.grad.clone() for p in model.parameters() if p.grad is not None])
            optimizer.step()
            optimizer.clear_grad()
    return seen, dict(model.state_dict())


@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("name", list(MODELS))
def test_model(name, train):
    expected = run(name, lambda model: model, train)
    actual = run(name, paddlefx.optimize, train)
    assert_same(actual, expected)
    stats = paddlefx.stats()
    graphs = 2 if name in CHANGE_THEMSELVES else 1
    assert (stats["graphs"], stats["graph_breaks"], stats["fallbacks"]) == (graphs, 0, 0), stats
    assert stats["cache_hits"] == 3 - graphs


@pytest.mark.parametrize("kind", ["gpt", "llama"])
def test_generation_with_a_cache(kind):
    """Greedy decoding: each step has another length of the cache."""

    def generate(wrap):
        paddle.seed(5)
        if kind == "gpt":
            model = gpt.GPT()
            caches = [{} for _ in model.blocks]
        else:
            model = llama.Llama()
            caches = None
        model.eval()
        call = wrap(model)
        tokens = [ids(1, 3)]
        logits = []
        with paddle.no_grad():
            for _ in range(6):
                if kind == "gpt":
                    out, _ = call(tokens[-1], None, caches)
                else:
                    found = call(tokens[-1], caches, True)
                    out, caches = found.logits, found.past
                logits.append(out)
                tokens.append(out[:, -1].argmax(-1, keepdim=True))
        return logits, tokens

    expected = generate(lambda model: model)
    assert_same(generate(paddlefx.optimize), expected)
    stats = paddlefx.stats()
    assert (stats["graph_breaks"], stats["fallbacks"]) == (0, 0), stats
