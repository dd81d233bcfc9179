import { t } from '../../protocol/translate.ts';
import { starterModel } from './starter.ts';

/** A model that is known by name. Which files there are is listed when it is fetched, never guessed. */
export interface CatalogModel {
  /** What the setting `devstral.model` and the command line take. */
  id: string;
  /** Short name, at most 14 characters, as the status bar shows it. */
  name: string;
  title: string;
  /** Repository of the hub with its GGUF files. */
  repo: string;
  /** Recognises the model in "org/repo/file" whoever published the file, and in Ollama's "name:tag". */
  pattern: RegExp;
  /** Best first: the first that the repository has is taken. `size` in bytes where it is published. */
  files: readonly { quantisation: string; size?: number }[];
  /** Tokens it was trained for. */
  context: number;
  licence: Licence;
  vision: boolean;
  format: FormatHint;
  sampling: { temperature: number; minP?: number; topP?: number };
  use: 'chat' | 'completion';
}

export interface Licence {
  name: string;
  /** It limits who may use the model, or for what: shown and accepted before the first byte. */
  mustAccept: boolean;
  url: string;
}

/** Which of Mistral's chat formats it was trained on; `auto`: what the file itself says. */
export type FormatHint = 'v3' | 'v7' | 'v11' | 'v13' | 'chatml' | 'auto';

const apache: Licence = {
  name: 'Apache-2.0',
  mustAccept: false,
  url: 'https://www.apache.org/licenses/LICENSE-2.0',
};
/** The model cards' temperature, and Unsloth's min_p for it. */
const careful = { temperature: 0.15, minP: 0.01 };

/**
 * Sizes, contexts and licences are those of the model cards and of the hub's listings in 2025 and 2026. The hub could
 * not be reached when this was written: entries marked "name unverified" have a repository that is known from other
 * people's code only.
 */
export const catalog: readonly CatalogModel[] = [
  {
    id: 'devstral-small-2',
    name: 'Devstral S 2',
    title: 'Devstral Small 2 (24B)',
    repo: 'unsloth/Devstral-Small-2-24B-Instruct-2512-GGUF',
    pattern: /devstral-small-2-24b-instruct-2512|^devstral-small-2:/i,
    files: [
      { quantisation: 'Q4_K_M', size: 14_334_446_752 },
      { quantisation: 'Q5_K_M', size: 16_764_521_632 },
      { quantisation: 'Q6_K', size: 19_346_476_192 },
      { quantisation: 'Q8_0', size: 25_055_317_152 },
    ],
    context: 262_144,
    licence: apache,
    vision: true,
    format: 'v13',
    sampling: careful,
    use: 'chat',
  },
  {
    id: 'devstral-small-1.1',
    name: 'Devstral S 1.1',
    title: 'Devstral Small 1.1 (24B)',
    repo: 'mistralai/Devstral-Small-2507_gguf',
    pattern: /devstral\S*small-2507/i,
    files: [
      { quantisation: 'Q4_K_M', size: 14_333_915_904 },
      // The next three sizes are those of unsloth/Devstral-Small-2507-GGUF.
      { quantisation: 'Q5_K_M', size: 16_763_993_312 },
      { quantisation: 'Q8_0', size: 25_054_788_576 },
      { quantisation: 'Q4_K_S', size: 13_549_288_672 },
    ],
    context: 131_072,
    licence: apache,
    vision: false,
    format: 'v13',
    sampling: careful,
    use: 'chat',
  },
  {
    // Its files are named "devstralQ4_K_M.gguf": only the repository says which Devstral they are.
    id: 'devstral-small-1.0',
    name: 'Devstral S 1.0',
    title: 'Devstral Small 1.0 (24B)',
    repo: 'mistralai/Devstral-Small-2505_gguf',
    pattern: /devstral\S*small-2505/i,
    files: [{ quantisation: 'Q4_K_M', size: 14_333_908_960 }, { quantisation: 'Q5_K_M' }, { quantisation: 'Q8_0' }],
    context: 131_072,
    licence: apache,
    vision: false,
    format: 'v7',
    sampling: careful,
    use: 'chat',
  },
  {
    id: 'devstral-2',
    name: 'Devstral 2',
    title: 'Devstral 2 (123B)',
    repo: 'unsloth/Devstral-2-123B-Instruct-2512-GGUF',
    pattern: /devstral-2-123b-instruct-2512|^devstral-2:/i,
    // Two parts together; rounded in the source.
    files: [{ quantisation: 'Q4_K_M', size: 74_900_000_000 }],
    context: 262_144,
    licence: {
      name: 'modified MIT',
      mustAccept: true,
      url: 'https://huggingface.co/mistralai/Devstral-2-123B-Instruct-2512/blob/main/LICENSE',
    },
    vision: false,
    format: 'v13',
    sampling: careful,
    use: 'chat',
  },
  {
    id: 'ministral-3-14b',
    name: 'Ministral 14B',
    title: 'Ministral 3 14B Instruct',
    // Name unverified.
    repo: 'mistralai/Ministral-3-14B-Instruct-2512-GGUF',
    pattern: /ministral-3-14b-instruct-2512|^ministral-3:14b/i,
    files: [{ quantisation: 'Q4_K_M', size: 8_239_593_024 }, { quantisation: 'Q5_K_M' }, { quantisation: 'Q8_0' }],
    context: 262_144,
    licence: apache,
    vision: true,
    format: 'v13',
    sampling: { temperature: 0.15 },
    use: 'chat',
  },
  {
    id: 'ministral-3-8b',
    name: 'Ministral 8B',
    title: 'Ministral 3 8B Instruct',
    // Name unverified.
    repo: 'mistralai/Ministral-3-8B-Instruct-2512-GGUF',
    pattern: /ministral-3-8b-instruct-2512|^ministral-3:8b/i,
    files: [
      { quantisation: 'Q4_K_M', size: 5_198_911_904 },
      { quantisation: 'Q5_K_M', size: 6_059_268_512 },
      { quantisation: 'Q8_0' },
    ],
    context: 262_144,
    licence: apache,
    vision: true,
    format: 'v13',
    sampling: { temperature: 0.15 },
    use: 'chat',
  },
  {
    id: 'ministral-3-3b',
    name: 'Ministral 3B',
    title: 'Ministral 3 3B Instruct',
    // Name unverified.
    repo: 'mistralai/Ministral-3-3B-Instruct-2512-GGUF',
    pattern: /ministral-3-3b-instruct-2512|^ministral-3:3b/i,
    files: [{ quantisation: 'Q4_K_M', size: 2_147_023_008 }, { quantisation: 'Q5_K_M' }, { quantisation: 'Q8_0' }],
    context: 262_144,
    licence: apache,
    vision: true,
    format: 'v13',
    sampling: { temperature: 0.15 },
    use: 'chat',
  },
  {
    id: 'codestral',
    name: 'Codestral',
    title: t('{model}, for completion', { model: 'Codestral 22B' }),
    // Name unverified.
    repo: 'bartowski/Codestral-22B-v0.1-GGUF',
    pattern: /codestral-22b-v0\.1|^codestral:22b/i,
    files: [
      { quantisation: 'Q4_K_M', size: 13_341_237_600 },
      { quantisation: 'Q5_K_M' },
      { quantisation: 'Q6_K' },
      { quantisation: 'Q8_0' },
    ],
    context: 32_768,
    licence: {
      name: 'Mistral AI Non-Production Licence',
      mustAccept: true,
      url: 'https://mistral.ai/licenses/MNPL-0.1.md',
    },
    vision: false,
    format: 'v3',
    sampling: { temperature: 0.15 },
    use: 'completion',
  },
  {
    id: 'mistral-7b',
    name: 'Mistral 7B',
    title: 'Mistral 7B Instruct v0.3',
    // Name unverified.
    repo: 'bartowski/Mistral-7B-Instruct-v0.3-GGUF',
    pattern: /mistral-7b-instruct-v0\.3/i,
    files: [{ quantisation: 'Q4_K_M' }, { quantisation: 'Q5_K_M' }, { quantisation: 'Q6_K' }, { quantisation: 'Q8_0' }],
    context: 32_768,
    licence: apache,
    vision: false,
    format: 'v3',
    sampling: { temperature: 0.15 },
    use: 'chat',
  },
  {
    // Its first tokenizer is older than v3, without tools: the file's own template decides.
    id: 'mixtral',
    name: 'Mixtral 8x7B',
    title: 'Mixtral 8x7B Instruct v0.1',
    // Name unverified.
    repo: 'TheBloke/Mixtral-8x7B-Instruct-v0.1-GGUF',
    pattern: /mixtral-8x7b-instruct-v0\.1/i,
    files: [{ quantisation: 'Q4_K_M' }, { quantisation: 'Q5_K_M' }, { quantisation: 'Q8_0' }],
    context: 32_768,
    licence: apache,
    vision: false,
    format: 'auto',
    sampling: { temperature: 0.15 },
    use: 'chat',
  },
  {
    id: starterModel.id,
    name: starterModel.name,
    title: starterModel.title,
    repo: starterModel.repo,
    pattern: /qwen2\.5-coder-1\.5b-instruct/i,
    files: [{ quantisation: 'Q4_K_M', size: starterModel.size }],
    context: 32_768,
    licence: apache,
    vision: false,
    format: 'chatml',
    sampling: { temperature: 0.15 },
    use: 'chat',
  },
];

export const catalogModel = (id: string): CatalogModel | undefined => catalog.find((model) => model.id === id);

/** The known model that a file is, by "org/repo/file" or as much of it as is known. */
export const recogniseModel = (name: string): CatalogModel | undefined =>
  catalog.find((model) => model.pattern.test(name));
