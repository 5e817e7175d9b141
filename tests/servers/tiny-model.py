"""Writes a language model of random weights: `python3 tiny-model.py FILE`. Called by llama-server.sh.

The architecture is that of Llama, one layer of it, in the format GGUF. What the model writes is words and signs in
a random order, with letters of two to four bytes among them, and it ends after about a hundred of them. The
weights are the same each time. Needs nothing but Python's own library.
"""
import random
import struct
import sys

CHANCE = random.Random(1)
CONTEXT, SIZE, HEADS, INNER = 8192, 64, 4, 128

WORDS = "the a of to and in is it for we that this not but first then because team measure risk cost plan day".split()
SIGNS = [".", ".\n", ",", ":", "é", "ñ", "—", "你", "好", "🌍"]
UNKNOWN, CONTROL, BYTE, NORMAL = 2, 3, 6, 1

# Text is cut into letters, and neighbours are joined as long as the joined piece is a token: so every beginning of a
# word is one. What is no token at all goes byte by byte.
pieces = [f"▁{word[:end]}" for word in WORDS for end in range(1, len(word) + 1)]
spoken = [f"▁{word}" for word in WORDS] + SIGNS
tokens = [("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)]
tokens += [(f"<0x{byte:02X}>", BYTE) for byte in range(256)]
tokens += [(text, NORMAL) for text in dict.fromkeys(["▁", *"etaoinshrdlucmfwypvbgkqjxz", *pieces, *SIGNS])]

# How likely each token is before chance comes in: those that are spoken, the end a little more, others hardly ever.
bias = [4 if text == "</s>" else 3 if text in spoken else -12 for text, _ in tokens]


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def entry(name, kind, value):
    """One line of the file's head; a kind in brackets is a list of that kind."""
    codes = {"u32": (4, lambda v: struct.pack("<I", v)), "i32": (5, lambda v: struct.pack("<i", v)),
             "f32": (6, lambda v: struct.pack("<f", v)), "bool": (7, lambda v: struct.pack("<?", v)), "text": (8, text)}
    code, write = codes[kind.strip("[]")]
    if not kind.startswith("["):
        return text(name) + struct.pack("<I", code) + write(value)
    return text(name) + struct.pack("<IIQ", 9, code, len(value)) + b"".join(map(write, value))


def matrix(rows, columns, scale):
    return [[CHANCE.gauss(0, scale) for _ in range(columns)] for _ in range(rows)]


def first(rows, values):
    """The rows with other values in front: the first feature is the same for every token, which makes the bias."""
    return [[value, *row[1:]] for row, value in zip(rows, values)]


def silent(rows):
    """Nothing is added to the first feature."""
    return [[0.0] * len(rows[0]), *rows[1:]]


head = [
    entry("general.architecture", "text", "llama"),
    entry("general.name", "text", "tiny-random"),
    entry("llama.context_length", "u32", CONTEXT),
    entry("llama.embedding_length", "u32", SIZE),
    entry("llama.block_count", "u32", 1),
    entry("llama.feed_forward_length", "u32", INNER),
    entry("llama.attention.head_count", "u32", HEADS),
    entry("llama.attention.layer_norm_rms_epsilon", "f32", 1e-5),
    entry("llama.rope.dimension_count", "u32", SIZE // HEADS),
    entry("tokenizer.ggml.model", "text", "llama"),
    entry("tokenizer.ggml.tokens", "[text]", [token for token, _ in tokens]),
    entry("tokenizer.ggml.scores", "[f32]", [-index for index in range(len(tokens))]),
    entry("tokenizer.ggml.token_type", "[i32]", [kind for _, kind in tokens]),
    entry("tokenizer.ggml.unknown_token_id", "u32", 0),
    entry("tokenizer.ggml.bos_token_id", "u32", 1),
    entry("tokenizer.ggml.eos_token_id", "u32", 2),
    # With a blank before the first word, a schema's grammar would refuse the words that the template puts into its mouth.
    entry("tokenizer.ggml.add_space_prefix", "bool", False),
    entry("tokenizer.chat_template", "text", "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
          "{% if add_generation_prompt %}assistant:{% endif %}"),
]
ones = [[1.0] * SIZE]
STRENGTH = 8.0
embedding = first(matrix(len(tokens), SIZE, 1), [STRENGTH] * len(tokens))
output = matrix(len(tokens), SIZE, 0.2)
# Every prompt ends with a colon. Right behind one the end is far from likely, so that no answer is empty.
names = [text for text, _ in tokens]
output[names.index("</s>")] = [-0.1 * value for value in embedding[names.index(":")]]
tensors = {
    "token_embd.weight": embedding,
    "output.weight": first(output, [value / STRENGTH * 2**0.5 for value in bias]),
    "output_norm.weight": ones,
    "blk.0.attn_norm.weight": ones,
    "blk.0.attn_q.weight": matrix(SIZE, SIZE, 0.2),
    "blk.0.attn_k.weight": matrix(SIZE, SIZE, 0.2),
    "blk.0.attn_v.weight": matrix(SIZE, SIZE, 0.2),
    "blk.0.attn_output.weight": silent(matrix(SIZE, SIZE, 0.2)),
    "blk.0.ffn_norm.weight": ones,
    "blk.0.ffn_gate.weight": matrix(INNER, SIZE, 0.2),
    "blk.0.ffn_up.weight": matrix(INNER, SIZE, 0.2),
    "blk.0.ffn_down.weight": silent(matrix(SIZE, INNER, 0.2)),
}

data = b""
for name, rows in tensors.items():
    shape = [len(rows[0])] if len(rows) == 1 else [len(rows[0]), len(rows)]
    head.append(text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, len(data)))
    # Each begins at a multiple of 32 bytes, which it also fills: SIZE is one of 8 numbers of 4 bytes.
    data += b"".join(struct.pack(f"<{len(row)}f", *row) for row in rows)

start = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(head) - len(tensors)) + b"".join(head)
with open(sys.argv[1], "wb") as file:
    file.write(start + b"\0" * (-len(start) % 32) + data)
