export const englishBundle: string;
export function readJson(file: string): Record<string, string>;
export function languages(): string[];
export function bundleOf(files?: readonly string[]): Promise<Record<string, string>>;
export function pageScript(texts: Readonly<Record<string, string>>): string;
export function templateOf(key: string): string;
