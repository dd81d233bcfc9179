import type { TurnUsage } from './agentEvents.ts';

/** Texts with numbers in them, in the language that VS Code is shown in. Pure. */

const formats = new Map<string, Intl.NumberFormat>();

function format(value: number, language: string, fractionDigits = 0): string {
  const key = `${language} ${fractionDigits}`;
  let numberFormat = formats.get(key);
  if (!numberFormat) {
    const digits = { minimumFractionDigits: fractionDigits, maximumFractionDigits: fractionDigits };
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
  return count < 1000 ? full(count, language) : `${format(count / 1000, language, 1)}k`;
}

/** A context size as it is spoken of: 32k for 32,768. */
export function contextSize(tokens: number, language: string): string {
  return tokens >= 1024 && tokens % 1024 === 0 ? `${full(tokens / 1024, language)}k` : compact(tokens, language);
}

/** Tokens per second, one decimal below 10. */
export function rate(perSecond: number, language: string): string {
  return `${format(perSecond, language, perSecond < 9.95 ? 1 : 0)} tok/s`;
}

/** How long something took: 0.2 s, 9.4 s, 2 min 49 s. Takes milliseconds. */
export function duration(ms: number, language: string): string {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${format(seconds, language, 1)} s`;
  return wholeDuration(ms, language);
}

/** In whole seconds: 6 s, 2 min 49 s. Takes milliseconds. */
export function wholeDuration(ms: number, language: string): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${full(seconds, language)} s`;
  return `${full(Math.floor(seconds / 60), language)} min ${full(seconds % 60, language)} s`;
}

/** Bytes as the hub counts them, in decimal units: 1.1 GB, 340 MB. */
export function fileSize(bytes: number, language: string): string {
  return bytes >= 1e9 ? `${format(bytes / 1e9, language, 1)} GB` : `${full(bytes / 1e6, language)} MB`;
}

/** Memory in powers of two, as the system shows it, without a zero: 1.2 GB; "21.3 of 24 GB" with a total. Takes bytes. */
export function memory(bytes: number, language: string, total = 0): string {
  const number = (value: number) => {
    const gigabytes = Math.round((value / 2 ** 30) * 10) / 10;
    return format(gigabytes, language, Number.isInteger(gigabytes) ? 0 : 1);
  };
  return `${number(bytes)}${total > 0 ? ` of ${number(total)}` : ''} GB`;
}

/** A whole percent; takes 0 to 1. Rounded down, so that 100% means done. */
export function percent(fraction: number, language: string): string {
  return `${full(Math.floor(Math.min(1, Math.max(0, fraction)) * 100), language)}%`;
}

/** What a turn cost: "512 read, 11.9k reused, 318 written, 43 tok/s, 9.4 s". */
export function usageText(usage: TurnUsage, language: string): string {
  const parts: string[] = [];
  // A server that counts nothing must not look like one that read nothing.
  if (usage.promptTokens > 0) {
    parts.push(`${compact(Math.max(0, usage.promptTokens - usage.reusedTokens), language)} read`);
  }
  if (usage.reusedTokens > 0) parts.push(`${compact(usage.reusedTokens, language)} reused`);
  if (usage.outputTokens > 0) parts.push(`${compact(usage.outputTokens, language)} written`);
  if (usage.tokensPerSecond > 0) parts.push(rate(usage.tokensPerSecond, language));
  parts.push(duration(usage.ms, language));
  return parts.join(', ');
}
