import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tinyModel } from './modelFiles.ts';

export type TinyFormat = 'v7' | 'v11' | 'v13' | 'ChatML';

/** Control tokens of Tekken that take ChatML's names. Without `[INST]` at its place the vocabulary is not Tekken's. */
const chatmlNames = [
  ['[INST]', '<|im_start|>'],
  ['[/INST]', '<|im_end|>'],
  ['[TOOL_CALLS]', '<tool_call>'],
  ['[/TOOL_RESULTS]', '</tool_call>'],
] as const;
const chatmlTemplate = `{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}{{ tools }}`;

/**
 * Writes the tiny Devstral as a model of another format: another chat template and, for ChatML, other names of its control
 * tokens. It reads as before; what it was taught to say it says in v13 only. The path.
 */
export function tinyModelOf(format: TinyFormat, folder: string): string {
  if (format === 'v13') return tinyModel(folder);
  const templates = JSON.parse(readFileSync(join('test', 'fixtures', 'mistral', 'templates.json'), 'utf8'));
  const names = format === 'ChatML' ? chatmlNames : [];
  const template: string = format === 'ChatML' ? chatmlTemplate : templates[format];
  return tinyModel(
    folder,
    (bytes) => {
      const named = names.reduce((all, [from, to]) => replaceText(all, from, to), bytes);
      const own = textAfter(named, 'tokenizer.chat_template');
      const rest = named.length - own.length + Buffer.byteLength(template);
      // The weights stay where a multiple of 32 lets them begin.
      const room = (((bytes.length - rest) % 32) + 32) % 32;
      return replaceText(named, own.toString(), template + ' '.repeat(room));
    },
    `tiny-${format}.gguf`,
  );
}

/** A text as a GGUF holds it: its length, then its bytes. */
function packed(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
}

function replaceText(bytes: Buffer, from: string, to: string): Buffer {
  const old = packed(from);
  const at = bytes.indexOf(old);
  if (at === -1) throw new Error(`the tiny model has no text "${from.slice(0, 20)}"`);
  return Buffer.concat([bytes.subarray(0, at), packed(to), bytes.subarray(at + old.length)]);
}

/** The text that a key has as value. */
function textAfter(bytes: Buffer, key: string): Buffer {
  // Behind the key stands the type of the value, four bytes.
  const at = bytes.indexOf(packed(key)) + packed(key).length + 4;
  const length = Number(bytes.readBigUInt64LE(at));
  return bytes.subarray(at + 8, at + 8 + length);
}
