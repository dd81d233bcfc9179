import { t } from '../protocol/translate.ts';

/** GPUs that servers run on. `memory` in bytes. */
export interface Card {
  name: string;
  vendor: 'nvidia' | 'amd';
  memory: number;
  /** `native`: multiplies FP8; `weights`: stores FP8 weights and unpacks them (Ampere); `none`: cannot load them. */
  fp8: 'native' | 'weights' | 'none' | 'unknown';
  /** Which of SGLang's ROCm images is built for it. */
  rocm?: 'mi30x' | 'mi35x';
}

export interface GpuSet {
  card: Card;
  /** GPUs of one node; null: as many as the model needs. */
  count: number | null;
  /** null: one, or as many as the model needs where `count` is null. */
  nodes: number | null;
}

export type ParsedGpus = { kind: 'gpus'; gpus: GpuSet } | { kind: 'invalid'; reason: string };

const mib = 2 ** 20;
/** One node of a server holds at most so many. */
export const mostGpusPerNode = 8;

const row = (vendor: Card['vendor'], name: string, memoryMib: number, fp8: Card['fp8'], rocm?: Card['rocm']): Card => {
  return { name, vendor, memory: memoryMib * mib, fp8, ...(rocm ? { rocm } : {}) };
};

/**
 * Memory as `nvidia-smi` and `rocm-smi` list it, which is less than the name says where ECC takes its part. From public
 * listings, none measured by us.
 */
export const cards: readonly Card[] = [
  row('nvidia', 'B200', 183_359, 'native'),
  row('nvidia', 'H200', 143_771, 'native'),
  row('nvidia', 'GH200', 97_871, 'native'),
  row('nvidia', 'H100', 81_559, 'native'),
  row('nvidia', 'A100-80GB', 81_920, 'weights'),
  row('nvidia', 'A100-40GB', 40_960, 'weights'),
  row('nvidia', 'RTX PRO 6000', 97_887, 'native'),
  row('nvidia', 'RTX 6000 Ada', 49_140, 'native'),
  row('nvidia', 'RTX A6000', 49_140, 'weights'),
  row('nvidia', 'L40S', 46_068, 'native'),
  row('nvidia', 'L4', 23_034, 'native'),
  row('nvidia', 'A10', 23_028, 'weights'),
  row('nvidia', 'RTX 5090', 32_607, 'native'),
  row('nvidia', 'RTX 5080', 16_303, 'native'),
  row('nvidia', 'RTX 4090', 24_564, 'native'),
  row('nvidia', 'RTX 4080', 16_376, 'native'),
  row('nvidia', 'RTX 3090', 24_576, 'weights'),
  row('amd', 'MI355X', 294_896, 'native', 'mi35x'),
  row('amd', 'MI350X', 294_896, 'native', 'mi35x'),
  row('amd', 'MI325X', 262_128, 'native', 'mi30x'),
  row('amd', 'MI300X', 196_592, 'native', 'mi30x'),
  row('amd', 'MI250X', 65_520, 'none'),
  row('amd', 'MI210', 65_520, 'none'),
  row('amd', 'Radeon AI PRO R9700', 32_624, 'native'),
  row('amd', 'Radeon PRO W7900', 49_136, 'none'),
  row('amd', 'RX 7900 XTX', 24_560, 'none'),
];

const plain = (name: string) => name.toLowerCase().replace(/nvidia|geforce|instinct|amd|[\s_-]/g, '');
const short = (name: string) => plain(name).replace(/^(rtxpro|rtxa|rtx|rx|radeonaipro|radeonpro)(?=\d|r\d|w\d)/, '');

/** Names that mean one of the table in other words. */
const aliases: Record<string, string> = { a100: 'a10080gb', h10080gb: 'h100', a10g: 'a10', a6000: 'rtxa6000' };

const memoryForm = /^(\d+(?:\.\d+)?)(gb|gib)(?:[-:\s]?(amd|nvidia))?$/i;

/**
 * Reads `H100`, `4xH100`, `2x24GB`, `8x192GB-amd`, `2*8xH100` (two nodes). Without a number the model decides how many.
 * Memory in GB is decimal, in GiB binary.
 */
export function parseGpus(text: string, nodes?: number): ParsedGpus {
  const name = text.trim();
  const [, inText, countText, what = ''] = /^(?:(\d+)\s*\*\s*)?(?:(\d+)\s*x\s*)?(.+)$/i.exec(name) ?? [];
  if (what === '')
    return invalid(t('Which GPUs? Write --gpus 4xH100, --gpus 2x24GB or --gpus 2*8xH100 for two nodes.'));
  if (/[,+;]/.test(what))
    return invalid(t('"{name}" mixes GPUs; the servers share a model among equal ones only.', { name: shown(name) }));
  const count = countText === undefined ? null : Number(countText);
  const written = inText === undefined ? null : Number(inText);
  if (written !== null && nodes !== undefined && written !== nodes) {
    return invalid(t('"{name}" names {written} nodes, --nodes {nodes}.', { name: shown(name), written, nodes }));
  }
  const all = written ?? nodes ?? null;
  if (count !== null && !(count >= 1 && count <= 64)) return invalid(t('A node has 1 to 64 GPUs.'));
  if (all !== null && !(Number.isInteger(all) && all >= 1 && all <= 64))
    return invalid(t('--nodes is a number from 1 to 64.'));
  const card = cardNamed(what);
  if (!card) {
    const known = cards.map((each) => each.name).join(', ');
    return invalid(
      t(
        '"{what}" is no GPU in our table; give its memory instead, as in {count}x24GB or {count}x192GB-amd. Known: {known}.',
        { what: shown(what), count: count ?? 1, known },
      ),
    );
  }
  return { kind: 'gpus', gpus: { card, count, nodes: all } };
}

function cardNamed(what: string): Card | undefined {
  const [, number, unit = '', vendor] = memoryForm.exec(what.trim()) ?? [];
  if (number !== undefined) {
    const memory = Number(number) * (/gib/i.test(unit) ? 2 ** 30 : 1e9);
    if (!(memory >= 1e9 && memory <= 1e13)) return undefined;
    return { name: `${number}${unit}`, vendor: /amd/i.test(vendor ?? '') ? 'amd' : 'nvidia', memory, fp8: 'unknown' };
  }
  const key = aliases[plain(what)] ?? plain(what);
  return cards.find(({ name }) => plain(name) === key) ?? cards.find(({ name }) => short(name) === key);
}

const shown = (text: string) => text.slice(0, 60);
const invalid = (reason: string): ParsedGpus => ({ kind: 'invalid', reason });

/** As it is typed: `4xH100`, `2*8xH100`. */
export function gpusText({ name }: Card, count: number, nodes: number): string {
  return `${nodes > 1 ? `${nodes}*` : ''}${count}x${name.replaceAll(' ', '')}`;
}
