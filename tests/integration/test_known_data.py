"""Tensors of known data: asked for it, they break nothing; written to, they do."""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from tests.support.versus import versus


def sizes(x):
    rows = paddle.shape(x)[0]
    return (
        x.reshape([rows, -1]) + 1,
        int(rows) * 2,
        rows.item(),
        paddle.shape(x).tolist(),
        x.tile([rows, 1]),
        paddle.slice(x, [0], [0], [rows - 1]),
        paddle.expand(x.unsqueeze(0), [rows, x.shape[0], 6]),
    )


def computed_sizes(x):
    odd = paddle.shape(x)[0] * 2 + 1
    even = odd - 1
    if even > 3:
        x = x + 1
    halves = paddle.concat([even // 2, paddle.shape(x)[1:]])
    return x.reshape(halves) * 2, int(odd), paddle.full([even, 2], 3.0), range(even), halves


def ranges(x):
    count = paddle.shape(x)[0]
    return paddle.arange(count), paddle.arange(count * 2).sum() + x.sum(), x[: count - 1]


def elements(x):
    size = paddle.numel(x)
    return x.reshape([size]) + 1, x * (size.item() // 2)


def numbers(x):
    known = paddle.to_tensor([1, 2, 3])
    if known.sum() > 5 and not known[0] == 2:
        x = x + known.max().item()
    return (
        x[:, known[0] : known[1] + 2],
        [7, 8, 9][known[0]],
        [7, 8, 9][known[0] :],
        float(paddle.to_tensor(1.5)),
        bool(known[0] == 1),
        complex(paddle.to_tensor(2.0)),
        range(known[2]),
        known,
    )


def numpy_arrays(x):
    known = paddle.to_tensor([[1.0, 2.0], [3.0, 4.0]])
    return x + 1, known.numpy(), known.tolist(), known[0].item(1)


def made_alike(x):
    return (
        x + 1,
        paddle.full([2], 3).tolist(),
        paddle.ones([1, 2]).tolist(),
        (
            paddle.linspace(0, 1, 3).tolist(),
            paddle.concat([paddle.zeros([1]), paddle.arange(2).astype("float32")]).tolist(),
            paddle.to_tensor([3, 1, 2]).sort().tolist(),
            [part.item() for part in paddle.split(paddle.arange(3), 3)],
        ),
    )


def interpolated(x):
    image = x.reshape([1, 1, -1, 6])
    size = paddle.shape(image)[2:] * 2
    return F.interpolate(image, size=size, mode="bilinear")


def data_dependent_shapes(x):
    flags = paddle.to_tensor([0, 1, 1])
    return x + 1, paddle.nonzero(flags), paddle.masked_select(flags, flags > 0)


@pytest.mark.parametrize(
    "function",
    [sizes, computed_sizes, ranges, elements, numbers, numpy_arrays, made_alike, interpolated,
     data_dependent_shapes],
)  # fmt: skip
def test_known(function):
    assert len(paddlefx.explain(function)(paddle.ones([2, 6])).graphs) == 1
    calls = [lambda rows=rows: (paddle.ones([rows, 6]),) for rows in (2, 2, 3, 3, 5, 7, 4, 2)]
    stats = versus(function, calls)
    assert stats["graph_breaks"] == stats["fallbacks"] == 0


def kept_over_another_write(x):
    known = paddle.to_tensor([2, 3])
    y = x + known[0]
    y[0] = 7.0
    return y, known.tolist()


def test_what_a_write_leaves_known():
    stats = versus(kept_over_another_write, [lambda: (paddle.ones([3]),)] * 2)
    assert stats["graph_breaks"] == 0


def written(x):
    known = paddle.zeros([3], dtype="int64")
    known[0] = 4
    return x + known[0].item(), known.tolist()


def written_through_a_view(x):
    known = paddle.arange(6)
    view = known.reshape([2, 3])
    view[0, 0] = 9
    return x + 1, known.tolist(), view.tolist()


def written_through_a_view_too_large_to_be_known(x):
    known = paddle.arange(2)
    view = paddle.expand(known, [1024, 2])[0].unsqueeze(0)
    view[0, 0] = 9
    return x + 1, known.tolist()


def written_behind_a_view(x):
    known = paddle.arange(6)
    part = known[2:4]
    known.zero_()
    return x + 1, part.tolist()


def written_part(x):
    parts = paddle.split(paddle.arange(4), 2)
    parts[0].add_(paddle.ones([2], dtype="int64"))
    return x + 1, [part.tolist() for part in parts]


def a_branch_on_what_is_written(x):
    known = paddle.to_tensor(1.0)
    known.add_(x.sum())
    return x + 1 if known > 2 else x - 1


@pytest.mark.parametrize(
    "function",
    [written, written_through_a_view, written_through_a_view_too_large_to_be_known,
     written_behind_a_view, written_part, a_branch_on_what_is_written],
)  # fmt: skip
def test_written(function):
    versus(function, [lambda: (paddle.ones([3]),), lambda: (-paddle.ones([3]),)])


def of_random_numbers(x):
    known = paddle.rand([2]) + paddle.empty([2]) * 0
    return x + 1, bool(known.sum() > 3)


def test_random_numbers_are_not_known():
    stats = versus(of_random_numbers, [lambda: (paddle.ones([3]),)] * 2)
    assert stats["graph_breaks"] > 0


def changed_arrays(x):
    array = paddle.to_tensor([1, 2]).numpy()
    return x + 1, array


def test_each_call_has_an_array_of_its_own():
    compiled = paddlefx.optimize(changed_arrays)
    _, array = compiled(paddle.ones([1]))
    array[0] = 9
    assert compiled(paddle.ones([1]))[1].tolist() == [1, 2]


def copies(x):
    one = paddle.to_tensor(x)
    other = paddle.to_tensor(x, dtype="float64", stop_gradient=False)
    one[0] = 5.0
    return x + 1, one, other * 2, paddle.to_tensor(paddle.shape(x)[0])


@pytest.mark.filterwarnings("ignore")
def test_to_tensor_of_a_tensor_copies_it():
    copies(paddle.ones([2]))  # Paddle warns once
    calls = [lambda rows=rows: (paddle.ones([rows]),) for rows in (2, 2, 3, 5)]
    assert versus(copies, calls)["graph_breaks"] == 0


def rounded(x):
    try:
        return round(x)
    except TypeError as error:
        return x + 1, str(error)


def test_tensors_cannot_be_rounded():
    assert versus(rounded, [lambda: (paddle.ones([2]),)] * 2)["graph_breaks"] == 0
    versus(lambda x: round(x + 1), [lambda: (paddle.ones([2]),)])


def whole_division_of_a_0d_tensor(x):
    total = x.sum()
    return total // 2, 7 // total, (total // 2).shape, total // total, total % 2


def test_whole_division_of_a_0d_tensor_has_a_dimension():
    versus(whole_division_of_a_0d_tensor, [lambda: (paddle.ones([2]) * 4,)] * 2)


class Kept:
    """Keeps numbers in tensors."""

    def __init__(self, count, flag=True):
        self.count = paddle.to_tensor(count)
        self.one = paddle.to_tensor([count])
        self.flag = paddle.to_tensor(flag)
        self.weight = paddle.to_tensor(0.5)


def kept_numbers(kept, x):
    y = paddle.zeros([kept.count, 3]) + x.sum()
    if kept.flag:
        y = y + 1
    return (
        y,
        paddle.arange(kept.count),
        kept.count.item() * 2,
        x.reshape([kept.one, 2]),
        (
            int(kept.count),
            bool(kept.flag),
        ),
    )


def test_numbers_that_objects_keep_are_known_under_a_guard():
    def call(count, flag=True):
        return lambda: (Kept(count, flag), paddle.ones([count, 2]))

    stats = versus(kept_numbers, [call(4)] * 3)
    assert stats["graph_breaks"] == stats["recompiles"] == 0
    versus(kept_numbers, [call(4), call(4), call(5), call(4, False), call(6), call(7), call(2)])


def test_a_kept_number_that_changes_in_place_is_seen():
    kept, x = Kept(4), paddle.ones([4, 2])
    compiled = paddlefx.optimize(lambda: x + kept.count.item())
    for count in (4, 4, 5, 6, 9):
        kept.count.set_value(paddle.to_tensor(count))
        assert compiled().tolist() == (x + count).tolist()


def kept_number_written(kept, x):
    kept.count.add_(paddle.to_tensor(1))
    return x + kept.count.item()


def kept_number_written_through_another(kept, other, x):
    other.add_(paddle.to_tensor([1]))
    return x + kept.count.item()


def test_a_kept_number_that_the_frame_writes_is_not_known():
    versus(kept_number_written, [lambda: (Kept(3), paddle.ones([2]))] * 3)

    def aliased():
        kept = Kept(3)
        return kept, kept.count.reshape([1]), paddle.ones([2])

    versus(kept_number_written_through_another, [aliased] * 3)


def given_number(count, x):
    return x + count.item()


def test_numbers_that_are_given_are_data():
    stats = versus(given_number, [lambda: (paddle.to_tensor(2), paddle.ones([2]))])
    assert stats["graph_breaks"] == 1


def test_kept_floats_are_data():
    stats = versus(lambda kept, x: x + kept.weight.item(), [lambda: (Kept(2), paddle.ones([2]))])
    assert stats["graph_breaks"] == 1


def messages(x, y, source, target):
    send = paddle.geometric
    return (
        send.send_u_recv(x, source, target) + 1,
        send.send_u_recv(x, source, target, reduce_op="mean", out_size=4),
        send.send_ue_recv(x, y, source, target, message_op="mul"),
        send.send_ue_recv(x, y[:, :1], source, target, out_size=7),
        send.send_u_recv(x, source, target, out_size=-1),
    )


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_messages_have_as_many_rows_as_nodes(dtype):
    def call(rows):
        source = paddle.to_tensor([0, 1, 2], dtype=dtype)
        target = paddle.to_tensor([1, 2, 1], dtype=dtype)
        return lambda: (paddle.rand([rows, 3]), paddle.rand([3, 3]), source, target)

    def same(calls):
        made = [call() for call in calls]
        return [lambda made=one: made for one in made]

    stats = versus(messages, same([call(rows) for rows in (5, 5, 6, 9, 4)]))
    assert stats["graph_breaks"] == stats["fallbacks"] == 0


def bounds_of_slices(x):
    one, two = paddle.shape(x)[:1], paddle.shape(x)
    try:
        x[:two]
    except ValueError:
        return x[: one - 1], x[one - 2 :]


def sizes_that_are_the_same_for_all(x):
    same = paddle.shape(x)[1:] * paddle.ones([1], dtype="int64")
    return x + 1, (paddle.concat([same, same]) % 5).tolist(), same.cast("int32").item()


def compared_sizes(x):
    rows = paddle.shape(x)[0]
    four = (rows == 4).cast("int64")
    return x + four, four.item(), paddle.where(rows > 3, rows, rows * 2).item()


def a_size_of_one_element(x):
    try:
        return paddle.full(paddle.shape(x)[:1], 1.5)  # Paddle 3.3 refuses it
    except ValueError:
        return x + 1


@pytest.mark.parametrize(
    "function",
    [bounds_of_slices, sizes_that_are_the_same_for_all, compared_sizes, a_size_of_one_element],
)
def test_sizes_that_vary(function):
    versus(function, [lambda rows=rows: (paddle.ones([rows, 6]),) for rows in (2, 3, 5, 4, 7, 4)])


def several_elements(x):
    known = paddle.to_tensor([1, 2])
    return x + 1, int(known)


def test_errors_are_the_plain_ones():
    versus(several_elements, [lambda: (paddle.ones([2]),)])


def test_names_of_tensors():
    """A name is made when the tensor is; the one that is given is that tensor's."""
    names = []

    def function(x, layer):
        y = x * 2
        names.append(y.name)
        z = layer(y)
        name = z.name
        return z, name, isinstance(name, str), x.name, layer.weight.name

    compiled = paddlefx.optimize(function)
    paddlefx.reset()
    layer, x = paddle.nn.Linear(2, 2), paddle.ones([1, 2])
    for count in (1, 2, 3):
        z, name, is_text, given, weight = compiled(x, layer)
        assert (name, is_text, given, weight) == (z.name, True, x.name, layer.weight.name)
        assert len(names) == len(set(names)) == count and all(type(one) is str for one in names)
        x = paddle.ones([1, 2])
    stats = paddlefx.stats()
    assert stats["graph_breaks"] == stats["fallbacks"] == stats["recompiles"] == 0


def renamed(x):
    y = x + 1
    before = y.name
    y.name = "given"
    return y.name, type(before)


def test_a_name_that_is_given():
    versus(renamed, [lambda: (paddle.ones([2]),)] * 2)


def kept_number_read_before_a_write(kept, x):
    before = kept.count.item()
    doubled = before * 2
    kept.count.zero_()
    return x + before, before, doubled


def test_a_kept_number_is_read_before_the_graph_writes_it():
    calls = [lambda n=n: (Kept(n), paddle.ones([2])) for n in (3, 3, 4, 5, 6)]
    versus(kept_number_read_before_a_write, calls)


def size_read_before_it_changes(x):
    rows = x.shape[0]
    x.unsqueeze_(0)
    return x + 1, rows, rows * 2


def test_a_size_is_read_before_the_graph_changes_it():
    calls = [lambda n=n: (paddle.ones([n, 2]),) for n in (3, 3, 4, 5, 6)]
    versus(size_read_before_it_changes, calls)
