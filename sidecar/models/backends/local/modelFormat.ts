import { basename } from 'node:path';
import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';
import type { ChatFormat } from '../../formats/chatFormat.ts';
import { chatml } from '../../formats/chatml.ts';
import { jinjaFormat } from '../../formats/jinjaFormat.ts';
import { mistralFormat, mistralVersion, vocabularyVersion } from '../../formats/mistral/mistralFormat.ts';
import { createTekken, isTekken } from '../../formats/mistral/tekken.ts';
import { readVocabulary } from '../../gguf/readVocabulary.ts';

/** How conversations with one model file are written. */
export interface ModelFormat {
  format: ChatFormat;
  /** Our own tokenizer, where llama.cpp's gives other tokens than the model was trained on. */
  encodeText?: (text: string) => number[];
  /** The file has no chat template for tools: what is used instead. */
  notice?: ProblemReport;
}

/** What the format is chosen by. */
export interface FormatFacts {
  path: string;
  chatTemplate: string;
  bos: string;
  eos: string;
}

/** Chooses by the file's own chat template and vocabulary; `notice` says what was put in place of what the file lacks. */
export async function modelFormat({ path, chatTemplate, bos, eos }: FormatFacts): Promise<ModelFormat> {
  const file = basename(path);
  const replaced = (format: string) => problem('chatTemplateReplaced', { file, format });
  const version = mistralVersion(chatTemplate);
  const knowsTools = /\btools\b/.test(chatTemplate);
  const vocabulary = version !== null || !knowsTools ? await readVocabulary(path) : null;
  if (vocabulary?.kind === 'ok' && isTekken(vocabulary.tokens)) {
    const encodeText = createTekken(vocabulary.tokens).encode;
    if (version !== null && knowsTools) return { format: mistralFormat(version), encodeText };
    const learnt = vocabularyVersion(vocabulary.tokens);
    const format = mistralFormat(learnt === 'v7' ? (version ?? learnt) : learnt);
    return { format, encodeText, notice: replaced(t("Mistral's own")) };
  }
  if (chatTemplate.includes('<|im_start|>')) return { format: chatml };
  if (chatTemplate === '') return { format: chatml, notice: replaced('ChatML') };
  const made = jinjaFormat({ template: chatTemplate, bos, eos });
  if (made.kind === 'bad') return { format: chatml, notice: { ...replaced('ChatML'), details: made.reason } };
  return { format: made.format, ...(made.knowsTools ? {} : { notice: replaced(t('its own with our tools')) }) };
}
