"""Cases of functions that change shapes, move elements, join and split."""

import autograd
from autograd.functions.padding import pad as our_pad

from ..cases import case


def pad(m, x, widths, mode="constant", value=None):
    """`nn.functional.pad`, whose work is done in `autograd.functions.padding`."""
    return (our_pad if m is autograd else m.nn.functional.pad)(x, widths, mode, value)


def in_place(x, name, *args):
    """A view of a copy of x whose own shape is changed, together with the copy, which is written to through it."""
    copy = x.clone()
    view = copy[:]
    getattr(view, name)(*args)
    view.mul_(2)
    return view, copy


def split_unused(m, x):
    """Parts of which one is not used."""
    first, _, last = x.split(1)
    return first * last


CASES = [
    case("view", lambda m, x: x.view(3, -1), (2, 6), layouts=False),
    case("view:0-d", lambda m, x: x.view(()), (1, 1), layouts=False),
    case("view_as", lambda m, x, y: x.view_as(y), (2, 6), (3, 4), layouts=False),
    case("view:dtype", lambda m, x: x.view(m.int64), (2, 3), order=0, layouts=False, single=False),
    case("reshape", lambda m, x: m.reshape(x, (4, -1)), (2, 6)),
    case("reshape:of a transpose", lambda m, x: x.mT.reshape(-1), (2, 3)),
    case("reshape_as", lambda m, x, y: x.reshape_as(y), (2, 6), (3, 4)),
    case("flatten", lambda m, x: m.flatten(x), (2, 3)),
    case("flatten:dims", lambda m, x: x.flatten(1, 2), (2, 3, 2, 1)),
    case("unflatten", lambda m, x: m.unflatten(x, 1, (3, -1)), (2, 6)),
    case("ravel", lambda m, x: m.ravel(x), (2, 3)),
    case("squeeze", lambda m, x: m.squeeze(x), (1, 2, 1, 3)),
    case("squeeze:dim", lambda m, x: m.squeeze(x, 0), (1, 2, 1)),
    case("squeeze:dims", lambda m, x: m.squeeze(x, (0, 1, 2)), (1, 2, 1)),
    case("squeeze:nothing to do", lambda m, x: m.squeeze(x) * x, (2, 3)),
    case("unsqueeze", lambda m, x: m.unsqueeze(x, 1), (2, 3)),
    case("unsqueeze_", lambda m, x: in_place(x, "unsqueeze_", -1), (2, 3)),
    case("squeeze_", lambda m, x: in_place(x, "squeeze_", 1), (2, 1, 3)),
    case("transpose_", lambda m, x: in_place(x, "transpose_", 0, 1), (2, 3)),
    case("t_", lambda m, x: in_place(x, "t_"), (2, 3)),
    case("swapaxes_", lambda m, x: in_place(x, "swapaxes_", 0, 2), (2, 3, 2)),
    case("as_strided_", lambda m, x: in_place(x, "as_strided_", (2, 2), (3, 1)), (2, 3), layouts=False),
    case("atleast_1d", lambda m, x, y: m.atleast_1d(x, y), (), (2,)),
    case("atleast_2d", lambda m, x, y: m.atleast_2d(x, y), (3,), ()),
    case("atleast_3d", lambda m, x, y, z: m.atleast_3d(x, y, z), (3,), (2, 3), ()),
    case("transpose", lambda m, x: m.transpose(x, 0, 2), (2, 3, 2)),
    case("swapaxes", lambda m, x: m.swapaxes(x, 0, -1), (2, 3)),
    case("swapdims", lambda m, x: m.swapdims(x, 0, 1), (2, 3)),
    case("t", lambda m, x: m.t(x), (2, 3)),
    case("T", lambda m, x: x.T, (2, 3)),
    case("mT", lambda m, x: x.mT, (2, 3, 2)),
    case("H", lambda m, x: x.H, (2, 3)),
    case("mH", lambda m, x: x.mH, (2, 3, 2)),
    case("adjoint", lambda m, x, y: m.adjoint(m.complex(x, y)), (2, 3), (2, 3)),
    case("permute", lambda m, x: m.permute(x, (2, 0, 1)), (2, 3, 2)),
    case("permute:method", lambda m, x: x.permute(-1, 0, 1), (2, 3, 2)),
    case("movedim", lambda m, x: m.movedim(x, (0, 1), (2, 0)), (2, 3, 2)),
    case("moveaxis", lambda m, x: m.moveaxis(x, 0, -1), (2, 3, 2)),
    case("expand", lambda m, x: x.expand(2, -1, 4), (3, 1)),
    case("expand_as", lambda m, x, y: x.expand_as(y), (3, 1), (2, 3, 2)),
    case("broadcast_to", lambda m, x: m.broadcast_to(x, (2, 3)), (3,)),
    case("broadcast_tensors", lambda m, x, y: m.broadcast_tensors(x, y), (2, 1), (3,)),
    case("as_strided", lambda m, x: m.as_strided(x, (2, 3), (2, 1)), (6,), layouts=False),
    case("as_strided:overlapping", lambda m, x: x.as_strided((3, 3), (1, 1), 1), (2, 4), layouts=False),
    case("as_strided:of a view", lambda m, x: (x * 1)[1:].as_strided((2, 2), (1, 2)), (2, 4), layouts=False),
    case("contiguous", lambda m, x: x.mT.contiguous(), (2, 3)),
    # joining
    case("cat", lambda m, x, y: m.cat([x, y]), (2, 3), (1, 3)),
    case("cat:dim", lambda m, x, y, z: m.cat((x, y, z), dim=-1), (2, 1), (2, 3), (2, 2)),
    case("cat:the same twice", lambda m, x: m.cat([x, x * x, x]), (2, 2)),
    case("cat:empty vectors", lambda m, x, y: m.cat([y, x, y]), (2, 2), (0,)),
    case("concat", lambda m, x, y: m.concat([x, y], 1), (2, 3), (2, 1)),
    case("concatenate", lambda m, x, y: m.concatenate([x, y], axis=1), (2, 3), (2, 1)),
    case("stack", lambda m, x, y: m.stack([x, y]), (2, 3), (2, 3)),
    case("stack:dim", lambda m, x, y: m.stack([x, y], -1), (2, 3), (2, 3)),
    case("stack:0-d", lambda m, x, y: m.stack([x, y]), (), ()),
    case("hstack", lambda m, x, y: m.hstack([x, y]), (2, 3), (2, 1)),
    case("hstack:vectors", lambda m, x, y: m.hstack([x, y]), (3,), ()),
    case("vstack", lambda m, x, y: m.vstack([x, y]), (3,), (2, 3)),
    case("row_stack", lambda m, x, y: m.row_stack([x, y]), (3,), (3,)),
    case("dstack", lambda m, x, y: m.dstack([x, y]), (2, 3), (2, 3)),
    case("column_stack", lambda m, x, y: m.column_stack([x, y]), (3,), (3, 2)),
    case("block_diag", lambda m, x, y, z: m.block_diag(x, y, z), (2, 1), (3,), ()),
    # splitting
    case("split", lambda m, x: m.split(x, 2), (5, 2)),
    case("split:method", lambda m, x: x.split([1, 3], dim=1), (2, 4)),
    case("split:unused", split_unused, (3, 2)),
    case("split_with_sizes", lambda m, x: m.split_with_sizes(x, [1, 2]), (3, 2)),
    case("chunk", lambda m, x: m.chunk(x, 2, 1), (2, 5)),
    case("tensor_split", lambda m, x: m.tensor_split(x, 3), (5, 2)),
    case("tensor_split:places", lambda m, x: m.tensor_split(x, (1, 3), dim=1), (2, 4)),
    case("hsplit", lambda m, x: m.hsplit(x, 2), (2, 4)),
    case("vsplit", lambda m, x: m.vsplit(x, [1]), (3, 2)),
    case("dsplit", lambda m, x: m.dsplit(x, 2), (1, 2, 4)),
    case("unbind", lambda m, x: m.unbind(x, 1), (2, 3)),
    case("unbind:vector", lambda m, x: m.unbind(x), (3,)),
    # repeating and combining
    case("repeat", lambda m, x: x.repeat(2, 1, 3), (2, 2)),
    case("repeat:once", lambda m, x: x.repeat(1, 1), (2, 2)),
    case("tile", lambda m, x: m.tile(x, (2,)), (2, 2)),
    case("tile:method", lambda m, x: x.tile(2, 1, 2), (2, 2)),
    case("repeat_interleave", lambda m, x: m.repeat_interleave(x, 2), (2, 2)),
    case("repeat_interleave:dim", lambda m, x: x.repeat_interleave(3, dim=0), (2, 2)),
    case("repeat_interleave:tensor", lambda m, x, n: m.repeat_interleave(x, n, dim=1), (2, 3), [2, 0, 1]),
    case("repeat_interleave:places", lambda m, n: m.repeat_interleave(n), [2, 0, 1], order=0),
    case("meshgrid", lambda m, x, y: m.meshgrid(x, y, indexing="ij"), (2,), (3,)),
    case("meshgrid:xy", lambda m, x, y, z: m.meshgrid(x, y, z, indexing="xy"), (2,), (3,), (2,)),
    case("cartesian_prod", lambda m, x, y: m.cartesian_prod(x, y), (2,), (3,)),
    case("combinations", lambda m, x: m.combinations(x, 2), (4,)),
    case("combinations:with replacement", lambda m, x: m.combinations(x, 3, True), (3,)),
    # turning round
    case("flip", lambda m, x: m.flip(x, (0, -1)), (2, 3, 2)),
    case("flip:method", lambda m, x: x.flip(1), (2, 3)),
    case("flip:nothing", lambda m, x: x.flip(()), (2, 3)),
    case("fliplr", lambda m, x: m.fliplr(x), (2, 3)),
    case("flipud", lambda m, x: m.flipud(x), (2, 3)),
    *(case(f"rot90:{k}", lambda m, x, k=k: m.rot90(x, k, (0, 2)), (2, 3, 2)) for k in (-1, 0, 1, 2, 5)),
    case("roll", lambda m, x: m.roll(x, 2), (2, 3)),
    case("roll:dim", lambda m, x: m.roll(x, -1, 1), (2, 3)),
    case("roll:dims", lambda m, x: m.roll(x, (1, 2), (0, 1)), (2, 3)),
    # triangles and diagonals
    case("tril", lambda m, x: m.tril(x), (2, 3, 3)),
    case("tril:diagonal", lambda m, x: m.tril(x, -1), (3, 4)),
    case("triu", lambda m, x: m.triu(x, diagonal=1), (3, 4)),
    case("tril_", lambda m, x: x.clone().tril_(1), (3, 3)),
    case("tril_indices", lambda m, x: m.tril_indices(3, 4, offset=1), (1,), order=0),
    case("triu_indices", lambda m, x: m.triu_indices(3, 4, offset=-1), (1,), order=0),
    case("diag:of a matrix", lambda m, x: m.diag(x, 1), (3, 4)),
    case("diag:from a vector", lambda m, x: m.diag(x, -1), (3,)),
    case("diagonal", lambda m, x: m.diagonal(x), (3, 2)),
    case("diagonal:dims", lambda m, x: m.diagonal(x, offset=-1, dim1=2, dim2=0), (2, 3, 3)),
    case("diag_embed", lambda m, x: m.diag_embed(x), (2, 3)),
    case("diag_embed:dims", lambda m, x: m.diag_embed(x, offset=1, dim1=0, dim2=2), (2, 2)),
    case("diagflat", lambda m, x: m.diagflat(x, 1), (2, 2)),
    # padding and windows
    case("pad", lambda m, x: pad(m, x, (1, 2)), (2, 3)),
    case("pad:value", lambda m, x: pad(m, x, (1, 0, 2, 1), value=3.0), (2, 2)),
    case("pad:crop", lambda m, x: pad(m, x, (-1, 2, 0, -1)), (3, 3)),
    *(
        case(f"pad:{mode}", lambda m, x, mode=mode: pad(m, x, (2, 1, 0, 1), mode), (2, 3, 3))
        for mode in ("reflect", "replicate", "circular")
    ),
    *(
        case(f"pad:{mode} and crop", lambda m, x, mode=mode: pad(m, x, (-1, 1), mode), (2, 4))
        for mode in ("reflect", "replicate", "circular")
    ),
    case("unfold", lambda m, x: x.unfold(1, 2, 1), (2, 4)),
    case("unfold:apart", lambda m, x: x.unfold(0, 2, 3), (5, 2)),
    case("unfold:long windows", lambda m, x: x.unfold(-1, 5, 1), (2, 6)),
    case("unfold:0-d", lambda m, x: x.unfold(0, 1, 1), ()),
]
