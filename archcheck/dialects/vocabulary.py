"""The words of those who write of shapes: which name an axis, which a tensor's part in a call, which neither."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


AXIS_LETTERS = frozenset("ABCDEFGHKLMNOPQRSTUVWbcdefghklmnpqstvw")
"""Letters that stand for an axis; `x`, `y`, `i`, `j` are coordinates and indices, `a` and `I` are English."""

BATCH = _words(
    """
    -1 b b_s batch batch_size batchsize bs bsz bz minibatch n n_batch nb none num_batch
    """
)
"""What the first axis is called: a list that begins so is most likely a shape."""

AXES = _words(
    """
    vars
    anchors batch bins boxes bs bsz bz candidates ch chan channel channels chars chs chw class classes cols context
    ctx dec depth dim dims directions edges emb embd embed embedding embeddings enc experts feat feats feature
    features ff ffn frames freq frequency group groups head heads height hid hidden hs hw hwa hwc ic in inner inp
    inputs joints keypoints kps kv landmarks latent latents layers len length max mel mels mh min model mw nchw nh
    nk nodes nq num nv nw objects oc out outputs patch patches per pixels point points proposals qk queries query
    rank regions rows sample samples seq sequence size slots spatial src state states steps sum temporal tgt thw
    time token tokens top topk trg vocab vocabulary wh width win window windows words ws ww
    """
)
"""Words of which an axis's name may be made: `seq_len`, `n_heads`, `batch size`."""

ALONE = _words(
    """
    anchor anchors batch batchsize bs bsz bz c1 c2 c3 channel channels cin classes cout d1 d2 depth dim dimension dk
    dmodel dv emb embd embed experts feat feature features frame frames groups h1 h2 head heads height hid hidden
    hin hout hs hw hwa ic in_channels joint joints keypoint keypoints latent len length mem mh mw n1 n2 n_step nh nk
    node nodes nq nv nw oc out_channels patch patches point points proposals queries rank sample samples seq
    seq_length seqlen spatial steps thw time time_step time_steps timestep timesteps token tokens vocab w1 w2 wh
    width win window windows wout ws ww
    """
)
"""Words that name an axis by themselves."""

ENGLISH = _words(
    """
    a all an and any are as at be by can e.g each eg else etc false for from has have i.e ie if in is it its like
    new no none not of old on only or order our same see so than that the then this to true use used using via
    was we were when where which will with yes you your
    """
)
"""Words of running text; no name of an axis has one."""

NEVER = ENGLISH | _words(
    """
    acc accuracy alpha beta betas bgr blue bool bottom box bytes class cls col conf cx cy default dh dict dilation
    dilations dtype dw dx dy end eps file files float gamma green hue i id ids idx image images index indices int j
    kernel kernels key label labels left list loss lr max mean min momentum na name names nan object optional pad
    padding param params path per prob probs r red rgb right row saturation score scores start std step stop str
    stride strides tensor text th top tuple tw tx ty type u url us value var variance word x x0 x1 x2 x_max x_min xc
    xmax xmin y y0 y1 y2 y_max y_min yc ymax ymin z
    """
)
"""Words of which a size is never named: coordinates, hyper-parameters, types, plain English."""

ROWS = ("RGB", "BGR", "HSV", "HLS", "LAB", "QKV", "KQV", "QK", "KV", "PR", "UV", "NO", "HC")
"""Capital letters at a stretch, or one after the other, that are no axes: colours, parts of attention, answers."""

UNITS = _words("KB MB GB TB KiB MiB GiB Hz kHz MHz GHz")
"""What is measured in them is no tensor."""

SHAPE = _words(
    """
    dimension dimensionality dimensions dims outshape resolution shape shape's shaped shapes size size's sizes sz
    """
)
INPUT = _words("in in_shape inp input input_shape input_size inputs inshape insize")
OUTPUT = _words("out out_shape output output_shape output_size outputs outs outshape outsize")
VERBS: dict[str, Literal["input", "output"]] = {
    "returns": "output",
    "return": "output",
    "yields": "output",
    "takes": "input",
    "expects": "input",
    "receives": "input",
}
"""Words that are of an input or an output where a colon is behind them."""
TAKING = _words("sees takes receives accepts from")
"""Words right behind which stands what goes in."""
RESULT = _words("array become becomes final get gets getting giving got so tensor then yielding")
"""Words that lead to a shape and say nothing of whose it is."""

OPERATIONS = _words(
    """
    add after avgpool before bmm broadcast cat change chunk concat concatenate concatenated conv convert create
    downsample dropout eg einsum embed example expand flatten flattened fold gather get given interpolate linear
    make map matmul maxpool mean merge mul multiply normalize note notes pad permute permuted pool pooled pooling
    project projection rearrange relu repeat reshape reshaped resize roll set slice softmax split squeeze stack sum
    swap transpose transposed unfold unsqueeze upsample view
    """
)
"""What is done, not what it is done to: `reshape: -> [B, N, C]` is said of the line."""

FILLERS = _words(
    """
    a accepts all an and are array arrays as batch be becomes both data dimensional e.g each expects feature
    features final floattensor four gives has have here i.e image images in is it it's its list longtensor map maps
    matrix must ndarray new now np.ndarray of of: our produces receives result results return returned returns same
    sees several shall shape should takes tensor tensors that the these they this three times to torch.tensor two vector
    will with yields
    """
)
"""Words around a name that are no name."""

DOUBT = _words(
    """
    assume assumes assuming before could default e.g e.g. eg either example expect expected expects for formerly
    four from if instead like list lists might must need needs normally not or originally other previously required
    requires several should some supports suppose than three times two typically unless usually was were when
    without would
    """
)
"""Words after which, or before which, a shape may be that of something else."""

MODAL = _words("can could may might must need needs shall should")
"""Words right behind a list in a sentence that make it what somebody does: `(width, height) must be given`."""

BLIND = _words(
    """
    options option choices choice modes either
    axes axis between coordinate coordinates coords dilation dilations interval kernel kernel_shape kernel_size
    kernel_sizes kernels ksize pad padding paddings pads range ranges stride strides
    """
)
"""Words right before a list or a cross that make it something else: `kernel (3, 3)`."""

BLIND_TO_NUMBERS = _words(
    """
    anchor anchors args bbox bboxes beta betas blocks box boxes chapter color colour conv conv2d convolution
    convolutions convs crop default defaults depths dilation_rate epoch epochs eps eq equation expand factor fig
    figure filter filters gamma grid idx index indices line lines lr mean means milestones momentum offset offsets
    page patch patches perm permutation permute point pool pos position positions print prints ratio ratios repeat
    repeats roll scale scales section seed std stds table transpose_axes version weight_decay window
    """
)
"""Words right before numbers that make them something else: `anchors [10, 13]`; `anchors [N, 4]` is a shape."""

BLIND_BEHIND = _words(
    """
    average avg avgpool bigger block blocks cells conv conv2d convolution convolutional convolutions convs deconv
    depthwise downsample downsampling dw faster filter filters grid grids kernel kernels larger max maxpool
    maxpooling more padding patch patches pixel pixels points pointwise pool pooling px slower smaller speedup
    stride strides times upsample upsampling window windows words 个
    """
)
"""Words right behind a cross that make it something else: `3x3 conv`."""

BLIND_PARTS = (
    "卷积核",
    "步长",
    "步幅",
    "填充",
    "均值",
    "标准差",
    "范围",
    "窗口",
    "区间",
    "坐标",
    "索引",
    "参数",
)
SHAPE_PARTS = ("形状", "尺寸", "大小", "维度", "シェイプ", "형태")
INPUT_PARTS = ("输入", "入力", "입력")
OUTPUT_PARTS = ("输出", "返回", "出力", "출력", "得到")
AXIS_PARTS = ("批", "通道", "高", "宽", "长度", "维", "个数", "大小", "步数", "数量")
"""Pieces of words of other scripts, which stand unparted."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NAMES = re.compile(r"[^\W\d][\w.]*")
_COUNTED = ("n_", "num_", "nb_", "no_of_", "len_", "dim_", "d_", "max_")
_MEASURED = ("_size", "_len", "_length", "_dim", "_dims", "_num", "_channels", "_heads", "_seq")
_NEVER_PARTS = frozenset(("stride", "strides", "padding", "dilation"))


@lru_cache(maxsize=4096)
def is_axis(name: str) -> bool:
    """Return whether a name is one that axes have: `B`, `seq_len`, `n_heads`, `HW`, `out_dim`.

    >>> [name for name in ("B", "seq_len", "kernel_size", "x", "plane", "HW", "nH") if is_axis(name)]
    ['B', 'seq_len', 'HW', 'nH']
    """
    bare = name.rstrip("'").removesuffix("_prime")
    lower = bare.lower().removeprefix("self.").strip("_")
    parts = [part.lower() for part in _PARTS.findall(bare)]
    if not bare.isascii():
        return any(part in bare for part in AXIS_PARTS)
    if len(bare) == 1:
        return bare in AXIS_LETTERS
    if (
        name in UNITS
        or lower in NEVER
        or not lower
        or not _NEVER_PARTS.isdisjoint(parts)
        or "kernel" in parts
    ):
        return False
    if lower in ALONE or lower in BATCH or (lower.startswith(_COUNTED) or lower.endswith(_MEASURED)):
        return True
    if lower[0] in "nd" and lower[1:] in AXES:  # `npoint`, `dstate`
        return True
    known = (part in AXES or part.isdecimal() or (len(part) == 1 and part in AXIS_LETTERS) for part in parts)
    return _letters(bare) or (len(parts) > 1 and all(known))


def _letters(name: str) -> bool:
    """Return whether it is letters of axes at a stretch, or one with a subscript: `HWA`, `nW`, `H_out`, `T1`."""
    head, _, tail = name.partition("_")
    if tail:
        return head in AXIS_LETTERS and len(head) == 1
    stem = name.rstrip("0123456789")
    if len(name) > len(stem) + 2:
        return False
    if len(stem) == 1:
        return stem.isupper() or stem in "bchwntdlmk"
    if len(stem) == 2 and stem[0] in "nd" and stem[1].isupper():
        return True
    if len(stem) == 2 and stem[0] in AXIS_LETTERS and stem[0].isupper() and stem[1] in "hwcnpqktsdbm":
        return True
    return 1 < len(stem) <= 4 and stem.isupper() and all(letter in AXIS_LETTERS for letter in stem)


def names_in(expression: str) -> list[str]:
    """Return the names in arithmetic."""
    return _NAMES.findall(expression)


def is_never(name: str) -> bool:
    """Return whether a name is of something that no size is."""
    lower = name.lower().rstrip("_")  # `True_` is how Python's own words are read
    if len(name) == 1 and name.isupper():
        return name in "XYZIJ"
    if len(name) == 3 and lower[1] == "_" and lower[0] in "xyz":  # `x_1`, `y_n`
        return True
    return name in UNITS or lower in NEVER or not _NEVER_PARTS.isdisjoint(lower.split("_"))


def is_blind(name: str) -> bool:
    """Return whether a name is of a setting, whose numbers are no shape: `stride`, `kernel_size`."""
    return name.lower() in BLIND or name.lower() in BLIND_TO_NUMBERS


def is_batch(name: str) -> bool:
    """Return whether a name is the first axis's."""
    return name.lower() in BATCH
