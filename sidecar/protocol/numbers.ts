import type { TurnUsage } from './agentEvents.ts';
import { listed, plural, t } from './translate.ts';

/** Texts with numbers in them, in the language that VS Code is shown in. Pure. */

const formats = new Map<string, Intl.NumberFormat>();

function format(value: number, language: string, fractionDigits = 0, style: 'decimal' | 'percent' = 'decimal'): string {
  const key = `${language} ${fractionDigits} ${style}`;
  let numberFormat = formats.get(key);
  if (!numberFormat) {
    const digits = { style, minimumFractionDigits: fractionDigits, maximumFractionDigits: fractionDigits };
    numberFormat = new Intl.NumberFormat(language, digits);
    formats.set(key, numberFormat);
  }
  return numberFormat.format(value);
}

/** A count in full: 12,400. */
export function full(count: number, language: string): string {
  return format(Math.round(count), language);
}

/** A count in full below 1,000, then 12.4k. */
export function compact(count: number, language: string): string {
  return count < 1000 ? full(count, language) : t('{count}k', { count: format(count / 1000, language, 1) });
}

/** A context size as it is spoken of: 32k for 32,768. */
export function contextSize(tokens: number, language: string): string {
  return tokens >= 1024 && tokens % 1024 === 0
    ? t('{count}k', { count: full(tokens / 1024, language) })
    : compact(tokens, language);
}

/** A count of tokens with its noun: "812 tokens", "12.4k tokens". */
export function tokensText(tokens: number, language: string): string {
  return plural(tokens, { one: '{tokens} token', other: '{tokens} tokens' }, { tokens: compact(tokens, language) });
}

/** Tokens per second, one decimal below 10. */
export function rate(perSecond: number, language: string): string {
  return t('{count} tok/s', { count: format(perSecond, language, perSecond < 9.95 ? 1 : 0) });
}

/** How long something took: 0.2 s, 9.4 s, 2 min 49 s. Takes milliseconds. */
export function duration(ms: number, language: string): string {
  const seconds = ms / 1000;
  if (seconds < 9.95) return t('{seconds} s', { seconds: format(seconds, language, 1) });
  return wholeDuration(ms, language);
}

/** In whole seconds: 6 s, 2 min 49 s. Takes milliseconds. */
export function wholeDuration(ms: number, language: string): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return t('{seconds} s', { seconds: full(seconds, language) });
  const minutes = full(Math.floor(seconds / 60), language);
  return t('{minutes} min {seconds} s', { minutes, seconds: full(seconds % 60, language) });
}

/** Bytes as the hub counts them, in decimal units: 1.1 GB, 340 MB. */
export function fileSize(bytes: number, language: string): string {
  if (bytes >= 1e9) return t('{size} GB', { size: format(bytes / 1e9, language, 1) });
  return t('{size} MB', { size: full(bytes / 1e6, language) });
}

/** Memory in powers of two, as the system shows it, without a zero: 1.2 GB; "21.3 of 24 GB" with a total. Takes bytes. */
export function memory(bytes: number, language: string, total = 0): string {
  const number = (value: number) => {
    const gigabytes = Math.round((value / 2 ** 30) * 10) / 10;
    return format(gigabytes, language, Number.isInteger(gigabytes) ? 0 : 1);
  };
  if (total > 0) return t('{used} of {total} GB', { used: number(bytes), total: number(total) });
  return t('{size} GB', { size: number(bytes) });
}

/** A whole percent; takes 0 to 1. Rounded down, so that 100% means done. */
export function percent(fraction: number, language: string): string {
  return format(Math.floor(Math.min(1, Math.max(0, fraction)) * 100) / 100, language, 0, 'percent');
}

/** What a turn cost: "512 read, 11.9k reused, 318 written, 43 tok/s, 9.4 s". */
export function usageText(usage: TurnUsage, language: string): string {
  const parts: string[] = [];
  // A server that counts nothing must not look like one that read nothing.
  if (usage.promptTokens > 0) {
    const read = Math.max(0, usage.promptTokens - usage.reusedTokens);
    parts.push(t('{tokens} read', { tokens: compact(read, language) }));
  }
  if (usage.reusedTokens > 0) parts.push(t('{tokens} reused', { tokens: compact(usage.reusedTokens, language) }));
  if (usage.outputTokens > 0) parts.push(t('{tokens} written', { tokens: compact(usage.outputTokens, language) }));
  if (usage.tokensPerSecond > 0) parts.push(rate(usage.tokensPerSecond, language));
  parts.push(duration(usage.ms, language));
  return listed(parts);
}
