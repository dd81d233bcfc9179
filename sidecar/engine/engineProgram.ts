import { fileURLToPath } from 'node:url';

/** The engine's own bundle; it lies beside that of whoever starts it. */
export const engineProgram = (): string => fileURLToPath(new URL('./engine.mjs', import.meta.url));
