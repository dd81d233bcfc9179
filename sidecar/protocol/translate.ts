/**
 * Texts for people in the language of the editor, in every process the same way. The English template is the key of the
 * bundle (`l10n/bundle.l10n.LANGUAGE.json`, made of the sources by `scripts/texts`); `{name}` is a hole. Who starts a
 * process calls `useTexts` before any other module asks; without it, and for what a bundle lacks, texts are English.
 */
export interface Texts {
  /** Language tag of the editor; numbers are written in it even where the texts are not translated. */
  language: string;
  bundle?: Readonly<Record<string, string>> | undefined;
}

let texts: Texts = { language: 'en' };
let rules: Intl.PluralRules | undefined;
let numbers: Intl.NumberFormat | undefined;

export function useTexts(given: Texts): void {
  texts = given;
  rules = undefined;
  numbers = undefined;
}

/** The language of the editor, for numbers and dates. */
export const displayLanguage = (): string => texts.language;

/** Names of the holes of a template. */
export type Holes<T extends string> = T extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never;
type Value = string | number;
type Values<H extends string> = [H] extends [never] ? [] : [Record<H, Value>];

/** The text of a template. A number that is given bare is written without grouping; see numbers.ts. */
export function t<T extends string>(template: T, ...[values]: Values<Holes<T>>): string {
  const text = texts.bundle?.[template] ?? template;
  return values ? fill(text, values) : text;
}

/**
 * The text for a count, which `{count}` stands for. Languages with more forms than one and other have them in the bundle
 * under the template of `other` and the form: `{count} files (few)`.
 */
export function plural<One extends string, Other extends string>(
  count: number,
  forms: { one: One; other: Other },
  ...[values]: Values<Exclude<Holes<One> | Holes<Other>, 'count'>>
): string {
  const { bundle, language } = texts;
  numbers ??= new Intl.NumberFormat(language);
  const form = pluralForm(count);
  const template = form === 'one' ? forms.one : forms.other;
  const text = bundle?.[`${forms.other} (${form})`] ?? bundle?.[template] ?? template;
  return fill(text, { ...values, count: numbers.format(count) });
}

/** The form of a count in the language of the texts. */
export function pluralForm(count: number): Intl.LDMLPluralRule {
  rules ??= new Intl.PluralRules(texts.bundle ? texts.language : 'en');
  return rules.select(count);
}

/** Facts in a row, each a whole text: "512 read, 43 tok/s". Empty ones are left out. */
export function listed(facts: readonly string[]): string {
  return facts.filter((fact) => fact !== '').join(t(', '));
}

/** Puts the values into the holes. */
export function fill(text: string, values: Readonly<Record<string, Value>>): string {
  return text.replace(/\{(\w+)\}/g, (_hole, name: string) => String(values[name] ?? ''));
}
