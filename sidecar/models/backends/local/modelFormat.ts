import { basename } from 'node:path';
import type { Log } from '../../../log.ts';
import type { ChatFormat } from '../../formats/chatFormat.ts';
import { chatml } from '../../formats/chatml.ts';
import { jinjaFormat } from '../../formats/jinjaFormat.ts';
import { mistralFormat, mistralVersion } from '../../formats/mistral/mistralFormat.ts';
import { createTekken, isTekken } from '../../formats/mistral/tekken.ts';
import { readVocabulary } from '../../gguf/readVocabulary.ts';

/** How conversations with one model file are written. */
export interface ModelFormat {
  format: ChatFormat;
  /** Our own tokenizer, where llama.cpp's gives other tokens than the model was trained on. */
  encodeText?: (text: string) => number[];
}

/** What the format is chosen by. */
export interface FormatFacts {
  path: string;
  chatTemplate: string;
  bos: string;
  eos: string;
}

/** Chooses by the file's own chat template and vocabulary; says once in the log what the file lacks. */
export async function modelFormat(facts: FormatFacts, log: Pick<Log, 'warn'>): Promise<ModelFormat> {
  const { path, chatTemplate, bos, eos } = facts;
  const version = mistralVersion(chatTemplate);
  const vocabulary = version === null ? null : await readVocabulary(path);
  if (version !== null && vocabulary?.kind === 'ok' && isTekken(vocabulary.tokens)) {
    return { format: mistralFormat(version), encodeText: createTekken(vocabulary.tokens).encode };
  }
  if (chatTemplate.includes('<|im_start|>')) return { format: chatml };
  const file = basename(path);
  if (chatTemplate === '') {
    log.warn(`${file} has no chat template: ChatML is used, and its answers may be poor`);
    return { format: chatml };
  }
  const made = jinjaFormat({ template: chatTemplate, bos, eos });
  if (made.kind === 'bad') {
    log.warn(`${file} has a chat template that cannot be read (${made.reason}): ChatML is used`);
    return { format: chatml };
  }
  if (!made.knowsTools) log.warn(`${file} has a chat template without tools: they are described in the system message`);
  return { format: made.format };
}
