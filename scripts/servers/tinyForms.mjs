// The tiny Devstral in the forms that servers want: GGUF, Hugging Face and Mistral, all written from the GGUF fixture.
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { importSource } from '../modelFiles.mjs';

/** Tekken v13's pre-tokenizer (mistral-common, tekken_240911.json). */
const pattern =
  '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const controls = 1000;

/** [GGUF, Hugging Face, Mistral]. `{l}` is the number of the layer. */
const layerNames = [
  ['attn_q', 'self_attn.q_proj', 'attention.wq'],
  ['attn_k', 'self_attn.k_proj', 'attention.wk'],
  ['attn_v', 'self_attn.v_proj', 'attention.wv'],
  ['attn_output', 'self_attn.o_proj', 'attention.wo'],
  ['ffn_gate', 'mlp.gate_proj', 'feed_forward.w1'],
  ['ffn_down', 'mlp.down_proj', 'feed_forward.w2'],
  ['ffn_up', 'mlp.up_proj', 'feed_forward.w3'],
  ['attn_norm', 'input_layernorm', 'attention_norm'],
  ['ffn_norm', 'post_attention_layernorm', 'ffn_norm'],
];
const outerNames = [
  ['token_embd', 'model.embed_tokens', 'tok_embeddings'],
  ['output_norm', 'model.norm', 'norm'],
  ['output', 'lm_head', 'output'],
];

/** Writes `tiny.gguf`, `tiny-hf/` and `tiny-mistral/` into a folder and answers their paths. */
export async function writeTinyForms(folder) {
  const paths = {
    gguf: join(folder, 'tiny.gguf'),
    hf: join(folder, 'tiny-hf'),
    mistral: join(folder, 'tiny-mistral'),
  };
  await mkdir(paths.hf, { recursive: true });
  await mkdir(paths.mistral, { recursive: true });
  const bytes = gunzipSync(await readFile(join('test', 'fixtures', 'tiny-devstral.gguf.gz')));
  await writeFile(paths.gguf, bytes);
  const { header, arrays } = await readModel(paths.gguf);
  await writeHf(paths.hf, bytes, header, arrays);
  await writeMistral(paths.mistral, bytes, header, arrays);
  return paths;
}

async function readModel(path) {
  const { openFileSource } = await importSource('sidecar/models/gguf/byteSource.ts');
  const { readGgufHeader } = await importSource('sidecar/models/gguf/header.ts');
  const { readTokenizer } = await importSource('sidecar/models/gguf/tokenizerArrays.ts');
  const source = await openFileSource(path);
  try {
    const read = await readGgufHeader(source);
    if (read.kind !== 'ok') throw new Error(`the tiny Devstral cannot be read: ${read.reason}`);
    const { arrays } = await readTokenizer(source, read.header);
    return { header: read.header, arrays };
  } finally {
    await source.close();
  }
}

async function writeHf(folder, bytes, header, { tokens, merges }) {
  const json = (name, value) => writeFile(join(folder, name), JSON.stringify(value));
  await json('config.json', {
    architectures: ['MistralForCausalLM'],
    model_type: 'mistral',
    dtype: 'float16',
    hidden_act: 'silu',
    hidden_size: header.embedding,
    intermediate_size: header.feedForward[0],
    num_hidden_layers: header.layers,
    num_attention_heads: header.heads[0],
    num_key_value_heads: header.kvHeads[0],
    head_dim: header.keyLength,
    max_position_embeddings: header.trainedContext,
    rms_norm_eps: 1e-5,
    rope_parameters: { rope_theta: header.rope.base, rope_type: 'default' },
    sliding_window: null,
    tie_word_embeddings: false,
    vocab_size: tokens.length,
    bos_token_id: 1,
    eos_token_id: 2,
    pad_token_id: 11,
  });
  await json('generation_config.json', { bos_token_id: 1, eos_token_id: 2, pad_token_id: 11 });
  await json('tokenizer_config.json', {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: '<s>',
    eos_token: '</s>',
    unk_token: '<unk>',
    pad_token: '<pad>',
    model_max_length: header.trainedContext,
    clean_up_tokenization_spaces: false,
    add_bos_token: false,
  });
  await json('tokenizer.json', hfTokenizer(tokens, merges));
  await writeFile(join(folder, 'chat_template.jinja'), header.chatTemplate);
  await writeWeights(join(folder, 'model.safetensors'), bytes, header, 1);
}

async function writeMistral(folder, bytes, header, { tokens }) {
  await writeFile(
    join(folder, 'params.json'),
    JSON.stringify({
      dim: header.embedding,
      n_layers: header.layers,
      head_dim: header.keyLength,
      hidden_dim: header.feedForward[0],
      n_heads: header.heads[0],
      n_kv_heads: header.kvHeads[0],
      norm_eps: 1e-5,
      vocab_size: tokens.length,
      rope_theta: header.rope.base,
      max_position_embeddings: header.trainedContext,
      max_seq_len: header.trainedContext,
      tied_embeddings: false,
    }),
  );
  await writeFile(join(folder, 'tekken.json'), JSON.stringify(tekken(tokens)));
  await writeWeights(join(folder, 'consolidated.safetensors'), bytes, header, 2);
}

function hfTokenizer(tokens, merges) {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokens.slice(0, controls).map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [{ type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false }, byteLevel],
    },
    post_processor: null,
    decoder: { ...byteLevel, add_prefix_space: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map((merge) => merge.split(' ')),
    },
  };
}

function tekken(tokens) {
  const byteOf = gpt2Bytes();
  return {
    config: {
      pattern,
      num_vocab_tokens: tokens.length - controls,
      default_vocab_size: tokens.length,
      default_num_special_tokens: controls,
      version: 'v13',
    },
    vocab: tokens.slice(controls).map((token, rank) => {
      const raw = Buffer.from([...token].map((letter) => byteOf.get(letter)));
      const text = raw.toString('utf8');
      const whole = Buffer.from(text).equals(raw);
      return { rank, token_bytes: raw.toString('base64'), token_str: whole ? text : null };
    }),
    special_tokens: tokens.slice(0, controls).map((token, rank) => ({ rank, token_str: token, is_control: true })),
  };
}

/** GPT-2's alphabet: the letter that stands for each byte. */
function gpt2Bytes() {
  const byteOf = new Map();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    byteOf.set(String.fromCodePoint(printable ? byte : next++), byte);
  }
  return byteOf;
}

/** Safetensors: the length of a JSON head, the head, the bytes. `form`: 1 Hugging Face, 2 Mistral. */
async function writeWeights(path, bytes, header, form) {
  const head = {};
  const parts = [];
  let at = 0;
  for (const tensor of header.tensors) {
    const raw = bytes.subarray(tensor.offset, tensor.offset + tensor.bytes);
    const part = form === 1 ? halvesApart(tensor, raw, header) : raw;
    const shape = [...tensor.dims].reverse();
    const dtype = { F16: 'F16', F32: 'F32' }[tensor.type];
    head[tensorName(tensor.name, form)] = { dtype, shape, data_offsets: [at, at + part.length] };
    parts.push(part);
    at += part.length;
  }
  const text = JSON.stringify({ __metadata__: { format: 'pt' }, ...head });
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const file = await open(path, 'w');
  await file.writeFile(Buffer.concat([length, padded, ...parts]));
  await file.close();
}

function tensorName(name, form) {
  const layered = /^blk\.(\d+)\.(\w+)\.weight$/.exec(name);
  const row = (layered ? layerNames : outerNames).find(([gguf]) => gguf === (layered?.[2] ?? name.slice(0, -7)));
  if (!row) throw new Error(`the tiny Devstral has an unknown tensor ${name}`);
  const prefix = layered ? `${form === 1 ? 'model.' : ''}layers.${layered[1]}.` : '';
  return `${prefix}${row[form]}.weight`;
}

/** Mistral and GGUF rotate neighbouring rows of a head, Hugging Face row i and i + half: reorders those of q and k. */
function halvesApart(tensor, raw, header) {
  if (!/attn_[qk]\.weight$/.test(tensor.name)) return raw;
  const [, rows] = tensor.dims;
  const rowBytes = raw.length / rows;
  const half = header.keyLength / 2;
  const order = Array.from({ length: rows }, (_, row) => {
    const inHead = row % header.keyLength;
    return row - inHead + (inHead % half) * 2 + Math.floor(inHead / half);
  });
  return Buffer.concat(order.map((from) => raw.subarray(from * rowBytes, (from + 1) * rowBytes)));
}
