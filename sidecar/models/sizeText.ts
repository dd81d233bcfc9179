import { displayLanguage, t } from '../protocol/translate.ts';

/** A size for people: "1.1 GB", "340 MB", "12 KB"; decimal, as file managers and the hub show it. */
export function sizeText(bytes: number): string {
  const size = (value: number, digits: number) =>
    value.toLocaleString(displayLanguage(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
  if (bytes >= 1e9) return t('{size} GB', { size: size(bytes / 1e9, 1) });
  if (bytes >= 1e7) return t('{size} MB', { size: size(bytes / 1e6, 0) });
  if (bytes >= 1e6) return t('{size} MB', { size: size(bytes / 1e6, 1) });
  if (bytes >= 1e3) return t('{size} KB', { size: size(bytes / 1e3, 0) });
  return t('{size} bytes', { size: bytes });
}

/** The same for the model, always in English. */
export function plainSize(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e7) return `${Math.round(bytes / 1e6)} MB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  if (bytes >= 1e3) return `${Math.round(bytes / 1e3)} KB`;
  return `${bytes} bytes`;
}
