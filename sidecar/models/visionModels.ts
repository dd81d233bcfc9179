import type { ImageRule } from '../protocol/images.ts';
import { usualRule } from '../protocol/imageTokens.ts';

interface Family {
  names: RegExp;
  rule: ImageRule;
}

/**
 * Models that see, by their published names. Patches and sides are those of their params.json (`vision_encoder`): Pixtral
 * has 16 px and 1024, Mistral's later ones 14 px merged two by two and 1540. What is not Mistral's is counted about so.
 */
const families: readonly Family[] = [
  { names: /pixtral/, rule: { patch: 16, side: 1024, exact: true } },
  {
    names:
      /devstral-small-2(?!\d)|devstral-small.*2512|ministral-3|ministral.*2512|mistral-small-?(3\.[12]|.*(2503|2506))|magistral-small.*2509/,
    rule: { patch: 28, side: 1540, exact: true },
  },
  {
    names: /mistral-(medium|large)-?(3|25)|gemma-?3|-vl\b|vision|llava|internvl|minicpm-v|llama-4|moondream/,
    rule: usualRule,
  },
];

/** How the model of these names reads images; null where no name is one that sees. */
export function visionOf(names: readonly string[]): ImageRule | null {
  const all = names.map((name) => name.toLowerCase());
  return families.find(({ names: form }) => all.some((name) => form.test(name)))?.rule ?? null;
}
